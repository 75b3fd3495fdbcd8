"""Conversations kept in a file, and what is exported of them."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from assistant.assistant import Assistant
from assistant.errors import KeepingError
from assistant.history import conversations, serialization
from assistant.history.citations import collect_sources
from assistant.history.conversations import FILE, Conversations, title_of
from assistant.history.database import place_of
from assistant.history.export import markdown
from assistant.history.export.csv import table_csv
from assistant.history.feedback import FeedbackStore
from assistant.settings import Settings, variable_of
from assistant.types import (
    Answer,
    Candidate,
    Check,
    Citation,
    Judgement,
    Paper,
    Span,
    Table,
    Turn,
    Usage,
)
from tests.conftest import Written
from tests.openai_server import Server, form, good, ids

ROOT = Path(__file__).parent.parent
QUESTIONS = (
    "which papers adapt T2I models to video?",
    "compare the first two",
    "add a column for data",
    "and protein folding?",
)
NASTY = (
    "",
    "\0",
    "\ud800",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "%_\\",
    "a\r\nb\u2028c",
    "😀é\u0301",
    '{"$paper": 9}',
    "$pairs",
)


in_a_file = pytest.mark.parametrize("keeping", ["sqlite"], indirect=True)


@pytest.fixture
def kept(keeping: Settings) -> Iterator[Conversations]:
    opened = Conversations(place_of(keeping, FILE))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def chat(assistant: Assistant) -> list[Turn]:
    turns: list[Turn] = []
    for question in QUESTIONS:
        turns.append(Turn(question, assistant.ask(question, turns)))
    return turns


def simple(user: str, text: str = "It is so.") -> Turn:
    return Turn(user, Answer(user, "fact", text, False, (), ()))


def same(restored: Turn, turn: Turn) -> bool:
    return replace(restored, answer=replace(restored.answer, retrieved=())) == replace(
        turn, answer=replace(turn.answer, retrieved=())
    )


# Turns as text


def test_an_answer_without_a_missing_side_has_the_text_that_it_always_had() -> None:
    assert "unfound" not in serialization.to_json(simple("q"))


def test_answers_come_back_whole(chat: list[Turn]) -> None:
    assert {turn.answer.kind for turn in chat} >= {"list", "comparison"}
    for turn in chat:
        text = serialization.to_json(turn)
        restored = serialization.from_json(text)
        assert same(restored, turn)
        assert serialization.to_json(restored) == text
        found = [
            (one.paper.id, one.score)
            for one in turn.answer.retrieved[: serialization.MOST_RETRIEVED]
        ]
        assert [(one.paper.id, one.score) for one in restored.answer.retrieved] == found
        abstract = turn.answer.citations[0].paper.abstract if turn.answer.citations else ""
        assert not abstract or text.count(json.dumps(abstract, ensure_ascii=False)) == 1


def test_written_answers_come_back_whole(writer: Written, server: Server) -> None:
    server.reply = good
    turns = [
        Turn(question, writer.ask(question))
        for question in (
            "which papers adapt T2I models to video?",
            "compare SimDA with I2V-Adapter",
        )
    ]
    assert turns[0].answer.judged
    assert turns[1].answer.table
    assert all(turn.answer.usage and turn.answer.given and turn.answer.checks for turn in turns)
    assert all(same(serialization.from_json(serialization.to_json(turn)), turn) for turn in turns)


def random_turn(seed: int) -> Turn:
    """Return a turn of any characters; of an odd seed, with halves of surrogate pairs, that no file
    can bear."""
    chance = random.Random(seed)
    strings = [one for one in NASTY if seed % 2 or one != "\ud800"]

    def text() -> str:
        return "".join(
            chance.choice([*strings, chr(chance.randrange(0xD800)), "word "])
            for _ in range(chance.randrange(6))
        )

    paper = Paper(
        text(),
        text(),
        text(),
        (text(), text()),
        chance.choice([None, 2023]),
        chance.choice([None, text()]),
        text(),
    )
    span = Span(text(), 0, 3)
    answer = Answer(
        question=text(), kind="list", text=text(), abstained=False, citations=(Citation(1, paper, (span, span)),),
        retrieved=(Candidate(paper, 0.1 + seed, 1, 2, 3),) * 70, considered=(paper,), nearest=(paper,), model=text(), seconds=0.1,
        notes=(text(),), checks=(Check(0, 1, "supported", text(), 1, span),), judged=(Judgement(paper, "partly", span, text()),),
        given=(paper,), table=Table((paper,), (text(),), {(text(), text()): text()}, "rows"), usage=Usage(1, 2, 3, 0.5, True),
        stopped=True, unfound=(text(),),
    )  # fmt: skip
    return Turn(text(), answer)


@pytest.mark.parametrize("seed", range(40))
def test_any_characters_come_back(seed: int, kept: Conversations) -> None:
    turn = random_turn(seed)
    text = serialization.to_json(turn)
    restored = serialization.from_json(text)
    assert serialization.to_json(restored) == text
    assert seed % 2 or same(restored, turn)
    owner = turn.user
    identifier = kept.begin(owner, turn.answer.model, turn.answer.text)
    kept.save(owner, identifier, [turn])
    assert kept.load(owner, identifier).turns == (restored,)
    assert [one.id for one in kept.listed(owner, turn.answer.text)] in ([identifier], [])
    kept.rename(owner, identifier, turn.answer.question + "x")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        "null",
        '{"format": 9}',
        '{"format": 1, "turn": {}, "papers": [], "retrieved": []}',
        "[" * 100_000,
    ]
    + [
        serialization.to_json(simple("a")).replace(*pair)
        for pair in (('"fact"', '"guess"'), ('"text": "It', '"text": 4, "x": "It'))
    ]
    + [
        serialization.to_json(simple("a")).replace(
            '"citations": []', '"citations": [{"number": 1, "paper": {"$paper": 3}, "quotes": []}]'
        )
    ],
)
def test_damaged_text_is_an_error_that_says_so(text: str) -> None:
    with pytest.raises(KeepingError, match="kept answer"):
        serialization.from_json(text)


# Conversations


def test_conversation_goes_on_after_a_restart(
    keeping: Settings, chat: list[Turn], assistant: Assistant
) -> None:
    first = Conversations(place_of(keeping, FILE))
    identifier = first.begin("ann", "default", chat[0].user)
    first.save("ann", identifier, chat[:2])
    first.close()
    again = Conversations(place_of(keeping, FILE))
    found = again.load("ann", identifier)
    assert (found.title, found.corpus, len(found.turns)) == (chat[0].user, "default", 2)
    assert [turn.answer.text for turn in found.turns] == [turn.answer.text for turn in chat[:2]]
    assert assistant.ask(QUESTIONS[2], found.turns).text == chat[2].answer.text
    again.close()


def test_edits_and_undone_turns(kept: Conversations) -> None:
    one, two, three, other = (simple(name) for name in ("one", "two", "three", "other"))
    identifier = kept.begin("ann", "default", "t")
    for turns in (
        [one],
        [one, two],
        [one, two, three],
        [one, two],
        [one, other],
        [other, two, three],
        [],
        [one],
    ):
        kept.save("ann", identifier, turns)
        assert kept.load("ann", identifier).turns == tuple(turns)


def test_a_save_and_a_look_at_thumbs_write_out_new_turns_alone(
    tmp_path: Path, kept: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    to_json = serialization.to_json

    def counted(turn: Turn) -> str:
        written.append(turn.user)
        return to_json(turn)

    monkeypatch.setattr(serialization, "to_json", counted)
    monkeypatch.setattr(conversations, "to_json", counted)
    said = FeedbackStore(tmp_path / "f.sqlite3")
    identifier, turns = kept.begin("ann", "default", "t"), [simple(f"turn {n}") for n in range(30)]
    for number in range(1, 31):
        written.clear()
        kept.save("ann", identifier, turns[:number])
        assert said.thumbs("ann", turns[:number]) == [None] * number
        assert set(written) == {f"turn {number - 1}"}
        assert len(written) <= 2  # for its key and for its row
    assert kept.load("ann", identifier).turns == tuple(turns)
    written.clear()
    kept.save("ann", identifier, [*turns[:7], simple("other")])
    assert set(written) == {"other"}
    assert len(kept.load("ann", identifier).turns) == 8
    said.close()


def test_conversations_of_the_version_before_go_on(tmp_path: Path) -> None:
    turns = [simple("one"), simple("two")]
    kept = Conversations(tmp_path / "c.sqlite3")
    identifier = kept.begin("ann", "default", "t")
    kept.save("ann", identifier, turns)
    kept.close()
    with sqlite3.connect(tmp_path / "c.sqlite3") as file:
        file.execute("DROP TABLE turn_keys")  # it had none
    file.close()
    kept = Conversations(tmp_path / "c.sqlite3")
    assert kept.load("ann", identifier).turns == tuple(turns)
    kept.save("ann", identifier, [turns[0], simple("three")])
    assert [turn.user for turn in kept.load("ann", identifier).turns] == ["one", "three"]
    kept.close()


def test_listing_is_newest_first_and_searches_plain_words(keeping: Settings) -> None:
    clock = iter(range(100))
    kept = Conversations(place_of(keeping, FILE), now=lambda: float(next(clock)))
    first, second, third = (
        kept.begin("ann", corpus, title)
        for corpus, title in (("a", "Vídeo models"), ("b", "100%_x"), ("a", "other"))
    )
    kept.save("ann", second, [simple("noise?", r"It tunes 0.5\~1.0 of SimDA.")])
    kept.save("ann", first, [simple("one"), simple("two", "Straße")])
    kept.save(
        "ann", first, [simple("one"), simple("two", "Straße")]
    )  # nothing new, so not moved by it
    assert [one.id for one in kept.listed("ann")] == [first, second, third]
    assert [one.id for one in kept.listed("ann", corpus="a")] == [first, third]
    assert [one.id for one in kept.listed("ann", limit=1)] == [first]

    def hits(search: str) -> list[str]:
        return [one.id for one in kept.listed("ann", search)]

    assert hits("VIDEO straße") == hits("  two   model ") == [first]
    assert hits("simda 0.5~1.0") == hits("100%_X") == hits("%_") == [second]
    assert hits("%") == [second]
    assert hits("video simda") == hits('" OR 1=1') == hits("zebra") == []
    assert hits("zebra \ud800 \0") == []
    kept.close()


def test_titles(kept: Conversations) -> None:
    identifier = kept.begin("ann", "default", "  a\n b  ")
    assert kept.load("ann", identifier).title == "a b"
    assert len(title_of("x" * 500)) == 80
    assert title_of(" \n ") == "Conversation"
    assert kept.rename("ann", identifier, f" new {'y' * 500}").startswith("new y")
    assert len(kept.load("ann", identifier).title) == 120
    with pytest.raises(KeepingError, match="title is empty"):
        kept.rename("ann", identifier, " \n")


def test_nobody_touches_the_conversation_of_another(kept: Conversations) -> None:
    identifier = kept.begin("ann", "default", "secret")
    kept.save("ann", identifier, [simple("secret")])
    actions = (
        lambda who: kept.load(who, identifier),
        lambda who: kept.save(who, identifier, []),
        lambda who: kept.rename(who, identifier, "mine"),
        lambda who: kept.delete(who, identifier),
        lambda who: kept.share(who, identifier),
        lambda who: kept.unshare(who, identifier),
    )
    for who in ("bob", "", "Ann", "ann ", "ann\0", "%", "ann\ud800"):
        assert kept.listed(who) == kept.listed(who, "secret") == []
        for action in actions:
            with pytest.raises(KeepingError, match="no such conversation"):
                action(who)
    assert [turn.user for turn in kept.load("ann", identifier).turns] == ["secret"]
    assert kept.load("ann", identifier).title == "secret"


def test_link_shows_the_conversation_as_it_is_until_it_ends(kept: Conversations) -> None:
    identifier = kept.begin("ann", "default", "t")
    token = kept.share("ann", identifier)
    assert kept.share("ann", identifier) == token == kept.listed("ann")[0].token
    kept.save("ann", identifier, [simple("later")])
    shown = kept.shared(token)
    assert shown is not None
    assert shown.turns == (simple("later"),)
    assert kept.shared("") is kept.shared("\ud800") is kept.shared(identifier) is None
    kept.unshare("ann", identifier)
    assert kept.shared(token) is None
    new = kept.share("ann", identifier)
    assert new != token
    kept.delete("ann", identifier)
    assert kept.shared(new) is None


def test_what_is_deleted_is_gone_from_the_disk(tmp_path: Path) -> None:
    kept = Conversations(tmp_path / "c.sqlite3")
    identifier = kept.begin("ann", "default", "walrus-title")
    kept.save(
        "ann", identifier, [simple("walrus-question", "walrus-answer" * 2000), simple("walrus-two")]
    )
    kept.save("ann", identifier, [simple("walrus-question", "other")])
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"walrus-answer" not in on_disk
    assert b"walrus-title" in on_disk
    kept.delete("ann", identifier)
    assert not any(b"walrus" in path.read_bytes() for path in tmp_path.iterdir())
    assert kept.listed("ann") == []
    kept.close()


@in_a_file
@pytest.mark.skipif(os.name == "nt", reason="Windows has other modes")
def test_only_its_owner_reads_the_file(tmp_path: Path, kept: Conversations) -> None:
    kept.begin("ann", "default", "t")
    assert {
        path.stat().st_mode & 0o077
        for path in (tmp_path / "data").glob("*.sqlite3*")
        if path.suffix != ".lock"
    } == {0}


def test_bounds_are_told_and_lose_nothing(
    kept: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "MOST", 2)
    monkeypatch.setattr(conversations, "MOST_TURNS", 2)
    identifier = kept.begin("ann", "default", "1")
    kept.begin("ann", "default", "2")
    with pytest.raises(KeepingError, match="delete some"):
        kept.begin("ann", "default", "3")
    kept.begin("bob", "default", "1")
    with pytest.raises(KeepingError, match="begin a new one"):
        kept.save("ann", identifier, [simple("x")] * 3)
    assert len(kept.listed("ann")) == 2


def test_damaged_or_foreign_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(os.urandom(5000))
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    (tmp_path / "folder").mkdir()
    for name in ("noise", "other", "folder"):
        with pytest.raises(KeepingError) as error:
            Conversations(tmp_path / name)
        assert name in str(error.value)
        assert "\n" not in str(error.value)
    (tmp_path / "file").touch()
    with pytest.raises(KeepingError, match="cannot be used"):
        Conversations(tmp_path / "file" / "c.sqlite3")


def test_threads_share_one_file(kept: Conversations) -> None:
    def work(owner: str) -> None:
        for number in range(10):
            identifier = kept.begin(owner, "default", f"{owner} {number}")
            kept.save(owner, identifier, [simple(owner)])

    threads = [threading.Thread(target=work, args=(f"owner {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(4):
        listed = kept.listed(f"owner {number}")
        assert len(listed) == 10
        assert all(
            kept.load(f"owner {number}", one.id).turns == (simple(f"owner {number}"),)
            for one in listed
        )


_WRITER = """
import itertools, sys
from assistant.history.conversations import FILE, Conversations
from assistant.history.database import place_of
from assistant.settings import load_settings
from assistant.types import Answer, Turn
def turn(user): return Turn(user, Answer(user, "fact", "text " * 500, False, (), ()))
owner, rounds = sys.argv[1], int(sys.argv[2])
kept = Conversations(place_of(load_settings(), FILE))
identifier = kept.begin(owner, "default", owner)
print(identifier, flush=True)
for number in itertools.islice(itertools.count(), rounds or None):
    kept.save(owner, identifier, [turn(f"{number} {place}") for place in range(30)])
