"""The corpus within LangChain programs, and one trace for each question."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnablePassthrough
from langchain_core.tracers import BaseTracer
from langchain_core.tracers.schemas import Run
from langchain_tests.integration_tests import RetrieversIntegrationTests
from openinference.instrumentation.langchain import LangChainInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from assistant.api.langchain_integration import PaperRetriever, as_runnable, as_tool
from assistant.assistant import Assistant
from assistant.composing.tracing import RUN
from assistant.errors import QuestionError
from assistant.types import Answer, Filters
from tests.conftest import Open, Written
from tests.openai_server import Fault, Server

FACT = "how many parameters does SimDA tune?"
WAYS = "which papers adapt T2I models to video?"


class TestRetriever(RetrieversIntegrationTests):
    """LangChain's own suite."""

    @pytest.fixture(autouse=True)
    def _opened(self, assistant: Assistant) -> None:
        self.assistant = assistant

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return PaperRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"assistant": self.assistant}

    @property
    def retriever_query_example(self) -> str:
        return WAYS


class Traces(BaseTracer):
    """Keeps the runs that have no run above them."""

    def __init__(self) -> None:
        super().__init__()
        self.roots: list[Run] = []

    def _persist_run(self, run: Run) -> None:
        self.roots.append(run)


def all_runs(run: Run) -> Iterator[Run]:
    yield run
    for child in run.child_runs:
        yield from all_runs(child)


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """What OpenInference's instrumentation of LangChain exports."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = LangChainInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    yield exporter
    instrumentor.uninstrument()


def with_model(assistant: Assistant, written: Written) -> Assistant:
    """An assistant over the same index whose model is the test's server."""
    chat = written.chat
    own = assistant.beside(assistant._index.folder)
    own._chat = chat
    return own


@pytest.fixture
def asking(assistant: Assistant, writer: Written) -> Iterator[Assistant]:
    own = with_model(assistant, writer)
    yield own
    own.close()


def test_documents_hold_the_abstract_and_where_its_best_words_stand(assistant: Assistant) -> None:
    found = PaperRetriever(assistant=assistant, k=5).invoke(WAYS)
    papers = {paper.id: paper for paper in assistant.papers()}
    ranked = assistant.search(WAYS, limit=5).retrieved
    assert [one.id for one in found] == [one.paper.id for one in ranked]
    for document in found:
        paper, data = papers[str(document.id)], document.metadata
        assert document.page_content == paper.abstract
        assert (data["title"], data["authors"], data["year"]) == (
            paper.title,
            list(paper.authors),
            paper.year,
        )
        assert (data["url"], data["venue"]) == (paper.url, paper.venue)
        assert data["spans"]
        for span in data["spans"]:
            assert document.page_content[span["start"] : span["end"]] == span["text"]
    scores = [document.metadata["score"] for document in found]
    assert scores == sorted(scores, reverse=True)


def test_passages_and_filters(assistant: Assistant) -> None:
    retriever = PaperRetriever(
        assistant=assistant, k=4, passages=True, filters=Filters(year_from=2024)
    )
    found = retriever.invoke("video diffusion venue:CVPR")
    assert found
    for document in found:
        assert document.metadata["year"] >= 2024
        assert "CVPR" in document.metadata["venue"]
        assert document.page_content == document.metadata["spans"][0]["text"]
    with pytest.raises(QuestionError):
        retriever.invoke("video year>=abc")


def test_retriever_in_a_chain_and_async(assistant: Assistant) -> None:
    retriever = PaperRetriever(assistant=assistant, k=2)
    chain = {"papers": retriever, "question": RunnablePassthrough()} | RunnablePassthrough()
    assert [type(one) for one in chain.invoke(FACT)["papers"]] == [Document, Document]
    together = asyncio.run(retriever.abatch([FACT, WAYS]))
    assert [[one.id for one in found] for found in together] == [
        [one.id for one in retriever.invoke(question)] for question in (FACT, WAYS)
    ]


def test_runnable_answers_as_the_assistant_does(assistant: Assistant) -> None:
    runnable, answer = as_runnable(assistant), assistant.ask(FACT)
    for told in (runnable.invoke(FACT), asyncio.run(runnable.ainvoke(FACT))):
        assert told["answer"] == answer.text
        assert [one.metadata["number"] for one in told["sources"]] == [
            one.number for one in answer.citations
        ]
        quoted = told["sources"][0]
        for span in quoted.metadata["spans"]:
            assert quoted.page_content[span["start"] : span["end"]] == span["text"]
        assert "24M" in quoted.metadata["spans"][0]["text"]
        assert told["abstained"] is False
    assert runnable.invoke("what is the airspeed of an unladen swallow?")["abstained"] is True


