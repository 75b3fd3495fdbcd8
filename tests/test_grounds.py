"""Are you sure? That is not what I asked: what a message makes of the answer before it."""

from dataclasses import replace

import pytest

from assistant import Assistant
from assistant.composing.compose import compose
from assistant.composing.verify import OTHERS, verify_answer
from assistant.composing.written.task import WrittenAnswer
from assistant.judging.cross_encoder.network import CrossEncoder
from assistant.judging.judge import CrossEncoderJudge
from assistant.reading.learned.network import ReadingNetwork
from assistant.reading.reader import Conversation, LearnedReader
from assistant.types import QUOTES, Answer, Check, Turn

FACT = "how many parameters does SimDA tune?"
LIST = "which papers adapt T2I models to video?"


def after(assistant: Assistant, question: str, said: str) -> tuple[Answer, Answer]:
    before = assistant.ask(question)
    return before, assistant.ask(said, [Turn(question, before)])


@pytest.mark.parametrize(
    "said", ["are you sure?", "source?", "how do you know that?", "did you make that up?"]
)
def test_what_a_fact_rests_on_is_shown_in_its_place(said: str, assistant: Assistant) -> None:
    before, answer = after(assistant, FACT, said)
    (source,) = answer.citations
    assert source.paper == before.citations[0].paper
    assert answer.question == before.question
    for quote in source.quotes:
        assert source.paper.abstract[quote.start : quote.end] == quote.text
    first = before.citations[0].quotes[0]
    (around,) = (one for one in source.quotes if first.text in one.text)
    assert len(around.text) > len(first.text)
    assert "24M" in answer.text


def test_what_a_list_rests_on_has_all_its_papers(assistant: Assistant) -> None:
    before, answer = after(assistant, LIST, "are you sure about these?")
    assert {one.paper.id for one in answer.citations} == {one.paper.id for one in before.citations}
    assert all(one.quotes for one in answer.citations)


@pytest.mark.parametrize("said", ["are you sure about the last one?", "is it true of SimDA?"])
def test_only_what_is_questioned_is_shown(said: str, assistant: Assistant) -> None:
    before, answer = after(assistant, LIST, said)
    papers = [one.paper for one in before.citations]
    meant = papers[-1] if "last" in said else next(one for one in papers if "SimDA" in one.title)
    assert [one.paper for one in answer.citations] == [meant]


def test_after_the_grounds_the_talk_goes_on(assistant: Assistant) -> None:
    turns: list[Turn] = []
    for said in (FACT, "are you sure?", "more detail please", "that's not what I asked"):
        turns.append(Turn(said, assistant.ask(said, turns)))
    _, sure, more, instead = (turn.answer for turn in turns)
    assert "I only quote" in sure.text
    assert "I only quote" not in more.text
    assert instead.kind == "summary"


def test_doubt_is_said_again(assistant: Assistant) -> None:
    before, answer = after(
        assistant, "which licence is SimDA under, by any chance?", "are you sure?"
    )
    assert before.abstained or before.hedged
    assert answer.abstained or answer.hedged


def test_counts_and_records_say_that_they_are_no_opinion(assistant: Assistant) -> None:
    _, counted = after(assistant, "how many papers per year?", "are you sure?")
    assert "counted from the records" in counted.text
    assert counted.counts
    _, recorded = after(assistant, "who wrote SimDA?", "are you sure?")
    assert "are from the records" in recorded.text
    assert [one.paper.title[:5] for one in recorded.citations] == ["SimDA"]


def test_of_a_models_answer_it_is_told_what_was_checked(assistant: Assistant) -> None:
    before = assistant.ask(FACT)
    text = "It tunes 24M parameters [1]. It is the best of all [1]."
    checks = (
        Check(0, 28, "supported", "", 1),
        Check(29, 55, "not supported", "the abstract does not say so", 1),
    )
    written = replace(before, text=text, checks=checks, model="openai:m")
    answer = assistant.ask("are you sure?", [Turn(FACT, written)])
    assert "1 of 2 sentences is doubtful" in answer.text
    assert "It is the best of all" in answer.text
    assert "24M" in answer.citations[0].quotes[0].text


@pytest.mark.parametrize("said", ["that's not what I asked", "no, wrong", "you misunderstood me"])
def test_instead_of_what_was_not_meant_other_papers_answer(said: str, assistant: Assistant) -> None:
    before, answer = after(assistant, "what share of the tokens can be left out?", said)
    shown = {one.paper.id for one in before.citations}
    assert not shown & {one.paper.id for one in answer.citations}
    assert answer.abstained or answer.text.startswith("*Without what I showed before:*")


def test_a_model_that_writes_instead_says_what_it_leaves_out(assistant: Assistant) -> None:
    asked = "what share of the tokens can be left out?"
    talk = Conversation([Turn(asked, assistant.ask(asked))])
    reader = LearnedReader(ReadingNetwork())
    parsed = reader.read("that's not what I asked", talk, assistant.snapshot)
    found = assistant.snapshot.retriever.search(parsed.topic, parsed.bounds)
    evidence = CrossEncoderJudge(CrossEncoder()).weigh(parsed, found, assistant.snapshot)
    draft = compose(evidence)
    assert OTHERS in verify_answer(WrittenAnswer(draft, model="some-model"), evidence).notes
    assert OTHERS not in verify_answer(WrittenAnswer(draft, model=QUOTES), evidence).notes


def test_of_a_named_paper_more_is_told_instead(assistant: Assistant) -> None:
    _, answer = after(assistant, FACT, "that's not what I asked")
    assert answer.kind == "summary"
    assert {one.paper.title[:5] for one in answer.citations} == {"SimDA"}


@pytest.mark.parametrize("said", ["are you sure?", "that's not what I asked"])
def test_without_an_answer_before_there_is_nothing_to_question(
    said: str, assistant: Assistant
) -> None:
    assert assistant.ask(said).abstained
    assert after(assistant, "hello!", said)[1].abstained


@pytest.mark.parametrize(
    "said", ["is it sure to work on other models?", "how do they know that it is stable over time?"]
)
def test_what_asks_the_paper_is_no_doubt_of_the_answer(said: str, assistant: Assistant) -> None:
    _, answer = after(assistant, FACT, said)
    assert "rests on" not in answer.text
    assert "I only quote" not in answer.text
