"""Papers read from and written to an index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.errors import StoreError
from assistant.index import chroma, records
from assistant.index.layout import check_built_with, rebuild_hint
from assistant.index.records import EmbeddedPaper, Scored, Vector, Where
from assistant.types import Paper, Span

if TYPE_CHECKING:
    from assistant.index.chroma import Collection

# A paper's sentences in order, each with its vector.
Sentences = list[tuple[Span, NDArray[np.float32]]]
# Papers whose sentences stay in memory, at about 14 kB each.
_KEPT = 4096
# To check a file takes 3 ms a megabyte, which opening a large index should not wait for; an ingest
# does.
_CHECKED_AT_ONCE = 32_000_000


class Store:
    """Three cosine collections of one `chromadb.PersistentClient` folder, read and written in
    papers.

    The papers themselves are listed in `index.papers`, which is written after this and before this
    deleted from, so a paper that is listed always has its vectors, whenever the process died.
    Raises StoreError for a missing, damaged or foreign index.
    """

    def __init__(self, folder: Path, built_with: str | None, create: bool = False) -> None:
        """Open the store in `folder`; `built_with` is checked, unless it is None."""
        if not create and not (folder / "chroma.sqlite3").is_file():
            raise StoreError(f"the index in {folder} is missing; {rebuild_hint(folder.parent)}")
        self._folder = folder
        self._writing = create
        self._read: dict[str, Sentences] = {}
        with self._translated():
            if not create:
                chroma.check_file(folder, _CHECKED_AT_ONCE)
            self._client = chroma.opened(folder)
            self._papers, self._windows, self._sentences = (
                self._collection(name, built_with, create)
                for name in ("papers", "windows", "sentences")
            )

    def close(self) -> None:
        """Release the files; the store cannot be used afterwards."""
        chroma.close(self._client)

    def count(self) -> int:
        """Return the number of papers."""
        with self._translated():
            return self._papers.count()

    def check(self) -> None:
        """Raise StoreError unless the file is sound and every collection can be searched."""
        with self._translated():
            chroma.check_file(self._folder)
            for collection in (self._papers, self._windows, self._sentences):
                found = collection.get(limit=1, include=["embeddings"])
                if found["ids"]:
                    collection.query(
                        query_embeddings=np.asarray(found["embeddings"]), n_results=1, include=[]
                    )

    def papers(self) -> dict[str, Paper]:
        """Return papers by id, in the order of their adding, also of an earlier layout."""
        with self._translated():
            found = self._papers.get(include=["documents", "metadatas"])
        rows = zip(found["ids"], found["metadatas"] or [], found["documents"] or [], strict=True)
        ordered = sorted(rows, key=lambda row: int(row[1]["order"]))  # type: ignore[arg-type]
        return {
            identifier: records.to_paper(identifier, facts, text)
            for identifier, facts, text in ordered
        }

    def part_ids(self) -> tuple[set[str], set[str]]:
        """Return the ids of all windows, and those of all sentences; see `records.chunk_id`."""
        with self._translated():
            windows, sentences = (
                set(one.get(include=[])["ids"]) for one in (self._windows, self._sentences)
            )
        return windows, sentences

    def abstracts(self, vector: Vector, limit: int, where: Where | None = None) -> dict[str, float]:
        """Return the `limit` papers with the nearest abstracts, with cosines (-1…1)."""
        return dict(self._nearest(self._papers, vector, limit, where))

    def windows(self, vector: Vector, limit: int, where: Where | None = None) -> list[Scored]:
        """Return the `limit` nearest windows as (paper id, start, end, cosine), best first."""
        return self._spans(self._windows, vector, limit, where)

    def sentences(self, vector: Vector, limit: int, where: Where | None = None) -> list[Scored]:
        """Return the `limit` nearest sentences as (paper id, start, end, cosine), best first."""
        return self._spans(self._sentences, vector, limit, where)

    def abstract_vectors(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return the vectors (unit length) of the named papers' abstracts."""
        with self._translated():
            found = self._papers.get(ids=list(ids), include=["embeddings"])
        return dict(
            zip(found["ids"], np.asarray(found["embeddings"], dtype=np.float32), strict=True)
        )

    def sentence_vectors(self, papers: Sequence[Paper]) -> dict[str, Sentences]:
        """Return the papers' sentences in order, by paper id, each with its unit vector."""
        known = self._read  # another thread may put a new one in its place
        missing = {paper.id: paper.abstract for paper in papers if paper.id not in known}
        read = self._sentences_of(missing) if missing else {}
        self._read = {**known, **read} if len(known) + len(read) <= _KEPT else read
        return {
            paper.id: read[paper.id] if paper.id in read else known[paper.id] for paper in papers
        }

    def _sentences_of(self, abstracts: Mapping[str, str]) -> dict[str, Sentences]:
        with self._translated():
            found = self._sentences.get(where=_of(abstracts), include=["embeddings"])
        rows: dict[str, Sentences] = {identifier: [] for identifier in abstracts}
        vectors = np.asarray(found["embeddings"], dtype=np.float32)
        for part, vector in zip(found["ids"], vectors, strict=True):
            identifier, start, end = records.place(part)
            rows[identifier].append((Span(abstracts[identifier][start:end], start, end), vector))
        return {
            identifier: sorted(row, key=lambda pair: pair[0].start)
            for identifier, row in rows.items()
        }

    def put(self, papers: Sequence[EmbeddedPaper], first_order: int) -> None:
        """Add papers, or replace those that are there; `first_order` numbers them for listing."""
        if not papers:
            return
        self.remove(self.held([one.paper.id for one in papers]))
        with self._translated():
            size = self._client.get_max_batch_size()
            for collection, parts in (
                (self._windows, [part for one in papers for part in one.windows]),
                (self._sentences, [part for one in papers for part in one.sentences]),
            ):
                ids = [records.chunk_id(part.chunk) for part in parts]
                facts = [{"paper_id": part.chunk.paper_id} for part in parts]
                chroma.add(collection, ids, [part.vector for part in parts], None, facts, size)
            chroma.add(
                self._papers,
                [one.paper.id for one in papers],
                [one.abstract.vector for one in papers],
                [one.paper.abstract for one in papers],
                [records.paper_facts(one.paper, first_order + n) for n, one in enumerate(papers)],
                size,
            )

    def held(self, ids: Sequence[str]) -> list[str]:
        """Return which of `ids` are there: to ask is far cheaper than to delete in vain."""
        if not ids:
            return []  # Chroma would take that for all of them
        with self._translated():
            return self._papers.get(ids=list(ids), include=[])["ids"]

    def restate(self, papers: Sequence[Paper]) -> None:
        """Replace what is kept of papers beside their text, whose vectors stay."""
        if not papers:
            return
        with self._translated():
            found = self._papers.get(ids=[one.id for one in papers], include=["metadatas"])
            held = dict(zip(found["ids"], found["metadatas"] or [], strict=True))
            facts: list[Any] = [
                # Chroma drops what is None, and keeps what is not named.
                dict.fromkeys(held[one.id]) | records.paper_facts(one, int(held[one.id]["order"]))  # type: ignore[arg-type]
                for one in papers
            ]
            self._papers.update(ids=[one.id for one in papers], metadatas=facts)

    def remove(self, ids: Sequence[str]) -> None:
        """Drop papers with all that belongs to them; unknown ids are ignored."""
        self._read = {}
        if not ids:
            return
        with self._translated():
            for some in chroma.batches(ids, self._client.get_max_batch_size()):
                self._papers.delete(ids=some)
                self._windows.delete(where=_of(some))
                self._sentences.delete(where=_of(some))

    def remove_orphans(self, listed: Set[str]) -> int:
        """Drop what belongs to papers other than `listed`; return how many records."""
        with self._translated():
            size, dropped = self._client.get_max_batch_size(), 0
            for collection in (self._papers, self._windows, self._sentences):
                found = collection.get(include=["metadatas"])
                pairs = zip(found["ids"], found["metadatas"] or [], strict=True)
                orphans = [
                    identifier for identifier, facts in pairs if facts["paper_id"] not in listed
                ]
                for some in chroma.batches(orphans, size):
                    collection.delete(ids=some)
                dropped += len(orphans)
        return dropped

    def _translated(self) -> chroma.translated:
        return chroma.translated(self._folder, self._writing)

    def _collection(self, name: str, built_with: str | None, create: bool) -> Collection:
        collection = (
            chroma.created(self._client, name, built_with)
            if create
            else chroma.existing(self._client, name)
        )
        check_built_with(chroma.identity(collection), built_with, self._folder.parent)
        return collection

    def _nearest(
        self, collection: Collection, vector: Vector, limit: int, where: Where | None
    ) -> list[tuple[str, float]]:
        with self._translated():
            return chroma.nearest(collection, vector, limit, where)

    def _spans(
        self, collection: Collection, vector: Vector, limit: int, where: Where | None
    ) -> list[Scored]:
        return [
            (*records.place(identifier), score)
            for identifier, score in self._nearest(collection, vector, limit, where)
        ]


def _of(ids: Iterable[str]) -> Where:
    return {"paper_id": {"$in": list(ids)}}
