"""The whole flow on one screen: question and history → standalone question → papers → checked answer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from langchain_core.embeddings import Embeddings

from assistant import filters as bounds
from assistant import settings as configuration
from assistant.conversation import Resolved, resolve
from assistant.errors import QuestionError, StoreError
from assistant.folder import Folder, State
from assistant.keywords import KeywordIndex
from assistant.models import make_embedder
from assistant.names import NameIndex
from assistant.quotes import writer
from assistant.quotes.draft import Request
from assistant.retrieve import NO_FILTERS, Retriever
from assistant.settings import Settings
from assistant.store import Store, built_with
from assistant.types import Answer, Filters, Paper, Turn

LONGEST_QUESTION = 4000


@dataclass(frozen=True, slots=True)
class View:
    """One finished state of an index, opened for reading."""

    state: State
    retriever: Retriever
    names: NameIndex


class Assistant:
    """Answers questions about the papers of one corpus, with citations into their abstracts."""

    def __init__(self, folder: Folder, embedder: Embeddings) -> None:
        """Open the index in `folder`; StoreError says what to do when it cannot be used."""
        self._folder = folder
        self._embedder = embedder
        self._view = self._open()

    @classmethod
    def open(cls, settings: Settings | None = None) -> Assistant:
        """Open the corpus that the settings name; the bundled papers are indexed first where there is no index."""
        settings = settings or configuration.load()
        folder = Folder(settings.corpus_dir)
        embedder = make_embedder(settings.embedder)
        if folder.state() is None:
            from ingest.bundled import index_bundled

            index_bundled(folder, embedder)
        return cls(folder, embedder)

    def papers(self, filters: Filters = NO_FILTERS) -> list[Paper]:
        """Return the papers that satisfy `filters`, in the order in which they were added."""
        return [paper for paper in self._fresh().retriever.papers.values() if bounds.matches(paper, filters)]

    def ask(self, question: str, history: Sequence[Turn] = (), filters: Filters = NO_FILTERS) -> Answer:
        """Answer `question`, which may refer to the turns before it and hold filters such as `year>=2023`.

        Raises QuestionError for an empty or overlong question or a bad filter.
        """
        started = time.perf_counter()
        view = self._fresh()
        text, written = bounds.parse(_checked(question))
        filters = bounds.merge(filters, written)
        resolved = resolve(text, history, view.names, view.retriever)
        request = self._request(view, resolved, bounds.merge(filters, resolved.filters))
        draft = writer.write(request, resolved.kind_from or resolved.question)
        return Answer(
            question=resolved.question,
            kind=draft.kind,
            text=draft.text,
            abstained=draft.abstained,
            citations=draft.citations,
            retrieved=request.retrieval.candidates,
            considered=draft.considered,
            nearest=draft.nearest,
            seconds=round(time.perf_counter() - started, 4),
        )

    def search(self, question: str, filters: Filters = NO_FILTERS, limit: int = 50) -> Answer:
        """Return an answer without text: only the ranking of up to `limit` papers."""
        started = time.perf_counter()
        view = self._fresh()
        text, written = bounds.parse(_checked(question))
        found = view.retriever.search(text, bounds.merge(filters, written), limit)
        seconds = round(time.perf_counter() - started, 4)
        return Answer(text, "none", "", True, (), found.candidates, seconds=seconds)

    def close(self) -> None:
        """Release the index."""
        self._view.retriever.store.close()
        self._view.retriever.keywords.close()

    def _request(self, view: View, resolved: Resolved, filters: Filters) -> Request:
        # A question of filters alone ("year>=2023") asks for all that satisfy them.
        search = resolved.search or "papers"
        retrieval = view.retriever.search(search, filters)
        papers = view.retriever.papers.values()
        shown = replace(filters, without=())
        return Request(
            question=search,
            filters=filters,
            retrieval=retrieval,
            retriever=view.retriever,
            names=view.names,
            mentions=tuple(view.names.find(search)),
            corpus_size=sum(bounds.matches(paper, shown) for paper in papers) if shown else len(papers),
            scoped=resolved.scoped,
        )

    def _fresh(self) -> View:
        """Return the current state of the index, opened again when another process has finished a write."""
        state = self._folder.state()
        if state is not None and state != self._view.state:
            self.close()
            self._view = self._open()
        return self._view

    def _open(self) -> View:
        state = self._folder.state()
        if state is None:
            raise StoreError(f"there is no index in {self._folder.root}; run: paper-assistant ingest")
        store = Store(self._folder.chroma(state), built_with(self._embedder))
        papers = store.papers()
        keywords = _keywords(self._folder, state, papers)
        return View(state, Retriever(store, keywords, self._embedder, papers), NameIndex(papers))


def _keywords(folder: Folder, state: State, papers: dict[str, Paper]) -> KeywordIndex:
    """Return the keyword index, made anew in memory when its file does not hold these papers."""
    path = folder.keywords(state)
    keywords = KeywordIndex(path if path.exists() else None)
    if keywords.holds(papers):
        return keywords
    keywords.close()
    keywords = KeywordIndex(None)
    keywords.sync(papers)
    return keywords


def _checked(question: str) -> str:
    text = question.strip()
    if not text:
        raise QuestionError("the question is empty; ask something about the papers")
    if len(text) > LONGEST_QUESTION:
        raise QuestionError(f"the question has {len(text):,} characters; at most {LONGEST_QUESTION:,} are read")
    return text
