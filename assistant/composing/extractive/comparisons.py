"""Compare …: a table with papers as columns and aspects as rows; each cell a quote."""

from collections.abc import Sequence
from textwrap import shorten

from assistant.composing.extractive.table_cells import AS_ASKED, ASPECTS, quote_cells
from assistant.composing.tables.table import merge_cells, render
from assistant.judging.evidence import Evidence
from assistant.text.markdown import either, escape
from assistant.types import Draft, Table

_CONSIDERED, _SAID = 5, 80


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
    text = lines_above(evidence) + render(table, evidence.names)
    hedged = bool(evidence.unsure)
    return Draft(
        "comparison", text, citations, hedged=hedged, considered=rest, table=table,
        unfound=evidence.unfound,
    )  # fmt: skip


def lines_above(evidence: Evidence) -> str:
    """Return what is to be told above a table, each a paragraph, "" for nothing."""
    return sides_lines(evidence) + _cut_line(evidence)


def sides_lines(evidence: Evidence) -> str:
    """Return which descriptions no paper fits, and which may mean another one, as paragraphs."""
    unfound = f"*{unfound_sentence(evidence.unfound)}*\n\n" if evidence.unfound else ""
    return unfound + "".join(
        f"*Not sure that “{escape(shorten(said, _SAID, placeholder=' …'))}” means "
        f"{' or '.join(escape(evidence.names.display(one)) for one in papers)}.*\n\n"
        for said, papers in evidence.unsure
    )


def unfound_sentence(sides: Sequence[str]) -> str:
    """Return which sides of a comparison no paper is about.

    >>> unfound_sentence(["GPT-4"])
    'No paper of this collection is about “GPT-4”.'
    """
    return f"No paper of this collection is about {either(sides)}."


def _cut_line(evidence: Evidence) -> str:
    """Return how many of the papers asked about are compared, as a paragraph, "" for all."""
    asked, compared = len(evidence.focus), len(evidence.members)
    if asked <= compared:
        return ""
    return f"*The first {compared} of {asked} are compared; select or name fewer for others.*\n\n"
