"""Real HTTP servers on loopback that answer as arXiv, OpenAlex and Semantic Scholar do, after their
documents, and misbehave when they are told to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest

FEED = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">
  <id>https://arxiv.org/api/SkuXkYxumgL1drFIL7NufdnpkFc</id>
  <title>arXiv Query: search_query={query}&amp;id_list=&amp;start={start}&amp;max_results={size}</title>
  <updated>2026-11-11T18:34:08Z</updated>
  <link href="https://arxiv.org/api/query?search_query={query}" type="application/atom+xml"/>
  <opensearch:itemsPerPage>{size}</opensearch:itemsPerPage>
  <opensearch:totalResults>{total}</opensearch:totalResults>
  <opensearch:startIndex>{start}</opensearch:startIndex>
{entries}</feed>
"""
ENTRY = """  <entry>
    <id>http://arxiv.org/abs/{id}v1</id>
    <title>{title}</title>
    <updated>2023-05-02T17:58:06Z</updated>
    <link href="https://arxiv.org/abs/{id}v1" rel="alternate" type="text/html"/>
    <link href="https://arxiv.org/pdf/{id}v1" rel="related" type="application/pdf" title="pdf"/>
    <summary>{summary}</summary>
    <category term="cs.CV" scheme="http://arxiv.org/schemas/atom"/>
    <published>2023-05-01T17:58:06Z</published>
    <arxiv:comment>12 pages</arxiv:comment>
    <arxiv:primary_category term="cs.CV"/>
    <author>
      <name>Ann Lee</name>
    </author>
  </entry>
"""
ERROR = """  <entry>
    <id>https://arxiv.org/api/errors#max_results_must_be_non-negative</id>
    <title>Error</title>
    <updated>2026-11-11T00:00:00Z</updated>
    <link href="https://arxiv.org/api/errors#x" rel="alternate" type="text/html"/>
    <summary>{summary}</summary>
    <author>
      <name>arXiv api core</name>
    </author>
  </entry>
"""
_BODIES = {
    "rate": b"Rate exceeded.",
    "broken": b"<feed xmlns='http://www.w3.org/2005/Atom'><entry>",
    "bomb": b'<!DOCTYPE x [<!ENTITY a "b">]><feed>&a;</feed>',
    "json": b'{"results": [{"id": "https://opena',
    "odd": b'{"results": 7}',
}


@dataclass
class Asked:
    """A request: its path and query, its headers, its JSON, and when it came."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    at: float


@dataclass
class Services:
    """What the services know: papers of arXiv, newest first, as (id, title, abstract); works of
    OpenAlex; papers of Semantic Scholar by the ids it takes. `faults` are done, one a request, in
    the place of an answer; "" is none."""

    url: str = ""
    arxiv: list[tuple[str, str, str]] = field(default_factory=list)
    works: list[dict[str, Any]] = field(default_factory=list)
    papers: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def feed(self, query: str, start: int, size: int, entries: str | None = None) -> bytes:
        if entries is None:
            entries = "".join(
                ENTRY.format(id=identifier, title=escape(title), summary=escape(abstract))
                for identifier, title, abstract in self.arxiv[start : start + size]
            )
        total = len(self.arxiv)
        return FEED.format(
            query=escape(query), start=start, size=size, total=total, entries=entries
        ).encode()

    def filtered(self, query: dict[str, str]) -> dict[str, Any]:
        """Return OpenAlex's reply to a filter by ids."""
        kind, _, values = query["filter"].partition(":")
        wanted = values.split("|")
        assert len(wanted) <= 50
        found = [one for one in self.works if _id_of(one, kind) in wanted]
        chosen = query["select"].split(",")
        return {
            "meta": {"count": len(found), "page": 1, "per_page": int(query["per_page"])},
            "results": [{name: one.get(name) for name in chosen} for one in found],
            "group_by": [],
        }


