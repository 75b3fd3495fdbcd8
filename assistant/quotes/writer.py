"""Choose the form of a quoting answer."""

from __future__ import annotations

from assistant import filters as bounds
from assistant import intent
from assistant.quotes import abstentions, comparisons, facts, lists, summaries
from assistant.quotes.draft import Draft, Request
from assistant.types import Kind


def write(request: Request, wording: str) -> Draft:
    """Return the answer to `request`; `wording` is the question as it was put, which decides the form."""
    kind: Kind = intent.kind_of(wording)
    if bounds.describe(request.filters) and not request.retrieval.query.concepts and request.retrieval.candidates:
        return lists.write_all(request)
    if nothing := abstentions.off_topic(request):
        return nothing
    if kind == "comparison":
        papers, unknown = comparisons.sides(request)
        if len(papers) >= 2:
            return comparisons.write(request, papers)
        if unknown and intent.compares_openly(wording):
            return abstentions.unresolved_sides(request, unknown)
        kind = "list"
    if kind == "summary":
        return summaries.write(request)
    if kind == "fact" or (request.focus() and not request.scoped and intent.is_description(wording)):
        return facts.write(request)
    return lists.write(request)
