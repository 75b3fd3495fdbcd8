"""A follow-up that edits the comparison before it, in place: "add a column for data", "drop the second and sort by year"."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.composing import tables
from assistant.composing.extractive import filtered_out
from assistant.composing.extractive.draft import Draft, Request
from assistant.composing.extractive.table_cells import Fill, quoting
from assistant.composing.tables.edit_parser import bare, parse
from assistant.composing.tables.operations import Edit, Sources, apply
from assistant.errors import QuestionError
from assistant.retrieval.filters import matches_filters
from assistant.text.paper_names import NameIndex
from assistant.types import Paper, Table, Turn

__all__ = ["Edit", "apply", "follow_up", "parse"]

# A paper that is only described must come this near to the description, and to the best, as in a comparison.
_NEARNESS = 1.0
_SHARE = 0.6
_ALREADY = "*The table was like this already.*"


def follow_up(
    user: str,
    turns: Sequence[Turn],
    request_for: Callable[[str], Request],
    names: NameIndex,
    fill: Fill | None = None,
) -> tuple[str, Draft] | None:
    """Return the question and the table that result when `user` edits the table under discussion, None when it does not.

    `request_for` makes a request of a text; `fill` works out new cells, by default as quotations. An edit that cannot be
    done is a draft of kind "none" that says so; the table stays under discussion.
    """
    place = _under_discussion(turns)
    if place is None:
        return None
    answer = turns[place].answer
    edits = parse(user, answer.table, names) if answer.table else ()
    if answer.table is None or not edits:
        return None
    base = _base(turns, place)
    question = (
        f"{answer.question[:-1]}; {bare(user)})"
        if answer.question != base
        else f"{base} ({bare(user)})"
    )
    request = request_for(base)
    papers = request.retriever.papers
    if left_out := _outside(edits, answer.table, request):
        return question, filtered_out.write(left_out)
    sources = Sources(
        papers, lambda words: _described(request_for(words)), fill or quoting(request_for, base)
    )
    try:
        table, citations = apply(edits, answer.table, answer.citations, names, sources)
    except QuestionError as refusal:
        return question, Draft("none", str(refusal), nearest=answer.table.papers)
    text = tables.render(table, names)
    if text == tables.render(answer.table, names):
        text += f"\n\n{_ALREADY}"
    elif there := [
        what
        for edit in edits
        if edit.operation == "add aspects"
        for what in edit.what
        if what in answer.table.aspects
    ]:
        text += f"\n\n*{', '.join(there)} {'was' if len(there) == 1 else 'were'} there already.*"
    return question, Draft("comparison", text, citations, table=table)


def _outside(edits: Sequence[Edit], table: Table, request: Request) -> list[Paper]:
    """Return the papers that the table would have though the filters leave them out."""
    papers = request.retriever.papers
    added = [
        papers[key]
        for edit in edits
        if edit.operation == "add papers"
        for key in edit.what
        if key in papers
    ]
    return [
        paper
        for paper in dict.fromkeys((*table.papers, *added))
        if not matches_filters(paper, request.filters)
    ]


def _under_discussion(turns: Sequence[Turn]) -> int | None:
    """Return the place of the last turn with a table, None when anything but facts about its papers, or nothing, was found since."""
    since: set[str] = set()
    for place in range(len(turns) - 1, -1, -1):
        answer = turns[place].answer
        if answer.table is not None:
            return place if since <= {paper.id for paper in answer.table.papers} else None
        if answer.kind == "none":
            continue  # what found nothing changed no subject
        if answer.kind not in ("fact", "count"):
            return None
        since |= (
            {paper.id for paper in answer.counted}
            | {one.paper.id for one in answer.citations}
            | {paper.id for paper in answer.nearest}
        )
    return None


def _base(turns: Sequence[Turn], place: int) -> str:
    """Return the comparison's own question, which those of its edits begin with."""
    question = turns[place].answer.question
    asked = (turn.answer.question for turn in turns[:place] if turn.answer.table is not None)
    return min((one for one in asked if question.startswith(f"{one} (")), key=len, default=question)


def _described(request: Request) -> list[Paper]:
    """Return the papers that fit a description, best first, none when nothing comes near it."""
    found = request.retrieval
    if found.nearness < _NEARNESS or not found.candidates:
        return []
    return [
        one.paper for one in found.candidates if one.score >= _SHARE * found.candidates[0].score
    ]
