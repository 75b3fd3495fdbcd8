"""A real HTTP server on loopback that answers as Zotero's local API does, after its source, and
misbehaves when it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

Item = dict[str, Any]


@dataclass
class Zotero:
    """A library: its items and collections as the API gives them, and its version; `groups` are
    the libraries of groups, each with its `name`, by number; `server_id` is
    what Zotero 10 sends with versions of its own. `fault` is done instead of an answer, `pages`
    bounds an answer as the web API does."""

    url: str = ""
    version: int = 10
    server_id: str = ""
    items: list[Item] = field(default_factory=list)
    collections: list[Item] = field(default_factory=list)
    groups: dict[int, Zotero] = field(default_factory=dict)
    name: str = ""
    pages: int = 10_000
    fault: str = ""
    asked: list[str] = field(default_factory=list)

    def put(self, key: str, version: int | None = None, parsed: str = "", **data: Any) -> None:
        """Add an item, or replace it, changed now in the library's newest version, or in another."""
        if version is None:
            self.version += 1
            version = self.version
        self.items = [one for one in self.items if one["key"] != key]
        about = {"itemType": "journalArticle", "collections": [], "tags": [], "creators": [],
                 "dateModified": f"2026-01-01T00:00:{self.version:02}Z", **data}  # fmt: skip
        self.items.append({
            "key": key, "version": version, "library": {"type": "user", "id": 0, "name": "My Library"},
            "meta": {"parsedDate": parsed} if parsed else {}, "data": {"key": key, "version": version, **about},
        })  # fmt: skip

    def shelve(self, key: str, name: str, above: str | bool = False) -> None:
        """Add a collection."""
        self.version += 1
        data = {"key": key, "version": self.version, "name": name, "parentCollection": above}
        self.collections.append({"key": key, "version": self.version, "data": data})

    def library(self, path: str) -> tuple[Zotero | None, str]:
        """Return the library that a path is of, and the rest of the path."""
        if path.startswith("/api/groups/"):
            number, _, rest = path.removeprefix("/api/groups/").partition("/")
            return self.groups.get(int(number)), rest
        return self, path.removeprefix("/api/users/0/")

    def found(self, rest: str) -> list[Item] | None:
        parts = rest.split("/")
        top = [
            one
            for one in self.items
            if "parentItem" not in one["data"] and not one["data"].get("deleted")
        ]
        match parts:
            case ["groups"]:
                return [
                    {"id": number, "version": one.version, "meta": {}, "links": {},
                     "data": {"id": number, "version": one.version, "name": one.name}}
                    for number, one in self.groups.items()
                ]  # fmt: skip
            case ["collections"]:
                return self.collections
            case ["items", "top"]:
                return top
            case ["collections", key, "items", "top"]:
                return [one for one in top if key in one["data"]["collections"]]
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    zotero: Zotero

    def do_GET(self) -> None:
        zotero = self.zotero
        zotero.asked.append(self.path)
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if zotero.fault and "/items" in self.path:
            return self._misbehave(zotero.fault)
        library, rest = zotero.library(parts.path)
        found = library.found(rest) if library else None
        if found is None:
            return self._send(404, b"No endpoint found", {"Content-Type": "text/plain"})
        if "since" in asked:
            found = [one for one in found if one["version"] > int(asked["since"])]
        found = sorted(
            found,
            key=lambda one: str(one["data"].get(asked.get("sort", "dateModified"))),
            reverse=asked.get("direction", "desc") == "desc",
        )
        start, limit = int(asked.get("start", 0)), min(int(asked["limit"]), zotero.pages)
        headers = {
            "Content-Type": "application/json",
            "Total-Results": str(len(found)),
            "Last-Modified-Version": str((library or zotero).version),
        }
        if start + limit < len(found):
            query = urlencode({**asked, "start": start + limit})
            following = f"http://{self.headers['Host']}{parts.path}?{query}"
            headers["Link"] = (
                f'<{following}>; rel="next", <https://www.zotero.org/x>; rel="alternate"'
            )
        self._send(200, json.dumps(found[start : start + limit], indent=4).encode(), headers)

    def _misbehave(self, fault: str) -> None:
        kind = {"Content-Type": "application/json"}
        match fault:
            case "forbidden":
                self._send(403, b"Local API is not enabled", {"Content-Type": "text/plain"})
            case "error":
                self._send(500, b"An error\noccurred", {"Content-Type": "text/plain"})
            case "cut JSON":
                self._send(200, b'[{"key": "AAAA", "data": {"ti', kind)
            case "cut connection":
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b'[{"key"')
                self.close_connection = True
            case "no list":
                self._send(200, b'{"error": "odd"}', kind)
            case "elsewhere":
                link = '<http://192.0.2.1:9/api/users/0/items>; rel="next"'
                self._send(200, b"[]", {**kind, "Link": link})
            case "circle":
                link = f'<http://{self.headers["Host"]}{self.path}>; rel="next"'
                self._send(200, b"[]", {**kind, "Link": link})
            case "redirect":
                self._send(302, b"", {"Location": "http://192.0.2.1:9/"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Zotero-API-Version", "3")
        if self.zotero.server_id:
            self.send_header("Zotero-Server-ID", self.zotero.server_id)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def zotero() -> Iterator[Zotero]:
    """Return an empty library that is served."""
    library = Zotero()
    handler = type("Handler", (_Handler,), {"zotero": library})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        library.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield library
        server.shutdown()
        thread.join()
