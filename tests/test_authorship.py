"""What a message asks of the people who wrote papers: how many, whom papers share, what else."""

from __future__ import annotations

from collections import Counter

import pytest

from assistant import Assistant
from assistant.types import Paper
from tests.conversing import talk

WROTE = "who wrote SPDF?"


def paper(assistant: Assistant, title: str) -> Paper:
    """Return the paper whose title begins so."""
    (found,) = (one for one in assistant.papers() if one.title.startswith(title))
    return found


@pytest.mark.parametrize(
    "asked", ["how many people wrote it?", "How many authors has SPDF?", "so how many authors?"]
)
def test_authors_of_a_paper_are_counted(assistant: Assistant, asked: str) -> None:
    _, answer = talk(assistant, WROTE, asked)
    (citation,) = answer.citations
    assert citation.paper == paper(assistant, "SPDF")
    assert answer.text.startswith(f"{len(citation.paper.authors)} authors:")


@pytest.mark.parametrize(
    "asked", ["who's on both that one and MediSwift?", "Same team as MediSwift?"]
)
def test_the_last_paper_and_a_named_one_share_authors(assistant: Assistant, asked: str) -> None:
    _, answer = talk(assistant, WROTE, asked)
    both = paper(assistant, "SPDF"), paper(assistant, "MediSwift")
    shared = [name for name in both[0].authors if name in both[1].authors]
    assert {one.paper for one in answer.citations} == {*both}
    said = answer.text.partition("On both: ")[2].partition("\n")[0]
    assert all(name in said for name in shared)


def test_other_papers_are_by_him_who_is_named(assistant: Assistant) -> None:
    _, answer = talk(assistant, "who wrote ViTDet?", "Kaiming He, right. What else is by him here?")
    own = paper(assistant, "Exploring Plain Vision")
    found = {one.paper for one in answer.citations}
    assert found == {
        one for one in assistant.papers() if "Kaiming He" in one.authors and one != own
    }


def test_other_papers_are_by_him_who_wrote_both(assistant: Assistant) -> None:
    *_, answer = talk(
        assistant,
        "which papers study the complementarity of pre-training in translation?",
        "do the first two share an author?",
        "Which other papers in the collection is he an author of?",
    )
    assert [one.paper.title.partition(":")[0] for one in answer.citations] == ["E2S2"]


def test_what_people_do_is_no_question_of_who_wrote(assistant: Assistant) -> None:
    _, answer = talk(assistant, "tell me about ViBe", "how many people annotated it?")
    assert "authors:" not in answer.text


def test_of_two_that_are_named_and_described_the_last_is_none(assistant: Assistant) -> None:
    asked = "authors of bert2BERT and the multi-linear one, any overlap?"
    *_, answer = talk(
        assistant, "tell me about bert2BERT", "tell me about weight subcloning", asked
    )
    titles = {one.paper.title.partition(" ")[0] for one in answer.citations}
    assert titles == {"bert2BERT:", "Reusing"}
    assert "On both: Yichun Yin" in answer.text


@pytest.mark.parametrize(
    "asked",
    ["is the X-ALMA paper in the collection?", "when was X-ALMA published?", "Have you X-ALMA?"],
)
def test_a_paper_that_is_only_spoken_of_is_none_of_the_collection(
    assistant: Assistant, asked: str
) -> None:
    answer = assistant.ask(asked)
    assert answer.abstained
    assert "“X-ALMA”; one speaks of it: Asymmetric Conflict" in answer.text


@pytest.mark.parametrize(
    "asked",
    [
        "who is on more than one of them?",
        "Which authors appear in at least two of these?",
        "Is there any person who is an author of several of these?",
    ],
)
def test_who_is_on_several_of_a_list_is_told(asked: str, assistant: Assistant) -> None:
    shown, answer = talk(assistant, "which papers are on speech recognition?", asked)
    wrote = Counter(name for one in shown.citations for name in one.paper.authors)
    several = {name for name, number in wrote.items() if number > 1}
    assert several
    said, _, _ = answer.text.partition("\n")
    assert all(name in said for name in several)


@pytest.mark.parametrize(
    "asked",
    [
        "who appears most often?",
        "For a small report: which researcher appears most often as an author, and how many papers "
        "has he or she here?",
        "which people have more than two papers here?",
    ],
)
def test_who_wrote_the_most_papers_is_counted(asked: str, assistant: Assistant) -> None:
    (answer,) = talk(assistant, asked)
    wrote = Counter(name for paper in assistant.papers() for name in paper.authors)
    assert answer.counts
    assert answer.counts.by == "author"
    assert answer.counts.rows[0][1] == max(wrote.values())


def test_who_wrote_the_most_of_a_list_is_counted_there_and_then_in_all(
    assistant: Assistant,
) -> None:
    asked = ("which papers are on speech recognition?", "who wrote most of these?")
    _, there, everywhere = talk(assistant, *asked, "and in the whole collection?")
    assert there.counts
    assert everywhere.counts
    assert there.counts.by == everywhere.counts.by == "author"
    assert there.counts.total < everywhere.counts.total == len(assistant.papers())


@pytest.mark.parametrize(("which", "falls"), [("most", True), ("fewest", False)])
def test_the_paper_with_the_most_or_fewest_authors_comes_first(
    assistant: Assistant, which: str, falls: bool
) -> None:
    asked = f"which of these has the {which} authors?"
    _, answer = talk(assistant, "which papers are on speech translation?", asked)
    many = [len(one.paper.authors) for one in answer.citations]
    assert len(many) > 1
    assert many == sorted(many, reverse=falls)
    assert f"{many[0]} authors" in answer.text


def test_an_example_names_whose_other_papers_are_asked_for(assistant: Assistant) -> None:
    asked = "Has any of these people another paper here? Michael Auli, for example."
    first = paper(assistant, "Simple and Effective Zero-shot Cross-lingual Phoneme")
    assert "Michael Auli" in first.authors
    _, answer = talk(assistant, f"who wrote {first.title}?", asked)
    assert answer.citations
    for one in answer.citations:
        assert "Michael Auli" in one.paper.authors
        assert one.paper != first


def test_whose_papers_are_asked_for_instead_is_no_doubt_of_the_last_answer(
    assistant: Assistant,
) -> None:
    asked = "That is not what I asked. Which papers has Yu Qiao written, of those you have?"
    _, answer = talk(assistant, "how good are models of Dutch?", asked)
    assert answer.citations
    assert all("Yu Qiao" in one.paper.authors for one in answer.citations)
