"""Which of the papers found belong to an answer: a calibrated probability for each, and the set that scores best by it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from assistant.types import Candidate

# Logistic regression of "relevant" on a paper's score and its share of the best score, over the first 50 papers of 58 list
# and 23 summary questions (tests/questions and tests/more_questions); `python -m tests.membership` fits it again.
_SCORE, _SHARE, _BIAS = 0.767, -2.538, -4.985
LIKELY = 0.2


def probability(score: float, best: float) -> float:
    """Return how likely (0…1) a paper with this score is to be relevant where the best one has `best`."""
    share = score / best if best > 0 else 1.0
    return 1.0 / (1.0 + math.exp(-(_SCORE * score + _SHARE * share + _BIAS)))


def probabilities(candidates: Sequence[Candidate]) -> list[float]:
    """Return the probability of each of `candidates`, best first."""
    return [probability(one.score, candidates[0].score) for one in candidates]


def expected_best(chances: Sequence[float], beta: float = 1.0) -> int:
    """Return how many of the papers, likeliest first, give the highest expected F-beta.

    The expectation is taken of numerator and denominator apart (after Ye et al., "Optimizing F-measures", 2012).
    """
    weight = beta * beta
    relevant = sum(chances)
    best, found, value = 1, 0.0, 0.0
    for number, chance in enumerate(chances, 1):
        found += chance
        if (expected := (1.0 + weight) * found / (number + weight * relevant)) > value:
            best, value = number, expected
    return best
