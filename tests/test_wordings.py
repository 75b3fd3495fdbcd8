"""Papers that are asked for word for word: by what their titles or abstracts say, and by names."""

from __future__ import annotations

import re

import pytest

from assistant import Assistant
from assistant.reading.wordings import take_wordings
from assistant.types import Answer, Paper
from tests.conversing import talk


def papers(answer: Answer) -> list[Paper]:
    return [one.paper for one in answer.citations]


def saying(assistant: Assistant, *words: str) -> set[str]:
    """Return the ids of the papers that say one of `words`, from the beginning of a word on."""
    said = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})", re.IGNORECASE)
    return {one.id for one in assistant.papers() if said.search(f"{one.title}. {one.abstract}")}


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("which abstracts say “will be released”?", ["will be released"]),
        ('papers that say "will be released" or "will be available"', ["will be released", "will be available"]),
        ("please list the papers whose abstract mentions wav2vec", ["wav2vec"]),
        ("which of the papers contain the word 'tweets'?", ["tweets"]),
        ("word:GAN", ["GAN"]),
    ],
)  # fmt: skip
def test_all_papers_that_say_it_are_listed(
    question: str, words: list[str], assistant: Assistant
) -> None:
    (answer,) = talk(assistant, question)
    wanted = saying(assistant, *words)
    assert {one.id for one in papers(answer)} == wanted
    if not wanted:
        assert answer.abstained


def test_what_they_say_is_quoted(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "which abstracts say “will be released”?")
    assert answer.citations
    for one in answer.citations:
        assert any("will be released" in quote.text for quote in one.quotes)


def test_so_is_what_a_text_filter_wants(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "text:tweets")
    assert all(
        any("tweet" in quote.text.lower() for quote in one.quotes) for one in answer.citations
    )


def test_words_are_counted(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "how many abstracts contain the word 'tweets'?")
    assert answer.text.startswith(f"{len(saying(assistant, 'tweets'))} of 219 papers")


def test_the_words_choose_of_the_list_before(assistant: Assistant) -> None:
    before, after = talk(
        assistant, "papers that contain the word adapter", "which of them say “video”?"
    )
    said = saying(assistant, "video")
    assert [one.id for one in papers(after)] == [one.id for one in papers(before) if one.id in said]


@pytest.mark.parametrize(
    "question",
    [
        'Does the SimDA abstract say "24M"?',
        "which papers do not say “code”?",
        "which papers mention privacy or leakage of personal data?",
        "which papers pair images with text using contrastive learning?",
        "which papers include images in text prompts?",
        "which papers have a word embedding layer?",
    ],
)
def test_other_questions_bound_no_words(question: str, assistant: Assistant) -> None:
    assert take_wordings(question)[0] == question


def test_a_name_with_a_size_is_that_name(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "Which papers mention WebVid?")
    assert {one.id for one in papers(answer)} == saying(assistant, "WebVid")
    assert any("WebVid10M" in one.abstract for one in papers(answer))


def test_papers_of_no_matter_are_told_by_what_they_do(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "What are Ying Shan's papers about?")
    assert {one.id for one in papers(answer)} == {
        one.id for one in assistant.papers() if "Ying Shan" in one.authors
    }
    told = " ".join(quote.text for one in answer.citations for quote in one.quotes)
    assert re.search(r"\bwe (?:propose|present|introduce)\b", told, re.IGNORECASE)


def test_somebodys_papers_are_not_those_before(assistant: Assistant) -> None:
    _, answer = talk(
        assistant, "papers by Ying Shan", "Ok. Furu Wei's five: title + year + venue only"
    )
    assert len(papers(answer)) == 5
    assert all("Furu Wei" in one.authors for one in papers(answer))


def test_a_list_is_put_in_a_table_of_what_is_wanted(assistant: Assistant) -> None:
    (answer,) = talk(
        assistant, "papers on pretraining for medical images, table: year, first author, modality"
    )
    assert answer.kind == "comparison"
    assert answer.text.startswith("| | Year | First author | Modality |")
    table = answer.table
    assert table is not None
    assert len(table.papers) > 3
    first = table.papers[0]
    assert f"| {first.authors[0]} *(from the bibliography)*" in answer.text


def test_a_list_of_records_is_put_in_a_table(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "papers on speech translation, as a table with authors and year")
    assert "from the bibliography" in answer.text
    assert "| paper | authors | year |" in answer.text
