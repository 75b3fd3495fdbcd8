"""The interfaces for programs → routes of the page's server, behind what guards it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.api.failures import OPENAI, refusal
from assistant.api.json_api import build_json_api
from assistant.api.openai_protocol import build_openai
from assistant.api.service import AnswerService
from assistant.extras import how_to_install

LARGEST_BODY = 2_000_000
"""Bytes of a program's request."""


def tell_missing() -> str:
    """Return that MCP needs its package, and what installs it."""
    return f"MCP needs the package mcp; run: {how_to_install('mcp')}"


@dataclass(slots=True)
class Programs:
    """What answers programs: routes to mount, and what has to run while they are served."""

    service: AnswerService
    _mcp: Any = field(default=None, init=False)

    @property
    def routes(self) -> list[BaseRoute]:
        """Return the routes of all interfaces."""
        openai, others = build_openai(self.service), build_json_api(self.service)
        for app in (openai, others):
            app.add_middleware(BoundedBody)
        mcp = BoundedBody(self._answer_mcp)
        mounts = [Mount(OPENAI, openai), Mount("/api", others)]
        return [*mounts, Route("/mcp", mcp), Route("/mcp/", mcp)]

    @asynccontextmanager
    async def run(self, app: Starlette) -> AsyncIterator[None]:
        """Hold open what MCP needs, where its package is installed."""
        if find_spec("mcp") is None:
            yield
            return
        from assistant.api.mcp_server import serve_http

        async with serve_http(self.service.corpora.settings, self.service) as self._mcp:
            yield

    async def _answer_mcp(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._mcp is None:
            await refusal(scope["path"], 501, tell_missing())(scope, receive, send)
        else:
            await self._mcp.handle_request(scope, receive, send)


@dataclass(frozen=True, slots=True)
class BoundedBody:
    """Takes a request's body whole before passing the request on, and refuses a large one."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413, or pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        body, more = b"", not length.isdecimal() or int(length) <= LARGEST_BODY
        whole = more
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return  # the client left
            body += message.get("body", b"")
            whole = len(body) <= LARGEST_BODY
            more = whole and message.get("more_body", False)
        if not whole:
            told = f"a request may have {LARGEST_BODY:,} bytes here"
            await refusal(scope["path"], 413, told)(scope, receive, send)
            return
        first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return first.pop() if first else await receive()

        await self.app(scope, replay, send)
