"""What people say of answers: kept, listed, and made into questions that eval runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.errors import EvaluationError, KeepingError
from assistant.evaluation import from_feedback
from assistant.evaluation.questions import read_questions
from assistant.history import feedback
from assistant.history.database import place_of
from assistant.history.feedback import Circumstances, FeedbackStore, Remark, circumstances
from assistant.history.serialization import from_json, to_json
from assistant.settings import Settings, load_settings
from assistant.types import Answer, Citation, Paper, Span, Turn
from tests.conftest import Run

ABOUT = Circumstances("default", 3, "quotes", "minilm", None, "0.1.0")
UP, DOWN = Remark("up"), Remark("down", comment="too long")
WRONG = Remark(
    "wrong citation", "It tunes 30M.", 1, "24M out of 1.1B", "[bold]it says 24M[/bold] \x1b[31m"
)
in_a_file = pytest.mark.parametrize("keeping", ["sqlite"], indirect=True)
ASKED = {
    "lists": "which papers adapt T2I models to video?",
    "facts": "how many parameters does SimDA tune?",
    "summaries": "summarise the work on chest X-rays",
    "compare": "compare SimDA with Tune-A-Video",
    "unanswerable": "who won the world cup?",
}


@pytest.fixture
def store(keeping: Settings) -> Iterator[FeedbackStore]:
    opened = FeedbackStore(place_of(keeping, feedback.FILE))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def turns(assistant: Assistant) -> dict[str, Turn]:
    return {family: Turn(question, assistant.ask(question)) for family, question in ASKED.items()}


def simple(user: str) -> Turn:
    paper = Paper("p", "Title", "It tunes 24M.")
    return Turn(
        user,
        Answer(
            user,
            "fact",
            "It tunes 24M [1].",
            False,
            (Citation(1, paper, (Span("It tunes 24M.", 0, 13),)),),
            (),
        ),
    )


def test_thumb_is_kept_with_all_that_is_needed_to_ask_again(
    store: FeedbackStore, turns: dict[str, Turn]
) -> None:
    history = [turns["lists"], turns["facts"]]
    about = circumstances(
        load_settings(corpus="mine", embedder="openai:e", reranker="cohere:r"), "openai:m"
    )
    store.say("ann", DOWN, history, about)
    [found] = store.listed()
    assert (found.remark, found.circumstances) == (DOWN, about)
    assert (about.corpus, about.model, about.embedder, about.reranker, about.generation) == (
        "mine",
        "openai:m",
        "openai:e",
        "cohere:r",
        None,
    )
    assert about.version
    assert [to_json(turn) for turn in found.turns] == [to_json(turn) for turn in history]
    record = feedback.to_record(found)
    assert (
        from_json(json.dumps(record["turns"][1])).answer.citations
        == turns["facts"].answer.citations
    )
    assert (record["kind"], record["question"], record["comment"]) == (
        "down",
        ASKED["facts"],
        "too long",
    )
    assert "ann" not in json.dumps({**record, "turns": []})


def test_one_thumb_an_owner_and_answer(store: FeedbackStore) -> None:
    one, two = [simple("a")], [simple("b"), simple("a")]
    store.say("ann", UP, one, ABOUT)
    store.say("ann", UP, one, ABOUT)
    store.say("ann", DOWN, one, ABOUT)
    store.say("bob", UP, one, ABOUT)
    store.say("ann", UP, two, ABOUT)
    assert store.thumbs("ann", one) == ["down"]
    assert store.thumbs("bob", one) == ["up"]
    assert store.thumbs("ann", two) == [None, "up"]
    assert store.thumbs("eve", one) == [None]
    assert len(store.listed()) == 3
    store.take_back("ann", UP, one)
    store.take_back("eve", UP, one)
    assert (store.thumbs("ann", one), store.thumbs("bob", one)) == ([None], ["up"])
    assert len(store.listed()) == 2
    # An answer that came back from a file is the same answer.
    assert store.thumbs("bob", [from_json(to_json(turn)) for turn in one]) == ["up"]


def test_each_citation_of_a_sentence_has_its_own_remark(store: FeedbackStore) -> None:
    for remark in (WRONG, replace(WRONG, number=2), replace(WRONG, comment="again"), UP):
        store.say("ann", remark, [simple("a")], ABOUT)
    assert [one.remark.comment for one in store.listed() if one.remark.number == 1] == ["again"]
    assert len(store.listed()) == 3
    store.take_back("ann", WRONG, [simple("a")])
    assert [one.remark.kind for one in store.listed()] == ["up", "wrong citation"]


def test_what_is_refused(store: FeedbackStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeepingError, match="no answer"):
        store.say("ann", UP, [], ABOUT)
    with pytest.raises(KeepingError, match="at most 4,000"):
        store.say("ann", Remark("down", comment="x" * 4001), [simple("a")], ABOUT)
    monkeypatch.setattr(feedback, "MOST", 1)
    store.say("ann", UP, [simple("a")], ABOUT)
    store.say("ann", DOWN, [simple("a")], ABOUT)
    with pytest.raises(KeepingError, match="is the most"):
        store.say("ann", UP, [simple("b")], ABOUT)
    assert [one.remark for one in store.listed()] == [DOWN]


def test_any_characters_are_kept(store: FeedbackStore) -> None:
    strange = "\ud800\0\n<b>'\"%"
    store.say(
        strange, Remark("wrong citation", strange, 1, strange, strange), [simple(strange)], ABOUT
    )
    assert len(store.listed("default")) == 1
    assert store.listed("other") == []
    assert store.corpora() == {"default": 1}


# Questions for eval


def files(folder: Path) -> dict[str, list[dict[str, object]]]:
    return {
        path.stem: [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for path in folder.glob("*.jsonl")
    }


def test_thumbs_up_become_questions_of_their_family(
    store: FeedbackStore, turns: dict[str, Turn], tmp_path: Path
) -> None:
    for turn in turns.values():
        store.say("ann", UP, [turn], ABOUT)
    store.say("bob", UP, [turns["facts"]], ABOUT)
    made = from_feedback.write(store.listed(), tmp_path / "made")
    assert made == dict.fromkeys(ASKED, 1)
    found = files(tmp_path / "made")
    for family, question in ASKED.items():
        [record] = found[family]
        assert record["query"] == question
        assert record.get("relevant", []) == [
            one.paper.id for one in turns[family].answer.citations
        ]
    read = {one.family: one for one in read_questions(tmp_path / "made")}
    assert read["unanswerable"].off_topic
    assert any(
        answer.lower() in turns["facts"].answer.text.lower() for answer in read["facts"].answers
    )


def test_follow_up_becomes_a_chat(
    store: FeedbackStore, assistant: Assistant, turns: dict[str, Turn], tmp_path: Path
) -> None:
    history = [turns["lists"]]
    for question in ("which of those need no video data?", "and protein folding in yeast?"):
        history.append(Turn(question, assistant.ask(question, history)))
    store.say("ann", UP, history[:2], ABOUT)
    store.say("ann", UP, history, ABOUT)
    first = from_feedback.draft(store.listed())
    assert [turn["relevant"] for turn in first["chats"][0]["turns"]][0] == []
    store.say("bob", UP, history[:1], ABOUT)
    from_feedback.write(store.listed(), tmp_path / "made")
    found = files(tmp_path / "made")
    chat = next(one for one in found["chats"] if len(one["turns"]) == 2)  # type: ignore[arg-type]
    assert chat["turns"] == [
        {"user": turn.user, "relevant": [one.paper.id for one in turn.answer.citations]}
        for turn in history[:2]
    ]
    assert len(found["chats"]) + len(found.get("to_review", [])) == 2
    assert read_questions(tmp_path / "made", ["chats"])


def test_what_is_wrong_is_for_a_person(
    store: FeedbackStore, turns: dict[str, Turn], tmp_path: Path
) -> None:
    store.say("ann", WRONG, [turns["facts"]], ABOUT)
    store.say("ann", DOWN, [turns["lists"], turns["compare"]], ABOUT)
    assert from_feedback.write(store.listed(), tmp_path / "made") == {"to_review": 2}
    down, wrong = files(tmp_path / "made")["to_review"]
    assert (wrong["query"], wrong["sentence"], wrong["quote"]) == (
        ASKED["facts"],
        WRONG.sentence,
        WRONG.quote,
    )
    assert wrong["paper"] == "arxiv:2308.09710"
    assert wrong["cited"] == [one.paper.id for one in turns["facts"].answer.citations]
    assert wrong["retrieved"] == [one.paper.id for one in turns["facts"].answer.retrieved[:50]]
    assert (down["said"], down["turns"], down["comment"]) == (
        "down",
        [ASKED["lists"], ASKED["compare"]],
        "too long",
    )
    with pytest.raises(EvaluationError, match="no question file"):
        read_questions(tmp_path / "made")


# The command


@pytest.mark.slow
def test_nothing_said_is_a_friendly_line(run: Run, tmp_path: Path) -> None:
    result = run("feedback")
    assert (result.returncode, result.stderr) == (0, "")
    assert "nobody has said anything" in result.stdout
    assert not (tmp_path / "data").exists()
    result = run("feedback", "--json")
    assert (result.returncode, result.stdout) == (0, "")
    result = run("feedback", "--make", tmp_path / "made", "--corpus", "mine")
    assert (result.returncode, "corpus mine yet" in result.stdout) == (0, True)


@pytest.mark.slow
@in_a_file
def test_command_lists_and_prints_json(
    run: Run, store: FeedbackStore, turns: dict[str, Turn]
) -> None:
    store.say("ann", UP, [turns["lists"]], ABOUT)
    store.say("ann", WRONG, [turns["facts"]], ABOUT)
    store.say("ann", UP, [turns["facts"]], replace(ABOUT, corpus="scifact"))
    shown = run("feedback")
    assert (shown.returncode, shown.stderr) == (0, "")
    for words in ("wrong citation", "[bold]", "2 remarks (1 about scifact: --corpus NAME)"):
        assert words in shown.stdout
    assert "\x1b" not in shown.stdout
    lines = [json.loads(line) for line in run("feedback", "--json").stdout.splitlines()]
    assert [line["kind"] for line in lines] == ["wrong citation", "up"]
    assert lines[0]["turns"][0]["turn"]["user"] == ASKED["facts"]
    other = run("feedback", "--corpus", "scifact", "--json").stdout
    assert json.loads(other)["corpus"] == "scifact"


@pytest.mark.slow
@in_a_file
def test_questions_made_are_run_by_eval(
    run: Run, store: FeedbackStore, turns: dict[str, Turn], tmp_path: Path, data_dir: Path
) -> None:
    for turn in turns.values():
        store.say("ann", UP, [turn], ABOUT)
    store.say("ann", UP, [turns["lists"], turns["facts"]], ABOUT)
    store.say("ann", DOWN, [turns["facts"], turns["lists"]], ABOUT)
    made = run("feedback", "--make", tmp_path / "made")
    assert (made.returncode, made.stderr) == (0, "")
    assert "paper-assistant eval" in made.stdout
    assert "1 in " in made.stdout
    done = run("eval", tmp_path / "made", "--json", data=data_dir)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["about"]["questions"] == 6
    refused = run("feedback", "--make", tmp_path / "made")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "--force overwrites it" in refused.stderr
    assert run("feedback", "--make", tmp_path / "made", "--force").returncode == 0


@pytest.mark.slow
@in_a_file
def test_mistakes_get_one_line_and_exit_code_two(
    run: Run, store: FeedbackStore, tmp_path: Path
) -> None:
    store.say("ann", UP, [simple("a")], ABOUT)
    (tmp_path / "file").touch()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / feedback.FILE).write_bytes(b"no database" * 900)
    for arguments, says in (
        (("--make", tmp_path / "file" / "made"), "cannot be made"),
        (("--make", tmp_path / "file"), "cannot be made"),
        (("--data-dir", tmp_path / "broken"), "damaged"),
        (("--corpus", "../x"), "cannot be a corpus"),
    ):
        result = run("feedback", *arguments)
        assert (result.returncode, result.stderr.count("\n")) == (2, 1), result.stderr
        assert says in result.stderr
        assert "Traceback" not in result.stderr
