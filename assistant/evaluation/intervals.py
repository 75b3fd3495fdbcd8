"""Percentile bootstrap over questions: how far a figure could lie from what other questions like these would give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from assistant.evaluation.metrics import Measure, Statistic

RESAMPLES = 2000
SEED = 0
_AT_ONCE = 1_000_000
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval (None of a single question), from how many questions."""

    value: float
    low: float | None
    high: float | None
    questions: int


def estimate(measure: Measure) -> Estimate:
    """Return a measure's figure and its interval."""
    values, weights = _columns(measure, list(measure.values))
    return _bootstrapped(partial(_figures, measure.statistic, values, weights), len(values))


def difference(before: Measure, after: Measure) -> Estimate:
    """Return by how much `after` is higher, over the questions both have, resampled together."""
    shared = [key for key in before.values if key in after.values]
    first, second = _columns(before, shared), _columns(after, shared)

    def figures(chosen: NDArray[np.int64]) -> Floats:
        return _figures(after.statistic, *second, chosen) - _figures(
            before.statistic, *first, chosen
        )

    return _bootstrapped(figures, len(shared))


def _columns(measure: Measure, keys: list[str]) -> tuple[Floats, Floats]:
    pairs = np.array([measure.values[key] for key in keys], dtype=np.float64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _bootstrapped(figures: Callable[[NDArray[np.int64]], Floats], number: int) -> Estimate:
    value = float(figures(np.arange(number)[None, :])[0])
    if number < 2:
        return Estimate(value, None, None, number)
    found = np.concatenate([figures(chosen) for chosen in _resampled(number)])
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return Estimate(value, float(low), float(high), number)


def _resampled(number: int) -> Iterator[NDArray[np.int64]]:
    """Yield the same resamples of `number` questions every time, a handful of rows at once."""
    random = np.random.default_rng(SEED)
    rows = max(1, _AT_ONCE // number)
    for done in range(0, RESAMPLES, rows):
        yield random.integers(0, number, (min(rows, RESAMPLES - done), number))


def _figures(
    statistic: Statistic, values: Floats, weights: Floats, chosen: NDArray[np.int64]
) -> Floats:
    """Return the statistic of each row of chosen questions."""
    some = values[chosen]
    if statistic == "total":
        return np.asarray(some.sum(axis=1))
    if statistic == "mean":
        weight = weights[chosen]
        total = weight.sum(axis=1)
        return np.asarray(
            np.where(total > 0, (some * weight).sum(axis=1) / np.maximum(total, 1e-12), np.nan)
        )
    # As in tests/score.py: a value that occurred, not one between two.
    place = {"p50": some.shape[1] // 2, "p95": int(some.shape[1] * 0.95)}[statistic]
    return np.asarray(np.sort(some, axis=1)[:, place])
