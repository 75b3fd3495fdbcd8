"""A program's question → one answer of a corpus by a writer; all interfaces share it."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from assistant.api.failures import OURS
from assistant.api.open_corpora import OpenCorpora
from assistant.assistant import Assistant
from assistant.composing.stream import AnswerStream
from assistant.errors import AssistantError, BusyError, UnknownError
from assistant.history.citations import renumber
from assistant.types import NO_FILTERS, QUOTES, Answer, Candidate, Filters, Paper, Turn

MOST_RUNNING = 8
"""Questions and searches of programs that are answered at a time."""
_MOST_SAID = 500
_GLANCE = 0.5  # seconds between looks at whether the program is still there
_log = logging.getLogger(__name__)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a program: of which corpus ("" is the first), who is to write ("" is the
    configured writer), after which turns, under which filters."""

    question: str
    corpus: str = ""
    writer: str = ""
    turns: Sequence[Turn] = ()
    filters: Filters = NO_FILTERS


class Answering:
    """An answer under way, in a thread: wait for it, stop it, read it."""

    def __init__(
        self, stream: AnswerStream, reading: "asyncio.Future[Answer]", turns: Sequence[Turn]
    ) -> None:
        self._stream, self._reading, self._turns = stream, reading, turns

    @property
    def status(self) -> str:
        """Return what is being done, in a few words."""
        return self._stream.status

    async def wait(self, seconds: float) -> bool:
        """Wait up to so many seconds; tell whether the answer is whole."""
        await asyncio.wait({self._reading}, timeout=seconds)
        return self._reading.done()

    async def finish(self, gone: Callable[[], Awaitable[bool]] | None = None) -> Answer:
        """Return the answer when it is whole; it is stopped where the task is cancelled, or the
        program has `gone`."""
        try:
            while not await self.wait(_GLANCE):
                if gone is not None and await gone():
                    self.stop()
        finally:
            self.stop()
        return self.answer

    def stop(self) -> None:
        """Stop within a moment: what is written so far becomes the answer."""
        self._stream.stop()

    @property
    def answer(self) -> Answer:
        """Return the whole answer, its papers by their numbers in the conversation; AssistantError
        for none."""
        try:
            return renumber(self._reading.result(), self._turns)
        except AssistantError:
            raise
        except Exception as error:
            _log.exception("a program's question was not answered")
            raise AssistantError(OURS) from error


class AnswerService:
    """Answers programs' questions from `corpora`, a bounded number at a time, on one event loop;
    only the configured model and quotations write, so that no program spends on another."""

    def __init__(self, corpora: OpenCorpora) -> None:
        self.corpora = corpora
        self.writer = corpora.assistant(corpora.first).model
        """Who writes unless a program says otherwise: the configured model, or "quotes"."""
        self._running = 0
        self._said: OrderedDict[tuple[str, ...], Answer] = OrderedDict()
        self._streams: set[AnswerStream] = set()
        self._pool = ThreadPoolExecutor(MOST_RUNNING, thread_name_prefix="program")

    @property
    def writers(self) -> list[str]:
        """Return who may write, the configured writer first."""
        return list(dict.fromkeys([self.writer, QUOTES]))

    def assistant(self, corpus: str = "") -> Assistant:
        """Return the assistant of a corpus ("": the first); UnknownError names those there are."""
        names = self.corpora.names()
        if corpus and corpus not in names:
            raise UnknownError(f"there is no corpus {corpus!r}; there is: {', '.join(names)}")
        return self.corpora.assistant(corpus or self.corpora.first)

    def paper(self, name: str, corpus: str = "") -> Paper:
        """Return the paper of an id, a title, or a name such as "SimDA"; else UnknownError."""
        snapshot = self.assistant(corpus).snapshot
        if found := snapshot.papers([name]):
            return found[0]
        meant = {mention.paper_id for mention in snapshot.names.find(name)}
        if len(meant) == 1:
            return snapshot.papers(meant)[0]
        few = "several papers are" if meant else "no paper is"
        raise UnknownError(f"{few} called {name!r} in this corpus; search for its id first")

    async def run(self, work: Callable[[], Result]) -> Result:
        """Return what `work` does in a thread; BusyError when too much is under way."""
        self._admit()
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._pool, work)
        future.add_done_callback(self._release)
        return await asyncio.shield(future)

    async def search(self, query: str, corpus: str, limit: int) -> Sequence[Candidate]:
        """Return up to `limit` papers of a corpus for a query, filters and all, best first."""
        found = await self.run(lambda: self.assistant(corpus).search(query, limit=limit))
        return found.retrieved

    async def begin(self, asked: Asked) -> Answering:
        """Begin an answer; QuestionError, UnknownError or BusyError where it cannot be."""
        stream = await self.run(lambda: self._stream(asked))
        self._admit()
        self._streams.add(stream)
        reading = asyncio.get_running_loop().run_in_executor(self._pool, stream.read)

        def end(done: "asyncio.Future[Answer]") -> None:
            self._streams.discard(stream)
            self._release(done)

        reading.add_done_callback(end)
        return Answering(stream, reading, asked.turns)

    async def converse(
        self,
        questions: Sequence[str],
        corpus: str = "",
        writer: str = "",
        gone: Callable[[], Awaitable[bool]] | None = None,
    ) -> Answer:
        """Return the answer to the last of `questions`, asked after the others, unless those were
        answered lately."""
        turns: tuple[Turn, ...] = ()
        for number, question in enumerate(questions, 1):
            said = (corpus or self.corpora.first, writer or self.writer, *questions[:number])
            answer = self._said.get(said) if number < len(questions) else None
            if answer is None:
                asked = Asked(question, corpus, writer, turns)
                answer = await (await self.begin(asked)).finish(gone)
                if not answer.stopped:
                    self._said[said] = replace(answer, retrieved=())
                while len(self._said) > _MOST_SAID:
                    self._said.popitem(last=False)
            turns = (*turns, Turn(question, answer))
        return turns[-1].answer

    def close(self) -> None:
        """Stop all answers."""
        for stream in list(self._streams):
            stream.stop()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _stream(self, asked: Asked) -> AnswerStream:
        writer = asked.writer or self.writer
        if writer not in self.writers:
            raise UnknownError(f"{writer!r} does not write here; use {' or '.join(self.writers)}")
        assistant = self.assistant(asked.corpus)
        chat: Literal["quotes"] | None = "quotes" if writer == QUOTES else None
        return assistant.stream(asked.question, asked.turns, asked.filters, chat)

    def _admit(self) -> None:
        if self._running >= MOST_RUNNING:
            raise BusyError(
                f"{MOST_RUNNING} questions are being answered here just now; ask again in a moment"
            )
        self._running += 1

    def _release(self, done: "asyncio.Future[Result]") -> None:
        self._running -= 1
        if not done.cancelled():
            done.exception()  # it is raised where the result is read; nobody may read it any more
