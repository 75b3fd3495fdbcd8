"""Conversations as pages show them: kept when a question is asked, in memory while that cannot be."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.composing.stream import AnswerStream, Piece, Pieces
from assistant.errors import KeepingError
from assistant.history import conversations
from assistant.history.conversations import Conversations
from assistant.types import Answer, Turn
from assistant.web.sessions.live_conversations import INTERRUPTED, LiveConversations, only_answered

FACT = "how many parameters does SimDA tune?"


class Unsteady(Conversations):
    """A file of conversations that fails while it is told to, as a full disk does."""

    fails = False

    def save(self, owner: str, identifier: str, turns: Sequence[Turn]) -> None:
        if self.fails:
            raise KeepingError("the disk is full")
        super().save(owner, identifier, turns)

    def load(self, owner: str, identifier: str) -> conversations.Conversation:
        if self.fails:
            raise KeepingError("the disk is full")
        return super().load(owner, identifier)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveConversations]:
    opened = LiveConversations(Unsteady(tmp_path / conversations.FILE))
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