def test_a_conversation_is_its_messages(assistant: Assistant) -> None:
    runnable = as_runnable(assistant)
    messages: list[BaseMessage] = [HumanMessage("compare SimDA with Tune-A-Video")]
    messages.append(AIMessage(runnable.invoke(messages)["answer"]))
    told = runnable.invoke([*messages, HumanMessage("who wrote the second one?")])
    [source] = told["sources"]
    assert source.metadata["title"].startswith("Tune-A-Video")
    assert source.metadata["number"] == 2
    with pytest.raises(QuestionError, match="the last message must be the user's"):
        runnable.invoke(messages)


def test_tool_tells_a_model_the_answer_and_its_sources(assistant: Assistant) -> None:
    tool = as_tool(assistant)
    assert "219 research papers" in tool.description
    assert list(tool.args) == ["question"]
    call = {"name": tool.name, "args": {"question": FACT}, "id": "1", "type": "tool_call"}
    said = tool.invoke(call)
    assert "24M" in said.content
    assert "[1] Zhen Xing, Qi Dai, Han Hu, Zuxuan Wu, Yu-Gang Jiang (2023). SimDA" in said.content
    assert isinstance(said.artifact, Answer)
    assert said.artifact.citations[0].paper.title.startswith("SimDA")
    refused = tool.invoke({**call, "args": {"question": "video year>=abc"}})
    assert "year" in refused.content
    assert refused.artifact is None
    assert as_tool(assistant, "other", "Ask.").description == "Ask."


@pytest.mark.parametrize(
    "question", [FACT, pytest.param(WAYS, marks=pytest.mark.slow), f"{FACT} {WAYS}"]
)
def test_one_question_is_one_trace(question: str, server: Server, asking: Assistant) -> None:
    traces = Traces()
    answer = asking.ask(
        question, config={"callbacks": [traces], "tags": ["mine"], "metadata": {"who": "ada"}}
    )
    [root] = traces.roots
    assert (root.name, root.run_type, root.error) == (RUN, "chain", None)
    assert root.inputs == {"question": question}
    assert root.outputs
    assert root.outputs["answer"] == answer.text
    assert root.outputs["sources"] == [one.paper.id for one in answer.citations]
    runs = list(all_runs(root))
    models = [run for run in runs if run.run_type == "llm"]
    assert len(models) == len(server.requests) > 0
    for run in runs:
        assert run.trace_id == root.id
        assert "mine" in (run.tags or [])
        assert run.metadata["who"] == "ada"


def test_openinference_sees_one_trace_for_each_question(
    spans: InMemorySpanExporter, server: Server, asking: Assistant
) -> None:
    for _ in range(2):
        asking.ask(FACT)
    told = spans.get_finished_spans()
    assert len({span.context.trace_id for span in told if span.context}) == 2
    roots = [span for span in told if span.parent is None]
    assert [span.name for span in roots] == [RUN, RUN]
    kinds = [(span.attributes or {}).get("openinference.span.kind") for span in told]
    assert kinds.count("CHAIN") == 2
    assert kinds.count("LLM") == len(server.requests) >= 2


def test_a_question_within_a_chain_or_a_tool_is_part_of_its_trace(
    server: Server, asking: Assistant
) -> None:
    for part, given in ((as_runnable(asking), FACT), (as_tool(asking), {"question": FACT})):
        traces = Traces()
        before = len(server.requests)
        part.invoke(given, config={"callbacks": [traces]})
        [root] = traces.roots
        runs = list(all_runs(root))
        assert [run.name for run in runs].count(RUN) == 1
        assert sum(run.run_type == "llm" for run in runs) == len(server.requests) - before > 0


def test_what_fails_or_is_left_ends_its_run(
    open_writer: Open, server: Server, assistant: Assistant
) -> None:
    server.reply = lambda request: Fault(401, "no")
    own = with_model(assistant, open_writer())
    traces = Traces()
    answer = own.ask(FACT, config={"callbacks": [traces]})  # the draft stands in
    [root] = traces.roots
    assert root.error is None
    assert answer.notes
    assert any(run.error for run in all_runs(root) if run.run_type == "llm")
    stream = own.stream(FACT, config={"callbacks": [traces]})
    pieces = iter(stream)
    next(pieces)
    pieces.close()
    assert len(traces.roots) == 2
    assert "GeneratorExit" in str(traces.roots[1].error)
    with pytest.raises(QuestionError):
        own.ask("", config={"callbacks": [traces]})
    assert len(traces.roots) == 2
    own.close()
