"""A corpus of more papers than are scored for a question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from assistant.assistant import Assistant
from assistant.index.layout import Folder
from assistant.index.papers import PaperRecords
from assistant.models.minilm import MiniLM
from assistant.retrieval import hybrid
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.types import Filters
from tests.bench import grown

pytestmark = pytest.mark.slow

SIZE = 3000
QUESTIONS = (
    "which papers adapt text-to-image models to video?",
    "pre-training speech models on unlabelled recordings",
    "Danish, Norwegian and Swedish language models",
    "how are vision transformers made smaller?",
    "medical images",
)


@pytest.fixture(scope="module")
def large(
    view: IndexSnapshot, embedder: MiniLM, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Assistant]:
    folder = Folder(tmp_path_factory.mktemp("large") / "corpora" / "large")
    grown.write(folder, view, SIZE)
    opened = Assistant(folder, embedder)
    yield opened
    opened.close()


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_best_candidates_are_the_best_of_all(
    large: Assistant, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    retriever = large.snapshot.retriever
    first = [one.paper.id for one in retriever.search(question).candidates]
    some = {one.paper.id for one in retriever.search(question, limit=None).candidates}
    monkeypatch.setattr(hybrid, "_POOL", SIZE)
    every = replace(retriever)  # which takes its sample anew
    ranked = [one.paper.id for one in every.search(question, limit=None).candidates]
    assert len(some) < SIZE == len(ranked)
    assert set(ranked[:20]) <= some
    assert len(set(first) & set(ranked[:50])) >= 40


def test_only_papers_under_a_filter_are_found_however_few(large: Assistant) -> None:
    question, few = QUESTIONS[0], Filters(year_to=2018)
    found = large.snapshot.retriever.search(question, few).candidates
    assert 0 < len(found) <= hybrid.LIMIT
    assert all((one.paper.year or 9999) <= 2018 for one in found)
    one = large.papers()[SIZE // 2]
    (alone,) = large.snapshot.retriever.search(question, Filters(only=(one.id,))).candidates
    assert alone.paper == one


def test_a_score_means_the_same_under_a_filter(large: Assistant) -> None:
    retriever = large.snapshot.retriever
    whole = {one.paper.id: one.score for one in retriever.search(QUESTIONS[0]).candidates}
    dated = retriever.search(QUESTIONS[0], Filters(year_from=2023)).candidates
    shared = [(whole[one.paper.id], one.score) for one in dated if one.paper.id in whole]
    assert len(shared) >= 5
    assert all(abs(first - second) < 0.5 for first, second in shared)


def test_a_question_reads_few_papers(large: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    paper = PaperRecords.paper

    def counted(self: PaperRecords, identifier: str) -> object:
        read.append(identifier)
        return paper(self, identifier)

    monkeypatch.setattr(PaperRecords, "paper", counted)
    monkeypatch.setattr(PaperRecords, "papers", lambda _: pytest.fail("all papers were read"))
    again = Assistant(large._index.folder, large.embedder)
    for question in QUESTIONS:
        assert again.ask(question).text
    assert len(read) < 600
    again.close()


def test_papers_of_a_large_corpus_are_counted_without_being_read(
    large: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    bibliography = large.snapshot.retriever.bibliography
    whole = len(large.papers(Filters(year_from=2022)))
    monkeypatch.setattr(PaperRecords, "paper", lambda *_: pytest.fail("a paper was read"))
    assert bibliography.count(Filters(year_from=2022)) == whole > 100
