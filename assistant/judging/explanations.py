"""Evidence → the sentences that tell what a word means, or in which it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.judging.cross_encoder.network import readable_sentences
from assistant.judging.evidence import Evidence, Silence
from assistant.judging.silences import OFFERED, nothing_found, silent
from assistant.reading.terms import mentions_of
from assistant.types import Paper

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


def explain(evidence: Evidence) -> Evidence:
    """Return the sentences that best tell what the term asked for is, doubtful where no abstract
    that was found says so; a silence where none has it.
    """
    term = evidence.parsed.term
    if not evidence.candidates:
        return silent(evidence, nothing_found(evidence))
    having = [one for one in evidence.candidates if mentions_of(term, one.abstract)]
    if not having:
        near = tuple(evidence.candidates[:OFFERED])
        return silent(evidence, Silence("nothing near", near, (term,)))
    long = evidence.retriever.keywords.long_forms(term)

    def says_what(text: str) -> bool:
        return any(_tells(text, *place, long) for place in mentions_of(term, text))

    def states(paper: Paper) -> bool:
        return any(says_what(span.text) for span in readable_sentences(paper))

    papers = ([one for one in having if states(one)] or having)[:_READ]
    judged = evidence.network.judge("question", evidence.parsed.question, papers)
    told = [one for each in judged for one in each.sentences if mentions_of(term, one.span.text)]
    plain = [one for one in told if says_what(one.span.text)]
    best = sorted(plain or told, key=lambda one: one.answers, reverse=True)[:_TOLD]
    return replace(evidence, form="fact", answers=tuple(best), hedged=not plain)


def _tells(text: str, start: int, end: int, long: Sequence[str]) -> bool:
    """Tell whether a sentence says what the word at a place in it is, or has one of its long forms
    beside it.
    """
    after, before = text[end:], text[:start]
    spelt = [form for form in long if form.lower() in text.lower()]
    called = re.search(_CALLED, before, re.IGNORECASE)
    return bool(spelt or called) or any(re.match(one, after, re.IGNORECASE) for one in _SAYS_WHAT)
