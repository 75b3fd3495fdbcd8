"""Filters: read from a question, checked, and really applied by the store."""

from __future__ import annotations

import pytest

from assistant import filters as bounds
from assistant.errors import QuestionError
from assistant.pipeline import Assistant
from assistant.types import Filters, Paper


@pytest.mark.parametrize(
    ("text", "rest", "filters"),
    [
        ("video year>=2023", "video", Filters(year_from=2023)),
        ("year:2021-2023 video", "video", Filters(year_from=2021, year_to=2023)),
        ("video year:2023", "video", Filters(year_from=2023, year_to=2023)),
        ("video YEAR<2020", "video", Filters(year_to=2019)),
        ("a year>2020 year<=2022 b", "a b", Filters(year_from=2021, year_to=2022)),
        ('by author:"Ying Shan" author:wu', "by", Filters(authors=("Ying Shan", "wu"))),
        ("venue:cvpr title:text-to-video", "", Filters(venues=("cvpr",), titles=("text-to-video",))),
        ('video text:"Zero-Shot learning" text:adapter', "video", Filters(texts=("Zero-Shot learning", "adapter"))),
        ("a context:window of this text: who text>a", "a context:window of this text: who text>a", Filters()),
        ("what year is it? the author: who", "what year is it? the author: who", None),
        ("a ratio of year-end 3>=2", "a ratio of year-end 3>=2", Filters()),
    ],
)
def test_filters_are_read_from_the_question(text: str, rest: str, filters: Filters | None) -> None:
    if filters is None:
        with pytest.raises(QuestionError, match="author: has no value"):
            bounds.parse(text)
    else:
        assert bounds.parse(text) == (rest, filters)


@pytest.mark.parametrize("text", ["year>=soon", "year:", "author:", 'venue:""', "title>=a", 'text:""', "year>=2020-2021"])
def test_bad_filters_are_explained(text: str) -> None:
    with pytest.raises(QuestionError, match="write"):
        bounds.parse(f"video {text}") if text != "year>=2020-2021" else _raise_as_written(text)


def _raise_as_written(text: str) -> None:
    try:
        bounds.parse(text)
    except QuestionError as error:
        raise QuestionError(f"write: {error}") from error


@pytest.mark.parametrize(
    "text",
    [
        "year>=2023",
        "year:2019-2020",
        "author:shan",
        'author:"Ying Shan"',
        "venue:cvpr",
        "title:text-to-video",
        "author:a",
        "text:video",
        'text:"ZERO-SHOT learning"',
        "text:video text:adapter year>=2023",
        "year>=2023 venue:iccv",
    ],
)
def test_store_and_plain_reading_agree(assistant: Assistant, text: str) -> None:
    _, filters = bounds.parse(text)
    expected = {paper.id for paper in assistant.papers() if bounds.matches(paper, filters)}
    found = assistant.search(f"video generation {text}", limit=1000).retrieved
    assert expected
    assert {one.paper.id for one in found} == expected
    as_arguments = assistant.search("video generation", filters, limit=1000).retrieved
    assert [one.paper.id for one in as_arguments] == [one.paper.id for one in found]


def test_filters_bound_the_answer_and_its_denominator(assistant: Assistant) -> None:
    answer = assistant.ask("which papers are about text-to-video generation? year>=2024")
    assert answer.citations
    assert all(citation.paper.year is not None and citation.paper.year >= 2024 for citation in answer.citations)
    count = len([paper for paper in assistant.papers() if paper.year is not None and paper.year >= 2024])
    assert f"of {count} papers" in answer.text


def test_filters_alone_list_the_papers_that_satisfy_them(assistant: Assistant) -> None:
    answer = assistant.ask("which papers are there? year:2019")
    expected = {paper.id for paper in assistant.papers(Filters(year_from=2019, year_to=2019))}
    assert {citation.paper.id for citation in answer.citations} == expected
    assert f"{len(expected)} of the {len(expected)} papers of 2019" in answer.text


def test_a_score_means_the_same_under_a_filter(assistant: Assistant) -> None:
    everywhere = {one.paper.id: one.score for one in assistant.search("text-to-video generation", limit=219).retrieved}
    filtered = assistant.search("text-to-video generation year>=2024").retrieved
    assert all(abs(one.score - everywhere[one.paper.id]) < 0.01 for one in filtered)


def test_text_filter_is_what_title_or_abstract_says_together(assistant: Assistant, corpus: list[Paper]) -> None:
    def has(paper: Paper, words: str) -> bool:
        return any(words in " ".join(text.lower().split()) for text in (paper.title, paper.abstract))

    found = assistant.papers(Filters(texts=("Zero-Shot  Learning",)))
    assert found == [paper for paper in assistant.papers() if has(paper, "zero-shot learning")]
    assert 0 < len(found) < len(corpus)
    answer = assistant.ask('which papers are there? text:"zero-shot learning"')
    assert {one.paper for one in answer.citations} == set(found)
    assert "with 'zero-shot learning' in title or abstract" in answer.text


def test_text_filter_knows_no_case_accents_or_line_ends() -> None:
    paper = Paper("p", "Naïve Bayes", "We train on zero-shot\ntasks.")
    assert bounds.matches(paper, Filters(texts=("naive BAYES", "Zero-shot tasks")))
    assert not bounds.matches(paper, Filters(texts=("bayes we",)))  # title and abstract are apart
    assert bounds.merge(Filters(texts=("a",)), Filters(texts=("b",))) == Filters(texts=("a", "b"))


def test_filter_that_nothing_satisfies(assistant: Assistant) -> None:
    answer = assistant.ask("which papers are about video? author:nobody-at-all")
    assert answer.abstained
    assert "0 papers" in answer.text
