"""Comparisons: each paper's cells filled from its abstract alone, in parallel; a cell that is not supported is quoted instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from assistant import tables
from assistant.checking import check, check_answer
from assistant.errors import ModelError
from assistant.markdown import escape
from assistant.quotes.draft import Draft
from assistant.tables import Cell
from assistant.types import Citation, Paper, Table
from assistant.writing import objects, passages
from assistant.writing.calls import Stopped
from assistant.writing.verbatim import located
from assistant.writing.written import Reply, Task, Written
from prompts import load

_LONGEST = 300


def write(task: Task, reply: Reply) -> Iterator[str]:
    """Yield the table when every paper's cells are filled; ModelError when none could be."""
    table = task.quotes.table
    if table is None:
        raise ModelError("there is no table to fill")
    quoted = tables.apart(table, task.quotes.citations)
    reply.status = f"reading {len(table.papers)} abstracts"
    yield ""
    filled: dict[tuple[str, str], Cell] = {}
    failed, stopped = [], False
    with ThreadPoolExecutor(max_workers=task.caller.chat.limits.parallel) as pool:
        waiting = [(paper, pool.submit(fill, task, paper, table.aspects)) for paper in table.papers]
        for done, (paper, one) in enumerate(waiting, 1):
            try:
                filled |= {(paper.id, aspect): cell for aspect, cell in one.result().items()}
            except Stopped:
                stopped = True
            except ModelError as error:
                failed.append(error)
            reply.status = f"{done} of {len(table.papers)} papers read"
            try:
                yield ""
            except GeneratorExit:  # nobody reads on: leaving the pool must not wait for the calls under way
                task.caller.stop.set()
                raise
    if len(failed) == len(table.papers):
        raise failed[0]
    if not filled and not stopped:
        raise ModelError("the model filled no cell that its abstract supports; choose another model")
    written = _written(task, table, {**quoted, **filled}, stopped)
    notes = (f"{len(failed)} of {len(table.papers)} papers could not be read by the model ({failed[0]}).",) if failed else ()
    reply.written = replace(written, notes=notes)
    yield written.draft.text


def fill(task: Task, paper: Paper, aspects: Sequence[str]) -> dict[str, Cell]:
    """Return the cells that the model fills for one paper and that its abstract supports."""
    room = task.caller.chat.limits.prompt_tokens
    given = passages.fit([paper], room, task.caller.count)
    if not given.papers:
        raise ModelError("the abstract does not fit whole into the prompt's budget; raise PAPER_ASSISTANT_PROMPT_TOKENS")
    keys = {aspect.lower(): aspect for aspect in aspects}
    prompt = load("comparison").substitute(aspects=", ".join(keys), passages=given.text, question=task.question)
    answer = objects.whole(task.caller.complete(prompt, _schema(list(keys))))
    found: dict[str, Cell] = {}
    for key, aspect in keys.items():
        cell = _cell(task, paper, answer.get(key))
        # A weak model says the same of every aspect: it answers one of them at most.
        if cell is not None and all(cell.text != other.text for other in found.values()):
            found[aspect] = cell
    return found


def _cell(task: Task, paper: Paper, said: object) -> Cell | None:
    """Return the cell of what a model said of an aspect, None unless the abstract supports it."""
    if not isinstance(said, dict):
        return None
    text = " ".join(str(said.get("says") or "").split())[:_LONGEST]
    if not text:
        return None
    found = check(text, [paper], task.rules.similarity, task.rules.known)
    if found.verdict not in ("supported", "quoted") or found.quote is None:
        return None
    span = located(str(said.get("words") or ""), paper) or found.quote
    return Cell(f"{escape(text).rstrip('.')} [1].", (Citation(1, paper, (span,)),))


def _schema(aspects: Sequence[str]) -> dict[str, object]:
    text = {"type": "string"}
    cell = {
        "type": "object",
        "properties": {"says": text, "words": text},
        "required": ["says", "words"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": dict.fromkeys(aspects, cell),
        "required": list(aspects),
        "additionalProperties": False,
    }


def _written(task: Task, table: Table, cells: dict[tuple[str, str], Cell], stopped: bool) -> Written:
    filled, citations = tables.together(table, cells)
    text = tables.render(filled, task.request.names)
    papers = {one.number: one.paper for one in citations}
    checks = check_answer(text, papers, task.rules.similarity, task.rules.known)
    draft = Draft("comparison", text, citations, considered=task.quotes.considered, table=filled)
    return Written(draft, checks, given=table.papers, stopped=stopped)
