"""Evidence → the sentences that tell what a word means, or in which it stands."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.judging.cross_encoder.network import Statement
from assistant.judging.evidence import Evidence, Silence
from assistant.judging.silences import OFFERED, nothing_found, silent
from assistant.reading.terms import mentions_of

_READ = 16  # papers
_TOLD = 2  # sentences
# What stands behind or before a word where a sentence says what it is.
_IS = r"(?: \([^)]*\))?,? (?:is|are|means?|refers? to|denotes?|stands? for|consists? of) (?!to\b)"
_SAYS_WHAT = (
    rf"{_IS}(?:an?|the|one|when|those|[a-z]+ing)\b",
    r" \((?:i\.e\.|that is|meaning)|, (?:i\.e\.|that is|namely|meaning)\b",
    r", (?:an?|which (?:is|are)|where) ",
)
_CALLED = (
    r"(?:so-called|called|termed|dubbed|known as|referred to as|denoted(?: as| by)?) (?:the )?$"
)
_APART = 2.0  # what saying so weighs beside the network's log-odds


def explain(evidence: Evidence) -> Evidence:
    """Return the sentences that best tell what the term asked for is, doubtful where none says so;
    a silence where no abstract has it.
    """
    term = evidence.parsed.term
    if not evidence.candidates:
        return silent(evidence, nothing_found(evidence))
    papers = [one for one in evidence.candidates if mentions_of(term, one.abstract)][:_READ]
    if not papers:
        near = tuple(evidence.candidates[:OFFERED])
        return silent(evidence, Silence("nothing near", near, (term,)))
    long = evidence.retriever.keywords.long_forms(term)

    def says_what(text: str) -> bool:
        spelt = any(form.lower() in text.lower() for form in long)
        return spelt or any(_tells(text, *place) for place in mentions_of(term, text))

    def value(one: Statement) -> float:
        return one.answers + _APART * says_what(one.span.text)

    judged = evidence.network.judge("question", evidence.parsed.question, papers)
    told = [one for each in judged for one in each.sentences if mentions_of(term, one.span.text)]
    told = sorted(told, key=value, reverse=True)[:_TOLD]
    plain = [one for one in told if says_what(one.span.text)]
    return replace(evidence, form="fact", answers=tuple(plain or told), hedged=not plain)


def _tells(text: str, start: int, end: int) -> bool:
    """Tell whether a sentence says what the word at a place in it is."""
    after, before = text[end:], text[:start]
    called = re.search(_CALLED, before, re.IGNORECASE)
    return bool(called) or any(re.match(one, after, re.IGNORECASE) for one in _SAYS_WHAT)