def _id_of(work: dict[str, Any], kind: str) -> str:
    match kind:
        case "doi":
            return str(work.get("doi") or "").removeprefix("https://doi.org/")
        case "pmid":
            return str(work["ids"].get("pmid", "")).rpartition("/")[2]
        case "openalex":
            return str(work["id"]).rpartition("/")[2]
    raise AssertionError(kind)


def work(number: int, title: str, doi: str = "", **more: Any) -> dict[str, Any]:
    """Return a work as OpenAlex has it."""
    names = more.pop("authors", ["Ann Lee"])
    source = {"display_name": "Journal of Whales", "type": "journal"}
    return {
        "id": f"https://openalex.org/W{number}", "doi": f"https://doi.org/{doi}" if doi else None,
        "ids": {"openalex": f"https://openalex.org/W{number}", **more.pop("ids", {})},
        "title": title, "display_name": title, "publication_year": 2021, "type": "article",
        "authorships": [{"author_position": "first", "author": {"id": "A1", "display_name": name}} for name in names],
        "primary_location": {"landing_page_url": "https://doi.org/x", "source": source}, "locations": [],
        "cited_by_count": 12, "is_retracted": False, **more,
    }  # fmt: skip


def s2_paper(number: int, title: str, **more: Any) -> dict[str, Any]:
    """Return a paper as Semantic Scholar has it."""
    return {
        "paperId": f"{number:040x}", "externalIds": {"CorpusId": number, **more.pop("ids", {})}, "title": title,
        "venue": "International Conference on Whales", "publicationVenue": None, "year": 2022,
        "citationCount": 34, "authors": [{"authorId": "1", "name": "Ann Lee"}], **more,
    }  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    services: Services

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: Any) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        services = self.services
        services.asked.append(Asked(parts.path, query, headers, body, time.monotonic()))
        if services.faults and (fault := services.faults.pop(0)):
            return self._misbehave(fault, query)
        match parts.path:
            case "/api/query":
                start, size = int(query["start"]), int(query["max_results"])
                self._send(200, services.feed(query["search_query"], start, size))
            case "/works":
                self._send(200, json.dumps(services.filtered(query)).encode())
            case "/graph/v1/paper/batch":
                found = [services.papers.get(one) for one in body["ids"]]
                assert len(found) <= 500
                if any(found):
                    self._send(200, json.dumps(found).encode())
                else:
                    self._send(400, b'{"error": "No valid paper ids given"}')
            case _:
                self._send(404, b"")

    def _misbehave(self, fault: str, query: dict[str, str]) -> None:
        name, _, value = fault.partition(" ")
        if name in _BODIES:
            return self._send(200, _BODIES[name])
        if name in ("empty", "error", "error400"):
            entry = "" if name == "empty" else ERROR.format(summary=value)
            start, size = int(query["start"]), int(query["max_results"])
            feed = self.services.feed(query["search_query"], start, size, entry)
            return self._send(400 if name == "error400" else 200, feed)
        match name:
            case "status":
                status, _, wait = value.partition(" ")
                self._send(int(status), b"busy", {"Retry-After": wait} if wait else {})
            case "refused":
                self._send(400, b'{"error": "Invalid query parameters.", "message": "\x1b[31mno"}')
            case "cut":
                self._send(200, b"<feed", {"Content-Length": "100000"})
                self.close_connection = True
            case "elsewhere":
                self._send(302, b"", {"Location": value})
            case "here":
                self._send(302, b"", {"Location": self.path + "&again=1"})
            case "hung":
                self.services.stopped.wait(30)
                self.close_connection = True
            case "endless":
                self._send_without_end()

    def _send_without_end(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        with suppress(OSError):
            while not self.services.stopped.is_set():
                self.wfile.write(b" " * 1_000_000)

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def services() -> Iterator[Services]:
    """Return services that know nothing yet."""
    found = Services()
    handler = type("Handler", (_Handler,), {"services": found})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        found.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        found.stopped.set()
        server.shutdown()
        thread.join()
