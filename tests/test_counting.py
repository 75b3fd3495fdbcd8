"""Counting papers: exact numbers from the bibliography, in conversations too, and no ordinary
question taken for a count."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from assistant.api.records import answer_record
from assistant.assistant import Assistant
from assistant.composing import paper_counts
from assistant.evaluation.measures import count_faults
from assistant.judging.membership import MOST_LISTED
from assistant.types import Answer, Counts, Filters, Paper, Turn
from tests.conftest import QUESTIONS, Written
from tests.openai_server import Server

YEAR = (
    "how many papers per year?",
    "papers by year",
    "how many papers were published each year?",
    "for each year, how many papers?",
)


def talk(assistant: Assistant, *users: str, filters: Filters = Filters()) -> list[Answer]:  # noqa: B008 - it is frozen
    turns: list[Turn] = []
    for user in users:
        turns.append(Turn(user, assistant.ask(user, turns, filters)))
    return [turn.answer for turn in turns]


def counts(answer: Answer) -> Counts:
    assert answer.kind == "count", answer.question
    assert not answer.abstained
    assert answer.counts is not None
    return answer.counts


def by_year(papers: list[Paper]) -> dict[str, int]:
    return {
        str(year): number
        for year, number in Counter(one.year for one in papers if one.year).items()
    }


def table(answer: Answer) -> dict[str, int]:
    return {
        name: int(number)
        for name, number in re.findall(r"^\| ([^|]+) \| (\d+) \|$", answer.text, re.MULTILINE)
    }


@pytest.mark.parametrize("question", YEAR)
def test_papers_per_year_are_exact(
    assistant: Assistant, corpus: list[Paper], question: str
) -> None:
    answer = assistant.ask(question)
    found = counts(answer)
    unknown = sum(one.year is None for one in corpus)
    assert {year: number for year, number in found.rows if number} == by_year(corpus)
    assert [int(year) for year, _ in found.rows] == list(range(2018, 2026))
    assert (found.by, found.unknown, found.total, found.of) == (
        "year",
        unknown,
        len(corpus),
        len(corpus),
    )
    assert sum(number for _, number in found.rows) + found.unknown == found.total
    assert table(answer) == dict(found.rows)
    assert answer.text.startswith(f"{len(corpus)} papers; {unknown} without a year.")
    assert (answer.citations, answer.model) == ((), "quotes")


def test_venues_are_series_and_the_rest_is_added_up(
    assistant: Assistant, corpus: list[Paper]
) -> None:
    found = counts(assistant.ask("which venues are there?"))
    assert dict(found.rows)["ICLR"] == sum(
        bool(re.fullmatch(r"ICLR \d{4}", one.venue or "")) for one in corpus
    )
    assert dict(found.rows)["ICCV"] == sum((one.venue or "").startswith("ICCV") for one in corpus)
    assert found.rows[-1][0] == paper_counts.OTHER
    assert len(found.rows) == paper_counts.MOST_ROWS + 1
    assert found.unknown == sum(one.venue is None for one in corpus)
    assert sum(number for _, number in found.rows) + found.unknown == len(corpus)
    assert [number for _, number in found.rows[:-1]] == sorted(
        (number for _, number in found.rows[:-1]), reverse=True
    )
    assert (
        counts(assistant.ask("how many papers per venue?"))
        == counts(assistant.ask("how many at each venue?"))
        == found
    )


def test_who_has_the_most_papers(assistant: Assistant, corpus: list[Paper]) -> None:
    answer = assistant.ask("who has the most papers?")
    (name, number), *_ = Counter(
        author for one in corpus for author in set(one.authors)
    ).most_common(1)
    assert counts(answer).rows[0] == (name, number)
    assert f"most are by {name}: {number}" in answer.text


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("how many papers are there?", lambda one: True),
        ("how many papers do you have?", lambda one: True),
        ("how many papers are from 2023?", lambda one: one.year == 2023),
        ("how many papers year:2021-2022", lambda one: one.year in (2021, 2022)),
        ("number of papers since 2022", lambda one: (one.year or 0) >= 2022),
        ("how many papers by Ying Shan?", lambda one: "Ying Shan" in one.authors),
        ("how many papers did Ying Shan write?", lambda one: "Ying Shan" in one.authors),
        (
            "how many papers were published at CVPR since 2021?",
            lambda one: "CVPR" in (one.venue or "") and (one.year or 0) >= 2021,
        ),
        ("how many papers at iclr?", lambda one: "ICLR" in (one.venue or "")),
        ("how many papers by Nobody Atall?", lambda one: False),
        (
            "how many papers are there? text:adapter",
            lambda one: "adapter" in f"{one.title} {one.abstract}".lower(),
        ),
    ],
)
def test_papers_under_a_filter(
    assistant: Assistant, corpus: list[Paper], question: str, expected: object
) -> None:
    assert callable(expected)
    wanted = [one for one in corpus if expected(one)]
    answer = assistant.ask(question)
    found = counts(answer)
    assert (found.total, found.of) == (len(wanted), len(corpus))
    assert {year: number for year, number in found.rows if number} == by_year(wanted)
    assert answer.text.startswith(
        f"{len(wanted)} of {len(corpus)} " if len(wanted) < len(corpus) else f"{len(corpus)} papers"
    )
    if 0 < len(wanted) <= 15:
        assert all(one.url in answer.text for one in wanted)


def test_years_covered_and_newest_and_oldest(assistant: Assistant, corpus: list[Paper]) -> None:
    years = [one.year for one in corpus if one.year]
    assert (
        f"from {min(years)} to {max(years)}"
        in assistant.ask("which years does the corpus cover?").text
    )
    for question, year in (
        ("what is the newest paper?", max(years)),
        ("what is the oldest paper?", min(years)),
    ):
        assert assistant.ask(question).citations[0].paper.year == year


def test_a_topic_is_counted_as_its_list_would_be(assistant: Assistant) -> None:
    counted, listed = (
        assistant.ask("how many papers about speech recognition?"),
        assistant.ask("papers about speech recognition"),
    )
    assert counts(counted).total == len(listed.citations)
    assert (
        [one.paper for one in counted.citations]
        == [one.paper for one in listed.citations]
        == list(counted.counted)
    )
    assert [one.quotes for one in counted.citations] == [one.quotes for one in listed.citations]
    assert counted.text.startswith(f"{len(listed.citations)} of 219 papers match")
    assert {int(n) for n in re.findall(r" \[(\d+)\]$", counted.text, re.MULTILINE)} == {
        one.number for one in counted.citations
    }


def test_who_has_the_most_papers_on_a_topic_is_counted_among_those(assistant: Assistant) -> None:
    whole, speech = map(
        assistant.ask, ("who has the most papers?", "which authors wrote most papers about speech?")
    )
    assert counts(speech).by == "author"
    assert counts(speech).total < counts(whole).total
    rows = dict(counts(speech).rows)
    assert max(rows.values()) == max(
        Counter(name for paper in speech.counted for name in paper.authors).values()
    )


def test_a_broad_topic_counts_beyond_what_a_list_shows(assistant: Assistant) -> None:
    answer, listed = (
        assistant.ask("how many papers about video per year?"),
        assistant.ask("papers about video"),
    )
    found = counts(answer)
    assert len(listed.citations) == min(found.total, MOST_LISTED)
    assert [one.paper for one in listed.citations] == list(answer.counted[:MOST_LISTED])
    assert dict(found.rows) == {
        year: by_year(list(answer.counted)).get(year, 0) for year, _ in found.rows
    }
    assert f"{found.total} of 219 papers match “video”" in answer.text
    assert answer.citations == ()
    assert "list them" in answer.text


def test_a_topic_that_nothing_is_about_is_no_count(assistant: Assistant) -> None:
    answer = assistant.ask("how many papers about the football world cup?")
    assert (answer.kind, answer.abstained) == ("none", True)


def test_follow_ups_of_a_count(assistant: Assistant, corpus: list[Paper]) -> None:
    first, venues, most, years, other = talk(
        assistant,
        "how many papers are from 2023?",
        "and per venue?",
        "of those, how many are at ICCV?",
        "and by year?",
        "and in 2022?",
    )
    of_2023 = [one for one in corpus if one.year == 2023]
    assert counts(first).total == len(of_2023)
    assert (counts(venues).by, counts(venues).total) == ("venue", len(of_2023))
    iccv = [one for one in of_2023 if "ICCV" in (one.venue or "")]
    assert (counts(most).total, counts(most).of) == (len(iccv), len(of_2023))
    assert counts(years).rows == (("2023", len(iccv)),)
    assert counts(other).total == 0  # of the papers of 2023


def test_filters_of_a_count_are_replaced_and_topics_too(
    assistant: Assistant, corpus: list[Paper]
) -> None:
    _, second, speech = talk(
        assistant, "how many papers are from 2023?", "and from 2022?", "and about speech?"
    )
    assert counts(second).total == sum(one.year == 2022 for one in corpus)
    assert "“speech”" in speech.text
    assert all(one.year == 2022 for one in speech.counted)
    assert counts(speech).total == len(speech.counted) > 0


def test_follow_ups_of_a_list(assistant: Assistant) -> None:
    listed, years, of_2023, newest = talk(
        assistant,
        "which papers adapt T2I models to video?",
        "per year?",
        "how many of those are from 2023?",
        "which is the newest?",
    )
    papers = [one.paper for one in listed.citations]
    assert {year: number for year, number in counts(years).rows if number} == by_year(papers)
    of_that_year = {one.id for one in papers if one.year == 2023}
    assert {one.id for one in of_2023.counted} == of_that_year
    assert (counts(of_2023).total, counts(of_2023).of) == (len(of_that_year), len(papers))
    assert newest.citations[0].paper.id in of_that_year


def test_what_was_counted_stays_under_discussion(assistant: Assistant) -> None:
    counted, listed, some = talk(
        assistant, "how many papers by Ying Shan?", "list them", "which of those use video?"
    )
    assert {one.paper.id for one in listed.citations} == {one.id for one in counted.counted}
    assert {one.paper.id for one in some.citations} <= {one.id for one in counted.counted}
    many, listed = talk(assistant, "how many papers are from 2023?", "list them")
    assert listed.kind == "list"
    assert {one.paper for one in listed.citations} <= set(many.counted)
    assert f"{MOST_LISTED} of the {len(many.counted)} papers under discussion" in listed.text


@pytest.mark.parametrize(
    "question",
    [
        "how many parameters does SimDA tune?",
        "how many hours of speech data was it trained on?",
        "How many abstracts were used to train it?",
        "how many papers cite SimDA?",
        "which conference was it at?",
        "which venue?",
        "who are the authors of TAPEX?",
        "papers about video",
        "which papers are from 2023?",
        "what are the latest papers about video?",
        "how many papers about X-rays were used to train MedKLIP?",
        "how many years does it take to train?",
        "number of authors who annotated the data",
        "how many studies did they review?",
    ],
)
def test_other_questions_are_none(assistant: Assistant, question: str) -> None:
    assert assistant.retrieve(question)[0].form != "count"


def test_after_a_fact_a_bare_question_is_about_that(assistant: Assistant) -> None:
    for follow_up in (
        "how many papers?",
        "how many articles are in the corpus?",
        "how many are there?",
        "which venue?",
    ):
        assert talk(assistant, "how many parameters does SimDA tune?", follow_up)[1].kind != "count"


def questions_to_measure_by() -> list[list[str]]:
    """Return the turns of every question in tests/questions and tests/more_questions."""
    asked = []
    for path in sorted(
        [*QUESTIONS.glob("*.jsonl"), *(Path(__file__).parent / "more_questions").glob("*.jsonl")]
    ):
        for line in path.read_text("utf-8").splitlines():
            record = json.loads(line)
            if "query" in record or "turns" in record:
                asked.append(
                    [turn["user"] for turn in record.get("turns", [{"user": record.get("query")}])]
                )
    assert len(asked) > 300
    return asked


@pytest.mark.slow
def test_no_question_that_was_written_to_measure_by_is_a_count(assistant: Assistant) -> None:
    first = [users[0] for users in questions_to_measure_by()]
    assert [user for user in first if assistant.retrieve(user)[0].form == "count"] == []


@pytest.mark.slow
def test_no_turn_of_a_chat_to_measure_by_is_a_count(assistant: Assistant) -> None:
    for users in (turns for turns in questions_to_measure_by() if len(turns) > 1):
        assert "count" not in {answer.kind for answer in talk(assistant, *users)}


def test_a_model_is_not_asked(writer: Written, server: Server, corpus: list[Paper]) -> None:
    turns: list[Turn] = []
    for question in (
        "how many papers about video per year?",
        "and per venue?",
        "how many of those are from 2023?",
    ):
        turns.append(Turn(question, writer.ask(question, turns)))
    assert [(turn.answer.kind, turn.answer.model) for turn in turns] == [("count", "quotes")] * 3
    assert server.requests == []


def test_a_count_is_no_answer_without_a_source(assistant: Assistant, corpus: list[Paper]) -> None:
    answer = assistant.ask("how many papers are there?")
    found = count_faults([("q", [answer])], {one.id: one for one in corpus})
    assert found["uncited_answers"]["q"] == (0.0, 1.0)
    record = json.loads(json.dumps(answer_record(answer)))
    assert (record["kind"], record["counts"]["by"], record["counts"]["total"]) == (
        "count",
        "year",
        len(corpus),
    )


def test_years_run_on_and_papers_without_one_are_apart() -> None:
    papers = [Paper(str(n), "T", "", ("A", "A", "B")[: n + 1], year, venue) for n, (year, venue) in enumerate(
        [(2020, "ACL 2020"), (None, None), (2023, "ACL 2023 (Demos)")])]  # fmt: skip
    assert paper_counts.count_papers(papers, "year") == Counts(
        "year", (("2020", 1), ("2021", 0), ("2022", 0), ("2023", 1)), 1, 3, 3
    )
    assert paper_counts.count_papers(papers, "venue") == Counts("venue", (("ACL", 2),), 1, 3, 3)
    assert paper_counts.count_papers(papers, "author") == Counts(
        "author", (("A", 3), ("B", 1)), 0, 3, 3
    )
    assert paper_counts.count_papers([], "year") == Counts("year", (), 0, 0, 0)


def test_papers_at_either_of_two_venues_are_counted_together(assistant: Assistant) -> None:
    counts = [
        int(re.match(r"\d+", assistant.ask(f"how many papers were at {venue}?").text)[0])
        for venue in ("CVPR", "ICCV", "CVPR or ICCV", "CVPR and ICCV")
    ]
    assert counts[0] + counts[1] == counts[2] == counts[3]


@pytest.mark.parametrize(
    "asked", ["how many deal with hospitals?", "of all here, how many use speech?"]
)
def test_a_count_need_not_say_papers(assistant: Assistant, asked: str) -> None:
    assert assistant.ask(asked).kind == "count"


def test_what_is_asked_of_the_abstracts_of_one_paper_is_no_count(assistant: Assistant) -> None:
    assert assistant.ask("how many parameters does SimDA tune?").kind == "fact"


def test_those_that_are_less_certain_are_not_counted_as_matching(assistant: Assistant) -> None:
    answer = assistant.ask("how many papers are there on hospitals?")
    found = re.match(r"(\d+) of 219 papers match(?:es)? “hospitals”, (\d+) more may\.", answer.text)
    assert found
    assert sum(map(int, found.groups())) == counts(answer).total == len(answer.citations)


@pytest.mark.parametrize("asked", ["list of topics", "is this mostly language or also medicine?"])
def test_what_the_network_takes_for_the_collection_is_told_of_it(
    assistant: Assistant, asked: str
) -> None:
    assert assistant.ask(asked).text.startswith("The collection holds 219 papers")
