"""A question split into its criteria: a topic, what is ruled out, and the kind of contribution asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from assistant.index.bm25 import Concept, KeywordIndex
from assistant.reading import answer_form
from assistant.text.prompt_injection import without
from assistant.text.sentences import sentences
from assistant.text.words import index_terms
from assistant.types import Paper

if TYPE_CHECKING:
    from assistant.retrieval.hybrid import Retrieval

Contribution = Literal["data", "tool", "survey"]
# A paper that makes what is asked for gains so many deviations of the papers nearest to the question; one that does not, loses
# less: an abstract may leave it unsaid.
GAIN, LOSS = 0.85, 0.5
_NOT = r"(?:not(?! (?:only|just|merely|simply|necessarily)\b)|excluding|except(?: for)?|other than|rather than)"
_EXCLUDED = re.compile(
    # in brackets; after a comma or a dash, to the end; "papers other than … about …"
    rf"\s*\(\s*(?:but )?(?P<aside>(?:{_NOT}|no|without)\b[^()]{{2,60}})\)|"
    rf"\s*(?:[,;]|\s[–—-])\s+(?:but )?(?P<tail>{_NOT}\b[^,;()?.]{{2,60}}?)(?=\s*[?.]*$)|"
    rf"(?<=papers|.works|tudies)\s+(?P<other>(?:other than|except(?: for)?|excluding)\s+[^,;()?.]{{2,60}}?)(?=\s+(?:about|on|that|which|with|for|in)\b|\s*[,;?.]|$)|"
    rf"(?<=\w)\s+(?P<rather>rather than (?:on |about |a |an |the |new )+[^,;()?.]{{2,60}}?)(?=\s*[,;?.]|$)",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:not|no|without|excluding|except(?: for)?|other than|rather than)\s+(?:(?:on|about|for|in|from|any|a|an|new|the)\s+)*",
    re.IGNORECASE,
)
_OR = re.compile(r"\s*(?:,|\bor\b|\band\b|\bnor\b)\s*", re.IGNORECASE)
_ABOUT_PAPERS = re.compile(r"\b(?:papers?|works?|studies|research|articles?)\b", re.IGNORECASE)
# Said this often, something is what an abstract is about rather than what it mentions.
_OFTEN = 3

_MAKES = (
    r"(?:we|this (?:paper|work|study|article)|paper|authors)\b[^.;]{0,40}?\b(?:introduc|present|propos|releas|buil[dt]|construct|collect|curat|"
    r"creat|contribut|provid|develop|compil|publish|describ|assembl|offer|open-?sourc)\w*\b[^.;]{0,90}?\b"
)
_ASKED: dict[Contribution, re.Pattern[str]] = {
    "data": re.compile(
        r"(?:\b(?:contribut|releas|introduc|construct|compil|publish|propos|build|creat|collect)\w*\s+(?:(?!on\b|to\b|for\b|from\b|over\b|with\b|in\b|of\b)[\w-]+\s+){0,5}?|"
        r"(?<!on )(?<!to )(?<!for )(?<!over )(?<!across )\bnew\s+(?:(?!on\b|to\b|of\b|for\b|in\b)[\w-]+\s+){0,3}?)"
        r"(?:data ?sets?|benchmarks?|corpora|corpus)\b",
        re.IGNORECASE,
    ),
    "tool": re.compile(
        r"\b(?:toolkits?|toolbox(?:es)?|(?:software|code|python) packages?|(?:librar(?:y|ies))(?! of)|software tools?)\b",
        re.IGNORECASE,
    ),
    "survey": re.compile(
        r"\b(?:survey papers?|surveys\b|review (?:papers?|articles?)|literature reviews?|overview papers?)\b",
        re.IGNORECASE,
    ),
}
_NAMED: dict[Contribution, str] = {
    "data": r"(?:data ?sets?|benchmarks?|corpus|corpora)",
    "tool": r"(?:toolkit|toolbox|library|software|framework for (?:pre-?training|training|fine-?tuning))",
    "survey": r"(?:survey|review|overview)",
}
_MADE = {kind: re.compile(_MAKES + noun + r"\b", re.IGNORECASE) for kind, noun in _NAMED.items()}
_TITLED = {
    kind: re.compile(rf"\b{noun}\b(?! for (?:evaluation|pre-?training)\b)", re.IGNORECASE)
    for kind, noun in _NAMED.items()
}


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a question asks for: its `topic`, what is `excluded`, and the kind of contribution, if any."""

    topic: str
    excluded: tuple[str, ...] = ()
    makes: Contribution | None = None


def split(question: str) -> Criteria:
    """Return the criteria of a question.

    >>> split("which papers contribute a new vision-language benchmark? (not video)")
    Criteria(topic='which papers contribute a new vision-language benchmark?', excluded=('video',), makes='data')
    """
    topic, excluded = question, []
    while match := _EXCLUDED.search(topic):
        if match["rather"] and not _ABOUT_PAPERS.search(topic):
            break  # what a method does rather than something else is its description
        topic = (topic[: match.start()] + topic[match.end() :]).strip()
        excluded += _OR.split(_LEAD.sub("", next(filter(None, match.groups()))).strip())
    makes = next((kind for kind, asked in _ASKED.items() if asked.search(topic)), None)
    return Criteria(
        topic,
        tuple(one for one in excluded if one),
        makes if answer_form.kind_of(question) in ("list", "summary") else None,
    )


def applied(criteria: Criteria, found: Retrieval, keywords: KeywordIndex) -> Retrieval:
    """Return what was found in the order that all criteria give, without what is ruled out."""
    scored = list(found.candidates)
    if kind := criteria.makes:
        gain, loss = GAIN * found.spread, LOSS * found.spread
        scored = [
            replace(one, score=one.score + (gain if makes(one.paper, kind) else -loss))
            for one in scored
        ]
    for excluded in criteria.excluded:
        concepts = keywords.concepts(excluded)
        scored = [one for one in scored if not is_about(one.paper, concepts)]
    return replace(found, candidates=tuple(sorted(scored, key=lambda one: -one.score)))


def makes(paper: Paper, kind: Contribution) -> bool:
    """Tell whether a paper says that it contributes something of this kind."""
    if _TITLED[kind].search(paper.title):
        return True
    return any(_MADE[kind].search(sentence.text) for sentence in sentences(without(paper.abstract)))


def is_about(paper: Paper, concepts: Sequence[Concept]) -> bool:
    """Tell whether a paper has all of `concepts`, and one of them in its title or again and again."""
    title = f" {' '.join(index_terms(paper.title))} "
    text = f"{title} {' '.join(index_terms(without(paper.abstract)))} "
    held = [[phrase for phrase in concept.phrases if f" {phrase} " in text] for concept in concepts]
    return bool(held) and all(held) and any(
        f" {phrase} " in title or text.count(f" {phrase} ") >= _OFTEN for phrases in held for phrase in phrases
    )  # fmt: skip
