"""The files that a conversation, or a selection of papers, leaves as."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.errors import ExportError
from assistant.history.citations import collect_sources
from assistant.history.export import markdown
from assistant.history.export.bibtex import bibtex
from assistant.history.export.csl_json import csl_json
from assistant.history.export.csl_style import Style
from assistant.history.export.csv import csv_of, table_csv
from assistant.history.export.html import html
from assistant.history.export.references import ris
from assistant.history.export.word import word
from assistant.types import Citation, Paper, Turn

FORMS = ("md", "html", "docx", "bib", "ris", "csl-json", "csv")
STYLED = ("md", "html", "docx")
"""The forms that cite, and so have a style."""
_LONGEST_NAME = 60
_EXCEL = "\ufeff"  # without it Excel takes UTF-8 for something else
_TYPES = {
    "md": ("md", "text/markdown"),
    "html": ("html", "text/html"),
    "docx": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "bib": ("bib", "application/x-bibtex"),
    "ris": ("ris", "application/x-research-info-systems"),
    "csl-json": ("json", "application/vnd.citationstyles.csl+json"),
    "csv": ("csv", "text/csv"),
    "table": ("csv", "text/csv"),
}


@dataclass(frozen=True, slots=True)
class File:
    """A file by its name, its media type and what it holds."""

    name: str
    type: str
    content: bytes


def export_conversation(
    form: str,
    title: str,
    turns: Sequence[Turn],
    style: Style | None = None,
    footnotes: bool = False,
) -> File:
    """Return a conversation as a file; ExportError where there is nothing to put into it.

    `form` is one of FORMS, or "table" for the last comparison alone.

    >>> export_conversation("table", "t", [])
    Traceback (most recent call last):
    assistant.errors.ExportError: there is nothing to export: there is no comparison yet
    """
    sources = collect_sources(turns)
    if form in STYLED:
        _check(turns, "ask something first")
        text = markdown.markdown(title, turns, style, footnotes)
        return _styled(_slug(title) or "conversation", form, text, title)
    if form == "table":
        tables = [turn.answer.table for turn in turns if turn.answer.table]
        _check(tables, "there is no comparison yet")
        return _file("comparison", form, _EXCEL + table_csv(tables[-1]))
    _check(sources, "ask something first")
    return _file("papers", form, _of_sources(form, sources))


def export_papers(
    form: str, papers: Sequence[Paper], name: str = "papers", style: Style | None = None
) -> File:
    """Return papers as a file, their references where `form` cites; ExportError for none."""
    _check(papers, "no paper is selected")
    if form in STYLED:
        return _styled(name, form, markdown.bibliography(papers, style), "References")
    sources = [Citation(number, paper, ()) for number, paper in enumerate(papers, 1)]
    return _file(name, form, _of_sources(form, sources))


def _slug(title: str) -> str:
    """Return a title as the name of a file.

    >>> _slug("Which papers: A/B?"), _slug("视频？")
    ('which-papers-a-b', '视频')
    """
    return "-".join(re.findall(r"\w+", title.lower()))[:_LONGEST_NAME].strip("-_")


def _check(needed: Sequence[object], missing: str) -> None:
    if not needed:
        raise ExportError(f"there is nothing to export: {missing}")


def _of_sources(form: str, sources: Sequence[Citation]) -> str:
    papers = [source.paper for source in sources]
    writers: dict[str, Callable[[], str]] = {
        "bib": lambda: bibtex(papers, whole=True),
        "ris": lambda: ris(papers),
        "csl-json": lambda: csl_json(papers),
        "csv": lambda: _EXCEL + csv_of(sources),
    }
    if form not in writers:
        raise ExportError(f"there is no export to {form!r}; choose one of {', '.join(FORMS)}")
    return writers[form]()


def _styled(name: str, form: str, text: str, title: str) -> File:
    if form == "docx":
        extension, kind = _TYPES[form]
        return File(f"{name}.{extension}", kind, word(text, title))
    return _file(name, form, html(text, title) if form == "html" else text)


def _file(name: str, form: str, text: str) -> File:
    extension, kind = _TYPES[form]
    return File(f"{name}.{extension}", kind, text.encode())
