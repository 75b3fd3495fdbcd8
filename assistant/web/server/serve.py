"""The server of the page: Gradio's application, the read-only links, and the password before everything."""

from __future__ import annotations

import errno
import socket
import threading
import time
from dataclasses import dataclass
from importlib import resources
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from assistant.errors import AssistantError, KeepingError
from assistant.history.conversations import Conversations
from assistant.settings import Settings
from assistant.web.rendering import shared_page
from assistant.web.server import origin
from assistant.web.server.password import Gate
from assistant.web.sessions.model_menu import LOOPBACK

LARGEST = "50mb"
"""The largest file that the page takes."""
_FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
_PATIENCE = 20.0
_PORTS_TRIED, _BACKLOG = 50, 128
# Nothing of the page comes from elsewhere, and no other page may frame it.
_HEADERS = {
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "SAMEORIGIN",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Served:
    """A running server and its thread."""

    server: uvicorn.Server
    thread: threading.Thread

    def close(self) -> None:
        """Stop serving; open connections are cut after a second."""
        self.server.should_exit = True
        self.thread.join(5)


def listening(host: str, first: int) -> socket.socket:
    """Return a socket that listens at `first` or the next port that nothing else listens on; AssistantError after fifty."""
    for port in range(first, min(first + _PORTS_TRIED, 65536)):
        door = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
            # Not later: of two that are bound to one port, only one may listen.
            door.listen(_BACKLOG)
            return door
        except PermissionError:
            door.close()
        except (OSError, OverflowError) as error:
            door.close()
            if isinstance(error, socket.gaierror) or error.args[:1] == (errno.EADDRNOTAVAIL,):
                raise AssistantError(
                    f"{host!r} is not an address of this machine; use --host 127.0.0.1"
                ) from error
    raise AssistantError(f"no free port from {first} on at {host}; choose another with --port")


def serve(
    blocks: gr.Blocks, kept: Conversations, settings: Settings, door: socket.socket
) -> Served:
    """Serve the page, in a thread, to those who come to `door`; AssistantError when that does not come about."""
    port = door.getsockname()[1]
    app: Any = gr.mount_gradio_app(
        FastAPI(
            routes=[Route("/shared/{token}", _shared(kept))],
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
        ),
        blocks,
        path="/",
        server_name=settings.host,
        server_port=port,
        theme=gr.themes.Soft(font=_FONT, font_mono=_MONO),
        css=_file("page.css"),
        js=_file("page.js"),
        footer_links=[],
        max_file_size=LARGEST,
        show_error=False,
        mcp_server=False,
        ssr_mode=False,
        blocked_paths=["/"],
    )
    if settings.password is not None:
        app = Gate(app, settings.password.get_secret_value())
    app = origin.OwnOrigin(origin.Limited(app), LOOPBACK if settings.password is None else None)
    config = uvicorn.Config(
        app, settings.host, port, log_level="critical", access_log=False, timeout_graceful_shutdown=1, headers=list(_HEADERS.items())
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([door],), daemon=True, name="page")
    thread.start()
    _wait(server, thread, f"{settings.host}:{port}")
    return Served(server, thread)


def _wait(server: uvicorn.Server, thread: threading.Thread, where: str) -> None:
    until = time.monotonic() + _PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise AssistantError(
                f"the page cannot be served at {where}; choose another --host or --port"
            )
        time.sleep(0.02)


def _shared(kept: Conversations):  # type: ignore[no-untyped-def]
    def answer(request) -> Response:  # type: ignore[no-untyped-def]
        try:
            found = kept.shared(str(request.path_params["token"]))
        except KeepingError as error:
            return PlainTextResponse(f"The conversation cannot be read just now: {error}.", 503)
        status = 404 if found is None else 200
        return HTMLResponse(
            shared_page.page(found), status, headers={"Content-Security-Policy": shared_page.POLICY}
        )

    return answer


def _file(name: str) -> str:
    return (resources.files("assistant.web") / "static" / name).read_text("utf-8")
