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
from assistant.types import NO_FILTERS, Answer, Candidate, Filters, Paper, Span

_ROLES = {"human": "user", "ai": "assistant"}


class PaperRetriever(BaseRetriever):
    """Finds the `k` best papers for a question, which may hold filters such as `year>=2023`.

    A document's content is the whole abstract, or with `passages` the words of it that fit the
    question best. Its metadata are id, title, authors, year, venue, url, score, and `spans`: the
    best passages, each with its text and where in the abstract it begins and ends.
    """

    assistant: Assistant
    k: int = 10
    filters: Filters = NO_FILTERS
    passages: bool = False

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        found = self.assistant.search(query, self.filters, self.k if k is None else k).retrieved
        return [_of_candidate(candidate, self.passages) for candidate in found]


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
        return _to_output(answer)

    return RunnableLambda(ask, name="paper_assistant")


def as_tool(
    assistant: Assistant, name: str = "ask_papers", description: str | None = None
) -> BaseTool:
    """Return a tool that answers a question from the corpus: for the model the text with its
    sources, as artifact the Answer.

    What is wrong with a question that cannot be used is told to the model, which may mend it.
    """

    def ask(question: str, callbacks: Callbacks = None) -> tuple[str, Answer]:
        try:
            answer = assistant.ask(question, config={"callbacks": callbacks})
        except QuestionError as error:
            raise ToolException(str(error)) from error
        return _to_text(answer), answer

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


def _to_output(answer: Answer) -> dict[str, Any]:
    return {
        "answer": answer.text,
        "sources": [
            _document(citation.paper, citation.quotes, number=citation.number)
            for citation in answer.citations
        ],
        "abstained": answer.abstained,
        "notes": [*answer.notes, *answer.warnings],
        "model": answer.model,
    }


def _to_text(answer: Answer) -> str:
    """Return an answer as a model reads it: its notes, its text, its sources."""
    sources = (f"[{one.number}] {reference(one.paper)}" for one in answer.citations)
    parts = (*answer.notes, *answer.warnings, answer.text, "\n".join(sources))
    return "\n\n".join(part for part in parts if part)


def _of_candidate(candidate: Candidate, passages: bool) -> Document:
    spans = candidate.passages
    best = spans[0].text if passages and spans else None
    return _document(candidate.paper, spans, content=best, score=candidate.score)


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
        **paper.facts.known(),
        "spans": [{"text": one.text, "start": one.start, "end": one.end} for one in spans],
        **more,
    }
    text = paper.abstract if content is None else content
    return Document(page_content=text, id=paper.id, metadata=metadata)
