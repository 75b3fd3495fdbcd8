"""The calls of one answer to its model: budgeted, retried, bounded in time, stoppable."""

import logging
import math
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.prompt_values import PromptValue
from langchain_core.runnables import RunnableConfig
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from assistant.composing.written.llm_call import Call, CallLimits, Stopped, StopReason
from assistant.composing.written.llm_errors import CallError
from assistant.composing.written.replies import Schema
from assistant.models import token_cost
from assistant.models.budget import Account
from assistant.models.chat import PATIENCE, ChatModel
from assistant.models.providers import output_limit
from assistant.models.reply_cache import key_of

__all__ = ["PATIENCE", "LLMClient", "StopReason", "Stopped"]
_log = logging.getLogger(__name__)
Result = TypeVar("Result")
_ATTEMPTS = 3
_LONGEST_PAUSE = 8.0
_TEMPLATE_TOKENS = 16  # what a chat template adds to a prompt
# What an error says where a server knows no schemas.
_NO_SCHEMAS = ("response_format", "schema", "json", "grammar", "refused the request")
# What it says where the model's chat template knows no system message (Gemma 2, Mistral 7B).
_NO_SYSTEM = re.compile(
    r"system (?:role|message|prompt|instruction)|roles? must alternate|developer instruction|"
    r"only user and assistant roles",
    re.IGNORECASE,
)


