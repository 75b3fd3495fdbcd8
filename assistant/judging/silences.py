"""Whether anything answers, and a silence that says why nothing does."""

from __future__ import annotations

from dataclasses import replace

from assistant.judging.cross_encoder.network import Kind
from assistant.judging.evidence import Evidence, Silence, unused_words
from assistant.retrieval.filters import describe_filters, lift_filters

KINDS: dict[str, Kind] = {"list": "criterion", "count": "criterion", "summary": "summary"}
"""What the network is asked for a form of answer, "question" for the others."""
# Log-odds that something in the corpus answers: below the first nothing does (none of the questions
# with an answer that were calibrated on lies there), below the second what is found comes near.
_ANSWERABLE, _PLAINLY = -2.2, 1.4
# The second for summaries by queries (of 69 two lie below, of 185 requests for what is not there
# 97).
_SUMMED_UP = 3.5
# What the reader takes for another matter than papers needs more.
_NOT_OF_PAPERS, _SURELY = 0.5, 3.0
OFFERED, OFFERED_OUTSIDE = 2, 3
"""How many papers are offered where nothing answers, in the filters and outside of them."""


def nothing_answers(evidence: Evidence) -> bool:
    """Tell whether nothing in the corpus comes near the question."""
    other = evidence.parsed.off_topic > _NOT_OF_PAPERS
    return evidence.odds < (_SURELY if other else _ANSWERABLE)


def only_comes_near(evidence: Evidence) -> bool:
    """Tell whether what is found in the corpus does not plainly answer the question."""
    by_query = evidence.parsed.form == "summary" and evidence.found.to_query is not None
    return evidence.odds < (_SUMMED_UP if by_query else _PLAINLY)


def nothing_near(evidence: Evidence) -> Silence:
    """Return that nothing comes near, with the nearest papers and the words that none has."""
    return Silence(
        "nothing near", tuple(evidence.candidates[:OFFERED]), tuple(unused_words(evidence))
    )


def nothing_found(evidence: Evidence) -> Silence:
    """Return that no paper satisfies the filters, with those nearest outside of them."""
    bounds = evidence.parsed.bounds
    if evidence.outside:
        return Silence("outside the filter", evidence.outside)
    if not describe_filters(bounds):
        return Silence("nothing near", (), tuple(unused_words(evidence)))
    found = evidence.retriever.search(evidence.parsed.topic, lift_filters(bounds))
    unfiltered = replace(evidence, found=found)
    if nothing_answers(unfiltered):
        return Silence("no paper under the filter")
    return Silence("no paper under the filter", tuple(unfiltered.candidates[:OFFERED_OUTSIDE]))


def kind_of(form: str) -> Kind:
    """Return what the network is asked for a form of answer."""
    return KINDS.get(form, "question")


def silent(evidence: Evidence, silence: Silence) -> Evidence:
    """Return the evidence for saying that nothing answers, and why."""
    return replace(evidence, form="silence", silence=silence)
