"""Comparisons as data: taken apart, put together, rendered; and follow-ups that edit them in
place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from assistant.composing.compose import compose
from assistant.composing.tables import table as tables
from assistant.composing.tables.operations import complete_edit, plan_edit
from assistant.composing.tables.table import Cell
from assistant.judging.cross_encoder.network import CrossEncoder
from assistant.judging.judge import CrossEncoderJudge
from assistant.reading.learned.network import ReadingNetwork
from assistant.reading.parsed_question import ParsedQuestion
from assistant.reading.reader import Conversation, LearnedReader
from assistant.reading.table_edits import TableChange, parse_changes, parse_table_edit
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.text.markdown import escape
from assistant.text.paper_names import NameIndex
from assistant.types import Answer, Citation, Draft, Paper, Span, Table, Turn

READER, JUDGE = LearnedReader(ReadingNetwork()), CrossEncoderJudge(CrossEncoder())
SIDES = ("SimDA", "Tune-A-Video", "Still-Moving")
ASKED = "compare SimDA with Tune-A-Video and Still-Moving"
ROLES = ("Problem", "Approach", "Data", "Results", "Availability")


@dataclass(frozen=True)
class Talk:
    """The bundled corpus, opened as the pipeline opens it."""

    corpus: IndexSnapshot

    @property
    def names(self) -> NameIndex:
        return self.corpus.names

    def turn(self, user: str, question: str, draft: Draft) -> Turn:
        return Turn(
            user,
            Answer(
                question,
                draft.kind,
                draft.text,
                draft.abstained,
                draft.citations,
                (),
                table=draft.table,
            ),
        )

    def compose(self, user: str, turns: Sequence[Turn] = ()) -> tuple[ParsedQuestion, Draft]:
        parsed = READER.read(user, Conversation(turns), self.corpus)
        found = self.corpus.retriever.search(parsed.topic, parsed.bounds)
        return parsed, compose(JUDGE.weigh(parsed, found, self.corpus))

    def asked(self, question: str) -> Turn:
        return self.turn(question, question, self.compose(question)[1])

    def after(self, *users: str, question: str = ASKED) -> list[Turn]:
        """Return the turns of a comparison and its edits, all of which must be edits."""
        turns = [self.asked(question)]
        for user in users:
            edited = self.edit(user, turns)
            assert edited is not None, user
            turns.append(self.turn(user, *edited))
        return turns

    def edit(self, user: str, turns: Sequence[Turn]) -> tuple[str, Draft] | None:
        """Return the question and the draft of an edit without a model, None for what is no
        edit."""
        parsed, draft = self.compose(user, turns)
        return (parsed.standalone, draft) if parsed.form == "table edit" else None

    def targets(self, change: TableChange) -> list[str]:
        """Return what a change is of and how, in words."""
        papers = self.corpus.retriever.papers
        return [
            (
                self.names.display(papers[one.paper])
                if one.paper
                else one.aspect or f"{one.axis} {(one.position or 0) + 1}"
            )
            for one in change.targets
        ] + [how for how in [change.how] if how]

    def shown(self, table: Table) -> tuple[str, ...]:
        return tuple(self.names.display(paper) for paper in table.papers)


@pytest.fixture(scope="module")
def talk(view: IndexSnapshot) -> Talk:
    return Talk(view)


@pytest.fixture(scope="module")
def table(talk: Talk) -> Table:
    found = talk.asked(ASKED).answer.table
    assert found is not None
    return found


def edited(talk: Talk, *users: str) -> tuple[Table, Answer]:
    answer = talk.after(*users)[-1].answer
    assert answer.table is not None
    return answer.table, answer


def markers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"(?<!\\)\[(\d+)\](?!\()", text)]


def is_sound(answer: Answer) -> None:
    """Every quote is verbatim, every citation is used, every quote stands in a cell and every
    cell's quote in a citation."""
    assert answer.table is not None
    assert [one.number for one in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert set(markers(answer.text)) == {one.number for one in answer.citations}
    stated = [
        f"“{escape(span.text)}” [{one.number}]" for one in answer.citations for span in one.quotes
    ]
    cells = list(answer.table.cells.values())
    assert all(any(said in cell for cell in cells) for said in stated)
    assert sum(len(markers(cell)) for cell in cells) == sum(
        cell.count(said) for cell in cells for said in stated
    )
    for one in answer.citations:
        assert all(span.text == one.paper.abstract[span.start : span.end] for span in one.quotes)
    cited = [one.paper.id for one in answer.citations]
    assert cited == [paper.id for paper in answer.table.papers if paper.id in cited]
    assert set(answer.table.cells) <= {
        (paper.id, aspect) for paper in answer.table.papers for aspect in answer.table.aspects
    }


# What is asked → operation and targets, papers by their short names, places from 1 (0 is the last).
EDITS: list[tuple[str, list[tuple[str, ...]]]] = [
    ("add a column for data", [("add", "Data"), ("turn", "rows")]),
    ("Add a row for the code", [("add", "Availability"), ("turn", "columns")]),
    ("add a column about training cost", [("add", "Training cost"), ("turn", "rows")]),
    ("can you add a column for the number of parameters?", [("add", "Number of parameters"), ("turn", "rows")]),
    ("add model size as a column", [("add", "Model size"), ("turn", "rows")]),
    ("add a 'training cost' column", [("add", "Training cost"), ("turn", "rows")]),
    ("what about a column for inference speed?", [("add", "Inference speed"), ("turn", "rows")]),
    ("another row for limitations please", [("add", "Limitations"), ("turn", "columns")]),
    ("add a column for data and one for hardware", [("add", "Data", "Hardware"), ("turn", "rows")]),
    ("add columns for cost and size", [("add", "Cost", "Size"), ("turn", "rows")]),
    ("add a column that says whether the code is released", [("add", "Availability"), ("turn", "rows")]),
    ("also show the results", [("add", "Results")]),
    ("add the datasets used", [("add", "Data")]),
    ("add training data", [("add", "Training data")]),
    ("could you also show the results for each paper?", [("add", "Results")]),
    ("drop the second", [("drop", "paper 2")]),
    ("please drop the last one.", [("drop", "paper 0")]),
    ("remove SimDA", [("drop", "SimDA")]),
    ("without the first one", [("drop", "paper 1")]),
    ("remove the first and the third", [("drop", "paper 1", "paper 3")]),
    ("drop paper 2", [("drop", "paper 2")]),
    ("remove [3]", [("drop", "Still-Moving")]),
    ("drop the second column", [("drop", "column 2")]),
    ("drop the second row", [("drop", "row 2")]),
    ("delete the data row", [("drop", "Data")]),
    ("hide availability", [("drop", "Availability")]),
    ("remove the data and SimDA", [("drop", "Data", "SimDA")]),
    ("everything but the problem", [("drop", "Problem")]),
    ("sort by year", [("sort", "oldest")]),
    ("Great, thanks! Now sort it by year please", [("sort", "oldest")]),
    ("sort by year descending", [("sort", "newest")]),
    ("newest first", [("sort", "newest")]),
    ("oldest first", [("sort", "oldest")]),
    ("sort by title", [("sort", "title")]),
    ("sort the papers by name", [("sort", "title")]),
    ("reverse the order", [("reverse",)]),
    ("swap rows and columns", [("turn",)]),
    ("transpose", [("turn",)]),
    ("add I2V-Adapter", [("add", "I2V-Adapter")]),
    ("include RAD-DINO too", [("add", "RAD-DINO")]),
    ("add PLLaVA and MedKLIP", [("add", "PLLaVA", "MedKLIP")]),
    ("add a column for I2V-Adapter", [("add", "I2V-Adapter"), ("turn", "columns")]),
    ("only the data and results", [("keep", "Data", "Results")]),
    ("keep only the first two", [("keep", "paper 1", "paper 2")]),
    ("show me only the results", [("keep", "Results")]),
    ("drop the second and sort by year", [("drop", "paper 2"), ("sort", "oldest")]),
    ("remove SimDA, add I2V-Adapter and sort by year, newest first",
     [("drop", "SimDA"), ("add", "I2V-Adapter"), ("sort", "oldest"), ("sort", "newest")]),
    ("newest first and drop the last", [("sort", "newest"), ("drop", "paper 0")]),
    ("drop the first, then drop the first", [("drop", "paper 1"), ("drop", "paper 1")]),
]  # fmt: skip

QUESTIONS = """which of those need no video data?
sort of models used?
what does the second one do?
drop-out rates?
remove noise from captions: which papers?
which dataset is the second one evaluated on?
is the code of the second one available?
compare it with I2V-Adapter
add-ons for diffusion models
show me papers about video editing
which papers add noise to the input?
only for images?
include temporal layers?
removing watermarks from videos
does it drop frames?
summarise the second one
new topic - is there any work on Maltese?
what does the second column mean?
add more papers about adapters
keep in mind that I only have images
without video data
reverse diffusion process
transposed convolutions
drop path regularization
I need papers on video editing
show the results of SimDA
what about I2V-Adapter?
don't drop the second
include only papers from 2023
the newest one
add it
drop the second and tell me a joke
thanks""".splitlines()


@pytest.mark.parametrize(("text", "expected"), EDITS)
def test_what_reads_as_an_edit(
    text: str, expected: list[tuple[str, ...]], table: Table, talk: Talk
) -> None:
    changes = parse_changes(text, table, talk.names)
    assert [(one.operation, *talk.targets(one)) for one in changes] == expected


@pytest.mark.parametrize("text", QUESTIONS)
def test_what_is_no_edit(text: str, table: Table, talk: Talk) -> None:
    assert parse_changes(text, table, talk.names) == ()


def test_places_follow_what_stands_in_rows_and_columns(talk: Talk) -> None:
    assert edited(talk, "drop the second row")[0].aspects == ROLES[:1] + ROLES[2:]
    assert talk.shown(edited(talk, "drop the second column")[0]) == SIDES[::2]
    for user in ("drop the second row", "drop the second"):
        assert talk.shown(edited(talk, "transpose", user)[0]) == SIDES[::2]
    assert edited(talk, "transpose", "drop the second column")[0].aspects == ROLES[:1] + ROLES[2:]


def test_places_follow_the_changes_before_them(talk: Talk) -> None:
    assert talk.shown(edited(talk, "newest first and drop the last")[0]) == (
        "Still-Moving",
        "SimDA",
    )
    assert talk.shown(edited(talk, "drop the first, then drop the first")[0]) == SIDES[2:]


def test_a_comparison_is_a_table_that_renders_as_its_text(talk: Talk) -> None:
    answer = talk.asked(ASKED).answer
    assert answer.table is not None
    assert (talk.shown(answer.table), answer.table.aspects, answer.table.papers_as) == (
        SIDES,
        ROLES,
        "columns",
    )
    assert answer.text == tables.render(answer.table, talk.names)
    is_sound(answer)


def test_a_table_of_what_is_enumerated_has_no_other_rows(talk: Talk) -> None:
    _, few = talk.compose(
        "put SimDA and Tune-A-Video side by side: parameters, data and results, in a small table"
    )
    assert few.table is not None
    assert few.table.aspects == ("Parameters", "Data", "Results")


def test_split_and_merge_are_inverse(talk: Talk) -> None:
    answer = talk.asked(ASKED).answer
    assert answer.table is not None
    assert tables.merge_cells(answer.table, tables.split_cells(answer.table, answer.citations)) == (
        answer.table,
        answer.citations,
    )


def test_a_cell_is_traced_to_the_very_words_it_quotes() -> None:
    abstract = "It is fast. It is fast and it is small."
    short, long = Span(abstract[:11], 0, 11), Span(abstract[12:], 12, len(abstract))
    paper = Paper("a", "Alpha", abstract)
    table = Table((paper,), ("Results",), {("a", "Results"): "“It is fast.” [1]"})
    assert tables.split_cells(table, [Citation(1, paper, (long, short))])[
        "a", "Results"
    ].sources == (Citation(1, paper, (short,)),)


def test_numbers_follow_the_papers_whoever_is_cited_first() -> None:
    first, second = Paper("a", "Alpha", "One."), Paper("b", "Beta", "Two.")
    sources = (
        Citation(1, second, (Span("Two.", 0, 4),)),
        Citation(2, first, (Span("One.", 0, 4),)),
    )
    table, citations = tables.merge_cells(
        Table((first, second), ("Data",), {}),
        {("a", "Data"): Cell("Unlike B [1], one [2].", sources)},
    )
    assert table.cells["a", "Data"] == "Unlike B [2], one [1]."
    assert [(one.number, one.paper.id) for one in citations] == [(1, "a"), (2, "b")]


def test_a_column_turns_the_table_and_is_filled_from_each_abstract(talk: Talk) -> None:
    table, answer = edited(talk, "add a column for the number of parameters")
    header, _, *rows = answer.text.splitlines()
    assert (
        header == "| | Problem | Approach | Data | Results | Availability | Number of parameters |"
    )
    assert [row.split("](")[0] for row in rows] == [f"| **[{name}" for name in SIDES]
    assert "24M out of 1.1B parameters" in table.cells[table.papers[0].id, "Number of parameters"]
    assert rows[1].endswith("| *not stated in the abstract* |")
    assert answer.question == f"{ASKED} (add a column for the number of parameters)"
    is_sound(answer)


def test_a_row_turns_the_table_back_and_what_is_there_is_not_doubled(talk: Talk) -> None:
    table, answer = edited(talk, "add a column for data", "add a row for the code")
    assert (table.papers_as, table.aspects) == ("columns", ROLES)
    assert answer.question == f"{ASKED} (add a column for data; add a row for the code)"
    *_, last, empty, note = answer.text.splitlines()
    assert last.startswith("| **Availability** | ")
    assert (empty, note) == ("", "*Availability was there already.*")
    assert edited(talk, "add the results")[1].text.endswith(
        "\n\n*The table was like this already.*"
    )


def test_dropping_renumbers_and_forgets_what_no_cell_quotes(talk: Talk) -> None:
    before = {one.paper.id: one.quotes for one in talk.asked(ASKED).answer.citations}
    table, answer = edited(talk, "drop the first and hide the approach")
    assert talk.shown(table) == SIDES[1:]
    assert [talk.names.display(one.paper) for one in answer.citations] == list(SIDES[1:])
    assert all(0 < len(one.quotes) < len(before[one.paper.id]) for one in answer.citations)
    is_sound(answer)


def test_an_added_paper_is_compared_under_every_aspect(talk: Talk) -> None:
    table, answer = edited(talk, "only the approach and results", "add I2V-Adapter")
    assert talk.shown(table) == (*SIDES, "I2V-Adapter")
    assert "adapter module" in table.cells[table.papers[3].id, "Approach"]
    is_sound(answer)


def test_what_was_dropped_comes_back_as_it_was(talk: Talk) -> None:
    first = talk.asked(ASKED).answer.table
    table, _ = edited(talk, "delete the approach row", "bring back the approach")
    assert first is not None
    key = (first.papers[0].id, "Approach")
    assert table.aspects == ("Problem", "Data", "Results", "Availability", "Approach")
    assert table.cells[key] == first.cells[key]


def test_sorting_is_stable_and_unknown_years_come_last(talk: Talk) -> None:
    papers = [
        Paper(f"p{n}", f"P{n}", "A.", year=year)
        for n, year in enumerate((2022, None, 2021, 2022, None))
    ]
    turns = [talk.turn("", "q", Draft("comparison", "", table=Table(tuple(papers), ("Data",), {})))]
    for text, expected in (
        ("sort by year", "20314"),
        ("newest first", "03214"),
        ("reverse the order", "43210"),
    ):
        found = talk.edit(text, turns)
        assert found is not None
        assert found[1].table is not None
        assert "".join(paper.id[1] for paper in found[1].table.papers) == expected


def test_ordinals_mean_the_papers_as_they_stand_now(talk: Talk) -> None:
    table, answer = edited(talk, "sort by year", "swap rows and columns", "drop the first")
    assert talk.shown(table) == ("SimDA", "Still-Moving")
    assert table.papers_as == "rows"
    is_sound(answer)


def test_later_questions_mean_the_papers_as_the_table_has_them(talk: Talk) -> None:
    sorted_by_year = talk.after("sort by year")
    read = talk.compose("what does the second one do?", sorted_by_year)[0]
    assert "SimDA" in read.standalone
    # SimDA's abstract states no data: the table is about it all the same.
    unstated = talk.after("reverse the order", "only the data and SimDA")
    assert unstated[-1].answer.citations == ()
    assert "SimDA" in talk.compose("what does it do?", unstated)[0].standalone


def test_one_paper_may_be_left_but_not_none(talk: Talk) -> None:
    turns = talk.after("drop the first", "drop the first", "drop the first")
    assert turns[2].answer.text.splitlines()[0].count("|") == 3
    assert (turns[3].answer.kind, turns[3].answer.abstained) == ("none", True)
    assert turns[3].answer.text == "That would leave nothing of the table, so I left it as it is."
    # The table that was refused an edit is still there to edit.
    again = talk.edit("add SimDA", turns)
    assert again is not None
    assert again[1].table is not None
    assert talk.shown(again[1].table) == ("Still-Moving", "SimDA")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("drop the fifth", "“the fifth”"),
        ("remove PLLaVA", "“PLLaVA”"),
        ("sort by accuracy", "by year or by title, not by “accuracy”"),
        ("add FooBarNet-9", "No paper here is called “FooBarNet-9”"),
    ],
)
def test_what_cannot_be_done_is_said(text: str, said: str, talk: Talk) -> None:
    answer = talk.after(text)[-1].answer
    assert (answer.kind, answer.abstained, answer.table) == ("none", True, None)
    assert said in answer.text


