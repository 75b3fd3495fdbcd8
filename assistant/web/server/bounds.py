"""Bounds for a page that is open to others: connections, slow requests, uploads, passwords."""

import asyncio
import os
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS, MOST_OF_ONE_ADDRESS = 512, 64
HEADER_SECONDS = 10.0
"""Seconds in which a request's headers must have come."""
MOST_UPLOADED = 500_000_000
"""Bytes that uploads may take on the disk, all together."""
WRONG_PASSWORDS, WRONG_SECONDS = 10, 60.0
"""So many wrong passwords from one address within so many seconds, then none is tried."""
_MOST_ADDRESSES = 10_000
_KEPT_SECONDS = 3600


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 whose connections are counted, and closed where a request does not arrive in time
    (RFC 9110, 15.5.9, allows closing without an answer)."""

    most_of_one_address = MOST_OF_ONE_ADDRESS
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or close it where there are too many."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        clients = (getattr(other, "client", None) for other in self.connections)
        same = sum(str((client or ("",))[0]) == address for client in clients)
        if len(self.connections) > MOST_CONNECTIONS or same > self.most_of_one_address:
            transport.close()
            return
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._deadline:
            self._deadline.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._arm()

    def _arm(self) -> None:
        if self._deadline:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(HEADER_SECONDS, self._expire)

    def _expire(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()


class ProxiedProtocol(BoundedProtocol):
    """The same behind a proxy, whose address is everybody's."""

    most_of_one_address = MOST_CONNECTIONS


@dataclass(slots=True)
class UploadQuota:
    """Refuses uploads that would take those in `folder` over `MOST_UPLOADED` bytes."""

    app: ASGIApp
    folder: Path
    _coming: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 507, or pass the request on."""
        if scope["type"] != "http" or not str(scope.get("path", "")).endswith("/upload"):
            await self.app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length") or ""
        size = int(length) if length.isdecimal() else MOST_UPLOADED // 10
        self._coming += size
        try:
            if await asyncio.to_thread(_sweep, self.folder) + self._coming > MOST_UPLOADED:
                told = "There is no room for more uploads just now; try again in an hour."
                await PlainTextResponse(told, 507)(scope, receive, send)
            else:
                await self.app(scope, receive, send)
        finally:
            self._coming -= size


@dataclass(slots=True)
class Throttle:
    """Counts the wrong passwords of each address."""

    _wrong: OrderedDict[str, list[float]] = field(default_factory=OrderedDict)

    def blocks(self, address: str) -> bool:
        """Tell whether an address has tried too many lately."""
        since = time.monotonic() - WRONG_SECONDS
        recent = [moment for moment in self._wrong.get(address, ()) if moment > since]
        return len(recent) >= WRONG_PASSWORDS

    def note(self, address: str) -> None:
        """Count a wrong one."""
        tried = self._wrong.pop(address, [])[-WRONG_PASSWORDS:]
        self._wrong[address] = [*tried, time.monotonic()]
        while len(self._wrong) > _MOST_ADDRESSES:
            self._wrong.popitem(last=False)


def _sweep(folder: Path) -> int:
    """Delete what was left under `folder` longer ago than an hour; return how many bytes stay."""
    total, since = 0, time.time() - _KEPT_SECONDS
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            try:
                found = os.lstat(path)
                if found.st_mtime < since:
                    os.unlink(path)
                else:
                    total += found.st_size
            except OSError:  # it went meanwhile
                continue
    return total
