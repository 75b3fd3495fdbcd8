"""Scores of retrieval, of the network and of the reader → probabilities and bounds.

Every constant was fitted on the questions of tests/questions and tests/more_questions; `python -m
tests.calibration` fits them again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

# Logistic regression of "relevant" on how far a paper's score stands out of those nearest to the
# question. With the network's log-odds beside it the fit is no better (see CARD.md).
_SLOPE, _BIAS = 1.528, -4.788
# Of "has an answer" on how near the corpus comes in meaning and in words, and on the reader's
# log-odds that the question is not about papers.
_NEAR, _WORDS, _MOST_WORDS, _OTHER, _NEAR_BIAS = 2.28, 0.363, 12.0, -0.252, -5.31


def membership(z_score: float) -> float:
    """Return how likely (0…1) a paper is to be relevant that stands out so far (see
    `Retrieval.z_score`).
    """
    return chance_of(_SLOPE * z_score + _BIAS)


def answerable(nearness: float, keywords: float, other: float) -> float:
    """Return the log-odds that something in the corpus answers a question.

    `nearness` is `Retrieval.nearness`, `keywords` the best BM25 score, `other` the probability that
    it is not about papers.
    """
    words = min(keywords, _MOST_WORDS)
    return _NEAR_BIAS + _NEAR * nearness + _WORDS * words + _OTHER * log_odds(other)


def chance_of(log_odds: float) -> float:
    """Return the probability of some log-odds."""
    return 1.0 / (1.0 + math.exp(-max(min(log_odds, 30.0), -30.0)))


def log_odds(chance: float) -> float:
    """Return the log-odds of a probability, within ±7."""
    bounded = min(max(chance, 1e-3), 1.0 - 1e-3)
    return math.log(bounded / (1.0 - bounded))


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
