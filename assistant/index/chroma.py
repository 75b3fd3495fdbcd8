"""Chroma as the store uses it, its errors as ours. The only module that imports chromadb."""

from __future__ import annotations

import math
import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np

from assistant.errors import StoreError, WriteError
from assistant.index.layout import Place, Server, rebuild_hint, write_failure
from assistant.index.records import Vector, Where
from assistant.index.sqlite import check

if TYPE_CHECKING:
    from chromadb.api.client import Client as Client
    from chromadb.api.models.Collection import Collection as Collection

_IDENTITY = "built_with"
_COSINE: dict[str, Any] = {
    "configuration": {"hnsw": {"space": "cosine"}},
    "embedding_function": None,
}
# Seconds: a server may take long over a large request, but is either there or not.
_PATIENCE = httpx.Timeout(300, connect=10)
# The files of a graph whose places are written before they are filled, and where in the header of
# an hnswlib index the number of its elements stands.
_PLACES, _COUNT = ("data_level0.bin", "length.bin"), slice(20, 28)
_BLANKED: dict[Path, int] = {}
# Of Chroma Cloud, which its address is, and how many records a request may add, change, drop, get
# or find there (https://docs.trychroma.com/cloud/quotas-limits); bytes of one value are few, too.
_CLOUD_URL, _QUOTA = "https://api.trychroma.com:443", 300
COPIED_AT_ONCE = _QUOTA
"""Records a request when a collection is copied: some 3 MB, of the 40 that a server takes."""
VALUE_BYTES = 4000
"""The longest string of a record's facts that any server takes."""


class _Users:
    """The users of each folder in this process, whom Chroma counts without a lock of its own.

    The garbage collector may close a client from within the opening, or the closing, of another:
    then that is closed as soon as the other is done.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._counting = False
        self._leaving: list[Client] = []

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Have the counts to oneself."""
        with self._lock:
            self._counting = True
            try:
                yield
            finally:
                try:
                    while self._leaving:
                        self._leaving.pop().close()
                finally:
                    self._counting = False

    def leave(self, client: Client) -> None:
        """Close a client, now or when what this thread is amidst is done."""
        with self._lock:
            self._leaving.append(client)
            if not self._counting:
                with self.counted():
                    pass


_USERS = _Users()


def opened(place: Place) -> Client:
    """Return a client of the database at `place`, which is made where there is none."""
    return _connected(place.server) if place.server else _opened(place.folder)


@lru_cache
def _connected(server: Server) -> Client:
    """Return the client of a server, one for the whole process."""
    import chromadb
    from chromadb.config import Settings

    headers = {}
    if server.token:
        secret = server.token.get_secret_value()
        headers = {"Authorization": f"Bearer {secret}", "X-Chroma-Token": secret}
    # Chroma's own client would wait for ever, and asks while it is made.
    url = httpx.URL(_CLOUD_URL if server.is_cloud else server.url)
    httpx.get(url.join("/api/v2/heartbeat"), headers=headers, timeout=10).raise_for_status()
    settings = Settings(anonymized_telemetry=False)
    if server.is_cloud:
        client: Client = chromadb.CloudClient(  # type: ignore[assignment]
            server.tenant,
            server.database,
            server.token.get_secret_value() if server.token else None,
            settings,
            cloud_host=url.host,
            cloud_port=url.port or 443,
            enable_ssl=url.scheme == "https",
        )
    else:
        client = chromadb.HttpClient(  # type: ignore[assignment]
            server.url, headers=headers, settings=settings
        )
    client._server._session.timeout = _PATIENCE  # type: ignore[attr-defined]
    return client


def _opened(folder: Path) -> Client:
    import chromadb
    from chromadb.config import Settings

    with _USERS.counted():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            client: Client = chromadb.PersistentClient(  # type: ignore[assignment]
                str(folder), settings=Settings(anonymized_telemetry=False)
            )
        except AttributeError as error:
            # What failed to start is then stopped, which hides why it failed.
            first: BaseException = error
            while first.__context__:
                first = first.__context__
            raise RuntimeError(str(first)) from error
        return client


def check_file(place: Place, largest: float = math.inf) -> None:
    """Raise sqlite3.DatabaseError where SQLite finds the database at `place` damaged; one of more
    than `largest` bytes, or on a server, is not read.

    Chroma's Rust part panics over such a file, and prints that it did.
    """
    path = place.folder / "chroma.sqlite3"
    if place.server or path.stat().st_size > largest:
        return
    with closing(sqlite3.connect(path)) as connection:
        check(connection)


