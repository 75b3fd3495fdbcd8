"""Percentile bootstrap over questions: how far a figure could lie for others like these."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap

from assistant.evaluation.measures import Measure, Statistic

RESAMPLES = 2000
SEED = 0
_AT_ONCE = 1_000_000  # resampled values held in memory
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

    def figure(values: Floats, weights: Floats, axis: int = -1) -> Floats:
        return _figure(measure.statistic, values, weights, axis)

    return _bootstrapped(figure, _columns(measure, list(measure.values)))


def difference(before: Measure, after: Measure) -> Estimate:
    """Return by how much `after` is higher, over the questions both have, resampled together."""
    shared = [key for key in before.values if key in after.values]

    def gain(v0: Floats, w0: Floats, v1: Floats, w1: Floats, axis: int = -1) -> Floats:
        return _figure(after.statistic, v1, w1, axis) - _figure(before.statistic, v0, w0, axis)

    return _bootstrapped(gain, (*_columns(before, shared), *_columns(after, shared)))


def _columns(measure: Measure, keys: list[str]) -> tuple[Floats, Floats]:
    pairs = np.array([measure.values[key] for key in keys], dtype=np.float64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _bootstrapped(figure: Callable[..., Floats], columns: tuple[Floats, ...]) -> Estimate:
    number = len(columns[0])
    value = float(figure(*columns))
    if number < 2:
        return Estimate(value, None, None, number)
    options: dict[str, Any] = {"paired": True, "vectorized": True, "method": "percentile"}
    rows = max(1, _AT_ONCE // number)
    found = bootstrap(columns, figure, n_resamples=RESAMPLES, batch=rows, rng=SEED, **options)
    interval = found.confidence_interval
    return Estimate(value, float(interval.low), float(interval.high), number)


def _figure(statistic: Statistic, values: Floats, weights: Floats, axis: int) -> Floats:
    if statistic == "total":
        return np.asarray(values.sum(axis))
    if statistic == "mean":
        return np.asarray((values * weights).sum(axis) / weights.sum(axis))
    # As in tests/score.py: a value that occurred, not one between two.
    number = values.shape[axis]
    rank = {"p50": number // 2, "p95": int(number * 0.95)}[statistic]
    return np.asarray(np.take(np.sort(values, axis), rank, axis))
