"""arXiv's API: a query → the entries of its Atom feeds, page by page, each page kept for a day.

By its manual (info.arxiv.org/help/api/user-manual.html): a request every three seconds, from one
connection, at most 30,000 results of a query, the same query once a day.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, ParseError

from assistant.errors import Refused, ServiceError, WriteError
from assistant.index.layout import replace_file, write_failure
from ingest.formats.xml_records import find, local, text_at
from ingest.services.client import Client, Service, TryAgain

INTERVAL = 3.0  # seconds, arXiv's own rule
PAGE = 100  # larger ones come empty more often
KEPT_SECONDS = 86_400.0
_PATH = "/api/query"
_ATOM = "http://www.w3.org/2005/Atom"
_PREFIXES = {
    "": _ATOM,
    "arxiv": "http://arxiv.org/schemas/atom",
    "opensearch": "http://a9.com/-/spec/opensearch/1.1/",
}


Page = tuple[tuple[Element, ...], int]
"""The entries of a page of results, and how many papers match in all."""


@dataclass(frozen=True, slots=True)
class Found:
    """The entries that a query found, of how many that match; and how many pages were kept."""

    entries: tuple[Element, ...]
    total: int
    kept: int


def service(address: str) -> Service:
    """Return arXiv at an address."""
    return Service("arXiv", address, INTERVAL)


def search(
    client: Client,
    query: str,
    most: int,
    folder: Path,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Found:
    """Return the newest papers that match a query in arXiv's syntax, at most `most`.

    Pages are kept in `folder`, from which the same call goes on; `progress` is called with results
    so far, of how many. ServiceError where arXiv cannot be reached, or refuses.
    """
    entries: dict[str, Element] = {}
    start, wanted, total, kept = 0, most, 0, 0
    while start < wanted:
        size = min(PAGE, most - start)
        file = folder / f"{start}-{size}.atom"
        page = _kept(file)
        kept += page is not None
        found, total = page or _asked(client, query, start, size, file)
        wanted = min(most, total)
        for entry in found:
            entries.setdefault(text_at(entry, "id"), entry)
        start += size
        progress(min(start, wanted), wanted)
    return Found(tuple(entries.values()), total, kept)


def folder_of(cache: Path, address: str, query: str) -> Path:
    """Return the folder for the pages of a query; those of queries of before yesterday go."""
    for other in (cache / "arxiv").glob("*"):
        with suppress(OSError):
            if time.time() - other.stat().st_mtime > 2 * KEPT_SECONDS:
                shutil.rmtree(other)
    key = hashlib.sha256(json.dumps([address, query]).encode()).hexdigest()[:16]
    return cache / "arxiv" / key


def write_feed(path: Path, entries: Iterable[Element]) -> None:
    """Write entries as one Atom feed, in one step; WriteError where that cannot be."""
    for prefix, name in _PREFIXES.items():
        ElementTree.register_namespace(prefix, name)
    feed = Element(f"{{{_ATOM}}}feed")
    feed.extend(entries)
    _write(path, ElementTree.tostring(feed, "utf-8", xml_declaration=True))


def _asked(client: Client, query: str, start: int, size: int, file: Path) -> Page:
    """Return a page as arXiv gives it, and keep it."""
    parameters = {
        "search_query": query,
        "start": str(start),
        "max_results": str(size),
        "sortBy": "submittedDate",
        "sortOrder": "descending",
    }
    try:
        page, body = client.ask(_PATH, parameters, lambda body: (_page(start, body), body))
    except Refused as error:
        with suppress(TryAgain):  # what is no feed tells no more than its status
            _page(start, error.body)
        raise
    except ServiceError as error:
        if not start:
            raise
        raise ServiceError(f"{error}; or with --max {start} for those that came") from error
    if page[0]:
        _write(file, body)
    return page


def _page(start: int, body: bytes) -> Page:
    """Return a feed's page; TryAgain for what is no feed, ServiceError for a bad query."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        feed: Element = fromstring(body)
        total = int(text_at(feed, "totalResults") or -1)
    except (ParseError, DefusedXmlException, ValueError) as error:
        told = " ".join(body[:60].decode("utf-8", "replace").split())
        raise TryAgain(f"sent what is no Atom feed ({told!r} …)") from error
    entries = tuple(find(feed, "entry"))
    for entry in entries:
        if text_at(entry, "title") == "Error" and "api/errors" in text_at(entry, "id"):
            raise ServiceError(
                f"arXiv refuses the query: {text_at(entry, 'summary')}; see"
                " https://info.arxiv.org/help/api/user-manual.html#query_details"
            )
    if local(feed.tag) != "feed" or total < 0:
        raise TryAgain("sent an Atom feed without the number of results")
    if not entries and (start or total):
        raise TryAgain(f"gave an empty page, though it counts {total:,} papers")
    return entries, total


def _kept(file: Path) -> Page | None:
    """Return a page that was kept within the last day, None where there is none that is whole."""
    with suppress(OSError, TryAgain, ServiceError):
        if 0 <= time.time() - file.stat().st_mtime < KEPT_SECONDS:
            return _page(0, file.read_bytes())
    return None


def _write(path: Path, body: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, body)
    except OSError as error:
        raise WriteError(write_failure(path, error.strerror or str(error))) from error
