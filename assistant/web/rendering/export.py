"""The files that a conversation, or a selection of papers, leaves the page as."""

from collections.abc import Callable, Sequence

from assistant.errors import AssistantError
from assistant.history.export import markdown
from assistant.history.export.bibtex import bibtex
from assistant.history.export.csv import csv_of, table_csv
from assistant.history.export.references import ris
from assistant.types import Paper, Turn

_EXCEL = "\ufeff"  # without it Excel takes UTF-8 for something else
_FILES = {
    "markdown": ("conversation.md", "text/markdown"),
    "bibtex": ("papers.bib", "application/x-bibtex"),
    "ris": ("papers.ris", "application/x-research-info-systems"),
    "csv": ("papers.csv", "text/csv"),
    "table": ("comparison.csv", "text/csv"),
}


def export_file(form: str, title: str, turns: Sequence[Turn]) -> dict[str, str]:
    """Return the name, the type and the text of an export; AssistantError where there is nothing to
    put into it.

    >>> export_file("table", "t", [])
    Traceback (most recent call last):
    assistant.errors.AssistantError: there is nothing to export: there is no comparison yet
    """
    sources = markdown.cited(turns)
    papers = [source.paper for source in sources]
    tables = [turn.answer.table for turn in turns if turn.answer.table]
    writers: dict[str, tuple[object, Callable[[], str]]] = {
        "markdown": (turns, lambda: markdown.markdown(title, turns)),
        "bibtex": (papers, lambda: bibtex(papers)),
        "ris": (papers, lambda: ris(papers)),
        "csv": (papers, lambda: _EXCEL + csv_of(sources)),
        "table": (tables, lambda: _EXCEL + table_csv(tables[-1])),
    }
    needed, write = writers.get(form, ((), str))
    if not needed:
        missing = "there is no comparison yet" if form == "table" else "ask something first"
        raise AssistantError(f"there is nothing to export: {missing}")
    name, kind = _FILES[form]
    return {"name": name, "type": kind, "text": write()}


def export_papers(papers: Sequence[Paper]) -> dict[str, str]:
    """Return the name, the type and the text of papers as BibTeX; AssistantError for none."""
    if not papers:
        raise AssistantError("there is nothing to export: select papers first")
    return {"name": "selected.bib", "type": _FILES["bibtex"][1], "text": bibtex(papers)}
