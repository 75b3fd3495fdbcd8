"""A password before everything that the page's server answers: pages, files, API, MCP."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_ASK = {"WWW-Authenticate": 'Basic realm="Paper Assistant", charset="UTF-8"'}


@dataclass(frozen=True, slots=True)
class PasswordGuard:
    """Lets a request through when it brings the password by HTTP's Basic authentication (RFC 7617), under any name.

    It stands before the whole application, since Gradio's own `auth` leaves MCP and unqueued events open.
    """

    app: ASGIApp
    password: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401, or pass the request on."""
        if scope["type"] == "lifespan" or self._admits(Headers(scope=scope).get("authorization")):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            answer = PlainTextResponse("This page needs its password.", 401, headers=_ASK)
            await answer(scope, receive, send)

    def _admits(self, header: str | None) -> bool:
        _, given = _read_credentials(header)
        return hmac.compare_digest(given.encode(), self.password.encode())


def read_name(header: str | None) -> str:
    """Return the name that a request gives with its password, "" when it gives none."""
    return _read_credentials(header)[0].strip()[:100]


def _read_credentials(header: str | None) -> tuple[str, str]:
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name, password
