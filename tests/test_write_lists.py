"""Lists, tables and their edits as written by models that are weak, slow or stopped, over a real
HTTP server on loopback."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

import pytest

from assistant.assistant import Assistant
from assistant.cli.batch import run
from assistant.composing.stream import AnswerStream
from assistant.errors import AssistantError, ModelError, QuestionError
from assistant.models.chat import Limits, limits, make_chat
from assistant.retrieval.hybrid import Retriever
from assistant.settings import load_settings
from assistant.types import QUOTES, Answer, Turn
from tests.conftest import Open, Written
from tests.openai_server import (
    Fault,
    Request,
    Server,
    aspects,
    cells,
    first_sentence,
    form,
    good,
    ids,
    judgements,
    papers,
)

slow = pytest.mark.slow
FACT = "how many parameters does SimDA tune?"
LIST = "which papers adapt T2I models to video?"
COMPARISON = "Compare Tune-A-Video and Still-Moving"
ADDED = "add columns for training time and hardware"


def sentences(request: Request) -> list[str]:
    """Return the sentences of a request's only abstract, as far as full stops and spaces tell."""
    [(_, abstract)] = papers(request).values()
    found, rest = [], " ".join(abstract.split())
    while rest:
        found.append(first_sentence(rest))
        rest = rest[len(found[-1]) :].strip()
    return found


def saying(change: Callable[[str], str]) -> Callable[[Request], str]:
    """Reply to a comparison with a sentence of the abstract for each aspect, put through
    `change`."""

    def reply(request: Request) -> str:
        found = json.loads(cells(request))
        return json.dumps(
            {
                name: {"says": change(one["says"]) if one["says"] else "", "words": ""}
                for name, one in found.items()
            }
        )

    return reply


def stopped(stream: AnswerStream, ready: Callable[[], bool]) -> tuple[Answer, float, list[str]]:
    """Stop a stream from another thread once it is `ready`; return the answer, the seconds it took,
    and what it told."""
    pressed: list[float] = []
    told: list[str] = []

    def press() -> None:
        while not ready():
            time.sleep(0.01)
        pressed.append(time.monotonic())
        stream.stop()

    threading.Thread(target=press, daemon=True).start()
    for _ in stream:
        told.append(stream.status)
    return stream.answer, time.monotonic() - pressed[0], told


# Cells


@pytest.mark.parametrize("unsupported", ["mark", pytest.param("remove", marks=slow)])
def test_sentence_of_a_cell_without_support_is_left_out(
    unsupported: str, open_writer: Open, server: Server
) -> None:
    server.reply = saying(lambda one: f"{one} It needs 9,999 cats for 77 years. It is novel.")
    answer = open_writer(unsupported=unsupported).ask(COMPARISON)
    assert answer.table is not None
    assert answer.model == "openai:some-model"
    assert "cats" not in answer.text
    assert "novel." not in answer.text
    assert any("“" not in cell for cell in answer.table.cells.values())
    stated = [
        one
        for one in answer.checks
        if answer.text[one.start : one.end].strip(" *") != "not stated in the abstract"
    ]
    assert {one.verdict for one in stated} <= {"supported", "quoted"}


def test_each_sentence_of_a_cell_has_its_marker(writer: Written, server: Server) -> None:
    two: list[tuple[str, str]] = []

    def reply(request: Request) -> str:
        short = [one for one in sentences(request) if len(one) < 140][:2]
        two.append((short[0], short[1]))
        return json.dumps(
            {name: {"says": " ".join(short), "words": ""} for name in aspects(request)[:1]}
        )

    server.reply = reply
    answer = writer.ask(COMPARISON)
    assert answer.table is not None
    written = [cell for cell in answer.table.cells.values() if "“" not in cell]
    assert len(two) == len(written) == 2
    assert all(cell.count(f"[{number}]") == 2 for number, cell in enumerate(written, 1))
    checks = [one for one in answer.checks if one.verdict == "supported"]
    assert len(checks) == 4
    assert all(one.number for one in checks)


