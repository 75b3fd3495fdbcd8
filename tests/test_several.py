"""Several questions in one message: each answered, under itself, with one numbering."""

from collections.abc import Callable, Sequence

import pytest

from assistant import Assistant
from assistant.composing.several import join_answers
from assistant.reading.learned.network import ReadingNetwork
from assistant.reading.reader import Conversation, LearnedReader
from assistant.text.citation_markers import MARKER
from assistant.types import Answer, Candidate, Check, Citation, Paper, Span, Turn

TWO = "How many parameters does SimDA tune? And which papers adapt T2I models to video?"


@pytest.fixture
def split(assistant: Assistant) -> Callable[[str], Sequence[str]]:
    reader = LearnedReader(ReadingNetwork())
    return lambda message: reader.split(message, Conversation(), assistant.snapshot)


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        ("which papers adapt T2I models to video?", 1),
        ("I have EEG data. Which encoder was tested on EEG?", 1),
        ("Hm, why? Is there anything on protein folding?", 1),
        ("Does it need video data? Or only images?", 1),
        (TWO, 2),
        ("who wrote BLIP? what does it need", 2),
        ("Which papers make videos? Do not list anything before 2024.", 1),
        ("What does OPT cost? Can you keep it short.", 1),
        ("What is BLIP? Who wrote it and when? Only from 2023, please.", 2),
        ("What is BEiT for? What is SLIP for? What is OPT for? What is BLIP for?", 3),
        ("which papers are about video and were published at CVPR?", 1),
    ],
)
def test_a_message_is_split_where_it_asks_again(
    message: str, questions: int, split: Callable[[str], Sequence[str]]
) -> None:
    requests = split(message)
    assert len(requests) == questions
    left = iter(message.split())
    assert all(word in left for one in requests for word in one.split())  # its words, in order


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("Thanks, that helps. Who wrote SimDA?", "Who wrote SimDA?"),
        (
            "I run a bakery in Ghent and my nephew studies this. Which papers are on speech?",
            "Which papers are on speech?",
        ),
        (
            "hi there, hope you had a nice weekend! papers on protein sequences please",
            "papers on protein sequences please",
        ),
        (
            "I thought everybody used transformers by now. What is known about graph networks?",
            "What is known about graph networks?",
        ),
        (
            "We have ten hours of recordings and no labels. What works for recognition?",
            "We have ten hours of recordings and no labels. What works for recognition?",
        ),
    ],
)
def test_what_a_message_would_ask_the_same_without_is_told(message: str, asked: str) -> None:
    assert ReadingNetwork().tag(message).plain == asked


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("That's all rather short, hm. Who wrote Tune-A-Video?", "Who wrote Tune-A-Video?"),
        (
            "SimDA is a nice name. How many parameters does it tune?",
            "How many parameters does SimDA tune?",
        ),
        ("Our recordings come from a noisy ward at night. Is that a problem?", ""),
    ],
)
def test_a_conversation_goes_on_without_remarks_unless_the_rest_points_at_them(
    said: str, read: str, assistant: Assistant
) -> None:
    turn = Turn(TWO, assistant.ask(TWO))
    parsed = LearnedReader(ReadingNetwork()).read(said, Conversation([turn]), assistant.snapshot)
    assert parsed.text == said
    assert parsed.question == (read or said)


def test_what_asks_for_two_things_is_parted_where_only_and_joins_them(assistant: Assistant) -> None:
    turn = Turn("what is SimDA?", assistant.ask("what is SimDA?"))
    asked = "can i download it, and does the prompt have to be in english?"
    parsed = LearnedReader(ReadingNetwork()).read(asked, Conversation([turn]), assistant.snapshot)
    assert parsed.form == "fact"
    assert parsed.aspects == ("can i download it", "does the prompt have to be in english")


def test_each_question_of_a_message_is_answered_under_itself(assistant: Assistant) -> None:
    stream = assistant.stream(TWO)
    streamed = "".join(stream)
    answer = stream.answer
    assert streamed == answer.text
    first, second = (part.partition("\n")[2] for part in answer.text.split("## ")[1:])
    assert "24M" in first
    assert "Tune-A-Video" in second
    assert {int(number) for number in MARKER.findall(answer.text)} == {
        citation.number for citation in answer.citations
    }
    titles = [citation.paper.title for citation in answer.citations]
    assert len(titles) == len(set(titles))


