"""What all visitors share, and one exchange: question, answer as it comes, suggestions."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.api.open_corpora import OpenCorpora
from assistant.composing import suggestions
from assistant.composing.written.llm_client import LLMClient, Stopped
from assistant.composing.written.suggestions import suggest_questions
from assistant.errors import AssistantError
from assistant.history.citations import continue_numbers
from assistant.history.feedback import FeedbackStore
from assistant.models.chat import ChatModel
from assistant.text.markdown import escape, unturned
from assistant.types import QUOTES, Answer, Paper, Turn
from assistant.web.rendering import message
from assistant.web.sessions.live_conversations import LiveConversations, is_unanswered
from assistant.web.sessions.model_menu import ModelMenu
from assistant.web.sessions.running_answer import Progress, cut
from assistant.web.sessions.visitors import Visitor

Messages = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows of a conversation: messages, whole turns, and of an answer under way the
    sources so far by number."""

    messages: Messages
    turns: Sequence[Turn]
    cited: Mapping[int, Paper] = field(default_factory=dict)
    whole: bool = False


@dataclass(frozen=True, slots=True)
class ChatService:
    """What every visitor shares."""

    corpora: OpenCorpora
    models: ModelMenu
    live: LiveConversations
    feedback: FeedbackStore
    watching: dict[str, int] = field(default_factory=dict)
    """The serial number of what each browser session shows last."""

    def ask(self, question: str, visitor: Visitor, place: int | None = None) -> str:
        """Begin to answer a visitor's question, in place of the turns from `place` on, and return
        the id of the conversation."""

        def begin(turns: Sequence[Turn]) -> Any:
            chat = self.models.chat(visitor.model, visitor.session)
            assistant = self.corpora.assistant(visitor.corpus)
            return assistant.stream(question, turns, visitor.filters, chat=chat)

        where = (visitor.owner, visitor.conversation, visitor.corpus)
        return self.live.ask(*where, question, begin, place)

    def watch(self, visitor: Visitor) -> Iterator[Shown]:
        """Yield what to show of a visitor's conversation until nothing is being answered in it by
        any process, or the session shows something else."""
        serial = self.turn_to(visitor.session)

        def wanted() -> bool:
            return self.watching.get(visitor.session) == serial

        owner, identifier = visitor.owner, visitor.conversation
        if running := self.live.running(owner, identifier):
            turns = self.live.turns(owner, identifier)
            shown = [*render_turns(turns), _user_message(running.question)]
            for progress in running.watch(wanted):
                yield _shown(progress, shown, turns)
        if not wanted():
            return
        turns = self.live.turns(owner, identifier)
        yield Shown(render_turns(turns), turns, whole=True)
        if is_unanswered(turns) and self.live.wait_elsewhere(owner, identifier, wanted):
            turns = self.live.turns(owner, identifier)
            yield Shown(render_turns(turns), turns, whole=True)

    def turn_to(self, session: str) -> int:
        """Note that a session shows something else now, and return that thing's serial number."""
        self.watching[session] = serial = self.watching.get(session, 0) + 1
        return serial

    def next_questions(self, visitor: Visitor, turns: Sequence[Turn]) -> tuple[str, ...] | None:
        """Return up to three questions to ask next in a visitor's conversation, None when the
        visitor has moved on meanwhile."""
        if not turns:
            return ()
        with self.live.idle(visitor.owner, visitor.conversation) as stopped:
            if stopped is None:
                return None
            try:
                ask = self._quote_unless(stopped, visitor, turns)
                questions = self._suggest(visitor, turns[-1].answer, stopped, ask)
                names = self.corpora.assistant(visitor.corpus).snapshot.names
                questions = questions or suggestions.suggest_questions(turns[-1].answer, ask, names)
                return None if stopped.is_set() else questions
            except Stopped:
                return None

    def _suggest(
        self,
        visitor: Visitor,
        answer: Answer,
        stopped: threading.Event,
        ask: Callable[[str], Answer],
    ) -> tuple[str, ...]:
        """Return what the model suggests; nothing where none wrote the answer, or it fails."""
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

    def _quote_unless(
        self, stopped: threading.Event, visitor: Visitor, turns: Sequence[Turn]
    ) -> Callable[[str], Answer]:
        """Return what answers a question by quotations; Stopped once the visitor has moved on."""

        def ask(question: str) -> Answer:
            with self.live.aside():
                if stopped.is_set():
                    raise Stopped
                assistant = self.corpora.assistant(visitor.corpus)
                return assistant.stream(question, turns, visitor.filters, chat="quotes").read()

        return ask


def _shown(progress: Progress, shown: Messages, turns: Sequence[Turn]) -> Shown:
    """Return what the page shows of an answer under way, behind what was `shown` before it."""
    numbers = continue_numbers(progress.cited, turns)
    unfinished = message.render_unfinished(progress.text, progress.status, numbers)
    sources = {numbers[number]: paper for number, paper in progress.cited.items()}
    return Shown([*shown, _assistant_message(unfinished)], turns, sources)


def render_turns(turns: Sequence[Turn]) -> Messages:
    """Return a conversation as the chatbot's messages, two for each turn."""
    messages = []
    for place, turn in enumerate(turns, 1):
        answer = message.render_answer(turn.answer, place, turn.user, place == len(turns))
        messages += [_user_message(turn.user), _assistant_message(answer)]
    return messages


def _user_message(question: str) -> dict[str, Any]:
    """Return the user's words so that the chatbot shows them as typed, cut when absurdly long."""
    return {"role": "user", "content": escape(unturned(cut(question)))}


def _assistant_message(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}
