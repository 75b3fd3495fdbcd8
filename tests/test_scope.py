"""Of which papers a message is asked: a list within bounds, an earlier one, newer ones, all."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from assistant import Assistant
from assistant.reading import reader
from assistant.reading.learned.network import ReadingNetwork
from assistant.reading.parsed_question import ParsedQuestion
from assistant.reading.reader import Conversation
from assistant.reading.tags import settle_form
from assistant.types import Answer, Filters, Paper, Turn
from tests.conversing import talk

LIST = "which papers adapt T2I models to video?"
SPEECH = "what do you have on speech, from 2021 on?"


def papers(answer: Answer) -> list[Paper]:
    return [one.paper for one in answer.citations]


def years(answer: Answer) -> set[int]:
    return {one.year or 0 for one in papers(answer)}


@pytest.mark.parametrize("said", ["and only the ones before 2024?", "drop the ones from 2024"])
def test_years_choose_of_the_list_before(said: str, assistant: Assistant) -> None:
    before, after = talk(assistant, LIST, said)
    kept = [one for one in papers(before) if one.year and one.year < 2024]
    assert papers(after) == kept
    assert f"{len(kept)} of the {len(papers(before))} papers under discussion" in after.text


def test_a_list_is_chosen_of_after_one_of_its_papers_was_asked_about(assistant: Assistant) -> None:
    first, _, after = talk(
        assistant, LIST, "what does the second one tune?", "drop the ones from 2024"
    )
    assert papers(after) == [one for one in papers(first) if one.year and one.year < 2024]


def test_other_years_take_the_place_of_the_ones_before(assistant: Assistant) -> None:
    before, after = talk(assistant, SPEECH, "and before 2021?")
    assert min(years(before)) >= 2021
    assert max(years(after)) <= 2020
    assert any("Speech" in one.title for one in papers(after))


def test_another_author_takes_the_place_of_the_one_before(assistant: Assistant) -> None:
    _, after = talk(assistant, "What do you have by Furu Wei?", "And by Kaiming He?")
    assert len(papers(after)) > 1
    assert all("Kaiming He" in one.authors for one in papers(after))


@pytest.mark.parametrize("said", ["how many papers in the collection are from 2019?",
                                  "who has the most papers in your library?"])  # fmt: skip
def test_what_is_asked_of_the_collection_counts_all_of_it(said: str, assistant: Assistant) -> None:
    answer = talk(assistant, LIST, said)[-1]
    assert "219 papers" in answer.text


def test_what_was_asked_of_a_list_is_asked_of_the_collection(assistant: Assistant) -> None:
    _, of_list, of_all = talk(
        assistant,
        "which papers present a language model for Portuguese or German?",
        "which of those use T5?",
        "no, I meant all of them in the collection",
    )
    listed = {one.id for one in papers(of_list)}
    assert {one.id for one in papers(of_all)} - listed
    assert any("T5" in one.title for one in papers(of_all))


def test_all_papers_of_the_collection_lean_on_none(assistant: Assistant) -> None:
    *_, everything = talk(
        assistant,
        "which papers adapt T2I models to video?",
        "what does the first tune?",
        "list all papers in the collection",
    )
    assert "219 of 219 papers" in everything.text


@pytest.mark.parametrize("said", ["anything newer?", "are there later papers on the same subject?"])
def test_newer_than_the_paper_spoken_of(said: str, assistant: Assistant) -> None:
    before, after = talk(assistant, "what does Tune-A-Video tune?", said)
    (paper,) = papers(before)
    assert paper.year
    assert paper not in papers(after)
    assert min(years(after)) >= paper.year
    assert any("ideo" in one.title for one in papers(after))


def test_nothing_newer_is_said(assistant: Assistant) -> None:
    _, after = talk(assistant, "what do you have by Kaiming He?", "anything newer?")
    assert after.abstained
    assert "by Kaiming He" in after.text


@pytest.mark.parametrize(
    ("question", "newer"),
    [
        ("papers on video generation published after SimDA", True),
        ("which papers on video generation are newer than SimDA?", True),
        ("papers on video generation published before SimDA", False),
    ],
)
def test_papers_are_dated_by_one_that_is_named(
    question: str, newer: bool, assistant: Assistant
) -> None:
    (answer,) = talk(assistant, question)
    assert papers(answer)
    assert "SimDA" not in " ".join(one.title for one in papers(answer))
    for one in papers(answer):
        # SimDA came to arXiv in August 2023.
        assert (one.id > "arxiv:2308") if newer else (one.id < "arxiv:2309")


@pytest.mark.parametrize("said", ["which conference did that appear at?", "when was that?"])
def test_records_are_asked_of_what_was_spoken_of(said: str, assistant: Assistant) -> None:
    before, after = talk(assistant, "what does Tune-A-Video tune?", said)
    assert papers(after) == papers(before)


def test_an_earlier_list_is_spoken_of(assistant: Assistant) -> None:
    first, _, _, ordered = talk(
        assistant,
        LIST,
        "only those from 2024",
        "who wrote the first one?",
        "put the first list in order of year, oldest first",
    )
    assert {one.id for one in papers(ordered)} == {one.id for one in papers(first)}
    assert all((a.year or 0) <= (b.year or 0) for a, b in pairwise(papers(ordered)))


def test_those_are_the_list_after_one_of_it_was_asked_about(assistant: Assistant) -> None:
    first, _, after = talk(
        assistant,
        "all papers that deal with noisy image-text pairs from the web",
        "what does the BLIP one do about it?",
        "which of those is about reducing the data?",
    )
    assert {one.id for one in papers(after)} <= {one.id for one in papers(first)}
    assert "Too Large" in papers(after)[0].title


def test_those_of_a_list_that_a_count_is_asked_of(assistant: Assistant) -> None:
    first, _, count = talk(
        assistant, LIST, "which of these needs no training?", "how many of them are from 2024?"
    )
    number = sum(one.year == 2024 for one in papers(first))
    assert f"{number} of the {len(papers(first))} papers discussed before" in count.text


def test_two_lists_are_put_together(assistant: Assistant) -> None:
    first, second, both = talk(
        assistant,
        LIST,
        "which papers are on sign language or chemistry?",
        "put these together with the first list in one list, oldest first",
    )
    assert {one.id for one in papers(both)} == {one.id for one in papers(first) + papers(second)}
    shown = [one.year or 0 for one in papers(both)]
    assert shown == sorted(shown)


def test_what_is_put_in_place_of_another_venue(assistant: Assistant) -> None:
    *_, answer = talk(
        assistant, "papers on video at CVPR", "the same but ICCV instead of CVPR, please"
    )
    assert papers(answer)
    assert all("ICCV" in (one.venue or "") for one in papers(answer))


@pytest.mark.parametrize("said", ["sort them by title, please", "alphabetical order please"])
def test_a_list_is_sorted_by_title(said: str, assistant: Assistant) -> None:
    before, after = talk(assistant, LIST, said)
    titles = [one.title.casefold() for one in papers(after)]
    assert titles == sorted(one.title.casefold() for one in papers(before))


def test_papers_found_are_sorted_by_title(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "papers by Furu Wei sort:title")
    titles = [one.title for one in papers(answer)]
    assert len(titles) > 1
    assert titles == sorted(titles)


def test_a_list_is_shown_as_a_table(assistant: Assistant) -> None:
    before, after = talk(assistant, LIST, "give me that as a table")
    assert papers(after) == papers(before)
    assert [one.quotes[0] for one in after.citations] == [one.quotes[0] for one in before.citations]
    rows = [line for line in after.text.splitlines() if line.startswith("| ") and "“" in line]
    assert len(rows) == len(papers(before))
    for one in after.citations:
        assert all(quote.text in one.paper.abstract for quote in one.quotes)


@pytest.mark.parametrize("before", [(), (LIST,)])
def test_records_are_shown_as_a_table(before: tuple[str, ...], assistant: Assistant) -> None:
    *_, answer = talk(assistant, *before, "what do you have by Furu Wei, as a table?")
    assert "| paper |" in answer.text
    assert len(papers(answer)) > 1
    assert all("Furu Wei" in one.authors for one in papers(answer))


def test_a_paper_that_is_named_is_told_of(assistant: Assistant) -> None:
    *_, answer = talk(assistant, LIST, "tell me more about Still-Moving")
    assert [one.title.split(":")[0] for one in papers(answer)] == ["Still-Moving"]


def test_what_came_out_first_is_one(assistant: Assistant) -> None:
    before, after = talk(assistant, LIST, "which one came out first?")
    (paper,) = papers(after)
    assert paper.year == min(years(before))


@pytest.mark.parametrize("question", ["papers on text-to-video published since 2024"])
def test_a_time_within_the_topic_is_a_bound(question: str, assistant: Assistant) -> None:
    (answer,) = talk(assistant, question)
    assert min(years(answer)) >= 2024
    assert not answer.hedged


def test_what_papers_are_not_about_is_left_out(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "which papers on medicine are not about images?")
    assert len(papers(answer)) > 1
    first, *others = [one.title for one in papers(answer)]
    assert "Image" not in first
    assert not any(one.startswith("RAD-DINO") for one in others)


def test_one_and_the_other_are_both(assistant: Assistant) -> None:
    *_, answer = talk(
        assistant, "compare SimDA with Tune-A-Video", "is the first one better than the other one?"
    )
    assert {one.title.split(":")[0] for one in papers(answer)} == {"SimDA", "Tune-A-Video"}


def test_thanks_are_answered(assistant: Assistant) -> None:
    *_, answer = talk(assistant, LIST, "thanks, that was helpful")
    assert answer.text.startswith("You are welcome")
    assert "which papers" in talk(assistant, "what can you do?")[0].text


def test_what_else_the_authors_wrote(assistant: Assistant) -> None:
    before, after = talk(assistant, "what does BEiT predict?", "what else did its authors write?")
    (paper,) = papers(before)
    assert papers(after)
    assert paper not in papers(after)
    assert all(set(one.authors) & set(paper.authors) for one in papers(after))
    _, none = talk(assistant, "who wrote PROP?", "have those authors written anything else?")
    assert none.text.startswith("The corpus has no other paper by Xinyu Ma, ")


@pytest.mark.parametrize("question", ["papers by John Smith", "papers by John Smith on video"])
def test_an_author_whom_nobody_knows_has_no_papers(question: str, assistant: Assistant) -> None:
    (answer,) = talk(assistant, question)
    assert answer.text.startswith("The corpus has no paper by John Smith.")


@pytest.mark.parametrize(
    "question",
    ["which papers with BERT in the title do you have?", "papers whose title contains BERT"],
)
def test_words_of_the_title_are_a_bound(question: str, assistant: Assistant) -> None:
    answer = talk(assistant, "who wrote PROP?", question)[-1]
    assert len(papers(answer)) > 5
    assert all("bert" in one.title.lower() for one in papers(answer))


def test_of_an_author_the_newest_paper_is_asked(assistant: Assistant) -> None:
    (listed,) = talk(assistant, "papers by Ross Girshick, newest first")
    (answer,) = talk(assistant, "summarise the newest paper by Ross Girshick")
    assert [one.id for one in papers(answer)] == [papers(listed)[0].id]


def test_the_newest_is_of_the_list_after_its_oldest(assistant: Assistant) -> None:
    first, *_, answer = talk(
        assistant, LIST, "which of these is the oldest?", "and the newest one, who wrote it?"
    )
    (paper,) = papers(answer)
    assert paper in papers(first)
    assert paper.year == max(years(first))


def test_a_list_of_records_stays_one(assistant: Assistant) -> None:
    _, after = talk(assistant, "what do you have by Furu Wei?", "only those before 2022")
    assert "from the bibliography" in after.text
    assert max(years(after)) <= 2021


def test_alternative_authors_are_any_of_them(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "papers by Kaiming He or Ross Girshick")
    authors = [{"Kaiming He", "Ross Girshick"} & set(one.authors) for one in papers(answer)]
    assert all(authors)
    assert {"Ross Girshick"} in authors


def test_whether_somebody_wrote_it_is_told_by_its_record(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "is Ross Girshick one of the authors of ClusterFit?")
    assert [one.title.split(":")[0] for one in papers(answer)] == ["ClusterFit"]


def test_nothing_before_a_year_is_from_it_on(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "papers on masked autoencoders, nothing before 2023 please")
    assert min(years(answer)) >= 2023


def test_as_many_as_are_wanted_are_listed(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "give me three papers on masked autoencoders")
    assert len(papers(answer)) == 3


def test_which_of_the_two_is_of_those(assistant: Assistant) -> None:
    *_, answer = talk(
        assistant,
        "what does GottBERT use?",
        "what data was the clinical German study trained on?",
        "which of the two is better for medical text?",
    )
    assert papers(answer)
    assert {one.title.split(":")[0].split(" on ")[0] for one in papers(answer)} <= {
        "GottBERT",
        "Comprehensive Study",
    }


def test_each_described_side_is_one_of_those_spoken_of(assistant: Assistant) -> None:
    listed, answer = talk(
        assistant,
        "which papers are on medical text in German or Japanese?",
        "compare the German one with the Japanese one",
    )
    assert len(papers(answer)) == 2
    assert {one.id for one in papers(answer)} <= {one.id for one in papers(listed)}


def test_what_only_points_is_of_what_was_spoken_of(assistant: Assistant) -> None:
    before, after = talk(assistant, "papers by Kaiming He", "what is that one about?")
    assert papers(after)
    assert {one.id for one in papers(after)} <= {one.id for one in papers(before)}


def test_a_list_is_in_the_order_asked_for(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "list papers for making video from text, newest first")
    for group in answer.text.split("Less certain"):
        entries = [line for line in group.splitlines() if line[:1].isdigit() and "](http" in line]
        dated = [int(line.split(") (")[1][:4]) for line in entries]
        assert dated == sorted(dated, reverse=True)


@pytest.mark.parametrize(
    "said", ["which of these has the code or the model online?", "which of them can I download?"]
)
def test_what_can_be_had_is_told_by_the_sentence_that_says_so(
    said: str, assistant: Assistant
) -> None:
    before, after = talk(assistant, f"{LIST} year>=2024", said)
    assert 0 < len(papers(after)) < len(papers(before))
    for one in after.citations:
        assert re.search(r"available|released?|http|github", one.quotes[0].text)


@pytest.mark.parametrize("said", ["what data was it trained on?", "how good is it, any numbers?"])
def test_what_any_paper_may_be_asked_is_asked_of_the_one_before(
    said: str, assistant: Assistant
) -> None:
    before, after = talk(assistant, "when was DINOv2 published and where?", said)
    assert papers(after)[:1] == papers(before)[:1] or not papers(after)
    assert {one.id for one in (*papers(after), *after.nearest)} == {papers(before)[0].id}


def test_numbers_count_in_the_list(assistant: Assistant) -> None:
    listed, two, others = talk(
        assistant, LIST, "what do 2 and 4 have in common?", "and compare 1 and 3"
    )
    order = [one.id for one in papers(listed)]
    assert {one.id for one in papers(two)} == {order[1], order[3]}
    assert {one.id for one in papers(others)} == {order[0], order[2]}


@pytest.mark.parametrize(
    ("said", "places"),
    [
        ("drop 3 and 5", [0, 1, 3, 5, 6, 7]),
        ("2 and 4 are not what I need, leave them out", [0, 2, 4, 5, 6, 7]),
        ("keep only 1-3", [0, 1, 2]),
        ("put 1, 2 and 4 in a table: data and results", [0, 1, 3]),
        ("summarise number one", [0]),
        ("what is the 4th about?", [3]),
    ],
)
def test_places_of_a_list_are_counted_in_figures_and_words(
    said: str, places: list[int], assistant: Assistant
) -> None:
    before, after = talk(assistant, LIST, said)
    shown = papers(before)
    assert papers(after) == [one for n, one in enumerate(shown) if n in places]


@pytest.mark.parametrize(
    ("said", "places"),
    [
        ("number 3 it is. does it agree with number 2 on the cost?", [1, 2]),
        ("second one and third one: do they agree that adapters are cheap?", [1, 2]),
        ("do numbers two and four come to the same view on cost?", [1, 3]),
        ("I meant number three of your list. What data does it use?", [2]),
        ("what does the first paper on your list say of parameters?", [0]),
    ],
)
def test_several_places_at_once_and_places_in_a_list_are_those_papers(
    said: str, places: list[int], assistant: Assistant
) -> None:
    before, after = talk(assistant, LIST, said)
    shown = [one.id for one in papers(before)]
    assert {one.id for one in papers(after)} == {shown[place] for place in places}


@pytest.mark.parametrize(
    ("question", "said", "dropped"),
    [
        (
            "which papers build language models for tweets?",
            "Drop the Algerian one. How large was the data of each of the remaining ones?",
            "Algerian",
        ),
        (
            "which papers recognise or translate speech?",
            "leave out the translation ones and sort the rest by year, with their authors",
            "Translation",
        ),
    ],
)
def test_what_is_dropped_is_neither_asked_on_nor_in_records(
    question: str, said: str, dropped: str, assistant: Assistant
) -> None:
    before, after = talk(assistant, question, said)
    assert any(dropped in one.title for one in papers(before))
    assert papers(after)
    assert not any(dropped in one.title for one in papers(after))


def test_who_is_named_of_those_shown_is_told_of_alone(assistant: Assistant) -> None:
    _, after = talk(assistant, LIST, "Just SimDA then. In two sentences, what is it?")
    (paper,) = papers(after)
    assert paper.title.startswith("SimDA")


def test_all_that_was_discussed_is_listed_as_it_came_up(assistant: Assistant) -> None:
    *before, answer = talk(
        assistant,
        "what does BEiT predict?",
        "when was DINOv2 published?",
        "please put the ones we've discussed in a short list so that I can cite them",
    )
    assert papers(answer) == [papers(one)[0] for one in before]


def test_asking_again_and_again_reads_no_turn_twice(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = [LIST, "and before 2024?", *["are you sure?", "shorter"] * 4, "and before 2023?"]
    turns: list[Turn] = []
    read: list[str] = []
    plain = reader._Reading.read

    def counted(self: reader._Reading, text: str, *rest: Any) -> ParsedQuestion:
        read.append(text)
        return plain(self, text, *rest)

    monkeypatch.setattr(reader._Reading, "read", counted)
    for message in messages:
        read.clear()
        turns.append(Turn(message, assistant.ask(message, turns)))
        assert len(read) <= 4
    assert turns[-1].answer.citations


def test_years_beside_each_other_are_a_span(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "2023 and 2025 papers on text-to-video generation")
    assert papers(answer)
    assert years(answer) <= {2023, 2024, 2025}


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("isn't there anything older than that one, like from 2021?", 2021),
        ("is there something from 2024 on the same topic?", 2024),
    ],
)
def test_bounds_that_leave_out_what_was_spoken_of_find_others(
    said: str, first: int, assistant: Assistant
) -> None:
    before, after = talk(assistant, "what does Tune-A-Video tune?", said)
    assert "outside the filter" not in after.text
    assert papers(before)[0] not in papers(after)
    assert min(years(after), default=first) >= first


def test_the_top_one_of_a_count_is_a_row_of_it(assistant: Assistant) -> None:
    counted, answer = talk(
        assistant, "which authors have the most papers?", "show me what the top one wrote"
    )
    assert counted.counts
    name, number = counted.counts.rows[0]
    assert len(papers(answer)) == number
    assert all(name in one.authors for one in papers(answer))


def test_the_other_one_of_two_is_the_one_not_spoken_of(assistant: Assistant) -> None:
    both, first, other = talk(
        assistant,
        "compare SimDA with Tune-A-Video",
        "what does the first one tune?",
        "and what does the other one have to do with video?",
    )
    assert papers(first) == papers(both)[:1]
    assert papers(other) == papers(both)[1:2]


def test_words_of_one_title_mean_that_paper(assistant: Assistant) -> None:
    listed, answer = talk(
        assistant, LIST, "the one-shot tuning one looks right to me. what do they learn?"
    )
    meant = [one for one in papers(listed) if "One-Shot Tuning" in one.title]
    assert len(meant) == 1
    assert papers(answer) == meant


def test_who_is_meant_instead_is_asked_the_same(assistant: Assistant) -> None:
    *_, answer = talk(
        assistant, "compare SimDA with Moto", "what does Moto learn from?", "i mean the SimDA one"
    )
    assert papers(answer)[0].title.startswith("SimDA")


def test_what_is_forgotten_is_not_told(assistant: Assistant) -> None:
    *_, answer = talk(
        assistant, "what does Moto learn from?", "forget Moto. tell me about Socratic Models"
    )
    assert [one.title.partition(":")[0] for one in papers(answer)] == ["Socratic Models"]


@pytest.mark.parametrize(
    "said",
    [
        "which other papers are about text-to-video generation?",
        "besides that, which papers generate video from text?",
        "anything else on text-to-video generation?",
    ],
)
def test_others_are_not_the_one_spoken_of(said: str, assistant: Assistant) -> None:
    before, after = talk(assistant, "how many parameters does SimDA tune?", said)
    assert len(papers(after)) > 1
    assert not {one.id for one in papers(before)} & {one.id for one in papers(after)}


def test_where_there_is_no_other_that_is_said(assistant: Assistant) -> None:
    *_, answer = talk(
        assistant, "which papers are on sign language?", "any other papers on sign language?"
    )
    assert answer.abstained
    assert "nothing more" in answer.text


def test_who_wrote_it_and_what_else_they_wrote_are_two_questions(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "Who wrote BERTweet, and did any of them write other papers?")
    assert "no other paper by Dat Quoc Nguyen, Thanh Vu or Anh Tuan Nguyen" in answer.text


def test_others_by_an_author_are_not_what_was_spoken_of(assistant: Assistant) -> None:
    _, after = talk(assistant, "who wrote SLIP?", "Any other papers by Saining Xie?")
    assert after.abstained
    assert "no other paper by Saining Xie" in after.text


def test_in_the_list_means_the_list_not_the_table_since(assistant: Assistant) -> None:
    listed, _, after = talk(
        assistant,
        LIST,
        "compare the first two",
        "which of the papers in the list need no video data?",
    )
    assert f"of the {len(papers(listed))} papers" in after.question


def test_no_speech_leaves_papers_on_speech_out_of_a_list(assistant: Assistant) -> None:
    listed, after = talk(
        assistant,
        "which papers pre-train with self-training or multi-task learning?",
        "only text please, no speech or images",
    )
    assert papers(after)
    assert {one.id for one in papers(after)} < {one.id for one in papers(listed)}
    assert not any("speech" in one.title.lower() for one in papers(after))


@pytest.mark.parametrize(
    "said", ["did they release code or the data?", "does it come with weights?", "code available?"]
)
def test_what_is_to_be_had_is_asked_of_the_paper_spoken_of(said: str, assistant: Assistant) -> None:
    _, answer = talk(assistant, "how many parameters does SimDA tune?", said)
    assert answer.abstained
    assert answer.text.startswith("The abstract of [SimDA")


def test_where_code_is_to_be_had_is_quoted(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "is the code of Chinese CLIP available?")
    assert "github.com" in answer.text
    assert not answer.hedged


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("compare SimDA, Tune-A-Video and OPT", ["SimDA", "Tune-A-Video", "OPT"]),
        ("compare the claims of SimDA and Tune-A-Video", ["SimDA", "Tune-A-Video"]),
        ("compare SimDA and Tune-A-Video: approach, and the results", ["SimDA", "Tune-A-Video"]),
    ],
)
def test_all_that_are_named_are_sides_and_what_is_asked_is_none(
    said: str, names: list[str], assistant: Assistant
) -> None:
    (answer,) = talk(assistant, said)
    assert answer.table
    assert [one.title.partition(":")[0] for one in answer.table.papers] == names


def test_who_was_forgotten_joins_the_table(assistant: Assistant) -> None:
    *_, answer = talk(assistant, "compare SimDA with Tune-A-Video", "you forgot OPT")
    assert answer.table
    names = [one.title.partition(":")[0] for one in answer.table.papers]
    assert names == ["SimDA", "Tune-A-Video", "OPT"]


def test_what_there_is_comes_as_a_list(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "are there any language models just for one european language?")
    assert answer.kind == "list"
    assert len(papers(answer)) > 2


def test_a_paper_is_summarised_after_a_fact_of_it(assistant: Assistant) -> None:
    *_, answer = talk(
        assistant, "how many parameters does SimDA tune?", "thx. summarise it in 3 sentences"
    )
    assert answer.kind == "summary"
    assert len(papers(answer)) == 1


def test_a_paper_named_that_the_last_list_had_not_is_asked(assistant: Assistant) -> None:
    listed, quoted = talk(assistant, LIST, "SLTrain: quantization. Quote me that line.")
    assert not any("SLTrain" in one.title for one in papers(listed))
    assert ["SLTrain" in one.title for one in papers(quoted)] == [True]
    assert "quantization" in quoted.text


def test_each_of_a_list_is_asked(assistant: Assistant) -> None:
    before, after = talk(assistant, LIST, "how much data do they need, each?")
    few = papers(before)[: len(papers(after))]
    assert papers(after) == few == papers(before)


def test_the_first_two_are_both_asked(assistant: Assistant) -> None:
    before, after = talk(assistant, LIST, "how many parameters are tuned in the first two?")
    assert papers(after) == papers(before)[:2]


@pytest.mark.parametrize(
    "said", ["Please show me the diffusion ones only.", "only the diffusion ones please"]
)
def test_what_keeps_several_of_a_list_is_a_list(said: str, assistant: Assistant) -> None:
    before, after = talk(assistant, LIST, said)
    assert after.kind == "list"
    assert 0 < len(papers(after)) < len(papers(before))
    assert {one.id for one in papers(after)} < {one.id for one in papers(before)}


@pytest.mark.parametrize(
    "said", ["only 2024 papers", "only the ones from 2024 please", "just the papers of 2024"]
)
def test_only_what_is_of_a_year_is_chosen_by_it(said: str, assistant: Assistant) -> None:
    before, after = talk(assistant, LIST, said)
    assert papers(after) == [one for one in papers(before) if one.year == 2024]


@pytest.mark.parametrize("said", ["only the newest papers", "just the newest ones"])
def test_only_the_newest_is_an_order(said: str, assistant: Assistant) -> None:
    _, after = talk(assistant, LIST, said)
    shown = [one.year or 0 for one in papers(after)]
    assert shown == sorted(shown, reverse=True)


def test_another_model_in_a_topic_leaves_nothing_out(assistant: Assistant) -> None:
    _, after = talk(
        assistant, "who wrote BERTweet?", "which papers on tweets outperform other models?"
    )
    assert papers(after)[0].title.startswith("BERTweet")


@pytest.mark.parametrize(
    "said",
    [
        "how does Chinese CLIP improve on prior work?",
        "does Chinese CLIP use shared weights?",
        "how much data is released with Chinese CLIP?",
    ],
)
def test_what_only_sounds_like_its_code_or_way_is_judged(said: str, assistant: Assistant) -> None:
    (answer,) = talk(assistant, said)
    assert not answer.text.startswith("“We have released our codes")
    assert not answer.text.startswith("“In this work, we construct")


@pytest.mark.parametrize(
    "said",
    [
        "add OPT but remove SimDA",
        "leave out SimDA and add OPT",
        "take SimDA off the list and put OPT on instead",
    ],
)
def test_a_list_loses_one_and_gets_another(said: str, assistant: Assistant) -> None:
    before, after = talk(assistant, LIST, said)
    names = [one.title.partition(":")[0] for one in papers(after)]
    assert "SimDA" not in names
    assert names[-1] == "OPT"
    assert len(names) == len(papers(before))


@pytest.mark.parametrize(
    "said",
    [
        "which of them also include BERTweet as a baseline?",
        "please include only SimDA and Tune-A-Video",
        "hey, you left out how OPT was trained",
    ],
)
def test_what_adds_nothing_leaves_the_list(said: str, assistant: Assistant) -> None:
    before, after = talk(assistant, LIST, said)
    assert len(papers(after)) <= len(papers(before))


def test_that_method_for_something_else_is_another(assistant: Assistant) -> None:
    _, after = talk(assistant, "what does SimDA tune?", "what did that method for tweets achieve?")
    assert any("Tweet" in one.title for one in papers(after))


def test_a_paper_after_others_words_is_found_by_its_title(assistant: Assistant) -> None:
    _, after = talk(assistant, LIST, "what are the results of the one-shot one?")
    assert papers(after)[0].title.startswith("Tune-A-Video")


def test_those_four_are_the_list_of_four(assistant: Assistant) -> None:
    listed, _, after = talk(
        assistant,
        "give me three papers on text-to-video generation",
        "compare the first two",
        "which one of these three is a benchmark?",
    )
    assert len(papers(listed)) == 3
    assert after.kind == "list"
    assert 0 < len(papers(after)) < 3
    assert {one.id for one in papers(after)} < {one.id for one in papers(listed)}


def test_a_list_on_its_own_topic_is_no_other_question(assistant: Assistant) -> None:
    *_, after = talk(
        assistant,
        "How can artificial intelligence help to find new medicines?",
        "No, I meant drug discovery. Which papers deal with that?",
    )
    assert after.kind == "list"
    assert papers(after)[0].title.startswith("Otter-Knowledge")


def test_anything_there_is_is_no_row_of_the_table_before(assistant: Assistant) -> None:
    *_, after = talk(
        assistant, "compare SimDA with Tune-A-Video", "is there anything with just one gpu?"
    )
    assert after.table is None
    assert after.kind == "list"


def test_what_is_told_of_one_is_a_summary(assistant: Assistant) -> None:
    *_, after = talk(assistant, LIST, "OK... then tell me about RAD-DINO please, I think I need it")
    assert after.kind == "summary"
    assert [one.title.partition(":")[0] for one in papers(after)] == ["RAD-DINO"]


def test_no_approach_is_not_stated(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "compare Battle of the Backbones with Socratic Models")
    assert answer.table
    row = next(one for one in answer.text.splitlines() if one.startswith("| **Approach**"))
    assert "not stated" not in row


def test_what_was_forgotten_is_asked_again(assistant: Assistant) -> None:
    *_, answer = talk(
        assistant, "how many parameters does SimDA tune, and who wrote it?", "u forgot the authors"
    )
    assert "Zhen Xing" in answer.text


def test_how_it_works_is_told_by_its_approach(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "How does BEiT work in simple steps?")
    assert "randomly mask some image patches" in answer.text
    assert "%" not in answer.text


def test_each_part_is_asked_of_each_that_is_named(assistant: Assistant) -> None:
    (answer,) = talk(
        assistant, "OPT vs UL2: which one is bigger, and are weights released for both?"
    )
    assert "checkpoints" in answer.text
    assert "175B" in answer.text


def test_common_authors_are_looked_up(assistant: Assistant) -> None:
    *_, answer = talk(
        assistant, "compare SimDA with Tune-A-Video", "Do both of those have authors in common?"
    )
    assert answer.table is None
    assert all(paper.authors[0] in answer.text for paper in papers(answer))


def test_whether_any_of_the_papers_do_is_a_list(assistant: Assistant) -> None:
    *_, answer = talk(assistant, LIST, "Do any of the papers on speech publish their code?")
    assert answer.kind == "list"


@pytest.mark.parametrize(
    "said", ["please add OPT to that list", "you forgot OPT, put it on the list", "and include OPT"]
)
def test_a_paper_is_put_on_the_list(said: str, assistant: Assistant) -> None:
    before, after = talk(assistant, LIST, said)
    assert papers(after)[:-1] == papers(before)
    assert papers(after)[-1].title.startswith("OPT")


def test_a_paper_that_was_dropped_is_put_back(assistant: Assistant) -> None:
    before, _, after = talk(assistant, LIST, "drop SimDA", "no, put SimDA back")
    assert {one.id for one in papers(after)} == {one.id for one in papers(before)}


def test_fields_of_records_are_all_that_is_shown(assistant: Assistant) -> None:
    before, after = talk(assistant, LIST, "I want another form: only authors, year and venue.")
    assert papers(after) == papers(before)
    assert all(one.authors[0] in after.text for one in papers(after))
    assert not any(one.quotes for one in after.citations)


def test_fields_of_named_papers_are_no_comparison(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "Show SimDA, OPT and BERTweet with authors, venue and year")
    assert answer.table is None
    assert all(one.authors[0] in answer.text for one in papers(answer))


def test_two_papers_by_a_word_of_their_titles(assistant: Assistant) -> None:
    *_, answer = talk(
        assistant,
        "which papers are on speech translation?",
        "Only the two translation papers, side by side: gain in BLEU",
    )
    assert len(papers(answer)) == 2
    assert all("Translation" in one.title for one in papers(answer))


def test_it_is_compared_with_another(assistant: Assistant) -> None:
    first, answer = talk(assistant, LIST, "Compare it with OPT")
    assert answer.table
    names = [one.title.partition(":")[0] for one in answer.table.papers]
    assert names == [papers(first)[0].title.partition(":")[0], "OPT"]


def test_how_a_selected_paper_works_is_told_by_its_approach(assistant: Assistant) -> None:
    (listed,) = talk(assistant, LIST)
    one = papers(listed)[1]
    answer = assistant.ask("how does it work?", [Turn(LIST, listed)], Filters(only=(one.id,)))
    assert answer.kind == "fact"
    assert papers(answer) == [one]


@pytest.mark.parametrize("said", ["where do okapis live?", "who won the world cup?"])
def test_what_no_paper_speaks_of_leans_on_none(said: str, assistant: Assistant) -> None:
    *_, answer = talk(assistant, "which papers are on protein language models?", said, said)
    assert answer.abstained
    assert not answer.citations


def test_the_year_behind_a_venue_is_the_venues(assistant: Assistant) -> None:
    held = [one for one in assistant.papers() if one.venue == "ICCV 2023"]
    assert {one.year for one in held} == {2022, 2023}
    for asked in ("which papers were published at ICCV 2023?", "papers at ICCV in 2023"):
        (answer,) = talk(assistant, asked)
        assert {one.id for one in papers(answer)} == {one.id for one in held}
    assert f"{len(held)} of 219 papers" in assistant.ask("how many papers are from ICCV 2023?").text
    assert assistant.ask("papers at CVPR 2019").abstained
    later = papers(assistant.ask("papers at ICCV in 2023 or later"))
    assert min(one.year or 0 for one in later) == 2023


def test_things_are_counted_that_are_not_called_papers(assistant: Assistant) -> None:
    answer = assistant.ask("so how many benchmarks for text-to-video do you have in total?")
    assert answer.kind == "count"
    assert "match “benchmarks for text-to-video”" in answer.text


def test_where_all_are_wanted_one_too_many_is_better(assistant: Assistant) -> None:
    some, every = assistant.ask("papers on speech"), assistant.ask("list all papers on speech")
    assert set(papers(some)) < set(papers(every))
    assert every.kind == assistant.ask("the full list of papers on speech").kind == "list"


@pytest.mark.parametrize(
    "said", ["show me its full abstract", "give me the abstract of the first", "abstract of SimDA?"]
)
def test_abstracts_are_shown_whole(said: str, assistant: Assistant) -> None:
    _, answer = talk(assistant, "how does SimDA work?", said)
    [cited] = answer.citations
    assert cited.paper.title.startswith("SimDA")
    assert "".join(one.text for one in cited.quotes).replace(" ", "") == "".join(
        cited.paper.abstract.split()
    )


def test_several_abstracts_are_shown_whole(assistant: Assistant) -> None:
    _, answer = talk(assistant, "compare SimDA with Tune-A-Video", "give me both abstracts")
    assert len(answer.citations) == 2
    assert all(one.quotes[-1].end >= len(one.paper.abstract) - 1 for one in answer.citations)


@pytest.mark.parametrize("said", ["what abstract reasoning is there?", "what do abstracts lack?"])
def test_other_words_ask_for_no_abstract(said: str, assistant: Assistant) -> None:
    assert assistant.ask(said).kind != "summary"


def test_what_is_counted_of_one_paper_counts_no_papers(assistant: Assistant) -> None:
    before, answer = talk(
        assistant, "which papers are on video editing?", "the first. what two problems does it fix?"
    )
    assert papers(answer) == papers(before)[:1]
    assert "“Firstly, " in answer.text
    assert "“Secondly, " in answer.text


def test_papers_rejected_by_name_are_left_out(assistant: Assistant) -> None:
    before, after = talk(
        assistant,
        "papers on learning image features without labels since 2022",
        "Tag2Text and DINOv2 don't fit. I mean papers that mask parts of images.",
    )
    assert {"Tag2Text", "DINOv2"} <= {one.title.partition(":")[0] for one in papers(before)}
    assert not {"Tag2Text", "DINOv2"} & {one.title.partition(":")[0] for one in papers(after)}
    assert min(years(after)) >= 2022


def test_a_paper_rejected_by_its_place_is_left_out(assistant: Assistant) -> None:
    before, after = talk(
        assistant, LIST, "the first doesn't fit. which of the others tune a model?"
    )
    rejected, *others = papers(before)
    assert rejected not in papers(after)
    within, _, _ = after.text.partition("Not among those, but may fit:")
    assert [one for one in papers(after) if one.title in within] == [
        one for one in papers(after) if one in others
    ]
    assert papers(after)[0] in others


def test_another_paper_is_meant(assistant: Assistant) -> None:
    _, answer = talk(assistant, "how does SimDA work?", "no, not SimDA. I mean Tune-A-Video")
    assert [one.title.partition(":")[0] for one in papers(answer)] == ["Tune-A-Video"]


def test_what_was_meant_instead_of_a_list_is_searched_anew(assistant: Assistant) -> None:
    *_, answer = talk(assistant, LIST, "hmm not quite. i mean benchmarks for generated video")
    assert answer.kind == "list"
    assert any(one.title.startswith("T2V-CompBench") for one in papers(answer))


def test_newer_than_the_year_that_is_told(assistant: Assistant) -> None:
    _, answer = talk(
        assistant,
        "which papers are on dense video captioning?",
        "any newer one on captioning? this one's from 2020",
    )
    assert papers(answer)
    assert min(years(answer)) > 2020


def test_which_of_the_methods_is_a_list(assistant: Assistant) -> None:
    assert assistant.ask("Which of the text-to-video methods need no training?").kind == "list"


def test_the_ones_on_something_are_compared(assistant: Assistant) -> None:
    before, table, authors = talk(
        assistant,
        "list all papers on speech",
        "Put the ones on speech translation side by side: data and gain in BLEU",
        "who wrote them?",
    )
    assert table.kind == "comparison"
    assert table.table
    assert len(papers(before)) > 2 == len(table.table.papers)
    assert all("Translation" in one.title for one in table.table.papers)
    assert papers(authors) == list(table.table.papers)


def test_at_least_two_of_the_ones_are_compared(assistant: Assistant) -> None:
    *_, table = talk(assistant, LIST, "compare the ones that tune on a single video or image")
    assert table.table
    assert 2 <= len(table.table.papers) <= 3
    assert "Tune-A-Video" in table.text


@pytest.mark.parametrize(
    "said", ["no speech or images. isn't there a practical guide?", "I said NO speech. only guides"]
)
def test_what_is_not_wanted_is_no_topic(said: str, assistant: Assistant) -> None:
    _, answer = talk(assistant, "papers on fine-tuning with very little labelled text", said)
    assert answer.citations
    assert not any("speech" in one.title.lower() for one in papers(answer))


@pytest.mark.parametrize(
    ("before", "said", "name"),
    [
        ("compare SimDA with Tune-A-Video", "Is there also a way to avoid tokenizers?", "MonoByte"),
        ("compare SimDA with Tune-A-Video", "forget video. for tables / sheets?", "TAPEX"),
        (LIST, "different topic: which papers are on Dutch?", "RobBERT"),
        (
            "How can expert knowledge be brought into models that read medical images?",
            "Is there another paper in the collection that does the same for radiology?",
            "MedKLIP",
        ),
    ],
)
def test_a_list_on_its_own_topic_comes_after_anything(
    before: str, said: str, name: str, assistant: Assistant
) -> None:
    _, answer = talk(assistant, before, said)
    assert answer.kind == "list"
    assert any(one.title.startswith(name) for one in papers(answer))


def test_the_record_of_others_by_an_author(assistant: Assistant) -> None:
    first, _, answer = talk(
        assistant,
        "what is the recipe of Order Matters in the Presence of Dataset Imbalance?",
        "who are the authors?",
        "Has Orhan Firat co-authored others in the collection?",
    )
    assert papers(answer)
    assert papers(first)[0] not in papers(answer)
    assert all("Orhan Firat" in one.authors for one in papers(answer))


def test_so_many_papers_of_the_conversation_are_told(assistant: Assistant) -> None:
    *before, answer = talk(
        assistant,
        "which papers learn from chest X-rays?",
        "and RAD-DINO: does that one need text?",
        "how does SimDA work?",
        "put the four chest X-ray papers side by side, with year and authors",
    )
    shown = {one.id for turn in before for one in papers(turn)}
    assert len(papers(answer)) == 4
    assert {one.id for one in papers(answer)} <= shown
    assert not any(one.title.startswith("SimDA") for one in papers(answer))


def test_two_things_of_one_paper_are_no_two_papers(assistant: Assistant) -> None:
    table, _, answer = talk(
        assistant,
        "compare XLM-T with GottBERT",
        "what does bert2BERT reuse?",
        "How do they merge the two models?",
    )
    assert not set(papers(table)) & set(papers(answer))


def test_the_kind_that_is_counted_is_the_topic(assistant: Assistant) -> None:
    answer = assistant.ask("How many medical papers are there in total? Count images and texts.")
    assert answer.kind == "count"
    assert "match “medical”" in answer.text


def test_how_one_paper_differs_is_told_of_it(assistant: Assistant) -> None:
    _, answer = talk(
        assistant,
        "how does FrameBridge work?",
        "how does it work differently from usual diffusion?",
    )
    assert answer.table is None
    assert papers(answer)[0].title.startswith("FrameBridge")


def test_a_paper_that_was_left_out_is_put_on_the_list(assistant: Assistant) -> None:
    before, after = talk(assistant, LIST, "why did you leave out BEiT?")
    assert papers(after)[:-1] == papers(before)
    assert papers(after)[-1].title.startswith("BEiT")


def test_a_paper_that_was_left_out_can_be_asked_about(assistant: Assistant) -> None:
    before = assistant.ask(LIST)
    titled = [word for one in papers(before) for word in one.title.lower().split()]
    paper, word = next(
        (one, word)
        for one in before.considered
        for word in re.findall(r"[a-z]{9,}", one.title.lower())
        if word not in titled
    )
    said = f"what about the {word} one you left out? what does it do?"
    answer = assistant.ask(said, [Turn(LIST, before)])
    assert papers(answer) == [paper]


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("No, I don't want to make data smaller. I want keywords put on photos.", "keywords"),
        (
            "No, those make videos. I don't want to make any. I want to search videos with words.",
            "search",
        ),
    ],
)
def test_what_is_not_meant_is_not_searched(said: str, topic: str, assistant: Assistant) -> None:
    before = Conversation([Turn(LIST, assistant.ask(LIST))])
    parsed = reader.LearnedReader(ReadingNetwork()).read(said, before, assistant.snapshot)
    assert parsed.form == "list"
    assert topic in parsed.topic
    assert not any(topic in words for words in parsed.excluded)
    assert "to make" not in parsed.topic


@pytest.mark.parametrize(
    ("said", "form"),
    [("Not pictures: words in a letter, a street, a company.", "list"), ("ok then!", "social")],
)
def test_a_correction_that_says_much_is_hardly_chat(said: str, form: str) -> None:
    tagged = ReadingNetwork().tag(said)
    forms = {**dict.fromkeys(tagged.forms, 0.0), "social": 0.6, "list": 0.4}
    assert settle_form(said, replace(tagged, form="social", forms=forms)).form == form


def test_what_was_compared_is_compared_by_what_is_asked_of_it(assistant: Assistant) -> None:
    before, after, other = talk(
        assistant,
        "compare SimDA with Tune-A-Video",
        "which of the two needs fewer parameters?",
        "Not the whole table again! Which one needs fewer parameters?",
    )
    assert before.table
    assert len(before.table.aspects) > 1
    for answer in (after, other):
        assert answer.table
        assert answer.table.papers == before.table.papers
        assert len(answer.table.aspects) == 1
        assert "few tunable parameters" in answer.text or "24M" in answer.text


def test_what_an_answer_is_said_to_miss_is_asked(assistant: Assistant) -> None:
    before, missed = talk(
        assistant,
        "does MedKLIP work better than others?",
        "You skipped my first question: the data.",
    )
    assert missed.kind == "fact"
    assert papers(missed)[:1] == papers(before)[:1]


def test_another_order_is_that_of_the_question_before(assistant: Assistant) -> None:
    listed, newest, oldest, again = talk(
        assistant,
        "which papers are on speech?",
        "which is the newest of them?",
        "and the oldest?",
        "and the newest?",
    )
    one = papers(oldest)
    assert len(one) == 1
    assert set(one) < set(papers(listed)) - set(papers(newest))
    assert papers(again) == papers(newest)


def test_the_other_two_are_those_beside_the_one_spoken_of(assistant: Assistant) -> None:
    before = (
        "compare SimDA, Tune-A-Video and VideoElevator",
        "how many parameters does SimDA tune?",
    )
    compared, one, others = talk(assistant, *before, "and the other two: do they agree?")
    assert {*papers(others)} == {*papers(compared)} - {*papers(one)}
    *_, one, things = talk(assistant, *before, "does it work on the other two datasets?")
    assert {*papers(things)} <= {*papers(one)}


def test_an_edit_of_a_list_leaves_the_papers_that_it_does_not_speak_of(
    assistant: Assistant,
) -> None:
    listed, added, dropped = talk(
        assistant,
        "list papers on text-to-video generation",
        "add the one about dense video captioning",
        "strike the fourth one from the list",
    )
    assert {*papers(listed)} < {*papers(added)}
    fourth = papers(added)[3]
    assert {*papers(dropped)} == {*papers(added)} - {fourth}


def test_one_of_two_that_is_counted_is_asked_of_these_alone(assistant: Assistant) -> None:
    compared, either = talk(
        assistant, "compare SimDA with Tune-A-Video", "can either of those edit videos?"
    )
    assert {*papers(either)} <= {*papers(compared)}


def test_nothing_but_a_place_is_that_paper(assistant: Assistant) -> None:
    before, second, third = talk(assistant, LIST, "and the second one?", "what about the third?")
    assert (second.kind, third.kind) == ("summary", "summary")
    assert papers(second) == papers(before)[1:2]
    assert papers(third) == papers(before)[2:3]
    assert not second.notes


def test_what_may_be_asked_of_all_is_answered_of_both(assistant: Assistant) -> None:
    before, loose, kept = talk(
        assistant,
        "which papers are on chest X-rays?",
        "which ones recognise speech?",
        "which of these recognise speech?",
    )
    assert "others in the collection that may" in loose.text
    others = [one for one in papers(loose) if one not in papers(before)]
    assert any("Speech" in one.title for one in others)
    assert "others in the collection" not in kept.text


def test_a_complete_list_of_something_else_is_not_of_the_one_before(assistant: Assistant) -> None:
    before, after = talk(
        assistant, LIST, "Which papers here are about proteins at all? I want the complete list"
    )
    assert any("Protein" in one.title for one in papers(after))
    assert not set(papers(before)) & set(papers(after))


@pytest.mark.parametrize(
    "said",
    [
        "Could you sum up in a few lines what the first two papers on your long list found?",
        "Only the first two fit. Put those two side by side: what was tuned?",
        "Numbers 1 and 2 look right. How do those two differ?",
    ],
)
def test_papers_that_are_counted_are_meant_wherever_a_message_counts(
    said: str, assistant: Assistant
) -> None:
    before, after = talk(assistant, LIST, said)
    assert set(papers(after)) == set(papers(before)[:2])


def test_a_place_is_of_the_sentence_that_asks(assistant: Assistant) -> None:
    before, after = talk(
        assistant, LIST, "The first two are fine. What does it tune, according to the second?"
    )
    assert papers(after)[0] == papers(before)[1]


def test_which_came_first_is_told_by_the_records(assistant: Assistant) -> None:
    *_, after = talk(assistant, "compare Tune-A-Video with SimDA", "which of the two came first?")
    assert [one.year for one in papers(after)] == [2022, 2023]
    assert "from the bibliography" in after.text


@pytest.mark.parametrize(
    "asked", ["which are the latest?", "Surely you have newer ones: which are the latest you hold?"]
)
def test_the_latest_after_the_oldest_are_of_the_collection(
    asked: str, assistant: Assistant
) -> None:
    oldest, latest = talk(assistant, "which is the oldest paper you have?", asked)
    assert not set(papers(oldest)) & set(papers(latest))
    assert all(one.paper.year == 2025 for one in latest.citations)


def test_the_oldest_and_the_newest_are_both_told(assistant: Assistant) -> None:
    before, after = talk(assistant, LIST, "which of these is the oldest and which is the newest?")
    told = [one.year or 0 for one in papers(after)]
    assert len(told) == len(papers(before))
    assert told == sorted(told, reverse=True)


def test_that_paper_is_the_one_spoken_of(assistant: Assistant) -> None:
    *_, after = talk(
        assistant, "what does FrameBridge build on?", "Who wrote that paper, and is there a link?"
    )
    assert [one.title.partition(":")[0] for one in papers(after)] == ["FrameBridge"]


def test_what_a_remark_puts_aside_is_not_what_is_kept(assistant: Assistant) -> None:
    before, after = talk(
        assistant,
        "which medical papers are there?",
        "RAD-DINO is about images, isn't it? I only want ones that read written text.",
    )
    assert any(one.title.startswith("RAD-DINO") for one in papers(before))
    assert papers(after)
    assert not papers(after)[0].title.startswith("RAD-DINO")


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Better, but I2V-Adapter is one, too. How many parameters does SimDA tune?", "SimDA"),
        ("No, I meant OPT. How large is the largest?", "OPT"),
        ("You forgot BERTweet. What was it trained on?", "BERTweet"),
    ],
    ids=["named where it asks", "meant", "named before"],
)
def test_what_is_asked_after_remarks_is_asked_of_the_paper_named(
    said: str, title: str, assistant: Assistant
) -> None:
    _, after = talk(assistant, LIST, said)
    assert after.kind == "fact"
    assert {one.title.partition(":")[0] for one in papers(after)} == {title}


@pytest.mark.parametrize(
    "said",
    [
        "Tell me more about the third. One or two lines will do.",
        "explain the third in two or three sentences",
    ],
)
def test_how_long_an_answer_is_to_be_counts_no_papers(said: str, assistant: Assistant) -> None:
    before, after = talk(assistant, LIST, said)
    assert set(papers(after)) == {papers(before)[2]}


def test_a_paper_that_an_answer_is_said_to_lack_is_none_that_it_shows(assistant: Assistant) -> None:
    before, after = talk(
        assistant,
        "which papers pre-train a German language model?",
        "You missed the one on Vietnamese, no? What does it find?",
    )
    assert not {*papers(after)} & {*papers(before)}
    assert [one.title.partition(":")[0] for one in papers(after)][:1] == ["ViT5"]


def test_papers_of_another_sort_are_searched_anew(assistant: Assistant) -> None:
    before, after = talk(
        assistant, "which papers are on chest X-rays?", "any histopathology ones too?"
    )
    assert papers(after)
    assert not {*papers(after)} & {*papers(before)}


def test_as_many_papers_as_a_message_wants_at_most(assistant: Assistant) -> None:
    before, after = talk(
        assistant, "what is LanguageBind?", "Other papers on video and language? Three at most."
    )
    assert len(after.citations) == 3
    assert not {*papers(after)} & {*papers(before)}


def test_a_named_paper_is_put_beside_that_one(assistant: Assistant) -> None:
    _, after = talk(
        assistant, "what does PELA find?", "does weight subcloning agree with that paper?"
    )
    assert after.table
    assert {one.title.partition(":")[0] for one in after.table.papers} == {
        "PELA", "Weight subcloning",
    }  # fmt: skip


def test_others_are_searched_by_the_name_of_the_one_pointed_at(assistant: Assistant) -> None:
    *_, after = talk(assistant, "what is ViLT?", "Which other papers build on it?")
    assert "ViLT" in after.question


def test_a_sentence_of_each_is_no_whole_table(assistant: Assistant) -> None:
    before, after = talk(
        assistant, "compare SimDA and Tune-A-Video", "too much. just one sentence from each please"
    )
    assert before.table
    assert len(before.table.aspects) > 1
    assert after.table
    assert len(after.table.aspects) == 1


def test_what_is_asked_of_each_can_be_a_table(assistant: Assistant) -> None:
    before, after = talk(
        assistant,
        "compare SimDA, Tune-A-Video and I2V-Adapter",
        "trainable parameters for each of these, as a table",
    )
    assert before.table
    assert after.table
    assert {*after.table.papers} == {*before.table.papers}


def test_what_came_of_a_work_is_no_aim_of_it(assistant: Assistant) -> None:
    first = "which papers adapt speech models to a new, underresourced language?"
    before, *answers = talk(
        assistant, first, "What did the first one find?", "so what's the bottom line?"
    )
    for answer in answers:
        assert papers(answer)[0] == papers(before)[0]
        assert answer.text.startswith("“Our results show")


def test_what_abstracts_state_is_not_ranked_but_shown(assistant: Assistant) -> None:
    before, after = talk(
        assistant, "compare SPDF, SLTrain and MediSwift", "rank those three by how much they save"
    )
    assert before.table
    assert after.table
    assert {*after.table.papers} == {*before.table.papers}
    assert len(after.table.aspects) == 1
    assert "not weighed against each other" in after.text


def test_models_are_ordered_by_the_sizes_that_abstracts_state(assistant: Assistant) -> None:
    [most] = talk(assistant, "which are the models with the most parameters?")
    assert [one.title.partition(":")[0] for one in papers(most)[:2]] == ["OPT", "Sabiá"]
    assert all(re.search(r"\d", one.quotes[0].text) for one in most.citations)
    first, over = talk(assistant, "what is OPT?", "any other models above 10 billion parameters?")
    assert papers(over)
    assert not {*papers(first)} & {*papers(over)}
    assert "UL2" in over.text
    [small] = talk(assistant, "which is the smallest model here?")
    assert papers(small)[0].title.startswith("Tiny Time Mixers")


def test_a_paper_is_compared_with_the_one_pointed_at(assistant: Assistant) -> None:
    first = "what does Image Captioners Are Scalable Vision Learners Too find?"
    before, after = talk(assistant, first, "And how is BLIP different from it?")
    assert after.table
    assert {*after.table.papers} == {*papers(before)} | {papers(after)[-1]}
    assert any(one.title.startswith("BLIP") for one in after.table.papers)


def test_those_two_are_the_two_that_were_named(assistant: Assistant) -> None:
    *_, after = talk(
        assistant,
        "compare RAD-DINO, REFERS and MedKLIP",
        "REFERS uses reports, RAD-DINO doesn't. Compare just those two.",
    )
    assert after.table
    assert len(after.table.papers) == 2
    assert not any(one.title.startswith("MedKLIP") for one in after.table.papers)


def test_the_other_such_paper_is_another_one(assistant: Assistant) -> None:
    *_, before, after = talk(
        assistant,
        "which papers are on Dutch?",
        "how large is the corpus of book reviews?",
        "And the other Dutch one, what did they update?",
    )
    assert papers(after)[0].title.startswith("RobBERT-2022")
    assert papers(before)[0] != papers(after)[0]


def test_what_was_dropped_is_put_back_while_others_are_taken_out(assistant: Assistant) -> None:
    before, after = talk(
        assistant,
        "compare MonoByte and SPDF",
        "You dropped bert2BERT. Put it back and take out MonoByte.",
    )
    assert before.table
    titles = [one.title.partition(":")[0] for one in papers(after)]
    assert "bert2BERT" in titles
    assert not any(one.startswith("MonoByte") for one in titles)


def test_a_table_gets_the_paper_that_a_message_only_names(assistant: Assistant) -> None:
    before, after = talk(assistant, "compare SimDA and Tune-A-Video", "and Still-Moving?")
    assert before.table
    assert after.table
    assert {*before.table.papers} < {*after.table.papers}
    assert len(after.table.papers) == 3


def test_a_word_of_the_paper_shown_is_not_said_to_be_of_none(assistant: Assistant) -> None:
    *_, after = talk(
        assistant,
        "which papers adapt speech models to a new, underresourced language?",
        "For Ainu, what worked better: continued pretraining or data of similar languages?",
    )
    assert papers(after)
    assert "No paper of this collection is about" not in after.text


def test_a_passage_is_looked_for_after_an_answer_without_words(assistant: Assistant) -> None:
    _, after = talk(
        assistant, "who wrote Tune-A-Video?", "Quote the passage about one-shot tuning."
    )
    assert after.kind == "fact"
    assert "one-shot tuning of pretrained T2I" in after.text


def test_a_list_of_titles_has_no_quotations(assistant: Assistant) -> None:
    answer = assistant.ask("which papers are on speech? Only titles and years, please.")
    assert answer.kind == "list"
    assert len(answer.citations) > 2
    assert "“" not in answer.text
    assert all(one.quotes for one in answer.citations)  # they stand in the sources


def test_numbers_of_a_list_are_of_the_one_named_and_no_columns_of_a_table(
    assistant: Assistant,
) -> None:
    first, newer, _, after, earlier = talk(
        assistant,
        LIST,
        "which papers are on speech?",
        "compare the third with the last",
        "compare numbers 1 and 2 of your list",
        "compare numbers 1 and 2 of your first list",
    )
    for answer, listed in ((after, newer), (earlier, first)):
        assert answer.table
        assert answer.table.papers == tuple(papers(listed)[:2])


def test_titles_alone_can_stand_in_a_table(assistant: Assistant) -> None:
    answer = assistant.ask("papers on speech as a table, only titles and years")
    assert answer.text.count("\n| ") == len(answer.citations) > 2
    assert "“" not in answer.text


def test_a_doubt_of_a_record_is_told_what_it_rests_on(assistant: Assistant) -> None:
    *_, after = talk(assistant, "who wrote SimDA?", "are you sure about SimDA?")
    assert "from the records" in after.text


def test_all_authors_of_one_paper_are_named(assistant: Assistant) -> None:
    [paper] = [
        one for one in assistant.papers() if one.title.startswith("Comprehensive Study on G")
    ]
    assert len(paper.authors) > 12
    answer = assistant.ask(f"who wrote “{paper.title}”?")
    assert all(author in answer.text for author in paper.authors)


def test_words_are_quoted_of_a_paper_whose_records_were_shown(assistant: Assistant) -> None:
    *_, after = talk(
        assistant, "who wrote SimDA?", "quote the passage of SimDA on how many parameters it tunes"
    )
    assert "24M out of 1.1B parameters" in after.text


@pytest.mark.parametrize(
    "said", ["leave out those that are not about X-rays", "drop all of them that don't use X-rays"]
)
def test_of_what_is_denied_and_dropped_those_are_kept_that_have_it(
    said: str, assistant: Assistant
) -> None:
    listed, kept = talk(assistant, "which papers deal with medical images?", said)
    assert {*papers(kept)} < {*papers(listed)}
    first = papers(kept)[0]
    assert re.search(r"X-ray|radiograph|radiolog", f"{first.title} {first.abstract}", re.IGNORECASE)


def test_what_is_put_aside_leaves_the_rest_to_be_asked_of(assistant: Assistant) -> None:
    listed, asked = talk(
        assistant, LIST, "Take away number 2, I know it. Which of the rest use adapters?"
    )
    _, known, *_ = papers(listed)
    within, _, _ = asked.text.partition("Not among those, but may fit:")
    kept = {one for one in papers(asked) if one.title in within}
    assert kept
    assert kept < {*papers(listed)}
    assert known not in papers(asked)


@pytest.mark.parametrize(
    "question",
    [
        "what else did the authors of T2I-Adapter write?",
        "which papers share an author with T2I-Adapter?",
        "other papers by someone who worked on T2I-Adapter",
    ],
)
def test_papers_by_the_authors_of_a_named_one_say_who_is_in_common(
    question: str, assistant: Assistant
) -> None:
    (answer,) = talk(assistant, question)
    assert papers(answer)
    assert "T2I-Adapter" not in {one.title.partition(":")[0] for one in papers(answer)}
    (own,) = (one for one in assistant.papers() if one.title.startswith("T2I-Adapter"))
    assert all({*one.authors} & {*own.authors} for one in papers(answer))
    assert answer.text.count("in common: ") == len(papers(answer))


def test_no_paper_is_by_an_author_whose_name_is_a_part_of_anothers(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "what else did the authors of SimDA write?")
    assert answer.abstained  # Han Hu is not Shan Huang


def test_papers_in_common_are_within_the_bounds(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "which papers since 2024 share an author with T2I-Adapter?")
    assert papers(answer)
    assert all((one.year or 0) >= 2024 for one in papers(answer))


def test_all_but_what_is_denied_are_dropped(assistant: Assistant) -> None:
    before = "which papers deal with medical images?"
    _, kept = talk(assistant, before, "leave out those that are not about X-rays")
    _, others = talk(assistant, before, "drop all but those that don't use X-rays")
    assert not {*papers(others)} & {*papers(kept)}


def test_who_wrote_both_of_two_papers_is_told(assistant: Assistant) -> None:
    shared, none = (
        talk(assistant, question)[0].text
        for question in (
            "Do UER and TencentPretrain have authors in common?",
            "Do OpenVid-1M and ERNIE 3.0 share an author?",  # Xiang Li is not Jiaxiang Liu
        )
    )
    assert "On both: Zhe Zhao, Xiaoyong Du." in shared
    assert "No author is on both." in none


@pytest.mark.parametrize(
    "said",
    [
        "which of those two came first?",
        "so which has the earliest date?",
        "is the second older than the first?",
        "and who published first?",
    ],
)
def test_what_only_compares_ages_is_looked_up(said: str, assistant: Assistant) -> None:
    *_, answer = talk(assistant, "compare SimDA with Tune-A-Video", said)
    assert answer.table is None
    assert [paper.year for paper in papers(answer)][:1] == [2022]


def test_who_wrote_several_papers_is_told_with_these(assistant: Assistant) -> None:
    _, answer = talk(
        assistant, "which papers are by Rodrigo Nogueira?", "who wrote more than one of these?"
    )
    said, _, _ = answer.text.partition("\n")
    assert "On more than one: " in said
    numbers = {one.number for one in answer.citations if "Hugo Abonizio" in one.paper.authors}
    assert all(f"[{number}]" in said for number in numbers)


def test_papers_by_the_authors_of_one_that_is_counted_are_listed(assistant: Assistant) -> None:
    shown, answer = talk(assistant, LIST, "Which ones share an inventor with the second?")
    theirs = set(papers(shown)[1].authors)
    assert papers(answer)
    assert all(theirs & set(paper.authors) for paper in papers(answer))


@pytest.mark.parametrize(
    ("said", "term"),
    [
        ("What does ROUGE mean?", "ROUGE"),
        ("what is prompt tuning, in plain words?", "prompt tuning"),
        ('what do they mean by "convex hull"?', "convex hull"),
    ],
)
def test_a_word_that_no_abstract_explains_is_shown_where_it_stands(
    said: str, term: str, assistant: Assistant
) -> None:
    (answer,) = talk(assistant, said)
    assert f"No abstract says outright what “{term}” is" in answer.text
    assert answer.hedged
    quotes = [quote.text for one in answer.citations for quote in one.quotes]
    assert quotes
    assert all(term.lower() in quote.lower() for quote in quotes)


def test_a_word_is_explained_by_the_sentence_that_says_what_it_is(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "What are vision transformers?")
    assert "is a simple neural architecture" in answer.text
    assert not answer.hedged


def test_a_word_of_the_last_answer_is_explained_from_its_papers(assistant: Assistant) -> None:
    shown, answer = talk(
        assistant, "what does RAD-DINO report on segmentation?", "what is a backbone?"
    )
    assert answer.kind in ("fact", "none")
    _, meant = talk(assistant, "who wrote ViBe?", "what is temporal dysmorphia?")
    assert {one.paper.id for one in meant.citations} == {one.paper.id for one in _.citations}


def test_a_word_that_no_abstract_has_is_said_to_be_in_none(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "what does blockchain mean?")
    assert answer.abstained
    assert "No abstract mentions “blockchain”" in answer.text


@pytest.mark.parametrize("said", ["what is SimDA?", "what is new in speech?", "what is missing?"])
def test_what_is_no_word_to_be_explained(said: str, assistant: Assistant) -> None:
    (answer,) = talk(assistant, said)
    assert "outright" not in answer.text


def test_a_title_is_not_parted_into_requests(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "what does Image Captioners Are Scalable Vision Learners Too find?")
    (paper,) = papers(answer)
    assert paper.title.startswith("Image Captioners")


def test_a_doubt_of_its_own_matter_is_asked_of_the_papers_shown(assistant: Assistant) -> None:
    listed, doubted, sure = talk(
        assistant,
        "which papers are on molecules or proteins?",
        "so none of these covers antibodies?",
        "are you sure?",
    )
    assert {*papers(doubted)} < {*papers(listed)}
    assert any("Antibody" in one.title for one in papers(doubted))
    assert "you judge whether it answers" not in doubted.text
    assert "you judge whether it answers" in sure.text


@pytest.mark.parametrize(
    "said",
    [
        "hah, temporal dysmorphia. what does that mean",
        'what is this "temporal dysmorphia" business there, can you explain the word?',
        "explain me Temporal Dysmorphia in easy words, please",
    ],
)
def test_a_word_is_explained_however_one_asks(said: str, assistant: Assistant) -> None:
    _, answer = talk(assistant, "which types of hallucination does ViBe name?", said)
    assert answer.text.lower().startswith("*no abstract says outright what “temporal dysmorphia”")


@pytest.mark.parametrize(("said", "long"), [("T2I", "text-to-image"), ("MLLM", "large language")])
def test_an_abbreviation_is_explained_by_a_sentence_that_spells_it_out(
    said: str, long: str, assistant: Assistant
) -> None:
    (answer,) = talk(assistant, f"what does {said} mean?")
    assert not answer.hedged
    assert f"({said}" in answer.text
    assert long in answer.text.lower()


def test_a_word_alone_goes_on_with_what_was_asked_of_another(assistant: Assistant) -> None:
    *_, answer = talk(assistant, "what does T2I mean?", "and T2V?")
    quotes = [quote.text for one in answer.citations for quote in one.quotes]
    assert quotes
    assert all("(T2V" in quote for quote in quotes)


def test_a_word_that_no_abstract_has_is_not_explained(assistant: Assistant) -> None:
    (answer,) = talk(assistant, "what is a codec?")
    assert answer.abstained
    assert "No abstract mentions “codec”" in answer.text


@pytest.mark.parametrize(
    "before", ["I am a nurse.", "Hello! I'm new to all this and know nothing.", "Dear colleague,"]
)
def test_who_one_is_changes_nothing_of_what_is_asked_of_a_paper(
    before: str, assistant: Assistant
) -> None:
    asked = "How many parameters does SimDA tune?"
    (alone,), (answer,) = talk(assistant, asked), talk(assistant, f"{before} {asked}")
    assert not answer.hedged
    assert answer.text == alone.text


def test_what_only_introduces_a_question_is_not_answered(assistant: Assistant) -> None:
    before = "I would like to understand how social media is used as data, e.g. on Twitter."
    asked = "Which papers learn from what people posted on social networks?"
    (alone,), (answer,) = talk(assistant, asked), talk(assistant, f"{before} {asked}")
    assert answer.kind == "list"
    assert answer.text == alone.text


def test_what_words_of_abstracts_may_mean_is_not_told_to_be_unknown(assistant: Assistant) -> None:
    _, answer = talk(
        assistant, "what is ViBe?", "how many videos were labelled, and in which categories?"
    )
    assert "3,782 videos" in answer.text
    assert "not known" not in answer.text


def test_what_a_list_is_said_to_lack_is_asked_about(assistant: Assistant) -> None:
    said = "VideoCrafter is not on your list, I thought that was open source? Which licence?"
    shown, answer = talk(assistant, "which text-to-video models publish their code?", said)
    assert not any(paper.title.startswith("VideoCrafter") for paper in papers(shown))
    named = answer.nearest or tuple(papers(answer))
    assert [paper.title.partition(":")[0] for paper in named] == ["VideoCrafter1"]


def test_where_none_before_may_fit_others_that_do_are_shown_alone(assistant: Assistant) -> None:
    said = "do any of those let you guess sex and age from the scans?"
    briefly = f"{said} in brief"
    before, answer, short = talk(assistant, "which papers summarise hospital notes?", said, briefly)
    (one,) = answer.citations
    assert one.paper.title.startswith("RAD-DINO")
    assert one.paper not in [other.paper for other in before.citations]
    assert "others in the collection that may:" in answer.text
    assert "0 of" not in answer.text
    assert short.citations


@pytest.mark.parametrize(
    ("said", "excluded"),
    [
        (
            "NLP for medicine: models for doctors' notes, health literature or medical questions. Text only, so no X-ray stuff",
            "X-ray",
        ),
        ("Models for translation? Written text only, leave speech translation out.", "speech"),
        ("What is there on tweets, but not in English?", "English"),
    ],
)
def test_only_what_a_sentence_itself_leaves_out_is_left_out(
    assistant: Assistant, said: str, excluded: str
) -> None:
    parsed, _ = assistant.retrieve(said)
    (left_out,) = parsed.excluded
    assert excluded in left_out
    assert "ext" not in left_out
