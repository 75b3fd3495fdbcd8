"""The index on disk: papers, windows and sentences in Chroma. The only module that imports chromadb."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant.errors import StoreError
from assistant.filters import Where
from assistant.folder import Folder, ingest_command
from assistant.models import as_counting
from assistant.types import Chunk, Paper, Span

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

Scored = tuple[str, int, int, float]
Vector = Sequence[float] | NDArray[np.float32]
_IDENTITY = "built_with"
LAYOUT = "3"
"""Changes whenever the same papers would be stored in another way, so that an old index is noticed."""
# Chroma counts the users of one folder in a process, without a lock of its own.
_OPENING = threading.Lock()


def built_with(embedder: Embeddings) -> str:
    """Return what the vectors of an index depend on: the embedder, and the layout of what is stored."""
    return f"{as_counting(embedder).identity}, layout {LAYOUT}"


@dataclass(frozen=True, slots=True)
class Embedded:
    """A chunk with its vector."""

    chunk: Chunk
    vector: Vector


@dataclass(frozen=True, slots=True)
class EmbeddedPaper:
    """Everything stored for one paper."""

    paper: Paper
    abstract: Embedded
    windows: tuple[Embedded, ...]
    sentences: tuple[Embedded, ...]


class Store:
    """Three cosine collections of one `chromadb.PersistentClient` folder, read and written in papers.

    A record in `papers` is written last and deleted first, so a paper that is listed always has its windows
    and sentences, whenever the process died. Raises StoreError for a missing, damaged or foreign index.
    """

    def __init__(self, folder: Path, built_with: str | None, create: bool = False) -> None:
        """Open the store in `folder`; `built_with` (see the function) is checked, unless it is None."""
        if not create and not (folder / "chroma.sqlite3").is_file():
            raise StoreError(f"the index in {folder} is missing; {_rebuild(folder)}")
        self._folder = folder
        with _translated(folder):
            with _OPENING:
                self._client = _client(folder)
            self._papers, self._windows, self._sentences = (
                self._collection(name, built_with, create) for name in ("papers", "windows", "sentences")
            )

    def close(self) -> None:
        """Release the files; the store cannot be used afterwards."""
        with _OPENING:
            self._client.close()

    def count(self) -> int:
        """Return the number of papers."""
        with _translated(self._folder):
            return self._papers.count()

    def check(self) -> None:
        """Raise StoreError unless every collection can be searched."""
        with _translated(self._folder):
            for collection in (self._papers, self._windows, self._sentences):
                found = collection.get(limit=1, include=["embeddings"])
                if found["ids"]:
                    collection.query(query_embeddings=np.asarray(found["embeddings"]), n_results=1, include=[])

    def papers(self) -> dict[str, Paper]:
        """Return every paper by id, in the order in which they were added."""
        with _translated(self._folder):
            found = self._papers.get(include=["documents", "metadatas"])
        rows = zip(found["ids"], found["metadatas"] or [], found["documents"] or [], strict=True)
        ordered = sorted(rows, key=lambda row: int(row[1]["order"]))  # type: ignore[arg-type]
        return {identifier: _to_paper(identifier, facts, text) for identifier, facts, text in ordered}

    def matching(self, where: Where) -> set[str]:
        """Return the ids of the papers that satisfy `where`."""
        with _translated(self._folder):
            return set(self._papers.get(where=where, include=[])["ids"])

    def abstracts(self, vector: Vector, limit: int, where: Where | None = None) -> dict[str, float]:
        """Return the `limit` papers whose abstracts are nearest to `vector`, with cosine similarities (-1…1)."""
        return dict(self._query(self._papers, vector, limit, where))

    def windows(self, vector: Vector, limit: int, where: Where | None = None) -> list[Scored]:
        """Return the `limit` nearest windows, best first, as (paper id, start, end, cosine similarity)."""
        return self._spans(self._windows, vector, limit, where)

    def sentences(self, vector: Vector, limit: int, where: Where | None = None) -> list[Scored]:
        """Return the `limit` nearest sentences, best first, as (paper id, start, end, cosine similarity)."""
        return self._spans(self._sentences, vector, limit, where)

    def abstract_vectors(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return the vectors (unit length) of the named papers' abstracts."""
        with _translated(self._folder):
            found = self._papers.get(ids=list(ids), include=["embeddings"])
        return dict(zip(found["ids"], np.asarray(found["embeddings"], dtype=np.float32), strict=True))

    def sentence_vectors(self, ids: Sequence[str]) -> dict[str, list[tuple[Span, NDArray[np.float32]]]]:
        """Return the sentences of the named papers in order, each with its vector (unit length)."""
        with _translated(self._folder):
            found = self._sentences.get(where=_of(ids), include=["embeddings", "metadatas", "documents"])
        vectors = np.asarray(found["embeddings"], dtype=np.float32)
        rows: dict[str, list[tuple[Span, NDArray[np.float32]]]] = {identifier: [] for identifier in ids}
        for facts, text, vector in zip(found["metadatas"] or [], found["documents"] or [], vectors, strict=True):
            rows[str(facts["paper_id"])].append((Span(text, int(facts["start"]), int(facts["end"])), vector))  # type: ignore[arg-type]
        return {identifier: sorted(row, key=lambda pair: pair[0].start) for identifier, row in rows.items()}

    def put(self, papers: Sequence[EmbeddedPaper], first_order: int) -> None:
        """Add papers, or replace those that are there; `first_order` numbers them for listing."""
        self.remove([one.paper.id for one in papers])
        with _translated(self._folder):
            for collection, parts in (
                (self._windows, [(one.paper, part) for one in papers for part in one.windows]),
                (self._sentences, [(one.paper, part) for one in papers for part in one.sentences]),
            ):
                ids = [_chunk_id(part.chunk) for _, part in parts]
                facts = [_chunk_facts(paper, part.chunk) for paper, part in parts]
                texts = [paper.abstract[part.chunk.start : part.chunk.end] for paper, part in parts]
                self._add(collection, ids, [part.vector for _, part in parts], texts, facts)
            self._add(
                self._papers,
                [one.paper.id for one in papers],
                [one.abstract.vector for one in papers],
                [one.paper.abstract for one in papers],
                [_paper_facts(one.paper, first_order + n) for n, one in enumerate(papers)],
            )

    def remove(self, ids: Sequence[str]) -> None:
        """Drop papers with all that belongs to them; unknown ids are ignored."""
        if not ids:
            return
        with _translated(self._folder):
            for some in _batches(list(ids), self._client.get_max_batch_size()):
                self._papers.delete(ids=some)
                self._windows.delete(where=_of(some))
                self._sentences.delete(where=_of(some))

    def remove_orphans(self) -> int:
        """Drop windows and sentences whose paper is not listed (an interrupted write); return how many."""
        with _translated(self._folder):
            listed = set(self._papers.get(include=[])["ids"])
            dropped = 0
            for collection in (self._windows, self._sentences):
                found = collection.get(include=["metadatas"])
                pairs = zip(found["ids"], found["metadatas"] or [], strict=True)
                orphans = [identifier for identifier, facts in pairs if facts["paper_id"] not in listed]
                for some in _batches(orphans, self._client.get_max_batch_size()):
                    collection.delete(ids=some)
                dropped += len(orphans)
        return dropped

    def hashes(self) -> dict[str, str]:
        """Return the content hash of every paper by id."""
        with _translated(self._folder):
            found = self._papers.get(include=["metadatas"])
        pairs = zip(found["ids"], found["metadatas"] or [], strict=True)
        return {identifier: str(facts["hash"]) for identifier, facts in pairs}

    def next_order(self) -> int:
        """Return the number after the last paper's place in the listing."""
        with _translated(self._folder):
            found = self._papers.get(include=["metadatas"])
        return max((int(facts["order"]) for facts in found["metadatas"] or []), default=-1) + 1  # type: ignore[arg-type]

    def _collection(self, name: str, built_with: str | None, create: bool) -> Collection:
        if not create:
            collection = self._client.get_collection(name, embedding_function=None)
        else:
            collection = self._client.get_or_create_collection(
                name,
                configuration={"hnsw": {"space": "cosine"}},
                metadata={_IDENTITY: built_with},
                embedding_function=None,
            )
        found = (collection.metadata or {}).get(_IDENTITY)
        if built_with is not None and found != built_with:
            raise StoreError(
                f"the index in {self._folder} was built with {found}, not with {built_with}; {_rebuild(self._folder)}"
            )
        return collection

    def _query(self, collection: Collection, vector: Vector, limit: int, where: Where | None) -> Iterator[tuple[str, float]]:
        with _translated(self._folder):
            number = min(limit, collection.count())
            if number == 0:
                return
            found = collection.query(
                query_embeddings=np.asarray([vector], dtype=np.float32),
                n_results=number,
                where=where,
                include=["distances"],
            )
        for identifier, distance in zip(found["ids"][0], (found["distances"] or [[]])[0], strict=True):
            yield identifier, 1.0 - distance

    def _spans(self, collection: Collection, vector: Vector, limit: int, where: Where | None) -> list[Scored]:
        return [(*_place(identifier), score) for identifier, score in self._query(collection, vector, limit, where)]

    def _add(
        self,
        collection: Collection,
        ids: list[str],
        vectors: list[Vector],
        texts: list[str],
        facts: list[dict[str, Any]],
    ) -> None:
        size = self._client.get_max_batch_size()
        for first in range(0, len(ids), size):
            part = slice(first, first + size)
            collection.add(
                ids=ids[part],
                embeddings=np.asarray(vectors[part], dtype=np.float32),
                documents=texts[part],
                metadatas=facts[part],  # type: ignore[arg-type]
            )