"""


def start_writer(keeping: Settings, owner: str, rounds: int) -> subprocess.Popen[str]:
    given = {variable_of("data_dir"): str(keeping.data_dir)}
    if keeping.conversations:
        given[variable_of("conversations")] = keeping.conversations.get_secret_value()
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, owner, str(rounds)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **given},
    )


@pytest.mark.slow
def test_processes_share_one_place_from_the_start(keeping: Settings) -> None:
    writers = [start_writer(keeping, owner, 15) for owner in ("ann", "bob")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    kept = Conversations(place_of(keeping, FILE))
    for owner, writer in zip(("ann", "bob"), writers, strict=True):
        assert writer.stdout is not None
        found = kept.load(owner, writer.stdout.read().strip())
        assert [turn.user for turn in found.turns] == [f"14 {place}" for place in range(30)]
        writer.stdout.close()
    kept.close()


@pytest.mark.slow
def test_killed_writer_leaves_whole_conversations(keeping: Settings) -> None:
    for pause in (0.05, 0.11, 0.17):
        writer = start_writer(keeping, "ann", 0)
        assert writer.stdout is not None
        identifier = writer.stdout.readline().strip()
        time.sleep(pause)
        writer.kill()
        writer.wait()
        writer.stdout.close()
        kept = Conversations(place_of(keeping, FILE))
        users = [turn.user for turn in kept.load("ann", identifier).turns]
        rounds = {user.split()[0] for user in users}
        assert len(users) in (0, 30)
        assert len(rounds) <= 1
        kept.save("ann", identifier, [simple("after")])
        kept.close()


# Exports

HOSTILE = Paper(
    "x",
    "<img src=x onerror=alert(1)> [a](javascript:alert(1)) [[wiki]] $\\frac{1}{2}$",
    "# Heading\n- <script>alert(1)</script> ![i](http://evil.example/p.png) [1]"
    " https://evil.example `code` | pipe",
    ("<b>Eve</b>", "*Mallory*"),
    2023,
    "[x]: javascript:alert(1)",
    "javascript:alert(1)",
)


def rendered(text: str) -> str:
    return MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table").render(text)


def test_words_of_others_are_inert_in_an_export() -> None:
    quote = Span(HOSTILE.abstract, 0, len(HOSTILE.abstract))
    text = "“quoted” [1] and [Title](javascript:alert%281%29) costs $5 or \\$6"
    answer = Answer(
        "q",
        "fact",
        text,
        False,
        (Citation(1, HOSTILE, (quote,)),),
        (),
        notes=("<i>note</i>",),
        model="<openai:m>",
    )
    html = rendered(
        markdown.markdown("<b>t</b> [x](javascript:y)", [Turn(f"{HOSTILE.title}\n# other", answer)])
    )
    tags = set(re.findall(r"<\s*/?\s*([a-z0-9]+)", html))
    assert tags <= {"h1", "h2", "p", "ul", "li", "em", "strong"}, html
    assert not re.search(r"<[^>]*(?:href|src)=", html)
    assert html.count("<h2>") == html.count("<h1>") == 1
    assert "\\$5" in markdown.markdown("t", [Turn("q", answer)])
    assert "\\$6" in markdown.markdown("t", [Turn("q", answer)])
    assert "\\\\$6" not in markdown.markdown("t", [Turn("q", answer)])


def test_export_of_a_conversation(chat: list[Turn]) -> None:
    text = markdown.markdown("Video", chat)
    assert text.startswith(f"# Video\n\n## {QUESTIONS[0]}\n\n")
    for turn in chat:
        assert turn.answer.text in text
        for citation in turn.answer.citations:
            assert f"](https://{citation.paper.url.removeprefix('https://')}) ·" in text
    assert text.count("*quotations · ") == len(chat)
    html = rendered(text)
    assert html.count("<h2>") == len(chat)
    tables = [turn for turn in chat if turn.answer.table or turn.answer.counts]
    assert html.count("<table>") == len(tables) > 1


def test_export_of_a_written_answer_keeps_marks_and_who_wrote(
    writer: Written, server: Server
) -> None:
    true, false = (
        "SimDA fine-tunes only 24M out of 1.1B parameters of a strong T2I model",
        "SimDA fine-tunes 77M out of 1.1B parameters of a strong T2I model",
    )
    server.reply = lambda request: (
        "nothing"
        if form(request) == "repair"
        else f"{true} [{ids(request)[0]}]. {false} [{ids(request)[0]}]."
    )
    turn = Turn(
        "how many parameters does SimDA tune?", writer.ask("how many parameters does SimDA tune?")
    )
    text = markdown.markdown("t", [turn])
    assert "*(not supported: " in text
    assert re.search(
        r"\*openai:some-model · .* · 1 of 3 sentences is doubtful · \d+ abstracts were read\*\n$",
        text,
    )
    [source] = [line for line in text.splitlines() if line.startswith("- \\[1\\]")]
    assert "(https://arxiv.org/abs/2308.09710)" in source


def test_papers_cited_stand_once_in_the_order_of_first_citation(chat: list[Turn]) -> None:
    found = collect_sources(chat)
    said = [citation.paper.id for turn in chat for citation in turn.answer.citations]
    assert [one.paper.id for one in found] == list(dict.fromkeys(said))
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    for one in found:
        quotes = {
            quote
            for turn in chat
            for other in turn.answer.citations
            if other.paper.id == one.paper.id
            for quote in other.quotes
        }
        assert set(one.quotes) == quotes
        assert len(one.quotes) == len(quotes)
    assert collect_sources([]) == []


def test_comparison_as_csv(chat: list[Turn]) -> None:
    table = chat[1].answer.table
    assert table is not None
    rows = list(csv.reader(io.StringIO(table_csv(table))))
    assert [row[0] for row in rows[1:]] == list(table.aspects)
    assert len(rows[0]) == len(table.papers) + 1
    cells = [cell for row in rows[1:] for cell in row[1:]]
    assert "not stated in the abstract" in cells
    assert any(re.search(r"” \[1\]$", cell) for cell in cells)
    turned = list(csv.reader(io.StringIO(table_csv(replace(table, papers_as="rows")))))
    assert [list(column) for column in zip(*rows, strict=True)] == turned


def test_comparison_as_csv_holds_no_formula() -> None:
    paper = Paper("a", "=cmd|' /C calc'!A0", "")
    text = table_csv(Table((paper,), ("+x", " =y"), {("a", "+x"): "@SUM(1) **b** \\[3\\] [1][2]"}))
    assert list(csv.reader(io.StringIO(text))) == [
        ["", "'=cmd|' /C calc'!A0"],
        ["'+x", "'@SUM(1) b [3] [1] [2]"],
        ["'=y", "not stated in the abstract"],
    ]


def test_what_was_discarded_can_be_had_back_for_a_minute(keeping: Settings) -> None:
    clock = [1000.0]
    kept = Conversations(place_of(keeping, FILE), now=lambda: clock[0])
    first, other = kept.begin("ann", "c", "zebras"), kept.begin("ann", "c", "lions")
    token = kept.share("ann", first)
    kept.discard("ann", first)
    assert [entry.id for entry in kept.listed("ann")] == [other]
    assert kept.shared(token) is None
    with pytest.raises(KeepingError, match="no such conversation"):
        kept.load("ann", first)
    with pytest.raises(KeepingError, match="no such conversation"):
        kept.restore("bob", first)
    clock[0] += conversations.UNDO - 1
    kept.restore("ann", first)
    assert kept.load("ann", first).token == token
    kept.discard("ann", first)
    clock[0] += conversations.UNDO + 1
    kept.discard("ann", other)  # whatever comes next takes it out of the file
    with pytest.raises(KeepingError, match="no such conversation"):
        kept.restore("ann", first)
    kept.restore("ann", other)
    kept.close()
    file = keeping.data_dir / FILE
    assert not file.is_file() or b"zebras" not in file.read_bytes()


def test_how_the_page_was_left_is_kept_with_a_conversation(kept: Conversations) -> None:
    one = kept.begin("ann", "c", "zebras")
    assert kept.load("ann", one).setup == {}
    kept.set_up("ann", one, model="openai:m", only=["a"])
    kept.set_up("ann", one, only=["b"], suggested=["and lions?"])
    left = {"model": "openai:m", "only": ["b"], "suggested": ["and lions?"]}
    assert kept.load("ann", one).setup == left
    kept.set_up("ann", one, only=["x" * 200_000])  # too long to keep
    assert kept.load("ann", one).setup == left
    with pytest.raises(KeepingError):
        kept.set_up("bob", one, model="quotes")


def test_a_search_tells_where_it_hit(kept: Conversations) -> None:
    one = kept.begin("ann", "c", "Zebras at dawn")
    answer = Answer("q", "fact", "They drink at the Okavango, say herders.", False, (), ())
    kept.save("ann", one, [Turn("where do they drink?", answer)])
    assert kept.listed("ann", "zebras")[0].hit == ""
    assert "okavango, say" in kept.listed("ann", "zebras okavango")[0].hit


def test_turns_are_written_only_over_those_that_were_read(kept: Conversations) -> None:
    one, two, three = (simple(name) for name in ("one", "two", "three"))
    identifier = kept.begin("ann", "c", "t")
    assert kept.save("ann", identifier, [one], over=[])
    assert kept.save("ann", identifier, [one, two], over=[one])
    for over in ([], [one], [one, three], [one, two, three]):
        assert not kept.save("ann", identifier, [three], over=over)
    assert kept.load("ann", identifier).turns == (one, two)


def test_processes_that_add_turns_to_one_conversation_lose_none(keeping: Settings) -> None:
    kept, other = (Conversations(place_of(keeping, FILE)) for _ in range(2))
    identifier, together = kept.begin("ann", "c", "t"), threading.Barrier(2)

    def add(store: Conversations, name: str) -> None:
        for number in range(10):
            together.wait(30)
            while True:
                now = store.load("ann", identifier).turns
                if store.save("ann", identifier, [*now, simple(f"{name} {number}")], over=now):
                    break

    def mark(store: Conversations, name: str) -> None:
        for number in range(10):
            together.wait(30)
            store.set_up("ann", identifier, **{f"{name} {number}": True})

    for work in (add, mark):
        threads = [threading.Thread(target=work, args=pair) for pair in ((kept, "a"), (other, "b"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = kept.load("ann", identifier)
    added = sorted(f"{name} {number}" for name in "ab" for number in range(10))
    assert sorted(turn.user for turn in found.turns) == sorted(found.setup) == added
    kept.close()
    other.close()


@pytest.mark.slow
def test_a_look_is_consistent_while_others_write(
    keeping: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, other = (Conversations(place_of(keeping, FILE)) for _ in range(2))
    identifier, owned = kept.begin("ann", "c", "t"), conversations._owned
    kept.save("ann", identifier, [simple("one")])
    kept.set_up("ann", identifier, model="m")

    def overtaken(*given: Any) -> conversations.Entry:
        found = owned(*given)
        monkeypatch.undo()
        other.delete("ann", identifier)
        return found

    monkeypatch.setattr(conversations, "_owned", overtaken)
    found = kept.load("ann", identifier)
    assert (found.turns, found.setup) == ((simple("one"),), {"model": "m"})
    with pytest.raises(KeepingError, match="no such conversation"):
        kept.load("ann", identifier)
    kept.close()
    other.close()


def test_a_search_takes_signs_as_they_stand_and_words_of_any_length(kept: Conversations) -> None:
    identifier = kept.begin("ann", "c", r"100%_\/ sure")
    kept.save("ann", identifier, [simple("x", "lion" * 20_000)])
    for words in ("%_", "\\/", "100%", "lion" * 20_000):
        assert [one.id for one in kept.listed("ann", words)] == [identifier]
    for words in ("1%0", "sur_", "/%"):
        assert kept.listed("ann", words) == []
