"""One service on the network, asked in turn and again where it is busy; its answers are bounded."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import httpx
from filelock import FileLock
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from assistant.errors import Refused, ServiceError, WriteError
from assistant.index.layout import write_failure
from assistant.models.credentials import redacted
from assistant.models.retry_after import in_words, seconds_asked
from assistant.settings import is_loopback

ATTEMPTS = 5
PAUSE = 2.0  # seconds before the second attempt, twice that before the third, and so on
LONGEST_WAIT = 300.0  # seconds that a service may ask to wait; then the user is asked to
MOST_BYTES = 50_000_000
_MOST_REDIRECTS = 3
_SLOWEST = 5  # times the timeout, for a whole answer
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_SHOWN = 200  # characters
Result = TypeVar("Result")


class TryAgain(Exception):
    """Why an answer is of no use, and how many seconds the service asks to wait."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Service:
    """A service: its name, address, seconds between requests, headers, and what helps when busy."""

    name: str
    address: str
    interval: float
    headers: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""

    @property
    def host(self) -> str:
        """The host that is asked."""
        return httpx.URL(self.address).netloc.decode()


@dataclass(slots=True)
class Client:
    """Asks a service, one request at a time on this machine, which processes mark in `folder`.

    `tell` hears a line before the first request, with what it is `about`, and at each repetition.
    """

    service: Service
    folder: Path
    timeout: float
    tell: Callable[[str], None]
    about: str = ""
    email: str = ""
    _told: bool = field(default=False, init=False)
    _http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        contact = f" (mailto:{self.email})" if self.email else ""
        agent = f"paper-assistant/{version('paper-assistant')}{contact}"
        try:
            self._http = httpx.Client(
                headers={"User-Agent": agent, "Accept-Encoding": "gzip", **self.service.headers},
                timeout=self.timeout,
                follow_redirects=False,
                # A proxy of the environment is for what lies outside.
                trust_env=not is_loopback(httpx.URL(self.service.address).host),
            )
        except (ImportError, ValueError) as error:
            told = "the proxy that HTTPS_PROXY or ALL_PROXY names cannot be used"
            raise ServiceError(f"{told} ({redacted(str(error))[:_SHOWN]}); name another") from error

    def close(self) -> None:
        """Release the connections."""
        self._http.close()

    def ask(
        self,
        path: str,
        parameters: Mapping[str, str],
        read: Callable[[bytes], Result],
        body: Any = None,
    ) -> Result:
        """Return what `read` makes of the answer to a GET, or to a POST of the JSON `body`.

        Where it raises TryAgain, or the service is busy, it is asked 5 times. ServiceError where
        there is no answer, Refused where the service does not take the request.
        """
        request = self._http.build_request(
            "GET" if body is None else "POST",
            self.service.address + path,
            params=parameters,
            json=body,
        )
        tries = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=_pause,
            retry=retry_if_exception_type(TryAgain),
            before_sleep=self._tell_pause,
            reraise=True,
        )
        try:
            return tries(lambda: read(self._answer(request)))
        except TryAgain as error:
            hint = f"; {self.service.hint}" if error.wait and self.service.hint else ""
            raise ServiceError(
                f"{self.service.name} {error}, {ATTEMPTS} times; what was fetched is kept, run the"
                f" same command again later{hint}"
            ) from error

    def _answer(self, request: httpx.Request) -> bytes:
        """Return the body of an answer; redirections are followed to the same host only."""
        for _ in range(_MOST_REDIRECTS + 1):
            response, body = self._sent(request)
            if not response.has_redirect_location:
                self._check(response, body)
                return body
            following = response.next_request
            if following is None or not _is_of_same_host(request.url, following.url):
                to = following.url.host if following else "nowhere"
                raise ServiceError(
                    f"{self.service.name} sends on from {request.url.host} to {to[:_SHOWN]}, which"
                    " is not followed; a network that asks to log in does so, too"
                )
            request = following
        raise ServiceError(f"{self.service.name} sends on and on; try again later")

    def _sent(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        """Return the answer to a request, sent when it is its turn, and its body."""
        name = self.service.name
        with self._turn():
            try:
                response = self._http.send(request, stream=True)
                try:
                    return response, self._body(response)
                finally:
                    response.close()
            except httpx.TimeoutException as error:
                raise TryAgain(f"did not answer in {self.timeout:g} s") from error
            except (httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol) as error:
                raise ServiceError(
                    f"{name} cannot be reached at {self.service.host} ({error}); check the network,"
                    " then run the same command again: what was fetched is kept"
                ) from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise TryAgain("broke off its answer") from error

    def _body(self, response: httpx.Response) -> bytes:
        parts, size, until = [], 0, time.monotonic() + _SLOWEST * self.timeout
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES:
                told = f"sent an answer of more than {MOST_BYTES // 1_000_000} MB"
                raise ServiceError(
                    f"{self.service.name} {told}, which is not read; try again later"
                )
            if time.monotonic() > until:
                raise TryAgain(f"did not end its answer in {_SLOWEST * self.timeout:g} s")
        return b"".join(parts)

    def _check(self, response: httpx.Response, body: bytes) -> None:
        status, name = response.status_code, self.service.name
        if status in _AGAIN:
            wait = seconds_asked(response.headers.get("retry-after", "")) or 0.0
            if wait > LONGEST_WAIT:
                hint = f"; {self.service.hint}" if self.service.hint else ""
                raise ServiceError(
                    f"{name} asks to be left alone for {in_words(wait)} ({status}); what was"
                    f" fetched is kept, run the same command again then{hint}"
                )
            raise TryAgain(f"is busy or failing ({status})", wait or float(status == 429))
        if not response.is_success:
            words = " ".join(body.decode("utf-8", "replace").split())
            told = redacted("".join(filter(str.isprintable, words)))[:_SHOWN]
            raise Refused(
                f"{name} does not take the request ({status}: {told or 'no words'})", status, body
            )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait until the service may be asked, whoever on this machine asked it last."""
        if not self._told:
            self.tell(f"asking {self.service.name} at {self.service.host}{self.about}")
            self._told = True
        mark = self.folder / f"{re.sub(r'[^a-z0-9.-]', '_', self.service.host.lower())}.asked"
        lock = FileLock(mark.with_suffix(".lock"))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except OSError as error:
            raise WriteError(write_failure(mark, error.strerror or str(error))) from error
        try:
            last = mark.stat().st_mtime if mark.exists() else 0.0
            left = self.service.interval - (time.time() - last)
            time.sleep(min(max(left, 0.0), self.service.interval))
            mark.touch()
            yield
        finally:
            lock.release()

    def _tell_pause(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0.0
        number = state.attempt_number + 1
        self.tell(
            f"{self.service.name} {error}; asking again in {wait:.0f} s ({number} of {ATTEMPTS})"
        )


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait if isinstance(error, TryAgain) else 0.0
    return max(float(PAUSE * 2 ** (state.attempt_number - 1)), asked)


def _is_of_same_host(url: httpx.URL, following: httpx.URL) -> bool:
    """Tell whether a redirection stays where it was, or only goes on over TLS.

    >>> here = httpx.URL("http://export.arxiv.org/api")
    >>> [_is_of_same_host(here, httpx.URL(to)) for to in ("https://export.arxiv.org/x", "http://x.org")]
    [True, False]
    """
    ways = {(url.scheme, url.port), ("https", None)}
    return url.host == following.host and (following.scheme, following.port) in ways
