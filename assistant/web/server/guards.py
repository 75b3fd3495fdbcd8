"""Guards before the page's server: the password, and what another site's page makes a browser
send."""

import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.api.failures import is_for_programs, refusal
from assistant.web.server.bounds import WRONG_SECONDS, Throttle
from assistant.web.sessions.visitors import read_credentials

_ASK = {"WWW-Authenticate": 'Basic realm="Paper Assistant", charset="UTF-8"'}
_HOST = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([a-zA-Z0-9._-]+))(?::\d{1,5})?")
_MOST_ADMITTED = 1000  # headers, each a name with the password
POLICY = "; ".join(
    (
        "default-src 'self'",
        # Gradio's page begins with inline scripts; its HTML component and the charts make functions
        # of text.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "frame-src 'none'",
        "object-src 'none'",
        "base-uri 'self'",  # Gradio's page begins with one
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
"""What a browser may load for the chat page: only what the page's own server has, even where
escaping should fail."""


@dataclass(frozen=True, slots=True)
class ContentPolicy:
    """Tells browsers with every answer what they may load, unless the answer says so itself."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back with its policy."""

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Content-Security-Policy", POLICY)
            await send(message)

        await self.app(scope, receive, send_with_policy)


@dataclass(frozen=True, slots=True)
class OriginGuard:
    """Refuses requests under another host's name, and those that another site's page sent.

    A page at loopback may be called by `names` alone: else a site whose name is made to lead to
    127.0.0.1 could read it (DNS rebinding). None is any name: such a page has a password, which no
    rebound name is sent. Headers of a proxy ("X-Forwarded-Host") are believed only where there is
    one (`proxied`).
    """

    app: ASGIApp
    names: Collection[str] | None
    proxied: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 421 or 403, or pass the request on."""
        status = 0
        if not self.proxied and "headers" in scope:
            scope["headers"] = [
                (name, value)
                for name, value in scope["headers"]
                if not name.lower().startswith((b"x-forwarded-", b"forwarded"))
            ]
        if scope["type"] != "lifespan":
            status = self._refusal(Headers(scope=scope), scope.get("method", "GET"), scope["path"])
        if status:
            await _refuse(status, "This is not the way to this page.", scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _refusal(self, headers: Headers, method: str, path: str) -> int:
        hosts = headers.getlist("host")
        if self.names is not None and (len(hosts) != 1 or _name(hosts[0]) not in self.names):
            return 421
        # To follow a link to a program's address may cost money.
        followed = is_for_programs(path) and _is_elsewhere(headers)
        return 403 if followed or _foreign(headers, method) else 0


@dataclass(frozen=True, slots=True)
class PasswordGuard:
    """Lets a request through when it brings the password by HTTP's Basic authentication (RFC 7617),
    under any name, or, as programs do, as a Bearer token.

    Gradio's own `auth` would leave MCP and unqueued events open. An address that has tried too many
    wrong ones is refused for a while; whoever was let in goes on.
    """

    app: ASGIApp
    password: str
    throttle: Throttle = field(default_factory=Throttle)
    admitted: set[str] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 or 429, or pass the request on."""
        header = Headers(scope=scope).get("authorization") if "headers" in scope else None
        address = str((scope.get("client") or ("",))[0])
        if scope["type"] == "lifespan" or header in self.admitted:
            await self.app(scope, receive, send)
        elif self.throttle.blocks(address):
            told = "Too many wrong passwords from here; try again in a minute."
            wait = {"Retry-After": str(int(WRONG_SECONDS))}
            await _refuse(429, told, scope, receive, send, wait)
        elif hmac.compare_digest(_given(header), self.password.encode()):
            if header and len(self.admitted) < _MOST_ADMITTED:
                self.admitted.add(header)
            await self.app(scope, receive, send)
        else:
            if header:  # browsers ask once without one
                self.throttle.note(address)
            await _refuse(401, "This page needs its password.", scope, receive, send, _ASK)


def _given(header: str | None) -> bytes:
    """Return the password of an Authorization header: Basic's, or a program's Bearer token.

    >>> _given("Bearer open, Sesame"), _given("Basic Om9wZW4="), _given("Digest x"), _given(None)
    (b'open, Sesame', b'open', b'', b'')
    """
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip().encode("latin-1", "replace")  # as the bytes came
    return read_credentials(header)[1].encode()


async def _refuse(
    status: int,
    told: str,
    scope: Scope,
    receive: Receive,
    send: Send,
    headers: Mapping[str, str] | None = None,
) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await refusal(scope["path"], status, told, headers)(scope, receive, send)


def _foreign(headers: Headers, method: str) -> bool:
    """Tell whether another site's page made the browser send this, other than by a link to here.

    Browsers say so themselves at loopback or behind TLS; elsewhere origin and host are compared.
    """
    site = headers.get("sec-fetch-site")
    if method in ("GET", "HEAD") and site is not None:
        return _is_elsewhere(headers) and headers.get("sec-fetch-mode") != "navigate"
    if site is not None:
        return site not in ("same-origin", "none")
    # A page may be called by another name with its port before a proxy.
    called = {headers.get(name, "").strip().lower() for name in ("host", "x-forwarded-host")}
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2].lower() not in called - {""}


def _is_elsewhere(headers: Headers) -> bool:
    return headers.get("sec-fetch-site") in ("cross-site", "same-site")


def _name(host: str) -> str:
    """Return a Host header's name without the port, "" where it is no name.

    >>> _name("LOCALHOST:7860"), _name("[::1]:7860"), _name("127.0.0.1.b"), _name("localhost/.b")
    ('localhost', '::1', '127.0.0.1.b', '')
    """
    match = _HOST.fullmatch(host)
    return (match[1] or match[2]).lower() if match else ""
