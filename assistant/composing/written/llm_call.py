"""One call of a model under way: its text as it comes, why it ended, and what it cost."""

from __future__ import annotations

import math
import queue
import re
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, HumanMessage

from assistant.composing.written import event_loop
from assistant.composing.written.llm_errors import CallError, explained
from assistant.composing.written.reasoning_filter import Thinking, thinks
from assistant.composing.written.repetition import repetition
from assistant.models.budget.account import Reservation

_GLANCE = 0.1  # seconds between looks at the stop button
_SLICE = 200  # characters after which the stop button and the time are looked at again: a server may send all in one piece
_MOST_CHARACTERS = 12  # of each token of the output limit: for servers that do not keep to it
# How far a server's count may be above ours: other encodings, templates around the prompt, images of none.
_MOST_OFF, _MOST_FRAME = 8, 4000
_SPOKEN = ("stop", "end_turn", "eos", "completed", "STOP")
_REASONS = {"length": "length", "max_tokens": "length", "content_filter": "filter", "": "cut"}


_HALF = re.compile("[\ud800-\udfff]")


class Stopped(Exception):
    """The reader pressed stop; what was written so far stands."""


@dataclass(slots=True)
class Ending:
    """How a call came to its end: `reason` is "" when all is well or it is not known.

    Else "length" (the output limit), "repetition", "cut" (the connection broke off), "late" (no more text came in time)
    or "filter" (the server withheld the rest). Of a text that repeats itself `kept` is what stands, its first round.
    """

    reason: str = ""
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may end a call: the stop button, the seconds without text, and the seconds `left` for the whole answer."""

    stop: threading.Event
    timeout: float
    left: Callable[[], float]


class Call:
    """One request under way on the event loop; its pieces come through a queue."""

    def __init__(
        self,
        model: BaseChatModel,
        prompt: str,
        options: Mapping[str, Any],
        room: Reservation,
        bounds: Bounds,
    ) -> None:
        self._room = room
        self._bounds = bounds
        self._most = room.output_tokens * _MOST_CHARACTERS
        self._pieces: queue.SimpleQueue[AIMessageChunk | None] = queue.SimpleQueue()
        self._over = threading.Event()
        self._work: Future[None] = event_loop.run(
            _read(model, prompt, options, self._pieces, self._over)
        )
        self._held = ""
        self._written = ""
        self._heard = ""  # thoughts and all
        self._half = ""  # the first half of a surrogate pair, whose other half is in the next piece
        self._thinking = Thinking()
        self._ended = False
        self._finish = ""
        self._counted: tuple[int, int] | None = None

    def first(self, until: float) -> None:
        """Wait until `until` (`time.monotonic`) for the first text, longer while the model thinks; CallError when none comes."""
        while not self._held.strip():
            piece = self._next(math.inf if self._thinking.steps else until)
            if piece is None and self._thinking.steps and _REASONS.get(self._finish) == "length":
                raise CallError(
                    "the model wrote nothing but thoughts; raise PAPER_ASSISTANT_OUTPUT_TOKENS"
                )
            if piece is None:
                raise CallError(
                    "the model wrote nothing; try again or choose another model", again=True
                )
            self._held += piece

    def text(self, ending: Ending) -> Iterator[str]:
        """Yield the text to the end, in pieces of at most 200 characters and without what a model says to itself."""
        while (piece := self._piece(ending)) is not None:
            before = len(self._written)
            self._written += piece
            if (start := repetition(self._written)) is not None:
                ending.reason, ending.kept = "repetition", self._written[:start]
                yield self._written[before:start]
                return
            yield piece
            if len(self._written) > self._most:
                ending.reason = "length"
        if not ending.reason and self._finish not in _SPOKEN:
            ending.reason = _REASONS.get(self._finish, "")

    def close(self, spent: bool, count: Callable[[str], int]) -> None:
        """Give the call up, if it is still under way, and settle what it cost: `count` where the server did not.

        A call that was not `spent` counts only as far as the server says so.
        """
        self._over.set()
        self._work.cancel()
        if self._counted:
            self._room.settle(*self._counted)
        elif spent:
            self._room.settle(self._room.prompt, count(self._heard), estimated=True)
        else:
            self._room.release()

    def _piece(self, ending: Ending) -> str | None:
        """Return the next text, None at the end, whatever brought it about."""
        if ending.reason:
            return None
        try:
            if not self._held:
                self._held = self._next() or ""
            elif self._bounds.stop.is_set():
                raise Stopped
            elif self._bounds.left() <= 0:
                raise explained(TimeoutError())
        except CallError as error:
            ending.reason = "late" if error.late else "cut"
            return None
        piece, self._held = self._held[:_SLICE], self._held[_SLICE:]
        return piece or None

    def _next(self, until: float = math.inf) -> str | None:
        """Return the next text, None at the end."""
        deadline = min(self._deadline(), until)
        while not self._ended:
            if self._bounds.stop.is_set():
                raise Stopped
            # Looked at before every chunk: a server may send empty ones for ever.
            if time.monotonic() >= deadline:
                raise explained(TimeoutError())
            try:
                chunk = self._pieces.get(timeout=_GLANCE)
            except queue.Empty:
                continue
            thoughts = self._thinking.steps
            if text := self._end() if chunk is None else self._noted(chunk):
                return text
            if self._thinking.steps > thoughts:
                deadline = self._deadline()
            if len(self._heard) > self._most:
                self._ended, self._finish = True, "length"
        return None

    def _deadline(self) -> float:
        """Return until when something has to come, be it a thought."""
        return time.monotonic() + min(self._bounds.timeout, self._bounds.left())

    def _noted(self, chunk: AIMessageChunk) -> str:
        """Return a chunk's text without thoughts; remember how the reply ended and what the server counted."""
        about = chunk.response_metadata
        self._finish = str(
            about.get("finish_reason")
            or about.get("stop_reason")
            or about.get("done_reason")
            or self._finish
        )
        if (usage := chunk.usage_metadata) and self._believable(
            usage["input_tokens"], usage["output_tokens"]
        ):
            before = self._counted or (0, 0)
            self._counted = (
                max(usage["input_tokens"], before[0]),
                max(usage["output_tokens"], before[1]),
            )
        text = self._half + str(chunk.text)
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        text = paired(text.removesuffix(self._half))
        self._heard += text
        if thinks(chunk):
            self._thinking.steps += 1
        return self._thinking.aloud(text) if text else ""

    def _believable(self, prompt: int, completion: int) -> bool:
        """Tell whether a server's own count of tokens can be true."""
        return 0 < prompt <= _MOST_OFF * self._room.prompt + _MOST_FRAME and 0 <= completion <= max(
            self._most, _MOST_FRAME
        )

    def _end(self) -> str:
        """Return the last text; raise what the call failed with, if it did."""
        self._ended = True
        try:
            error = self._work.exception()
        except CancelledError:
            error = None
        if error is not None:
            raise explained(error) from error
        return self._thinking.rest()


def paired(text: str) -> str:
    """Return a text in which surrogate pairs are characters, and half of one a question mark: it is no character.

    >>> paired("a\\ud83d\\ude00b\\ud83d")
    'a😀b?'
    """
    return (
        text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\ufffd", "?")
        if _HALF.search(text)
        else text
    )


async def _read(
    model: BaseChatModel,
    prompt: str,
    options: Mapping[str, Any],
    pieces: queue.SimpleQueue[AIMessageChunk | None],
    over: threading.Event,
) -> None:
    """Put what the model sends into `pieces` until it ends, or until the call is `over`: a cancellation may be swallowed."""
    try:
        # Closed here and on this loop, not wherever Python happens to collect it.
        async with aclosing(
            cast(
                "AsyncGenerator[AIMessageChunk, None]",
                model.astream([HumanMessage(prompt)], **options),
            )
        ) as chunks:
            async for chunk in chunks:
                if over.is_set():
                    break
                pieces.put(chunk)
    finally:
        pieces.put(None)
