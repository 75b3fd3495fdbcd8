"""Filters: read from a question, checked, and really applied by the store."""

from __future__ import annotations

import pytest

from assistant.assistant import Assistant
from assistant.errors import QuestionError
from assistant.retrieval.filters import matches_filters, merge_filters, parse_filters
from assistant.types import Answer, Filters, Paper, Turn


@pytest.mark.parametrize(
    ("text", "rest", "filters"),
    [
        ("video year>=2023", "video", Filters(year_from=2023)),
        ("year:2021-2023 video", "video", Filters(year_from=2021, year_to=2023)),
        ("video year:2023", "video", Filters(year_from=2023, year_to=2023)),
        ("video YEAR<2020", "video", Filters(year_to=2019)),
        ("a year>2020 year<=2022 b", "a b", Filters(year_from=2021, year_to=2022)),
        ('by author:"Ying Shan" author:wu', "by", Filters(authors=("Ying Shan", "wu"))),
        (
            "venue:cvpr title:text-to-video",
            "",
            Filters(venues=("cvpr",), titles=("text-to-video",)),
        ),
        (
            'video text:"Zero-Shot learning" text:adapter',
            "video",
            Filters(texts=("Zero-Shot learning", "adapter")),
        ),
        (
            "a context:window of this text: who text>a",
            "a context:window of this text: who text>a",
            Filters(),
        ),
        ("what year is it? the author: who", "what year is it? the author: who", None),
        ("a ratio of year-end 3>=2", "a ratio of year-end 3>=2", Filters()),
    ],
)
def test_filters_are_read_from_the_question(text: str, rest: str, filters: Filters | None) -> None:
    if filters is None:
        with pytest.raises(QuestionError, match="author: has no value"):
            parse_filters(text)
    else:
        assert parse_filters(text) == (rest, filters)


@pytest.mark.parametrize(
    "text", ["year>=soon", "year:", "author:", 'venue:""', "title>=a", 'text:""', "year>=2020-2021"]
)
def test_bad_filters_are_explained(text: str) -> None:
    with pytest.raises(QuestionError, match="write"):
        parse_filters(f"video {text}") if text != "year>=2020-2021" else _raise_as_written(text)


def _raise_as_written(text: str) -> None:
    try:
        parse_filters(text)
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
    _, filters = parse_filters(text)
    expected = {paper.id for paper in assistant.papers() if matches_filters(paper, filters)}
    found = assistant.search(f"video generation {text}", limit=1000).retrieved
    assert expected
    assert {one.paper.id for one in found} == expected
    as_arguments = assistant.search("video generation", filters, limit=1000).retrieved
    assert [one.paper.id for one in as_arguments] == [one.paper.id for one in found]


def test_filters_bound_the_answer_and_its_denominator(assistant: Assistant) -> None:
    answer = assistant.ask("which papers are about text-to-video generation? year>=2024")
    assert answer.citations
    assert all(
        citation.paper.year is not None and citation.paper.year >= 2024
        for citation in answer.citations
    )
    count = len(
        [paper for paper in assistant.papers() if paper.year is not None and paper.year >= 2024]
    )
    assert f"of {count} papers" in answer.text


def test_filters_alone_list_the_papers_that_satisfy_them(assistant: Assistant) -> None:
    answer = assistant.ask("which papers are there? year:2019")
    expected = {paper.id for paper in assistant.papers(Filters(year_from=2019, year_to=2019))}
    assert {citation.paper.id for citation in answer.citations} == expected
    assert f"{len(expected)} of the {len(expected)} papers of 2019" in answer.text


def test_a_score_means_the_same_under_a_filter(assistant: Assistant) -> None:
    everywhere = {
        one.paper.id: one.score
        for one in assistant.search("text-to-video generation", limit=219).retrieved
    }
    filtered = assistant.search("text-to-video generation year>=2024").retrieved
    assert all(abs(one.score - everywhere[one.paper.id]) < 0.01 for one in filtered)


def test_text_filter_is_what_title_or_abstract_says_together(
    assistant: Assistant, corpus: list[Paper]
) -> None:
    def has(paper: Paper, words: str) -> bool:
        return any(
            words in " ".join(text.lower().split()) for text in (paper.title, paper.abstract)
        )

    found = assistant.papers(Filters(texts=("Zero-Shot  Learning",)))
    assert found == [paper for paper in assistant.papers() if has(paper, "zero-shot learning")]
    assert 0 < len(found) < len(corpus)
    answer = assistant.ask('which papers are there? text:"zero-shot learning"')
    assert {one.paper for one in answer.citations} == set(found)
    assert "with 'zero-shot learning' in title or abstract" in answer.text


