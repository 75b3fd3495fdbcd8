"""Papers read from and written to an index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.errors import StoreError
from assistant.index import chroma, records
from assistant.index.layout import Place, check_built_with, rebuild_hint
from assistant.index.records import EmbeddedPaper, Vector, Where
from assistant.index.sqlite import CHECKED_AT_ONCE
from assistant.types import Paper


class Store:
    """A cosine collection in a folder, or on a Chroma server, read and written in papers.

    Each paper has a record with its abstract and all that is known of it, and where its abstract is
    too long for the embedder one for each of its chunks, with where that begins and ends. The
    papers themselves are listed in `index.papers`, which is written after this and before this
    deleted from, so a paper that is listed always has its vectors, whenever the process died.
    Raises StoreError for a missing, damaged or foreign index.
    """

    def __init__(self, place: Place, built_with: str | None, create: bool = False) -> None:
        """Open the store at `place`; `built_with` is checked, unless it is None."""
        here = place.server is None
        if here and not create and not (place.folder / "chroma.sqlite3").is_file():
            hint = rebuild_hint(place.folder.parent)
            raise StoreError(f"the index in {place.folder} is missing; {hint}")
        self._place = place
        self._writing = create
        with self._translated():
            if not create:
                chroma.check_file(place, CHECKED_AT_ONCE)
            self._client = chroma.opened(place)
            # On a server it is made with the right to write it.
            self._papers = (
                chroma.created(self._client, place.name, built_with)
                if create and here
                else chroma.existing(self._client, place.name)
            )
            if here or not create:
                check_built_with(chroma.identity(self._papers), built_with, place.folder.parent)

    def close(self) -> None:
        """Release the files; the store cannot be used afterwards."""
        chroma.close(self._client, self._place)

    def count(self) -> int:
        """Return the number of papers."""
        with self._translated():
            return len(set(map(records.paper_of, chroma.rows(self._papers)["ids"])))

    def check(self) -> None:
        """Raise StoreError unless the file is sound and can be searched."""
        with self._translated():
            chroma.check_file(self._place)
            found = self._papers.get(limit=1, include=["embeddings"])
            if found["ids"]:
                self._papers.query(
                    query_embeddings=np.asarray(found["embeddings"]), n_results=1, include=[]
                )

    def papers(self) -> dict[str, Paper]:
        """Return papers by id, in the order of their adding, also of an earlier layout."""
        with self._translated():
            found = chroma.rows(self._papers, "metadatas", "documents")
        rows = zip(*found.values(), strict=True)
        whole = (row for row in rows if "order" in row[1])
        ordered = sorted(whole, key=lambda row: int(row[1]["order"]))
        return {
            identifier: records.to_paper(identifier, facts, text)
            for identifier, facts, text in ordered
        }

    def in_part(self) -> set[str]:
        """Return the ids of papers that lack some of their chunks."""
        with self._translated():
            found = chroma.rows(self._papers, "metadatas")
        chunks = Counter(map(records.paper_of, found["ids"]))
        rows = zip(*found.values(), strict=True)
        return {key for key, facts in rows if "order" in facts and facts["records"] != chunks[key]}

    def nearest(self, vector: Vector, limit: int, where: Where | None = None) -> dict[str, float]:
        """Return the papers of the `limit` nearest records, best first, with cosines (-1…1)."""
        best: dict[str, float] = {}
        with self._translated():
            for identifier, cosine in chroma.nearest(self._papers, vector, limit, where):
                best.setdefault(records.paper_of(identifier), cosine)
        return best

    def vectors(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return the vectors (unit length) of the named papers' abstracts."""
        with self._translated():
            found = chroma.rows(self._papers, "embeddings", ids=ids)
        return dict(
            zip(found["ids"], np.asarray(found["embeddings"], dtype=np.float32), strict=True)
        )

    def put(self, papers: Sequence[EmbeddedPaper], first_order: int) -> None:
        """Add papers, or replace those that are there; `first_order` numbers them for listing."""
        if not papers:
            return
        self.remove(self.held([one.paper.id for one in papers]))
        parts = [part for one in papers for part in one.chunks]
        whole = [
            records.paper_facts(one.paper, first_order + n) | {"records": 1 + len(one.chunks)}
            for n, one in enumerate(papers)
        ]
        with self._translated():
            chroma.add(
                self._papers,
                [records.chunk_id(chunk) for chunk, _ in parts] + [one.paper.id for one in papers],
                [vector for _, vector in parts] + [one.vector for one in papers],
                [chunk.text for chunk, _ in parts] + [one.paper.abstract for one in papers],
                [records.chunk_facts(chunk) for chunk, _ in parts] + whole,
            )

    def copy_to(self, other: Store) -> None:
        """Add all records to another store."""
        with self._translated(), other._translated():
            chroma.copy(self._papers, other._papers)

    def held(self, ids: Sequence[str]) -> list[str]:
        """Return which of `ids` are there: to ask is far cheaper than to delete in vain."""
        with self._translated():
            return chroma.rows(self._papers, ids=ids)["ids"]

    def restate(self, papers: Sequence[Paper]) -> None:
        """Replace what is kept of papers beside their text, whose vectors stay."""
        by_id = {one.id: one for one in papers}
        with self._translated():
            for some in chroma.batches([*by_id], chroma.at_once(self._papers)):
                found = chroma.rows(self._papers, "metadatas", ids=some)
                held = dict(zip(*found.values(), strict=True))
                facts: list[Any] = [
                    # Chroma drops what is None, and keeps what is not named.
                    dict.fromkeys(held[one])
                    | records.paper_facts(by_id[one], int(held[one]["order"]))
                    | {"records": held[one]["records"]}
                    for one in some
                ]
                self._papers.update(ids=some, metadatas=facts)

    def remove(self, ids: Sequence[str]) -> None:
        """Drop papers with all that belongs to them; unknown ids are ignored."""
        with self._translated():
            for some in chroma.batches(ids, chroma.at_once(self._papers)):
                self._papers.delete(where=_of(some))

    def remove_orphans(self, listed: Set[str]) -> set[str]:
        """Drop what belongs to papers other than `listed`; return those of `listed` that it lacks,
        as after a power cut.
        """
        with self._translated():
            found = chroma.rows(self._papers)["ids"]
            orphans = [one for one in found if records.paper_of(one) not in listed]
            for some in chroma.batches(orphans, chroma.at_once(self._papers)):
                self._papers.delete(ids=some)
        return set(listed) - set(found)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            with chroma.translated(self._place, self._writing):
                yield
        finally:
            if self._place.server is None:
                with chroma.translated(self._place, writing=True):
                    chroma.blank_unfilled(self._place.folder)


def _of(ids: Sequence[str]) -> Where:
    return {"paper_id": {"$in": list(ids)}}
