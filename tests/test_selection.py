"""Papers that are selected are what "these" are, whatever was talked about before."""

from __future__ import annotations

import pytest

from assistant.assistant import Assistant
from assistant.types import Answer, Filters, Turn

NAMES = ("SimDA", "Tune-A-Video", "BERTweet")


def select(assistant: Assistant, *names: str) -> tuple[str, ...]:
    papers = assistant.papers()
    return tuple(next(p.id for p in papers if p.title.startswith(name)) for name in names)


def ask(assistant: Assistant, question: str, only: tuple[str, ...], *turns: Turn) -> Answer:
    return assistant.ask(question, turns, Filters(only=only))


def cited(answer: Answer) -> set[str]:
    return {citation.paper.id for citation in answer.citations}


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("summarise these papers", "summary"),
        ("give me a summary of them", "summary"),
        ("what are these about?", "summary"),
        ("compare these papers", "comparison"),
        ("compare the selected ones", "comparison"),
        ("list them", "list"),
        ("show me these papers", "list"),
    ],
)
@pytest.mark.parametrize(
    "before",
    [
        "",
        "which papers are about proteins?",
        "how many papers are there per year?",
        "who won the world cup?",
    ],
)
def test_a_selection_needs_no_topic(
    assistant: Assistant, question: str, kind: str, before: str
) -> None:
    only = select(assistant, *NAMES)
    turns = [Turn(before, assistant.ask(before))] if before else []
    answer = ask(assistant, question, only, *turns)
    assert (answer.kind, cited(answer)) == (kind, set(only))


def test_a_question_about_these_stays_within_them(assistant: Assistant) -> None:
    only = select(assistant, *NAMES)
    before = "which papers adapt T2I models to video?"
    turn = Turn(before, assistant.ask(before))
    answer = ask(assistant, "which of these are about tweets?", only, turn)
    assert answer.citations[0].paper.title.startswith("BERTweet")
    assert cited(answer) <= set(only)
    assert "outside the filter" not in answer.text


def test_more_than_a_table_holds_is_said(assistant: Assistant) -> None:
    only = tuple(paper.id for paper in assistant.papers()[:9])
    answer = ask(assistant, "compare these", only)
    assert answer.text.startswith("*The first 6 of 9 are compared")
    assert cited(answer) == set(only[:6])
    everything = ask(assistant, "summarise these papers", only)
    assert (everything.kind, cited(everything)) == ("summary", set(only))


def test_a_question_that_points_at_nothing_is_asked_as_it_stands(assistant: Assistant) -> None:
    only = select(assistant, *NAMES)
    answer = ask(assistant, "how many parameters does SimDA tune?", only)
    assert "24M" in answer.text


@pytest.mark.slow
def test_a_question_of_many_selected_papers_is_read_as_of_those(assistant: Assistant) -> None:
    only, before = tuple(paper.id for paper in assistant.papers()[:9]), "which papers adapt models?"
    turn = Turn(before, assistant.ask(before))
    for question, read in (
        ("which of these are about images?", "(of the 9 selected papers)?"),
        ("how many of these are from 2022?", "how many papers, of 2022, of the 9 selected papers?"),
        ("how many papers per year?", "how many papers, of the 9 selected papers, per year?"),
    ):
        for turns in ((), (turn,)):
            answer = ask(assistant, question, only, *turns)
            assert answer.question.endswith(read)
            assert "before" not in answer.question + answer.text
    assert answer.counts is not None
    assert answer.counts.total == 9
    assert answer.text.startswith("The 9 selected papers")
    assert "before" in ask(assistant, "which of those need data?", (), turn).question
