"""The server of the page: Gradio's application, read-only links and programs, behind its guards."""

import errno
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from assistant.api.mount import Programs
from assistant.errors import AssistantError, KeepingError
from assistant.history.conversations import Conversations
from assistant.settings import LOOPBACK, Settings
from assistant.web.rendering import shared_page
from assistant.web.server.bounds import BoundedProtocol, ProxiedProtocol, UploadQuota
from assistant.web.server.guards import ContentPolicy, OriginGuard, PasswordGuard
from assistant.web.sessions.live_conversations import only_answered

LARGEST = "50mb"
"""The largest file that the page takes."""
_FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
# The page's script, in this order; what one part names, all others know.
_PARTS = (
    "base", "columns", "panels", "citations", "citation_card", "selection", "map", "history",
    "messages", "files", "keys", "settling", "names",
)  # fmt: skip
_PATIENCE = 20.0
_PORTS_TRIED, _BACKLOG = 50, 128
# Nothing of the page comes from elsewhere, and no other page may frame it.
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "SAMEORIGIN",
}


@dataclass(frozen=True, slots=True)
class Served:
    """A running server and its thread."""

    server: uvicorn.Server
    thread: threading.Thread

    def close(self) -> None:
        """Stop serving; open connections are cut after a second."""
        self.server.should_exit = True
        self.thread.join(5)


def listen(host: str, first: int) -> socket.socket:
    """Return a socket that listens at `first` or the next free port; AssistantError after fifty."""
    for port in range(first, min(first + _PORTS_TRIED, 65536)):
        listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if os.name == "posix":  # elsewhere it lets two servers have one port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
            # Not later: of two that are bound to one port, only one may listen.
            listening.listen(_BACKLOG)
            return listening
        except PermissionError:
            listening.close()
        except (OSError, OverflowError) as error:
            listening.close()
            if isinstance(error, socket.gaierror) or error.args[:1] == (errno.EADDRNOTAVAIL,):
                raise AssistantError(
                    f"{host!r} is not an address of this machine; use --host 127.0.0.1"
                ) from error
    raise AssistantError(f"no free port from {first} on at {host}; choose another with --port")


def serve(
    blocks: gr.Blocks,
    conversations: Conversations,
    programs: Programs,
    settings: Settings,
    listening: socket.socket,
) -> Served:
    """Serve the page, and programs, in a thread at a listening socket."""
    port = listening.getsockname()[1]
    shared = Route("/shared/{token}", _answer_shared(conversations))
    root = FastAPI(
        routes=[shared, *programs.routes],
        lifespan=programs.run,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    script = "".join(("() => {\n", *(_read(f"page/{part}.js") for part in _PARTS), "}"))
    app: Any = gr.mount_gradio_app(
        root, blocks, path="/", server_name=settings.host, server_port=port,
        theme=gr.themes.Base(font=_FONT, font_mono=_MONO), js=script,
        head=f"<style>{_read('page.css')}</style>",
        favicon_path=str(resources.files("assistant.web") / "static" / "mark.svg"),
        footer_links=[], max_file_size=LARGEST, show_error=False,
        mcp_server=False, ssr_mode=False, blocked_paths=["/"],
    )  # fmt: skip
    app = UploadQuota(app, Path(blocks.GRADIO_CACHE))
    if settings.password is not None:
        app = PasswordGuard(app, settings.password.get_secret_value())
    names = LOOPBACK if settings.password is None else None
    app = OriginGuard(ContentPolicy(app), names, settings.behind_proxy)
    protocol = ProxiedProtocol if settings.behind_proxy else BoundedProtocol
    config = uvicorn.Config(
        app, settings.host, port, log_level="critical", access_log=False,
        timeout_graceful_shutdown=1, headers=list(_HEADERS.items()), http=protocol,
        proxy_headers=settings.behind_proxy,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True, name="page")
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


def _answer_shared(conversations: Conversations) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        try:
            conversation = conversations.shared(str(request.path_params["token"]))
        except KeepingError as error:
            return PlainTextResponse(f"The conversation cannot be read just now: {error}.", 503)
        shown = conversation and only_answered(conversation)
        page, status = shared_page.render_page(shown), 404 if shown is None else 200
        return HTMLResponse(page, status, headers={"Content-Security-Policy": shared_page.POLICY})

    return answer


def _read(name: str) -> str:
    return (resources.files("assistant.web") / "static" / name).read_text("utf-8")
