"""Conversations as pages show them: kept when a question is asked, in memory while that cannot be."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from assistant.assistant import Assistant
from assistant.composing.stream import AnswerStream, Piece, Pieces
from assistant.errors import AssistantError, KeepingError
from assistant.history import conversations
from assistant.history.conversations import FILE, Conversations
from assistant.history.database import place_of
from assistant.settings import Settings
from assistant.types import Answer, Turn
from assistant.web.sessions.live_conversations import INTERRUPTED, LiveConversations, only_answered

FACT = "how many parameters does SimDA tune?"


class Unsteady(Conversations):
    """A file of conversations that fails while it is told to, as a full disk does."""

    fails = False

    def save(
        self, owner: str, identifier: str, turns: Sequence[Turn], over: Sequence[Turn] | None = None
    ) -> bool:
        if self.fails:
            raise KeepingError("the disk is full")
        return super().save(owner, identifier, turns, over)

    def load(self, owner: str, identifier: str) -> conversations.Conversation:
        if self.fails:
            raise KeepingError("the disk is full")
        return super().load(owner, identifier)


@pytest.fixture
def live(keeping: Settings) -> Iterator[LiveConversations]:
    opened = LiveConversations(Unsteady(place_of(keeping, FILE)))
    yield opened
    opened.close()


def ask(live: LiveConversations, assistant: Assistant, identifier: str, question: str) -> str:
    """Ask and wait for the whole answer."""
    identifier = live.ask(
        "ann", identifier, "default", question,
        lambda turns: assistant.stream(question, turns, chat="quotes"),
    )  # fmt: skip
    if running := live.running("ann", identifier):
        assert running.done.wait(20)
    return identifier


class Slow:
    """A stream that says a word and then waits; the second word is its answer's."""

    def __init__(self) -> None:
        self.go, self.stop = threading.Event(), threading.Event()

    def __call__(self, turns: Sequence[Turn]) -> AnswerStream:
        return AnswerStream(self._pieces(), self.stop, 0.0)

    def _pieces(self) -> Pieces:
        yield Piece("one ")
        self.go.wait(20)
        yield Piece("two")
        return Answer("q", "fact", "one two", False, (), ())


def test_a_question_is_kept_before_it_is_answered(live: LiveConversations) -> None:
    slow = Slow()
    one = live.ask("ann", "", "default", "where?", slow)
    assert live.kept.load("ann", one).turns[-1].answer.text == INTERRUPTED
    assert live.turns("ann", one) == ()
    token = live.kept.share("ann", one)
    shared = live.kept.shared(token)
    assert shared is not None
    assert only_answered(shared).turns == ()
    slow.go.set()
    assert (running := live.running("ann", one)) is None or running.done.wait(20)
    assert [turn.answer.text for turn in live.kept.load("ann", one).turns] == ["one two"]


def test_what_could_not_be_kept_is_kept_as_soon_as_it_can_be(
    live: LiveConversations, assistant: Assistant
) -> None:
    one = ask(live, assistant, "", FACT)
    live.kept.fails = True  # type: ignore[attr-defined]
    with pytest.raises(KeepingError):
        ask(live, assistant, one, "and Tune-A-Video?")
    live.kept.fails = False  # type: ignore[attr-defined]
    slow = Slow()
    live.ask("ann", one, "default", "where?", slow)
    live.kept.fails = True  # type: ignore[attr-defined]
    slow.go.set()
    assert (running := live.running("ann", one)) is None or running.done.wait(20)
    assert live.problem("ann", one) == "the disk is full"
    live.kept.fails = False  # type: ignore[attr-defined]
    assert [turn.answer.text for turn in live.turns("ann", one)][1:] == ["one two"]
    ask(live, assistant, one, FACT)
    assert len(live.kept.load("ann", one).turns) == 3


def test_what_cannot_be_read_is_not_taken_back(
    live: LiveConversations, assistant: Assistant
) -> None:
    one = ask(live, assistant, ask(live, assistant, "", FACT), "and Tune-A-Video?")
    live.kept.fails = True  # type: ignore[attr-defined]
    with pytest.raises(KeepingError):
        live.shorten("ann", one, 1)
    live.kept.fails = False  # type: ignore[attr-defined]
    assert len(live.kept.load("ann", one).turns) == 2
    assert len(live.shorten("ann", one, 1)) == 1


