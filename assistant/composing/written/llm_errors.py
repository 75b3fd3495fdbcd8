"""What can go wrong with a model's server: one line that says what to do, whether to retry."""

import re
import ssl
from collections.abc import Iterator

from assistant.errors import ModelError
from assistant.models.credentials import redacted
from assistant.models.retry_after import in_words, seconds_asked

_OVERFLOW = re.compile(
    r"context.{0,30}(?:length|size|window)|maximum context|too many tokens|prompt is too long|"
    r"exceed_context|token count.{0,40}exceeds",
    re.IGNORECASE,
)
_QUOTA = re.compile(r"insufficient_quota|billing|exceeded your current quota", re.IGNORECASE)
_LONGEST = 160
# What went wrong below HTTP, by the names of classes, since each provider's client is built on
# another HTTP library (openai 3 on httpx2).
_LATE = "TimeoutError TimeoutException APITimeoutError Timeout".split()
_BROKEN = (
    "RemoteProtocolError ReadError ConnectionResetError IncompleteRead ChunkedEncodingError".split()
)
_UNREACHED = "APIConnectionError TransportError ConnectionError RequestException".split()
_BY_NAME = (
    (_LATE, "did not answer in time; try again or raise PAPER_ASSISTANT_TIMEOUT"),
    (_BROKEN, "broke off the connection; try again"),
    (_UNREACHED, "cannot be reached; check OPENAI_BASE_URL, the network, and that the server runs"),
)
_TLS = (
    "the model's server failed the TLS check; use http:// if it speaks no TLS, or name its "
    "certificate in SSL_CERT_FILE"
)
_NO_ANSWER = "the model's server sent what is no answer ({}); check OPENAI_BASE_URL and the server"
_BY_STATUS = {
    401: "the model's server refused the key (401); check OPENAI_API_KEY",
    403: "the key may not use this model (403: {}); choose another with --model or ask for access",
    404: "the model's server does not know this model (404); check its name and OPENAI_BASE_URL",
}
_NO_CREDIT = "the account with the model's server has no credit left (429); check its billing page"
_TOO_LONG = "the prompt is longer than the model's context; lower PAPER_ASSISTANT_PROMPT_TOKENS"


class CallError(ModelError):
    """A call to a model failed.

    `again` tells that trying again may help, `wait` how many seconds the server asked for,
    `overflow` that the prompt was longer than the model's context, `late` that none came in time.
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
    if any(map(_is_tls, causes)):
        return CallError(_TLS)
    for names, says in _BY_NAME:
        if any(kind.__name__ in names for cause in causes for kind in type(cause).__mro__):
            return CallError(f"the model's server {says}", again=True, late=names is _LATE)
    if type(error).__name__ == "APIError":  # said in the stream, without a status
        return _by_status(500, error)
    if "No generation chunks" in str(
        error
    ):  # LangChain's word for a stream that ended before it began
        return CallError(_NO_ANSWER.format("nothing"), again=True)
    return CallError(_NO_ANSWER.format(_reason(error)))


def _by_status(status: int, error: BaseException) -> CallError:
    reason, wait = _reason(error), _retry_after(error)
    if status in _BY_STATUS:
        return CallError(_BY_STATUS[status].format(reason))
    if status == 429 and _QUOTA.search(str(error)):
        return CallError(_NO_CREDIT)
    if status == 429:
        busy = f"the model's server is busy (429); try again in {in_words(wait)}"
        return CallError(busy, again=True, wait=wait)
    # llama.cpp of before 2025 answers 500 for a prompt that is too long.
    if status == 413 or _OVERFLOW.search(f"{error} {getattr(error, 'body', '')}"):
        return CallError(_TOO_LONG, overflow=True)
    told = f"({status}: {reason})"
    if status >= 500 or status in (408, 409):
        return CallError(
            f"the model's server failed {told}; try again later", again=True, wait=wait
        )
    return CallError(
        f"the model's server refused the request {told}; check the model's name and the server"
    )


def _status(error: BaseException) -> int | None:
    """Return the HTTP status in an error, also one that came inside a stream."""
    # Most clients call it status_code; Google's, and llama.cpp within a stream, code.
    codes = (getattr(error, name, None) for name in ("status_code", "code"))
    return next((code for code in codes if isinstance(code, int) and 400 <= code < 600), None)


def _retry_after(error: BaseException) -> float | None:
    response = getattr(error, "response", None)
    if response is None:
        return None
    return seconds_asked(str(response.headers.get("retry-after", "")))


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _is_tls(cause: BaseException) -> bool:
    name = type(cause).__name__
    in_words = name == "ConnectError" and "ssl" in str(cause).lower()
    return isinstance(cause, ssl.SSLError) or "SSL" in name or in_words


def _reason(error: BaseException) -> str:
    """Return the server's own words, short and without keys."""
    body = getattr(error, "body", None)
    words = body.get("message") if isinstance(body, dict) else None
    text = " ".join(str(words or error or type(error).__name__).split())
    text = redacted(re.sub(r"<[^>]{0,200}>", " ", text)).strip() or type(error).__name__
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
