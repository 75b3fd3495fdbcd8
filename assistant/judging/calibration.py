"""Scores of retrieval, of the network and of the reader → probabilities and bounds.

Every constant was fitted on the questions of tests/questions, more_questions and fresh_questions;
`python -m tests.calibration` fits them again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

# Logistic regression of "relevant" on how far a paper's score stands out of those nearest to the
# question, alone and beside by how much what the network says of it exceeds what it says of the
# others found.
_RANK_ALONE, _RANK_ALONE_BIAS = 1.413, -4.501
_RANK, _EXCESS, _BIAS = 0.897, 0.188, -3.484
# Of "has an answer" on how near the corpus comes in meaning and in words, on the reader's log-odds
# that the question is not about papers, and on the highest of the network's.
_NEAR, _WORDS, _MOST_WORDS, _OTHER, _JUDGED, _NEAR_BIAS = 1.225, 0.237, 12.0, 0.074, 0.28, -2.819

# Of "the paper named states it" on the network's log-odds.
_STATED, _STATED_BIAS = 0.198, 0.144


def membership(z_score: float, excess: float | None = None) -> float:
    """Return how likely (0…1) a paper is to be relevant that stands out so far (see
    `Retrieval.z_score`), and of which the network says by so much more than of those judged beside
    it that it states what is asked; None where it is not judged.
    """
    if excess is None:
        return chance_of(_RANK_ALONE * z_score + _RANK_ALONE_BIAS)
    return chance_of(_RANK * z_score + _EXCESS * excess + _BIAS)


def answerable(nearness: float, keywords: float, other: float, judged: float) -> float:
    """Return the log-odds that something in the corpus answers a question.

    `nearness` is `Retrieval.nearness`, `keywords` the best BM25 score, `other` the probability that
    it is not about papers, `judged` the highest of what the network says of paper and sentence
    together.
    """
    words = _WORDS * min(keywords, _MOST_WORDS)
    return _NEAR_BIAS + _NEAR * nearness + words + _OTHER * log_odds(other) + _JUDGED * judged


def stated(judged: float) -> float:
    """Return the log-odds that a named paper states what is asked, by the network's on paper and
    sentence together.
    """
    return _STATED * judged + _STATED_BIAS


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
