"""Events that add papers: files dropped into a corpus, with progress and a report."""

from __future__ import annotations

import queue
import re
import sqlite3
import tempfile
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from assistant.errors import AssistantError, SourceError
from assistant.text.markdown import escape, unturned
from assistant.types import IngestReport
from assistant.web.components.layout import QUIET, Changes, PageComponents
from assistant.web.events import ask, conversations, filters
from assistant.web.sessions.chat_service import ChatService
from assistant.web.sessions.visitors import owner

if TYPE_CHECKING:
    from assistant.index.layout import Folder
    from ingest.read import ReadResult

_MOST_FILES = 20
_PASTED = "what was pasted"
_GLANCE = 0.2
_AT_A_TIME = 4
_SETTING = re.compile(r"^the setting \w+ \(\w+\): ")


class _UnreadableError(SourceError):
    """A file cannot be read; the same file never will be."""


def wire(service: ChatService, page: PageComponents) -> None:
    """Wire the upload of papers."""
    handlers, panel, state = _Handlers(service, page), page.composer.corpus, page.state
    inputs = [panel.files, panel.pasted, panel.target]
    outputs = [panel.report, panel.files, panel.pasted, panel.use]
    added = panel.add.click(handlers.add, inputs, outputs, concurrency_limit=_AT_A_TIME, **QUIET)
    about = [panel.corpus, panel.chip, page.head, page.chat.welcome]
    changed = [*about, page.composer.filters.venue, *page.pictures]
    inputs = [state.corpus, state.conversation, state.map]
    added.then(handlers.follow, inputs, changed, **QUIET)


@dataclass(frozen=True, slots=True)
class _Handlers:
    service: ChatService
    page: PageComponents

    def add(self, files: list[str] | None, pasted: str | None, target: str) -> Iterator[Changes]:
        panel, paths = self.page.composer.corpus, [Path(file) for file in files or ()]
        target = (target or "").strip()
        yield {panel.use: gr.update(visible=False)}
        with _written(pasted or "") as others:
            try:
                report = yield from self._told(
                    ingest_files(self.service, [*paths, *others], target)
                )
            except AssistantError as error:
                given = [*paths, *others]
                problem = escape(_without_folders(self.service, str(error), given))
                told = unturned(f"**Nothing was added:** {problem}.")
                # What could not be read would fail again with whatever is dropped beside it.
                useless = isinstance(error, _UnreadableError) and not others
                yield {panel.report: told, panel.files: None if useless else gr.skip()}
                return
        for path in paths:  # their papers are in the corpus; nobody looks for the files again
            path.unlink(missing_ok=True)
        count = self.service.corpora.assistant(target).count()
        label = f"Ask the {count:,} papers of {target}" if count != 1 else f"Ask {target}"
        # In one change with the report: whoever reads it may paste what comes next at once. What
        # came meanwhile, where nothing had been given, stays as well.
        yield {
            panel.report: report,
            panel.files: None if files else gr.skip(),
            panel.pasted: "" if others else gr.skip(),
            panel.use: gr.update(value=unturned(label), visible=count > 0),
        }

    def _told(self, adding: Generator[str, None, str]) -> Generator[Changes, None, str]:
        """Show what is being done; return the report."""
        try:
            while True:
                yield {self.page.composer.corpus.report: next(adding)}
        except StopIteration as end:
            report: str = end.value
            return report

    def follow(self, request: gr.Request, corpus: str, conversation: str, on_page: str) -> Changes:
        service, page, panel = self.service, self.page, self.page.composer.corpus
        turns = service.live.turns(owner(request), conversation)
        about = conversations.describe_corpus(service, page, corpus)
        kept = [panel.corpus, panel.chip, page.head, page.chat.welcome]
        venues = filters.list_venues(service.corpora.assistant(corpus).papers())
        return {
            **{block: change for block, change in about.items() if block in kept},
            page.composer.filters.venue: gr.update(choices=venues),
            **ask.draw(service, page, corpus, turns, on_page),
        }