def _client(folder: Path) -> Client:
    import chromadb
    from chromadb.config import Settings

    folder.mkdir(parents=True, exist_ok=True)
    client: Client = chromadb.PersistentClient(  # type: ignore[assignment]
        str(folder), settings=Settings(anonymized_telemetry=False)
    )
    return client


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    """Turn what Chroma and SQLite raise for a damaged or vanished index into a StoreError."""
    from chromadb.errors import ChromaError, NotFoundError

    try:
        yield
    except NotFoundError as error:
        raise StoreError(f"the index in {folder} is unfinished; {_rebuild(folder)}") from error
    except PermissionError as error:
        raise StoreError(f"the index in {folder} cannot be opened ({error.strerror}); check its permissions") from error
    except (ChromaError, sqlite3.Error, OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:120]
        if "readonly" in reason or "read-only" in reason.lower():
            raise StoreError(f"the index in {folder} must be writable for Chroma, and is not; use --data-dir") from error
        raise StoreError(f"the index in {folder} is damaged ({reason}); {_rebuild(folder)}") from error


def _rebuild(index: Path) -> str:
    """Return what to do about an index; a corpus' folder holds its index folders, which hold Chroma's."""
    return f"run: {ingest_command(Folder(index.parent.parent), rebuild=True)}"


