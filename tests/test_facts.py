"""What records say beside the usual: filters, orders, answers, retraction at every place, exports."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bibtexparser
import pytest
import rispy
from playwright.sync_api import Browser, expect

from assistant.api.records import answer_record
from assistant.assistant import Assistant
from assistant.checking.claims import claims
from assistant.cli import terminal
from assistant.composing.tables.table import render
from assistant.corpus_map.svg import svg
from assistant.errors import QuestionError
from assistant.history.conversations import Conversation
from assistant.history.export.bibtex import bibtex
from assistant.history.export.csv import csv_of, table_csv
from assistant.history.export.markdown import markdown
from assistant.history.export.references import arxiv_id, doi, published, reference, ris
from assistant.history.serialization import from_json, to_json
from assistant.index.layout import Folder
from assistant.models.minilm import MiniLM
from assistant.reading.record_bounds import take_record_bounds
from assistant.retrieval.bibliography import asked_record
from assistant.retrieval.filters import (
    describe_filters,
    matches_filters,
    merge_filters,
    parse_filters,
    parse_sort,
)
from assistant.types import Answer, Candidate, Citation, Counts, Filters, Paper, RecordFacts, Turn
from assistant.web.rendering.message import render_answer, render_unfinished
from assistant.web.rendering.shared_page import render_page
from assistant.web.rendering.sources_panel import render_sources, render_tray
from ingest.index import Plan, index
from tests.chromium import ask, opened, served
from tests.chromium import browser as browser
from tests.conftest import Run
from tests.conversing import talk
from tests.test_page_see import FAINT

BADGE = '<span class="retracted">retracted</span>'


def paper(name: str, about: str, year: int, venue: str = "", **facts: Any) -> Paper:
    return Paper(
        name.lower(),
        f"{name}: {about}",
        f"We present {name}, {about[0].lower()}{about[1:]}. It is tested on three data sets of "
        f"{about.split()[-1]}. {name} needs half the training time of earlier methods.",
        (f"Ada {name}son", "Bo Shan"),
        year,
        venue or None,
        f"https://example.org/{name.lower()}",
        facts=RecordFacts(**facts),
    )


PAPERS = [
    paper(
        "VidGlow", "A flow model that generates short clips of video", 2021, "CVPR 2021",
        doi="10.1000/vidglow", arxiv_id="2101.00001", type="paper-conference",
        keywords=("Video generation", "flows"), categories=("cs.CV", "cs.LG"), cited_by=320,
    ),
    paper(
        "VidStitch", "A recurrent network that stitches frames of video", 2019, "Science Letters",
        doi="10.1000/vidstitch", pmid="3141592", type="article-journal",
        keywords=("video generation", "frames"), categories=("cs.CV",), cited_by=55, retracted=True,
    ),
    paper(
        "VidPlan", "A planner that writes storyboards for video", 2023,
        arxiv_id="2301.00002", type="article", keywords=("storyboards",),
        categories=("cs.CV", "cs.AI"), cited_by=7,
    ),
    paper(
        "SpeakWell", "A speech synthesiser that learns from whispered speech", 2022, "ICASSP 2022",
        type="paper-conference", keywords=("speech synthesis",), categories=("eess.AS",), cited_by=50,
    ),
    paper(
        "HearFar", "A speech recogniser that works on distant speech", 2020,
        type="thesis", keywords=("speech recognition",), categories=("eess.AS", "cs.SD"), cited_by=0,
    ),
    paper(
        "FoldFast", "A transformer that predicts the folds of proteins", 2022, "Nature",
        doi="10.1000/foldfast", pmid="2718281", type="article-journal", keywords=("proteins",),
        categories=("q-bio.BM",), retracted=True,
    ),
    paper("LightTrap", "A cavity that slows pulses of light", 2018, categories=("physics.optics",)),
    paper("LawLens", "A review of networks that read contracts of law", 2024, type="review", cited_by=12),
]  # fmt: skip
GLOW, STITCH, PLAN, SPEAK, HEAR, FOLD, LIGHT, LAW = PAPERS
WARNING = f"“{STITCH.title}” [1] was retracted."


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, embedder: MiniLM) -> Path:
    root = tmp_path_factory.mktemp("facts")
    index(Plan(PAPERS), Folder(root / "corpora" / "facts"), embedder)
    return root


@pytest.fixture(scope="module")
def facts(data: Path, embedder: MiniLM) -> Iterator[Assistant]:
    opened = Assistant(Folder(data / "corpora" / "facts"), embedder)
    yield opened
    opened.close()


def cited(answer: Answer) -> list[Paper]:
    return [citation.paper for citation in answer.citations]


def citing(*papers: Paper, text: str = "“We present it.” [1]") -> Answer:
    citations = tuple(Citation(n, one, ()) for n, one in enumerate(papers, 1))
    return Answer("what?", "fact", text, False, citations, ())


# Filters: what they admit, in every place.

ADMITTED: list[tuple[str, Sequence[Paper]]] = [
    ("tag:VIDEO", (GLOW, STITCH)),
    ('keyword:"speech s"', (SPEAK,)),
    ("tag:speech tag:recognition", (HEAR,)),
    ("category:cs", (GLOW, STITCH, PLAN, HEAR)),
    ("category:CS.cv category:lg", (GLOW,)),
    ("category:physics", (LIGHT,)),
    ("type:article", (STITCH, FOLD, LAW)),
    ("type:article-journal", (STITCH, FOLD)),
    ("type:Preprint", (PLAN,)),
    ("type:conference", (GLOW, SPEAK)),
    ("type:paper-conference", (GLOW, SPEAK)),
    ("type:thesis", (HEAR,)),
    ("type:review", (LAW,)),
    ("type:survey", (LAW,)),
    ("type:book-review", ()),
    ("cited>=50", (GLOW, STITCH, SPEAK)),
    ("cited >= 50", (GLOW, STITCH, SPEAK)),
    ("cited>50", (GLOW, STITCH)),
    ("cited≥55 cited<320", (STITCH,)),
    ("cited<=7", (PLAN, HEAR)),
    ("cited=0", (HEAR,)),
    ("cited:12", (LAW,)),
    ("retracted:yes", (STITCH, FOLD)),
    ("retracted:no cited>=50", (GLOW, SPEAK)),
    ("retracted:NO type:article", (LAW,)),
    ("cited>=50 year>=2021 author:shan venue:cvpr", (GLOW,)),
]


@pytest.mark.parametrize(("text", "admitted"), ADMITTED)
def test_filters_admit_what_records_say(
    facts: Assistant, text: str, admitted: Sequence[Paper]
) -> None:
    rest, filters = parse_filters(f"video {text}")
    assert (rest, bool(filters)) == ("video", True)
    assert facts.papers(filters) == list(admitted)
    assert [one for one in PAPERS if matches_filters(one, filters)] == list(admitted)
    found = facts.search(f"video {text}").retrieved
    assert {one.paper.id for one in found} == {one.id for one in admitted}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cited>=abc", "cited>=abc: write cited>=50 or cited<10"),
        ("cited>=", "the filter cited>= has no value; write cited>=50"),
        ("cited>=5-10", "cited>=5-10: write cited>=50"),
        (f"cited>={'9' * 3900}", "write cited>=50"),
        ("retracted:maybe", "retracted:maybe: write retracted:no or retracted:yes"),
        ("retracted>no", "write retracted:no"),
        ("type>=book", "type>=book: write type:preprint or type:article"),
        ('tag:""', "the filter tag: has no value; write tag:video"),
        ("tags:video", "there is no filter 'tags'; write tag:video"),
        ("keywords:video", "there is no filter 'keywords'; write keyword:video"),
        ("categories:cs", "there is no filter 'categories'; write category:cs"),
        ("cite>=5", "there is no filter 'cite'; write cited>=50"),
        ("retraced:no", "there is no filter 'retraced'; write retracted:no"),
    ],
)
def test_a_bad_filter_is_told_as_a_bad_year_is(facts: Assistant, text: str, told: str) -> None:
    for call in (parse_filters, facts.ask, facts.search):
        with pytest.raises(QuestionError, match=re.escape(told)):
            call(f"video {text}")


@pytest.mark.parametrize(
    "text",
    [
        "which are most cited: these or those?",
        "was it retracted: yes or no?",
        "extracted:features of a typed:lambda",
        "papers of this type: preprints",
        "cited by 50 others",
        "sort: newest first",
    ],
)
def test_prose_is_no_filter(text: str) -> None:
    assert parse_filters(text) == (text, Filters())
    assert parse_sort(text) == (text, None)


def test_filters_are_said_in_words() -> None:
    def said(text: str) -> str:
        return describe_filters(parse_filters(text)[1])

    assert said("tag:video category:cs type:thesis cited>=50 retracted:no") == (
        "tagged 'video', in the category cs, of the type thesis, cited at least 50 times,"
        " not retracted"
    )
    assert said("cited<=1000 retracted:yes") == "cited at most 1,000 times, retracted"
    assert (said("cited=1"), said("cited<1")) == ("cited exactly 1 time", "never cited")


def test_filters_of_two_sides_are_joined() -> None:
    first, second = Filters(cited_from=5, cited_to=90), Filters(cited_from=50, keywords=("a",))
    assert merge_filters(first, second) == Filters(cited_from=50, cited_to=90, keywords=("a",))
    kept = merge_filters(Filters(retracted=False), Filters())
    assert (kept.retracted, merge_filters(Filters(), kept)) == (False, kept)
    both = merge_filters(kept, Filters(retracted=True))
    assert [one for one in PAPERS if matches_filters(one, both)] == []


def test_filters_bound_answers_and_counts(facts: Assistant) -> None:
    listed = facts.ask("which papers are about video? retracted:no")
    assert cited(listed) == [GLOW, PLAN]
    assert "of 6 papers" in listed.text
    every = facts.ask("which papers are there? cited>=50")
    assert set(map(str, (one.id for one in cited(every)))) == {"vidglow", "vidstitch", "speakwell"}
    assert "3 of the 3 papers cited at least 50 times" in every.text
    counted = facts.ask("how many papers? cited>=50 type:conference")
    assert counted.counts is not None
    assert (counted.counts.total, counted.counts.of) == (2, 8)
    assert counted.text.startswith(
        "2 of 8 papers are of the type conference, cited at least 50 times;"
        " 1 without a type and 2 without a number of citations."
    )
    assert answer_record(counted)["counts"]["filters"]["cited_from"] == 50
    none = facts.ask("which papers are there? cited>=9000")
    assert none.text.startswith("The corpus has no paper cited at least 9,000 times.")
    outside = facts.ask("who wrote VidStitch? retracted:no")
    assert "outside the filter" in outside.text
    assert outside.citations == ()


def test_filters_hold_in_conversations(facts: Assistant) -> None:
    _, only = talk(facts, "papers about video cited>=50", "only those from 2021")
    assert cited(only) == [GLOW]
    listed, shorter = talk(facts, "papers about video retracted:no", "shorter")
    assert (cited(listed), cited(shorter)) == ([GLOW, PLAN], [GLOW, PLAN])
    first, more = talk(facts, "papers about video retracted:no", "more")
    assert more.question == first.question
    assert "nothing more about this in the 6 papers not retracted" in more.text
    counted, by_venue = talk(facts, "how many papers? cited>=50", "and per venue?")
    assert counted.counts is not None
    assert by_venue.counts is not None
    assert by_venue.counts.filters.cited_from == 50
    assert by_venue.counts.total == counted.counts.total == 3
    beside = facts.ask("papers about video", (), Filters(retracted=False, cited_from=50))
    assert cited(beside) == [GLOW]


# The same in plain words.

IN_WORDS = [
    ("papers cited more than 50 times", "cited>=51", "papers"),
    ("papers on video cited at least 50 times", "cited>=50", "papers on video"),
    ("papers with at least 1,000 citations on speech", "cited>=1000", "papers on speech"),
    ("papers on video that have 50+ citations", "cited>=50", "papers on video"),
    ("papers on video that were cited 50 times or more", "cited>=50", "papers on video"),
    ("which papers have been cited fewer than 10 times?", "cited<10", "which papers ?"),
    ("papers that were never cited", "cited<=0", "papers"),
    ("video papers with no citations", "cited<=0", "video papers"),
    ("reviews", "type:review", "papers"),
    ("survey papers on law", "type:review", "papers on law"),
    ("is there a systematic review of law?", "type:review", "is there a paper of law?"),
    ("summarise the reviews on law", "type:review", "summarise the papers on law"),
    ("preprints only", "type:preprint", "papers"),
    ("speech, preprints only", "type:preprint", "speech"),
    ("preprints on video", "type:preprint", "papers on video"),
    ("retracted papers", "retracted:yes", "papers"),
    ("which non-retracted papers are on video?", "retracted:no", "which papers are on video?"),
]


@pytest.mark.parametrize(("question", "written", "rest"), IN_WORDS)
def test_plain_words_are_read_as_filters(
    facts: Assistant, question: str, written: str, rest: str
) -> None:
    found = take_record_bounds(question, facts.snapshot.retriever.bibliography)
    assert found == (rest, parse_filters(written)[1])
    parsed, _ = facts.retrieve(question)
    assert parsed.filters == parse_filters(written)[1]
    assert parsed.standalone == question


@pytest.mark.parametrize(
    "question",
    [
        "was VidGlow cited more than 50 times?",
        "which papers need more than 50 citations per author?",
        "cited by 50 others",
        "how many citations does the data set hold?",
        "review the papers on law",
        "papers about reviews of movies",
        "which papers classify product reviews?",
        "papers about preprints",
        "papers about retracted articles",
        "which papers were retracted?",
    ],
)
def test_other_words_are_no_filters(facts: Assistant, question: str) -> None:
    found = take_record_bounds(question, facts.snapshot.retriever.bibliography)
    assert found == (question, Filters())


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("papers cited more than 50 times", {"vidglow", "vidstitch"}),
        ("which retracted papers are about video?", {"vidstitch"}),
        ("reviews", {"lawlens"}),
        ("preprints on video", {"vidplan"}),
        ("most cited preprints", {"vidplan"}),
    ],
)
def test_plain_words_bound_answers(facts: Assistant, question: str, expected: set[str]) -> None:
    assert {one.id for one in cited(facts.ask(question))} == expected


def test_plain_words_bound_counts_and_hold_in_conversations(facts: Assistant) -> None:
    counted = facts.ask("how many papers are cited more than 50 times?")
    assert counted.text.startswith("2 of 8 papers are cited at least 51 times;")
    assert facts.ask("how many reviews are there?").text.startswith("1 of 8 papers is of the type")
    _, only, shorter = talk(facts, "papers about video", "only the preprints", "shorter")
    assert cited(only) == cited(shorter) == [PLAN]
    assert only.question.endswith(" type:preprint")
    _, those = talk(facts, "papers about video", "which of those have more than 100 citations?")
    assert cited(those) == [GLOW]
    _, speech = talk(facts, "papers about video cited at least 50 times", "and about speech?")
    assert speech.citations


def test_where_records_do_not_say_it_words_are_words(assistant: Assistant) -> None:
    answer = assistant.ask("papers on video cited more than 50 times")
    assert answer.text.startswith("No paper here says how often it was cited.")
    assert answer.nearest
    for question in ("survey papers on video", "preprints on video", "retracted papers on video"):
        parsed, _ = assistant.retrieve(question)
        assert (parsed.filters, parsed.topic) == (Filters(), question)


def test_a_kept_count_has_its_filters_again_and_an_old_one_the_same_text() -> None:
    old = Counts("year", (), 0, 0, 0, filters=Filters(year_from=2020))
    answer = replace(citing(), kind="count", counts=old)
    kept = json.loads(to_json(Turn("q", answer)))["turn"]["answer"]["counts"]["filters"]
    assert list(kept) == [
        "year_from", "year_to", "authors", "venues", "titles", "only", "without", "texts",
    ]  # fmt: skip
    new = replace(old, filters=Filters(cited_from=0, retracted=False, types=("thesis",)))
    turn = Turn("q", replace(answer, counts=new))
    assert from_json(to_json(turn)) == turn


def test_never_cited_is_stored(facts: Assistant) -> None:
    assert RecordFacts.of(HEAR.facts.known()) == HEAR.facts
    assert {one.id: one.facts for one in facts.papers()} == {one.id: one.facts for one in PAPERS}


# Orders.


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("most cited papers", [GLOW, STITCH, SPEAK, LAW, PLAN]),
        ("which is the least cited paper?", [HEAR, PLAN, LAW, SPEAK, STITCH]),
        ("what are the most-cited papers about video?", [GLOW, STITCH, PLAN]),
        ("papers on video sorted by citations", [GLOW, STITCH, PLAN]),
        ("papers on video sort:cited", [GLOW, STITCH, PLAN]),
        ("papers on video sort:least-cited", [PLAN, STITCH, GLOW]),
        ("papers on video sort:newest", [PLAN, GLOW, STITCH]),
        ("papers on video sort:oldest", [STITCH, GLOW, PLAN]),
        ("highly cited work on speech", [SPEAK, HEAR]),
        ("most cited papers category:cs retracted:no", [GLOW, PLAN, HEAR]),
    ],
)
def test_orders(facts: Assistant, question: str, expected: list[Paper]) -> None:
    answer = facts.ask(question)
    assert cited(answer) == expected
    assert answer.question == question
    assert answer.notes == ()
    if "cited" in question or "citations" in question:
        assert f"cited {expected[0].facts.cited_by} times" in answer.text


def test_who_is_not_counted_is_told(facts: Assistant) -> None:
    text = facts.ask("most cited papers").text
    assert "2 of 8 do not say how often they were cited" in text
    assert facts.ask("most cited papers tag:proteins").text == (
        "No paper asked for says how often it was cited."
    )


def test_orders_in_conversations(facts: Assistant) -> None:
    first, ordered, best, spoken = talk(
        facts,
        "papers about video",
        "sort them by citations",
        "which is the most cited?",
        "and the most cited papers about speech?",
    )
    assert set(cited(first)) == {GLOW, STITCH, PLAN}
    assert cited(ordered) == cited(best) == [GLOW, STITCH, PLAN]
    assert "most cited" in best.question
    assert "newest" not in best.question
    assert cited(spoken)[0] == SPEAK
    _, speech = talk(facts, "most cited papers about video", "and about speech?")
    assert cited(speech)[0] == SPEAK


def test_search_and_tables_are_ordered(facts: Assistant) -> None:
    found = [one.paper for one in facts.search("video sort:cited").retrieved]
    assert found[:3] == [GLOW, STITCH, SPEAK]
    assert set(found) == set(PAPERS)
    compared, listed, asked = talk(
        facts, "compare VidPlan with VidGlow", "sort by citations", "add a row for the DOI"
    )
    assert compared.table is not None
    assert listed.table is not None
    assert (compared.table.papers, listed.table.papers) == ((PLAN, GLOW), (GLOW, PLAN))
    assert "10.1000/vidglow *(from the bibliography)*" in asked.text


def test_a_bad_order_is_told(facts: Assistant) -> None:
    for call in (facts.ask, facts.search):
        with pytest.raises(QuestionError, match="sort:size: write sort:cited, sort:newest"):
            call("video sort:size")


def test_where_nothing_is_counted_that_is_said(assistant: Assistant) -> None:
    for question in ("most cited papers", "papers about video sorted by citations"):
        answer = assistant.ask(question)
        assert (answer.text, answer.abstained) == (
            "No paper here says how often it was cited.",
            True,
        )
    with pytest.raises(QuestionError, match="no paper here says how often it was cited"):
        assistant.search("video sort:cited")
    table = talk(assistant, "compare SimDA with Tune-A-Video", "sort by citations")[1]
    assert "None of these papers says how often it was cited" in table.text


def test_an_order_that_papers_are_about_is_none(facts: Assistant) -> None:
    parsed, _ = facts.retrieve("which papers predict highly cited papers?")
    assert (parsed.order, parsed.topic) == (None, "which papers predict highly cited papers?")


# What a record says of a paper.


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("how often was VidGlow cited?", "cited 320 times"),
        ("how many times has HearFar been cited?", "cited 0 times"),
        ("how many citations does FoldFast have?", "number of citations not known"),
        ("what is the DOI of VidStitch?", "DOI: 10.1000/vidstitch"),
        ("what is VidPlan's arXiv id?", "arXiv id: 2301.00002"),
        ("what is the PMID of FoldFast?", "PMID: 2718281"),
        ("what keywords does VidStitch have?", "keywords: video generation, frames"),
        ("which categories is VidPlan in?", "categories: cs.CV, cs.AI"),
        ("what type of publication is HearFar?", "type: thesis"),
        ("was VidStitch retracted?", "· retracted"),
        ("has VidGlow been withdrawn?", "not recorded as retracted"),
        ("what is the DOI of LightTrap?", "DOI not known"),
        ("who wrote HearFar and where did it appear?", "venue not known"),
    ],
)
def test_what_a_record_says_is_answered_from_it(facts: Assistant, question: str, told: str) -> None:
    answer = facts.ask(question)
    assert told in answer.text
    assert len(answer.citations) == 1
    assert answer.notes == ()


def test_records_are_asked_of_what_was_spoken_of(facts: Assistant) -> None:
    _, one, retracted = talk(
        facts, "what does VidGlow do?", "how often was it cited?", "was it retracted?"
    )
    assert "cited 320 times" in one.text
    assert "not recorded as retracted" in retracted.text
    _, those = talk(facts, "papers about video", "were any of those retracted?")
    assert set(cited(those)) == {STITCH}
    _, words = talk(facts, "papers about video", "what keywords do these have?")
    assert set(cited(words)) == {GLOW, STITCH, PLAN}
    assert "keywords: storyboards" in words.text


@pytest.mark.parametrize(
    "question", ["which papers were retracted?", "how many papers were retracted?"]
)
def test_which_were_retracted_is_counted(facts: Assistant, question: str) -> None:
    answer = facts.ask(question)
    assert answer.text.startswith("2 of 8 papers are retracted.")
    assert answer.counted == (STITCH, FOLD)


def test_which_were_not_retracted_is_counted(facts: Assistant) -> None:
    answer = facts.ask("how many papers are not retracted?")
    assert answer.text.startswith("6 of 8 papers are not retracted.")
    assert not {STITCH, FOLD} & set(answer.counted)


def test_words_of_a_record_that_ask_for_something_else() -> None:
    asked = {
        "which tags does it predict?": None,
        "how many citations does the data set hold?": None,
        "what type of network is it?": None,
        "what data type does it need?": None,
        "which DOI does it have?": "DOI",
        "tell me the arXiv identifier": "arXiv id",
    }
    assert {question: asked_record(question) for question in asked} == asked


def test_a_corpus_without_facts_answers_as_before(assistant: Assistant) -> None:
    parsed, _ = assistant.retrieve("how often was SimDA cited?")
    assert (parsed.form, parsed.records) == ("fact", ())
    answer = assistant.ask("was SimDA retracted?")  # silence means nothing here
    assert "not recorded as retracted" not in answer.text
    assert answer.hedged or answer.abstained or "retraction not known" in answer.text
    parsed, _ = assistant.retrieve("how many papers were retracted?")
    assert parsed.count is None or parsed.count.filters.retracted is None


def test_what_a_collection_covers_has_its_keywords(facts: Assistant, assistant: Assistant) -> None:
    question = "what topics does this collection cover?"
    assert "keywords of its records: Video generation (2)" in facts.ask(question).text
    assert "keywords" not in assistant.ask(question).text


# Retraction, at every place that shows a paper.


def test_an_answer_warns_of_what_it_cites(facts: Assistant) -> None:
    answer = facts.ask("what does VidStitch do?")
    assert answer.warnings == (WARNING,)
    record = answer_record(answer)
    assert record["warnings"] == [WARNING]
    assert record["citations"][0]["retracted"] is True
    assert [one["title"] for one in record["retrieved"] if one.get("retracted")] == [
        one.paper.title for one in answer.retrieved if one.paper.facts.retracted
    ]
    quiet = answer_record(facts.ask("what does VidGlow do?"))
    assert "warnings" not in quiet
    assert "retracted" not in quiet["citations"][0]


def test_lists_facts_summaries_and_tables_mark_it(facts: Assistant) -> None:
    for question in (
        "which papers are about video?",
        "summarise the papers about video",
        "what does VidStitch need?",
        "who wrote VidStitch?",
        "which papers were retracted?",
        "compare VidGlow with VidStitch",
    ):
        answer = facts.ask(question)
        marks = [line for line in answer.text.splitlines() if " *(retracted)*" in line]
        assert marks, question
        assert all("VidStitch" in line or "FoldFast" in line for line in marks)
        shown = render_answer(answer, 1)
        assert "*(retracted)*" not in shown
        assert shown.count(BADGE) >= len(marks)
        assert render_unfinished(answer.text, "").count(BADGE) >= len(marks)
    table = facts.ask("compare VidGlow with VidStitch").table
    assert table is not None
    head = render(table, facts.snapshot.names).splitlines()[0]
    assert head.endswith("VidGlow](https://example.org/vidglow) (2021) | [VidStitch]"
                         "(https://example.org/vidstitch) (2019) *(retracted)* |")  # fmt: skip
    assert f"{STITCH.title} (2019) – Retracted" in next(csv.reader(io.StringIO(table_csv(table))))


def test_the_page_shows_answers_of_the_bibliography(facts: Assistant) -> None:
    answer = facts.ask("who wrote VidStitch?")
    assert answer.citations[0].quotes == ()
    assert 'id="cite-1-1" href="#source-1"' in render_answer(answer, 1)
    assert STITCH.title in render_sources([Turn("q", answer)])


def test_the_page_marks_it_everywhere() -> None:
    sneaky = replace(STITCH, id="s", title="<b>Twice [1] shown</b>")
    answer = replace(citing(STITCH, GLOW), considered=(FOLD,), nearest=(FOLD,), given=(FOLD,))
    turns = [Turn("q", answer), Turn("q", replace(citing(FOLD), question="other"))]
    html = render_answer(answer, 1)
    warning = '<p class="note warning">“VidStitch: A recurrent network that stitches frames of'
    assert warning in html
    assert '<a class="cite" href="#source-1">[1]</a> was retracted.</p>' in html
    assert f"{FOLD.title}</a> {BADGE}" in html  # among those read
    assert html.index("We present it.") < html.index(warning)
    shown = render_answer(citing(GLOW, sneaky), 1)
    assert "“&lt;b&gt;Twice [1] shown&lt;/b&gt;” <a" in shown
    cards = render_sources(turns)
    assert cards.count(f'<p class="facts">{BADGE} ') == 2
    assert f'aria-label="Source 1: {STITCH.title} (retracted)"' in cards
    silent = replace(citing(), abstained=True, nearest=(FOLD,))
    assert BADGE in render_sources([Turn("q", silent)])
    assert render_tray([STITCH, GLOW]).count(BADGE) == 1
    now = datetime(2026, 1, 1, tzinfo=UTC)
    page = render_page(Conversation("id", "Talk", "facts", now, now, tuple(turns[:1])))
    assert page.count(BADGE) == 2  # the card, and what was read
    assert 'class="note warning"' in page
    assert "--bad" in page


def test_nothing_is_marked_that_was_not_retracted() -> None:
    turn = Turn("q", citing(GLOW, PLAN))
    html = render_answer(turn.answer, 1) + render_sources([turn]) + render_tray([GLOW])
    assert "retracted" not in html
    assert "etracted" not in bibtex([GLOW]) + ris([GLOW]) + reference(GLOW)
    assert "etracted" not in markdown("Talk", [turn])


def test_the_map_names_it(facts: Assistant) -> None:
    picture = svg(facts.atlas, {one.id: one for one in PAPERS})
    assert picture.count(" retracted") == 2 * 3  # class, label, title
    assert f'aria-label="{STITCH.title} (2019), retracted"' in picture


def test_the_terminal_shows_it_in_red(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "200")
    red = re.compile(r"\x1b\[(?:1;)?31m[^\x1b]*retracted|\x1b\[(?:1;)?31m“VidStitch")
    terminal.show_answer(citing(STITCH, GLOW))
    assert len(red.findall(capsys.readouterr().out)) == 2
    terminal.show_ranking([Candidate(one, 1.0, 0, 0) for one in (GLOW, STITCH)])
    assert len(red.findall(capsys.readouterr().out)) == 1
    terminal.show_papers(PAPERS)
    assert len(red.findall(capsys.readouterr().out)) == 2


# Exports.


def test_bibtex_carries_facts() -> None:
    library = bibtexparser.parse_string(bibtex(PAPERS))
    assert not library.failed_blocks
    entries = {re.split(r"\d+", entry.key)[1]: entry for entry in library.entries}
    stitch = {name: field.value for name, field in entries["vidstitch"].fields_dict.items()}
    assert {name: stitch[name] for name in ("doi", "pmid", "keywords", "note", "journal")} == {
        "doi": "10.1000/vidstitch", "pmid": "3141592", "keywords": "video generation, frames",
        "note": "Retracted", "journal": "Science Letters",
    }  # fmt: skip
    assert {key: entry.entry_type for key, entry in entries.items()} == {
        "vidglow": "inproceedings", "vidstitch": "article", "vidplan": "misc",
        "speakwell": "inproceedings", "hearfar": "phdthesis", "foldfast": "article",
        "lighttrap": "misc", "lawlens": "article",
    }  # fmt: skip
    assert entries["vidglow"].fields_dict["eprint"].value == "2101.00001"


def test_ris_carries_facts() -> None:
    entries = {one["title"].partition(":")[0]: one for one in rispy.loads(ris(PAPERS))}
    stitch, glow = entries["VidStitch"], entries["VidGlow"]
    assert (stitch["type_of_reference"], stitch["doi"]) == ("JOUR", "10.1000/vidstitch")
    assert stitch["accession_number"] == "3141592"
    assert stitch["notes"] == ["Retracted", "Cited By: 55"]
    assert stitch["keywords"] == ["video generation", "frames"]
    assert (glow["accession_number"], glow["notes"]) == ("arXiv:2101.00001", ["Cited By: 320"])
    assert entries["HearFar"]["type_of_reference"] == "THES"
    both = replace(STITCH, facts=replace(STITCH.facts, arxiv_id="2101.00009"))
    assert rispy.loads(ris([both]))[0]["notes"] == ["PMID: 3141592", "Retracted", "Cited By: 55"]


def test_csv_has_columns_of_facts() -> None:
    plain = replace(LIGHT, facts=RecordFacts())
    head, *rows = csv.reader(io.StringIO(csv_of([Citation(1, STITCH, ()), Citation(2, plain, ())])))
    names = "doi arxiv_id pmid openalex_id s2_id type keywords categories cited_by note"
    assert head[8:-1] == names.split()
    assert dict(zip(head[8:-1], rows[0][8:-1], strict=True)) == {
        **dict.fromkeys(head[8:-1], ""),
        "doi": "10.1000/vidstitch",
        "pmid": "3141592",
        "type": "article-journal",
        "keywords": "video generation; frames",
        "categories": "; ".join(STITCH.facts.categories),
        "cited_by": "55",
        "note": "Retracted",
    }
    assert rows[1][8:-1] == [""] * 10


def test_markdown_and_reference_say_it() -> None:
    text = markdown("Talk", [Turn("q", citing(STITCH))])
    assert f"*Warning: “{STITCH.title}” \\[1\\] was retracted.*" in text
    assert "vidstitch) · **Retracted** · Ada" in text
    assert reference(STITCH).endswith("https://example.org/vidstitch [Retracted]")


def test_what_the_record_says_wins_over_what_is_guessed() -> None:
    guessed = Paper(
        "arxiv:2308.09710", "T", "", venue="Nature", url="https://doi.org/10.1234/guess"
    )
    assert (arxiv_id(guessed), doi(guessed)) == ("2308.09710", "10.1234/guess")
    assert published(guessed) == "journal"
    said = RecordFacts(doi="10.1000/said", arxiv_id="2401.00001", type="chapter")
    told = replace(guessed, facts=said)
    assert (arxiv_id(told), doi(told), published(told)) == ("2401.00001", "10.1000/said", "chapter")
    hostile = RecordFacts(
        doi="10.1000/a}b\\{c\nd", pmid="1}\n@misc{x,", arxiv_id="{%\n", keywords=("a}{", "50% \\")
    )
    assert len(bibtexparser.parse_string(bibtex([replace(guessed, facts=hostile)])).entries) == 1
    assert len(rispy.loads(ris([replace(guessed, facts=hostile)]))) == 1


# From end to end.


@pytest.mark.slow
def test_the_command_line_filters_orders_and_warns(run: Run, data: Path) -> None:
    listed = run("papers", "--corpus", "facts", "cited>=50", "sort:cited", "--json", data=data)
    records = [json.loads(line) for line in listed.stdout.splitlines()]
    assert [(one["id"], one["cited_by"]) for one in records] == [
        ("vidglow", 320), ("vidstitch", 55), ("speakwell", 50),
    ]  # fmt: skip
    assert [one.get("retracted") for one in records] == [None, True, None]
    shown = run("papers", "--corpus", "facts", "tag:video generation", "retracted:yes", data=data)
    assert "1 paper" in shown.stdout
    assert "retracted" in shown.stdout
    answer = run("ask", "--corpus", "facts", "what does VidStitch do? cited>=50", data=data)
    assert answer.returncode == 0, answer.stderr
    assert "[1] was retracted." in " ".join(answer.stdout.split())
    for bad in ("cited>=abc", "retracted:maybe", "sort:size"):
        refused = run("papers", "--corpus", "facts", bad, data=data)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr.startswith(f"paper-assistant: {bad}: write ")
        assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("dark", [False, True])
def test_the_page_shows_badges_that_can_be_read(
    browser: Browser, data: Path, embedder: MiniLM, dark: bool
) -> None:
    with (
        served(data, embedder, corpus="facts") as site,
        opened(browser, site.url, dark=dark) as (page, wrong),
    ):
        ask(page, "which papers are about video?")
        answer = page.locator("#chat .bot-row").last
        expect(answer.locator("ol .retracted")).to_have_text("retracted")
        expect(page.locator("#sources article.source .retracted")).to_be_visible()
        source = page.locator("#sources article.source:has(.retracted)").get_attribute("id")
        number = (source or "").removeprefix("source-")
        expect(answer.locator(".note.warning")).to_contain_text(f"[{number}] was retracted.")
        assert page.evaluate(FAINT) == []
        page.locator("#chat a.cite", has_text=f"[{number}]").first.hover()
        expect(page.locator("#peek .retracted")).to_have_text("retracted")
        assert page.evaluate(FAINT) == []
        page.mouse.move(5, 5)
        ask(page, "most cited papers cited>=50")
        newest = page.locator("#chat .bot-row").last
        expect(newest.locator(".retracted")).to_have_count(1)
        newest.locator("a.cite").first.click()
        expect(page.locator("#source-1.chosen")).to_be_visible()
        page.get_by_role("tab", name="Map").click()
        page.locator("#map .paper.retracted").first.focus()
        expect(page.locator("#mapped strong.withdrawn")).to_contain_text(", retracted")
        assert wrong == []


@pytest.mark.parametrize(
    ("paper", "asked", "said"),
    [
        (
            "RobBERT-2022",
            "When was the old one trained, and how do they test whether it can take its place?",
            ("trained in 2019", "plug-in replacement"),
        ),
        ("Uni-Sign", "which country's signs are those, and is the code out?", ("Chinese", "code")),
    ],
)
def test_each_thing_that_is_asked_is_answered_first(
    assistant: Assistant, paper: str, asked: str, said: tuple[str, str]
) -> None:
    _, answer = talk(assistant, f"Tell me about {paper}.", asked)
    first = answer.text.partition("\n\n—")[0]
    assert all(words in first for words in said), first


def test_what_only_says_which_paper_is_no_thing_asked(assistant: Assistant) -> None:
    _, answer = talk(
        assistant,
        "Which papers summarise doctors' notes?",
        "Not that. The progress notes paper. Which records did they use?",
    )
    assert "MIMIC" in answer.text.partition("\n\n—")[0]


@pytest.mark.parametrize(
    "asked",
    [
        "How much text did the model for the Algerian dialect need, and how much the one for "
        "Maltese?",
        "the maltese and the algerian bert: how little text was enough?",
    ],
)
def test_a_fact_of_two_papers_that_are_described_is_told_of_both(
    assistant: Assistant, asked: str
) -> None:
    answer = assistant.ask(asked)
    assert answer.kind == "fact"
    assert {"Maltese", "Algerian"} == {
        word
        for one in answer.citations
        for word in ("Maltese", "Algerian")
        if word in one.paper.title
    }


def test_what_comes_nearest_in_a_named_paper_is_told_without_doubt(assistant: Assistant) -> None:
    about = "Tell me about weight subcloning."
    _, answer = talk(assistant, about, "subcloning: how many times faster?")
    assert answer.hedged
    assert "*The nearest that its abstract comes to this:*" in answer.text
    assert "not sure" not in answer.text
    assert all(claim.cited for claim in claims(answer.text))  # that line claims nothing


def test_an_abstract_that_seems_to_be_silent_is_quoted_where_it_comes_nearest(
    assistant: Assistant,
) -> None:
    asked = "the old people of Hokkaido! So what did those researchers find worked best for it?"
    _, answer = talk(assistant, "which papers are on Ainu?", asked)
    assert answer.abstained
    assert "“old”" not in answer.text  # what lacks so many words may say it in others
    assert "continued pretraining is the most effective method" in answer.text
    (one,) = answer.citations
    assert all(span.text in one.paper.abstract for span in one.quotes)


def test_whether_a_named_paper_says_a_thing_is_judged_without_its_name(
    assistant: Assistant,
) -> None:
    ecg = "Tell me about Meta-Learning to Improve Pre-Training."
    _, silent = talk(assistant, ecg, "would one gpu do or do i need a cluster")
    assert silent.abstained
    ttm = "Tell me about Tiny Time Mixers."
    said = "Can it take extra inputs such as promotions or weather next to the series itself?"
    _, told = talk(assistant, ttm, said)
    assert not told.hedged
    assert not told.abstained
    assert "exogenous" in told.text


def test_each_of_several_things_asked_of_a_paper_is_told(assistant: Assistant) -> None:
    about = "Tell me about FPDM: domain-specific fast pre-training."
    _, all_three = talk(assistant, about, "who wrote it, code out?, does quality drop anywhere")
    for said in ("Abhilash Nandy", "bit.ly/FPDMCode", "negligible drop in performance"):
        assert said in all_three.text
    about = "Tell me about visually guided generative text-layout pre-training."
    asked = "does it do OCR itself or needs an external engine? code?"
    _, both, recorded = talk(assistant, about, asked, "authors, year, weights?")
    assert "can function as a native OCR model" in both.text
    assert "*Its abstract does not mention “code”.*" in both.text
    assert all(claim.cited for claim in claims(both.text))  # that line claims nothing
    assert not recorded.abstained
    assert "*Its abstract does not mention “weights”.*" in recorded.text
    assert "2024" in recorded.text
    _, whose = talk(assistant, "Tell me about FPDM.", "whose is it?")
    assert "Abhilash Nandy" in whose.text
