"""Filters: read from a question, checked, and really applied by the store."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.errors import QuestionError
from assistant.index.papers import PaperRecords, Papers
from assistant.reading.bounds import find_authors, read_bounds
from assistant.reading.learned.network import ReadingNetwork
from assistant.retrieval import hybrid
from assistant.retrieval.bibliography import Bibliography
from assistant.retrieval.filters import (
    NO_MATCH,
    matches_filters,
    merge_filters,
    parse_filters,
    where_clause,
)
from assistant.types import Answer, Filters, Paper, Turn
from tests.test_facts import PAPERS


@pytest.mark.parametrize(
    ("text", "rest", "bounds"),
    [
        ("video year>=2023", "video", Filters(year_from=2023)),
        ("year:2021-2023 video", "video", Filters(year_from=2021, year_to=2023)),
        ("video year:2023", "video", Filters(year_from=2023, year_to=2023)),
        ("video YEAR<2020", "video", Filters(year_to=2019)),
        ("a year>2020 year<=2022 b", "a b", Filters(year_from=2021, year_to=2022)),
        ('by author:"Ying Shan" author:wu', "by", Filters(authors=("Ying Shan", "wu"))),
        (
            "venue:cvpr title:text-to-video",
            "",
            Filters(venues=("cvpr",), titles=("text-to-video",)),
        ),
        (
            'video text:"Zero-Shot learning" text:adapter',
            "video",
            Filters(texts=("Zero-Shot learning", "adapter")),
        ),
        (
            "a context:window of this text: who text>a",
            "a context:window of this text: who text>a",
            Filters(),
        ),
        ("a ratio of year-end 3>=2", "a ratio of year-end 3>=2", Filters()),
        ("which are by author:shan, year:2023?", "which are by", Filters(2023, 2023, ("shan",))),
        ("year>2022: which use diffusion?", "which use diffusion?", Filters(year_from=2023)),
        ("on author:shan: which?", "on which?", Filters(authors=("shan",))),
        ("author:“Ying Shan” video", "video", Filters(authors=("Ying Shan",))),
        ("author:'Ying Shan' video", "video", Filters(authors=("Ying Shan",))),
        ("author:‘Ying Shan’ video", "video", Filters(authors=("Ying Shan",))),
        ("author:'Liam O'Brien' video", "video", Filters(authors=("Liam O'Brien",))),
        ("author:O'Brien 'video'", "'video'", Filters(authors=("O'Brien",))),
        ("text:'zero-shot' title:“a b”", "", Filters(titles=("a b",), texts=("zero-shot",))),
        ("year:2021–2023 video", "video", Filters(2021, 2023)),
        ("video year:2021–", "video", Filters(year_from=2021)),
        ("year >= 2023 video", "video", Filters(year_from=2023)),
        ("video year > 2022", "video", Filters(year_from=2023)),
        ("video year <2022, please", "video please", Filters(year_to=2021)),
        ("video year= 2022", "video", Filters(2022, 2022)),
        ("video year≥2023", "video", Filters(year_from=2023)),
        ("video year ≤ 2023", "video", Filters(year_to=2023)),
    ],
)
def test_filters_are_read_from_the_question(text: str, rest: str, bounds: Filters) -> None:
    assert parse_filters(text) == (rest, bounds)


@pytest.mark.parametrize(
    "text",
    [
        "which papers came out this year: video or speech?",
        "Title: SimDA. What does it do?",
        "who is the author: Shan or Wang?",
        "what year is it? the author: who",
        "papers of this year:",
        "who is the author:?",
        "text-to-video:generation",
        "see http://example.org/year and https://arxiv.org",
        "it ran at 10:30",
        "doi:10.1000/182 or arxiv:2212.11565",
        "note:this test:case of data:augmentation, revenue:growth next:step then:what dear:all",
        "subtitle:generation for a context:window",
        "the year : 2023 was good",
        "is year > month, author = Shan and leapyear >= 2023?",
    ],
)
def test_a_colon_in_prose_is_no_filter(text: str) -> None:
    assert parse_filters(text) == (text, Filters())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("year>=soon", "write year>=2023"),
        ("my favourite year:which papers came out then?", "year:which: write year>=2023"),
        ('venue:""', "venue: has no value; write venue:cvpr"),
        ("author=", "author= has no value; write author:shan"),
        ("title>=a", 'write title:"text-to-video"'),
        ('text:""', "text: has no value; write text:video"),
        ("year>=2020-2021", "give one year after >="),
    ],
)
def test_bad_filters_are_explained(text: str, told: str) -> None:
    with pytest.raises(QuestionError, match=re.escape(told)):
        parse_filters(f"video {text}")


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("autor:shan", "author:shan"),
        ("authors:shan", "author:shan"),
        ("venu:cvpr", "venue:cvpr"),
        ("titel:SimDA", 'title:"text-to-video"'),
        ('texts:"zero-shot"', "text:video"),
        ("jear:2023", "year>=2023"),
        ("yaer>=2023", "year>=2023"),
    ],
)
def test_a_misspelt_key_is_told_with_the_nearest(text: str, nearest: str) -> None:
    with pytest.raises(QuestionError) as caught:
        parse_filters(f"video {text}")
    assert text.partition(":")[0][:4] in str(caught.value)
    assert f"write {nearest}" in str(caught.value)
    assert "\n" not in str(caught.value)


def records_of(papers: Iterable[Paper], path: Path) -> PaperRecords:
    records = PaperRecords(path / "papers.sqlite3", None, create=True)
    records.put(list(papers), 0)
    return records


@pytest.mark.parametrize(
    "text",
    [
        "year>=2023",
        "year:2020-2021",
        "year<1900",
        "author:wang",
        'author:"ada vidglow"',
        "venue:cvpr year:2021",
        "venue:science",
        'title:"text-to-video"',
        'text:"Zero-Shot"',
        "text:naive",
        "text:video text:diffusion",
        "keyword:video",
        "tag:SPEECH",
        "category:cs",
        "category:cs.CV",
        "type:article",
        "type:preprint",
        "cited>=50",
        "cited:0",
        "cited<60 retracted:yes",
        "retracted:no year>2020",
        "author:nobody",
    ],
)
def test_a_filter_chooses_what_it_matches(text: str, corpus: list[Paper], tmp_path: Path) -> None:
    other = Paper("x", "Naïve\nBayes", "We train  on zero-\nshot tasks.", ("Ann Õ",), None, "")
    papers = [*corpus, *PAPERS, other]
    _, wanted = parse_filters(text)
    with closing(records_of(papers, tmp_path)) as records:
        for one in (wanted, replace(wanted, only=tuple(one.id for one in papers[::2])),
                    replace(wanted, without=(papers[0].id, papers[-1].id))):  # fmt: skip
            found = list(records.selected(one).values())
            assert found == [paper.id for paper in papers if matches_filters(paper, one)]
        records.restate([replace(papers[0], year=1801)])
        assert papers[0].id in records.selected(Filters(year_to=1801)).values()
        records.remove([papers[0].id])
        assert not records.selected(Filters(year_to=1801))


def test_too_many_papers_for_one_statement_are_not_asked_of_the_store(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert where_clause(["a"]) == {"paper_id": {"$in": ["a"]}}
    assert where_clause([]) == NO_MATCH
    recent = Filters(year_from=2023)
    before = assistant.search("video diffusion", recent).retrieved
    monkeypatch.setattr(hybrid, "MOST_IDS", 3)
    monkeypatch.setattr(hybrid, "where_clause", lambda _: pytest.fail("too many were asked for"))
    found = assistant.search("video diffusion", recent).retrieved
    assert [one.paper for one in found] == [one.paper for one in before]


@pytest.mark.parametrize(
    "text",
    [
        "year>=2023",
        "year:2019-2020",
        "author:shan",
        'author:"Ying Shan"',
        "venue:cvpr",
        "title:text-to-video",
        "author:a",
        "text:video",
        'text:"ZERO-SHOT learning"',
        "text:video text:adapter year>=2023",
        "year>=2023 venue:iccv",
    ],
)
def test_store_and_plain_reading_agree(assistant: Assistant, text: str) -> None:
    _, bounds = parse_filters(text)
    expected = {paper.id for paper in assistant.papers() if matches_filters(paper, bounds)}
    found = assistant.search(f"video generation {text}", limit=1000).retrieved
    assert expected
    assert {one.paper.id for one in found} == expected
    as_arguments = assistant.search("video generation", bounds, limit=1000).retrieved
    assert [one.paper.id for one in as_arguments] == [one.paper.id for one in found]


def test_filters_bound_the_answer_and_its_denominator(assistant: Assistant) -> None:
    answer = assistant.ask("which papers are about text-to-video generation? year>=2024")
    assert answer.citations
    assert all(
        citation.paper.year is not None and citation.paper.year >= 2024
        for citation in answer.citations
    )
    count = len(
        [paper for paper in assistant.papers() if paper.year is not None and paper.year >= 2024]
    )
    assert f"of {count} papers" in answer.text


def test_filters_alone_list_the_papers_that_satisfy_them(assistant: Assistant) -> None:
    answer = assistant.ask("which papers are there? year:2019")
    expected = {paper.id for paper in assistant.papers(Filters(year_from=2019, year_to=2019))}
    assert {citation.paper.id for citation in answer.citations} == expected
    assert f"{len(expected)} of the {len(expected)} papers of 2019" in answer.text


def test_a_score_means_the_same_under_a_filter(assistant: Assistant) -> None:
    everywhere = {
        one.paper.id: one.score
        for one in assistant.search("text-to-video generation", limit=219).retrieved
    }
    filtered = assistant.search("text-to-video generation year>=2024").retrieved
    assert all(abs(one.score - everywhere[one.paper.id]) < 0.01 for one in filtered)


def test_text_filter_is_what_title_or_abstract_says_together(
    assistant: Assistant, corpus: list[Paper]
) -> None:
    def has(paper: Paper, words: str) -> bool:
        return any(
            words in " ".join(text.lower().split()) for text in (paper.title, paper.abstract)
        )

    found = assistant.papers(Filters(texts=("Zero-Shot  Learning",)))
    assert found == [paper for paper in assistant.papers() if has(paper, "zero-shot learning")]
    assert 0 < len(found) < len(corpus)
    answer = assistant.ask('which papers are there? text:"zero-shot learning"')
    assert {one.paper for one in answer.citations} == set(found)
    assert "with 'zero-shot learning' in title or abstract" in answer.text


def test_text_filter_knows_no_case_accents_or_line_ends() -> None:
    paper = Paper("p", "Naïve Bayes", "We train on zero-shot\ntasks.")
    assert matches_filters(paper, Filters(texts=("naive BAYES", "Zero-shot tasks")))
    assert not matches_filters(paper, Filters(texts=("bayes we",)))  # title and abstract are apart
    assert merge_filters(Filters(texts=("a",)), Filters(texts=("b",))) == Filters(texts=("a", "b"))


def test_filter_that_nothing_satisfies(assistant: Assistant) -> None:
    answer = assistant.ask("which papers are about video? author:nobody-at-all")
    assert answer.abstained
    assert answer.text.startswith("The corpus has no paper by nobody-at-all.")
    assert answer.nearest
    assert all(paper.url in answer.text for paper in answer.nearest)
    assert "outside of this filter" in answer.text
    bare = assistant.ask("which papers are from 2014?")
    assert (bare.text, bare.nearest) == ("The corpus has no paper of 2014.", ())


def test_a_filter_beside_one_that_nothing_satisfies_still_holds(
    assistant: Assistant, corpus: list[Paper]
) -> None:
    within = Filters(only=tuple(paper.id for paper in corpus if "video" in paper.title.lower()))
    answer = assistant.ask("which papers are about video? year:1999", (), within)
    assert answer.text.startswith("Of the papers under discussion none is of 1999.")
    assert len(answer.nearest) > 0
    assert {paper.id for paper in answer.nearest} <= set(within.only)


def test_a_year_of_the_topic_does_not_empty_the_answer(assistant: Assistant) -> None:
    answer = assistant.ask("which papers use the COCO dataset released in 2014?")
    assert answer.citations


NAMES = ("Tune-A-Video:", "Still-Moving:", "I2V-Adapter:", "VideoElevator:", "RAD-DINO:")


@pytest.fixture(scope="module")
def within(corpus: list[Paper]) -> Filters:
    """Keep to five papers; SimDA, which is much like four of them, is not one of them."""
    return Filters(only=tuple(paper.id for paper in corpus if paper.title.startswith(NAMES)))


def talk(assistant: Assistant, bounds: Filters, *users: str) -> list[Answer]:
    turns: list[Turn] = []
    for user in users:
        turns.append(Turn(user, assistant.ask(user, turns, bounds)))
    return [turn.answer for turn in turns]


@pytest.mark.parametrize(
    "users",
    [
        (
            "which papers adapt T2I models to video?",
            "which of those need no video data?",
            "what about SimDA?",
            "per year?",
        ),
        (
            "summarise what is known about video generation",
            "and about SimDA?",
            "tell me about the first one",
        ),
        (
            "how many parameters does SimDA tune?",
            "is its code available?",
            "which papers are similar to SimDA?",
        ),
        (
            "compare Tune-A-Video with Still-Moving",
            "add SimDA",
            "add VideoElevator",
            "what data does the second one need?",
        ),
        (
            "compare SimDA with Tune-A-Video",
            "compare Tune-A-Video, SimDA and Still-Moving",
            "compare SimDA with MIMDet",
        ),
        (
            "how many papers about video per year?",
            "and per venue?",
            "how many of those are from 2023?",
            "list them",
        ),
        ("what is the newest paper?", "who has the most papers?", "how many papers by Ying Shan?"),
    ],
)
def test_filters_beside_the_question_hold_in_every_turn(
    assistant: Assistant, within: Filters, users: tuple[str, ...]
) -> None:
    for answer in talk(assistant, within, *users):
        cited = {citation.paper.id for citation in answer.citations}
        others = {paper.id for paper in (*answer.considered, *answer.nearest, *answer.counted)}
        assert cited | others | {one.paper.id for one in answer.retrieved} <= set(within.only), (
            answer.question
        )


@pytest.mark.parametrize(
    "question",
    [
        "how many parameters does SimDA tune?",
        "what about SimDA?",
        "SimDA",
        "tell me about SimDA",
        "which datasets was SimDA tested on?",
        "compare SimDA with Tune-A-Video",
    ],
)
def test_a_paper_outside_the_filter_is_said_to_be(
    assistant: Assistant, within: Filters, question: str
) -> None:
    for before in ((), ("which papers adapt T2I models to video?",)):
        answer = talk(assistant, within, *before, question)[-1]
        assert (answer.abstained, answer.citations) == (True, ())
        assert answer.text.startswith("“SimDA: Simple Diffusion Adapter")
        assert "not among the papers you selected" in answer.text


def test_what_is_inside_the_filter_is_answered_and_the_rest_noted(
    assistant: Assistant, within: Filters
) -> None:
    answer = assistant.ask("compare Tune-A-Video, Still-Moving and SimDA", (), within)
    assert [citation.paper.title.partition(":")[0] for citation in answer.citations] == [
        "Tune-A-Video",
        "Still-Moving",
    ]
    assert "outside the filter" in answer.notes[0]
    assert not assistant.ask("compare Tune-A-Video with Still-Moving", (), within).notes


def test_a_written_filter_leaves_a_named_paper_out_too(assistant: Assistant) -> None:
    assert (
        "outside the filter"
        in assistant.ask("how many parameters does SimDA tune? year>=2024").text
    )
    assert "24M" in assistant.ask("how many parameters does SimDA tune? year>=2023").text


def test_a_table_is_not_edited_across_a_new_filter(assistant: Assistant, within: Filters) -> None:
    first = assistant.ask("compare SimDA with Tune-A-Video")
    answer = assistant.ask(
        "add a column for data", [Turn("compare SimDA with Tune-A-Video", first)], within
    )
    assert "outside the filter" in answer.text
    assert answer.citations == ()


OF_PAPERS: list[tuple[str, int | None, int | None]] = [
    ("papers from 2023", 2023, 2023),
    ("published since 2022", 2022, None),
    ("speech papers since 2022", 2022, None),
    ("work between 2020 and 2022", 2020, 2022),
    ("papers about speech translation from 2021", 2021, 2021),
    ("papers about CLIP from 2021", 2021, 2021),
    ("papers by Ying Shan from 2023", 2023, 2023),
    ("papers about the transformer since 2020", 2020, None),
    ("which papers adapt T2I models to video since 2023?", 2023, None),
    ("which papers are from 2023?", 2023, 2023),
    ("which papers on diffusion were published in 2023?", 2023, 2023),
    ("papers about video generation published after 2022", 2023, None),
    ("how many papers about video in 2023 per venue?", 2023, 2023),
    ("of those, how many are from 2022?", 2022, 2022),
    ("and in 2022?", 2022, 2022),
    ("and of those, since 2023?", 2023, None),
    ("In 2023, which papers used adapters?", 2023, 2023),
    ("papers released before 2022 that use adapters", None, 2021),
    ("summarise what is known about video generation from 2022 to 2023", 2022, 2023),
    ("what is new in speech recognition since 2022?", 2022, None),
    ("which of them are from 2022 on?", 2022, None),
    ("what did people publish in 2023 about molecules?", 2023, 2023),
    ("what was published on video in 2022?", 2022, 2022),
    ("what did Google release in 2022 on speech?", 2022, 2022),
    ("what appeared in 2021 about translation?", 2021, 2021),
    ("who wrote about video before 2022?", None, 2021),
    ("has anything been published since 2023 about proteins?", 2023, None),
    ("which groups published on speech in 2021?", 2021, 2021),
    ("anything published in 2023 on speech?", 2023, 2023),
    ("video papers no older than 2023", 2023, None),
    ("papers no older than 2021 and no newer than 2023", 2021, 2023),
    ("recent speech papers, not before 2023", 2023, None),
    ("papers on video that were not published before 2023", 2023, None),
    ("papers that weren't published after 2021", None, 2021),
    ("and nothing earlier than 2022?", 2022, None),
    ("speech papers, not after 2021", None, 2021),
    ("speech papers no later than 2021", None, 2021),
    ("papers on video no newer than 2021", None, 2021),
    ("papers on video, not since 2022", None, 2021),
    ("which 2023 papers adapt T2I models to video?", 2023, 2023),
    ("2022 works on speech", 2022, 2022),
    ("which of the 2021 articles are about BERT?", 2021, 2021),
    ("papers on speech, 2022 or later", 2022, None),
    ("papers on speech from 2022 or newer", 2022, None),
    ("papers on speech, 2022 and earlier", None, 2022),
    ("show me the papers on video dated 2023", 2023, 2023),
    ("papers dated 2021 about named entities", 2021, 2021),
    ("which methods were proposed since 2023?", 2023, None),
    ("techniques introduced after 2022", 2023, None),
    ("how have methods for video changed since 2020?", 2020, None),
    ("papers on scans since 2022", 2022, None),
]
OF_THE_TOPIC = [
    "which papers use the COCO dataset released in 2014?",
    "which papers use the COCO dataset published in 2014?",
    "which papers use data sets that were published in 2014?",
    "models like BERT from 2018",
    "which papers build on models like BERT from 2018?",
    "papers trained on the 2012 ImageNet challenge data",
    "which papers evaluate on the ImageNet challenge of 2012?",
    "what has changed since the Transformer in 2017 and why?",
    "In 2014 the COCO dataset appeared; which papers use it?",
    "papers about the elections in 2016",
    "which papers study wildfires in 2020?",
    "COVID-19 cases between 2020 and 2021",
    "papers on COVID-19 cases between 2020 and 2021",
    "how did temperature change since 1950?",
    "which papers use radiographs collected between 2011 and 2016?",
    "which papers use web pages crawled before 2019?",
    "which papers use pages that were crawled after 2019?",
    "which methods compare with AlphaFold 2, from 2021?",
    "which papers train on scans from 2015 to 2020?",
    "papers with tweets gathered since 2018",
    "studies on patients recruited from 2015 on",
    "which papers use posts written before 2015?",
    "who wrote BERT in 2018?",
    "was the COCO dataset released in 2014?",
    "give me 2000 papers",
    "papers that are not from 2023",
]


@pytest.fixture(scope="module")
def network() -> ReadingNetwork:
    return ReadingNetwork()


def test_years_of_papers_are_filters_and_years_of_the_topic_are_not(
    network: ReadingNetwork, tmp_path: Path
) -> None:
    # What is learned is right nearly always, not always: the share is held, not each case.
    nothing = Bibliography(Papers(records_of([], tmp_path)))

    def years(question: str) -> tuple[int | None, int | None]:
        found = read_bounds(network.tag(question, None), nothing)
        return found.year_from, found.year_to

    said = [years(question) == (first, last) for question, first, last in OF_PAPERS]
    unsaid = [years(question) == (None, None) for question in OF_THE_TOPIC]
    assert sum(said) / len(said) >= 0.75
    assert sum(unsaid) / len(unsaid) >= 0.65


def test_names_are_whole_words_and_looked_up(tmp_path: Path) -> None:
    papers = [
        Paper("a", "A", "", ("François Le-Roy", "Li Wan"), 2020, "ACL 2020"),
        Paper("b", "B", "", ("Li Wang", "Xu Wang"), 2021, "NeurIPS"),
    ]
    bibliography = Bibliography(Papers(records_of(papers, tmp_path)))
    assert set(bibliography.venues.values()) == {"ACL", "NeurIPS"}
    assert find_authors("Francois Le Roy", bibliography) == ["François Le-Roy"]
    assert find_authors("Li Wang's", bibliography) == ["Li Wang"]
    assert find_authors("Wan", bibliography) == ["Li Wan"]
    assert find_authors("Wang", bibliography) == []  # two have this name
    assert find_authors("Ying", bibliography) == []


def test_a_venue_that_says_or_is_any_of_them(assistant: Assistant) -> None:
    found, *each = (
        {paper.id for paper in assistant.papers() if matches_filters(paper, filters)}
        for filters in (
            parse_filters(f"{text} video")[1]
            for text in ('venue:"cvpr or iccv"', "venue:cvpr", "venue:iccv")
        )
    )
    assert all(each)
    assert found == set.union(*each)
