"""A table edited in place: its new cells quoted, or written by the model."""

from collections.abc import Generator, Iterable
from dataclasses import replace

from assistant.composing.extractive.abstentions import outside_line
from assistant.composing.extractive.table_cells import quoting
from assistant.composing.tables.operations import EMPTY, complete_edit, plan_edit, wanted_cells
from assistant.composing.tables.table import merge_cells, render, split_cells
from assistant.composing.written.task import Task
from assistant.errors import QuestionError
from assistant.judging.evidence import Evidence
from assistant.reading.table_edits import TableEdit
from assistant.retrieval.filters import matches_filters
from assistant.types import Draft, Paper


def write(evidence: Evidence) -> Draft:
    """Return the edited table, its new cells by quotation.

    An edit that cannot be done is a draft of kind "none" that says so; the table stays under
    discussion.
    """
    edit, bounds = edit_of(evidence), evidence.parsed.bounds
    before, names = edit.answer.table or EMPTY, evidence.names
    try:
        plan = plan_edit(edit, names, evidence.retriever.papers)
        left_out = [paper for paper in plan.table.papers if not matches_filters(paper, bounds)]
        if left_out:
            return Draft("none", outside_line(left_out))
        quote = quoting(evidence)
        quoted = {(paper.id, aspect): quote(paper, aspect) for paper, aspect in plan.wanted}
        table, citations = complete_edit(plan, {key: cell for key, cell in quoted.items() if cell})
    except QuestionError as refusal:
        return Draft("none", str(refusal), nearest=before.papers)
    text = render(table, names)
    note = _already_there(edit, before.aspects, same=text == render(before, names))
    return Draft("comparison", text + note, citations, table=table)


def fill(task: Task) -> Generator[str, None, Draft]:
    """Yield what is being done, and return the draft with its new cells by the model of `task`."""
    from assistant.composing.written.comparisons import FilledCells, fill_cells

    table, names = task.quotes.table or EMPTY, task.evidence.names
    wanted = wanted_cells(edit_of(task.evidence).answer.table or EMPTY, table)
    aspects: dict[Paper, list[str]] = {}
    for paper, aspect in wanted:
        aspects.setdefault(paper, []).append(aspect)
    if wanted:
        yield f"filling {len(wanted)} cell{'' if len(wanted) == 1 else 's'}"
    filled = FilledCells()
    for done in fill_cells(task, list(aspects.items()), filled):
        yield f"{done} of {len(aspects)} papers read"
    if not filled.cells:
        return task.quotes
    cells = {**split_cells(table, task.quotes.citations), **filled.cells}
    edited, citations = merge_cells(table, cells)
    note = task.quotes.text.removeprefix(render(table, names))
    text = render(edited, names) + note
    return replace(task.quotes, text=text, citations=citations, table=edited)


def edit_of(evidence: Evidence) -> TableEdit:
    """Return the edit that the question makes; ValueError where it makes none."""
    if evidence.parsed.edit is None:
        raise ValueError("the question edits no table")
    return evidence.parsed.edit


def _already_there(edit: TableEdit, aspects: Iterable[str], same: bool) -> str:
    """Return a line about what was asked for and is in the table already, "" without any."""
    if same:
        return "\n\n*The table was like this already.*"
    added = [
        target for change in edit.changes if change.operation == "add" for target in change.targets
    ]
    there = [target.aspect for target in added if target.aspect in aspects]
    if not there:
        return ""
    return f"\n\n*{', '.join(there)} {'was' if len(there) == 1 else 'were'} there already.*"
