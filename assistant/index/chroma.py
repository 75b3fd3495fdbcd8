"""Chroma as the store uses it, its errors as ours. The only module that imports chromadb."""

from __future__ import annotations

import math
import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.errors import StoreError, WriteError
from assistant.index.layout import rebuild_hint, write_failure
from assistant.index.records import Vector, Where
from assistant.index.sqlite import check

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection as Collection

_IDENTITY = "built_with"
# Chroma counts the users of one folder in a process, without a lock of its own.
_OPENING = threading.Lock()


def opened(folder: Path) -> Client:
    """Return a client of the database in `folder`, which is made where there is none."""
    import chromadb
    from chromadb.config import Settings

    with _OPENING:
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


def check_file(folder: Path, largest: float = math.inf) -> None:
    """Raise sqlite3.DatabaseError where SQLite finds the database in `folder` damaged; one of more
    than `largest` bytes is not read.

    Chroma's Rust part panics over such a file, and prints that it did.
    """
    path = folder / "chroma.sqlite3"
    if path.stat().st_size > largest:
        return
    with closing(sqlite3.connect(path)) as connection:
        check(connection)


def close(client: Client) -> None:
    """Release the client's files."""
    with _OPENING:
        client.close()


def existing(client: Client, name: str) -> Collection:
    """Return a collection that is there."""
    return client.get_collection(name, embedding_function=None)


def created(client: Client, name: str, built_with: str | None) -> Collection:
    """Return a cosine collection, made where there is none."""
    return client.get_or_create_collection(
        name,
        configuration={"hnsw": {"space": "cosine"}},
        metadata={_IDENTITY: built_with},
        embedding_function=None,
    )


def identity(collection: Collection) -> str:
    """Return what a collection was built with, "unknown" where it does not say."""
    return str((collection.metadata or {}).get(_IDENTITY, "unknown"))


def nearest(
    collection: Collection, vector: Vector, limit: int, where: Where | None
) -> list[tuple[str, float]]:
    """Return the ids of the `limit` nearest records, best first, with cosine similarities."""
    found = collection.query(
        query_embeddings=np.asarray([vector], dtype=np.float32),
        n_results=limit,
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
    size: int,
) -> None:
    """Add records, at most `size` a call."""
    for first in range(0, len(ids), size):
        part = slice(first, first + size)
        collection.add(
            ids=list(ids[part]),
            embeddings=np.asarray(vectors[part], dtype=np.float32),
            documents=list(texts[part]),
            metadatas=list(facts[part]),
        )


def batches(ids: Sequence[str], size: int) -> Iterator[list[str]]:
    """Return `ids` in lists of at most `size`."""
    for first in range(0, len(ids), size):
        yield list(ids[first : first + size])


class translated:
    """A context that turns what Chroma raises for a damaged or vanished index into a StoreError.

    Chroma's Rust part can panic over a damaged file, which arrives as a BaseException that no
    module exports; for that reason this looks at what is raised instead of catching it.
    """

    def __init__(self, folder: Path, writing: bool = False) -> None:
        """Of an index being written a failure says only that; most often the disk is full."""
        self._folder = folder
        self._writing = writing

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Raise the StoreError for `error`, if it is one of Chroma's."""
        if error is not None and (told := _told(error, self._folder, self._writing)):
            full = self._writing and re.search(r"\bdisk\b|\bfull\b|space", str(error))
            raise (WriteError if full else StoreError)(told) from error


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