def close(client: Client, place: Place) -> None:
    """Release the client's files; that of a server is the whole process'."""
    if place.server is None:
        _USERS.leave(client)


def blank_unfilled(folder: Path) -> None:
    """Overwrite with zeros what Chroma wrote of graphs without elements in a database's folder.

    It saves such a graph at every opening, as the memory that it was just given: with whatever the
    process held there before, a visitor's key included.
    """
    for header in folder.glob("*/header.bin"):
        saved = header.stat().st_mtime_ns
        if _BLANKED.get(header) == saved:
            continue
        if header.read_bytes()[_COUNT] == bytes(8):
            for path in (header.with_name(name) for name in _PLACES):
                with path.open("r+b") as file:
                    file.write(bytes(path.stat().st_size))
        _BLANKED[header] = saved


def collections(client: Client) -> Iterator[Collection]:
    """Yield all collections of a database."""
    first = 0
    while some := client.list_collections(limit=_QUOTA, offset=first):
        yield from some
        first += len(some)


def at_once(collection: Collection) -> int:
    """Return how many records a request may add, change, drop, get or find."""
    api = collection._client
    host = api.get_settings().chroma_server_host
    return _QUOTA if host == httpx.URL(_CLOUD_URL).host else api.get_max_batch_size()


def rows(
    collection: Collection, *fields: str, ids: Sequence[str] | None = None
) -> dict[str, list[Any]]:
    """Return "ids" and what else is asked of all records, or of those of `ids`: "documents",
    "metadatas", "embeddings", each in the same order.
    """
    found: dict[str, list[Any]] = {name: [] for name in ("ids", *fields)}
    for some in _pages(collection, fields, ids):
        for name, values in found.items():
            values.extend(some[name])
    return found


def _pages(
    collection: Collection, fields: Sequence[str], ids: Sequence[str] | None
) -> Iterator[dict[str, Any]]:
    asked: dict[str, Any] = {"include": list(fields)}
    if ids is not None:
        for some in batches(ids, at_once(collection)):
            yield collection.get(ids=some, **asked)  # type: ignore[misc]
    elif collection._client.get_settings().chroma_server_host is None:
        yield collection.get(**asked)  # type: ignore[misc]
    else:
        first, size = 0, at_once(collection)
        while (page := collection.get(limit=size, offset=first, **asked))["ids"]:
            yield page  # type: ignore[misc]
            first += len(page["ids"])


def existing(client: Client, name: str) -> Collection:
    """Return a collection that is there."""
    return client.get_collection(name, embedding_function=None)


def created(client: Client, name: str, built_with: str | None) -> Collection:
    """Return a cosine collection, made where there is none."""
    return client.get_or_create_collection(name, metadata={_IDENTITY: built_with}, **_COSINE)


def found(client: Client, name: str) -> Collection | None:
    """Return a collection, None where there is none."""
    from chromadb.errors import NotFoundError

    try:
        return existing(client, name)
    except NotFoundError:
        return None


def made(client: Client, name: str, facts: dict[str, Any]) -> Collection | None:
    """Return a new cosine collection, None where there is one: of several callers one gets it."""
    from chromadb.errors import ChromaError

    try:
        return client.create_collection(name, metadata=facts, **_COSINE)
    except ChromaError:
        if found(client, name) is None:
            raise
        return None


def renamed(client: Client, collection: Collection, name: str, facts: dict[str, Any]) -> bool:
    """Give a collection another name and other facts in one request; False, and nothing done, where
    there is one of that name.
    """
    from chromadb.errors import ChromaError

    try:
        collection.modify(name=name, metadata=facts)
    except ChromaError:
        if (other := found(client, name)) is None or other.id == collection.id:
            raise
        return False
    return True


def drop(client: Client, name: str) -> None:
    """Delete a collection where there is one."""
    from chromadb.errors import NotFoundError

    with suppress(NotFoundError):
        client.delete_collection(name)


def identity(collection: Collection) -> str:
    """Return what a collection was built with, "unknown" where it does not say."""
    return str((collection.metadata or {}).get(_IDENTITY, "unknown"))


def nearest(
    collection: Collection, vector: Vector, limit: int, where: Where | None
) -> list[tuple[str, float]]:
    """Return the ids of the `limit` nearest records, best first, with cosine similarities."""
    found = collection.query(
        query_embeddings=np.asarray([vector], dtype=np.float32),
        n_results=min(limit, at_once(collection)),
        where=where,
        include=["distances"],
    )
    pairs = zip(found["ids"][0], (found["distances"] or [[]])[0], strict=True)
    return [(identifier, 1.0 - distance) for identifier, distance in pairs]