def test_text_filter_knows_no_case_accents_or_line_ends() -> None:
    paper = Paper("p", "Naïve Bayes", "We train on zero-shot\ntasks.")
    assert matches_filters(paper, Filters(texts=("naive BAYES", "Zero-shot tasks")))
    assert not matches_filters(paper, Filters(texts=("bayes we",)))  # title and abstract are apart
    assert merge_filters(Filters(texts=("a",)), Filters(texts=("b",))) == Filters(texts=("a", "b"))


def test_filter_that_nothing_satisfies(assistant: Assistant) -> None:
    answer = assistant.ask("which papers are about video? author:nobody-at-all")
    assert answer.abstained
    assert "0 papers" in answer.text


NAMES = ("Tune-A-Video:", "Still-Moving:", "I2V-Adapter:", "VideoElevator:", "RAD-DINO:")


@pytest.fixture(scope="module")
def within(corpus: list[Paper]) -> Filters:
    """Keep to five papers; SimDA, which is much like four of them, is not one of them."""
    return Filters(only=tuple(paper.id for paper in corpus if paper.title.startswith(NAMES)))


def talk(assistant: Assistant, filters: Filters, *users: str) -> list[Answer]:
    turns: list[Turn] = []
    for user in users:
        turns.append(Turn(user, assistant.ask(user, turns, filters)))
    return [turn.answer for turn in turns]


@pytest.mark.parametrize(
    "users",
    [
        (
            "which papers adapt T2I models to video?",
            "which of those need no video data?",
            "what about SimDA?",
            "per year?",
        ),
        (
            "summarise what is known about video generation",
            "and about SimDA?",
            "tell me about the first one",
        ),
        (
            "how many parameters does SimDA tune?",
            "is its code available?",
            "which papers are similar to SimDA?",
        ),
        (
            "compare Tune-A-Video with Still-Moving",
            "add SimDA",
            "add VideoElevator",
            "what data does the second one need?",
        ),
        (
            "compare SimDA with Tune-A-Video",
            "compare Tune-A-Video, SimDA and Still-Moving",
            "compare SimDA with MIMDet",
        ),
        (
            "how many papers about video per year?",
            "and per venue?",
            "how many of those are from 2023?",
            "list them",
        ),
        ("what is the newest paper?", "who has the most papers?", "how many papers by Ying Shan?"),
    ],
)
def test_filters_beside_the_question_hold_in_every_turn(
    assistant: Assistant, within: Filters, users: tuple[str, ...]
) -> None:
    for answer in talk(assistant, within, *users):
        cited = {citation.paper.id for citation in answer.citations}
        others = {paper.id for paper in (*answer.considered, *answer.nearest, *answer.counted)}
        assert cited | others | {one.paper.id for one in answer.retrieved} <= set(within.only), (
            answer.question
        )


@pytest.mark.parametrize(
    "question",
    [
        "how many parameters does SimDA tune?",
        "what about SimDA?",
        "SimDA",
        "tell me about SimDA",
        "which datasets was SimDA tested on?",
        "compare SimDA with Tune-A-Video",
    ],
)
def test_a_paper_outside_the_filter_is_said_to_be(
    assistant: Assistant, within: Filters, question: str
) -> None:
    for before in ((), ("which papers adapt T2I models to video?",)):
        answer = talk(assistant, within, *before, question)[-1]
        assert (answer.abstained, answer.citations) == (True, ())
        assert answer.text.startswith("“SimDA: Simple Diffusion Adapter")
        assert "outside the filter" in answer.text


def test_what_is_inside_the_filter_is_answered_and_the_rest_noted(
    assistant: Assistant, within: Filters
) -> None:
    answer = assistant.ask("compare Tune-A-Video, Still-Moving and SimDA", (), within)
    assert [citation.paper.title.partition(":")[0] for citation in answer.citations] == [
        "Tune-A-Video",
        "Still-Moving",
    ]
    assert "outside the filter" in answer.notes[0]
    assert not assistant.ask("compare Tune-A-Video with Still-Moving", (), within).notes


def test_a_written_filter_leaves_a_named_paper_out_too(assistant: Assistant) -> None:
    assert (
        "outside the filter"
        in assistant.ask("how many parameters does SimDA tune? year>=2024").text
    )
    assert "24M" in assistant.ask("how many parameters does SimDA tune? year>=2023").text


def test_a_table_is_not_edited_across_a_new_filter(assistant: Assistant, within: Filters) -> None:
    first = assistant.ask("compare SimDA with Tune-A-Video")
    answer = assistant.ask(
        "add a column for data", [Turn("compare SimDA with Tune-A-Video", first)], within
    )
    assert "outside the filter" in answer.text
    assert answer.citations == ()
