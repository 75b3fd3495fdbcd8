"""A Chroma server of the tests' own (`chroma run`), and proxies before it: one asks for a token, one
does as Chroma Cloud."""

from __future__ import annotations

import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

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


Refusal = tuple[int, dict[str, Any]]
"""The status and the object of an answer that does not come from the server."""
Gate = Callable[[str, Mapping[str, str], bytes], Refusal | None]
"""What answers for the server, by a request's path, headers and body; None lets it through."""


def asking_for(
    token: str, url: str, tls: ssl.SSLContext | None = None
) -> AbstractContextManager[str]:
    """Run a proxy before the server at `url` that lets through what has the token; yield its
    address."""

    def gate(_: str, headers: Mapping[str, str], __: bytes) -> Refusal | None:
        return None if headers.get("Authorization") == f"Bearer {token}" else (401, {})

    return behind(gate, url, tls)


def as_cloud(key: str, url: str) -> AbstractContextManager[str]:
    """Make a tenant "acme" with a database "papers" at `url`, and run a proxy before it that does
    as Chroma Cloud: it knows both by the key, and refuses what is beyond its quotas
    (https://docs.trychroma.com/cloud/quotas-limits); yield its address."""
    httpx.post(f"{url}/api/v2/tenants", json={"name": "acme"}).raise_for_status()
    made = httpx.post(f"{url}/api/v2/tenants/acme/databases", json={"name": "papers"})
    made.raise_for_status()

    def gate(path: str, headers: Mapping[str, str], body: bytes) -> Refusal | None:
        if path.endswith("/heartbeat"):
            return None
        if headers.get("x-chroma-token") != key:
            return 401, {"error": "Unauthorized", "message": "no such key"}
        if path.endswith("/auth/identity"):
            return 200, {"user_id": "someone", "tenant": "acme", "databases": ["papers"]}
        sent = json.loads(body) if body else {}
        beyond = _beyond_quotas(path, sent)
        return (400, {"error": "QuotaError", "message": ", ".join(beyond)}) if beyond else None

    return behind(gate, url)


def _beyond_quotas(path: str, sent: Mapping[str, Any]) -> list[str]:
    """Return what of a request is beyond the quotas of Chroma Cloud."""
    asked = dict(parse_qsl(urlsplit(path).query)) or sent
    last = urlsplit(path).path.rpartition("/")[2]
    ids, texts, facts = (sent.get(name) or [] for name in ("ids", "documents", "metadatas"))
    own = sent.get("metadata") or sent.get("new_metadata") or {}
    whole = (last == "get" and not ids) or (last == "collections" and "name" not in sent)
    values = [value for one in facts if one for value in one.values()]
    found = {
        "another database": re.search(r"/databases/(?!papers\b)|/default_", path) is not None,
        "records": len(ids) > 300,
        "records returned": whole and int(asked.get("limit") or 301) > 300,
        "records found": sent.get("n_results", 0) > 300,
        "bytes of a text": _longest(texts) > 16_384,
        "bytes of a name": _longest([*ids, sent.get("name")]) > 128,
        "facts": max(map(len, [own, *filter(None, facts)])) > 32,
        "bytes of a fact": _longest(values) > 4096,
        "bytes of a collection's fact": _longest(own.values()) > 256,
    }
    return [name for name, beyond in found.items() if beyond]


def _longest(values: Iterable[object]) -> int:
    return max((len(str(one).encode()) for one in values), default=0)


@contextmanager
def behind(gate: Gate, url: str, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Run a proxy with a gate before the server at `url`; yield its address."""

    class Proxy(BaseHTTPRequestHandler):
        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if refusal := gate(self.path, self.headers, body):
                status, answer = refusal[0], json.dumps(refusal[1]).encode()
            else:
                kind = {"Content-Type": "application/json"}
                found = httpx.request(
                    self.command, url + self.path, content=body, headers=kind, timeout=60
                )
                status, answer = found.status_code, found.content
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
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