def test_the_bibliography_fills_what_no_abstract_says(talk: Talk) -> None:
    table, answer = edited(talk, "only the data", "add a row for the year")
    assert table.cells[table.papers[1].id, "Year"] == "2022 *(from the bibliography)*"
    is_sound(answer)


def test_only_a_table_under_discussion_is_edited(talk: Talk) -> None:
    comparison, fact = talk.asked(ASKED), talk.asked("how many parameters does SimDA tune?")
    other, listed = (
        talk.asked("what is PLLaVA?"),
        talk.asked("which papers adapt T2I models to video?"),
    )

    def edits(*turns: Turn) -> bool:
        return talk.edit("sort by year", turns) is not None

    assert edits(comparison)
    assert edits(comparison, fact)
    assert not edits()
    assert not edits(fact)
    assert not edits(comparison, other)
    assert not edits(comparison, listed)


def test_cells_in_a_models_words_keep_their_sources(talk: Talk) -> None:
    abstract = "We train on ten images. Results \\[are\\] [1] good. Code is out."
    spans = [
        Span(one, abstract.index(one), abstract.index(one) + len(one))
        for one in abstract.split(". ")[:2]
    ]
    first, second = (
        Paper("a", "Alpha", abstract, year=2020),
        Paper("b", "Beta", abstract, year=2019),
    )
    cells = {("a", "Data"): "Ten images for training [1].", ("a", "Results"): "The results were good [1][2], as in \\[1\\].",
             ("b", "Results"): "Good results [2]."}  # fmt: skip
    table = Table((first, second), ("Data", "Results"), cells)
    citations = [Citation(1, first, tuple(spans)), Citation(2, second, tuple(spans))]
    turns = [Turn("", Answer("q", "comparison", "", False, tuple(citations), (), table=table))]
    found = talk.edit("oldest first and hide the data", turns)
    assert found is not None
    assert found[1].table is not None
    assert dict(found[1].table.cells) == {
        ("b", "Results"): "Good results [1].",
        ("a", "Results"): "The results were good [2][1], as in \\[1\\].",
    }
    assert found[1].citations == (Citation(1, second, (spans[1],)), Citation(2, first, (spans[1],)))


