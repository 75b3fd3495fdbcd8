"""Which papers a message means by what it copies, names, counts or puts aside."""

from __future__ import annotations

import pytest

from assistant import Assistant
from assistant.types import Answer, Paper
from tests.conversing import talk

PERSONS = "which papers customise video generation to a person?"


def papers(answer: Answer) -> list[Paper]:
    return [one.paper for one in answer.citations]


def titles(answer: Answer) -> list[str]:
    return [one.title.partition(":")[0] for one in papers(answer)]


@pytest.mark.parametrize(
    "asked",
    [
        "no, the other one: Paragraph-based Transformer Pre-training. How does it help with that?",
        "What does “multi-sentence inference” do for fact verification?",
    ],
)
def test_what_is_copied_of_a_title_means_its_paper(asked: str, assistant: Assistant) -> None:
    *_, answer = talk(assistant, "papers on fact verification", "what does BERTweet do?", asked)
    assert {*titles(answer)} == {
        "Paragraph-based Transformer Pre-training for Multi-Sentence Inference"
    }


def test_what_tells_nothing_is_left_for_another_paper(assistant: Assistant) -> None:
    before, _, answer = talk(
        assistant,
        "which papers translate speech?",
        "the first one, is that about making a voice?",
        "OK so that doesn't tell me. What about nr 2, the other one, which languages does it do?",
    )
    assert papers(answer)[:1] == [papers(before)[1]]


def test_a_paper_is_asked_of_beside_a_word(assistant: Assistant) -> None:
    before, answer = talk(
        assistant,
        "which languages does Enhanced Direct Speech-to-Speech Translation do?",
        "what's BLEU, and who wrote this paper?",
    )
    (paper, *_) = papers(before)
    assert papers(answer)[-1] == paper
    assert paper.authors[0] in answer.text.partition("## Who wrote this paper")[2]


def test_a_word_explained_is_what_papers_are_asked_for(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "what does BLEU mean, and which papers report it?")
    listed = answer.text.partition("## Which papers report it")[2]
    first = listed.partition("1. **[")[2].partition("]")[0]
    assert first == "Large-Scale Self- and Semi-Supervised Learning for Speech Translation"


@pytest.mark.parametrize("name", ["ControlNet", "BERT"])
def test_the_paper_of_a_name_that_is_not_held_is_no_other(name: str, assistant: Assistant) -> None:
    ask = f"is the {name} paper here?"
    for answer in (*talk(assistant, ask), talk(assistant, PERSONS, ask)[-1]):
        assert answer.abstained
        assert answer.text.startswith(f"No paper of this collection is plainly about “{name}”")


@pytest.mark.parametrize(
    "asked", ["what does the original BERT paper say about data?", "who wrote the BERT paper?"]
)
def test_nor_is_anything_quoted_as_of_it(asked: str, assistant: Assistant) -> None:
    (answer,) = talk(assistant, asked)
    assert answer.text.startswith("No paper of this collection is plainly about “BERT”")


def test_a_paper_with_the_name_in_its_title_is_meant(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "summarise the CLIP paper")
    assert titles(answer) == ["Chinese CLIP"]


def test_an_abbreviation_ends_no_sentence(assistant: Assistant) -> None:
    _, answer = talk(
        assistant,
        "which papers are about speech recognition?",
        "Thank you. I would want to tell if the caller is upset, i.e. the emotion in the voice. "
        "Anything?",
    )
    assert titles(answer)[0].startswith("Jointly Predicting Emotion")


def test_others_are_looked_for_beyond_those_spoken_of(assistant: Assistant) -> None:
    before, answer = talk(
        assistant,
        "is the code of MDMMT-2 available?",
        "which others do text to video retrieval, besides this one?",
    )
    assert papers(answer)
    assert not {one.title for one in papers(answer)} & {one.title for one in before.nearest}
    assert "MDMMT-2" not in titles(answer)


@pytest.mark.parametrize(
    ("question", "unwanted"),
    [
        ("papers on text to video adapters besides SimDA and Still-Moving", ["SimDA", "Still-Moving"]),
        ("which papers retrieve videos by text, not MDMMT-2?", ["MDMMT-2"]),
    ],
)  # fmt: skip
def test_papers_named_as_unwanted_are_left_out(
    question: str, unwanted: list[str], assistant: Assistant
) -> None:
    (answer,) = talk(assistant, question)
    assert papers(answer)
    assert not {*titles(answer)} & {*unwanted}


