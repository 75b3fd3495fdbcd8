"""An index that is being written: the list of its papers, their vectors, words and map."""

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

from langchain_core.embeddings import Embeddings

from assistant.corpus_map import storage
from assistant.corpus_map.types import version
from assistant.errors import StoreError, WriteError
from assistant.index.bm25 import KeywordIndex
from assistant.index.late_interaction import LateIndex, PaperTokens
from assistant.index.layout import Folder, State
from assistant.index.paper_store import Store
from assistant.index.papers import PaperRecords
from assistant.index.query_vectors import QueryVectors
from assistant.index.records import built_with
from assistant.models.providers import as_counting
from assistant.types import Paper
from ingest.embed import EncodedPaper, Encoder, LocalEncoder, embed_queries, minilm_of, tokens_of
from ingest.shipped import shipped_map, shipped_vectors

_log = logging.getLogger(__name__)


class IndexWriter:
    """An index folder opened to write, begun again where what is in it does not fit."""

    def __init__(
        self, folder: Folder, state: State, embedder: Embeddings, encoder: Encoder | None = None
    ) -> None:
        self.encoder = encoder or LocalEncoder(embedder)
        self._folder, self._state, self._embedder = folder, state, embedder
        try:
            self.records, self._store = self._opened()
        except WriteError:
            raise  # to begin again would lose what the copy has
        except StoreError:
            folder.clear_index(state)
            self.records, self._store = self._opened()
        self._tokens, self._with_tokens = self._opened_tokens()
        # The versions of the papers that were restated, as the map may still have them.
        self._restated: dict[str, str] = {}
        if folder.unfinished.exists():
            lost = self._store.remove_orphans(self.records.hashes().keys())
            self.records.remove(list(lost))

    def _opened(self) -> tuple[PaperRecords, Store]:
        self._folder.begin_index(self._state)
        mark = built_with(self._embedder)
        records = PaperRecords(self._folder.papers(self._state), mark, create=True)
        try:
            return records, Store(self._folder.vectors(self._state), mark, create=True)
        except StoreError:
            records.close()
            raise

    def _opened_tokens(self) -> tuple[LateIndex, dict[str, str]]:
        """Return the token index, begun anew where damaged, and its papers' content hashes."""
        path = self._folder.tokens(self._state)
        try:
            index = LateIndex(path)
            return index, index.hashes()
        except sqlite3.DatabaseError:
            path.unlink(missing_ok=True)
            return LateIndex(path), {}

    def close(self) -> None:
        """Release the files."""
        self.records.close()
        self._store.close()
        self._tokens.close()

    def lacking(self, papers: Sequence[Paper]) -> list[Paper]:
        """Return those of `papers` whose title or abstract is not as it is held, if it is."""
        held = self.records.of(self._store.held([paper.id for paper in papers]))
        texts = {key: (one.title, one.abstract) for key, one in held.items()}
        return [one for one in papers if texts.get(one.id) != (one.title, one.abstract)]

    def put(self, papers: Sequence[Paper], encoded: Sequence[EncodedPaper], number: int) -> int:
        """Add or replace papers, numbered from `number` on; return the number of their chunks.

        Those that are `lacking` must be among the `encoded`; others keep number, vectors and place.
        """
        embedded = [one.embedded for one in encoded]
        anew = {one.paper.id: one.paper for one in embedded}
        self._restate([one for one in papers if one.id not in anew])
        self._put_tokens({one.embedded.paper.id: one.tokens for one in encoded}, [*anew.values()])
        self.records.remove([*anew])
        self._store.put(embedded, number)
        self.records.put([*anew.values()], number)
        return sum(max(len(one.chunks), 1) for one in embedded)

    def _restate(self, papers: Sequence[Paper]) -> None:
        before = self.records.of([one.id for one in papers])
        self._store.restate(papers)
        hashes = {
            paper.id: paper.content_hash
            for paper in papers
            if self._with_tokens.get(paper.id) == before[paper.id].content_hash
        }
        self._tokens.restate(hashes)
        self._with_tokens |= hashes
        self._restated |= {key: version(one) for key, one in before.items()}
        self.records.restate(papers)

    def remove(self, ids: Sequence[str]) -> None:
        """Drop papers."""
        self.records.remove(ids)
        self._store.remove(ids)

    def complete(self) -> None:
        """Bring what is made of all papers up to date: names, keywords, tokens, the map."""
        papers = self.records.complete()
        numbers, minilm = self.records.numbers(), minilm_of(self._embedder)
        KeywordIndex.rebuilt(self._folder.keywords(self._state), papers, numbers).close()
        for paper in papers.values():
            if self._with_tokens.get(paper.id) != paper.content_hash:
                self._put_tokens({paper.id: tokens_of(paper, minilm)}, [paper])
        self._tokens.complete(papers)
        self._complete_queries(papers)
        path = self._folder.atlas(self._state)
        complete_map(path, self._store, papers, self._embedder, self._restated)

    def _complete_queries(self, papers: Mapping[str, Paper]) -> None:
        path = self._folder.queries(self._state)
        try:
            queries = QueryVectors(path)
        except sqlite3.DatabaseError:
            path.unlink(missing_ok=True)
            queries = QueryVectors(path)
        with closing(queries):
            queries.complete(papers, embed_queries)

    def _put_tokens(self, tokens: Mapping[str, PaperTokens], papers: Sequence[Paper]) -> None:
        if tokens:
            hashes = {one.id: one.content_hash for one in papers if one.id in tokens}
            self._tokens.put(tokens, hashes)
            self._with_tokens |= hashes


def complete_map(
    path: Path,
    store: Store,
    papers: Mapping[str, Paper],
    embedder: Embeddings,
    restated: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Make the file at `path` hold the map of `papers`, those `restated` staying where they are.

    What goes wrong is only logged: without a map a reader makes one in memory.
    """
    try:
        before = storage.read(path)
        known = before.restated(papers, restated) if before else None
        if known and known.fits(papers):
            if known != before:
                storage.write(path, known)
            return
        identity, _ = shipped_vectors()
        atlas = shipped_map() if as_counting(embedder).identity == identity else None
        if not (atlas and atlas.fits(papers)):
            atlas = storage.make_or_update(store, papers, known)
        storage.write(path, atlas)
    except (OSError, ValueError, MemoryError) as error:
        _log.warning("the map %s was not written: %s", path, error)
