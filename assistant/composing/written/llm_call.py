"""One call of a model under way: its text as it comes, why it ended, and what it cost."""

import asyncio
import math
import queue
import re
import threading
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import aclosing
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.runnables import RunnableConfig

from assistant.composing.written.llm_errors import CallError, explained
from assistant.composing.written.stream_filters import ReasoningFilter, find_repetition, thinks
from assistant.models.budget import Reservation

_GLANCE = 0.1  # seconds between looks at the stop button
# Characters after which stop and time are looked at: a server may send all in one piece.
_SLICE = 200
_MOST_CHARACTERS = 12  # of each token of the output limit: for servers that do not keep to it
# How far a server's count may be above ours: other encodings, templates around the prompt.
_MOST_OFF, _MOST_FRAME = 8, 4000
_LEAST_SHARE = 0.1  # of our count: a server that says less is not believed
_SPOKEN = ("stop", "end_turn", "eos", "completed", "STOP")
_REASONS = {"length": "length", "max_tokens": "length", "content_filter": "filter", "": "cut"}
_HALF = re.compile("[\ud800-\udfff]")
_loop_lock = threading.Lock()


class Stopped(Exception):
    """The reader pressed stop; what was written so far stands."""


@dataclass(slots=True)
class StopReason:
    """How a call came to its end: `reason` is "" when all is well or it is not known.

    Else "length" (the output limit), "repetition", "cut" (the connection broke off), "late" (no
    more text came in time) or "filter" (the server withheld the rest). Of a text that repeats
    itself `kept` is its first round.
    """

    reason: str = ""
    kept: str = ""


@dataclass(frozen=True, slots=True)
class CallLimits:
    """What may end a call: stop, seconds without text, seconds `left` for the whole answer."""

    stop: threading.Event
    timeout: float
    left: Callable[[], float]


