"""Scores of several kinds → one: standardised over the corpus, weighted and summed."""

from collections.abc import Collection, Mapping, Sequence
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

    keywords: float = 0.5
    abstract: float = 1.0
    sentence: float = 0.2
    passage: float = 0.75
    feedback: float = 1.0
    reranker: float = 1.5


def standardise(
    scores: Mapping[str, float],
    ids: Collection[str],
    reference: Mapping[str, float],
    reference_ids: Collection[str],
    floor: float | None = None,
) -> Scores:
    """Return z-scores of `ids`, by the mean and deviation of `reference` over `reference_ids`.

    A paper without a score gets `floor`, or the lowest score of `reference`.
    """
    lowest = min(reference.values(), default=0.0) if floor is None else floor
    values = np.array([scores.get(key, lowest) for key in ids], dtype=np.float64)
    spread = np.array([reference.get(key, lowest) for key in reference_ids], dtype=np.float64)
    if values.size == 0:
        return values
    standardised: Scores = (values - spread.mean()) / (spread.std() + 1e-9)
    return standardised


def fuse(parts: Sequence[Scores], weights: Sequence[float]) -> Scores:
    """Return the weighted sum of `parts`, at least one, each the scores of the same papers.

    >>> fuse([np.array([1.0, 2.0]), np.array([0.0, 4.0])], [1.0, 0.5])
    array([1., 4.])
    """
    fused = weights[0] * parts[0]
    for weight, part in zip(weights[1:], parts[1:], strict=True):
        fused = fused + weight * part
    return fused
