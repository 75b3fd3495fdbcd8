"""A table edited in place: planned, its new cells worked out by the model or by quotation, rendered once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping

from assistant.composing.extractive import filtered_out
from assistant.composing.extractive.draft import Draft, Request
from assistant.composing.extractive.table_cells import quoting
from assistant.composing.tables.operations import EditPlan, Key, complete_edit, plan_edit
from assistant.composing.tables.table import Cell, render
from assistant.composing.written.task import Task
from assistant.errors import QuestionError
from assistant.reading.table_edits import TableEdit
from assistant.retrieval.filters import matches_filters
from assistant.types import Paper

Edited = tuple[str, Request, Draft]
"""The standalone question, what is found for the comparison, and the edited table."""


def edit_table(
    edit: TableEdit,
    request_for: Callable[[str], Request],
    task_for: Callable[[str, Request], Task | None],
) -> Generator[str, None, Edited]:
    """Yield what is being done, and return the edited table.

    `request_for` makes a request of a text, `task_for` what a model writes with, None without one. An edit that
    cannot be done is a draft of kind "none" that says so; the table stays under discussion.
    """
    request = request_for(edit.compared)
    try:
        plan = plan_edit(edit, request.names, request.retriever.papers)
        left_out = [
            paper for paper in plan.table.papers if not matches_filters(paper, request.filters)
        ]
        if left_out:
            return edit.question, request, filtered_out.write(left_out)
        task = task_for(edit.compared, request) if plan.wanted else None
        cells = (yield from _write_cells(task, plan)) if task else {}
        return edit.question, request, _draft(plan, _with_quotes(plan, cells, request_for), request)
    except QuestionError as refusal:
        shown = edit.answer.table.papers if edit.answer.table else ()
        return edit.question, request, Draft("none", str(refusal), nearest=shown)


def _write_cells(task: Task, plan: EditPlan) -> Generator[str, None, Mapping[Key, Cell]]:
    """Return the wanted cells that the model of `task` fills."""
    from assistant.composing.written.comparisons import FilledCells, fill_cells

    aspects: dict[str, list[str]] = {}
    papers: dict[str, Paper] = {}
    for paper, aspect in plan.wanted:
        papers[paper.id] = paper
        aspects.setdefault(paper.id, []).append(aspect)
    yield f"filling {len(plan.wanted)} cell{'' if len(plan.wanted) == 1 else 's'}"
    filled = FilledCells()
    for done in fill_cells(task, [(papers[key], aspects[key]) for key in papers], filled):
        yield f"{done} of {len(papers)} papers read"
    return filled.cells


def _with_quotes(
    plan: EditPlan, cells: Mapping[Key, Cell], request_for: Callable[[str], Request]
) -> dict[Key, Cell]:
    """Return `cells` and, for the wanted ones that they lack, quotations."""
    quote = quoting(request_for, plan.edit.compared)
    new = {
        (paper.id, aspect): cells.get((paper.id, aspect)) or quote(paper, aspect)
        for paper, aspect in plan.wanted
    }
    return {key: cell for key, cell in new.items() if cell}


def _draft(plan: EditPlan, new: Mapping[Key, Cell], request: Request) -> Draft:
    table, citations = complete_edit(plan, new)
    text, before = render(table, request.names), plan.edit.answer.table
    if before is not None:
        text += _already_there(plan.edit, before.aspects, text == render(before, request.names))
    return Draft("comparison", text, citations, table=table)


def _already_there(edit: TableEdit, aspects: Iterable[str], same: bool) -> str:
    """Return a line about what was asked for and stood in the table already, "" where nothing did."""
    if same:
        return "\n\n*The table was like this already.*"
    added = [
        target for change in edit.changes if change.operation == "add" for target in change.targets
    ]
    there = [target.aspect for target in added if target.aspect in aspects]
    if not there:
        return ""
    return f"\n\n*{', '.join(there)} {'was' if len(there) == 1 else 'were'} there already.*"