class Call:
    """One request under way on the event loop; its pieces come through a queue."""

    def __init__(
        self,
        model: BaseChatModel,
        messages: Sequence[BaseMessage],
        options: Mapping[str, Any],
        room: Reservation,
        limits: CallLimits,
        config: RunnableConfig | None = None,
    ) -> None:
        self._room = room
        self._limits = limits
        self._most = room.output_tokens * _MOST_CHARACTERS
        # Not a SimpleQueue: in CPython 3.11 its get() may wait for ever once a signal came in it.
        self._pieces: queue.Queue[AIMessageChunk | None] = queue.Queue()
        self._over = threading.Event()
        # Cancelling the future closes what it waits for (the connection) within moments.
        self._work = _start(self._read(model.astream(list(messages), config, **options)))
        self._held = ""
        self._written = ""
        self._heard = ""  # thoughts and all
        self._half = ""  # the first half of a surrogate pair, whose other half is in the next piece
        self._filter = ReasoningFilter()
        self._ended = False
        self._finish = ""
        self._counted: tuple[int, int] | None = None
        self._received = False

    def first(self, until: float) -> None:
        """Wait until `until` (`time.monotonic`) for the first text; CallError when none comes.

        While the model thinks it is waited for longer.
        """
        while not self._held.strip():
            piece = self._next(math.inf if self._filter.steps else until)
            if piece is None and self._filter.steps and _REASONS.get(self._finish) == "length":
                raise CallError(
                    "the model wrote nothing but thoughts; raise PAPER_ASSISTANT_OUTPUT_TOKENS"
                )
            if piece is None:
                raise CallError(
                    "the model wrote nothing; try again or choose another model", again=True
                )
            self._held += piece

    def text(self, ending: StopReason) -> Iterator[str]:
        """Yield the text without thoughts to the end, in pieces of at most 200 characters."""
        while (piece := self._piece(ending)) is not None:
            before = len(self._written)
            self._written += piece
            if (start := find_repetition(self._written)) is not None:
                ending.reason, ending.kept = "repetition", self._written[:start]
                yield self._written[before:start]
                return
            yield piece
            if len(self._written) > self._most:
                ending.reason = "length"
        if not ending.reason and self._finish not in _SPOKEN:
            ending.reason = _REASONS.get(self._finish, "")

    def close(self, spent: bool, count: Callable[[str], int]) -> None:
        """End the call and settle what it cost: by `count` where the server did not say, or said
        far less.

        A call that was not `spent` counts only where the server sent anything of a reply.
        """
        self._over.set()
        self._work.cancel()
        if not (spent or self._counted or self._received):
            self._room.release()
            return
        ours = self._room.prompt, count(self._heard)
        told = self._counted or (0, 0)
        booked = [
            said if said >= _LEAST_SHARE * own else own
            for said, own in zip(told, ours, strict=True)
        ]
        self._room.settle(booked[0], booked[1], estimated=tuple(booked) != told)

    def _piece(self, ending: StopReason) -> str | None:
        """Return the next text, None at the end, whatever brought it about."""
        if ending.reason:
            return None
        try:
            if not self._held:
                self._held = self._next() or ""
            elif self._limits.stop.is_set():
                raise Stopped
            elif self._limits.left() <= 0:
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
            if self._limits.stop.is_set():
                raise Stopped
            # Looked at before every chunk: a server may send empty ones for ever.
            if time.monotonic() >= deadline:
                raise explained(TimeoutError())
            try:
                chunk = self._pieces.get(timeout=_GLANCE)
            except queue.Empty:
                continue
            thoughts = self._filter.steps
            if text := self._end() if chunk is None else self._take(chunk):
                return text
            if self._filter.steps > thoughts:
                deadline = self._deadline()
            if len(self._heard) > self._most:
                self._ended, self._finish = True, "length"
        return None

    def _deadline(self) -> float:
        """Return until when something has to come, be it a thought."""
        return time.monotonic() + min(self._limits.timeout, self._limits.left())

    def _take(self, chunk: AIMessageChunk) -> str:
        """Return a chunk's text without thoughts; note how the reply ended, and its tokens."""
        self._received = True
        reasons = map(chunk.response_metadata.get, ("finish_reason", "stop_reason", "done_reason"))
        self._finish = str(next(filter(None, reasons), self._finish))
        if usage := chunk.usage_metadata:
            self._count(usage["input_tokens"], usage["output_tokens"])
        text = self._half + str(chunk.text)
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        text = join_surrogates(text.removesuffix(self._half))
        self._heard += text
        self._filter.steps += thinks(chunk)
        return self._filter.aloud(text) if text else ""

    def _count(self, prompt: int, completion: int) -> None:
        """Remember a server's own count of tokens, the highest so far, if it can be true."""
        most = _MOST_OFF * self._room.prompt + _MOST_FRAME
        if 0 < prompt <= most and 0 <= completion <= max(self._most, _MOST_FRAME):
            before = self._counted or (0, 0)
            self._counted = max(prompt, before[0]), max(completion, before[1])

    def _end(self) -> str:
        """Return the last text; raise what the call failed with, if it did."""
        self._ended = True
        try:
            error = self._work.exception()
        except CancelledError:
            error = None
        if error is not None:
            raise explained(error) from error
        return self._filter.rest()

    async def _read(self, stream: object) -> None:
        """Queue what the model sends until it ends or the call is over."""
        try:
            # Closed here and on this loop, not wherever Python happens to collect it.
            async with aclosing(cast("AsyncGenerator[AIMessageChunk, None]", stream)) as chunks:
                async for chunk in chunks:
                    if self._over.is_set():  # a cancellation may be swallowed
                        break
                    self._pieces.put(chunk)
        finally:
            self._pieces.put(None)


def join_surrogates(text: str) -> str:
    """Return a text in which surrogate pairs are characters, and half of one a question mark.

    >>> join_surrogates("a\\ud83d\\ude00b\\ud83d")
    'a😀b?'
    """
    if not _HALF.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\ufffd", "?")


def _start(work: Coroutine[Any, Any, None]) -> Future[None]:
    # First calls come from several threads at once, and connections belong to one loop.
    with _loop_lock:
        loop = _loop()
    return asyncio.run_coroutine_threadsafe(work, loop)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Return one event loop in a thread of its own: a wait on it can be given up at once."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="model calls", daemon=True).start()
    return loop
