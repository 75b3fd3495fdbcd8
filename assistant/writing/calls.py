"""The calls of one answer to its model: budgeted, tried again where that helps, bounded in time, stoppable."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, HumanMessage
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from assistant import tokens
from assistant.chat import Chat
from assistant.models import output_limit
from assistant.spending.account import Account, Reservation
from assistant.writing import loop
from assistant.writing.faults import CallError, explained
from assistant.writing.repetition import repetition

PATIENCE = 5
"""How many times the timeout a whole answer may take."""
_ATTEMPTS = 3
_LONGEST_PAUSE = 8.0
_GLANCE = 0.1  # seconds between looks at the stop button
_TEMPLATE_TOKENS = 16  # what a chat template adds to a prompt
_SPOKEN = ("stop", "end_turn", "eos", "completed", "STOP")


class Stopped(Exception):
    """The reader pressed stop; what was written so far stands."""


@dataclass(slots=True)
class Ending:
    """How a call came to its end: `reason` is "" when it is not known, "length" at the output limit, "repetition", "cut"."""

    reason: str = ""


@dataclass(slots=True)
class Caller:
    """Makes the calls of one answer, from any thread; `stop` ends them all within a moment."""

    chat: Chat
    account: Account
    stop: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.monotonic)
    schemas: bool = True

    def stream(self, prompt: str, ending: Ending) -> Iterator[str]:
        """Yield the text of a reply as it comes; CallError where it fails, Stopped where the reader stops it.

        Tried again, with growing pauses, only while nothing has come yet, and all within the timeout. A connection that
        breaks off later, endless repetition and the output limit end the text; `ending` says so.
        """
        call = self._retrying()(self._begin, prompt, {})
        try:
            yield from call.text(ending)
        finally:
            call.close()

    def complete(self, prompt: str, schema: Mapping[str, Any] | None = None) -> str:
        """Return a whole reply, as JSON of `schema` where the server can be told so; errors as `stream`."""
        if schema is None or not self.schemas or not hasattr(self.chat.model, "openai_api_base"):
            return "".join(self.stream(prompt, Ending()))
        try:
            call = self._retrying()(self._begin, prompt, {"response_format": _as_json(schema)})
        except CallError as error:
            if error.again or error.overflow or not self._refuses_schemas(error):
                raise
            self.schemas = False
            return self.complete(prompt)
        try:
            return "".join(call.text(Ending()))
        finally:
            call.close()

    def count(self, text: str) -> int:
        """Return the length of `text` in the model's tokens."""
        return tokens.count(text, self.chat.encoding)

    @property
    def left(self) -> float:
        """Return the seconds that are left for the answer."""
        return self.started + PATIENCE * self.chat.limits.timeout - time.monotonic()

    def _begin(self, prompt: str, options: Mapping[str, Any]) -> _Call:
        """Return a call that has brought its first text."""
        room = self.account.reserve(self.count(prompt) + _TEMPLATE_TOKENS, self.chat.limits.output_tokens)
        call = _Call(self, room, prompt, _merged(options, output_limit(self.chat.model, room.output_tokens)))
        try:
            call.first()
        except CallError:
            call.close(spent=False)
            raise
        except Stopped:
            call.close()
            raise
        return call

    def _retrying(self) -> Retrying:
        """Return tenacity's retrying with the server's own wish for a pause, else growing random ones."""
        deadline = time.monotonic() + min(self.chat.limits.timeout, max(self.left, 0.0))
        random = wait_random_exponential(0.5, _LONGEST_PAUSE)

        def pause(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            wanted = error.wait if isinstance(error, CallError) else None
            return wanted if wanted is not None else float(random(state))

        def late(state: RetryCallState) -> bool:
            return time.monotonic() + (state.upcoming_sleep or 0.0) >= deadline

        return Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, CallError) and error.again),
            wait=pause,
            stop=stop_after_attempt(_ATTEMPTS) | late,  # type: ignore[operator]
            sleep=self._sleep,
            reraise=True,
        )

    def _sleep(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Stopped

    @staticmethod
    def _refuses_schemas(error: CallError) -> bool:
        text = str(error).lower()
        return any(word in text for word in ("response_format", "schema", "json", "grammar", "refused the request"))


class _Call:
    """One request under way on the event loop; its pieces come through a queue."""

    def __init__(self, caller: Caller, room: Reservation, prompt: str, options: Mapping[str, Any]) -> None:
        self._caller = caller
        self._room = room
        self._prompt = prompt
        self._pieces: queue.SimpleQueue[AIMessageChunk] = queue.SimpleQueue()
        self._work: Future[None] = loop.run(_read(caller.chat.model, prompt, options, self._pieces))
        self._held: list[str] = []
        self._written = ""
        self._finish = ""
        self._counted: tuple[int, int] | None = None

    def first(self) -> None:
        """Wait for the first text; CallError when none comes."""
        piece = self._next()
        if piece is None:
            raise CallError("the model wrote nothing; try again or choose another model", again=True)
        self._held.append(piece)

    def text(self, ending: Ending) -> Iterator[str]:
        """Yield the pieces of text to the end."""
        while True:
            piece = self._held.pop() if self._held else self._piece_or_cut(ending)
            if piece is None:
                break
            self._written += piece
            if (start := repetition(self._written)) is not None:
                ending.reason = "repetition"
                rest = self._written[:start][len(self._written) - len(piece) :]
                if rest:
                    yield rest
                return
            yield piece
        if not ending.reason and self._finish not in _SPOKEN:
            ending.reason = {"length": "length", "max_tokens": "length", "": "cut"}.get(self._finish, "")

    def close(self, spent: bool = True) -> None:
        """Give the call up, if it is still under way, and settle what it cost."""
        self._work.cancel()
        if self._counted:
            self._room.settle(*self._counted)
        elif spent or self._written:
            self._room.settle(self._room.prompt, self._caller.count(self._written), estimated=True)
        else:
            self._room.release()

    def _piece_or_cut(self, ending: Ending) -> str | None:
        try:
            return self._next()
        except CallError:
            ending.reason = "cut"
            return None

    def _next(self) -> str | None:
        """Return the next text, None at the end."""
        patience = min(self._caller.chat.limits.timeout, self._caller.left)
        deadline = time.monotonic() + patience
        while True:
            if self._caller.stop.is_set():
                raise Stopped
            try:
                chunk = self._pieces.get(timeout=_GLANCE)
            except queue.Empty:
                if self._work.done() and self._pieces.empty():
                    self._finished()
                    return None
                if time.monotonic() >= deadline:
                    raise explained(TimeoutError()) from None
                continue
            if text := self._noted(chunk):
                return text

    def _noted(self, chunk: AIMessageChunk) -> str:
        """Return a chunk's text; remember how the reply ended and what the server counted."""
        about = chunk.response_metadata
        self._finish = str(about.get("finish_reason") or about.get("stop_reason") or about.get("done_reason") or self._finish)
        if (usage := chunk.usage_metadata) and usage["input_tokens"]:
            before = self._counted or (0, 0)
            self._counted = (max(usage["input_tokens"], before[0]), max(usage["output_tokens"], before[1]))
        return str(chunk.text)

    def _finished(self) -> None:
        """Raise what the call failed with, if it did."""
        try:
            error = self._work.exception()
        except CancelledError:
            return
        if error is not None:
            raise explained(error) from error


async def _read(model: BaseChatModel, prompt: str, options: Mapping[str, Any], pieces: queue.SimpleQueue[AIMessageChunk]) -> None:
    async for chunk in model.astream([HumanMessage(prompt)], **options):
        pieces.put(chunk)


def _as_json(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return how OpenAI's protocol asks for JSON of a schema (structured outputs)."""
    return {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": dict(schema)}}


def _merged(body: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a call's options with `body` sent along as it is, past what the client library makes of it."""
    if not body:
        return dict(options)
    return {**options, "extra_body": {**options.get("extra_body", {}), **body}}