def test_an_edit_tells_which_cells_are_wanted_and_takes_them(talk: Talk) -> None:
    parsed = parse_table_edit("add a row for cost", talk.after("only the data"), talk.names)
    assert parsed is not None
    plan = plan_edit(parsed, talk.names, talk.corpus.retriever.papers)
    assert [(talk.names.display(paper), aspect) for paper, aspect in plan.wanted] == [
        (name, "Cost") for name in SIDES
    ]
    paper = plan.table.papers[1]
    span = Span(paper.abstract[:20], 0, 20)
    cell = Cell("In a model's words of Cost [1].", (Citation(1, paper, (span,)),))
    table, citations = complete_edit(plan, {(paper.id, "Cost"): cell})
    number = _number(citations, "Tune-A-Video", talk)
    assert table.cells[paper.id, "Cost"] == f"In a model's words of Cost [{number}]."
    assert span in citations[number - 1].quotes
    assert len(table.cells) == len(parsed.answer.table.cells) + 1  # type: ignore[union-attr]


def _number(citations: Sequence[Citation], name: str, talk: Talk) -> int:
    return next(one.number for one in citations if talk.names.display(one.paper) == name)


def test_headings_and_aspects_cannot_break_the_table(talk: Talk) -> None:
    paper = Paper("x", "A | B [1]: `code`", "A.", year=2020)
    text = tables.render(Table((paper,), ("a | b *c* [2]",), {}), talk.names)
    assert text.splitlines()[2] == "| **a \\| b \\*c* \\[2\\]** | *not stated in the abstract* |"
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines()] == [3, 3, 3]
    assert markers(text) == []


