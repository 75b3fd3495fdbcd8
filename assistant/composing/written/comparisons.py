"""Comparisons: each paper's cells from its abstract alone, then what the difference is.

A cell that is not supported is quoted; one that a strong model leaves empty is not stated.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from assistant.checking import Claim, check, check_answer, check_claim, claims
from assistant.checking.annotations import removed, shifted
from assistant.checking.claims import plain
from assistant.checking.coverage import content
from assistant.checking.names import names
from assistant.checking.numbers import figures
from assistant.composing.extractive.comparisons import lines_above
from assistant.composing.extractive.table_cells import AS_ASKED
from assistant.composing.tables.table import Cell, merge_cells, render, split_cells
from assistant.composing.written import prompt_context
from assistant.composing.written.llm_call import Stopped
from assistant.composing.written.postprocess import ACCEPTED, CheckedText, CheckerConfig
from assistant.composing.written.replies import (
    TEXT,
    find_object,
    locate_words,
    lower_keys,
    object_schema,
)
from assistant.composing.written.sides import choose_sides
from assistant.composing.written.task import Reply, Task, WrittenAnswer
from assistant.composing.written.verification import Statement, make_second_opinion, verify
from assistant.errors import ModelError
from assistant.text import citation_markers
from assistant.text.markdown import escape
from assistant.types import Check, Citation, Paper, Span, Table
from prompts import fill, fragment

_NONE_FILLED = "Stopped before any cell was filled; these are quotations instead."
_LONGEST, _LONGEST_LEAD = 300, 700  # characters of a cell, of what the difference is
_FEWEST_COMPARED = 2
_FEWEST = (
    2  # words of content that a sentence needs to say something, unless it has a figure or a name
)


_AVAILABLE = re.compile(
    r"https?://|\b(?:available|releas\w+|open-?sourc\w+|github|code|public\w*)\b", re.IGNORECASE
)


@dataclass(slots=True)
class FilledCells:
    """Cells filled so far, by paper id and aspect; `empty`, what the model says is not stated;
    `verified`, sentences that it found again, with the words that say so; papers not read; whether
    it was stopped.
    """

    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    empty: set[tuple[str, str]] = field(default_factory=set)
    verified: dict[tuple[str, str], Span] = field(default_factory=dict)
    failed: list[ModelError] = field(default_factory=list)
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    """A cell as the model filled it, and whether the checker is sure that its abstract says so."""

    cell: Cell
    sure: bool = True


def write(task: Task, reply: Reply) -> Iterator[str]:
    """Yield the table when every paper's cells are filled; ModelError when none could be."""
    yield reply.tell("finding the papers to compare")
    task = choose_sides(task)
    table = task.quotes.table
    if table is None:
        raise ModelError("there is no table to fill")
    count = len(table.papers)
    yield reply.tell(f"reading {count} abstracts")
    filled = FilledCells()
    for done in fill_cells(task, [(paper, table.aspects) for paper in table.papers], filled):
        yield reply.tell(f"{done} of {count} papers read")
    if len(filled.failed) == count:
        raise filled.failed[0]
    if filled.cells:
        yield reply.tell("putting the difference into words")
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
    open_cells: dict[tuple[str, str], Cell] = {}
    for done, future in enumerate(task.client.in_parallel(work), 1):
        paper, _ = wanted[done - 1]
        try:
            for aspect, said in future.result().items():
                if said is None:
                    filled.empty.add((paper.id, aspect))
                else:
                    (filled.cells if said.sure else open_cells)[paper.id, aspect] = said.cell
        except Stopped:
            filled.stopped = True
        except ModelError as error:
            filled.failed.append(error)
        yield done
    if open_cells and not filled.stopped:
        _verify_cells(task, open_cells, filled)


def _verify_cells(task: Task, cells: Mapping[tuple[str, str], Cell], filled: FilledCells) -> None:
    """Fill those of the cells that the model, asked again, finds in their abstracts, with the
    sentence that it names.
    """
    order = list(cells)
    statements = [
        Statement(plain(cells[key].text), (cells[key].sources[0].paper,)) for key in order
    ]
    opinions = verify(statements, False, task.client, task.prompt_tokens)
    for n, opinion in opinions.items():
        if opinion.stand != "entailed":
            continue
        cell = cells[order[n]]
        (source,) = cell.sources
        span = opinion.span or source.quotes[0]
        filled.cells[order[n]] = Cell(cell.text, (replace(source, quotes=(span,)),))
        filled.verified |= {(order[n][0], claim.text): span for claim in claims(cell.text)}


def _fill_paper(task: Task, paper: Paper, aspects: Sequence[str]) -> dict[str, _Said | None]:
    """Return what the model says of one paper by aspect, None for what it leaves empty; what has no
    hold in the abstract is left out.
    """
    given = prompt_context.fit([paper], task.prompt_tokens, task.client.count)
    if not given.papers:
        raise prompt_context.no_room()
    keys = {aspect.lower(): aspect for aspect in aspects}
    asked = "; ".join(task.evidence.parsed.aspects)
    meaning = f'"{AS_ASKED.lower()}" is what the question asks of each paper: {asked}\n'
    prompt = fill(
        "comparison",
        {
            "aspects": ", ".join(keys),
            "meaning": meaning if AS_ASKED in aspects else "",
            "passages": given.text,
            "question": task.question,
        },
    )
    schema = object_schema(dict.fromkeys(keys, object_schema({"says": TEXT, "words": TEXT})))
    said = find_object(task.client.complete(prompt, schema), keys)
    cells: dict[str, _Said | None] = {}
    for key, aspect in keys.items():
        if task.client.strong and _is_empty(said.get(key)):
            cells[aspect] = None
            continue
        cell = _supported_cell(said.get(key), aspect, paper, task.checker)
        told = _Said(cell) if cell else _open_cell(task, said.get(key), aspect, paper)
        # A weak model says the same of every aspect: it answers one of them at most.
        known = [other.cell.text for other in cells.values() if other]
        if told is not None and told.cell.text not in known:
            cells[aspect] = told
    return cells


