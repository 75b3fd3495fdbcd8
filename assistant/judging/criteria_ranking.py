"""What was found → what is left of it, in order, under a question's criteria: what is ruled out,
what is contributed.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.index.bm25 import Concept, KeywordIndex
from assistant.reading.parsed_question import Contribution, ParsedQuestion
from assistant.retrieval.hybrid import Retrieval
from assistant.text.prompt_injection import without
from assistant.text.sentences import sentences
from assistant.text.words import index_terms
from assistant.types import Paper

# A paper that makes what is asked for gains so many deviations of the papers nearest to the
# question; one that does not, loses
# less: an abstract may leave it unsaid.
GAIN, LOSS = 0.85, 0.5
# Said this often, something is what an abstract is about rather than what it mentions.
_OFTEN = 3

_MAKES = (
    r"(?:we|this (?:paper|work|study|article)|paper|authors)\b[^.;]{0,40}?\b(?:introduc|"
    r"present|propos|releas|buil[dt]|construct|collect|curat|"
    r"creat|contribut|provid|develop|compil|publish|describ|assembl|offer|"
    r"open-?sourc)\w*\b[^.;]{0,90}?\b"
)
_NAMED: dict[Contribution, str] = {
    "data": r"(?:data ?sets?|benchmarks?|corpus|corpora)",
    "tool": r"(?:toolkit|toolbox|library|software|framework for (?:pre-?training|training|"
    r"fine-?tuning))",
    "survey": r"(?:survey|review|overview)",
}
_MADE = {kind: re.compile(_MAKES + noun + r"\b", re.IGNORECASE) for kind, noun in _NAMED.items()}
_TITLED = {
    kind: re.compile(rf"\b{noun}\b(?! for (?:evaluation|pre-?training)\b)", re.IGNORECASE)
    for kind, noun in _NAMED.items()
}


def apply_criteria(parsed: ParsedQuestion, found: Retrieval, keywords: KeywordIndex) -> Retrieval:
    """Return what was found in the order that all criteria give, without what is ruled out."""
    scored = list(found.candidates)
    if kind := parsed.makes:
        gain, loss = GAIN * found.spread, LOSS * found.spread
        scored = [
            replace(one, score=one.score + (gain if makes_contribution(one.paper, kind) else -loss))
            for one in scored
        ]
    for excluded in parsed.excluded:
        concepts = keywords.concepts(excluded)
        scored = [one for one in scored if not is_about(one.paper, concepts)]
    return replace(found, candidates=tuple(sorted(scored, key=lambda one: -one.score)))


def makes_contribution(paper: Paper, kind: Contribution) -> bool:
    """Tell whether a paper says that it contributes something of this kind."""
    if _TITLED[kind].search(paper.title):
        return True
    return any(_MADE[kind].search(sentence.text) for sentence in sentences(without(paper.abstract)))


def is_about(paper: Paper, concepts: Sequence[Concept]) -> bool:
    """Tell whether a paper has all of `concepts`, and one of them in its title or again
    and again.
    """
    title = f" {' '.join(index_terms(paper.title))} "
    text = f"{title} {' '.join(index_terms(without(paper.abstract)))} "
    held = [[phrase for phrase in concept.phrases if f" {phrase} " in text] for concept in concepts]
    if not held or not all(held):
        return False
    phrases = [phrase for phrases in held for phrase in phrases]
    return any(f" {phrase} " in title or text.count(f" {phrase} ") >= _OFTEN for phrase in phrases)
