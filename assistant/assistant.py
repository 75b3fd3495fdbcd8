"""The whole flow on one screen: question and history → standalone question → papers → checked answer."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from langchain_core.documents import BaseDocumentCompressor
from langchain_core.embeddings import Embeddings

from assistant.composing.context import Desk, without_filters
from assistant.composing.extractive.counts import state_query
from assistant.composing.stream import AnswerStream, Beginning, Steps
from assistant.corpus_map.types import Atlas
from assistant.errors import QuestionError
from assistant.index import corpora
from assistant.index.layout import Folder
from assistant.models.chat import Chat, make_chat
from assistant.models.providers import make_embedder
from assistant.models.rerankers import make_reranker
from assistant.reading.counts import CountQuery
from assistant.reading.follow_ups import resolve
from assistant.reading.table_edits import TableEdit, parse_table_edit
from assistant.retrieval.hybrid import NO_FILTERS
from assistant.retrieval.snapshot import IndexSnapshot, open_snapshot
from assistant.settings import Settings, load_settings, with_corpus
from assistant.types import QUOTES, Answer, Filters, Paper, Turn

LONGEST_QUESTION = 4000


class Assistant:
    """Answers questions about the papers of one corpus, with citations into their abstracts."""

    def __init__(
        self,
        folder: Folder,
        embedder: Embeddings,
        chat: Chat | None = None,
        reranker: BaseDocumentCompressor | None = None,
    ) -> None:
        """Open the index in `folder`; without `chat` answers are quotations. StoreError says what to do."""
        self._folder = folder
        self._embedder = embedder
        self._reranker = reranker
        self._chat = chat
        self._lock = threading.Lock()
        self._view = open_snapshot(folder, embedder, reranker)
        self._closing = _closed_with(self._view)

    @classmethod
    def open(cls, settings: Settings | None = None, corpus: str | None = None) -> Assistant:
        """Open `corpus`, or the one that the settings name.

        Where the default corpus has no index the bundled papers are indexed first; where another has none: StoreError.
        """
        settings = settings or load_settings()
        if corpus is not None:
            settings = with_corpus(settings, corpus)
        folder = Folder(settings.corpus_dir)
        embedder = make_embedder(settings.embedder, settings.threads)
        reranker = make_reranker(settings.reranker, settings.threads)
        if corpora.state(settings) is None:
            from ingest.bundled.indexing import index_bundled

            index_bundled(folder, embedder)
        # The embedder's model is read and checked while Chroma is imported: on two cores that saves a quarter second.
        with ThreadPoolExecutor(max_workers=1) as beside:
            warm = beside.submit(embedder.embed_query, "papers")
            assistant = cls(folder, embedder, make_chat(settings), reranker)
            warm.result()
        return assistant

    def beside(self, folder: Folder) -> Assistant:
        """Return an assistant for another corpus, with the same embedder, reranker and model."""
        return Assistant(folder, self._embedder, self._chat, self._reranker)

    @property
    def embedder(self) -> Embeddings:
        """Return the embedder that questions and papers are embedded with."""
        return self._embedder

    def papers(self, filters: Filters = NO_FILTERS) -> list[Paper]:
        """Return the papers that satisfy `filters`, in the order in which they were added."""
        return self._fresh().retriever.bibliography.select(filters)

    def ask(
        self, question: str, history: Sequence[Turn] = (), filters: Filters = NO_FILTERS
    ) -> Answer:
        """Answer `question`, which may refer to the turns before it and hold filters such as `year>=2023`.

        Raises QuestionError for an empty or overlong question or a bad filter.
        """
        stream = self.stream(question, history, filters)
        for _ in stream:
            pass
        return stream.answer

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = NO_FILTERS,
        chat: Chat | Literal["quotes"] | None = None,
    ) -> AnswerStream:
        """Begin an answer: iterate for pieces of its text, then read `.answer`; `chat` writes instead of the assistant's own.

        With "quotes" no model is asked. Where a model writes, a follow-up that the rules cannot resolve is put to it first.
        A question that cannot be used raises QuestionError here; everything else happens while the stream is read.
        """
        started = time.perf_counter()
        question = _checked(question)
        desk = Desk(
            self._fresh(), self._embedder, None if isinstance(chat, str) else chat or self._chat
        )
        if edit := parse_table_edit(question, history, desk.view.names):
            return AnswerStream(lambda: _edited(desk, edit, filters, started), desk.stop)
        asked = _Asked(question, *without_filters(desk.view, question, filters), history)
        if tally := desk.tally(question, history):
            return AnswerStream(lambda: _counted(desk, tally, asked, filters, started), desk.stop)
        return AnswerStream(lambda: _answered(desk, asked, started), desk.stop)

    def search(self, question: str, filters: Filters = NO_FILTERS, limit: int = 50) -> Answer:
        """Return an answer without text: only the ranking of up to `limit` papers."""
        started = time.perf_counter()
        view = self._fresh()
        text, filters = without_filters(view, _checked(question), filters)
        found = view.retriever.search(text, filters, limit)
        seconds = round(time.perf_counter() - started, 4)
        return Answer(text, "none", "", True, (), found.candidates, seconds=seconds)

    @property
    def atlas(self) -> Atlas:
        """Return the map of the corpus as it is now."""
        return self._fresh().atlas

    @property
    def corpus(self) -> str:
        """Return the name of the corpus."""
        return self._folder.corpus

    @property
    def chat(self) -> Chat | None:
        """Return what writes unless `stream` is given something else, None for quotations."""
        return self._chat

    @property
    def model(self) -> str:
        """Return the name of the model that writes, or "quotes"."""
        return self._chat.name if self._chat else QUOTES

    def close(self) -> None:
        """Release the index."""
        self._closing()

    def _fresh(self) -> IndexSnapshot:
        """Return the current state of the index, opened again when another process has finished a write.

        The view before it is closed when the last answer that is made from it has ended.
        """
        with self._lock:
            state = self._folder.state()
            if state is not None and state != self._view.state:
                fresh = open_snapshot(self._folder, self._embedder, self._reranker)
                self._view, self._closing = fresh, _closed_with(fresh)
            return self._view


def _closed_with(view: IndexSnapshot) -> weakref.finalize[..., IndexSnapshot]:
    """Return what releases a view's files; it does so by itself when nobody has the view any more."""
    return weakref.finalize(view, view.files.close)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it was put, its text without the filters, all filters together, and the turns before it."""

    question: str
    text: str
    filters: Filters
    history: Sequence[Turn]


def _edited(desk: Desk, edit: TableEdit, filters: Filters, started: float) -> Steps:
    edited = yield from desk.edit_table(edit, filters)
    return Beginning(*edited, started, desk.account, desk.editor(edit)), None


def _counted(
    desk: Desk, tally: CountQuery, asked: _Asked, filters: Filters, started: float
) -> Steps:
    yield "counting papers"
    request, draft = desk.count(tally, filters)
    question = state_query(tally) if asked.history else asked.question
    return Beginning(question, request, draft, started, desk.account), None


def _answered(desk: Desk, asked: _Asked, started: float) -> Steps:
    resolved = resolve(asked.text, asked.history, desk.view.names)
    request, draft = desk.draft(resolved, asked.filters)
    if draft.abstained and (again := (yield from desk.read_again(asked.text, asked.history))):
        resolved = again
        request, draft = desk.draft(resolved, asked.filters)
    # A question that needed nothing from before is shown as it was put, its filters included.
    question = asked.question if resolved.question == asked.text else resolved.question
    task = desk.task(resolved.question, request, draft)
    return Beginning(question, request, draft, started, desk.account), task


def _checked(question: str) -> str:
    # Half of a surrogate pair, as broken JSON may hold, is no character: neither tokenizer nor output could bear it.
    text = question.encode("utf-8", "replace").decode("utf-8").strip()
    if not text:
        raise QuestionError("the question is empty; ask something about the papers")
    if len(text) > LONGEST_QUESTION:
        raise QuestionError(
            f"the question has {len(text):,} characters; at most {LONGEST_QUESTION:,} are read"
        )
    return text
