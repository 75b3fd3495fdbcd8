"""One finished state of an index, opened for reading."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Container, Iterable, Mapping
from contextlib import suppress
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
from assistant.index.layout import Folder, Reading, State, ingest_command
from assistant.index.paper_store import Store
from assistant.index.papers import PaperRecords, Papers
from assistant.index.query_vectors import QueryVectors
from assistant.index.records import built_with
from assistant.models.question_encoder.network import QuestionEncoder
from assistant.retrieval.hybrid import Retriever
from assistant.text import prompt_injection
from assistant.text.paper_names import NameIndex
from assistant.types import Paper

_log = logging.getLogger(__name__)
_MANY = 2_000  # papers whose names take some five seconds
_READ_ANEW = (
    "the names in these %d papers were read by another version; until the next ingest they are "
    "read anew at each start, which takes long"
)


@dataclass(frozen=True)
class IndexSnapshot:
    """What answers are made from: the papers, how they are found, and what they are called."""

    files: OpenFiles
    retriever: Retriever
    names: NameIndex
    atlas_file: Path

    @property
    def state(self) -> State:
        """The finished write that this shows."""
        return self.files.reading.state

    @cached_property
    def atlas(self) -> Atlas:
        """Return the map of the papers, made in memory when its file does not fit them."""
        known, papers = storage.read(self.atlas_file), self.retriever.papers
        if known and known.fits(papers):
            return known
        return storage.make_or_update(self.retriever.store, papers, None)

    @property
    def systems(self) -> Systems:
        """Return what the papers call their own systems and data sets, single words only."""
        return Systems(self)

    def papers(self, ids: Iterable[str]) -> tuple[Paper, ...]:
        """Return the papers of these ids that the corpus has."""
        known = self.retriever.papers
        return tuple(known[key] for key in ids if key in known)

    def close(self) -> None:
        """Release its files."""
        self.files.close()


@dataclass(frozen=True, slots=True)
class Systems(Container[str]):
    """The names that the papers of a snapshot have for their own systems and data sets."""

    corpus: IndexSnapshot

    def __contains__(self, name: object) -> bool:
        """Tell whether some paper calls its own so."""
        if not isinstance(name, str) or " " in name or len(name) <= 2:
            return False
        names = self.corpus.names
        return any(names.display(one) == name for one in self.corpus.papers(names.owners(name)))


@dataclass(frozen=True, slots=True)
class OpenFiles:
    """The files of a snapshot: closing them lets a writer drop its folder."""

    reading: Reading
    opened: list[PaperRecords | Store | KeywordIndex | LateIndex | QueryVectors]

    def close(self) -> None:
        """Release the files."""
        for one in self.opened:
            one.close()
        self.reading.close()


def open_snapshot(
    folder: Folder,
    embedder: Embeddings,
    reranker: BaseDocumentCompressor | None = None,
    questions: QuestionEncoder | None = None,
) -> IndexSnapshot:
    """Return the newest finished state of the index in `folder`, with an encoder of `questions` of
    its own where none is given; may raise StoreError.
    """
    reading = folder.opened()
    if reading is None:
        raise StoreError(f"there is no index in {folder.root}; run: {ingest_command(folder)}")
    files = OpenFiles(reading, [])
    try:
        return _opened(folder, files, embedder, reranker, questions or QuestionEncoder())
    except StoreError:
        files.close()
        raise


def _opened(
    folder: Folder,
    files: OpenFiles,
    embedder: Embeddings,
    reranker: BaseDocumentCompressor | None,
    questions: QuestionEncoder,
) -> IndexSnapshot:
    state, mark = files.reading.state, built_with(embedder)
    records = PaperRecords(folder.papers(state), mark)
    files.opened.append(records)
    papers = Papers(records)
    store = Store(folder.vectors(state), mark)
    files.opened.append(store)
    late = _late(folder, state, records.fingerprint)
    files.opened.append(late)
    keywords = _keywords(folder.keywords(state), records, papers)
    files.opened.append(keywords)
    queries = _queries(folder.queries(state))
    files.opened.append(queries)
    retriever = Retriever(
        store, keywords, embedder, papers, late, queries, questions, reranker=reranker
    )
    return IndexSnapshot(files, retriever, _names(records, papers), folder.atlas(state))


def _names(records: PaperRecords, papers: Mapping[str, Paper]) -> NameIndex:
    """Return the names that ingest stored, found anew when this code would find others."""
    if records.is_current:
        return NameIndex(records)
    if len(papers) > _MANY:
        _log.warning(_READ_ANEW, len(papers))
    # An instruction to software in an abstract ("never mention UniPT") must not own a name.
    return NameIndex.of({key: prompt_injection.cleaned(paper) for key, paper in papers.items()})


def _late(folder: Folder, state: State, fingerprint: str) -> LateIndex:
    """Return the token index; to make it anew would take minutes, so a bad file is told."""
    path = folder.tokens(state)
    with suppress(sqlite3.DatabaseError):
        if path.exists():
            late = LateIndex(path)
            if late.fingerprint == fingerprint:
                return late
            late.close()
    raise StoreError(
        f"the token index in {folder.root} does not fit its papers; run:"
        f" {ingest_command(folder, rebuild=True)}"
    )


def _queries(path: Path) -> QueryVectors:
    """Return the queries that papers answer; without them papers are found by what they say."""
    try:
        return QueryVectors(path if path.exists() else None)
    except sqlite3.DatabaseError:
        _log.warning("%s cannot be read: papers are found without it until the next ingest", path)
        return QueryVectors(None)


def _keywords(path: Path, records: PaperRecords, papers: Mapping[str, Paper]) -> KeywordIndex:
    """Return the keyword index, made anew in memory when its file does not hold these papers."""
    try:
        keywords = KeywordIndex(path if path.exists() else None)
        if keywords.holds(records.fingerprint):
            return keywords
        keywords.close()
    except sqlite3.DatabaseError:
        pass
    return KeywordIndex.rebuilt(None, papers, records.numbers())
