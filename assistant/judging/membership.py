"""Which of the papers found belong to an answer: a calibrated probability for each, and the set
that scores best by it.
"""

import math
from collections.abc import Mapping, Sequence

from assistant.judging.evidence import Evidence
from assistant.retrieval.sentence_ranking import Sentence, telling
from assistant.types import Paper

# Logistic regression of "relevant" on how far a paper's score stands out of those nearest to the
# question, over the first 50
# papers of 58 list and 23 summary questions (tests/questions and tests/more_questions); `python -m
# tests.membership`
# fits it again.
_SLOPE, _BIAS = 1.528, -4.788
LIKELY = 0.2
MOST_LISTED = 15
CONSIDERED = 20
_TOPIC_CONCEPTS = 3
_SCOPED_MARGIN = 0.22
_FEWEST_SUMMARISED, _MOST_SUMMARISED = 3, 9
_UNLIKELY = 0.08
# A summary that leaves out a central paper is worse than one with a paper too many.
_RECALL_WEIGHS = 1.8
# In a handful of papers nothing can stand out: there the words decide, this near and this near to
# the best.
_FEW, _WORDS, _WORDS_SHARE = 60, 0.45, 0.8


def probability(z_score: float) -> float:
    """Return how likely (0…1) a paper is to be relevant that stands out so far (see
    `Retrieval.z_score`).
    """
    return 1.0 / (1.0 + math.exp(-(_SLOPE * z_score + _BIAS)))


def relevance_chances(evidence: Evidence) -> list[float]:
    """Return the probability of each candidate, best first."""
    found, late = evidence.found, evidence.retriever.late
    many = len(evidence.retriever.papers) >= _FEW
    if many or late is None or found.query.tokens is None:
        return [probability(found.z_score(candidate.score)) for candidate in found.candidates]
    words = late.scores(found.query.tokens, [paper.id for paper in evidence.candidates])
    enough = max(_WORDS, _WORDS_SHARE * max(words.values(), default=0.0))
    return [
        0.5 if words.get(one.paper.id, 0.0) >= enough and one.score > 0 else 0.05
        for one in found.candidates
    ]


def list_members(evidence: Evidence, most: int | None = MOST_LISTED) -> tuple[Paper, ...]:
    """Return the papers that match the question, best first; at least the best one, and no more
    than `most`.
    """
    if evidence.parsed.scoped:
        # Among papers already under discussion the sentence decides, not the rank in the corpus.
        looked_at = evidence.candidates[: most and most + CONSIDERED]
        return _scoped_members(evidence.best_sentences(looked_at))
    likely = relevance_chances(evidence)[:most]
    # Of a broad topic ("papers about video") no paper stands far out: those that have it in their
    # titles are about it.
    broad = 0 < len(evidence.found.query.concepts) <= _TOPIC_CONCEPTS
    return tuple(
        paper
        for rank, (paper, chance) in enumerate(zip(evidence.candidates[:most], likely, strict=True))
        if rank == 0 or chance >= LIKELY or (broad and evidence.title_has(paper))
    )


def summary_members(evidence: Evidence) -> tuple[Paper, ...]:
    """Return the papers for a summary: as many as have the highest expected F, recall counting
    more.
    """
    likely = relevance_chances(evidence)
    number = min(expected_best(likely, _RECALL_WEIGHS), _MOST_SUMMARISED)
    first = zip(evidence.candidates[:_MOST_SUMMARISED], likely, strict=False)
    return tuple(
        paper
        for rank, (paper, chance) in enumerate(first)
        if rank < number or (rank < _FEWEST_SUMMARISED and chance >= _UNLIKELY)
    )


def _scoped_members(best: Mapping[str, Sentence]) -> tuple[Paper, ...]:
    """Return the papers that have a sentence to the point, best first."""
    scores = {key: telling(sentence) for key, sentence in best.items()}
    enough = max(scores.values()) - _SCOPED_MARGIN
    chosen = sorted((key for key in scores if scores[key] >= enough), key=lambda key: -scores[key])
    return tuple(best[key].paper for key in chosen)


def expected_best(likely: Sequence[float], beta: float = 1.0) -> int:
    """Return how many of the papers, likeliest first, give the highest expected F-beta.

    The expectation is taken of numerator and denominator apart (after Ye et al., "Optimizing
    F-measures", 2012).
    """
    weight = beta * beta
    relevant = sum(likely)
    best, found, value = 1, 0.0, 0.0
    for number, chance in enumerate(likely, 1):
        found += chance
        if (expected := (1.0 + weight) * found / (number + weight * relevant)) > value:
            best, value = number, expected
    return best
