"""Scores of several kinds → one: standardised over a sample of the corpus, weighted and summed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the z-scored parts; 0 leaves a part out.

    Score fusion rather than rank fusion: Bruch et al., "An Analysis of Fusion Functions for Hybrid
    Retrieval" (2022), confirmed on the development questions.
    """

    keywords: float = 0.35
    abstract: float = 1.0
    sentence: float = 0.2
    passage: float = 0.75
    queries: float = 1.5
    feedback: float = 1.0
    reranker: float = 1.5


def standardise(scores: Scores, reference: NDArray[np.bool_]) -> Scores:
    """Return z-scores, by the mean and deviation of those scores that `reference` marks.

    >>> standardise(np.array([1.0, 3.0, 5.0]), np.array([True, True, False])).round(2)
    array([-1.,  1.,  3.])
    """
    usual = scores[reference]
    if usual.size == 0:
        return scores
    standardised: Scores = (scores - usual.mean()) / (usual.std() + 1e-9)
    return standardised


def expected(scores: Scores, others: Scores) -> Scores:
    """Return scores with those that are missing (NaN) as linear regression on the others tells.

    >>> expected(np.array([1.0, 3.0, np.nan]), np.array([0.0, 1.0, 2.0])).round(2)
    array([1., 3., 5.])
    """
    is_known = ~np.isnan(scores)
    known, beside = scores[is_known], others[is_known]
    apart = beside - beside.mean()
    slope = float(apart @ known / max(float(apart @ apart), 1e-9))
    guessed: Scores = known.mean() + slope * (others - beside.mean())
    return np.where(is_known, scores, guessed)


def fuse(parts: Sequence[Scores], weights: Sequence[float]) -> Scores:
    """Return the weighted sum of `parts`, at least one, each the scores of the same papers.

    >>> fuse([np.array([1.0, 2.0]), np.array([0.0, 4.0])], [1.0, 0.5])
    array([1., 4.])
    """
    fused = weights[0] * parts[0]
    for weight, part in zip(weights[1:], parts[1:], strict=True):
        fused = fused + weight * part
    return fused


def fuse_ranks(*rankings: Sequence[str]) -> dict[str, float]:
    """Return the sum for each paper of 1 / (60 + its rank), reciprocal rank fusion (Cormack et al.
    2009): twice second beats first and fourth.

    >>> fused = fuse_ranks(["a", "b", "c", "d"], ["d", "b", "c", "a"])
    >>> max(fused, key=fused.get)
    'b'
    """
    scores: dict[str, float] = defaultdict(float)
    for ranked in rankings:
        for rank, paper in enumerate(ranked, 1):
            scores[paper] += 1 / (60 + rank)
    return scores
