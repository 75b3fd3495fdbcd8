"""Events that add papers: files dropped into a corpus, with progress and a report; and the choice of the corpus."""

from __future__ import annotations

import queue
import re
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from assistant.errors import AssistantError, SourceError
from assistant.text.markdown import escape, unturned
from assistant.types import IngestReport, Turn
from assistant.web.components import layout
from assistant.web.components.layout import QUIET, Parts, Update
from assistant.web.events import after_answer, conversations, filters_and_model
from assistant.web.sessions.chat_service import Service

if TYPE_CHECKING:
    from assistant.index.layout import Folder
    from ingest.read import ReadResult

_MOST_FILES = 20
_GLANCE = 0.2
_AT_A_TIME = 4
_SETTING = re.compile(r"^the setting \w+ \(\w+\): ")


def wire(service: Service, parts: Parts) -> None:
    """Wire the upload of papers; choosing a corpus begins a new conversation, which is wired where that is."""
    bring, own = parts.side.bring, parts.own

    def added(files: list[str] | None, target: str) -> Iterator[list[Update]]:
        try:
            for line in ingested(
                service, [Path(one) for one in files or ()], (target or "").strip()
            ):
                yield [line, gr.skip()]
        except AssistantError as error:
            told = escape(_named(service, str(error), files or ()))
            yield [unturned(f"**Nothing was added:** {told}."), gr.skip()]
            return
        for one in files or ():  # their papers are in the corpus; nobody looks for the files again
            Path(one).unlink(missing_ok=True)
        yield [gr.skip(), None]

    def followed(corpus: str, turns: list[Turn], on_page: str) -> list[Update]:
        known = gr.update(
            choices=filters_and_model.venues(service.shelf.assistant(corpus).papers())
        )
        head, drawn = (
            conversations.head(service, corpus),
            after_answer.drawn(service, corpus, turns, on_page),
        )
        return [gr.update(choices=service.shelf.names()), head, known, *drawn]

    gone = bring.add.click(
        added,
        [bring.files, bring.target],
        [bring.report, bring.files],
        concurrency_limit=_AT_A_TIME,
        **QUIET,
    )
    outputs = [bring.corpus, parts.head, parts.talk.filtering.venue, *layout.pictures(parts)]
    gone.then(followed, [own.corpus, own.turns, own.map], outputs, **QUIET)


def ingested(service: Service, files: Sequence[Path], target: str) -> Iterator[str]:
    """Add the papers of some files to a corpus; yield what is being done and at last the report, as Markdown.

    Raises AssistantError before anything was changed: for no files, too many, one that cannot be read, a bad name.
    """
    from ingest.read import BIBLIOGRAPHY_NAME, read

    if not files:
        raise SourceError("choose at least one file")
    if len(files) > _MOST_FILES:
        raise SourceError(f"{len(files)} files are too many; add at most {_MOST_FILES} at a time")
    if not target:
        raise SourceError("name the corpus that the papers are to go into")
    folder = service.shelf.folder(target)
    facts = next((file for file in files if file.name == BIBLIOGRAPHY_NAME), None)
    papers = [file for file in files if file != facts] or files
    yield "Reading …"
    found = read(papers, facts if papers != files else None)
    yield from _indexed(service, folder, found, target)


def _indexed(service: Service, folder: Folder, found: ReadResult, target: str) -> Iterator[str]:
    from ingest.index import Plan, index

    done: queue.SimpleQueue[int] = queue.SimpleQueue()
    embedder = service.shelf.assistant(service.shelf.first).embedder

    def work() -> IngestReport:
        with service.shelf.adding(target):
            return index(Plan(found.papers), folder, embedder, done.put)

    # Nobody waits for the thread's end: whoever leaves the page closes this generator, on the server's own thread.
    pool = ThreadPoolExecutor(max_workers=1)
    working = pool.submit(work)
    pool.shutdown(wait=False)
    stored, number = 0, len(found.papers)
    while not working.done():
        try:
            stored += done.get(timeout=_GLANCE)
        except queue.Empty:
            continue
        yield (
            f"Embedding: {stored} of {number} papers …" if stored < number else "Drawing the map …"
        )
    try:
        report = replace(
            working.result(), skipped=found.skipped, repeated=found.repeated, notes=found.notes
        )
        yield told(report, target)
    except (OSError, sqlite3.Error) as error:
        raise SourceError(
            f"the papers could not be stored ({error}); the corpus is as it was"
        ) from error


def told(report: IngestReport, target: str) -> str:
    """Return an ingest's report as Markdown: what was added, changed, left as it was, skipped and why.

    >>> print(told(IngestReport(added=2, unchanged=1, total=3, skipped=1), "mine"))
    **Done.** The corpus mine now holds 3 papers.
    <BLANKLINE>
    - 2 added
    - 1 left as it was, since it was there already
    - 1 skipped, since it has no words
    """
    papers = f"{report.total:,} paper{'s' if report.total != 1 else ''}"
    lines = [
        (report.added, "{} added"),
        (report.changed, "{} replaced, since the file has another text of it"),
        (report.unchanged, "{} left as it was, since it was there already"),
        (report.skipped, "{} skipped, since it has no words"),
        (report.repeated, "{} left out, since it repeats a paper"),
    ]
    counts = [text.format(number) for number, text in lines if number]
    entries = "\n".join(f"- {entry}" for entry in [*counts, *map(escape, report.first_notes())])
    return f"**Done.** The corpus {escape(target)} now holds {papers}.\n\n{entries or '- nothing was in the files'}"


def _named(service: Service, problem: str, files: Sequence[str]) -> str:
    """Return a problem without the server's folders, which are nobody's business, and in a reader's words."""
    for folder in [
        *(str(Path(path).parent) for path in files),
        str(service.shelf.settings.data_folder),
    ]:
        problem = problem.replace(f"{folder}/", "").replace(folder, "")
    return _SETTING.sub("", problem)
