"""An answer under way: what a model writes while it lasts, the quotations when it fails, the whole at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.errors import ModelError
from assistant.quotes.draft import Draft, Request
from assistant.types import QUOTES, Answer, Usage
from assistant.writing.written import Reply, Task, Written

if TYPE_CHECKING:
    from assistant.spending.account import Account

_STOPPED = "Stopped here; what stands was checked."
_NOTHING_YET = "Stopped before anything was written."


@dataclass(frozen=True, slots=True)
class Beginning:
    """A question on its way: what was found for it, the quoting answer, when it was asked (`time.perf_counter`), the
    account of what the model costs, if there is one, and who wrote what stands in `quotes` (a table that was edited).
    """

    question: str
    request: Request
    quotes: Draft
    started: float
    account: Account | None = None
    writer: str = QUOTES


class AnswerStream:
    """An answer under way: iterate for pieces of its text, then read `answer`.

    When a model fails or cites nothing, the answer is the quotations, with a note that says why. A piece may be empty when
    only `status` has changed.
    """

    def __init__(self, beginning: Beginning, task: Task | None = None) -> None:
        """Begin with the quoting answer; `task` has a model write instead."""
        self._beginning = beginning
        self._task = task
        self._reply = _started(task) if task is not None else None
        self._answer: Answer | None = None

    def __iter__(self) -> Iterator[str]:
        quotes = self._beginning.quotes
        if self._reply is None or self._task is None:
            yield quotes.text
            self._finish(Written(quotes), self._beginning.writer)
            return
        try:
            yield from self._reply
        except ModelError as error:
            self._finish(Written(quotes, notes=(f"{error}. These are quotations instead.",)), QUOTES)
            return
        if self._reply.written is not None:
            written = self._reply.written
            self._finish(written, self._task.caller.chat.name if written.draft is not quotes else QUOTES)

    @property
    def answer(self) -> Answer:
        """Return the finished answer; iterating must have come to its end."""
        if self._answer is None:
            raise RuntimeError("the answer is not finished: iterate the stream first")
        return self._answer

    @property
    def status(self) -> str:
        """Return what is being done, in a few words, "" when there is nothing to tell."""
        return self._reply.status if self._reply else ""

    def stop(self) -> None:
        """Stop writing within a moment, from any thread: what is written so far becomes the answer."""
        if self._task is not None:
            self._task.caller.stop.set()

    def _finish(self, written: Written, model: str) -> None:
        draft = written.draft
        if written.stopped and not draft.text.strip():
            draft = Draft("none", _NOTHING_YET)
        cited = {one.paper.id for one in draft.citations}
        notes = (*written.notes, _STOPPED) if written.stopped and draft.citations else written.notes
        self._answer = Answer(
            question=self._beginning.question,
            kind=draft.kind,
            text=draft.text,
            abstained=draft.abstained,
            citations=draft.citations,
            retrieved=self._beginning.request.retrieval.candidates,
            considered=tuple(paper for paper in draft.considered if paper.id not in cited),
            nearest=draft.nearest,
            model=model,
            seconds=round(time.perf_counter() - self._beginning.started, 4),
            notes=notes,
            checks=written.checks,
            judged=written.judged,
            given=written.given,
            table=draft.table,
            usage=self._usage(),
            stopped=written.stopped,
        )

    def _usage(self) -> Usage | None:
        """Return what was spent, also where the model failed in the end; None without a model."""
        return self._beginning.account.usage if self._beginning.account is not None else None


def _started(task: Task) -> Reply | None:
    from assistant.writing.start import start

    return start(task)
