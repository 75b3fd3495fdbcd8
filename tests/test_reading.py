"""The learned reader: on a writer's messages that it never saw, and in conversations."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.assistant import Assistant
from assistant.checking.claims import claims
from assistant.composing.compose import compose
from assistant.composing.suggestions import suggest_questions
from assistant.composing.verify import DOUBTED, WHOLE, verify_answer
from assistant.composing.written.task import WrittenAnswer
from assistant.judging.cross_encoder.network import CrossEncoder, readable_sentences
from assistant.judging.judge import CrossEncoderJudge
from assistant.reading import learned
from assistant.reading.bounds import read_years
from assistant.reading.learned.network import Before, ReadingNetwork, Tagged
from assistant.reading.reader import Conversation, LearnedReader
from assistant.reading.references import put_topic
from assistant.text.rhetorical_roles import strongest
from assistant.types import QUOTES, Paper, Turn

DATA = Path(learned.__file__).parent / "data" / "messages.jsonl"
TWO_PAPERS = ("how many parameters does SimDA tune?", "under which licence is GottBERT released?")
DOUBTFUL = "which adapter?"  # SimDA tunes one; GottBERT was spoken of last


@pytest.fixture(scope="module")
def network() -> ReadingNetwork:
    return ReadingNetwork()


@pytest.fixture(scope="module")
def held_out() -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
    return [row for row in rows if row["hand"] == "held_out"]


def tag(network: ReadingNetwork, row: dict[str, Any]) -> Tagged:
    told = row["before"]
    before = Before(told["q"], told["form"], len(told["papers"])) if told else None
    return network.tag(row["q"], before)


def test_forms_and_references_of_a_stranger_are_read(
    network: ReadingNetwork, held_out: list[dict[str, Any]]
) -> None:
    forms = [tag(network, row).form == row["form"] for row in held_out]
    follow_ups = [row for row in held_out if row["before"]]
    references = [tag(network, row).refers == row["refers"] for row in follow_ups]
    assert len(forms) == 300
    assert sum(forms) / len(forms) >= 0.88
    assert sum(references) / len(references) >= 0.85


def test_spans_are_words_of_the_message(
    network: ReadingNetwork, held_out: list[dict[str, Any]]
) -> None:
    for row in held_out:
        for words in tag(network, row).spans.values():
            assert all(one in row["q"] for one in words)


def talk(assistant: Assistant, *users: str) -> list[Turn]:
    turns: list[Turn] = []
    for user in users:
        turns.append(Turn(user, assistant.ask(user, turns)))
    return turns


def test_a_conversation_leans_on_what_was_cited(assistant: Assistant) -> None:
    listed, narrowed, single = talk(
        assistant,
        "which papers adapt T2I models to video?",
        "only the ones from 2023",
        "who wrote the first one?",
    )
    before = {citation.paper.id for citation in listed.answer.citations}
    kept = [citation.paper for citation in narrowed.answer.citations]
    assert len(before) > 2
    assert kept
    assert {paper.id for paper in kept} <= before
    assert {paper.year for paper in kept} == {2023}
    assert [citation.paper.id for citation in single.answer.citations] == [kept[0].id]
    assert kept[0].authors[0] in single.answer.text


def test_newest_are_the_newest(assistant: Assistant) -> None:
    (turn,) = talk(assistant, "what are the newest papers on video generation?")
    years = [citation.paper.year or 0 for citation in turn.answer.citations]
    assert years == sorted(years, reverse=True)
    assert years[0] >= 2024


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        (
            "Model works in January, by March the lamp ages and it drifts. "
            "Which papers adapt a vision model at test time?",
            "Test-Time",
        ),
        (
            "We have soil moisture probes logging every ten minutes in about 60 plots. "
            "Is there a ready-made model I could use to predict time series?",
            "Tiny Time Mixers",
        ),
    ],
)
def test_a_list_is_found_whatever_is_told_before_it(
    assistant: Assistant, asked: str, title: str
) -> None:
    (turn,) = talk(assistant, asked)
    assert not turn.answer.abstained
    assert not turn.answer.hedged
    assert any(title in one.paper.title for one in turn.answer.citations)


def test_the_collection_is_described(assistant: Assistant) -> None:
    (turn,) = talk(assistant, "what topics does this collection cover?")
    assert "219 papers from 2018 to 2025" in turn.answer.text
    assert not turn.answer.abstained


def test_who_comes_for_the_first_time_is_told_the_topics(assistant: Assistant) -> None:
    (turn,) = talk(assistant, "hello, my first time here :) what sort of topics are there?")
    assert "219 papers from 2018 to 2025" in turn.answer.text


def test_an_everyday_word_is_a_name_only_where_it_is_read_as_one(assistant: Assistant) -> None:
    (course,) = talk(
        assistant,
        "I teach a master's course on speech technology: what is known about recognising languages"
        " with hardly any transcripts?",
    )
    assert not any("MASTER" in one.paper.title for one in course.answer.citations)
    for said, meant in (
        ("is slip better than having a model write captions?", "SLIP"),
        ("summarise mvp", "MVP"),
        ("how does master work?", "MASTER"),
    ):
        (named,) = talk(assistant, said)
        assert meant in named.answer.citations[0].paper.title


def test_a_list_names_the_few_others_of_its_years(assistant: Assistant) -> None:
    (turn,) = talk(assistant, "what do you have from 2019 about language?")
    of_the_year = [one for one in assistant.papers() if one.year == 2019]
    assert 0 < len(turn.answer.citations) < len(of_the_year)
    assert all(paper.title in turn.answer.text for paper in of_the_year)
    assert not any("Others there" in claim.text for claim in claims(turn.answer.text))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("the newer one, does it edit videos?", "SimDA"),
        ("what data does the older one use?", "GottBERT"),
        ("and the older one?", "GottBERT"),
        ("what does the one from 2020 train on?", "GottBERT"),
        ("tell me more about the 2023 paper", "SimDA"),
    ],
)
def test_of_papers_spoken_of_one_is_told_by_its_year(
    said: str, meant: str, assistant: Assistant
) -> None:
    *_, turn = talk(assistant, *TWO_PAPERS, said)
    assert [meant in one.paper.title for one in turn.answer.citations] == [True]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("who wrote the first one?", "SimDA"),
        ("who wrote the second one?", "GottBERT"),
        ("what does the first one say about editing?", "SimDA"),
        ("does the other one edit videos?", "SimDA"),
        ("what data does the latter use?", "GottBERT"),
        ("how do they differ?", "SimDA GottBERT"),
        ("compare these papers", "SimDA GottBERT"),
        ("which of them is newer?", "SimDA GottBERT"),
        ("which is older?", "GottBERT SimDA"),
        ("how does the second differ from the first?", "GottBERT SimDA"),
        ("and the oldest of the two?", "GottBERT"),
    ],
)
def test_papers_spoken_of_one_by_one_are_counted_and_meant_together(
    said: str, meant: str, assistant: Assistant
) -> None:
    *_, turn = talk(assistant, *TWO_PAPERS, said)
    titles = [one.paper.title for one in turn.answer.citations]
    assert len(titles) == len(meant.split())
    assert all(name in title for name, title in zip(meant.split(), titles, strict=True))


@pytest.mark.parametrize(
    ("said", "places"),
    [
        ("only the last 2", slice(-2, None)),
        ("compare the first five", slice(5)),
        ("summarise the top 3", slice(3)),
    ],
)
def test_as_many_of_a_list_as_are_counted_are_meant(
    said: str, places: slice, assistant: Assistant
) -> None:
    listed, turn = talk(assistant, "which papers adapt T2I models to video?", said)
    papers = [one.paper.id for one in listed.answer.citations]
    assert len(papers) > 5
    assert {one.paper.id for one in turn.answer.citations} == set(papers[places])


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("only the first", lambda papers: papers[:1]),
        ("remove the second", lambda papers: [papers[0], *papers[2:]]),
        ("all but the first two", lambda papers: papers[2:]),
        ("without SimDA", lambda papers: [one for one in papers if "SimDA" not in one.title]),
        ("only SimDA", lambda papers: [one for one in papers if "SimDA" in one.title]),
        ("sort them by year", lambda papers: sorted(papers, key=lambda one: one.year)),
    ],
)
def test_papers_of_a_list_are_kept_dropped_and_ordered(
    said: str, left: Callable[[list[Paper]], list[Paper]], assistant: Assistant
) -> None:
    listed, turn = talk(assistant, "which papers adapt T2I models to video?", said)
    papers = [one.paper for one in listed.answer.citations]
    shown = [one.paper for one in turn.answer.citations]
    wanted = left(papers)
    assert 0 < len(wanted) <= len(papers)
    if said.startswith("sort"):
        assert [one.year for one in shown] == [one.year for one in wanted]
    else:
        assert [one.id for one in shown] == [one.id for one in wanted]


@pytest.mark.parametrize("said", ["which is the oldest?", "what is the oldest of them?"])
def test_the_oldest_of_a_list_is_one(said: str, assistant: Assistant) -> None:
    listed, turn = talk(assistant, "which papers adapt T2I models to video?", said)
    (one,) = turn.answer.citations
    assert one.paper.year == min(one.paper.year or 0 for one in listed.answer.citations)


@pytest.mark.parametrize(
    "said",
    [
        "sort them by newest",
        "only those newer than SimDA",
        "what are the benefits of thematic maps?",
    ],
)
def test_what_only_looks_like_a_choice_is_none(said: str, assistant: Assistant) -> None:
    listed, turn = talk(assistant, "which papers adapt T2I models to video?", said)
    before = {one.paper.id for one in listed.answer.citations}
    shown = {one.paper.id for one in turn.answer.citations}
    if said.startswith("sort"):
        assert shown == before
    else:
        assert len(shown & before) != 1


def test_the_latter_is_of_the_last_two(assistant: Assistant) -> None:
    third = "what did RAD-DINO learn from?"
    *_, turn = talk(assistant, *TWO_PAPERS, third, "who wrote the latter?")
    assert ["RAD-DINO" in one.paper.title for one in turn.answer.citations] == [True]


def test_those_of_a_list_are_counted(assistant: Assistant) -> None:
    listed, turn = talk(assistant, "which papers adapt T2I models to video?", "how many is that?")
    assert turn.answer.counts
    assert turn.answer.counts.total == len(listed.answer.citations)


@pytest.mark.parametrize("said", ["only the last two years", "just the last 2 years please"])
def test_the_last_two_years_are_not_the_last_two_papers(said: str, assistant: Assistant) -> None:
    listed, turn = talk(assistant, "which papers adapt T2I models to video?", said)
    year = date.today().year - 2
    recent = {one.paper.id for one in listed.answer.citations if (one.paper.year or 0) >= year}
    assert {one.paper.id for one in turn.answer.citations} == recent


def test_a_fact_asked_after_a_list_is_of_that_paper_of_it_which_says_it(
    assistant: Assistant,
) -> None:
    asked = "which papers adapt T2I models to video?"
    several, one = talk(assistant, asked, "how many parameters do they tune?")
    assert len(several.answer.citations) > 3
    assert "SimDA" in one.answer.citations[0].paper.title
    assert len(one.answer.citations) < len(several.answer.citations)
    for of_all in ("is the code of each of them available?", "what does each paper train on?"):
        *_, turn = talk(assistant, asked, of_all)
        assert not turn.answer.may_mean
        assert "of the" in turn.answer.question  # "… (of the 7 papers cited before)?"


@pytest.mark.parametrize(
    "said", ["what is the newest paper on video?", "what about the study of 2020 election tweets?"]
)
def test_a_year_of_no_paper_spoken_of_tells_none_of_them(said: str, assistant: Assistant) -> None:
    turns = talk(assistant, *TWO_PAPERS, said)
    spoken = {turn.answer.citations[0].paper.id for turn in turns[:-1]}
    assert not {one.paper.id for one in turns[-1].answer.citations} & spoken
    assert not any(name in turns[-1].answer.question for name in ("SimDA", "GottBERT"))


def test_two_are_compared_by_their_years(assistant: Assistant) -> None:
    *_, turn = talk(assistant, *TWO_PAPERS, "compare the newer one with the older one")
    assert turn.answer.table
    assert [paper.title[:5] for paper in turn.answer.table.papers] == ["SimDA", "GottB"]


def test_what_is_asked_without_a_subject_is_asked_of_the_paper_before(assistant: Assistant) -> None:
    *_, turn = talk(assistant, TWO_PAPERS[0], "what can it edit?", "numbers?")
    said = {one.paper.title: one.quotes[0].text for one in turn.answer.citations}
    assert any("SimDA" in title and "24M" in quote for title, quote in said.items())


def test_both_are_the_two_that_were_spoken_of_last(assistant: Assistant) -> None:
    first, second, both = talk(
        assistant,
        "how many parameters does SimDA tune?",
        "what does T2I-Adapter learn?",
        "is the code available for both?",
    )
    spoken = [turn.answer.citations[0].paper.id for turn in (first, second)]
    cited = [citation.paper for citation in both.answer.citations]
    # Neither abstract speaks of code: then they are what the silence is about.
    assert {paper.id for paper in (*cited, *both.answer.nearest)} == set(spoken)


def test_a_follow_up_that_surely_leans_on_the_last_paper_is_of_it(assistant: Assistant) -> None:
    # ChatGen, shown before, is of steps; the abstract of T2V-Turbo-v2 has none.
    *_, asked = talk(
        assistant,
        "what do you have that makes image generation fast, like 1-4 steps not 50",
        "anyone doing distilled sampling for video?",
        "T2V-Turbo-v2 does that no? what does it distill",
        "so how many steps does it need",
    )
    assert {one.paper.title.partition(":")[0] for one in asked.answer.citations} == {"T2V-Turbo-v2"}


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("how light-weight is its adapter?", "SimDA"),
        ("on which language was it trained?", "GottBERT"),
    ],
)
def test_a_follow_up_is_of_that_paper_spoken_of_which_answers_it(
    question: str, meant: str, assistant: Assistant
) -> None:
    *_, licence, asked = talk(assistant, *TWO_PAPERS, question)
    assert "GottBERT" in licence.answer.citations[0].paper.title
    assert meant in asked.answer.citations[0].paper.title


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("the second one", "GottBERT"),
        ("I mean SimDA", "SimDA"),
        ("the other one", "GottBERT"),
        ("and the newer one?", "SimDA"),
    ],
)
def test_what_may_mean_two_papers_is_answered_of_both_and_then_of_the_one_chosen(
    said: str, name: str, assistant: Assistant
) -> None:
    *_, asked, chosen = talk(assistant, *TWO_PAPERS, DOUBTFUL, said)
    papers = [citation.paper for citation in asked.answer.citations]
    assert asked.answer.hedged
    assert "not sure which paper" in asked.answer.text
    assert ["SimDA" in papers[0].title, "GottBERT" in papers[1].title] == [True, True]
    assert chosen.answer.question == f"which adapter ({name})?"
    assert [citation.paper for citation in chosen.answer.citations] == [
        paper for paper in papers if name in paper.title
    ]
    assert "not sure which paper" not in chosen.answer.text
    assert list(asked.answer.may_mean) == papers
    offered = suggest_questions(asked.answer, assistant.ask, assistant.snapshot.names)
    assert offered[:2] == tuple(f"which adapter ({one})?" for one in ("SimDA", "GottBERT"))
    assert not any("not sure" in claim.text for claim in claims(asked.answer.text))


@pytest.mark.parametrize("said", ["shorter", "tell me more"])
def test_a_doubtful_answer_stays_of_those_that_may_be_meant(
    said: str, assistant: Assistant
) -> None:
    *_, asked, again = talk(assistant, *TWO_PAPERS, DOUBTFUL, said)
    assert len(asked.answer.may_mean) == 2
    assert again.answer.may_mean == asked.answer.may_mean
    assert again.answer.question == asked.answer.question


def test_several_questions_leave_no_doubt_that_cannot_be_settled(assistant: Assistant) -> None:
    both = "Which adapter? How many papers are from 2020?"
    *_, turn = talk(assistant, *TWO_PAPERS, both)
    assert "not sure which paper" in turn.answer.text
    assert turn.answer.hedged
    assert turn.answer.may_mean == ()


def test_a_place_after_a_doubtful_answer_counts_in_it(assistant: Assistant) -> None:
    *_, turn = talk(assistant, *TWO_PAPERS, DOUBTFUL, "what data does the first one use?")
    assert "SimDA" in turn.answer.question


def test_a_model_that_writes_of_several_that_may_be_meant_says_so(assistant: Assistant) -> None:
    turns = talk(assistant, *TWO_PAPERS)
    conversation = Conversation(turns)
    parsed = LearnedReader(ReadingNetwork()).read(DOUBTFUL, conversation, assistant.snapshot)
    found = assistant.snapshot.retriever.search(parsed.topic, parsed.bounds)
    evidence = CrossEncoderJudge(CrossEncoder()).weigh(parsed, found, assistant.snapshot)
    draft = compose(evidence)
    there = [replace(one, number=3 - one.number) for one in reversed(draft.citations)]
    written = replace(draft, text="One says RoBERTa [1], one LSA [2].", citations=tuple(there))
    answer = verify_answer(WrittenAnswer(written, model="some-model"), evidence)
    assert DOUBTED in answer.notes
    assert answer.may_mean == tuple(reversed(evidence.focus))  # as they are numbered
    one = replace(written, text="LSA [2].", citations=written.citations[1:])
    assert verify_answer(WrittenAnswer(one, model="some-model"), evidence).may_mean == ()
    assert DOUBTED not in verify_answer(WrittenAnswer(draft, model=QUOTES), evidence).notes


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("and which super-resolution model does the diffusion adapter train?", "SimDA"),  # before
        ("and for antibodies, is there a dataset?", "SARS-CoV-2"),  # not yet spoken of
    ],
)
def test_a_follow_up_may_mean_another_paper_than_the_last(
    question: str, meant: str, assistant: Assistant
) -> None:
    *_, asked = talk(assistant, *TWO_PAPERS, question)
    assert meant in asked.answer.citations[0].paper.title
    assert "GottBERT" not in asked.answer.question


@pytest.mark.parametrize("place", ["the third", "the 3rd one", "number 3"])
def test_a_place_on_the_screen_is_that_paper_whatever_it_says(
    assistant: Assistant, place: str
) -> None:
    first, then = talk(
        assistant, "which papers adapt T2I models to video?", f"what data does {place} use?"
    )
    third = first.answer.citations[2].paper
    assert [one.paper for one in then.answer.citations] in ([third], [])


def test_what_none_under_discussion_says_is_looked_for_elsewhere_and_that_is_told(
    assistant: Assistant,
) -> None:
    listed, plain, none, elsewhere = talk(
        assistant,
        "which papers use diffusion for video editing?",
        "which of these are training-free?",
        "which of them were evaluated on chest X-rays?",
        "how good is it on chest X-rays with masked autoencoders?",
    )
    assert "VideoElevator" in plain.answer.citations[0].paper.title
    assert "not sure" not in plain.answer.text
    assert WHOLE not in plain.answer.notes
    before = {one.paper.id for one in listed.answer.citations}
    assert none.answer.text.startswith("I am not sure that any fits")
    assert before >= {one.paper.id for one in none.answer.citations}
    assert before.isdisjoint(one.paper.id for one in elsewhere.answer.citations)
    assert WHOLE in elsewhere.answer.notes


def test_a_list_leaves_out_what_is_ruled_out_but_never_everything(assistant: Assistant) -> None:
    listed, without = talk(assistant, "language models trained on tweets", "not the English one")
    before = {citation.paper.id for citation in listed.answer.citations}
    kept = {citation.paper.id for citation in without.answer.citations}
    assert kept
    assert kept < before


@pytest.mark.parametrize(
    ("said", "back", "only"),
    [
        ("papers from the last three years on video editing", 3, False),
        ("what came out in the past decade on video editing?", 10, False),
        ("which papers on video editing were published more than four years ago?", 4, True),
    ],
)
def test_times_told_from_today_are_filters(
    said: str, back: int, only: bool, assistant: Assistant
) -> None:
    (turn,) = talk(assistant, said)
    year = date.today().year - back
    told = f"up to {year - 1}" if only else f"from {year} on"
    papers = [one.paper for one in turn.answer.citations]
    # The corpus is of its time: of years after it there is none, and the answer says so.
    assert told in turn.answer.text or f"of {year}" in turn.answer.text
    assert all((paper.year or 0) < year if only else (paper.year or 0) >= year for paper in papers)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("the last two years", 2024, None),
        ("over the past 18 months", 2024, None),
        ("a couple of years ago", 2024, 2024),
        ("since last year", 2025, None),
        ("this year's", 2026, 2026),
        ("no older than three years", 2023, None),
        ("more than five years ago", None, 2020),
        ("from 2 years ago to last year", 2024, 2025),
        ("within the last year", 2025, None),
        ("last year", 2025, 2025),
        ("at least 3 years old", None, 2022),
        ("in recent years", None, None),
        ("a few years ago", None, None),
        ("ten years of scans", None, None),
        ("5 year old children", None, None),
    ],
)
def test_years_are_told_from_today(words: str, first: int | None, last: int | None) -> None:
    found = read_years(words, date(2026, 3, 1))
    assert (found.year_from, found.year_to) == (first, last)


def test_what_became_a_filter_is_not_judged(assistant: Assistant) -> None:
    """The network is not asked whether an abstract is of the past five years."""
    parsed, _ = assistant.retrieve(
        "which papers on dense retrieval came out in the past five years?"
    )
    assert "five" not in parsed.question
    assert "five" in parsed.standalone


def test_what_is_left_out_is_not_listed(assistant: Assistant) -> None:
    kept = assistant.ask("language models for a single language, without the Portuguese ones")
    titles = [one.paper.title for one in kept.citations]
    assert titles
    assert not any("Portuguese" in title for title in titles)
    wanted = assistant.ask("language models for Portuguese")
    assert any("Portuguese" in one.paper.title for one in wanted.citations)


def test_times_and_venues_that_are_left_out_bound_the_papers(assistant: Assistant) -> None:
    late = assistant.ask("papers about video, leave out everything older than 2024").citations
    assert late
    assert all((one.paper.year or 0) >= 2024 for one in late)
    other = assistant.ask("papers about video, except those at CVPR").citations
    assert other
    assert not any("CVPR" in (one.paper.venue or "") for one in other)


def test_a_venue_is_known_by_the_name_that_the_corpus_gives_it(
    assistant: Assistant, corpus: list[Paper]
) -> None:
    for venue in ("Nature Machine Intelligence", "Interspeech"):
        found = assistant.ask(f"which papers appeared at {venue}, and in what year?").citations
        assert {one.paper.id for one in found} == {
            one.id for one in corpus if venue in (one.venue or "")
        }


def test_what_one_paper_answers_is_no_comparison(assistant: Assistant) -> None:
    answer = assistant.ask("since when is a machine better than humans on SuperGLUE?")
    assert answer.kind == "fact"
    assert "July 3, 2021" in answer.text
    assert assistant.ask("compare SPDF with SLTrain").kind == "comparison"


def test_the_first_one_is_that_of_the_list_after_another_was_asked_about(
    assistant: Assistant,
) -> None:
    listed, _, last = talk(
        assistant,
        "which papers pre-train on chest X-rays?",
        "what is the main finding of the second one?",
        "and of the first one?",
    )
    assert last.answer.citations[0].paper == listed.answer.citations[0].paper


def test_a_paper_takes_the_place_of_a_paper() -> None:
    before = Tagged("fact", "nothing", "none", {}, {}, {"paper": ("A",), "topic": ("reports",)})
    now = Tagged("fact", "question", "none", {}, {}, {"paper": ("B",)})
    asked = put_topic(before, "how does A use reports?", "sorry, I meant B", now)
    assert asked == "how does B use reports?"


def test_a_list_that_nothing_belongs_to_says_so(assistant: Assistant) -> None:
    answer = assistant.ask("which papers read DNA sequences?")
    assert answer.abstained or answer.text.startswith(("*No abstract", "I am not sure"))
    assert answer.abstained or answer.hedged


def test_a_part_of_a_paper_is_asked_for_in_its_place_in_a_conversation(
    assistant: Assistant,
) -> None:
    listed, third, first, silent, data = talk(
        assistant,
        "which papers adapt T2I models to video?",
        "what are the results of [3]?",
        "and the results of the first?",
        "how many GPUs does BEiT need?",
        "what data?",
    )
    papers = [one.paper for one in listed.answer.citations]
    assert [one.paper for one in third.answer.citations] == [papers[2]]
    said = [span.text for span in readable_sentences(papers[2])]
    place = strongest("results", said)
    assert place is not None
    assert said[place][:40] in third.answer.text
    assert [one.paper for one in first.answer.citations] == [papers[0]]
    assert silent.answer.abstained
    assert [one.paper for one in data.answer.citations] == list(silent.answer.nearest)


def test_only_names_that_nobody_has_are_told_above_what_is_answered(assistant: Assistant) -> None:
    plain = assistant.ask("In Transfusion, down to how many patches can an image be squeezed?")
    assert "16 patches" in plain.text
    assert "No abstract" not in plain.text
    named = assistant.ask("How do the Danish, Thai and Polish models compare with BERTweet?")
    assert "“Thai”" in named.text


def test_what_is_said_around_a_topic_does_not_hide_it(assistant: Assistant) -> None:
    answer = assistant.ask("I should be grateful for all papers on speech except on translation.")
    assert answer.kind == "list"
    assert not answer.hedged


def test_what_is_asked_again_keeps_its_question(assistant: Assistant) -> None:
    first, *again = talk(assistant, "what is BERTweet?", "shorter", "longer")
    assert [turn.answer.question for turn in again] == [first.answer.question] * 2
    assert all(turn.answer.citations for turn in again)


@pytest.mark.parametrize("said", ["and REFERS?", "what about REFERS", "sorry, I meant REFERS"])
def test_a_name_alone_asks_the_same_of_that_paper(assistant: Assistant, said: str) -> None:
    _, other = talk(assistant, "How does MedKLIP make use of the written reports?", said)
    assert other.answer.question == "How does REFERS make use of the written reports?"
    assert "REFERS" in other.answer.citations[0].quotes[0].text


def test_the_newest_of_a_topic_is_of_all_that_are_about_it(assistant: Assistant) -> None:
    answer = assistant.ask("Newest text-to-video paper in the collection, and its first author?")
    assert "Step-Video-T2V" in answer.citations[0].paper.title


def test_two_that_are_counted_are_compared_with_no_third(assistant: Assistant) -> None:
    answer = assistant.ask("Compare the two toolkits for pre-training by the same first author.")
    titles = [one.paper.title.partition(":")[0] for one in answer.citations]
    assert sorted(titles) == ["TencentPretrain", "UER"]
    named = assistant.ask("compare BERTweet with the two German models")
    assert named.citations[0].paper.title.startswith("BERTweet")
    assert sum("German" in one.paper.title for one in named.citations) == 2
