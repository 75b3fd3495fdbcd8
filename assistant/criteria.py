"""A question split into its criteria: a topic, what is ruled out, and the kind of contribution asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from assistant.injections import without
from assistant.keywords import Concept, KeywordIndex
from assistant.sentences import sentences
from assistant.terms import index_terms
from assistant.types import Candidate, Paper

Contribution = Literal["data", "tool", "survey"]
# A paper that makes what is asked for gains this much in summed standard deviations; one that does not, loses less:
# an abstract may leave it unsaid.
GAIN, LOSS = 2.5, 1.5
_EXCLUDED = re.compile(
    r"\s*(?:\(\s*(?:but )?(?P<aside>(?:not|no|without|excluding|except(?: for)?|other than)\b[^()]{2,60})\)|"
    r"[,;–—-]\s*(?:but )?(?P<tail>(?:not|excluding|except(?: for)?|other than)\b[^,;()?.]{2,60}?)(?=\s*[?.]*$))",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:not|no|without|excluding|except(?: for)?|other than)\s+(?:(?:just|only|on|about|for|in|from|any|new|the|a)\s+)*",
    re.IGNORECASE,
)
# Said this often, something is what an abstract is about rather than what it mentions.
_OFTEN = 3

_MAKES = (
    r"(?:we|this (?:paper|work|study|article)|paper|authors)\b[^.;]{0,40}?\b(?:introduc|present|propos|releas|buil[dt]|construct|collect|curat|"
    r"creat|contribut|provid|develop|compil|publish|describ|assembl|offer|open-?sourc)\w*\b[^.;]{0,90}?\b"
)
_ASKED: dict[Contribution, re.Pattern[str]] = {
    "data": re.compile(
        r"\b(?:contribut|releas|introduc|new\b|build|creat|provid|propos|publish|construct|compil|collect|present|offer|own\b|come with)\w*\b"
        r"[^?.;]{0,50}\b(?:data ?sets?|benchmarks?|corpora|corpus)\b",
        re.IGNORECASE,
    ),
    "tool": re.compile(
        r"\b(?:toolkits?|toolbox(?:es)?|(?:software|code|python) (?:librar(?:y|ies)|packages?)|librar(?:y|ies)|software tools?)\b",
        re.IGNORECASE,
    ),
    "survey": re.compile(
        r"\b(?:survey papers?|surveys\b|review (?:papers?|articles?)|literature reviews?|overview papers?)\b", re.IGNORECASE
    ),
}
_NAMED: dict[Contribution, str] = {
    "data": r"(?:data ?sets?|benchmarks?|corpus|corpora)",
    "tool": r"(?:toolkit|toolbox|library|software|framework for (?:pre-?training|training|fine-?tuning))",
    "survey": r"(?:survey|review|overview)",
}
_MADE = {kind: re.compile(_MAKES + noun + r"\b", re.IGNORECASE) for kind, noun in _NAMED.items()}
_TITLED = {
    kind: re.compile(rf"\b{noun}\b(?! for (?:evaluation|pre-?training)\b)", re.IGNORECASE) for kind, noun in _NAMED.items()
}


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a question asks for: its `topic`, what is `excluded` (empty: nothing), and the kind of contribution, if any."""

    topic: str
    excluded: str = ""
    makes: Contribution | None = None


def split(question: str) -> Criteria:
    """Return the criteria of a question.

    >>> split("which papers contribute a new vision-language benchmark? (not video)")
    Criteria(topic='which papers contribute a new vision-language benchmark?', excluded='video', makes='data')
    """
    makes = next((kind for kind, asked in _ASKED.items() if asked.search(question)), None)
    match = _EXCLUDED.search(question)
    if match is None:
        return Criteria(question, makes=makes)
    topic = (question[: match.start()] + question[match.end() :]).strip()
    return Criteria(topic, _LEAD.sub("", match["aside"] or match["tail"]).strip(), makes)


def applied(criteria: Criteria, candidates: Sequence[Candidate], keywords: KeywordIndex) -> tuple[Candidate, ...]:
    """Return the candidates in the order that all criteria give; those that are ruled out come last, with no score."""
    scored = list(candidates)
    if criteria.makes:
        kind = criteria.makes
        scored = [replace(one, score=one.score + (GAIN if makes(one.paper, kind) else -LOSS)) for one in scored]
    if criteria.excluded and (concepts := keywords.concepts(criteria.excluded)):
        scored = [replace(one, score=min(one.score, 0.0)) if is_about(one.paper, concepts) else one for one in scored]
    return tuple(sorted(scored, key=lambda one: -one.score))


def makes(paper: Paper, kind: Contribution) -> bool:
    """Tell whether a paper says that it contributes something of this kind."""
    if kind in _TITLED and _TITLED[kind].search(paper.title):
        return True
    return any(_MADE[kind].search(sentence.text) for sentence in sentences(without(paper.abstract)))


def is_about(paper: Paper, concepts: Sequence[Concept]) -> bool:
    """Tell whether a paper has one of `concepts` in its title, or speaks of it again and again."""
    title = f" {' '.join(index_terms(paper.title))} "
    text = f" {' '.join(index_terms(without(paper.abstract)))} "
    phrases = [f" {phrase} " for concept in concepts for phrase in concept.phrases]
    return any(phrase in title or text.count(phrase) >= _OFTEN for phrase in phrases)