@contextmanager
def _written(pasted: str) -> Iterator[list[Path]]:
    """Yield a file with what was pasted, none where nothing was."""
    if not pasted.strip():
        yield []
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _PASTED
        path.write_text(pasted, "utf-8", errors="replace")
        yield [path]


def ingest_files(
    service: ChatService, files: Sequence[Path], target: str
) -> Generator[str, None, str]:
    """Add the papers of some files to a corpus; yield what is being done and return the report, as
    Markdown; AssistantError, with nothing changed, for what cannot be read or named."""
    from ingest.read import BIBLIOGRAPHY_NAME, read

    if not files:
        raise SourceError("choose at least one file, or paste records")
    if len(files) > _MOST_FILES:
        raise SourceError(f"{len(files)} files are too many; add at most {_MOST_FILES} at a time")
    if not target:
        raise SourceError("name the corpus that the papers are to go into")
    folder = service.corpora.folder(target)
    facts = next((file for file in files if file.name == BIBLIOGRAPHY_NAME), None)
    papers = [file for file in files if file != facts] or files
    yield "Reading …"
    try:
        source = read(papers, facts if papers != files else None)
    except SourceError as error:
        raise _UnreadableError(str(error)) from error
    return (yield from _index(service, folder, source, target))


def _index(
    service: ChatService, folder: Folder, source: ReadResult, target: str
) -> Generator[str, None, str]:
    from ingest.index import Plan, index

    done: queue.Queue[int] = queue.Queue()
    embedder = service.corpora.assistant(service.corpora.first).embedder

    def work() -> IngestReport:
        with service.corpora.adding(target):
            return index(Plan(source.papers), folder, embedder, done.put)

    # Nobody waits for the thread's end: whoever leaves the page closes this generator, on the
    # server's own thread.
    pool = ThreadPoolExecutor(max_workers=1)
    working = pool.submit(work)
    pool.shutdown(wait=False)
    stored, count = 0, len(source.papers)
    while not working.done():
        try:
            stored += done.get(timeout=_GLANCE)
        except queue.Empty:
            continue
        yield f"Embedding: {stored} of {count} papers …" if stored < count else "Drawing the map …"
    try:
        return describe_report(source.added_to(working.result()), target)
    except (OSError, sqlite3.Error) as error:
        problem = f"the papers could not be stored ({error}); the corpus is as it was"
        raise SourceError(problem) from error


def describe_report(report: IngestReport, target: str) -> str:
    """Return an ingest's report as Markdown.

    >>> print(describe_report(IngestReport(added=2, unchanged=1, total=3, skipped=1), "mine"))
    **Done.** The corpus mine now holds 3 papers.
    <BLANKLINE>
    - 2 added
    - 1 left as before: there already
    - 1 skipped: no abstract
    """
    papers = f"{report.total:,} paper{'s' if report.total != 1 else ''}"
    lines = [
        (report.added, "{} added"),
        (report.changed, "{} replaced: the file has another text"),
        (report.unchanged, "{} left as before: there already"),
        (report.skipped, "{} skipped: no abstract"),
        (report.refused, "{} left out: cannot be used"),
        (report.merged, "{} merged with a record of the same paper"),
        (report.repeated - report.merged, "{} left out: the same paper again"),
    ]
    counts = [text.format(count) for count, text in lines if count]
    entries = "\n".join(f"- {entry}" for entry in [*counts, *map(escape, report.first_notes())])
    done = f"**Done.** The corpus {escape(target)} now holds {papers}."
    return f"{done}\n\n{entries or '- nothing was in the files'}"


def _without_folders(service: ChatService, problem: str, files: Sequence[Path]) -> str:
    """Return a problem without the server's folders and the names of settings."""
    for folder in (*(file.parent for file in files), service.corpora.settings.data_folder):
        problem = problem.replace(f"{folder}/", "").replace(str(folder), "")
    return _SETTING.sub("", problem)
