"""An answer under way: one object that is iterated for text, and then read."""

import threading
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace

from assistant.types import Answer, Paper


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an answer's text, "" when only the `status` (what is being done, in a few words)
    has changed.

    `cited` says what the numbers in the text so far stand for.
    """

    text: str = ""
    status: str = ""
    cited: Mapping[int, Paper] = field(default_factory=dict)


Pieces = Generator[Piece, None, Answer]


class AnswerStream:
    """An answer under way: iterate for pieces of its text, then read `answer`."""

    def __init__(self, pieces: Pieces, stop: threading.Event, started: float) -> None:
        """`pieces` are made while the stream is read; `stop` ends whatever a model does.

        `started` is when the question was put (`time.perf_counter`).
        """
        self._pieces = pieces
        self._stop = stop
        self._started = started
        self._last = Piece(status="looking for papers")
        self._answer: Answer | None = None

    def __iter__(self) -> Iterator[str]:
        self._answer = yield from self._texts()

    def _texts(self) -> Generator[str, None, Answer]:
        try:
            while True:
                self._last = next(self._pieces)
                yield self._last.text
        except StopIteration as end:
            answer: Answer = end.value
            return replace(answer, seconds=round(time.perf_counter() - self._started, 4))
        finally:
            self._pieces.close()

    @property
    def answer(self) -> Answer:
        """Return the finished answer; iterating must have come to its end."""
        if self._answer is None:
            raise RuntimeError("the answer is not finished: iterate the stream first")
        return self._answer

    @property
    def status(self) -> str:
        """Return what is being done, in a few words, "" when there is nothing to tell."""
        return self._last.status

    @property
    def cited(self) -> Mapping[int, Paper]:
        """Return what the numbers in the text so far stand for; empty where the text comes with its
        answer at once.
        """
        return self._last.cited

    def read(self) -> Answer:
        """Read the stream to its end, and return the answer."""
        for _ in self:
            pass
        return self.answer

    def stop(self) -> None:
        """Stop within a moment, from any thread: what is written so far becomes the answer."""
        self._stop.set()
