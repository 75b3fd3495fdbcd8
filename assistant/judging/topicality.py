"""Evidence → whether anything in the corpus is near to what is asked. Thresholds fitted to
off-topic questions written for it.
"""

import re
from dataclasses import replace

from assistant.judging.criteria_ranking import makes_contribution
from assistant.judging.evidence import Evidence, Silence
from assistant.retrieval.filters import describe_filters, lift_filters
from assistant.text.paper_names import is_name

# Below this the question is about nothing in the corpus. Off-topic questions written for the
# purpose reach
# 1.22, the development questions that have an answer begin at 1.35.
NEAR_ENOUGH = 1.28
_NAMED_NEAR = 1.0
# The late-interaction score of the best paper: off-topic questions written for the purpose reach
# .60.
_ON_TOPIC = 0.62
_KEYWORD_SHARE = 0.03
_KEYWORD_MOST = 12.0
# A short question turns on each of its words. When this share of its weight is in words that no
# paper uses, and
# nothing in the corpus is this similar, it is about something else; when one paper holds all its
# words, it is on topic
# however little the embedder makes of it (unless they are too common to tell).
_SHORT = 5
_UNUSED_SHARE = 0.4
_SIMILAR = 0.5
_TELLING_WEIGHT = 3.0
_UNKNOWN_SHARE = 0.5
_OFFERED = 2
_OFFERED_OUTSIDE = 3
_NAME_NEAR = 0.6
_FEW = 7
_ABOUT_PAPERS = re.compile(
    r"\b(?:papers?|works?|stud(?:y|ies)|abstracts?|corpus|here|research(?:ers)?|articles?)\b",
    re.IGNORECASE,
)


def nothing_near(evidence: Evidence) -> Silence | None:
    """Return that nothing in the corpus comes near the question, None when something does."""
    candidates, question = evidence.found.candidates, evidence.parsed
    if not candidates:
        return _nothing_found(evidence)
    if evidence.focus or question.scoped or _contributed(evidence):
        return None
    if _covered(evidence) or _near_in_words(evidence):
        return None
    keywords = min(max(candidate.keywords for candidate in candidates), _KEYWORD_MOST)
    near = evidence.found.nearness + _KEYWORD_SHARE * keywords
    if near >= _NAMED_NEAR and any(
        is_name(question.topic[mention.start : mention.end]) for mention in question.mentions
    ):
        return None  # what only one paper names is about that paper
    if (
        near >= NEAR_ENOUGH
        and not _turns_on_unknown_name(evidence)
        and not _turns_on_unused_words(evidence)
    ):
        return None
    return _silence(evidence, _unused_words(evidence))


def _nothing_found(evidence: Evidence) -> Silence:
    """Return that no paper satisfies the filters, with those nearest to the question outside of
    them.
    """
    bounds = evidence.parsed.bounds
    if not describe_filters(bounds):
        return Silence("nothing near", (), tuple(_unused_words(evidence)))
    found = evidence.retriever.search(evidence.parsed.topic, lift_filters(bounds))
    unfiltered = replace(evidence, found=found)
    if not found.query.concepts or not found.candidates or nothing_near(unfiltered):
        return Silence("no paper under the filter")
    return Silence("no paper under the filter", tuple(unfiltered.candidates[:_OFFERED_OUTSIDE]))


def unknown_names(evidence: Evidence) -> Silence | None:
    """Return that the question turns on names that no abstract mentions or comes near to, None when
    it does not.
    """
    query = evidence.found.query
    if len(query.concepts) > _FEW:
        return None  # a long description does not stand and fall with a name
    first = _first_word(evidence)
    unused = [
        concept.surface
        for concept, used in zip(query.concepts, query.keywords.frequencies, strict=True)
        if not used
    ]
    names = [
        word
        for word in unused
        if word[0].isupper() and word != first and evidence.nearest_words(word) < _NAME_NEAR
    ]
    return _silence(evidence, names) if names else None


def _silence(evidence: Evidence, words: list[str]) -> Silence:
    return Silence("nothing near", tuple(evidence.candidates[:_OFFERED]), tuple(words))


def _unused_words(evidence: Evidence) -> list[str]:
    """Return the words of a short question that no paper uses."""
    query = evidence.found.query
    if not 0 < len(query.concepts) <= _SHORT:
        return []
    frequencies = query.keywords.frequencies
    return [one.surface for one, used in zip(query.concepts, frequencies, strict=True) if not used]


def _near_in_words(evidence: Evidence) -> bool:
    """Tell whether some paper has words near to all of the question's, which are more than one."""
    surfaces = [concept.surface for concept in evidence.found.query.concepts]
    words = [surface for surface in surfaces if any(c.isalpha() for c in surface)]
    return len(words) > 1 and evidence.nearest_words() >= _ON_TOPIC


def _contributed(evidence: Evidence) -> bool:
    """Tell whether the kind of contribution that is asked for ("toolkits") is what the best paper
    makes.
    """
    kind = evidence.parsed.makes
    return kind is not None and makes_contribution(evidence.candidates[0], kind)


def _covered(evidence: Evidence) -> bool:
    """Tell whether a paper holds every word of the question, and these words can tell."""
    query, candidates = evidence.found.query, evidence.found.candidates
    question = evidence.parsed
    about_papers = bool(_ABOUT_PAPERS.search(question.topic)) or question.phrasing.describes
    if any(candidate.coverage > 0.99 for candidate in candidates):
        return about_papers or sum(query.keywords.weights) >= _TELLING_WEIGHT
    if not about_papers or not all(query.keywords.frequencies) or len(query.concepts) > _SHORT:
        return False
    named = any(is_name(concept.surface) for concept in query.concepts)
    first = evidence.candidates[:_OFFERED]
    return named or any(evidence.title_has(paper, _TELLING_WEIGHT) for paper in first)


def _turns_on_unused_words(evidence: Evidence) -> bool:
    query = evidence.found.query
    keywords = query.keywords
    total = sum(keywords.weights) or 1.0
    used = zip(keywords.weights, keywords.frequencies, strict=True)
    unused = sum(weight for weight, frequency in used if not frequency)
    similar = max(candidate.similarity for candidate in evidence.found.candidates)
    short = len(query.concepts) <= _SHORT
    return short and unused / total >= _UNUSED_SHARE and similar < _SIMILAR


def _turns_on_unknown_name(evidence: Evidence) -> bool:
    """Tell whether most of the question's weight is a name that no paper mentions."""
    query = evidence.found.query
    keywords = query.keywords
    total = sum(keywords.weights) or 1.0
    first = _first_word(evidence)
    for concept, weight, frequency in zip(
        query.concepts, keywords.weights, keywords.frequencies, strict=True
    ):
        surface = concept.surface
        name = is_name(surface) or (surface[0].isupper() and surface != first)
        if frequency == 0 and name and weight / total >= _UNKNOWN_SHARE:
            return True
    return False


def _first_word(evidence: Evidence) -> str:
    return next(iter(evidence.parsed.topic.split()), "")
