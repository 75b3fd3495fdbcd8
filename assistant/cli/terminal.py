"""Answers, lists and progress in a terminal, by Rich."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table
from rich.text import Text

from assistant.index.corpora import Corpus
from assistant.types import QUOTES, Answer, Candidate, Citation, IngestReport, Paper

if TYPE_CHECKING:
    from ingest.verify import Check

_RETRACTED = "bold red"
_REDRAWN = 0.1  # seconds


def show_answer(answer: Answer, hint: bool = True) -> None:
    """Print an answer, its sources with links and words used, how it was checked, its cost; with a
    `hint` also how a model is configured where there is none."""
    from assistant.composing import provenance

    console = Console()
    console.print(Markdown(answer.text, hyperlinks=console.is_terminal))
    for note in answer.notes:
        console.print(Text(note[:1].upper() + note[1:], style="yellow"))
    for warning in answer.warnings:
        console.print(Text(warning, style=_RETRACTED))
    if answer.citations:
        console.print(Text("\nSources", style="bold"))
    for citation in answer.citations:
        _show_source(console, citation, answer.model != QUOTES)
    if answer.model != QUOTES or answer.usage is not None:
        told = (
            provenance.describe_checks(answer),
            provenance.describe_reading(answer),
            provenance.describe_origin(answer),
        )
        console.print(Text("\n" + "\n".join(filter(None, told)), style="dim"))
    elif hint and answer.citations and answer.kind != "count":
        words = "Answers are quotations: no language model is configured (--model openai:NAME)."
        console.print(Text(f"\n{words}", style="dim"))


def show_abstract(citation: Citation) -> None:
    """Print a cited paper with its abstract, the quoted words marked."""
    console, paper = Console(), citation.paper
    _show_source(console, citation, with_quotes=False)
    about = ", ".join(part for part in (", ".join(paper.authors), paper.venue) if part)
    if about:
        console.print(Padding(Text(about, style="dim"), (0, 0, 0, 4)))
    abstract = Text(paper.abstract)
    for quote in citation.quotes:
        abstract.stylize("bold reverse", quote.start, quote.end)
    console.print(Padding(abstract, (1, 0, 0, 4)))


def _show_source(console: Console, citation: Citation, with_quotes: bool) -> None:
    _show_paper(console, f"[{citation.number}] ", citation.paper)
    for quote in citation.quotes if with_quotes else ():
        console.print(Padding(Text(f"“{quote.text}”", style="dim"), (0, 0, 0, 4)))


def _show_paper(
    console: Console, mark: str, paper: Paper, behind: str = "", indent: int = 4
) -> None:
    """Print a paper's title and year between a `mark` and what stands `behind`, and its page."""
    year = f" ({paper.year})" if paper.year else ""
    shown = Text(f"{mark}{paper.title}{year}{behind}", style="bold")
    console.print(shown + _retraction(paper))
    if paper.page:
        console.print(Text(f"{' ' * indent}{paper.page}"), soft_wrap=True)


def show_ranking(candidates: Sequence[Candidate]) -> None:
    """Print ranked papers with their best passage."""
    console = Console()
    if not candidates:
        console.print("no paper satisfies the filters")
    for place, one in enumerate(candidates, 1):
        _show_paper(console, f"{place:3}. ", one.paper, f"  {one.score:.2f}", indent=5)
        for passage in one.passages[:1]:
            text = passage.text if len(passage.text) <= 200 else f"{passage.text[:199]}…"
            console.print(Padding(Text(text, style="dim"), (0, 0, 0, 5)))


def show_papers(papers: Sequence[Paper]) -> None:
    """Print papers as a table, and how many there are."""
    console = Console()
    counted = any(paper.facts.cited_by is not None for paper in papers)
    cited = [Column("cited", justify="right")] if counted else []
    table = _table("year", "venue", *cited, "title", "id")
    for paper in papers:
        number = "—" if paper.facts.cited_by is None else f"{paper.facts.cited_by:,}"
        table.add_row(
            str(paper.year or "—"),
            Text(paper.venue or "—"),
            *([number] if counted else []),
            Text(paper.title) + _retraction(paper),
            Text(paper.id, overflow="fold"),
        )
    if papers:
        console.print(table)
    console.print(f"{len(papers)} paper{'' if len(papers) == 1 else 's'}")


def _retraction(paper: Paper) -> Text:
    return Text("  retracted", style=_RETRACTED) if paper.facts.retracted else Text()


