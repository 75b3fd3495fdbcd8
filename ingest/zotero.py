"""Zotero's libraries on this machine → records, by its local API: all, or what changed.

Its version of the library may be that of the last synchronisation, so that what was edited since
is looked for by its date as well.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from pydantic import TypeAdapter

from assistant.errors import SourceError, WriteError
from assistant.index.layout import replace_file, write_failure
from ingest.formats.format import Record, person, record_of
from ingest.formats.json_objects import checked_record, text_at
from ingest.plain_text import from_markup
from ingest.record_facts import NOTED_ARXIV, arxiv_id_in, doi_of, noted, year_in
from ingest.source import ZOTERO

_FILE = "zotero.json"
_LIBRARY, _GROUP = "/api/users/0", "/api/groups/"
_IN_GROUP = "group/"
_PAGE, _FIRST_PAGE = 1_000, 100  # Zotero searches anew for every page
_LONGEST_PAGE = 256_000_000  # bytes
_SECONDS = 60.0
_ENABLE = (
    "Settings → Advanced → “Allow other applications on this computer to communicate with Zotero”"
)
_NO_PAPERS = frozenset({"attachment", "note", "annotation"})
_NO_AUTHORS = frozenset({
    "editor", "seriesEditor", "translator", "contributor", "reviewedAuthor", "bookAuthor",
    "commenter", "counsel", "recipient", "performer",
})  # fmt: skip
_VENUES = (
    "publicationTitle", "proceedingsTitle", "bookTitle", "encyclopediaTitle", "dictionaryTitle",
    "conferenceName", "university", "institution", "repository",
)  # fmt: skip

Collections = dict[str, tuple[str, str]]
"""Name, and key of the collection above ("" for none), of each collection by its key."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a library was read: server, version, its collections, date of the newest item."""

    server: str
    version: int
    collections: Collections
    modified: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What was read of `source`, all or `partial`, and how far."""

    source: str
    records: tuple[Record, ...]
    mark: Mark
    partial: bool


_MARK: TypeAdapter[Mark | None] = TypeAdapter(Mark | None)


def changes(source: str, address: str, known: Mark | None) -> Changes:
    """Return what changed in Zotero's library ("zotero:"), in a collection and those below it
    ("zotero:NAME", or "zotero:ABOVE/NAME"), or in a group's library ("zotero:group/ID",
    "zotero:NAME", or either with "/COLLECTION") since `known`, everything where that does not fit.

    Raises SourceError where Zotero does not answer as it should, or has nothing of that name.
    """
    with httpx.Client(timeout=_SECONDS, trust_env=False, follow_redirects=False) as client:
        name = source.removeprefix(ZOTERO).strip()
        library, places, wanted = _find(_Library(client, address), name)
        # What moved with a collection, or was renamed with it, bears no later version.
        fits = (
            known is not None
            and 0 < known.version <= library.version
            and (known.server, known.collections) == (library.server, places)
        )
        since = known if fits else None
        items = {
            str(one["key"]): one
            for path in wanted
            for one in library.changed(path, since)
            if one["data"].get("itemType") not in _NO_PAPERS and not one["data"].get("deleted")
        }
    if not items and not since:
        raise SourceError(f"{source}: there are no papers in it; nothing to ingest")
    dates = [text_at(one, "data", "dateModified") for one in items.values()]
    newest = max([*dates, since.modified if since else ""])
    mark = Mark(library.server, library.version, places, newest)
    to_record = partial(_record, places)
    group = library.root.removeprefix(_GROUP)
    own = ZOTERO if library.root == _LIBRARY else f"{ZOTERO}{_IN_GROUP}{group}/"
    records = tuple(checked_record(to_record, f"{own}{key}", item) for key, item in items.items())
    return Changes(source, records, mark, since is not None)


def recall(folder: Path, source: str) -> Mark | None:
    """Return how far `source` was read into the corpus in `folder`, None where nobody knows."""
    with suppress(ValueError):
        return _MARK.validate_python(_remembered(folder).get(source))
    return None


def remember(folder: Path, found: Changes) -> None:
    """Keep in a corpus' folder how far a source was read; WriteError where that cannot be."""
    path = folder / _FILE
    try:
        replace_file(path, json.dumps({**_remembered(folder), found.source: asdict(found.mark)}))
    except OSError as error:
        raise WriteError(write_failure(path, error.strerror or str(error))) from error


