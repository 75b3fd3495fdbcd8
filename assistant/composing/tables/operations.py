"""A `TableEdit` and the table it edits → the edited table, and the cells that it lacks. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from assistant.composing.tables.table import Cell, merge_cells, split_cells
from assistant.errors import QuestionError
from assistant.reading.table_edits import TableChange, TableEdit, Target
from assistant.retrieval.bibliography import sort_papers
from assistant.text.markdown import escape
from assistant.text.paper_names import NameIndex, is_name
from assistant.text.words import fold
from assistant.types import Citation, Order, Paper, Table

EMPTY = Table((), (), {})
Key = tuple[str, str]
"""A cell's paper, by id, and its aspect."""


@dataclass(frozen=True, slots=True)
class EditPlan:
    """The edited table, the cells that stay, and the new ones that are `wanted`."""

    edit: TableEdit
    table: Table
    cells: Mapping[Key, Cell]
    wanted: tuple[tuple[Paper, str], ...]


def plan_edit(edit: TableEdit, names: NameIndex, papers: Mapping[str, Paper]) -> EditPlan:
    """Return what an edit makes of its table; QuestionError, to be shown, where it cannot."""
    before = edit.answer.table or EMPTY
    table = before
    for change in edit.changes:
        table = _apply_change(table, change, names, papers)
    if not table.papers or not table.aspects:
        raise QuestionError("That would leave nothing of the table, so I left it as it is.")
    cells = split_cells(before, edit.answer.citations)
    return EditPlan(edit, table, cells, wanted_cells(before, table))


def wanted_cells(before: Table, table: Table) -> tuple[tuple[Paper, str], ...]:
    """Return the papers and aspects of `table` whose cells were not in the table `before`."""
    shown = {(paper.id, aspect) for paper in before.papers for aspect in before.aspects}
    keys = ((paper, aspect) for paper in table.papers for aspect in table.aspects)
    return tuple((paper, aspect) for paper, aspect in keys if (paper.id, aspect) not in shown)


def complete_edit(plan: EditPlan, new: Mapping[Key, Cell]) -> tuple[Table, tuple[Citation, ...]]:
    """Return the edited table with its `new` cells, and its citations; errors as `plan_edit`."""
    # "add FooBarNet-9" means a paper; "add a column for FVD" does not, and turns the table.
    if all(change.operation != "turn" for change in plan.edit.changes):
        stated = {aspect for _, aspect in new}
        for aspect in {aspect for _, aspect in plan.wanted} - stated:
            if is_name(aspect) and " " not in aspect:
                name = f"No paper here is called “{escape(aspect)}”"
                raise QuestionError(f"{name}, and no abstract in the table states it.")
    return merge_cells(plan.table, {**plan.cells, **new})


def _apply_change(
    table: Table, change: TableChange, names: NameIndex, papers: Mapping[str, Paper]
) -> Table:
    match change.operation:
        case "refuse":
            raise QuestionError(change.how)
        case "turn":
            other: Literal["columns", "rows"] = (
                "rows" if table.papers_as == "columns" else "columns"
            )
            return replace(table, papers_as=other) if change.how in ("", other) else table
        case "reverse":
            return replace(table, papers=table.papers[::-1])
        case "sort":
            return replace(table, papers=_sort_papers(table.papers, change.how, names))
        case "add":
            new = (papers[target.paper] for target in change.targets if target.paper in papers)
            aspects = (target.aspect for target in change.targets if target.aspect)
            return replace(
                table,
                papers=tuple(dict.fromkeys((*table.papers, *new))),
                aspects=tuple(dict.fromkeys((*table.aspects, *aspects))),
            )
    return _keep_or_drop(table, change)


def _keep_or_drop(table: Table, change: TableChange) -> Table:
    """Return the table with the change's targets alone, or without them."""
    ids, aspects = _resolve_targets(change.targets, table)
    drop = change.operation == "drop"
    # What a comparison can state and this table does not is added where it is to be kept.
    known = table.aspects if drop else tuple(dict.fromkeys((*table.aspects, *aspects)))
    papers = tuple(paper for paper in table.papers if (paper.id in ids) != drop)
    return replace(
        table,
        papers=papers if ids else table.papers,
        aspects=tuple(aspect for aspect in known if (aspect in aspects) != drop)
        if aspects
        else table.aspects,
    )


def _resolve_targets(targets: Sequence[Target], table: Table) -> tuple[list[str], list[str]]:
    """Return the ids of papers and the aspects meant; QuestionError for what the table has not."""
    ids = [paper.id for paper in table.papers]
    meant: tuple[list[str], list[str]] = ([], [])
    for target in targets:
        of_papers = target.axis == "paper" or table.papers_as == f"{target.axis}s"
        keys = ids if of_papers else list(table.aspects)
        if target.position is not None and -len(keys) <= target.position < len(keys):
            meant[not of_papers].append(keys[target.position])
        elif target.paper in ids:
            meant[0].append(target.paper)
        elif target.aspect:
            meant[1].append(target.aspect)
        else:
            raise QuestionError(
                f"The table has nothing that is “{escape(target.words)}”, so I left it as it is."
            )
    return meant


def _sort_papers(papers: tuple[Paper, ...], order: str, names: NameIndex) -> tuple[Paper, ...]:
    if order == "title":
        return tuple(sorted(papers, key=lambda paper: fold(names.display(paper))))
    if order == "most cited" and all(paper.facts.cited_by is None for paper in papers):
        raise QuestionError(
            "None of these papers says how often it was cited, so I left the table as it is."
        )
    return tuple(sort_papers(papers, cast("Order", order)))
