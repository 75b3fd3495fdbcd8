"""Names of data and tools that few papers have: what asks for one gets the papers that have it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from assistant.assistant import Assistant
from assistant.composing.extractive.citing import LESS_CERTAIN
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.types import Answer, Paper
from tests.conversing import talk


def surely(answer: Answer) -> set[str]:
    """Return the titles that an answer lists without doubt, all with their quotations checked."""
    sure = answer.text.split(LESS_CERTAIN)[0]
    numbers = {int(number) for number in re.findall(r"\[(\d+)\]", sure)}
    return {one.paper.title for one in answer.citations if one.number in numbers}


def having(corpus: Sequence[Paper], spelling: str) -> set[str]:
    pattern = re.compile(rf"(?<!\w){spelling}")
    return {one.title for one in corpus if pattern.search(f"{one.title} {one.abstract}")}


@pytest.mark.parametrize(
    ("question", "spelling"),
    [
        ("Which papers test on iNaturalist?", "iNaturalist"),
        pytest.param("which papers test on inaturalist?", "iNaturalist", marks=pytest.mark.slow),
        pytest.param("I need everything that mentions MUGE.", "MUGE", marks=pytest.mark.slow),
        ("who uses WebVid-10M?", "WebVid-?10M"),
        pytest.param("papers where SMILES is used", "SMILES", marks=pytest.mark.slow),
        pytest.param("anything with MIMIC", "MIMIC", marks=pytest.mark.slow),
        pytest.param("BYOL", "BYOL", marks=pytest.mark.slow),
    ],
)
def test_a_list_by_a_rare_name_has_surely_those_that_have_it(
    assistant: Assistant, corpus: list[Paper], question: str, spelling: str
) -> None:
    wanted = having(corpus, spelling)
    assert wanted
    assert surely(assistant.ask(question)) == wanted


def test_a_name_alone_makes_no_match_where_more_is_asked(
    assistant: Assistant, corpus: list[Paper]
) -> None:
    assert assistant.ask("speech papers that use iNaturalist").hedged
    both = surely(assistant.ask("papers using BYOL and MIMIC"))
    assert not both & having(corpus, "BYOL")  # none of them has MIMIC


def test_a_word_that_is_no_name_to_a_paper_is_none(
    assistant: Assistant, corpus: list[Paper]
) -> None:
    assert surely(assistant.ask("who uses MAP?")) <= having(corpus, "MAP")  # not "feature map"


def test_a_name_that_only_papers_shown_of_other_years_have_is_not_denied(
    assistant: Assistant,
) -> None:
    _, answer = talk(
        assistant, "Which papers are about speech?", "Which of the 2024 ones use wav2vec?"
    )
    assert "mentions “wav2vec”" not in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "papers without BYOL, MIMIC",
        "speech papers that use neither wav2vec nor iNaturalist",
        "papers on vision without IMAGENET or INATURALIST",
        "models without ImageNet and wav2vec",  # of which the reader sees the first alone
    ],
)
def test_all_names_that_are_to_be_lacking_are(
    assistant: Assistant, corpus: list[Paper], question: str
) -> None:
    shown = {one.paper.title for one in assistant.ask(question).citations}
    for name in ("BYOL", "MIMIC", "wav2vec", "iNaturalist"):
        if name.lower() in question.lower():
            assert not shown & having(corpus, name)


def test_what_more_is_asked_than_a_name_is_still_judged(assistant: Assistant) -> None:
    question = (
        "Which papers on helping doctors find a diagnosis in clinical notes use T5 or MIMIC-III?"
    )
    answer = assistant.ask(question)
    first, *_ = (one.paper.title for one in answer.citations)
    assert first.startswith("Summarizing Patients Problems")


def test_papers_that_are_to_lack_a_name_do(assistant: Assistant, corpus: list[Paper]) -> None:
    first, second = talk(
        assistant, "Which papers are about speech?", "Which of them do not use wav2vec?"
    )
    naming, spoken = having(corpus, "wav2vec"), {one.paper.title for one in first.citations}
    assert spoken & naming
    alone = assistant.ask("speech papers without wav2vec")
    for answer in (second, alone):
        shown = {one.paper.title for one in answer.citations}
        assert shown & spoken
        assert not shown & naming


def test_of_papers_shown_none_is_said_to_have_a_name_that_others_have(assistant: Assistant) -> None:
    first, second = talk(
        assistant, "Which papers are about speech?", "Which of those use iNaturalist?"
    )
    shown = len({one.paper.id for one in first.citations})
    assert second.text.startswith(f"None of the {shown} papers before mentions “iNaturalist”; else")
    assert second.citations
    assert all("iNaturalist" in one.paper.abstract for one in second.citations)


def test_of_papers_shown_none_has_a_name_that_nobody_has(assistant: Assistant) -> None:
    _, second = talk(assistant, "Which papers are about speech?", "Do any of them use TED-LIUM?")
    assert second.abstained
    assert "mentions “TED-LIUM”, nor does any other here" in second.text


def test_of_papers_shown_those_that_have_a_name_are_chosen(
    assistant: Assistant, corpus: list[Paper]
) -> None:
    first, second = talk(assistant, "Which papers are about speech?", "Which of these use wav2vec?")
    before = {one.paper.title for one in first.citations}
    assert surely(second) == before & having(corpus, "wav2vec")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("who uses BYOL?", ["BYOL"]),
        ("who uses youcook2?", ["youcook2"]),  # as "YouCook2" is written
        ("what is on glue?", []),  # "GLUE" is, and other words may be meant
        ("WHO WORKS ON MUGE AND GLUE?", []),
        ("who works on BERT and LLMs?", []),  # which many do
        ("one AI that teaches another", []),
        ("who uses SQuAD?", []),  # nobody
    ],
)
def test_rare_names(view: IndexSnapshot, text: str, found: list[str]) -> None:
    names = view.retriever.names_in(text)
    assert list(names) == found
    assert all(names.values())


def test_hi_is_a_greeting(assistant: Assistant) -> None:
    assert assistant.ask("hi").text.startswith("Ask me about the 219 papers")