@dataclass(slots=True)
class LLMClient:
    """Makes the calls of one answer, from any thread; `stop` ends them all within a moment.

    `config` is LangChain's, with callbacks and tags, and goes with every call.
    """

    chat: ChatModel
    account: Account
    stop: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.monotonic)
    config: RunnableConfig | None = None
    schemas: bool = True
    system: bool = True
    _strong: bool | None = field(default=None, init=False)
    _keys: set[str] = field(default_factory=set, init=False)
    _spoken: bool = field(default=False, init=False)
    _failed: CallError | None = field(default=None, init=False)
    # When any call last brought text (`time.monotonic`).
    _heard: float = field(default=-math.inf, init=False)

    def stream(self, prompt: PromptValue, ending: StopReason) -> Iterator[str]:
        """Yield the text of a reply as it comes; CallError where it fails, Stopped on stop.

        Tried again, with growing pauses, only while nothing has come yet, and all within the
        timeout. What ends the text later (a broken connection, repetition, the output limit)
        `ending` says. Where an answer's calls have only failed so far, the next one fails at once,
        so that a server that is down is waited for once. A server may answer one call after the
        other: while another call of this answer brings text, waiting in line is no silence. A
        reply that is kept comes at once, and one that came whole is kept.
        """
        yield from self._reply(prompt, None, ending)

    def complete(
        self, prompt: PromptValue, schema: Schema | None = None, whole: bool = False
    ) -> str:
        """Return a whole reply, as JSON of `schema` where the server can; errors as `stream`.

        `whole`: one that the server breaks off is an error too.
        """
        ending = StopReason()
        if schema is None or not self.schemas or not hasattr(self.chat.model, "openai_api_base"):
            return _ended("".join(self.stream(prompt, ending)), ending, whole)
        try:
            reply = "".join(self._reply(prompt, schema, ending))
        except CallError as error:
            if not _refuses_schemas(error):
                raise
            self.schemas = False
            return self.complete(prompt, None, whole)
        return _ended(reply, ending, whole)

    def _reply(
        self, prompt: PromptValue, schema: Schema | None, ending: StopReason
    ) -> Iterator[str]:
        """Yield a reply that is kept, else the text of a call as it comes, which is then kept."""
        cache, body = self.chat.cache, {}
        key = key_of(self.chat.identity, _joined(prompt), schema) if cache else ""
        if cache:
            self._keys.add(key)
            if (kept := cache.get(key)) is not None:
                yield kept
                return
        if schema is not None:
            named = {"name": "reply", "strict": True, "schema": schema}
            body = {"response_format": {"type": "json_schema", "json_schema": named}}
        pieces: list[str] = []
        for piece in self._text(self._begin(prompt, body), ending):
            pieces.append(piece)
            yield piece
        reply = "".join(pieces)
        if cache and reply.strip() and not ending.reason:
            cache.put(key, reply)

    def forget(self) -> None:
        """Drop the kept replies that this answer came of."""
        if cache := self.chat.cache:
            for key in self._keys:
                cache.drop(key)

    def in_parallel(self, work: Sequence[Callable[[], Result]]) -> Iterator[Future[Result]]:
        """Yield the finished futures of `work` in order, several under way at a time."""
        with ThreadPoolExecutor(max_workers=self.chat.limits.parallel) as pool:
            for future in [pool.submit(call) for call in work]:
                wait([future])
                try:
                    yield future
                except GeneratorExit:
                    # Nobody reads on: leaving the pool must not wait for the calls under way.
                    self.stop.set()
                    raise

    def count(self, text: str | PromptValue) -> int:
        """Return the length of a text or a whole prompt in the model's tokens."""
        said = text if isinstance(text, str) else _joined(text)
        return token_cost.count(said, self.chat.encoding)

    @property
    def strong(self) -> bool:
        """Tell whether the model judges and verifies; ModelError where it fails to be asked."""
        from assistant.composing.written.profile import profile_of

        if self._strong is None:
            self._strong = profile_of(self) == "strong"
        return self._strong

    @property
    def left(self) -> float:
        """Return the seconds that are left for the answer."""
        return self.started + PATIENCE * self.chat.limits.timeout - time.monotonic()

    def _text(self, call: Call, ending: StopReason) -> Iterator[str]:
        try:
            for piece in call.text(ending):
                self._heard = time.monotonic()
                yield piece
        finally:
            self._heard = time.monotonic()
            call.close(True, self.count)
            if ending.reason in ("cut", "late"):
                _log.warning("a reply of %s broke off (%s)", self.chat.name, ending.reason)

    def _begin(self, prompt: PromptValue, body: Mapping[str, Any]) -> Call:
        """Return a call that has brought its first text, at the first attempt or a later one.

        `body` is sent along as it is, past what the client library makes of it.
        """
        if self._failed is not None and not self._spoken:
            raise CallError(str(self._failed))
        until = time.monotonic() + min(self.chat.limits.timeout, max(self.left, 0.0))
        earlier: list[CallError] = []
        try:
            call: Call = self._retrying(until, earlier)(self._attempt, prompt, body, until)
        except CallError as error:
            # What an earlier attempt failed with says more than that the time was up at the last.
            told = earlier[0] if error.late and earlier else error
            if not told.overflow and not (body and _refuses_schemas(told)):
                self._failed = told
            if told is error:
                raise
            raise told from error
        self._spoken = True
        self._heard = time.monotonic()
        return call

    def _attempt(self, prompt: PromptValue, body: Mapping[str, Any], until: float) -> Call:
        if self.stop.is_set():
            raise Stopped
        room = self.account.reserve(
            self.count(prompt) + _TEMPLATE_TOKENS, self.chat.limits.output_tokens
        )
        limits = CallLimits(self.stop, self.chat.limits.timeout, lambda: self.left)
        options = output_limit(self.chat.model, room.output_tokens)
        if body:
            options = {**options, "extra_body": {**options.get("extra_body", {}), **body}}
        system, messages = self.system, self._messages(prompt)
        call = Call(self.chat.model, messages, options, room, limits, self.config)
        try:
            self._await_first(call, until)
        except CallError as error:
            call.close(error.late, self.count)  # what came too late was worked on all the same
            if system and _NO_SYSTEM.search(str(error)):
                self.system = False
                return self._attempt(prompt, body, until)
            _log.warning("a call of %s failed: %s", self.chat.name, error)
            raise
        except Stopped:
            call.close(True, self.count)
            raise
        return call

    def _messages(self, prompt: PromptValue) -> list[BaseMessage]:
        """Return a prompt's messages: as one of the user's where the model takes no others."""
        messages = prompt.to_messages()
        if self.system:
            return messages
        return [HumanMessage(_joined(prompt))]

    def _await_first(self, call: Call, until: float) -> None:
        """Wait for a call's first text; in line while another call of this answer brings text."""
        while True:
            try:
                return call.first(until)
            except CallError as error:
                later = min(self._heard + self.chat.limits.timeout, time.monotonic() + self.left)
                if not error.late or later <= max(until, time.monotonic()):
                    raise
                until = later

    def _retrying(self, until: float, earlier: list[CallError]) -> Retrying:
        """Return retries with the server's pause, else growing ones; failures go to `earlier`."""
        random = wait_random_exponential(0.5, _LONGEST_PAUSE)

        def pause(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            wanted = error.wait if isinstance(error, CallError) else None
            return wanted if wanted is not None else float(random(state))

        def is_late(state: RetryCallState) -> bool:
            return time.monotonic() + (state.upcoming_sleep or 0.0) >= until

        def note(state: RetryCallState) -> None:
            if state.outcome and isinstance(error := state.outcome.exception(), CallError):
                earlier.append(error)

        return Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, CallError) and error.again),
            wait=pause,
            stop=stop_after_attempt(_ATTEMPTS) | is_late,  # type: ignore[operator]
            sleep=self._sleep,
            before_sleep=note,
            reraise=True,
        )

    def _sleep(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Stopped


def _joined(prompt: PromptValue) -> str:
    return "\n\n".join(str(one.content) for one in prompt.to_messages())


def _ended(reply: str, ending: StopReason, whole: bool) -> str:
    """Return a reply; CallError where it is to be whole and something else than the model, its
    length limit included, ended it.
    """
    if whole and ending.reason in ("cut", "late", "filter"):
        raise CallError("the model's reply broke off; try again", again=True)
    return reply


def _refuses_schemas(error: CallError) -> bool:
    """Tell whether a call may have failed only because it asked for JSON of a schema."""
    told = str(error).lower()
    return not error.again and not error.overflow and any(word in told for word in _NO_SCHEMAS)