def test_what_was_offered_is_counted(assistant: Assistant) -> None:
    _, nothing, answer = talk(
        assistant,
        "which papers are about speech recognition?",
        "and which papers bake sourdough bread?",
        "and the first one, what does it do?",
    )
    assert nothing.abstained
    assert len(nothing.nearest) > 1
    assert papers(answer)[0] == nothing.nearest[0]


def test_those_on_a_matter_are_left_out_of_the_list(assistant: Assistant) -> None:
    before, after = talk(
        assistant,
        "which papers adapt models to video?",
        "please leave out the papers about speech or sound.",
    )
    assert papers(after)
    assert {one.id for one in papers(after)} < {one.id for one in papers(before)}


def test_those_counted_before_are_the_two(assistant: Assistant) -> None:
    before, answer = talk(
        assistant,
        "which papers are about speech recognition?",
        "So 1 and 3 contradict each other, no? Put those two side by side.",
    )
    assert answer.table is not None
    assert [*answer.table.papers] == [papers(before)[0], papers(before)[2]]


@pytest.mark.parametrize(
    "asked", ["How big is that model and who made it?", "you skipped who made it"]
)
def test_who_made_it_is_told_beside_the_rest(asked: str, assistant: Assistant) -> None:
    *_, answer = talk(assistant, "how large is OPT?", asked)
    assert titles(answer) == ["OPT"]
    assert "Susan Zhang" in answer.text


def test_a_summary_tells_of_the_record_what_is_asked(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "summarise LanguageBind in one sentence, with its authors")
    assert "Bin Zhu" in answer.text
    assert "We thus propose LanguageBind" in answer.text


def test_claims_are_results(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "compare OPT and Sabiá: what each claims, how big, when")
    assert answer.table is not None
    row = answer.text.partition("**Results**")[2].partition("\n")[0]
    assert "comparable to GPT-3" in row
    assert "not stated" not in row
    assert "2022 *(from the bibliography)*" in answer.text


def test_what_is_asked_beside_records_is_told(assistant: Assistant) -> None:
    _, answer = talk(
        assistant,
        "which papers have a new corpus for Maltese?",
        "the maltese one: who wrote it, when, and did they release the corpus + models?",
    )
    assert "Kurt Micallef" in answer.text
    assert "2022 *(from the bibliography)*" in answer.text
    assert "“" in answer.text


def test_links_are_wanted_of_those_that_give_one(assistant: Assistant) -> None:
    before, answer = talk(
        assistant,
        "which papers adapt T2I models to video?",
        "of these, which give a github or project link, put in a table with the link",
    )
    assert papers(answer)
    assert {one.id for one in papers(answer)} <= {one.id for one in papers(before)}
    assert all("http" in quote.text for one in answer.citations for quote in one.quotes)


def test_who_one_is_belongs_to_what_is_asked_of_it(assistant: Assistant) -> None:
    (answer,) = talk(
        assistant,
        "I scribble down notes on my patients after each session. Is there something that turns "
        "such notes into a problem list?",
    )
    assert "##" not in answer.text
    assert titles(answer)[0].startswith("Summarizing Patients Problems")


def test_numbers_behind_a_remark_on_others_are_meant(assistant: Assistant) -> None:
    before, answer = talk(
        assistant,
        "which papers adapt T2I models to video?",
        "2 and 4 don't fit at all. For 1, 3 and 5: how large are they?",
    )
    listed = papers(before)
    assert {one.id for one in papers(answer)} <= {listed[n].id for n in (0, 2, 4)}
    assert papers(answer)


@pytest.mark.parametrize(
    "asked", ["where can I download the paper?", "who made it, are they at some university?"]
)
def test_what_records_say_is_told_by_them(asked: str, assistant: Assistant) -> None:
    _, answer = talk(assistant, "what is GottBERT?", asked)
    assert titles(answer) == ["GottBERT"]
    assert "Raphael Scheible" in answer.text
    assert not any(one.quotes for one in answer.citations)


def test_words_that_a_title_begins_with_mean_the_paper(assistant: Assistant) -> None:
    listed, told = talk(
        assistant,
        "Which papers search for similar videos to make text-to-video better?",
        "searching priors: who, when, code released yet?",
    )
    assert any(one.paper.title.startswith("Searching Priors") for one in listed.citations)
    (one,) = told.citations
    assert one.paper.title.startswith("Searching Priors")
    assert "Haoran Cheng" in told.text
    assert "The code will be public" in told.text
