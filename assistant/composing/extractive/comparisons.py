"""Compare …: a table with papers as columns and aspects as rows; each cell a quote."""

from collections.abc import Iterator
from dataclasses import replace
from textwrap import shorten

from assistant.composing.extractive.abstentions import unfound_sentence
from assistant.composing.extractive.facts import AGREE
from assistant.composing.extractive.table_cells import ASPECTS, quote_cells, rows_asked
from assistant.composing.tables.table import Cell, merge_cells, render
from assistant.judging.evidence import Evidence
from assistant.reading.asks import Ask
from assistant.reading.question import ONLY, asks_to_rank, asks_whether_they_agree
from assistant.text.markdown import escape
from assistant.types import Draft, Table

_CONSIDERED, _SAID = 5, 80
_MOST_COLUMNS = 3  # of papers, in a table that is asked for
_UNRANKED = "Figures are not weighed against each other here; what each paper states of it:"
_SHORT, _BRIEF = ("Results",), 2  # rows, and up to how many sentences of each are asked for


def write(evidence: Evidence) -> Draft:
    """Return the table of the papers compared, a short one of what is asked or did come out."""
    papers = evidence.members
    cells, rows = _cells(evidence), tuple(rows_asked(evidence))
    stated = {aspect for _, aspect in cells}
    several = len(rows) > 1 and len(evidence.parsed.asks) > 1
    if several and not stated.intersection(rows):  # perhaps of all together
        whole = Ask(" ".join(evidence.parsed.aspects))
        return write(replace(evidence, parsed=replace(evidence.parsed, asks=(whole,))))
    asked = rows if stated.intersection(rows) else ()
    parsed = evidence.parsed
    brief = parsed.length == "short" or 0 < parsed.sentences <= _BRIEF
    # "In a table: size and cost", "only data and results"
    just = asked and (parsed.tabular or (len(asked) > 1 and ONLY.search(parsed.text)))
    short = brief or bool(just or parsed.own) or _agree(evidence)
    aspects = (asked or _SHORT) if short else tuple(dict.fromkeys((*asked, *ASPECTS)))
    turned = parsed.tabular and len(papers) > _MOST_COLUMNS
    empty = Table(papers, aspects, {}, "rows" if turned else "columns")
    table, citations = merge_cells(empty, cells)
    rest = tuple(paper for paper in evidence.candidates[:_CONSIDERED] if paper not in papers)
    text = lines_above(evidence) + render(table, evidence.names)
    return Draft(
        "comparison", text, citations, considered=rest, table=table, unfound=evidence.unfound
    )


def _cells(evidence: Evidence) -> dict[tuple[str, str], Cell]:
    """Return the cells of the papers compared, by paper and aspect."""
    return {
        (paper.id, aspect): cell
        for paper in evidence.members
        for aspect, cell in quote_cells(evidence, paper).items()
    }


def lines_above(evidence: Evidence) -> str:
    """Return what is to be told above a table, each a paragraph, "" for nothing."""
    agree = [AGREE] if _agree(evidence) else []
    ranks = [_UNRANKED] if evidence.parsed.own and asks_to_rank(evidence.parsed.own) else []
    told = [*told_of_sides(evidence), *_told_of_cut(evidence), *agree, *ranks]
    return "".join(f"*{sentence}*\n\n" for sentence in told)


def _agree(evidence: Evidence) -> bool:
    return asks_whether_they_agree(evidence.parsed.question)


def told_of_sides(evidence: Evidence) -> Iterator[str]:
    """Yield which descriptions no paper fits, which may mean another one, and that a comparison has
    one side only.
    """
    if evidence.unfound:
        yield unfound_sentence(evidence, evidence.unfound)
    for said, papers in evidence.unsure:
        meant = " or ".join(escape(evidence.names.display(one)) for one in papers)
        yield f"Not sure that “{escape(shorten(said, _SAID, placeholder=' …'))}” means {meant}."
    if evidence.lone:
        yield "Only one paper is named or described here: say what to compare it with."


def _told_of_cut(evidence: Evidence) -> Iterator[str]:
    asked, compared = len(evidence.focus), len(evidence.members)
    if asked > compared:
        yield f"The first {compared} of {asked} are compared; select or name fewer for others."