@pytest.mark.parametrize(
    "says",
    ["It is novel.", pytest.param("Yes.", marks=slow), pytest.param("This is it.", marks=slow)],
)
def test_cell_that_says_nothing_is_none(says: str, writer: Written, server: Server) -> None:
    server.reply = saying(lambda one: says)
    answer = writer.ask(COMPARISON)
    assert answer.model == QUOTES
    assert "filled no cell" in answer.notes[0]


def test_overlong_cell_ends_with_a_sentence(writer: Written, server: Server) -> None:
    server.reply = lambda request: json.dumps(
        {aspects(request)[1]: {"says": " ".join(sentences(request)), "words": ""}}
    )
    answer = writer.ask(COMPARISON)
    assert answer.table is not None
    cut = [answer.table.cells[paper.id, answer.table.aspects[1]] for paper in answer.table.papers]
    assert all(len(cell) <= 300 and cell.endswith("].") for cell in cut)
    for paper, cell in zip(answer.table.papers, cut, strict=True):
        last = cell.rstrip(".").rpartition(" [")[0].rpartition("]. ")[2]
        assert last + "." in " ".join(paper.abstract.split())


@pytest.mark.parametrize(
    "wrap",
    [
        lambda found: json.dumps(
            {name.capitalize(): {"Says": one["says"], "Words": ""} for name, one in found.items()}
        ),
        pytest.param(lambda found: json.dumps([found]), marks=slow),
        pytest.param(
            lambda found: f"<think>Let me see {{x}}</think>\nHere it is:\n{json.dumps(found)}",
            marks=slow,
        ),
        pytest.param(
            lambda found: f'{{"note": "as asked"}}\n```json\n{json.dumps({"table": found})}\n```',
            marks=slow,
        ),
    ],
    ids=["capitals", "list", "prose", "another object first"],
)
def test_cells_are_read_in_whatever_wraps_them(
    wrap: Callable[..., str], writer: Written, server: Server
) -> None:
    plain = writer.ask(COMPARISON)
    server.reply = lambda request: wrap(json.loads(cells(request)))
    answer = writer.ask(COMPARISON)
    assert answer.model == "openai:some-model"
    assert plain.table is not None
    assert answer.table is not None
    assert dict(answer.table.cells) == dict(plain.table.cells)


# Edits


def test_stop_ends_the_edit_of_a_table(open_writer: Open, server: Server) -> None:
    opened = open_writer(timeout=60)
    turns = [Turn(COMPARISON, opened.ask(COMPARISON))]
    before = len(server.requests)
    server.reply = lambda request: Fault(then="silence")
    stream = opened.stream(ADDED, turns)
    answer, seconds, told = stopped(stream, lambda: len(server.requests) == before + 2)
    assert seconds < 3
    assert server.gone.wait(2)
    assert told[0] == "filling 4 cells"
    assert answer.stopped
    assert answer.table is not None
    assert len(answer.table.aspects) == len(turns[0].answer.table.aspects) + 2  # type: ignore[union-attr]
    assert len(server.requests) == before + 2


@pytest.mark.slow
def test_new_cells_are_filled_side_by_side(writer: Written, server: Server) -> None:
    turns = [Turn(COMPARISON, writer.ask(COMPARISON))]
    server.requests.clear()
    server.busiest, server.pause = 0, 0.01
    answer = writer.ask(ADDED, turns)
    assert server.busiest == 2
    assert [len(aspects(one)) for one in server.requests] == [2, 2]
    assert answer.table is not None
    assert not answer.stopped


