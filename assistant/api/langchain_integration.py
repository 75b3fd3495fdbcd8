"""The corpus and its answers as parts of LangChain programs: a retriever, a runnable, a tool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun, Callbacks
from langchain_core.documents import Document
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda
from langchain_core.tools import BaseTool, StructuredTool, ToolException

from assistant.api.conversation import AnswerMemory, Exchange, read_messages
from assistant.assistant import Assistant
from assistant.errors import QuestionError
from assistant.history.citations import renumber
from assistant.history.export.references import reference
from assistant.types import NO_FILTERS, Answer, Filters, Paper, Span

_ROLES = {"human": "user", "ai": "assistant"}


class PaperRetriever(BaseRetriever):
    """Finds the `k` best papers for a question, which may hold filters such as `year>=2023`.

    A document's content is the abstract, or with `passages` the words of it that fit best. Its
    metadata are id, title, authors, year, venue, url, score, and the best passages as `spans`.
    """

    assistant: Assistant
    k: int = 10
    filters: Filters = NO_FILTERS
    passages: bool = False

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        found = self.assistant.search(query, self.filters, self.k if k is None else k).retrieved
        return [
            _document(
                candidate.paper,
                candidate.passages,
                content=candidate.passages[0].text
                if self.passages and candidate.passages
                else None,
                score=candidate.score,
            )
            for candidate in found
        ]


def as_runnable(assistant: Assistant) -> Runnable[str | Sequence[BaseMessage], dict[str, Any]]:
    """Return a runnable from a question, or the messages of a conversation that end with one, to
    its answer: `answer` with [n] markers, `sources` as documents in the order of their numbers,
    `abstained`, `notes`, `model`.

    What is asked within a chain is part of the chain's trace.
    """
    memory = AnswerMemory()

    def ask(asked: str | Sequence[BaseMessage], config: RunnableConfig) -> dict[str, Any]:
        messages = [HumanMessage(asked)] if isinstance(asked, str) else asked
        texts = [(_ROLES.get(one.type, one.type), str(one.text)) for one in messages]
        exchanges, question = read_messages(texts)
        turns = memory.turns(assistant.corpus, exchanges, assistant.snapshot)
        answer = renumber(assistant.ask(question, turns, config=config), turns)
        memory.keep(assistant.corpus, Exchange(question, answer.text), answer)
        return {
            "answer": answer.text,
            "sources": [
                _document(one.paper, one.quotes, number=one.number) for one in answer.citations
            ],
            "abstained": answer.abstained,
            "notes": [*answer.notes, *answer.warnings],
            "model": answer.model,
        }

    return RunnableLambda(ask, name="paper_assistant")


def as_tool(
    assistant: Assistant, name: str = "ask_papers", description: str | None = None
) -> BaseTool:
    """Return a tool that answers a question from the corpus: for the model the text with its
    sources, or what is wrong with the question, and as artifact the Answer."""

    def ask(question: str, callbacks: Callbacks = None) -> tuple[str, Answer]:
        try:
            answer = assistant.ask(question, config={"callbacks": callbacks})
        except QuestionError as error:
            raise ToolException(str(error)) from error
        sources = (f"[{one.number}] {reference(one.paper)}" for one in answer.citations)
        parts = (*answer.notes, *answer.warnings, answer.text, "\n".join(sources))
        return "\n\n".join(filter(None, parts)), answer

    number = assistant.count()
    return StructuredTool.from_function(
        ask,
        name=name,
        description=description
        or (
            f"Answers a question from the abstracts of the {number:,} research papers in the"
            f" corpus {assistant.corpus!r}, with numbered sources. Filters such as year>=2023,"
            " author:NAME or venue:NAME may stand in the question. It says so when no paper"
            " answers."
        ),
        response_format="content_and_artifact",
        handle_tool_error=True,
    )


def _document(
    paper: Paper, spans: Sequence[Span], content: str | None = None, **more: object
) -> Document:
    metadata = {
        "id": paper.id,
        "title": paper.title,
        "authors": list(paper.authors),
        "year": paper.year,
        "venue": paper.venue,
        "url": paper.page,
        **paper.facts.shown(),
        "spans": [{"text": one.text, "start": one.start, "end": one.end} for one in spans],
        **more,
    }
    text = paper.abstract if content is None else content
    return Document(page_content=text, id=paper.id, metadata=metadata)
