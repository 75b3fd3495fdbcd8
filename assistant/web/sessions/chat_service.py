"""One exchange on the chat page: the question shown, the answer as it comes, then what may be asked next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.composing import suggestions
from assistant.composing.stream import AnswerStream
from assistant.composing.written.llm_client import LLMClient, Stopped
from assistant.composing.written.suggestions import suggest_questions
from assistant.errors import AssistantError
from assistant.history.conversations import Conversations
from assistant.history.feedback import FeedbackStore
from assistant.models.chat import ChatModel
from assistant.reading.question import LONGEST_QUESTION
from assistant.retrieval.hybrid import NO_FILTERS
from assistant.text.markdown import escape, unturned
from assistant.types import QUOTES, Answer, Filters, Paper, Turn
from assistant.web.rendering import citation_numbers, message
from assistant.web.sessions.model_menu import Menu
from assistant.web.sessions.open_corpora import Shelf
from assistant.web.sessions.running_answers import UnderWay, Writing

Messages = list[dict[str, Any]]
_NOTHING_YET = "Stopped before anything was written."


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whose exchange it is: a browser session and its owner, the model and corpus chosen, the filters set, the turns so far."""

    session: str
    owner: str
    chosen: str
    corpus: str
    turns: Sequence[Turn]
    filters: Filters = NO_FILTERS


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows: the messages, the sources so far; and, once the answer is whole, the turns, the newest one last."""

    messages: Messages
    cited: Mapping[int, Paper] = field(default_factory=dict)
    turns: list[Turn] | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """What every visitor shares."""

    shelf: Shelf
    menu: Menu
    under_way: UnderWay
    kept: Conversations
    said: FeedbackStore

    def answer(self, question: str, visitor: Visitor) -> Iterator[Shown]:
        """Yield what to show until the answer is whole; nothing more once the visitor has left or begun anew."""
        shown = [*messages(visitor.turns), _asked(question)]
        yield Shown(shown)
        writing = Writing(lambda: self._stream(question, visitor))
        serial = self.under_way.begin(visitor.session, writing.stop)
        try:
            for text, status in writing:
                cited = dict(writing.cited)
                now = citation_numbers.continued(cited, visitor.turns)
                sources = {now[number]: paper for number, paper in cited.items()}
                yield Shown([*shown, _said(message.unfinished(text, status, now))], sources)
            if self.under_way.is_current(visitor.session, serial):
                yield _whole(
                    question, shown, visitor, writing.answer or _plain(question, _NOTHING_YET)
                )
        except AssistantError as error:
            yield _whole(
                question,
                shown,
                visitor,
                _plain(question, f"I cannot answer this: {escape(str(error))}."),
            )
        finally:
            writing.stop()
            self.under_way.end(visitor.session, serial)

    def _stream(self, question: str, visitor: Visitor) -> AnswerStream:
        chat = self.menu.chat(visitor.chosen, visitor.session)
        return self.shelf.assistant(visitor.corpus).stream(
            question, visitor.turns, visitor.filters, chat=chat
        )

    def next_questions(self, visitor: Visitor) -> tuple[str, ...] | None:
        """Return up to three questions to ask next, None when the visitor has moved on meanwhile."""
        if not visitor.turns:
            return ()
        stopped = threading.Event()
        serial = self.under_way.begin_idle(visitor.session, stopped.set)
        if serial is None:
            return None
        try:
            found = self._suggested(visitor, stopped) or suggestions.suggest_questions(
                visitor.turns[-1].answer, self._asker(visitor, stopped)
            )
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
            chat = self.menu.chat(visitor.chosen, visitor.session)
            own = self.shelf.assistant(visitor.corpus).chat if chat is None else chat
            if isinstance(own, ChatModel):
                return suggest_questions(
                    answer,
                    LLMClient(own, own.account(), stopped),
                    lambda text: not ask(text).abstained,
                )
        except AssistantError:
            pass
        return ()

    def _asker(self, visitor: Visitor, stopped: threading.Event) -> Callable[[str], Answer]:
        """Return what answers a question by quotations; Stopped once the visitor has moved on."""

        def ask(question: str) -> Answer:
            with self.under_way.aside():
                if stopped.is_set():
                    raise Stopped
                assistant = self.shelf.assistant(visitor.corpus)
                stream = assistant.stream(question, visitor.turns, visitor.filters, chat="quotes")
                for _ in stream:
                    pass
                return stream.answer

        return ask


def messages(turns: Sequence[Turn]) -> Messages:
    """Return a conversation as the chatbot's messages, two for each turn."""
    return [
        one
        for place, turn in enumerate(turns, 1)
        for one in (_asked(turn.user), _said(message.message(turn.answer, place)))
    ]


def _whole(question: str, shown: Messages, visitor: Visitor, answer: Answer) -> Shown:
    """Return the end of an exchange; what could not be answered is a turn too, so that messages and turns stay side by side."""
    turns = [*visitor.turns, Turn(_cut(question), citation_numbers.stable(answer, visitor.turns))]
    return Shown([*shown, _said(message.message(turns[-1].answer, len(turns)))], turns=turns)


def _plain(question: str, text: str) -> Answer:
    return Answer(_cut(question), "none", text, abstained=True, citations=(), retrieved=())


def _asked(question: str) -> dict[str, Any]:
    """Return the user's words so that the chatbot shows them as typed, cut when absurdly long."""
    return {"role": "user", "content": escape(unturned(_cut(question)))}


def _cut(question: str) -> str:
    return question if len(question) <= LONGEST_QUESTION else question[:200] + " …"


def _said(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}
