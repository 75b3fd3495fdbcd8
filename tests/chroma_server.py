"""A Chroma server of the tests' own (`chroma run`), and a proxy before it that asks for a token."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import httpx

from assistant.index.layout import Folder, Server
from assistant.index.server import RemoteCorpus

_NUMBERS = count()


@dataclass
class ChromaServer:
    """A server over `folder`, which may be killed and started again at the same port."""

    folder: Path
    port: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.port = int(listening.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, most: int | None = None) -> None:
        """Start; no file can then be longer than `most` kilobytes, as on a disk that is full."""
        program = Path(sys.executable).with_name("chroma")
        command = [str(program if program.exists() else shutil.which("chroma"))]
        command += ["run", "--path", str(self.folder), "--port", str(self.port)]
        if most:
            limit = f"trap '' XFSZ; ulimit -f {most}; exec \"$@\""
            command = ["bash", "-c", limit, "bash", *command]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(
            command, stdout=quiet, stderr=quiet, cwd=self.folder.parent
        )
        for _ in range(200):
            try:
                httpx.get(f"{self.url}/api/v2/heartbeat")
                return
            except httpx.TransportError:
                time.sleep(0.1)
        raise RuntimeError("the Chroma server did not start")

    def kill(self) -> None:
        """Stop as in a power cut."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def corpus(self, root: Path, name: str | None = None) -> Folder:
        """Return what a machine has in `root` of a corpus, without a name of one of its own."""
        name = name or f"test{next(_NUMBERS)}"
        return Folder(root / "corpora" / name, RemoteCorpus(Server(self.url), name))


@contextmanager
def chroma_server(folder: Path) -> Iterator[ChromaServer]:
    """Run a server until the block ends."""
    server = ChromaServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def asking_for(token: str, url: str, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Run a proxy before the server at `url` that lets through what has the token; yield its
    address."""

    class Proxy(BaseHTTPRequestHandler):
        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.headers.get("Authorization") != f"Bearer {token}":
                status, kind, answer = 401, "text/plain", b"who are you?"
            else:
                kind = "application/json"
                found = httpx.request(
                    self.command, url + self.path, content=body, headers={"Content-Type": kind}
                )
                status, answer = found.status_code, found.content
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_DELETE = _pass

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    if tls:
        proxy.socket = tls.wrap_socket(proxy.socket, server_side=True)
    thread = threading.Thread(target=proxy.serve_forever)
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{proxy.server_address[1]}"
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()
