"""Which of the papers found belong to an answer: a calibrated probability for each, and the set that scores best by it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from assistant.composing.extractive.draft import Request

# Logistic regression of "relevant" on how far a paper's score stands out of those nearest to the question, over the first 50
# papers of 58 list and 23 summary questions (tests/questions and tests/more_questions); `python -m tests.membership`
# fits it again.
_STANDING, _BIAS = 1.528, -4.788
LIKELY = 0.2
# In a handful of papers nothing can stand out: there the words decide, this near and this near to the best.
_FEW, _WORDS, _WORDS_SHARE = 60, 0.45, 0.8


def probability(standing: float) -> float:
    """Return how likely (0…1) a paper is to be relevant that stands out so far (see `Retrieval.standing`)."""
    return 1.0 / (1.0 + math.exp(-(_STANDING * standing + _BIAS)))


def chances(request: Request) -> list[float]:
    """Return the probability of each of the request's candidates, best first."""
    found = request.retrieval
    if (
        len(request.retriever.papers) >= _FEW
        or request.retriever.late is None
        or found.query.tokens is None
    ):
        return [probability(found.z_score(one.score)) for one in found.candidates]
    words = request.retriever.late.scores(
        found.query.tokens, [one.paper.id for one in found.candidates]
    )
    enough = max(_WORDS, _WORDS_SHARE * max(words.values(), default=0.0))
    return [
        0.5 if words.get(one.paper.id, 0.0) >= enough and one.score > 0 else 0.05
        for one in found.candidates
    ]


def expected_best(likely: Sequence[float], beta: float = 1.0) -> int:
    """Return how many of the papers, likeliest first, give the highest expected F-beta.

    The expectation is taken of numerator and denominator apart (after Ye et al., "Optimizing F-measures", 2012).
    """
    weight = beta * beta
    relevant = sum(likely)
    best, found, value = 1, 0.0, 0.0
    for number, chance in enumerate(likely, 1):
        found += chance
        if (expected := (1.0 + weight) * found / (number + weight * relevant)) > value:
            best, value = number, expected
    return best