def test_stop_ends_the_rewriting_of_a_follow_up(open_writer: Open, server: Server) -> None:
    opened = open_writer(timeout=60)
    turns = [Turn(FACT, opened.ask(FACT))]
    server.reads = None
    server.reply = lambda request: Fault(then="silence")
    before = len(server.requests)
    stream = opened.stream("Und wie viele Gewichte werden dabei angepasst?", turns)
    answer, seconds, told = stopped(stream, lambda: len(server.requests) > before)
    assert form(server.requests[-1]) == "read"
    assert seconds < 3
    assert "reading the question" in told
    assert (answer.stopped, answer.text) == (True, "Stopped before anything was written.")
    assert len(server.requests) == before + 1


@pytest.mark.parametrize("question", ["", "x" * 5000, "papers year>=soon"])
def test_question_that_cannot_be_used_is_refused_at_once(question: str, writer: Written) -> None:
    with pytest.raises(QuestionError):
        writer.stream(question)


@pytest.mark.parametrize("chat", [None, "quotes"])
def test_papers_are_looked_for_once(
    chat: None, writer: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    search = Retriever.search

    def counted(self: Retriever, question: str, *others: object) -> object:
        asked.append(question)
        return search(self, question, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(Retriever, "search", counted)
    for _ in writer.assistant.stream(FACT, chat=chat or writer.chat):
        pass
    assert asked == [FACT]


# Lists


def test_list_that_is_stopped_before_any_judgement_is_quoted(
    open_writer: Open, server: Server, assistant: Assistant
) -> None:
    opened = open_writer(timeout=60)
    server.reply = lambda request: Fault(then="silence")
    answer, _, _ = stopped(opened.stream(LIST), lambda: server.asked.is_set())
    assert (answer.model, answer.stopped, answer.judged, answer.given) == (QUOTES, True, (), ())
    assert answer.text == assistant.ask(LIST).text
    assert "before any paper was judged" in answer.notes[0]


def test_stopped_list_counts_only_what_was_judged(open_writer: Open, server: Server) -> None:
    opened = open_writer(timeout=60, parallel=1)
    server.reply = lambda request: (
        good(request) if len(server.requests) < 4 else Fault(then="silence")
    )
    answer, _, _ = stopped(opened.stream(LIST), lambda: len(server.requests) == 4)
    assert answer.stopped
    assert len(answer.judged) == len(answer.given) == 8
    assert "*8 of 8 judged match (16 not judged), out of 219 papers.*" in answer.text
    judged, _, others = answer.text.partition("Not judged, found by retrieval:")
    assert all(
        f"[{one.paper.title}]" in judged and f"[{one.paper.title}]" not in others
        for one in answer.judged
    )


def verdicts(match: Callable[[int], str], **said: str) -> Callable[[Request], str]:
    """Reply to a list with `match` of each paper's place among all that were asked about, and with
    `said` of it."""
    places: dict[str, int] = {}

    def reply(request: Request) -> str:
        found = [
            {
                "id": one,
                "words": "",
                "reason": "",
                "match": match(places.setdefault(one, len(places))),
                **said,
            }
            for one in ids(request)
        ]
        return json.dumps({"judgements": found})

    return reply


def test_no_without_a_word_leaves_what_the_quotations_list(
    open_writer: Open, server: Server, assistant: Assistant
) -> None:
    def reply(request: Request) -> str:
        found = json.loads(judgements(request))["judgements"]
        if not found:
            return good(request)
        return json.dumps(
            [
                found[0],
                *({"id": one["id"], "words": "", "reason": "", "match": "no"} for one in found[1:]),
            ]
        )

    server.reply = reply
    answer = open_writer().ask(LIST)
    listed = {one.paper.id for one in assistant.ask(LIST).citations}
    assert answer.model == "openai:some-model"
    assert listed <= {one.paper.id for one in answer.citations}
    assert {one.paper.id for one in answer.judged if one.match == "no"}.isdisjoint(listed)


def test_model_that_refuses_nearly_all_and_shows_nothing_gives_way(
    open_writer: Open, server: Server, assistant: Assistant
) -> None:
    server.reply = verdicts(
        lambda place: "yes" if place == 0 else "no", reason="it is about something else"
    )
    answer, quoted = open_writer(parallel=1).ask(LIST), assistant.ask(LIST)
    assert (answer.model, answer.text) == (QUOTES, quoted.text)
    assert f"of the {len(quoted.citations)} papers listed" in answer.notes[0]


def test_no_with_a_reason_stands(open_writer: Open, server: Server, assistant: Assistant) -> None:
    server.reply = verdicts(
        lambda place: "yes" if place % 2 else "no", reason="it is about something else"
    )
    answer = open_writer(parallel=1).ask(LIST)
    listed = {one.paper.id for one in assistant.ask(LIST).citations}
    assert answer.model == "openai:some-model"
    assert listed & {one.paper.id for one in answer.judged if one.match == "no"}
    assert {one.paper.id for one in answer.citations} == listed - {
        one.paper.id for one in answer.judged if one.match == "no"
    }


@pytest.mark.slow
def test_server_that_answers_one_call_at_a_time_is_waited_for(
    open_writer: Open, server: Server
) -> None:
    slot = threading.Lock()

    def reply(request: Request) -> str:
        with slot:
            time.sleep(0.8)
            return judgements(request)

    server.reply = reply
    answer = open_writer(timeout=2, parallel=4).ask(LIST)
    assert (answer.model, answer.notes) == ("openai:some-model", ())
    assert len(answer.judged) == 24
    assert server.busiest == 4


# Settings


def test_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MODEL", "CONTEXT", "ANSWER_TOKENS", "TIMEOUT"):
        monkeypatch.setenv(f"PAPER_ASSISTANT_{name}", "")
    settings = load_settings()
    assert (settings.model, settings.context, settings.answer_tokens, settings.timeout) == (
        None,
        None,
        60_000,
        60.0,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("TIMEOUT", "inf"), ("TIMEOUT", "nan"), ("PORT", "99999999"), ("DAY_DOLLARS", "inf")],
)
def test_value_that_makes_no_sense_is_refused_in_one_line(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"PAPER_ASSISTANT_{name}", value)
    with pytest.raises(AssistantError) as refusal:
        load_settings()
    assert f"PAPER_ASSISTANT_{name}" in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("context", [1, 150, 800])
def test_context_too_small_for_a_prompt_is_told_at_the_start(context: int, server: Server) -> None:
    with pytest.raises(ModelError, match=f"context of {context} tokens .* PAPER_ASSISTANT_CONTEXT"):
        make_chat(load_settings(model="openai:m", context=context))


def test_context_of_a_thousand_holds_an_abstract(open_writer: Open, server: Server) -> None:
    answer = open_writer(context=1000).ask(FACT)
    assert answer.model == "openai:some-model"
    assert len(answer.given) == 1


def test_file_is_asked_one_call_at_a_time_and_patiently() -> None:
    settings = load_settings(model="gguf:model.gguf", timeout=60.0, parallel=4)
    assert limits(settings, None) == Limits(6000, 1500, 600.0, 1, 24)
    assert limits(settings.model_copy(update={"timeout": 900.0}), None).timeout == 900.0
    assert limits(settings.model_copy(update={"model": "openai:m"}), None) == Limits(
        6000, 1500, 60.0, 4, 24
    )


# Batches


def test_broken_characters_do_not_end_a_batch(writer: Written, server: Server) -> None:
    broken = "\ud83d"
    records = [
        {
            "id": broken,
            "turns": [{"user": FACT}, {"user": f"{broken} und wie viele Gewichte dabei?"}],
        },
        {"id": 2, "query": FACT},
        {"id": 3, "query": "papers year>=soon"},
        {"id": 4, "query": FACT},
    ]
    found = list(run(map(json.dumps, records), writer))
    assert [
        one if isinstance(one, str) else one["id"] for one in found if not isinstance(one, str)
    ] == ["?", "?", "2", "4"]
    assert [one.partition(":")[0] for one in found if isinstance(one, str)] == ["line 3"]