def show_report(report: IngestReport) -> None:
    """Print what an ingest did in one line, and a line for each record that was odd."""
    parts = [
        f"{number} {name}"
        for number, name in (
            (report.added, "added"),
            (report.changed, "changed"),
            (report.unchanged, "unchanged"),
            (report.removed, "removed"),
            (report.absent, "not in these files (kept; --prune drops them)"),
        )
        if number
    ]
    repeats = report.repeated - report.merged
    also = (
        (report.chunks, "chunks stored"),
        (report.skipped, "record without an abstract was skipped"
         if report.skipped == 1 else "records without an abstract were skipped"),
        (report.refused, f"record{'' if report.refused == 1 else 's'} left out"),
        (report.merged, "merged with a record of the same paper"),
        (repeats, "record repeats a paper" if repeats == 1 else "records repeat a paper"),
    )  # fmt: skip
    told = (f"; {number:,} {what}" for number, what in also if number)
    done = f"{report.total} papers: {', '.join(parts) or 'nothing to do'}{''.join(told)}"
    print(f"{done} ({report.seconds:.1f} s)")
    for note in report.first_notes():
        print(f"  {note}")


def show_corpora(corpora: Sequence[Corpus]) -> None:
    """Print corpora as a table."""
    console = Console()
    table = _table("name", Column("papers", justify="right"), "last changed", "embedder")
    for one in corpora:
        papers = "damaged" if one.papers is None else str(one.papers)
        table.add_row(
            Text(one.name, overflow="fold"),
            papers,
            f"{one.changed:%Y-%m-%d %H:%M}",
            Text(one.embedder or "", overflow="fold"),
        )
    console.print(
        table if corpora else "no corpus yet; the first question indexes the bundled papers"
    )


def show_settings(settings: Sequence[Mapping[str, object]]) -> None:
    """Print settings as a table: "name", "value", where it comes "from"."""
    table = _table("setting", Column("value", overflow="fold"), "from")
    for one in settings:
        name, value, origin = (one[field] for field in ("name", "value", "from"))
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        row = str(name), Text("—" if value is None else shown), str(origin)
        table.add_row(*row, style="" if origin == "default" else "bold")
    Console().print(table)


def _table(*columns: Column | str) -> Table:
    return Table(*columns, box=None, pad_edge=False)


def show_checks(checks: Sequence[Check]) -> None:
    """Print what each part of a corpus is worth, a line each."""
    for one in checks:
        print(f"{one.part}: {one.problem or 'as they should be'}")


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show a bar with rate and time left, on a terminal's standard error; yield what moves it."""
    with _bar(what, total, MofNCompleteColumn(), _Rate()) as (bar, task):
        yield lambda number: bar.advance(task, number)


@contextmanager
def steps(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show the same bar; yield what is called with how many are done, of how many."""
    with _bar(what, None, MofNCompleteColumn(), _Rate()) as (bar, task):
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _bar(
    what: str, total: int | None, *figures: ProgressColumn, **fields: Any
) -> Iterator[tuple[Progress, TaskID]]:
    columns = (TextColumn(what), BarColumn(), *figures, TextColumn("left"), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        yield bar, bar.add_task(what, total=total, **fields)


def tell(line: str) -> None:
    """Print a line on standard error."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def reading(total: int | None) -> Iterator[Callable[[int, int], None]]:
    """Show how far files are read, with the records' rate and the time left by their `total` of
    bytes, on a terminal's standard error; yield what is called with records and bytes just read.
    """
    count = TextColumn("{task.fields[records]:,} records")
    with _bar("reading", total, count, _RecordRate(), records=0) as (bar, task):
        records = size = 0
        told = time.monotonic()

        def advance(more_records: int, more_bytes: int) -> None:
            nonlocal records, size, told
            records, size = records + more_records, size + more_bytes
            if time.monotonic() - told > _REDRAWN:  # a million records are no million drawings
                told = time.monotonic()
                bar.update(task, completed=size, records=records)

        yield advance


class _RecordRate(ProgressColumn):
    """Records a second since the beginning."""

    def render(self, task: Task) -> Text:
        records, elapsed = task.fields["records"], task.elapsed
        return Text(f"{records / elapsed:,.0f}/s" if records and elapsed else "–/s")


class _Rate(ProgressColumn):
    """Papers a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "–/s")