def test_a_second_question_goes_on_with_the_first(assistant: Assistant) -> None:
    answer = assistant.ask("What is SimDA good for? How many parameters does it tune?")
    assert "24M" in answer.text.split("## ")[2]


@pytest.mark.parametrize(
    ("message", "first", "second"),
    [
        ("who wrote SimDA, and how many parameters does it tune?", "Zhen Xing", "24M"),
        ("summarise SimDA and tell me who wrote it", "Latent-Shift", "Zhen Xing"),
        ("when was GottBERT published and what corpus does it use?", "2020", "OSCAR"),
        ("what topics are there? and which papers are on protein sequences?", "topics", "TAPE"),
    ],
)
def test_what_records_answer_stands_apart_from_what_abstracts_do(
    message: str, first: str, second: str, assistant: Assistant
) -> None:
    parts = [part.partition("\n")[2] for part in assistant.ask(message).text.split("\n## ")]
    assert len(parts) == 2
    assert first in parts[0]
    assert second in parts[1]


@pytest.mark.parametrize(
    "message",
    [
        "what corpus does GottBERT use, and how was it trained?",
        "who wrote GottBERT and when did it appear?",
        pytest.param("which papers compare BERT and what comes after it?", marks=pytest.mark.slow),
        "thanks a lot, and what data does GottBERT use?",
        "which papers are about video and were published at CVPR?",
    ],
)
def test_what_one_answer_can_say_is_one_question(message: str, assistant: Assistant) -> None:
    assert "## " not in assistant.ask(message).text.replace("### ", "")


def test_filters_of_a_message_bound_all_its_questions(assistant: Assistant) -> None:
    answer = assistant.ask(f"{TWO} year>=2023")
    assert all((one.paper.year or 0) >= 2023 for one in answer.citations)


def test_joined_answers_keep_one_number_a_paper_and_what_was_checked() -> None:
    one, two = Paper("a", "A", "It is small."), Paper("b", "B", "It is fast.")
    quotes = (Span("It is small.", 0, 12),), (Span("It is fast.", 0, 11),)
    first = Answer("q", "fact", "Small [1].", False, (Citation(1, one, quotes[0]),), ())
    text = "Fast [1]. Small [2]."
    checks = (Check(0, 9, "supported", number=1), Check(10, 20, "supported", number=2))
    citations = Citation(1, two, quotes[1]), Citation(2, one, quotes[0])
    second = Answer("r", "fact", text, False, citations, (), checks=checks)
    whole = join_answers(["Is it?", "Which?"], [first, second])
    assert whole.text == "## Is it?\n\nSmall [1].\n\n## Which?\n\nFast [2]. Small [1]."
    assert [citation.paper.id for citation in whole.citations] == ["a", "b"]
    spoken = [(whole.text[check.start : check.end], check.number) for check in whole.checks]
    assert spoken == [("Fast [2].", 2), ("Small [1].", 1)]


def test_joined_answers_keep_the_best_of_each_ranking() -> None:
    def answer(ids: range) -> Answer:
        ranking = (Candidate(Paper(str(n), str(n), "It is."), 1.0, 1.0, 1.0) for n in ids)
        return Answer("q", "none", "Nothing.", True, (), tuple(ranking))

    joined = join_answers(
        ["A?", "B?", "C?"], [answer(range(50)), answer(range(60, 110)), answer(range(40, 90))]
    )
    ranked = [one.paper.id for one in joined.retrieved]
    assert len(ranked) == len(set(ranked)) == 50
    assert {"0", "60", "40", "61"} <= set(ranked[:6])


def test_what_introduces_a_request_may_ask_for_something(
    split: Callable[[str], Sequence[str]],
) -> None:
    said = "I just learned of wav2vec. can you tell me what wav2vec 2.0 is"
    assert split(f"{said} and which papers here use it") == [said, "which papers here use it"]
    only = "I would like to understand how tweets are used. Which papers learn from tweets?"
    assert split(only) == [only]
    work = "I am looking for the work which cuts out what a phrase refers to in a clip."
    assert split(f"{work} What is put in place of noise?") == [
        work,
        "What is put in place of noise?",
    ]
