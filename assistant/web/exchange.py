"""One exchange on the chat page: the question shown, the answer as it comes, then what may be asked next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from assistant import suggest
from assistant.chat import Chat
from assistant.errors import AssistantError
from assistant.markdown import escape
from assistant.pipeline import LONGEST_QUESTION, Assistant
from assistant.types import QUOTES, Answer, Turn
from assistant.web import message as page
from assistant.web.menu import Menu
from assistant.web.underway import UnderWay, Writing
from assistant.writing import followups
from assistant.writing.calls import Caller, Stopped

Messages = list[dict[str, Any]]
_NOTHING_YET = "Stopped before anything was written."


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whose exchange it is: a browser session, the model it chose, and its turns so far."""

    session: str
    chosen: str
    turns: Sequence[Turn]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows: the messages; and, once the answer is whole, the turns, the newest one last."""

    messages: Messages
    turns: list[Turn] | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """What every visitor shares."""

    assistant: Assistant
    menu: Menu
    under_way: UnderWay

    def answer(self, question: str, messages: Messages, visitor: Visitor) -> Iterator[Shown]:
        """Yield what to show until the answer is whole; nothing more once the visitor has left or begun anew."""
        shown = [*messages, {"role": "user", "content": _verbatim(question)}]
        yield Shown(shown)
        writing = Writing(lambda: self.assistant.stream(question, visitor.turns, chat=self.menu.chat(visitor.chosen)))
        serial = self.under_way.begin(visitor.session, writing.stop)
        try:
            for text, status in writing:
                yield Shown([*shown, _said(page.unfinished(text, status))])
            if self.under_way.is_current(visitor.session, serial):
                yield _whole(question, shown, visitor, writing.answer)
        except AssistantError as error:
            yield Shown([*shown, _said(f"I cannot answer this: {escape(str(error))}.")], list(visitor.turns))
        finally:
            writing.stop()
            self.under_way.end(visitor.session, serial)

    def next_questions(self, visitor: Visitor) -> tuple[str, ...] | None:
        """Return up to three questions to ask next, None when the visitor has moved on meanwhile."""
        if not visitor.turns:
            return ()
        stopped = threading.Event()
        serial = self.under_way.begin(visitor.session, stopped.set)
        try:
            found = self._suggested(visitor, stopped) or suggest.by_rule(visitor.turns[-1].answer, self._asker(visitor, stopped))
            return found if self.under_way.is_current(visitor.session, serial) else None
        except Stopped:
            return None
        finally:
            self.under_way.end(visitor.session, serial)

    def _suggested(self, visitor: Visitor, stopped: threading.Event) -> tuple[str, ...]:
        """Return what the model suggests; nothing where none wrote the answer, or it fails."""
        answer = visitor.turns[-1].answer
        if answer.model == QUOTES or answer.stopped or answer.abstained or answer.table is not None:
            return ()
        ask = self._asker(visitor, stopped)
        try:
            chat = self.menu.chat(visitor.chosen)
            own = self.assistant.chat if chat is None else chat
            if isinstance(own, Chat):
                return followups.suggested(answer, Caller(own, own.account(), stopped), lambda text: not ask(text).abstained)
        except AssistantError:
            pass
        return ()

    def _asker(self, visitor: Visitor, stopped: threading.Event) -> Callable[[str], Answer]:
        """Return what answers a question by quotations; Stopped once the visitor has moved on."""

        def ask(question: str) -> Answer:
            if stopped.is_set():
                raise Stopped
            stream = self.assistant.stream(question, visitor.turns, chat="quotes")
            for _ in stream:
                pass
            return stream.answer

        return ask


def _whole(question: str, shown: Messages, visitor: Visitor, answer: Answer | None) -> Shown:
    """Return the end of an exchange: the answer, or that it was stopped before it had begun."""
    if answer is None:
        return Shown([*shown, _said(_NOTHING_YET)], list(visitor.turns))
    turns = [*visitor.turns, Turn(question, answer)]
    return Shown([*shown, _said(page.message(answer, len(turns)))], turns)


def _said(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def _verbatim(text: str) -> str:
    """Return the user's words so that the chatbot shows them as typed, cut when absurdly long."""
    return escape(text if len(text) <= LONGEST_QUESTION else text[:200] + " …")