def forget(folder: Path) -> None:
    """Let the next reading of every source be of all of it."""
    with suppress(OSError):  # where this cannot be written to, neither can the index
        (folder / _FILE).unlink()


def _remembered(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / _FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _find(own: "_Library", name: str) -> tuple["_Library", Collections, list[str]]:
    """Return the library of a name, its collections, and the addresses of the items meant."""
    in_group = name.startswith(_IN_GROUP)
    places = {} if in_group else own.collections()
    if wanted := _wanted(name, places):
        return own, places, wanted
    groups = own.groups()
    told = name.removeprefix(_IN_GROUP) if in_group else name
    for key, title in groups.items():
        for spelt in (*((key,) if in_group else ()), title.casefold()):
            inside = told.casefold().removeprefix(spelt)
            if spelt and told.casefold().startswith(spelt) and inside[:1] in ("", "/"):
                library = _Library(own.client, own.address, f"{_GROUP}{key}")
                places, collection = library.collections(), inside[1:]
                if wanted := _wanted(collection, places):
                    return library, places, wanted
                there = _listed(one for one, _ in places.values())
                missing = f"there is no collection {collection!r} in Zotero's group {title!r}"
                raise SourceError(f"{missing} (there are: {there})")
    libraries = _listed(f"{title} (group/{key})" for key, title in groups.items())
    if in_group:
        raise SourceError(f"there is no group {told!r} in Zotero (there are: {libraries})")
    there = _listed(one for one, _ in places.values())
    raise SourceError(
        f"there is no collection {name!r} in Zotero (there are: {there}), and no group of that name"
        f" (there are: {libraries})"
    )


def _listed(names: Iterable[str]) -> str:
    found = sorted(set(names), key=str.casefold)
    return ", ".join(found[:10]) + (" …" if found[10:] else "") or "none"


def _wanted(name: str, places: Collections) -> list[str]:
    """Return the addresses of a collection's items, by name or path, and of those below it."""
    if not name:
        return ["/items/top"]
    spelt = name.casefold()
    found = [key for key in places if spelt in (places[key][0].casefold(), _path(key, places))]
    inside = dict.fromkeys(found)
    while below := [key for key in places if places[key][1] in inside and key not in inside]:
        inside.update(dict.fromkeys(below))
    return [f"/collections/{key}/items/top" for key in inside]


def _path(key: str, places: Collections) -> str:
    names: list[str] = []
    while key in places and len(names) <= len(places):
        name, key = places[key]
        names.insert(0, name.casefold())
    return "/".join(names)


def _record(places: Collections, where: str, item: Mapping[str, Any]) -> Record:
    data = item["data"]
    extra, doi, url = (text_at(data, name) for name in ("extra", "DOI", "url"))
    numbers = [text_at(data, name) for name in ("archiveID", "reportNumber", "publicationTitle")]
    shelves = [places[key][0] for key in data.get("collections") or () if key in places]
    return record_of(
        where,
        {
            "title": from_markup(text_at(data, "title")),
            "abstract": from_markup(text_at(data, "abstractNote")),
            "authors": _authors(data.get("creators") or ()),
            "year": year_in(text_at(item, "meta", "parsedDate"), text_at(data, "date")),
            "venue": next((found for name in _VENUES if (found := text_at(data, name))), None),
            "url": url or None,
            "doi": doi_of(doi, noted("DOI", extra)),
            "arxiv_id": arxiv_id_in(doi, *numbers, noted(NOTED_ARXIV, extra), url),
            "pmid": text_at(data, "PMID") or noted("PMID", extra),
            "type": data.get("itemType"),
            "keywords": [*(text_at(tag, "tag") for tag in data.get("tags") or ()), *shelves],
            "note": extra,
        },
    )


def _authors(creators: Any) -> list[dict[str, str]]:
    """Return the authors among an item's creators, or who stands for them, such as presenters."""
    written = [one for one in creators if one.get("creatorType") == "author"]
    others = [one for one in creators if one.get("creatorType") not in _NO_AUTHORS]
    return [
        person(text_at(one, "firstName"), text_at(one, "lastName") or text_at(one, "name"))
        for one in written or others or creators
    ]


@dataclass(slots=True)
class _Library:
    """A library being read, at `root`, with what its first answer said: `server`, `version`."""

    client: httpx.Client
    address: str
    root: str = _LIBRARY
    server: str = ""
    version: int = -1

    def collections(self) -> Collections:
        return {
            str(one["key"]): (
                text_at(one, "data", "name"),
                text_at(one, "data", "parentCollection"),
            )
            for one in self.objects("/collections")
            if not one["data"].get("deleted")
        }

    def groups(self) -> dict[str, str]:
        return {str(one["id"]): text_at(one, "data", "name") for one in self.objects("/groups")}

    def changed(self, path: str, since: Mark | None) -> Iterator[dict[str, Any]]:
        """Yield the items at `path`, those that changed where something is known."""
        if not since:
            # Not even since=0: to some versions of Zotero that leaves out what is not synchronised.
            yield from self.objects(path)
            return
        yield from self.objects(path, since=since.version)
        order = {"sort": "dateModified", "direction": "desc"}
        for item in self.objects(path, **order, limit=_FIRST_PAGE):
            if text_at(item, "data", "dateModified") < since.modified:
                return
            yield item

    def objects(self, path: str, **parameters: str | int) -> Iterator[dict[str, Any]]:
        """Yield the objects of all pages of an answer; SourceError for what is none."""
        root = httpx.URL(self.address)
        url = root.copy_with(path=self.root + path, params={"limit": _PAGE, **parameters})
        seen = set()
        while True:
            seen.add(url)
            page, following = self._page(url)
            yield from page
            if not following:
                return
            try:
                url = url.join(following)
            except httpx.InvalidURL:
                url = httpx.URL()
            if (url.scheme, url.netloc) != (root.scheme, root.netloc) or url in seen:
                told = f"Zotero's answer goes on at {following[:200]!r}"
                raise SourceError(f"{told}, which is not followed; is it Zotero that answers?")

    def _page(self, url: httpx.URL) -> tuple[list[dict[str, Any]], str]:
        try:
            with self.client.stream("GET", url, headers={"Zotero-API-Version": "3"}) as response:
                body = _read(response)
        except httpx.TimeoutException as error:
            raise SourceError(f"Zotero did not answer in {_SECONDS:.0f} s; try again") from error
        except httpx.RemoteProtocolError as error:
            raise SourceError(f"Zotero's answer was cut off ({error}); try again") from error
        except httpx.HTTPError as error:
            raise SourceError(
                f"Zotero does not answer at {self.address} ({error}); start Zotero 7 or later, and"
                f" turn on {_ENABLE}"
            ) from error
        _check_status(response, body)
        if self.version < 0:
            # The first answer's: what changes while the others come is read next time.
            version = response.headers.get("last-modified-version", "")
            self.version = int(version) if version.isascii() and version.isdigit() else 0
            self.server = response.headers.get("zotero-server-id", "")
        return _objects(body), str(response.links.get("next", {}).get("url", ""))


def _read(response: httpx.Response) -> bytes:
    parts, size = [], 0
    for part in response.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > _LONGEST_PAGE:
            raise SourceError("Zotero's answer has no end; restart Zotero and try again")
    return b"".join(parts)


def _check_status(response: httpx.Response, body: bytes) -> None:
    told = " ".join(body[:200].decode("utf-8", "replace").split())
    if response.status_code == httpx.codes.FORBIDDEN:
        raise SourceError(f"Zotero lets no other program read its library; turn on {_ENABLE}")
    if response.status_code == httpx.codes.NOT_FOUND:
        raise SourceError(
            f"what answers at {response.url.netloc.decode()} knows no such library ({told}); it"
            " takes Zotero 7 or later"
        )
    if response.status_code != httpx.codes.OK:
        raise SourceError(
            f"Zotero answered with the error {response.status_code} ({told or 'no words'}); restart"
            " Zotero and try again"
        )


def _objects(body: bytes) -> list[dict[str, Any]]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"Zotero's answer is no JSON, or was cut off ({error})") from error
    items: list[dict[str, Any]] = found if isinstance(found, list) else [{}]
    if not all(
        isinstance(one, dict) and {"key", "id"} & one.keys() and isinstance(one.get("data"), dict)
        for one in items
    ):
        raise SourceError("what Zotero answered is no list of its items; is it Zotero 7 or later?")
    return items
