"""Comparisons: each paper's cells from its abstract alone; one that is not supported is quoted."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from assistant.checking import Claim, check_answer, check_claim, claims
from assistant.checking.coverage import content
from assistant.checking.names import names
from assistant.checking.numbers import figures
from assistant.composing import tables
from assistant.composing.tables import Cell
from assistant.composing.written import prompt_context
from assistant.composing.written.llm_call import Stopped
from assistant.composing.written.llm_client import TEXT, object_schema
from assistant.composing.written.postprocess import ACCEPTED, CheckerConfig
from assistant.composing.written.replies import find_object, locate_words, lower_keys
from assistant.composing.written.task import Reply, Task, WrittenAnswer
from assistant.errors import ModelError
from assistant.text.markdown import escape
from assistant.types import Check, Citation, Draft, Paper, Table
from prompts import load

_NONE_FILLED = "Stopped before any cell was filled; these are quotations instead."
_LONGEST = 300  # characters of a cell
_FEWEST = (
    2  # words of content that a sentence needs to say something, unless it has a figure or a name
)


_AVAILABLE = re.compile(
    r"https?://|\b(?:available|releas\w+|open-?sourc\w+|github|code|public\w*)\b", re.IGNORECASE
)


@dataclass(slots=True)
class FilledCells:
    """Cells filled so far, by paper id and aspect; papers not read; whether it was stopped."""

    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    failed: list[ModelError] = field(default_factory=list)
    stopped: bool = False


def write(task: Task, reply: Reply) -> Iterator[str]:
    """Yield the table when every paper's cells are filled; ModelError when none could be."""
    table = task.quotes.table
    if table is None:
        raise ModelError("there is no table to fill")
    count = len(table.papers)
    reply.status = f"reading {count} abstracts"
    yield ""
    filled = FilledCells()
    for done in fill_cells(task, [(paper, table.aspects) for paper in table.papers], filled):
        reply.status = f"{done} of {count} papers read"
        yield ""
    if len(filled.failed) == count:
        raise filled.failed[0]
    if filled.cells:
        reply.written = _render(task, filled)
        yield reply.written.draft.text
    elif filled.stopped:
        reply.written = WrittenAnswer(task.quotes, notes=(_NONE_FILLED,), stopped=True)
    else:
        none = "the model filled no cell that its abstract supports; choose another model"
        raise ModelError(none)


def fill_cells(
    task: Task, wanted: Sequence[tuple[Paper, Sequence[str]]], filled: FilledCells
) -> Iterator[int]:
    """Fill the wanted aspects of each paper, several papers at a time; yield how many are done."""
    work = [partial(_fill_paper, task, paper, aspects) for paper, aspects in wanted]
    for done, future in enumerate(task.client.in_parallel(work), 1):
        paper, _ = wanted[done - 1]
        try:
            filled.cells |= {(paper.id, aspect): cell for aspect, cell in future.result().items()}
        except Stopped:
            filled.stopped = True
        except ModelError as error:
            filled.failed.append(error)
        yield done


def _fill_paper(task: Task, paper: Paper, aspects: Sequence[str]) -> dict[str, Cell]:
    """Return the cells that the model fills for one paper and that its abstract supports."""
    given = prompt_context.fit([paper], task.prompt_tokens, task.client.count)
    if not given.papers:
        raise prompt_context.no_room()
    keys = {aspect.lower(): aspect for aspect in aspects}
    prompt = load("comparison").substitute(
        aspects=", ".join(keys), passages=given.text, question=task.question
    )
    schema = object_schema(dict.fromkeys(keys, object_schema({"says": TEXT, "words": TEXT})))
    said = find_object(task.client.complete(prompt, schema), keys)
    cells: dict[str, Cell] = {}
    for key, aspect in keys.items():
        cell = _supported_cell(said.get(key), aspect, paper, task.checker)
        # A weak model says the same of every aspect: it answers one of them at most.
        if cell is not None and all(cell.text != other.text for other in cells.values()):
            cells[aspect] = cell
    return cells


def _supported_cell(said: object, aspect: str, paper: Paper, checker: CheckerConfig) -> Cell | None:
    """Return the cell of `{"says": …, "words": …}` on an aspect, None when none of it is supported.

    A sentence that the abstract does not support, or that says nothing but the title, is left out;
    so is what makes the cell too long, and under availability what speaks of none.
    """
    if not isinstance(said, dict):
        return None
    told = lower_keys(said)
    written = escape(str(told.get("says") or ""))
    kept: list[tuple[str, Check]] = []
    for claim in claims(written):
        check = check_claim(
            replace(claim, cited=(1,)), {1: paper}, checker.similarity, checker.known
        )
        sentence = f"{written[claim.start : claim.end].strip().rstrip('.!?;, ')} [1]."
        if check.verdict not in ACCEPTED or not check.quote or not _says_something(claim, paper):
            continue
        if aspect.lower() == "availability" and not _of_availability(claim.text, check.quote.text):
            continue
        if len(" ".join([*(text for text, _ in kept), sentence])) > _LONGEST:
            break
        kept.append((sentence, check))
    return _join_cell(kept, str(told.get("words") or ""), paper, checker)


def _join_cell(
    kept: list[tuple[str, Check]], words: str, paper: Paper, checker: CheckerConfig
) -> Cell | None:
    text = " ".join(sentence for sentence, _ in kept)
    # As it will be shown: what joins two sentences into one when put together is no cell.
    checks = check_answer(text, {1: paper}, checker.similarity, checker.known)
    if not checks or any(check.verdict not in ACCEPTED for check in checks):
        return None
    spans = [check.quote for _, check in kept if check.quote is not None]
    if len(kept) == 1 and (span := locate_words(words, paper)):
        spans = [span]
    return Cell(text, (Citation(1, paper, tuple(dict.fromkeys(spans))),))


def _says_something(claim: Claim, paper: Paper) -> bool:
    said, numbers = content(claim.text), figures(claim.text)
    telling = bool(numbers or names(claim.text)) or len(said) >= _FEWEST
    return telling and bool(numbers or said - content(paper.title))


def _of_availability(*texts: str) -> bool:
    return any(_AVAILABLE.search(text) for text in texts)


def _render(task: Task, filled: FilledCells) -> WrittenAnswer:
    """Return the quoted table with the filled cells in the place of the quotations."""
    quoted = task.quotes.table or Table((), (), {})
    cells = {**tables.split_cells(quoted, task.quotes.citations), **filled.cells}
    table, citations = tables.merge_cells(quoted, cells)
    text = tables.render(table, task.evidence.names)
    papers = {citation.number: citation.paper for citation in citations}
    checks = check_answer(text, papers, task.checker.similarity, task.checker.known)
    draft = Draft("comparison", text, citations, considered=task.quotes.considered, table=table)
    count = f"{len(filled.failed)} of {len(table.papers)} papers"
    notes = tuple(
        f"{count} could not be read by the model ({error})." for error in filled.failed[:1]
    )
    return WrittenAnswer(draft, checks, given=table.papers, notes=notes, stopped=filled.stopped)