@pytest.mark.parametrize("users", [("transpose",), ("add a column for training data", "drop the second", "add RAD-DINO"),
                                   ("reverse the order", "only the results and the code")])  # fmt: skip
def test_every_edit_is_sound(users: tuple[str, ...], talk: Talk) -> None:
    for turn in talk.after(
        *users, question="what is the difference between PROP, MASTER and SimDA in training cost?"
    ):
        is_sound(turn.answer)


WIDE = "which papers adapt text-to-image models to video?"


@pytest.mark.parametrize(
    "said",
    [
        "Give me a small table of these: paper, year, venue and training data",
        "table please: all of them, year / venue / training data",
        "put them in a table with year, venue and training data",
    ],
)
def test_a_table_has_the_columns_that_are_asked_for(said: str, talk: Talk) -> None:
    _, listed = talk.compose(WIDE)
    _, draft = talk.compose(said, [talk.turn(WIDE, WIDE, listed)])
    assert draft.table
    assert draft.table.papers_as == "rows"
    assert draft.table.aspects == ("Year", "Venue", "Training data")
    shown = {one.paper.id for one in listed.citations}
    assert {paper.id for paper in draft.table.papers} == shown
    venues = {one.id: draft.table.cells[one.id, "Venue"] for one in draft.table.papers}
    assert all((paper.venue or "") in venues[paper.id] for paper in draft.table.papers)
    assert any("not known *(from the bibliography)*" in cell for cell in venues.values())


def test_a_table_of_two_papers_has_them_as_columns(talk: Talk) -> None:
    _, draft = talk.compose("make me a table with SimDA and OPT: year, cost of training")
    assert draft.table
    assert draft.table.papers_as == "columns"
    assert draft.table.aspects == ("Year", "Cost of training")


def test_a_new_list_in_a_table_has_what_is_asked_of_records(talk: Talk) -> None:
    _, draft = talk.compose("papers on image-to-video, with year and venue, as a table")
    assert "| year | venue |" in draft.text


def test_a_year_in_a_name_bounds_nothing(talk: Talk) -> None:
    parsed, _ = talk.compose("compare RobBERT-2022 with GottBERT: the data they use")
    assert parsed.filters.year_from is None