def test_an_answer_that_comes_after_its_conversation_was_deleted_is_not_kept(
    live: LiveConversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.web.sessions.live_conversations._LAST", 0.2)
    slow = Slow()
    one = live.ask("ann", "", "default", "where?", slow)
    running = live.running("ann", one)
    assert running is not None
    live.discard("ann", one)
    slow.go.set()
    assert running.done.wait(20)
    with pytest.raises(KeepingError):
        live.load("ann", one)
    live.kept.restore("ann", one)
    assert live.kept.load("ann", one).turns[-1].answer.text == INTERRUPTED


def test_suggestions_stop_when_a_question_is_asked_or_taken_back(
    live: LiveConversations, assistant: Assistant
) -> None:
    one = ask(live, assistant, "", FACT)
    with live.idle("ann", one) as first, live.idle("ann", one) as second:
        assert first
        assert second
        live.shorten("ann", one, 0)
        assert first.is_set()
        assert second.is_set()


@pytest.fixture
def other(keeping: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveConversations]:
    """The same conversations as another process has them."""
    monkeypatch.setattr("assistant.web.sessions.live_conversations._LOOK", 0.05)
    opened = LiveConversations(Conversations(place_of(keeping, FILE)))
    yield opened
    opened.close()


def finish(live: LiveConversations, slow: Slow, identifier: str) -> None:
    """Let an answer come to its end."""
    running = live.running("ann", identifier)
    slow.go.set()
    assert running is None or running.done.wait(20)


def test_an_answer_of_another_process_is_waited_for(
    live: LiveConversations, other: LiveConversations
) -> None:
    slow = Slow()
    one = live.ask("ann", "", "default", "where?", slow)
    assert [turn.answer.text for turn in other.turns("ann", one)] == [INTERRUPTED]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(other.wait_elsewhere, "ann", one, lambda: True)
        with pytest.raises(TimeoutError):
            waiting.result(0.5)
        finish(live, slow, one)
        assert waiting.result(20)
    assert [turn.answer.text for turn in other.turns("ann", one)] == ["one two"]
    assert not other.wait_elsewhere("ann", one, lambda: True)


def test_what_is_long_ago_or_deleted_or_not_wanted_is_not_waited_for(
    live: LiveConversations, other: LiveConversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow()
    one = live.ask("ann", "", "default", "where?", slow)
    assert not other.wait_elsewhere("bob", one, lambda: True)
    assert not other.wait_elsewhere("ann", one, lambda: False)
    with monkeypatch.context() as patch:
        patch.setattr("assistant.web.sessions.live_conversations._LOOKING", 0.0)
        assert not other.wait_elsewhere("ann", one, lambda: True)

    def delete() -> bool:
        other.kept.delete("ann", one)
        return True

    assert other.wait_elsewhere("ann", one, delete)
    finish(live, slow, one)


def test_an_answer_is_dropped_where_another_process_was_asked_meanwhile(
    live: LiveConversations, other: LiveConversations, assistant: Assistant
) -> None:
    slow = Slow()
    one = live.ask("ann", "", "default", "where?", slow)
    ask(other, assistant, one, FACT)
    finish(live, slow, one)
    turns = other.turns("ann", one)
    assert turns == live.turns("ann", one)
    assert [turn.user for turn in turns] == ["where?", FACT]
    assert turns[0].answer.text == INTERRUPTED
    assert "24M" in turns[1].answer.text
    assert live.problem("ann", one) == ""


def test_a_question_is_refused_where_another_process_was_quicker(
    live: LiveConversations, other: LiveConversations, assistant: Assistant
) -> None:
    one = ask(live, assistant, "", FACT)
    load = live.kept.load

    def overtaken(owner: str, identifier: str) -> conversations.Conversation:
        found = load(owner, identifier)
        live.kept.load = load  # type: ignore[method-assign]
        ask(other, assistant, one, "and Tune-A-Video?")
        return found

    for act in (lambda: ask(live, assistant, one, "where?"), lambda: live.shorten("ann", one, 0)):
        live.kept.load = overtaken  # type: ignore[method-assign]
        with pytest.raises(AssistantError, match="changed in another window"):
            act()
        assert live.running("ann", one) is None
    assert [turn.user for turn in live.turns("ann", one)] == [FACT, *["and Tune-A-Video?"] * 2]
    ask(live, assistant, one, "where?")
    assert len(other.turns("ann", one)) == 4
