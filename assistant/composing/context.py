"""Where one question is worked on: a view of the corpus, what is found in it, and who writes."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings

from assistant.composing.extractive import answer, counts
from assistant.composing.extractive.draft import Draft, Request
from assistant.composing.table_editing import Edited, edit_table
from assistant.composing.written.task import Task
from assistant.models.chat import Chat
from assistant.reading import bibliographic, criteria
from assistant.reading.count_follow_ups import CountFollowUps
from assistant.reading.counts import CountQuery
from assistant.reading.follow_ups import Resolved, about_last
from assistant.reading.table_edits import TableEdit
from assistant.retrieval.filters import matches_filters, merge_filters, parse_filters
from assistant.retrieval.hybrid import LIMIT
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.types import Filters, Paper, Turn

if TYPE_CHECKING:
    from assistant.composing.written.llm_client import LLMClient
    from assistant.composing.written.postprocess import CheckerConfig
    from assistant.models.budget import Account


@dataclass(frozen=True)
class Desk:
    """One question's place of work; without `chat` answers are quotations. `stop` ends what the model does."""

    view: IndexSnapshot
    embedder: Embeddings
    chat: Chat | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    def draft(self, resolved: Resolved, filters: Filters) -> tuple[Request, Draft]:
        """Return what is found for a standalone question, and the quoting answer to it."""
        request = self.request(resolved, merge_filters(filters, resolved.filters))
        left_out = [paper for paper in request.focus() if not matches_filters(paper, filters)]
        request = replace(request, outside=tuple(left_out))
        return request, answer.write(request, resolved.kind_from or resolved.question)

    def tally(self, question: str, history: Sequence[Turn]) -> CountQuery | None:
        """Return the count that the question asks for, None when it asks for anything else."""
        reader = CountFollowUps(
            lambda text: without_filters(self.view, text, Filters()), self.view.names
        )
        return reader.read_count(question, history)

    def count(self, tally: CountQuery, filters: Filters) -> tuple[Request | None, Draft]:
        """Return a count under `filters`, and what was found for its topic, if it has one; no model is asked.

        The papers about a topic are those that a list of them would have.
        """
        only = Filters(only=tally.filters.only)
        wanted = merge_filters(filters, tally.filters)
        papers = self.papers(wanted)
        if not tally.topic:
            return None, counts.write_count(
                counts.Counting(replace(tally, filters=wanted), papers, self.papers(only))
            )
        search = f"papers {tally.topic}"
        request = self.request(
            Resolved(search, search, only), wanted, len(self.view.retriever.papers)
        )
        if not request.retrieval.candidates or (members := counts.find_members(request)) is None:
            return request, answer.write(request, search)
        return request, counts.write_count(
            counts.Counting(replace(tally, filters=wanted), members, papers, request)
        )

    def papers(self, filters: Filters) -> list[Paper]:
        """Return the papers that satisfy `filters`, in the order in which they were added."""
        return self.view.retriever.bibliography.select(filters)

    def request(self, resolved: Resolved, filters: Filters, limit: int = LIMIT) -> Request:
        """Return a standalone question with up to `limit` papers found for it under `filters`."""
        # A question of filters alone ("year>=2023") asks for all that satisfy them.
        search = resolved.search or "papers"
        retriever = self.view.retriever
        shown = replace(filters, without=())
        asked = criteria.split(search)
        found = retriever.search(asked.topic, filters, limit)
        return Request(
            question=asked.topic,
            filters=filters,
            retrieval=criteria.applied(asked, found, retriever.keywords),
            retriever=retriever,
            names=self.view.names,
            mentions=tuple(self.view.names.find(asked.topic)),
            corpus_size=len(retriever.bibliography.select(shown)),
            scoped=resolved.scoped,
            follow_up=resolved.follow_up,
        )

    def edit_table(self, edit: TableEdit, filters: Filters) -> Generator[str, None, Edited]:
        """Yield what is being done, and return the standalone question, what is found for it and the edited table."""

        @cache
        def request_for(text: str) -> Request:
            plain, all_filters = without_filters(self.view, text, filters)
            return self.request(Resolved(plain, plain), all_filters)

        def task_for(question: str, request: Request) -> Task | None:
            return self.task(question, request, Draft("comparison", ""))

        return (yield from edit_table(edit, request_for, task_for))

    def editor(self, edit: TableEdit) -> str:
        """Return who wrote the table that was just edited: the model as soon as one wrote any of its cells."""
        asked = self.chat is not None and self.account is not None and self.account.usage.calls > 0
        return self.chat.name if self.chat is not None and asked else edit.answer.model

    def read_again(
        self, text: str, history: Sequence[Turn]
    ) -> Generator[str, None, Resolved | None]:
        """Return another reading of a follow-up that found nothing: by the rules, else by the model, None when there is none."""
        if again := about_last(text, history, self.view.names, self.view.retriever):
            return again
        if self.client is None or not history:
            return None
        from assistant.composing.written.question_rewrite import rewrite_question

        yield "reading the follow-up"
        standalone = rewrite_question(text, history, self.client)
        return Resolved(standalone, standalone, follow_up=True) if standalone else None

    def task(self, question: str, request: Request, draft: Draft) -> Task | None:
        """Return what a model has to write, None without one."""
        return Task(question, request, draft, self.client, self.checker) if self.client else None

    @cached_property
    def client(self) -> LLMClient | None:
        """Return what makes the calls of this question's answer, under one account."""
        if self.chat is None:
            return None
        from assistant.composing.written.llm_client import LLMClient

        return LLMClient(self.chat, self.chat.account(), self.stop)

    @property
    def account(self) -> Account | None:
        """Return the account of what the model costs."""
        return self.client.account if self.client else None

    @cached_property
    def checker(self) -> CheckerConfig:
        """Return how the answer is checked."""
        from assistant.composing.written.postprocess import CheckerConfig, embedding_similarity

        return CheckerConfig(
            embedding_similarity(self.embedder),
            self.view.systems,
            self.chat.unsupported if self.chat else "mark",
        )


def without_filters(view: IndexSnapshot, question: str, filters: Filters) -> tuple[str, Filters]:
    """Return the question without the filters written in it, as such or in plain words, and all filters together."""
    text, written = parse_filters(question)
    text, said = bibliographic.recognise_filters(text, view.retriever.bibliography)
    return text, merge_filters(merge_filters(filters, written), said)