def _is_empty(said: object) -> bool:
    """Tell whether a model says of an aspect that it is not stated."""
    told = lower_keys(said) if isinstance(said, dict) else {}
    says = str(told.get("says") or "").strip(" .-–—").lower()
    return "says" in told and says in (
        "",
        "not stated",
        "n/a",
        "none",
        "not stated in the abstract",
    )


def _open_cell(task: Task, said: object, aspect: str, paper: Paper) -> _Said | None:
    """Return a cell that the checker does not find in the abstract, for the model to be asked
    again: all its figures and names are there, and so are the words that it is said to rest on.
    """
    told = lower_keys(said) if isinstance(said, dict) else {}
    written = " ".join(str(told.get("says") or "").split()).rstrip(".!?;, ")
    span = locate_words(str(told.get("words") or ""), paper)
    if not task.client.strong or not written or not span or len(written) > _LONGEST:
        return None
    finding = check(written, [paper], task.checker.similarity, task.checker.known)
    off = aspect.lower() == "availability" and not _of_availability(written, span.text)
    if finding.exact or off:
        return None
    return _Said(Cell(f"{escape(written)} [1].", (Citation(1, paper, (span,)),)), sure=False)


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
    """Return the table, filled cells in the place of quotations, below what the difference is."""
    quoted = task.quotes.table or Table((), (), {})
    cells = {**split_cells(quoted, task.quotes.citations), **filled.cells}
    kept = {key: cell for key, cell in cells.items() if key not in filled.empty - set(filled.cells)}
    table, citations = merge_cells(quoted, kept)
    text = render(table, task.evidence.names)
    papers = {citation.number: citation.paper for citation in citations}
    checks = check_answer(text, papers, task.checker.similarity, task.checker.known)
    checks = tuple(_as_verified(check, text, papers, filled) for check in checks)
    lead = _difference(task, text, papers) if not filled.stopped else None
    if lead:
        text, checks = (
            f"{lead.text}\n\n{text}",
            (*lead.checks, *shifted(checks, len(lead.text) + 2)),
        )
        citations = tuple(_with_quotes(citation, lead.checks) for citation in citations)
    above = lines_above(task.evidence)
    text, checks = above + text, shifted(checks, len(above))
    draft = replace(task.quotes, text=text, citations=citations, table=table)
    count = f"{len(filled.failed)} of {len(table.papers)} papers"
    notes = tuple(
        f"{count} could not be read by the model ({error})." for error in filled.failed[:1]
    )
    return WrittenAnswer(draft, checks, given=table.papers, notes=notes, stopped=filled.stopped)


def _as_verified(
    check: Check, text: str, papers: Mapping[int, Paper], filled: FilledCells
) -> Check:
    """Return a check of the table; what the model found again in its abstract is supported."""
    paper = papers.get(check.number or 0)
    key = (paper.id if paper else "", plain(text[check.start : check.end]))
    span = filled.verified.get(key)
    return replace(check, verdict="supported", reason="", quote=span) if span else check


def _difference(task: Task, table: str, papers: Mapping[int, Paper]) -> CheckedText | None:
    """Return what the difference is in a strong model's words, whose markers are those of the
    table; None where it cannot say, or nothing of it is supported.
    """
    if not task.client.strong or len(papers) < _FEWEST_COMPARED:
        return None
    given = prompt_context.fit(list(papers.values()), task.prompt_tokens // 2, task.client.count)
    ids = {paper.id: identifier for identifier, paper in given.papers.items()}
    order = [ids.get(paper.id, "") for _, paper in sorted(papers.items())]
    if not all(order):
        return None
    shown = citation_markers.with_ids(table, dict(enumerate(order, 1)))
    prompt = fill(
        "difference",
        {
            "rules": fragment("rules"),
            "example": given.example,
            "passages": given.text,
            "table": shown,
            "question": task.question,
        },
    )
    try:
        reply = " ".join(task.client.complete(prompt).split())
    except (ModelError, Stopped):
        return None
    text = "".join(citation_markers.numbered([reply], given.papers, order)).strip()
    checks = check_answer(text, papers, task.checker.similarity, task.checker.known, ours=False)
    if second := make_second_opinion(task):
        checks = second(text, checks, papers)
    text, checks = removed(text, checks)
    good = any(check.verdict in ACCEPTED and check.number for check in checks)
    if not good or len(text) > _LONGEST_LEAD:
        return None
    return CheckedText(text.strip(), (), shifted(checks, len(text.lstrip()) - len(text)))


def _with_quotes(citation: Citation, checks: Sequence[Check]) -> Citation:
    """Return a citation with the words that the checks of its number rest on added."""
    spans = (check.quote for check in checks if check.number == citation.number and check.quote)
    return replace(citation, quotes=tuple(dict.fromkeys((*citation.quotes, *spans))))
