"""Compare …: a table with papers as columns and aspects as rows; each cell a quote."""

from collections.abc import Sequence

from assistant.composing.extractive.table_cells import AS_ASKED, ASPECTS, quote_cells
from assistant.composing.tables.table import merge_cells, render
from assistant.judging.evidence import Evidence
from assistant.text.markdown import either
from assistant.types import Draft, Table

_CONSIDERED = 5


def write(evidence: Evidence) -> Draft:
    """Return the table of the papers compared."""
    papers = evidence.members
    cells = {
        (paper.id, aspect): cell
        for paper in papers
        for aspect, cell in quote_cells(evidence, paper).items()
    }
    asked = (AS_ASKED,) if any(aspect == AS_ASKED for _, aspect in cells) else ()
    table, citations = merge_cells(Table(papers, (*asked, *ASPECTS), {}), cells)
    rest = tuple(paper for paper in evidence.candidates[:_CONSIDERED] if paper not in papers)
    first = unfound_line(evidence.unfound) + cut_line(evidence)
    text = first + render(table, evidence.names)
    return Draft(
        "comparison", text, citations, considered=rest, table=table, unfound=evidence.unfound
    )


def unfound_line(sides: Sequence[str]) -> str:
    """Return which sides of a comparison no paper fits, as a paragraph, "" for none."""
    return f"*{unfound_sentence(sides)}*\n\n" if sides else ""


def unfound_sentence(sides: Sequence[str]) -> str:
    """Return which sides of a comparison no paper is about.

    >>> unfound_sentence(["GPT-4"])
    'No paper of this collection is about “GPT-4”.'
    """
    return f"No paper of this collection is about {either(sides)}."


def cut_line(evidence: Evidence) -> str:
    """Return how many of the papers asked about are compared, as a paragraph, "" for all."""
    asked, compared = len(evidence.focus), len(evidence.members)
    if asked <= compared:
        return ""
    return f"*The first {compared} of {asked} are compared; select or name fewer for others.*\n\n"
