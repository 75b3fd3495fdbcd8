"""Scores of several kinds → one: standardised over the corpus, weighted and summed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the z-scored parts; 0 leaves a part out.

    Score fusion rather than rank fusion: Bruch et al., "An Analysis of Fusion Functions for Hybrid Retrieval" (2022),
    confirmed on the development questions.
    """

    keywords: float = 0.5
    abstract: float = 0.6
    window: float = 0.6
    sentence: float = 0.3
    late: float = 0.65
    feedback: float = 0.65
    reranker: float = 1.5


def standard(
    order: list[str],
    scores: Mapping[str, float],
    everyone: list[str],
    reference: Mapping[str, float],
    floor: float | None = None,
) -> NDArray[np.float64]:
    """Return z-scores in `order` by the mean and deviation of `reference` over `everyone`.

    A paper without a score gets `floor`, or the lowest score there is.
    """
    lowest = min(reference.values(), default=0.0) if floor is None else floor
    values = np.array([scores.get(key, lowest) for key in order], dtype=np.float64)
    spread = np.array([reference.get(key, lowest) for key in everyone], dtype=np.float64)
    if values.size == 0:
        return values
    standard: NDArray[np.float64] = (values - spread.mean()) / (spread.std() + 1e-9)
    return standard
