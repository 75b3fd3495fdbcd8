"""An answer under way: what a model writes while it lasts, the quotations when it fails, the whole at the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.composing.extractive import filtered_out
from assistant.composing.extractive.draft import Draft, Request
from assistant.composing.written.task import Reply, Task, WrittenAnswer
from assistant.errors import ModelError
from assistant.retrieval.hybrid import LIMIT
from assistant.types import QUOTES, Answer, Paper

if TYPE_CHECKING:
    from assistant.models.budget import Account

_STOPPED = "Stopped here; what stands was checked."
_NOTHING_YET = "Stopped before anything was written."


@dataclass(frozen=True, slots=True)
class Beginning:
    """A question on its way: what was found for it (None where nothing was searched), the quoting answer, when it was asked (`time.perf_counter`), the
    account of what the model costs, if there is one, and who wrote what stands in `quotes` (a table that was edited).
    """

    question: str
    request: Request | None
    quotes: Draft
    started: float
    account: Account | None = None
    writer: str = QUOTES


Steps = Generator[str, None, tuple[Beginning, Task | None]]
"""Yields what is being done, and returns what was found and, where a model writes, its task."""


class AnswerStream:
    """An answer under way: iterate for pieces of its text, then read `answer`.

    When a model fails or cites nothing, the answer is the quotations, with a note that says why. A piece may be empty when
    only `status` has changed.
    """

    def __init__(self, begin: Callable[[], Steps], stop: threading.Event) -> None:
        """`begin` finds what is to be written, while the stream is read; `stop` ends whatever the model does."""
        self._begin = begin
        self._stop = stop
        self._status = "looking for papers"
        self._reply: Reply | None = None
        self._answer: Answer | None = None

    def __iter__(self) -> Iterator[str]:
        beginning, task = yield from self._begun()
        self._reply = _started(task) if task is not None else None
        if self._reply is None or task is None:
            quotes = self._as_stopped(beginning)
            yield quotes.draft.text
            self._finish(beginning, quotes, beginning.writer)
            return
        try:
            yield from self._reply
        except ModelError as error:
            self._finish(
                beginning,
                WrittenAnswer(beginning.quotes, notes=(f"{error}. These are quotations instead.",)),
                QUOTES,
            )
            return
        if (written := self._reply.written) is not None:
            self._finish(
                beginning,
                written,
                task.client.chat.name if written.draft is not beginning.quotes else QUOTES,
            )

    def _begun(self) -> Steps:
        """Return what was found, having told what is being done meanwhile."""
        steps = self._begin()
        try:
            while True:
                self._status = next(steps)
                yield ""
        except StopIteration as end:
            found: tuple[Beginning, Task | None] = end.value
            return found
        finally:
            steps.close()

    def _as_stopped(self, beginning: Beginning) -> WrittenAnswer:
        """Return the quotations; where the reader stopped the model before any were found, nothing."""
        stopped = beginning.account is not None and self._stop.is_set()
        return WrittenAnswer(
            Draft("none", "") if stopped and beginning.quotes.abstained else beginning.quotes,
            stopped=stopped,
        )

    @property
    def answer(self) -> Answer:
        """Return the finished answer; iterating must have come to its end."""
        if self._answer is None:
            raise RuntimeError("the answer is not finished: iterate the stream first")
        return self._answer

    @property
    def status(self) -> str:
        """Return what is being done, in a few words, "" when there is nothing to tell."""
        return self._reply.status if self._reply else self._status

    @property
    def cited(self) -> Mapping[int, Paper]:
        """Return what the numbers in the text so far stand for; empty where the text comes with its answer at once."""
        return self._reply.cited if self._reply else {}

    def stop(self) -> None:
        """Stop writing within a moment, from any thread: what is written so far becomes the answer."""
        self._stop.set()

    def _finish(self, beginning: Beginning, written: WrittenAnswer, model: str) -> None:
        draft = written.draft
        if written.stopped and not draft.text.strip():
            draft = Draft("none", _NOTHING_YET)
        cited = {one.paper.id for one in draft.citations}
        notes = (
            (_STOPPED,)
            if written.stopped and draft.citations and not written.notes
            else written.notes
        )
        if beginning.request is not None and beginning.request.outside and not draft.abstained:
            notes = (*notes, filtered_out.line(beginning.request.outside))
        self._answer = Answer(
            question=beginning.question,
            kind=draft.kind,
            text=draft.text,
            abstained=draft.abstained,
            citations=draft.citations,
            retrieved=beginning.request.retrieval.candidates[:LIMIT] if beginning.request else (),
            considered=tuple(paper for paper in draft.considered if paper.id not in cited),
            nearest=draft.nearest,
            model=model,
            seconds=round(time.perf_counter() - beginning.started, 4),
            notes=notes,
            checks=written.checks,
            judged=written.judged,
            given=written.given,
            table=draft.table,
            usage=beginning.account.usage if beginning.account is not None else None,
            stopped=written.stopped,
            counts=draft.counts,
            counted=draft.counted,
        )


def _started(task: Task) -> Reply | None:
    from assistant.composing.written.dispatch import start

    return start(task)
