"""Choose the form of a quoting answer."""

from __future__ import annotations

import re

from assistant.composing.extractive import (
    abstentions,
    comparisons,
    facts,
    filtered_out,
    lists,
    summaries,
)
from assistant.composing.extractive.draft import Draft, Request
from assistant.reading import answer_form
from assistant.retrieval.filters import describe_filters
from assistant.text.paper_names import is_name
from assistant.types import Kind

MOST_COMPARED = 4
_ABOUT_PAPERS = re.compile(r"\b(?:papers?|studies|articles?|others?|else)\b", re.IGNORECASE)
# "which datasets was RAFT tested on?" asks about one paper, "who uses RAFT?" for those that do.
_ABOUT_NAMED = re.compile(
    r"\W*(?:(?:and|so|ok|but|on|in|for|with|at|from)\b\W*)*(?:which|what|how|is|are|does|do|list|name|give)\b",
    re.IGNORECASE,
)

_WHICH_ONES = re.compile(
    r"\W*(?:(?:and|so|ok|but)\b\W*)*(?:which|what) (?:ones?|are (?:they|these|those))\W*",
    re.IGNORECASE,
)


def write(request: Request, wording: str) -> Draft:
    """Return the answer to `request`; `wording` is the question as it was put, which decides the form."""
    kind: Kind = answer_form.kind_of(wording)
    if greeting := abstentions.greeting(request):
        return greeting
    # "list them" and "which ones?" ask for all the papers under discussion.
    all_of_them = describe_filters(request.filters) or (
        request.scoped and (kind == "list" or _WHICH_ONES.fullmatch(wording))
    )
    if all_of_them and not request.retrieval.query.concepts and request.retrieval.candidates:
        return lists.write_all(request)
    if nothing := _nothing(request, kind, wording):
        return nothing
    if kind == "comparison":
        compared, kind = _compared(request, wording)
        if compared:
            return compared
    if kind == "summary":
        return summaries.write(request)
    if (
        kind == "list"
        and request.focus()
        and not request.scoped
        and _ABOUT_NAMED.match(wording)
        and not _ABOUT_PAPERS.search(wording)
    ):
        kind = "fact"  # "which datasets was RAFT tested on?"
    if (
        kind == "fact"
        and len(both := request.focus()) > 1
        and not request.scoped
        and abstentions.missing_attribute(request, both)
    ):
        return comparisons.write(
            request, both[:MOST_COMPARED]
        )  # nothing particular is asked that they state: show them side by side
    if kind == "fact" or (
        request.focus() and not request.scoped and answer_form.is_description(wording)
    ):
        return facts.write(request)
    return lists.write(request)


def _nothing(request: Request, kind: Kind, wording: str) -> Draft | None:
    """Return an abstention where all that is asked about is outside the filter, or nothing comes near the question."""
    nothing = abstentions.off_topic(request)
    of_named = _ABOUT_NAMED.match(wording) is not None and not _ABOUT_PAPERS.search(wording)
    if request.outside and (nothing or filtered_out.nothing_left(request, kind, of_named)):
        return filtered_out.write(request.outside)
    return nothing


def _compared(request: Request, wording: str) -> tuple[Draft | None, Kind]:
    """Return the comparison, or what it lacks; None with the form to answer in where the wording compares nothing."""
    papers, unknown = comparisons.sides(request)
    if len(papers) >= 2:
        return comparisons.write(request, papers), "comparison"
    named = any(is_name(word) for side in unknown for word in side.split())
    if unknown and answer_form.compares_openly(wording) and (named or not request.focus()):
        return abstentions.unresolved_sides(request, unknown), "comparison"
    # "how fast is ViLT compared with earlier models?" asks one paper; two things set against each other describe one.
    return None, "fact" if request.focus() else "list"
