"""Chroma as the store uses it: opening, adding, asking, and its errors as ours. The only module that imports chromadb."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.errors import StoreError
from assistant.index.layout import Folder, ingest_command
from assistant.index.records import Vector
from assistant.retrieval.filters import Where

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
        client: Client = chromadb.PersistentClient(  # type: ignore[assignment]
            str(folder), settings=Settings(anonymized_telemetry=False)
        )
        return client


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


def check_identity(collection: Collection, built_with: str | None, folder: Path) -> None:
    """Raise StoreError where a collection was built with something else; None is not checked."""
    found = identity(collection)
    if built_with is not None and found != built_with:
        raise StoreError(
            f"the index in {folder} was built with {found}, not with {built_with}; {rebuild(folder)}"
        )


def nearest(
    collection: Collection, vector: Vector, limit: int, where: Where | None
) -> list[tuple[str, float]]:
    """Return the ids of the `limit` records nearest to `vector`, best first, with cosine similarities."""
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


@contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Turn what Chroma and SQLite raise for a damaged or vanished index into a StoreError."""
    from chromadb.errors import ChromaError, NotFoundError

    try:
        yield
    except NotFoundError as error:
        raise StoreError(f"the index in {folder} is unfinished; {rebuild(folder)}") from error
    except PermissionError as error:
        raise StoreError(
            f"the index in {folder} cannot be opened ({error.strerror}); check its permissions"
        ) from error
    except (ChromaError, sqlite3.Error, OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:120]
        if "readonly" in reason or "read-only" in reason.lower():
            raise StoreError(
                f"the index in {folder} must be writable for Chroma, and is not; use --data-dir"
            ) from error
        raise StoreError(
            f"the index in {folder} is damaged ({reason}); {rebuild(folder)}"
        ) from error


def rebuild(index: Path) -> str:
    """Return what to do about an index; a corpus' folder holds its index folders, which hold Chroma's."""
    return f"run: {ingest_command(Folder(index.parent.parent), rebuild=True)}"
