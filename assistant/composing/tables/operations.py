"""Edits of a comparison: papers and aspects added, dropped, kept, sorted, turned; only what is new is worked out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from assistant.composing import tables
from assistant.composing.extractive.table_cells import Fill
from assistant.composing.tables import Cell
from assistant.errors import QuestionError
from assistant.text.markdown import escape
from assistant.text.paper_names import NameIndex, is_name
from assistant.text.words import fold
from assistant.types import Citation, Paper, Table

Operation = Literal[
    "add papers", "find paper", "drop papers", "keep papers", "add aspects", "drop aspects", "keep aspects",
    "sort", "reverse", "turn", "refuse",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a table.

    `what` are ids of papers or names of aspects; of "find paper" a description, of "sort" oldest, newest or title, of
    "turn" columns or rows (what the papers become; nothing is the other), of "refuse" a sentence that says why not.
    """

    operation: Operation
    what: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """Where an edit gets what a table lacks: papers by id, or best first by description, and the cells themselves."""

    papers: Mapping[str, Paper]
    find: Callable[[str], Sequence[Paper]]
    fill: Fill


def apply(
    edits: Sequence[Edit],
    table: Table,
    citations: Sequence[Citation],
    names: NameIndex,
    sources: Sources,
) -> tuple[Table, tuple[Citation, ...]]:
    """Return the edited table and its citations, numbered anew; QuestionError, in a sentence to show, when it cannot be done."""
    edited = table
    for edit in edits:
        if edit.operation == "refuse":
            raise QuestionError(edit.what[0])
        if edit.operation == "find paper":
            edit = Edit("add papers", (_found(edit.what[0], edited, sources).id,))
        edited = arranged(edited, edit, names, sources.papers)
    if not edited.papers or not edited.aspects:
        raise QuestionError("That would leave nothing of the table, so I left it as it is.")
    cells = _filled(tables.apart(table, citations), table, edited, sources.fill)
    for name in (
        one
        for one in edited.aspects
        if one not in table.aspects and is_name(one) and " " not in one
    ):
        # "add FooBarNet-9" means a paper; "add a column for FVD" does not, and turns the table.
        if not any(aspect == name for _, aspect in cells) and not any(
            edit.operation == "turn" for edit in edits
        ):
            raise QuestionError(
                f"No paper here is called “{escape(name)}”, and no abstract in the table states it."
            )
    return tables.together(edited, cells)


def _filled(
    cells: dict[tuple[str, str], Cell], table: Table, edited: Table, fill: Fill
) -> dict[tuple[str, str], Cell]:
    """Return `cells` with those of papers and aspects that are new in `edited`."""
    old = {(paper.id, aspect) for paper in table.papers for aspect in table.aspects}
    new = (
        (paper, aspect)
        for paper in edited.papers
        for aspect in edited.aspects
        if (paper.id, aspect) not in old
    )
    found = {(paper.id, aspect): fill(paper, aspect) for paper, aspect in new}
    return cells | {key: cell for key, cell in found.items() if cell}


def arranged(table: Table, edit: Edit, names: NameIndex, papers: Mapping[str, Paper]) -> Table:
    """Return `table` with its papers, aspects and direction as `edit` wants them; cells stay as they are."""
    what = edit.what
    match edit.operation:
        case "add aspects":
            return replace(table, aspects=tuple(dict.fromkeys((*table.aspects, *what))))
        case "drop aspects":
            return replace(table, aspects=tuple(one for one in table.aspects if one not in what))
        case "keep aspects":
            return replace(table, aspects=tuple(one for one in table.aspects if one in what))
        case "turn":
            other: Literal["columns", "rows"] = (
                "rows" if table.papers_as == "columns" else "columns"
            )
            return replace(
                table, papers_as=other if not what or what[0] == other else table.papers_as
            )
    return replace(table, papers=_arranged_papers(table.papers, edit, names, papers))


def _arranged_papers(
    shown: tuple[Paper, ...], edit: Edit, names: NameIndex, papers: Mapping[str, Paper]
) -> tuple[Paper, ...]:
    what = edit.what
    match edit.operation:
        case "add papers":
            known = {paper.id for paper in shown}
            return (
                *shown,
                *(papers[one] for one in dict.fromkeys(what) if one in papers and one not in known),
            )
        case "drop papers":
            return tuple(paper for paper in shown if paper.id not in what)
        case "keep papers":
            return tuple(paper for paper in shown if paper.id in what)
        case "reverse":
            return shown[::-1]
        case "sort" if what == ("title",):
            return tuple(sorted(shown, key=lambda paper: fold(names.display(paper))))
        case "sort":
            sign = -1 if what == ("newest",) else 1
            return tuple(
                sorted(shown, key=lambda paper: (paper.year is None, sign * (paper.year or 0)))
            )
    return shown


def _found(description: str, table: Table, sources: Sources) -> Paper:
    shown = {paper.id for paper in table.papers}
    paper = next((one for one in sources.find(description) if one.id not in shown), None)
    if paper is None:
        raise QuestionError(
            f"I could not find a paper for “{escape(description)}” to add to the table."
        )
    return paper
