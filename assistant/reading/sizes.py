"""What a question asks papers to be ordered or bounded by of the sizes of their models."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9,
           "billion": 1e9, "t": 1e12, "trillion": 1e12}  # fmt: skip
NUMBER = (
    r"(?<![\w.])(?P<number>\d+(?:,\d{3})*(?:\.\d+)?)"
    rf"(?:[\s-]?(?P<scale>{'|'.join(sorted(_SCALES, key=len, reverse=True))})\b)?"
)
"""A number as abstracts write it: "1.3B", "266,340", "10 billion"."""
PARAMETERS = r"param(?:eter)?s?\b"
"""How parameters are written."""
_MOST, _FEWEST = r"most|highest|largest|biggest|greatest", r"fewest|least|smallest|lowest"
_ORDERED = re.compile(
    rf"\b(?:(?P<most>{_MOST})|{_FEWEST})(?: [\w-]+){{0,2}}? (?:{PARAMETERS}|models?\b)"
    rf"(?:[^.?!]{{0,40}}?\bby {PARAMETERS}(?: counts?)?)?",
    re.IGNORECASE,
)
_BOUNDED = re.compile(
    r"\b(?:(?P<above>above|over|more than|at least|bigger than|larger than|exceeding)"
    r"|below|under|less than|fewer than|at most|smaller than)"
    rf" {NUMBER}(?P<counted> ?(?:[\w-]+ )?{PARAMETERS})?",
    re.IGNORECASE,
)
# What asks for the sizes themselves, and how many papers.
_SAYS_NO_MORE = re.compile(rf"\b(?:top|sizes?|numbers?|{PARAMETERS[:-2]}|\d+)\b", re.IGNORECASE)
_OF_MODELS = re.compile(r"\bmodels?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Size:
    """How papers are to stand by the parameters of their models: those of the `most` or the
    `fewest` first, of these from `at_least` to `at_most`.
    """

    order: Literal["most", "fewest"]
    at_least: float = 0.0
    at_most: float = float("inf")


def take_size(text: str) -> tuple[str, Size | None]:
    """Return what a text says beside how papers are to be ordered or bounded by the sizes of their
    models, and that; all of it where it asks for no such.

    >>> take_size("which are the models with the most parameters?")
    ('which are the models with the ?', Size(order='most', at_least=0.0, at_most=inf))
    >>> take_size("any models above 10 billion parameters?")[1].at_least
    10000000000.0
    >>> take_size("what is the largest gain?"), take_size("models of over 2 languages")
    (('what is the largest gain?', None), ('models of over 2 languages', None))
    """
    match = _BOUNDED.search(text)
    if match and (match["counted"] or (match["scale"] and _OF_MODELS.search(text))):
        bound = value_of(match)
        size = Size("most", at_least=bound) if match["above"] else Size("fewest", at_most=bound)
    elif match := _ORDERED.search(text):
        size = Size("most" if match["most"] else "fewest")
    else:
        return text, None
    rest = f"{text[: match.start()]} {text[match.end() :]}"
    return " ".join(_SAYS_NO_MORE.sub(" ", rest).split()), size


def value_of(match: re.Match[str]) -> float:
    """Return the value of a NUMBER."""
    scale = _SCALES.get((match["scale"] or "").lower(), 1.0)
    return float(match["number"].replace(",", "")) * scale
