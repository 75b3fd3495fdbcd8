"""What can go wrong with a model's server, each in one line that says what to do, and whether to try again."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from assistant.errors import ModelError
from assistant.models.credentials import redacted

_OVERFLOW = re.compile(
    r"context.{0,30}(?:length|size|window)|maximum context|too many tokens|prompt is too long|exceed_context|"
    r"token count.{0,40}exceeds",
    re.IGNORECASE,
)
_QUOTA = re.compile(r"insufficient_quota|billing|exceeded your current quota", re.IGNORECASE)
_LONGEST = 160
# By name, since each provider's client is built on another HTTP library (openai 3 on httpx2).
_LATE = ("TimeoutError", "TimeoutException", "APITimeoutError", "Timeout")
_BROKEN = (
    "RemoteProtocolError",
    "ReadError",
    "ConnectionResetError",
    "IncompleteRead",
    "ChunkedEncodingError",
)
_UNREACHED = ("APIConnectionError", "TransportError", "ConnectionError", "RequestException")


class CallError(ModelError):
    """A call to a model failed.

    `again` tells that trying again may help, `wait` how many seconds the server asked for, `overflow` that the prompt was
    longer than the model's context, and `late` that no answer came in time.
    """

    def __init__(
        self,
        message: str,
        again: bool = False,
        wait: float | None = None,
        overflow: bool = False,
        late: bool = False,
    ) -> None:
        super().__init__(message)
        self.again = again
        self.wait = wait
        self.overflow = overflow
        self.late = late


def explained(error: BaseException) -> CallError:
    """Return what `error`, raised by a model's client, means for whoever asked."""
    if isinstance(error, CallError):
        return error
    if (status := _status(error)) is not None:
        return _by_status(status, error)
    causes = list(_causes(error))
    if any(
        isinstance(one, ssl.SSLError) or "SSL" in type(one).__name__ for one in causes
    ) or _ssl_in_words(causes):
        return CallError(
            "the model's server failed the TLS check; use http:// if it speaks no TLS, or name its certificate in SSL_CERT_FILE"
        )
    if _any(causes, _LATE):
        return CallError(
            "the model's server did not answer in time; try again or raise PAPER_ASSISTANT_TIMEOUT",
            again=True,
            late=True,
        )
    if _any(causes, _BROKEN):
        return CallError("the connection to the model's server broke off; try again", again=True)
    if _any(causes, _UNREACHED):
        return CallError(
            "the model's server cannot be reached; check OPENAI_BASE_URL, the network, and that the server runs",
            again=True,
        )
    if type(error).__name__ == "APIError":  # said in the stream, without a status
        return _by_status(500, error)
    if "No generation chunks" in str(
        error
    ):  # LangChain's word for a stream that ended before it began
        return CallError(
            "the model's server sent what is no answer (nothing); check OPENAI_BASE_URL and the server",
            again=True,
        )
    return CallError(
        f"the model's server sent what is no answer ({_reason(error)}); check OPENAI_BASE_URL and the server"
    )


def _by_status(status: int, error: BaseException) -> CallError:
    reason = _reason(error)
    if status == 401:
        return CallError("the model's server refused the key (401); check OPENAI_API_KEY")
    if status == 403:
        return CallError(
            f"the key may not use this model (403: {reason}); choose another with --model or ask for access"
        )
    if status == 404:
        return CallError(
            "the model's server does not know this model (404); check the name after --model and OPENAI_BASE_URL"
        )
    if status == 429:
        if _QUOTA.search(str(error)):
            return CallError(
                "the account with the model's server has no credit left (429); check its billing page"
            )
        wait = _retry_after(error)
        return CallError(
            f"the model's server is busy (429); try again in {_in_words(wait)}",
            again=True,
            wait=wait,
        )
    if status == 413 or _OVERFLOW.search(
        f"{error} {getattr(error, 'body', '')}"
    ):  # llama.cpp of before 2025 answers 500
        return CallError(
            "the prompt is longer than the model's context; lower PAPER_ASSISTANT_PROMPT_TOKENS",
            overflow=True,
        )
    if status >= 500 or status in (408, 409):
        return CallError(
            f"the model's server failed ({status}: {reason}); try again later",
            True,
            _retry_after(error),
        )
    return CallError(
        f"the model's server refused the request ({status}: {reason}); check the model's name and the server"
    )


_LONGEST_WAIT = 10_800.0


def _status(error: BaseException) -> int | None:
    """Return the HTTP status in an error, also one that came inside a stream."""
    # OpenAI's, Anthropic's and others' clients call it status_code; Google's, and llama.cpp within a stream, code.
    found = (getattr(error, name, None) for name in ("status_code", "code"))
    return next((one for one in found if isinstance(one, int) and 400 <= one < 600), None)


def _retry_after(error: BaseException) -> float | None:
    """Return the seconds that the server asked to wait (RFC 9110, 10.2.3), None when it did not."""
    response = getattr(error, "response", None)
    value = str(response.headers.get("retry-after", "")).strip() if response is not None else ""
    if re.fullmatch(r"\d+(?:\.\d+)?", value):
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max((until - datetime.now(UTC)).total_seconds(), 0.0)


def _in_words(seconds: float | None) -> str:
    if seconds is None or seconds < 1:
        return "a while"
    if seconds > _LONGEST_WAIT:
        return "some hours"
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"


def _causes(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__ or one.__context__


def _any(causes: Sequence[BaseException], names: Sequence[str]) -> bool:
    return any(kind.__name__ in names for one in causes for kind in type(one).__mro__)


def _ssl_in_words(causes: Sequence[BaseException]) -> bool:
    return any(type(one).__name__ == "ConnectError" and "ssl" in str(one).lower() for one in causes)


def _reason(error: BaseException) -> str:
    """Return the server's own words, short and without keys."""
    body = getattr(error, "body", None)
    words = body.get("message") if isinstance(body, dict) else None
    text = " ".join(str(words or error or type(error).__name__).split())
    text = redacted(re.sub(r"<[^>]{0,200}>", " ", text)).strip() or type(error).__name__
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
