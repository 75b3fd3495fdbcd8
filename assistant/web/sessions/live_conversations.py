"""The conversations that pages show: kept when a question is asked, answered whoever watches."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime

from assistant.composing.stream import AnswerStream
from assistant.errors import AssistantError, KeepingError, QuestionError
from assistant.history.citations import renumber
from assistant.history.conversations import Conversation, Conversations, title_of
from assistant.history.serialization import answer_keys
from assistant.types import Answer, Turn
from assistant.web.sessions.running_answer import RunningAnswer, cut, refusal

_CHANGED = "this conversation was changed in another window meanwhile; open it again"
INTERRUPTED = (
    "This was not answered to the end: the server was stopped meanwhile, or is still at it in"
    " another window. Ask again if it stays so."
)
MOST_RUNNING = 24
"""Questions that are answered at a time, of all visitors together."""
_MOST_UNKEPT, _UNKEPT = 64, "unkept-"
_GIVE_WAY = 1.0  # seconds that suggestions wait for answers to come about
_LAST = 5.0  # seconds that answers have to come to their end when the server stops
_LOOK, _LOOKING = 1.0, 900.0  # seconds between looks for another process' answer, and in all

Key = tuple[str, str]  # owner, id
Begin = Callable[[Sequence[Turn]], AnswerStream]


def only_answered(conversation: Conversation) -> Conversation:
    """Return a conversation without a last question that was not answered to the end."""
    turns = conversation.turns
    return replace(conversation, turns=turns[:-1]) if is_unanswered(turns) else conversation


def is_unanswered(turns: Sequence[Turn]) -> bool:
    """Tell whether the last question was not answered to the end, or is being answered still."""
    return bool(turns) and turns[-1].answer.text == INTERRUPTED


class LiveConversations:
    """Conversations by owner and id, over what keeps them; another owner's does not exist.

    One question at a time is answered in each; another one stops it, or has it dropped where
    another process was asked. What cannot be kept goes on in memory, and `problem` says why.
    """

    def __init__(self, kept: Conversations) -> None:
        self.kept = kept
        self._lock = threading.Condition()
        self._aside = threading.Lock()
        self._running: dict[Key, RunningAnswer] = {}
        self._idle: dict[Key, set[threading.Event]] = {}
        self._unkept: OrderedDict[Key, Conversation] = OrderedDict()
        self._problems: dict[Key, str] = {}

    def load(self, owner: str, identifier: str) -> Conversation:
        """Return a conversation without the question that is being answered; KeepingError for
        none."""
        with self._lock:
            running = (owner, identifier) in self._running
            found = self._unkept.get((owner, identifier))
        found = found or self.kept.load(owner, identifier)
        return only_answered(found) if running else found

    def turns(self, owner: str, identifier: str) -> tuple[Turn, ...]:
        """Return the turns of a conversation, none where it is not begun or is gone."""
        if not identifier:
            return ()
        try:
            return self.load(owner, identifier).turns
        except KeepingError:
            return ()

    def running(self, owner: str, identifier: str) -> RunningAnswer | None:
        """Return the answer under way in a conversation, if any."""
        with self._lock:
            return self._running.get((owner, identifier))

    def wait_elsewhere(self, owner: str, identifier: str, wanted: Callable[[], bool]) -> bool:
        """Wait until another process has answered, or taken back, the last question of a
        conversation; False where that was asked long ago, or is not `wanted` any more."""
        try:
            found = self.load(owner, identifier)
        except KeepingError:
            return False
        key = answer_keys(found.turns)[-1] if is_unanswered(found.turns) else None
        until = found.updated.timestamp() + _LOOKING
        while key and wanted() and time.time() < until:
            with suppress(KeepingError):  # the database may be back at the next look
                if self.kept.last_key(owner, identifier) != key:
                    return True
            time.sleep(_LOOK)
        return False

    def problem(self, owner: str, identifier: str) -> str:
        """Return why a conversation is not kept, once; "" where it is."""
        with self._lock:
            return self._problems.pop((owner, identifier), "")

    def ask(
        self, owner: str, identifier: str, corpus: str, question: str, begin: Begin,
        place: int | None = None,
    ) -> str:  # fmt: skip
        """Begin to answer a question, in place of the turns from `place` on, and return the
        conversation's id, a new one for ""; QuestionError when too much is under way.

        `begin` makes the stream from the turns before.
        """
        with self._lock:
            if len(self._running) >= MOST_RUNNING:
                raise QuestionError(
                    f"{MOST_RUNNING} questions are being answered here just now; ask again in a"
                    " moment"
                )
        if identifier:
            self.stop(owner, identifier)
            before = self.load(owner, identifier).turns
        else:
            identifier, before = self._begin(owner, corpus, question), ()
        key, turns = (owner, identifier), before[:place]
        pending = [*turns, Turn(cut(question), refusal(question, INTERRUPTED))]

        def finish(answer: Answer) -> None:
            try:
                # Deleted or taken back meanwhile it is not wanted any more.
                if self.running(owner, identifier) is running:
                    answered = Turn(cut(question), renumber(answer, turns))
                    self._save(key, [*turns, answered], over=pending)
            finally:
                self._end(key, running)

        running = RunningAnswer(question, lambda: begin(turns), finish)
        with self._lock:
            if key in self._running:  # another window was quicker
                raise QuestionError("another question is being answered in this conversation")
            self._running[key] = running
            self._disturb(key)
        if not self._save(key, pending, over=before):
            self._end(key, running)
            raise QuestionError(_CHANGED)
        running.start()
        return identifier

    def stop(self, owner: str, identifier: str) -> None:
        """Stop what is being answered in a conversation, and wait until it has ended."""
        if running := self.running(owner, identifier):
            running.stop()
            running.done.wait(_LAST)

    def shorten(self, owner: str, identifier: str, place: int) -> tuple[Turn, ...]:
        """Take back the turns from `place` on; return those that stay."""
        self._drop(owner, identifier)
        before = self.load(owner, identifier).turns
        if not self._save((owner, identifier), before[:place], over=before):
            raise KeepingError(_CHANGED)
        return before[:place]

    def remember(self, owner: str, identifier: str, **setup: object) -> None:
        """Keep how the reader left the page of a conversation, where that can be kept."""
        with suppress(AssistantError):
            if identifier and (owner, identifier) not in self._unkept:
                self.kept.set_up(owner, identifier, **setup)

    def discard(self, owner: str, identifier: str) -> None:
        """Stop what is being answered in a conversation, and discard it."""
        self._drop(owner, identifier)
        self.kept.discard(owner, identifier)
        with self._lock:
            self._unkept.pop((owner, identifier), None)
            self._problems.pop((owner, identifier), None)

    @contextmanager
    def idle(self, owner: str, identifier: str) -> Iterator[threading.Event | None]:
        """Give what is set when a question is asked in the conversation; None while one is being
        answered."""
        key, stopped = (owner, identifier), threading.Event()
        with self._lock:
            if key in self._running:
                begun = None
            else:
                self._idle.setdefault(key, set()).add(stopped)
                begun = stopped
        try:
            yield begun
        finally:
            with self._lock:
                self._idle.get(key, set()).discard(stopped)
                if not self._idle.get(key, True):
                    del self._idle[key]

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let one piece of idle work at a time go on, when nothing is being answered or after a
        second: a model may write for minutes, and takes little of this machine."""
        with self._aside:
            with self._lock:
                self._lock.wait_for(lambda: not self._running, timeout=_GIVE_WAY)
            yield

    def stop_all(self) -> None:
        """Stop everything, and give it a moment to be kept."""
        with self._lock:
            running = list(self._running.values())
        for answer in running:
            answer.stop()
        until = time.monotonic() + _LAST
        for answer in running:
            answer.done.wait(max(0.0, until - time.monotonic()))

    def close(self) -> None:
        """Stop everything and release the file."""
        self.stop_all()
        self.kept.close()

    def _drop(self, owner: str, identifier: str) -> None:
        """Stop what is under way in a conversation; what it still brings is not kept."""
        self.stop(owner, identifier)
        with self._lock:
            self._running.pop((owner, identifier), None)
            self._disturb((owner, identifier))

    def _end(self, key: Key, running: RunningAnswer) -> None:
        with self._lock:
            if self._running.get(key) is running:
                del self._running[key]
            self._lock.notify_all()

    def _disturb(self, key: Key) -> None:
        for stopped in self._idle.pop(key, ()):
            stopped.set()

    def _begin(self, owner: str, corpus: str, question: str) -> str:
        try:
            return self.kept.begin(owner, corpus, title_of(question))
        except AssistantError as error:
            identifier, now = f"{_UNKEPT}{secrets.token_urlsafe(16)}", datetime.now(UTC)
            held = Conversation(identifier, title_of(question), corpus, now, now, ())
            with self._lock:
                self._keep_in_memory((owner, identifier), held, str(error))
            return identifier

    def _save(self, key: Key, turns: Sequence[Turn], over: Sequence[Turn]) -> bool:
        """Keep turns, in memory while that cannot be; False, and nothing done, where others than
        `over` are kept by now."""
        problem = ""
        if not key[1].startswith(_UNKEPT):
            try:
                if not self.kept.save(*key, turns, None if key in self._unkept else over):
                    return False
                with self._lock:
                    self._unkept.pop(key, None)
                return True
            except AssistantError as error:  # deleted in another window, or a full disk
                problem = str(error)
        with self._lock:
            now, title = datetime.now(UTC), title_of(turns[0].user) if turns else "Conversation"
            held = self._unkept.get(key) or Conversation(key[1], title, "", now, now, ())
            told = "" if key in self._unkept else problem
            self._keep_in_memory(key, replace(held, turns=tuple(turns)), told)
        return True

    def _keep_in_memory(self, key: Key, held: Conversation, problem: str) -> None:
        self._unkept[key] = held
        if problem:
            self._problems[key] = problem
        while len(self._unkept) > _MOST_UNKEPT:
            self._problems.pop(self._unkept.popitem(last=False)[0], None)
