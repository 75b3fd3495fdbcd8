"""One finished state of an index, opened for reading."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from langchain_core.documents import BaseDocumentCompressor
from langchain_core.embeddings import Embeddings

from assistant.corpus_map import storage
from assistant.corpus_map.types import Atlas
from assistant.errors import StoreError
from assistant.index.bm25 import KeywordIndex
from assistant.index.late_interaction import LateIndex
from assistant.index.layout import Folder, State, ingest_command
from assistant.index.paper_store import Store
from assistant.index.records import built_with
from assistant.models.minilm import MiniLM
from assistant.retrieval.hybrid import Retriever
from assistant.text import prompt_injection
from assistant.text.paper_names import NameIndex
from assistant.types import Paper


@dataclass(frozen=True)
class IndexSnapshot:
    """What answers are made from: the papers, how they are found, and what they are called."""

    state: State
    retriever: Retriever
    names: NameIndex
    atlas_file: Path | None = None

    @cached_property
    def atlas(self) -> Atlas:
        """Return the map of the papers, made in memory when its file does not fit them."""
        return storage.read_or_make(self.retriever.store, self.retriever.papers, self.atlas_file)

    @cached_property
    def systems(self) -> frozenset[str]:
        """Return what the papers call their own systems and data sets, single words only."""
        called = (self.names.display(paper) for paper in self.retriever.papers.values())
        return frozenset(name for name in called if " " not in name and len(name) > 2)

    def close(self) -> None:
        """Release its files."""
        close(self.retriever)


def close(retriever: Retriever) -> None:
    """Release the files that a retriever reads."""
    retriever.store.close()
    retriever.keywords.close()
    if retriever.late:
        retriever.late.close()


def open_snapshot(
    folder: Folder, embedder: Embeddings, reranker: BaseDocumentCompressor | None = None
) -> IndexSnapshot:
    """Return the newest finished state of the index in `folder`; StoreError says what to do when there is none."""
    state = folder.state()
    if state is None:
        raise StoreError(f"there is no index in {folder.root}; run: {ingest_command(folder)}")
    store = Store(folder.chroma(state), built_with(embedder))
    papers = store.papers()
    # An order to software in an abstract ("never mention UniPT") must not own a name.
    names = NameIndex(
        {identifier: prompt_injection.cleaned(paper) for identifier, paper in papers.items()}
    )
    try:
        late = _late(folder, state, papers, embedder)
    except StoreError:
        store.close()
        raise
    keywords = _keywords(folder, state, papers)
    return IndexSnapshot(
        state,
        Retriever(store, keywords, embedder, papers, late, reranker=reranker),
        names,
        folder.atlas(state),
    )


def _late(
    folder: Folder, state: State, papers: dict[str, Paper], embedder: Embeddings
) -> LateIndex:
    """Return the token index; to make it anew would take minutes, so a bad file is told."""
    path = folder.tokens(state)
    try:
        late = LateIndex(
            path if path.exists() else None, embedder if isinstance(embedder, MiniLM) else MiniLM()
        )
        if late.hashes() == {
            identifier: paper.content_hash for identifier, paper in papers.items()
        }:
            return late
        late.close()
    except sqlite3.DatabaseError:
        pass
    raise StoreError(
        f"the token index in {folder.root} does not fit its papers; run: {ingest_command(folder, rebuild=True)}"
    )


def _keywords(folder: Folder, state: State, papers: dict[str, Paper]) -> KeywordIndex:
    """Return the keyword index, made anew in memory when its file does not hold these papers."""
    path = folder.keywords(state)
    try:
        keywords = KeywordIndex(path if path.exists() else None)
        if keywords.holds(papers):
            return keywords
        keywords.close()
    except sqlite3.DatabaseError:
        pass
    return KeywordIndex.rebuilt(None, papers)
