"""A table edited in place: planned, its new cells worked out by quotation or by the model,
rendered.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping

from assistant.composing.extractive.abstentions import outside_line
from assistant.composing.extractive.table_cells import quoting
from assistant.composing.tables.operations import EditPlan, Key, complete_edit, plan_edit
from assistant.composing.tables.table import Cell, render
from assistant.composing.written.task import Task
from assistant.errors import QuestionError
from assistant.judging.evidence import Evidence
from assistant.reading.table_edits import TableEdit
from assistant.retrieval.filters import matches_filters
from assistant.types import Draft, Paper


def write(evidence: Evidence) -> Draft:
    """Return the edited table, its new cells by quotation."""
    return _edit(evidence, {})


def _edit(evidence: Evidence, written: Mapping[Key, Cell]) -> Draft:
    """Return the edited table, its new cells from `written`, else by quotation.

    An edit that cannot be done is a draft of kind "none" that says so; the table stays under
    discussion.
    """
    edit = edit_of(evidence)
    try:
        plan = plan_edit(edit, evidence.names, evidence.retriever.papers)
        bounds = evidence.parsed.bounds
        left_out = [paper for paper in plan.table.papers if not matches_filters(paper, bounds)]
        if left_out:
            return Draft("none", outside_line(left_out))
        return _draft(plan, _with_quotes(plan, written, evidence), evidence)
    except QuestionError as refusal:
        shown = edit.answer.table.papers if edit.answer.table else ()
        return Draft("none", str(refusal), nearest=shown)


def fill(task: Task) -> Generator[str, None, Draft]:
    """Yield what is being done, and return the table with the cells that the edit wants filled by
    the model of `task`.
    """
    evidence = task.evidence
    plan = plan_edit(edit_of(evidence), evidence.names, evidence.retriever.papers)
    if not plan.wanted:
        return task.quotes
    cells = yield from _write_cells(task, plan)
    return _edit(evidence, cells)


def edit_of(evidence: Evidence) -> TableEdit:
    """Return the edit that the question makes; ValueError where it makes none."""
    if evidence.parsed.edit is None:
        raise ValueError("the question edits no table")
    return evidence.parsed.edit


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


def _with_quotes(plan: EditPlan, cells: Mapping[Key, Cell], evidence: Evidence) -> dict[Key, Cell]:
    """Return `cells` and, for the wanted ones that they lack, quotations."""
    quote = quoting(evidence)
    new = {
        (paper.id, aspect): cells.get((paper.id, aspect)) or quote(paper, aspect)
        for paper, aspect in plan.wanted
    }
    return {key: cell for key, cell in new.items() if cell}


def _draft(plan: EditPlan, new: Mapping[Key, Cell], evidence: Evidence) -> Draft:
    table, citations = complete_edit(plan, new)
    text, before = render(table, evidence.names), plan.edit.answer.table
    if before is not None:
        text += _already_there(plan.edit, before.aspects, text == render(before, evidence.names))
    return Draft("comparison", text, citations, table=table)


def _already_there(edit: TableEdit, aspects: Iterable[str], same: bool) -> str:
    """Return a line about what was asked for and stood in the table already, "" where
    nothing did.
    """
    if same:
        return "\n\n*The table was like this already.*"
    added = [
        target for change in edit.changes if change.operation == "add" for target in change.targets
    ]
    there = [target.aspect for target in added if target.aspect in aspects]
    if not there:
        return ""
    return f"\n\n*{', '.join(there)} {'was' if len(there) == 1 else 'were'} there already.*"
