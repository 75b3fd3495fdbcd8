"""Words that a model says it copied, found again in the abstract. Pure."""

from __future__ import annotations

import re

from assistant.checking.contradictions import evidence
from assistant.types import Paper, Span

_SHORTEST = 12


def located(words: str, paper: Paper) -> Span | None:
    """Return the sentences of the abstract that hold `words` verbatim, spaces and quotation marks apart, None when it does not.

    Whole sentences are returned, so that what is shown can be understood; words addressed to software are no evidence.

    >>> located("tunes  24M", Paper("a", "T", "It is new. It tunes 24M weights.")).text
    'It tunes 24M weights.'
    """
    plain = words.strip(" \t\n\"“”'.…")
    if len(plain) < min(_SHORTEST, len(paper.abstract)) and not re.search(r"\d", plain):
        return None
    if not plain:
        return None
    pattern = r"\s+".join(re.escape(word) for word in plain.split())
    match = re.search(pattern, paper.abstract, re.IGNORECASE)
    if match is None:
        return None
    held = [one for one in evidence(paper) if one.start < match.end() and match.start() < one.end]
    if not held or match.start() < held[0].start or match.end() > held[-1].end:
        return None
    start, end = held[0].start, held[-1].end
    return Span(paper.abstract[start:end], start, end)
