"""Comparisons: each paper's cells filled from its abstract alone, in parallel; a cell that is not supported is quoted instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from assistant.checking import check_answer
from assistant.composing import tables
from assistant.composing.extractive.draft import Draft
from assistant.composing.tables import Cell
from assistant.composing.written import json_objects, prompt_context
from assistant.composing.written.llm_client import Stopped
from assistant.composing.written.table_cell import supported
from assistant.composing.written.task import Reply, Task, Written
from assistant.errors import ModelError
from assistant.types import Paper, Table
from prompts import load

_NONE_FILLED = "Stopped before any cell was filled; these are quotations instead."


@dataclass(slots=True)
class Filled:
    """What has been filled so far, by paper id and aspect, the papers that could not be read, and whether it was stopped."""

    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    failed: list[ModelError] = field(default_factory=list)
    stopped: bool = False


def write(task: Task, reply: Reply) -> Iterator[str]:
    """Yield the table when every paper's cells are filled; ModelError when none could be."""
    table = task.quotes.table
    if table is None:
        raise ModelError("there is no table to fill")
    quoted = tables.split_cells(table, task.quotes.citations)
    reply.status = f"reading {len(table.papers)} abstracts"
    yield ""
    filled = Filled()
    for done in in_parallel(task, [(paper, table.aspects) for paper in table.papers], filled):
        reply.status = f"{done} of {len(table.papers)} papers read"
        yield ""
    failed = filled.failed
    if len(failed) == len(table.papers):
        raise failed[0]
    if not filled.cells and filled.stopped:
        reply.written = Written(task.quotes, notes=(_NONE_FILLED,), stopped=True)
        return
    if not filled.cells:
        raise ModelError(
            "the model filled no cell that its abstract supports; choose another model"
        )
    written = _written(task, table, {**quoted, **filled.cells}, filled.stopped)
    notes = (
        (
            f"{len(failed)} of {len(table.papers)} papers could not be read by the model ({failed[0]}).",
        )
        if failed
        else ()
    )
    reply.written = replace(written, notes=notes)
    yield written.draft.text


def in_parallel(
    task: Task, wanted: Sequence[tuple[Paper, Sequence[str]]], filled: Filled
) -> Iterator[int]:
    """Fill the wanted aspects of each paper, several papers at a time; yield how many are done."""
    with ThreadPoolExecutor(max_workers=task.caller.chat.limits.parallel) as pool:
        waiting = [(paper, pool.submit(fill, task, paper, aspects)) for paper, aspects in wanted]
        for done, (paper, one) in enumerate(waiting, 1):
            try:
                filled.cells |= {(paper.id, aspect): cell for aspect, cell in one.result().items()}
            except Stopped:
                filled.stopped = True
            except ModelError as error:
                filled.failed.append(error)
            try:
                yield done
            except (
                GeneratorExit
            ):  # nobody reads on: leaving the pool must not wait for the calls under way
                task.caller.stop.set()
                raise


def fill(task: Task, paper: Paper, aspects: Sequence[str]) -> dict[str, Cell]:
    """Return the cells that the model fills for one paper and that its abstract supports."""
    room = task.caller.chat.limits.prompt_tokens
    given = prompt_context.fit([paper], room, task.caller.count)
    if not given.papers:
        raise ModelError(
            "the abstract does not fit whole into the prompt's budget; raise PAPER_ASSISTANT_PROMPT_TOKENS"
        )
    keys = {aspect.lower(): aspect for aspect in aspects}
    prompt = load("comparison").substitute(
        aspects=", ".join(keys), passages=given.text, question=task.question
    )
    answer = json_objects.whole(task.caller.complete(prompt, _schema(list(keys))), keys)
    found: dict[str, Cell] = {}
    for key, aspect in keys.items():
        cell = supported(answer.get(key), aspect, paper, task.rules)
        # A weak model says the same of every aspect: it answers one of them at most.
        if cell is not None and all(cell.text != other.text for other in found.values()):
            found[aspect] = cell
    return found


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


def _written(
    task: Task, table: Table, cells: dict[tuple[str, str], Cell], stopped: bool
) -> Written:
    filled, citations = tables.merge_cells(table, cells)
    text = tables.render(filled, task.request.names)
    papers = {one.number: one.paper for one in citations}
    checks = check_answer(text, papers, task.rules.similarity, task.rules.known)
    draft = Draft("comparison", text, citations, considered=task.quotes.considered, table=filled)
    return Written(draft, checks, given=table.papers, stopped=stopped)
