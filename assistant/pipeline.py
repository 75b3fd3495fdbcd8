"""The whole flow on one screen: question and history → standalone question → papers → checked answer."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings

from assistant import filters as bounds
from assistant import metadata
from assistant import settings as configuration
from assistant.chat import Chat, make_chat
from assistant.conversation import Resolved, about_last, resolve
from assistant.errors import ModelError, QuestionError, StoreError
from assistant.folder import Folder, State
from assistant.keywords import KeywordIndex
from assistant.models import make_embedder
from assistant.names import NameIndex
from assistant.quotes import writer
from assistant.quotes.draft import Draft, Request
from assistant.retrieve import NO_FILTERS, Retriever
from assistant.settings import Settings
from assistant.store import Store, built_with
from assistant.types import QUOTES, Answer, Filters, Paper, Turn

if TYPE_CHECKING:
    from assistant.write import Reply

LONGEST_QUESTION = 4000


class AnswerStream:
    """An answer under way: iterate for pieces of its text, then read `answer`.

    When a model fails or cites nothing, the answer is the quotations, with a note that says why.
    """

    def __init__(self, question: str, request: Request, draft: Draft, reply: Reply | None, started: float) -> None:
        self._question = question
        self._request = request
        self._draft = draft
        self._reply = reply
        self._started = started
        self._answer: Answer | None = None

    def __iter__(self) -> Iterator[str]:
        if self._reply is None:
            yield self._draft.text
            self._finish(self._draft, QUOTES)
            return
        try:
            yield from self._reply
        except ModelError as error:
            self._finish(self._draft, QUOTES, (f"{error}. These are quotations instead.",))
            return
        if self._reply.draft is not None:
            considered = tuple(one.paper for one in self._request.retrieval.candidates[: len(self._draft.considered)])
            self._finish(replace(self._reply.draft, considered=considered), self._reply.model)

    @property
    def answer(self) -> Answer:
        """Return the finished answer; iterating must have come to its end."""
        if self._answer is None:
            raise RuntimeError("the answer is not finished: iterate the stream first")
        return self._answer

    def _finish(self, draft: Draft, model: str, notes: tuple[str, ...] = ()) -> None:
        cited = {one.paper.id for one in draft.citations}
        self._answer = Answer(
            question=self._question,
            kind=draft.kind,
            text=draft.text,
            abstained=draft.abstained,
            citations=draft.citations,
            retrieved=self._request.retrieval.candidates,
            considered=tuple(paper for paper in draft.considered if paper.id not in cited),
            nearest=draft.nearest,
            model=model,
            seconds=round(time.perf_counter() - self._started, 4),
            notes=notes,
        )


@dataclass(frozen=True, slots=True)
class View:
    """One finished state of an index, opened for reading."""

    state: State
    retriever: Retriever
    names: NameIndex

    def close(self) -> None:
        """Release its files."""
        self.retriever.store.close()
        self.retriever.keywords.close()


class Assistant:
    """Answers questions about the papers of one corpus, with citations into their abstracts."""

    def __init__(self, folder: Folder, embedder: Embeddings, chat: Chat | None = None) -> None:
        """Open the index in `folder`; without `chat` answers are quotations. StoreError says what to do."""
        self._folder = folder
        self._embedder = embedder
        self._chat = chat
        self._lock = threading.Lock()
        self._previous: View | None = None
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
        # The embedder's model is read and checked while Chroma is imported: on two cores that saves a quarter second.
        with ThreadPoolExecutor(max_workers=1) as beside:
            warm = beside.submit(embedder.embed_query, "papers")
            assistant = cls(folder, embedder, make_chat(settings))
            warm.result()
        return assistant

    def papers(self, filters: Filters = NO_FILTERS) -> list[Paper]:
        """Return the papers that satisfy `filters`, in the order in which they were added."""
        return [paper for paper in self._fresh().retriever.papers.values() if bounds.matches(paper, filters)]

    def ask(self, question: str, history: Sequence[Turn] = (), filters: Filters = NO_FILTERS) -> Answer:
        """Answer `question`, which may refer to the turns before it and hold filters such as `year>=2023`.

        Raises QuestionError for an empty or overlong question or a bad filter.
        """
        stream = self.stream(question, history, filters)
        for _ in stream:
            pass
        return stream.answer

    def stream(self, question: str, history: Sequence[Turn] = (), filters: Filters = NO_FILTERS) -> AnswerStream:
        """Begin an answer: iterate for pieces of its text, then read `.answer`."""
        started = time.perf_counter()
        view = self._fresh()
        question = _checked(question)
        text, filters = _without_filters(view, question, filters)
        resolved = resolve(text, history, view.names)
        request, draft = self._draft(view, resolved, filters)
        if draft.abstained and (again := about_last(text, history, view.names, view.retriever)):
            resolved = again
            request, draft = self._draft(view, resolved, filters)
        reply = self._reply(request, draft, resolved.question)
        # A question that needed nothing from before is shown as it was put, its filters included.
        asked = question if resolved.question == text else resolved.question
        return AnswerStream(asked, request, draft, reply, started)

    def search(self, question: str, filters: Filters = NO_FILTERS, limit: int = 50) -> Answer:
        """Return an answer without text: only the ranking of up to `limit` papers."""
        started = time.perf_counter()
        view = self._fresh()
        text, filters = _without_filters(view, _checked(question), filters)
        found = view.retriever.search(text, filters, limit)
        seconds = round(time.perf_counter() - started, 4)
        return Answer(text, "none", "", True, (), found.candidates, seconds=seconds)

    @property
    def model(self) -> str:
        """Return the name of the model that writes, or "quotes"."""
        return self._chat.name if self._chat else QUOTES

    def close(self) -> None:
        """Release the index."""
        for view in (self._previous, self._view):
            if view is not None:
                view.close()

    def _reply(self, request: Request, draft: Draft, question: str) -> Reply | None:
        """Return a model's reply under way; nothing is written where the quotes already say that nothing is known."""
        if self._chat is None or draft.abstained:
            return None
        return self._chat.write(draft.kind, question, _to_read(request, draft))

    def _draft(self, view: View, resolved: Resolved, filters: Filters) -> tuple[Request, Draft]:
        request = self._request(view, resolved, bounds.merge(filters, resolved.filters))
        return request, writer.write(request, resolved.kind_from or resolved.question)

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
            follow_up=resolved.follow_up,
        )

    def _fresh(self) -> View:
        """Return the current state of the index, opened again when another process has finished a write.

        The view before it stays open, since other sessions may still be answering from it; so does its folder.
        """
        with self._lock:
            state = self._folder.state()
            if state is not None and state != self._view.state:
                fresh = self._open()
                if self._previous is not None:
                    self._previous.close()
                self._previous, self._view = self._view, fresh
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
    try:
        keywords = KeywordIndex(path if path.exists() else None)
        if keywords.holds(papers):
            return keywords
        keywords.close()
    except sqlite3.DatabaseError:
        pass
    return KeywordIndex.rebuilt(None, papers)


def _without_filters(view: View, question: str, filters: Filters) -> tuple[str, Filters]:
    """Return the question without the filters written in it, as such or in plain words, and all filters together."""
    text, written = bounds.parse(question)
    text, said = metadata.recognise(text, view.retriever.papers.values())
    return text, bounds.merge(bounds.merge(filters, written), said)


def _to_read(request: Request, draft: Draft) -> list[Paper]:
    """Return the papers a model is given: those the quotations come from, then the next best."""
    cited = [one.paper for one in draft.citations]
    if draft.kind == "comparison":
        return cited
    return [*cited, *(one.paper for one in request.retrieval.candidates if one.paper not in cited)]


def _checked(question: str) -> str:
    # Half of a surrogate pair, as broken JSON may hold, is no character: neither tokenizer nor output could bear it.
    text = question.encode("utf-8", "replace").decode("utf-8").strip()
    if not text:
        raise QuestionError("the question is empty; ask something about the papers")
    if len(text) > LONGEST_QUESTION:
        raise QuestionError(f"the question has {len(text):,} characters; at most {LONGEST_QUESTION:,} are read")
    return text
