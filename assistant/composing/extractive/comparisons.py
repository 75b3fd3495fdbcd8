"""Compare …: a table with papers as columns and aspects as rows; each cell a quote."""

from __future__ import annotations

import re

from assistant.composing import tables
from assistant.composing.extractive import table_cells
from assistant.composing.extractive.draft import Draft, Request
from assistant.reading import answer_form
from assistant.text.paper_names import INTRODUCED, is_name
from assistant.types import Paper, Table

_MOST = 4
# A described side must come this near to some paper (see `Retrieval.nearness`).
SIDE_NEARNESS = 1.0
_CONTEXT = 1.0
_CONTEXT_STANDING = 2.0
_COVERED = 0.99
_JOINT = re.compile(r"\s(?:vs\.?|versus|with|and|to|against|from|or)\s|[,;/]", re.IGNORECASE)
_ONE_ABOUT = re.compile(
    r"\b(?:the )?(?:one|other|first|second|another)(?: one| paper)? (?:is )?(?:about|on|that|which|with|for|using|from|in) "
    r"(.+?)(?=,?\s(?:and|or|while|versus|vs)\b|[.?;,]|$)",
    re.IGNORECASE,
)


def sides(request: Request) -> tuple[list[Paper], list[str]]:
    """Return the papers to compare, in the order in which they are named, and the descriptions that fit no paper."""
    papers = request.retriever.papers
    named = (papers[one.paper_id] for one in request.mentions if one.strength >= INTRODUCED)
    firm = [paper for paper in named if paper not in request.outside]
    if len(firm) >= 2 and not re.search(
        r"\b(?:the|that) [\w-]+ (?:paper|one)\b",
        request.names.without(request.question, request.mentions),
    ):
        return firm[:_MOST], []
    if not (firm or answer_form.compares_openly(request.question)):
        return [], []
    return _described_sides(request, firm)


def write(request: Request, papers: list[Paper]) -> Draft:
    """Return the table for `papers`."""
    found = {
        (paper.id, aspect): cell
        for paper in papers
        for aspect, cell in table_cells.of_paper(request, paper).items()
    }
    asked = (
        (table_cells.AS_ASKED,)
        if any(aspect == table_cells.AS_ASKED for _, aspect in found)
        else ()
    )
    table, citations = tables.merge_cells(
        Table(tuple(papers), (*asked, *table_cells.aspects()), {}), found
    )
    shown = {paper.id for paper in papers}
    rest = tuple(one.paper for one in request.retrieval.candidates[:5] if one.paper.id not in shown)
    return Draft(
        "comparison", tables.render(table, request.names), citations, considered=rest, table=table
    )


def _described_sides(request: Request, named: list[Paper]) -> tuple[list[Paper], list[str]]:
    chosen = list(named)
    unknown: list[str] = []
    whole = {one.paper.id: one.score for one in request.retrieval.candidates}
    for side, explicit in _segments(request):
        found = request.retriever.search(side, request.filters)
        free = [one for one in found.candidates if one.paper not in chosen]
        names = [one for one in found.query.concepts if is_name(one.surface)]
        known = any(frequency for one, frequency in zip(found.query.concepts, found.query.keywords.frequencies, strict=True)
                    if one in names)  # fmt: skip
        best = max(
            free, key=lambda one: one.score + _CONTEXT * whole.get(one.paper.id, 0.0), default=None
        )
        in_context = best is not None and (
            request.retrieval.z_score(whole.get(best.paper.id, 0.0)) >= _CONTEXT_STANDING
            or best.coverage > _COVERED
        )
        # A bare name that no paper owns ("LoRA"), however many mention it, and a single common word are no papers.
        alone = len(found.query.concepts) < 2 and not explicit
        bare = len(found.query.concepts) <= len(names) or (
            alone and not re.search(r"\b(?:paper|one)\b", side)
        )
        if (
            best is None
            or bare
            or (names and not known)
            or (found.nearness < SIDE_NEARNESS and not in_context)
        ):
            unknown.append(side)
        else:
            chosen.append(best.paper)
    if len(chosen) < 2 and not unknown and not named:
        chosen = [one.paper for one in request.retrieval.candidates[:2]]
    return chosen[:_MOST], unknown


def _segments(request: Request) -> list[tuple[str, bool]]:
    """Return the descriptions of the sides that are not named, and whether each is one in so many words ("one about …")."""
    firm = {one.paper_id for one in request.mentions if one.strength >= INTRODUCED}
    described = [match.group(1) for match in _ONE_ABOUT.finditer(request.question)]
    if described and len(described) + len(firm) >= 2:
        return [(one, True) for one in described]
    sentences = re.split(r"[.?!]\s", request.question.rstrip(".?! "))
    comparing = [one for one in sentences if answer_form.kind_of(one) == "comparison"]
    return _told_apart(request, comparing, firm) or _told_apart(request, sentences, firm)


def _told_apart(request: Request, sentences: list[str], firm: set[str]) -> list[tuple[str, bool]]:
    """Return the pieces of `sentences` that describe something and name none of the `firm` papers."""
    pieces = [
        piece
        for sentence in sentences
        for piece in _JOINT.split(table_cells.LEAD.sub(" ", sentence))
    ]
    clean = [re.sub(r"^\W+|\W+$", "", piece) for piece in pieces]
    return [
        (piece, False)
        for piece in clean
        if piece
        and request.retriever.keywords.concepts(piece)
        and not any(mention.paper_id in firm for mention in request.names.find(piece))
    ]
