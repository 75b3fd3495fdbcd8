"""A comparison as data: split into cells, merged with fresh citation numbers, rendered. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.text import markdown
from assistant.text.citation_markers import MARKER, retraction_mark
from assistant.text.markdown import escape, link
from assistant.text.paper_names import NameIndex
from assistant.text.words import index_terms
from assistant.types import Citation, Paper, Span, Table

NOT_STATED = "*not stated in the abstract*"
# Text of others is escaped in a cell, so that a "[3]" of its own is no marker; "[3](…)" is a link.


@dataclass(frozen=True, slots=True)
class Cell:
    """One paper under one aspect: Markdown whose [n] markers number its own `sources`, from 1."""

    text: str
    sources: tuple[Citation, ...]


def quoted(paper: Paper, spans: Sequence[Span], lead: str = "") -> Cell | None:
    """Return the cell that quotes `spans` of the paper's abstract after what leads to them, None
    when there are none.
    """
    text = lead + " ".join(f"“{escape(span.text)}” [1]" for span in spans)
    return Cell(text, (Citation(1, paper, tuple(dict.fromkeys(spans))),)) if spans else None


def merge_cells(
    table: Table, cells: Mapping[tuple[str, str], Cell]
) -> tuple[Table, tuple[Citation, ...]]:
    """Return `table` holding `cells`, and its citations, numbered in the order of its papers.

    Cells of other papers or aspects are left out; a citation has the words that cells use of it.
    """
    keys = [(paper.id, aspect) for paper in table.papers for aspect in table.aspects]
    kept = {key: cells[key] for key in keys if key in cells}
    cited = {paper.id: paper for paper in table.papers}
    quotes: dict[str, dict[Span, None]] = {}
    for source in (source for cell in kept.values() for source in cell.sources):
        cited.setdefault(source.paper.id, source.paper)
        quotes.setdefault(source.paper.id, {}).update(dict.fromkeys(source.quotes))
    order = [identifier for identifier in cited if identifier in quotes]
    numbers = {identifier: number for number, identifier in enumerate(order, 1)}
    texts = {
        key: renumbered(
            cell.text, {source.number: numbers[source.paper.id] for source in cell.sources}
        )
        for key, cell in kept.items()
    }
    citations = tuple(
        Citation(number, cited[identifier], tuple(quotes[identifier]))
        for identifier, number in numbers.items()
    )
    return replace(table, cells=texts), citations


def split_cells(table: Table, citations: Sequence[Citation]) -> dict[tuple[str, str], Cell]:
    """Return the cells of `table`, each with its own sources: the inverse of `merge_cells`."""
    known = {citation.number: citation for citation in citations}
    return {key: _with_sources(text, known) for key, text in table.cells.items()}


def render(table: Table, names: NameIndex) -> str:
    """Return the table as Markdown, papers as its columns or as its rows."""
    top = [_head(paper, names) for paper in table.papers]
    side = [escape(aspect) for aspect in table.aspects]
    grid = [
        [table.cells.get((paper.id, aspect)) or NOT_STATED for paper in table.papers]
        for aspect in table.aspects
    ]
    if table.papers_as == "rows":
        top, side, grid = side, top, [list(column) for column in zip(*grid, strict=True)]
    rows = [[f"**{label}**", *cells] for label, cells in zip(side, grid, strict=True)]
    return markdown.table(("", *top), rows)


def _head(paper: Paper, names: NameIndex) -> str:
    year = f" ({paper.year})" if paper.year else ""
    return link(names.display(paper), paper.page) + year + retraction_mark(paper)


def _with_sources(text: str, known: Mapping[int, Citation]) -> Cell:
    used: dict[int, dict[Span, None]] = {}
    for claim, number in _claims(text):
        if number in known:
            used.setdefault(number, {})[words_used(claim, known[number].quotes)] = None
    own = {number: index for index, number in enumerate(used, 1)}
    sources = tuple(
        Citation(own[number], known[number].paper, tuple(spans)) for number, spans in used.items()
    )
    return Cell(renumbered(text, own), sources)


def _claims(text: str) -> Iterator[tuple[str, int]]:
    """Yield each marker's number with the words it stands for: of "A [1][2]" both for "A"."""
    claim = ""
    pieces = MARKER.split(text)
    for words, number in zip(pieces[::2], pieces[1::2], strict=False):
        claim = words.strip() or claim
        yield claim, int(number)


def words_used(claim: str, spans: Sequence[Span]) -> Span:
    """Return which of `spans` a claim rests on: the one it quotes, else the most like it."""
    said = set(index_terms(claim))
    return next(
        (span for span in spans if claim.endswith(f"“{escape(span.text)}”")),
        max(spans, key=lambda span: len(said & set(index_terms(span.text)))),
    )


def renumbered(text: str, numbers: Mapping[int, int]) -> str:
    """Return `text` with its markers renumbered; one that stands for nothing is taken out."""
    return MARKER.sub(
        lambda match: f"[{numbers[int(match[1])]}]" if int(match[1]) in numbers else "", text
    )
