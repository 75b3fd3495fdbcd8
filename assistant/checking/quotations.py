"""A draft that quotes → faults of its citations: words not the abstract's, lone markers."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.text.citation_markers import MARKER
from assistant.types import Citation, Draft

_FALSE = "{count} quotation{s} left out: not the exact words of the abstract."


def verify_quotations(draft: Draft) -> tuple[Draft, tuple[str, ...]]:
    """Return the draft with none but verbatim quotes and sourced markers, and a line about what was
    left out.

    >>> from assistant.types import Paper, Span
    >>> forged = Citation(1, Paper("p", "T", "It tunes 24M."), (Span("It tunes 30M.", 0, 13),))
    >>> verify_quotations(Draft("fact", "“It tunes 30M.” [1]", (forged,)))[1]
    ('1 quotation left out: not the exact words of the abstract.',)
    """
    citations = tuple(_verbatim(citation) for citation in draft.citations)
    lost = _count(draft.citations) - _count(citations)
    numbers = {citation.number for citation in citations}
    text = MARKER.sub(lambda match: match[0] if int(match[1]) in numbers else "", draft.text)
    notes = (_FALSE.format(count=lost, s="" if lost == 1 else "s"),) if lost else ()
    return replace(draft, text=text, citations=citations), notes


def _verbatim(citation: Citation) -> Citation:
    abstract = citation.paper.abstract
    kept = (quote for quote in citation.quotes if abstract[quote.start : quote.end] == quote.text)
    return replace(citation, quotes=tuple(kept))


def _count(citations: Sequence[Citation]) -> int:
    return sum(len(citation.quotes) for citation in citations)
