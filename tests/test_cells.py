"""The rows of comparisons, on abstracts labelled by a careful reader."""

from __future__ import annotations

import pytest

from assistant.retrieval.snapshot import IndexSnapshot
from tests.roles.measure import measure, right

pytestmark = pytest.mark.slow  # answers for every labelled abstract


@pytest.fixture(scope="module")
def shares(view: IndexSnapshot) -> dict[str, float]:
    return {row: right(counts) for row, counts in measure(view).items()}


@pytest.mark.parametrize(
    ("row", "least"),
    [
        ("problem", 0.8),
        ("approach", 0.9),
        ("data", 0.67),
        ("results", 0.88),
        ("availability", 0.95),
    ],
)
def test_the_right_sentence_stands_in_the_right_row(
    shares: dict[str, float], row: str, least: float
) -> None:
    assert shares[row] >= least
