"""What all visitors share, and one exchange: the question, the answer as it comes, what may be
asked next."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.composing import suggestions
from assistant.composing.stream import AnswerStream
from assistant.composing.verify import NOTHING_YET
from assistant.composing.written.llm_client import LLMClient, Stopped
from assistant.composing.written.suggestions import suggest_questions
from assistant.errors import AssistantError
from assistant.history.conversations import Conversations
from assistant.history.feedback import FeedbackStore
from assistant.models.chat import ChatModel
from assistant.reading.question import LONGEST_QUESTION
from assistant.text.markdown import escape, unturned
from assistant.types import QUOTES, Answer, Paper, Turn
from assistant.web.rendering import message
from assistant.web.rendering.citations import continue_numbers, renumber
from assistant.web.sessions.model_menu import ModelMenu
from assistant.web.sessions.open_corpora import OpenCorpora
from assistant.web.sessions.running_answers import BackgroundAnswer, RunningAnswers
from assistant.web.sessions.visitors import Visitor

Messages = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows: the messages, the sources so far; once the answer is whole, all turns
    with it as the last."""

    messages: Messages
    cited: Mapping[int, Paper] = field(default_factory=dict)
    turns: list[Turn] | None = None


@dataclass(frozen=True, slots=True)
class ChatService:
    """What every visitor shares."""

    corpora: OpenCorpora
    models: ModelMenu
    running: RunningAnswers
    conversations: Conversations
    feedback: FeedbackStore

    def answer(self, question: str, visitor: Visitor) -> Iterator[Shown]:
        """Yield what to show until the answer is whole; nothing more once the visitor has left or
        begun anew."""
        shown = [*render_turns(visitor.turns), _user_message(question)]
        yield Shown(shown)
        answer = BackgroundAnswer(lambda: self._stream(question, visitor))
        serial = self.running.begin(visitor.session, answer.stop)
        try:
            for text, status in answer:
                if not self.running.is_current(visitor.session, serial):
                    return
                cited = dict(answer.cited)
                numbers = continue_numbers(cited, visitor.turns)
                unfinished = message.render_unfinished(text, status, numbers)
                sources = {numbers[number]: paper for number, paper in cited.items()}
                yield Shown([*shown, _assistant_message(unfinished)], sources)
            if self.running.is_current(visitor.session, serial):
                whole = answer.answer or _refusal(question, NOTHING_YET)
                yield _finish(question, shown, visitor, whole)
        except AssistantError as error:
            refusal = _refusal(question, f"I cannot answer this: {escape(str(error))}.")
            yield _finish(question, shown, visitor, refusal)
        finally:
            answer.stop()
            self.running.end(visitor.session, serial)

    def next_questions(self, visitor: Visitor) -> tuple[str, ...] | None:
        """Return up to three questions to ask next, None when the visitor has moved on
        meanwhile."""
        if not visitor.turns:
            return ()
        stopped = threading.Event()
        serial = self.running.begin_idle(visitor.session, stopped.set)
        if serial is None:
            return None
        try:
            ask = self._quote_unless(stopped, visitor)
            questions = self._suggest(visitor, stopped, ask)
            questions = questions or suggestions.suggest_questions(visitor.turns[-1].answer, ask)
            return questions if self.running.is_current(visitor.session, serial) else None
        except Stopped:
            return None
        finally:
            self.running.end(visitor.session, serial)

    def _stream(self, question: str, visitor: Visitor) -> AnswerStream:
        chat = self.models.chat(visitor.model, visitor.session)
        assistant = self.corpora.assistant(visitor.corpus)
        return assistant.stream(question, visitor.turns, visitor.filters, chat=chat)

    def _suggest(
        self, visitor: Visitor, stopped: threading.Event, ask: Callable[[str], Answer]
    ) -> tuple[str, ...]:
        """Return what the model suggests; nothing where none wrote the answer, or it fails."""
        answer = visitor.turns[-1].answer
        if answer.model == QUOTES or answer.stopped or answer.abstained or answer.table is not None:
            return ()
        try:
            chat = self.models.chat(visitor.model, visitor.session)
            chat = self.corpora.assistant(visitor.corpus).chat if chat is None else chat
            if isinstance(chat, ChatModel):
                caller = LLMClient(chat, chat.account(), stopped)
                return suggest_questions(answer, caller, lambda text: ask(text).answers)
        except AssistantError:
            pass
        return ()

    def _quote_unless(self, stopped: threading.Event, visitor: Visitor) -> Callable[[str], Answer]:
        """Return what answers a question by quotations; Stopped once the visitor has moved on."""

        def ask(question: str) -> Answer:
            with self.running.aside():
                if stopped.is_set():
                    raise Stopped
                assistant = self.corpora.assistant(visitor.corpus)
                stream = assistant.stream(question, visitor.turns, visitor.filters, chat="quotes")
                for _ in stream:
                    pass
                return stream.answer

        return ask


def render_turns(turns: Sequence[Turn]) -> Messages:
    """Return a conversation as the chatbot's messages, two for each turn."""
    messages = []
    for place, turn in enumerate(turns, 1):
        answer = message.render_answer(turn.answer, place)
        messages += [_user_message(turn.user), _assistant_message(answer)]
    return messages


def _finish(question: str, shown: Messages, visitor: Visitor, answer: Answer) -> Shown:
    """Return the end of an exchange; what could not be answered is a turn too: messages and turns
    stay side by side."""
    turns = [*visitor.turns, Turn(_cut(question), renumber(answer, visitor.turns))]
    text = message.render_answer(turns[-1].answer, len(turns))
    return Shown([*shown, _assistant_message(text)], turns=turns)


def _refusal(question: str, text: str) -> Answer:
    return Answer(_cut(question), "none", text, abstained=True, citations=(), retrieved=())


def _user_message(question: str) -> dict[str, Any]:
    """Return the user's words so that the chatbot shows them as typed, cut when absurdly long."""
    return {"role": "user", "content": escape(unturned(_cut(question)))}


def _assistant_message(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def _cut(question: str) -> str:
    return question if len(question) <= LONGEST_QUESTION else question[:200] + " …"
