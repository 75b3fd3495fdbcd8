"""What can go wrong with a model's server, each in one line that says what to do, and whether to try again."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator

import httpx
import openai

from assistant.errors import ModelError
from assistant.models import redacted

_OVERFLOW = re.compile(
    r"context.{0,30}(?:length|size|window)|maximum context|too many tokens|prompt is too long|exceed_context", re.IGNORECASE
)
_QUOTA = re.compile(r"insufficient_quota|billing|exceeded your current quota", re.IGNORECASE)
_LONGEST = 160


class CallError(ModelError):
    """A call to a model failed.

    `again` tells that trying again may help, `wait` how many seconds the server asked for, and `overflow` that the
    prompt was longer than the model's context.
    """

    def __init__(self, message: str, again: bool = False, wait: float | None = None, overflow: bool = False) -> None:
        super().__init__(message)
        self.again = again
        self.wait = wait
        self.overflow = overflow


def explained(error: BaseException) -> CallError:
    """Return what `error`, raised by a model's client, means for whoever asked."""
    if isinstance(error, CallError):
        return error
    if (status := _status(error)) is not None:
        return _by_status(status, error)
    causes = list(_causes(error))
    if any(isinstance(one, ssl.SSLError) or "SSL" in type(one).__name__ for one in causes) or _says(causes, "ssl"):
        return CallError(
            "the model's server failed the TLS check; fix its certificate, or use http:// for a server on this machine"
        )
    if any(isinstance(one, openai.APITimeoutError | httpx.TimeoutException | TimeoutError) for one in causes):
        return CallError("the model's server did not answer in time; try again or raise PAPER_ASSISTANT_TIMEOUT", again=True)
    if any(isinstance(one, httpx.RemoteProtocolError | httpx.ReadError) for one in causes):
        return CallError("the connection to the model's server broke off", again=True)
    if any(isinstance(one, openai.APIConnectionError | httpx.TransportError | ConnectionError) for one in causes):
        return CallError(
            "the model's server cannot be reached; check OPENAI_BASE_URL, the network, and that the server runs", again=True
        )
    return CallError(f"the model's server sent what is no answer ({_reason(error)}); check OPENAI_BASE_URL and the server")


def _by_status(status: int, error: BaseException) -> CallError:
    reason = _reason(error)
    if status == 401:
        return CallError("the model's server refused the key (401); check OPENAI_API_KEY")
    if status == 403:
        return CallError(f"the key may not use this model (403: {reason}); choose another with --model or ask for access")
    if status == 404:
        return CallError("the model's server does not know this model (404); check the name after --model and OPENAI_BASE_URL")
    if status == 429:
        if _QUOTA.search(str(error)):
            return CallError("the account with the model's server has no credit left (429); check its billing page")
        return CallError("the model's server is busy (429); try again in a while", again=True, wait=_retry_after(error))
    if status == 413 or (400 <= status < 500 and _OVERFLOW.search(str(error))):
        return CallError("the prompt is longer than the model's context; lower PAPER_ASSISTANT_PROMPT_TOKENS", overflow=True)
    if status >= 500 or status in (408, 409):
        overflow = _OVERFLOW.search(str(error)) is not None  # llama.cpp of before 2025 says so with a 500
        return CallError(
            f"the model's server failed ({status}: {reason}); try again later", not overflow, _retry_after(error), overflow
        )
    return CallError(f"the model's server refused the request ({status}: {reason}); check the model's name and the server")


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None)  # OpenAI's, Anthropic's and others' clients all call it so
    return status if isinstance(status, int) else None


def _retry_after(error: BaseException) -> float | None:
    """Return the seconds that the server asked to wait (RFC 9110, 10.2.3), None when it did not or gave a date."""
    response = getattr(error, "response", None)
    value = response.headers.get("retry-after", "") if response is not None else ""
    return float(value) if re.fullmatch(r"\d+(?:\.\d+)?", value.strip()) else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__ or one.__context__


def _says(causes: list[BaseException], word: str) -> bool:
    return any(isinstance(one, httpx.ConnectError) and word in str(one).lower() for one in causes)


def _reason(error: BaseException) -> str:
    """Return the server's own words, short and without keys."""
    body = getattr(error, "body", None)
    words = body.get("message") if isinstance(body, dict) else None
    text = " ".join(str(words or error or type(error).__name__).split())
    text = redacted(re.sub(r"<[^>]{0,200}>", " ", text)).strip() or type(error).__name__
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