def _chunk_id(chunk: Chunk) -> str:
    """Return an id that says where the chunk lies: reading ids is ten times faster than reading metadata."""
    return f"{chunk.paper_id}#{chunk.position}@{chunk.start}-{chunk.end}"


def _place(identifier: str) -> tuple[str, int, int]:
    paper_id, _, place = identifier.rpartition("#")
    start, _, end = place.partition("@")[2].partition("-")
    return paper_id, int(start), int(end)


def _paper_facts(paper: Paper, order: int) -> dict[str, Any]:
    facts = {
        "paper_id": paper.id, "title": paper.title, "authors": list(paper.authors), "year": paper.year,
        "venue": paper.venue, "url": paper.url, "url_is_search": paper.url_is_search,
        "links": list(paper.links), "hash": paper.content_hash, "order": order,
    }  # fmt: skip
    return {name: value for name, value in facts.items() if value not in (None, [])}


def _chunk_facts(paper: Paper, chunk: Chunk) -> dict[str, Any]:
    facts = {
        "paper_id": paper.id, "title": paper.title, "authors": list(paper.authors), "year": paper.year,
        "venue": paper.venue, "start": chunk.start, "end": chunk.end,
    }  # fmt: skip
    return {name: value for name, value in facts.items() if value not in (None, [])}


def _to_paper(identifier: str, facts: Any, text: str) -> Paper:
    return Paper(
        id=identifier,
        title=facts["title"],
        abstract=text,
        authors=tuple(facts.get("authors", ())),
        year=facts.get("year"),
        venue=facts.get("venue"),
        url=facts["url"],
        url_is_search=facts["url_is_search"],
        links=tuple(facts.get("links", ())),
    )


def _of(ids: Iterable[str]) -> Where:
    return {"paper_id": {"$in": list(ids)}}


def _batches(ids: list[str], size: int) -> Iterator[list[str]]:
    for first in range(0, len(ids), size):
        yield ids[first : first + size]