def add(
    collection: Collection,
    ids: Sequence[str],
    vectors: Sequence[Vector],
    texts: Sequence[str],
    facts: Sequence[dict[str, Any]],
) -> None:
    """Add records, in as many requests as it takes."""
    size = at_once(collection)
    for first in range(0, len(ids), size):
        part = slice(first, first + size)
        collection.add(
            ids=list(ids[part]),
            embeddings=np.asarray(vectors[part], dtype=np.float32),
            documents=list(texts[part]),
            metadatas=list(facts[part]),
        )


def copy(source: Collection, target: Collection) -> None:
    """Add all records of a collection to another."""
    for some in batches(rows(source)["ids"], COPIED_AT_ONCE):
        found = rows(source, "embeddings", "documents", "metadatas", ids=some)
        add(target, *found.values())


def batches(ids: Sequence[str], size: int) -> Iterator[list[str]]:
    """Return `ids` in lists of at most `size`."""
    for first in range(0, len(ids), size):
        yield list(ids[first : first + size])


class translated:
    """A context that turns what Chroma raises for a damaged or vanished index into a StoreError.

    Chroma's Rust part can panic over a damaged file, which arrives as a BaseException that no
    module exports; for that reason this looks at what is raised instead of catching it.
    """

    def __init__(self, place: Place, writing: bool = False) -> None:
        """Of an index being written a failure says only that; most often the disk is full."""
        self._place = place
        self._writing = writing

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Raise the StoreError for `error`, if it is one of Chroma's."""
        if error is None:
            return
        if self._place.server:
            if told := _told_of_server(error, self._place.server):
                # What cannot be written now is not therefore damaged.
                raise (WriteError if self._writing else StoreError)(told) from error
        elif told := _told(error, self._place.folder, self._writing):
            full = self._writing and re.search(r"\bdisk\b|\bfull\b|space", str(error))
            raise (WriteError if full else StoreError)(told) from error


def _told_of_server(error: BaseException, server: Server) -> str | None:
    """Return what to say of an error of a server's, None for one of something else."""
    from chromadb.errors import ChromaError, NotFoundError

    # Chroma's client raises a bare Exception for an answer that is not Chroma's.
    answer = _answer_behind(error)
    known = (ChromaError, httpx.HTTPError, ValueError)
    if not isinstance(error, known) and answer is None:
        return None
    at = server.address if server.is_cloud else f"the Chroma server at {server.url}"
    if isinstance(error, NotFoundError):
        return f"{at} no longer has this state of the corpus: another one took its place; try again"
    if answer and not isinstance(error, ChromaError):
        status = answer.response.status_code
        if status in (401, 403):
            asked = "CHROMA_API_KEY" if server.is_cloud else "PAPER_ASSISTANT_STORE_TOKEN"
            return f"{at} refuses the token ({status}); set {asked}"
        if status == 404:
            return f"{at} is none, or another version (404); check --store"
        return f"{at} does not answer ({status}); start it, then try again"
    reason = " ".join(str(error).split())[:120] or type(error).__name__
    if isinstance(error, httpx.TransportError):
        return f"{at} does not answer ({reason}); start it or check --store, then try again"
    return f"{at} failed ({reason}); see its log, then try again"


def _answer_behind(error: BaseException | None) -> httpx.HTTPStatusError | None:
    """Return the answer of a server that an error is of, None where it is of none."""
    if error is None or isinstance(error, httpx.HTTPStatusError):
        return error
    return _answer_behind(error.__context__)


def _told(error: BaseException, folder: Path, writing: bool) -> str | None:
    """Return what to say of an error of Chroma's, None for one of something else."""
    from chromadb.errors import ChromaError, NotFoundError

    known = (ChromaError, sqlite3.Error, OSError, ValueError, RuntimeError)
    if not isinstance(error, known) and type(error).__name__ != "PanicException":
        return None
    reason = " ".join(str(error).split())[:120]
    hint = rebuild_hint(folder.parent)
    if isinstance(error, NotFoundError):
        return f"the index in {folder} is unfinished; {hint}"
    if isinstance(error, PermissionError):
        return f"the index in {folder} cannot be opened ({error.strerror}); check its permissions"
    if re.search(r"read-?only", reason, re.IGNORECASE):
        return f"the index in {folder} must be writable for Chroma, and is not; use --data-dir"
    if writing:
        return write_failure(folder, reason)
    return f"the index in {folder} is damaged ({reason}); {hint}"
