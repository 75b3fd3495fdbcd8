"""Sources and comparisons → CSV that a spreadsheet takes as text: no cell is a formula.

Lines end in CR LF; write it as "utf-8-sig" where Excel shall read it.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence

from assistant.checking.claims import plain
from assistant.composing.tables.table import NOT_STATED
from assistant.history.export.references import arxiv_id, doi, line, note, own_url
from assistant.history.serialization import clean
from assistant.text.citation_markers import MARKER
from assistant.types import Citation, Paper, Table

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# CSL's words that mean something else to whoever reads a table.
_TYPES = {"article": "preprint", "review-book": "book review"}
_FACTS: dict[str, Callable[[Paper], str]] = {
    "doi": doi,
    "arxiv_id": arxiv_id,
    "pmid": lambda paper: paper.facts.pmid,
    "openalex_id": lambda paper: paper.facts.openalex_id,
    "s2_id": lambda paper: paper.facts.s2_id,
    "type": lambda paper: _TYPES.get(paper.facts.type, paper.facts.type),
    "keywords": lambda paper: "; ".join(paper.facts.keywords),
    "categories": lambda paper: "; ".join(paper.facts.categories),
    "cited_by": lambda paper: "" if paper.facts.cited_by is None else str(paper.facts.cited_by),
    "note": note,
}
_HEAD = (
    "number", "title", "authors", "year", "venue", "url", "id", "quotes", *_FACTS, "abstract"
)  # fmt: skip


def csv_of(sources: Sequence[Citation]) -> str:
    """Return numbered sources as CSV: the words quoted of each, what records say, abstracts."""
    return _csv([_HEAD, *map(_row, sources)])


def table_csv(table: Table) -> str:
    """Return a comparison as CSV, papers as its columns or rows like the table; citation numbers
    stay, Markdown does not."""

    def head(paper: Paper) -> str:
        year = f" ({paper.year})" if paper.year else ""
        return line(paper.title) + year + (f" – {note(paper)}" if note(paper) else "")

    rows = [["", *map(line, table.aspects)]]
    for paper in table.papers:
        cells = (table.cells.get((paper.id, aspect)) or NOT_STATED for aspect in table.aspects)
        rows.append([head(paper), *map(_words, cells)])
    return _csv(zip(*rows, strict=True) if table.papers_as == "columns" else rows)


def _csv(rows: Iterable[Iterable[str | int]]) -> str:
    r"""Return rows as CSV.

    >>> _csv([["=1+1", "a, b"], [1, "x"]])
    '\'=1+1,"a, b"\r\n1,x\r\n'
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def _cell(value: str | int) -> str | int:
    """Return a cell; before what a spreadsheet would take for a formula stands an apostrophe."""
    if isinstance(value, int):
        return value
    text = clean(value)
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def _row(source: Citation) -> list[str | int]:
    paper = source.paper
    authors, quotes = map(line, paper.authors), (line(quote.text) for quote in source.quotes)
    return [
        source.number, line(paper.title), "; ".join(authors), paper.year or "",
        line(paper.venue or ""),
        own_url(paper), line(paper.id), " | ".join(quotes),
        *(line(fact(paper)) for fact in _FACTS.values()),
        line(paper.abstract),
    ]  # fmt: skip


def _words(cell: str) -> str:
    """Return a cell's words, with its citation numbers.

    >>> _words("**SimDA** tunes “24M” [1][2]."), _words(NOT_STATED)
    ('SimDA tunes “24M” [1] [2] .', 'not stated in the abstract')
    """
    *cited, rest = MARKER.split(cell)
    numbered = (f"{plain(words)} [{n}]" for words, n in zip(cited[::2], cited[1::2], strict=True))
    return " ".join(" ".join([*numbered, plain(rest)]).split())
