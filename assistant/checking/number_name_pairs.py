"""Figures that a text sets beside a name outright: "83.2% on COCO", "COCO (83.2%)", "On COCO it reaches 83.2%". Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from assistant.checking.names import closed_up, is_strict
from assistant.checking.numbers import figures
from assistant.text.words import is_content, stem

_NAME = r"[A-Z][\w+./-]*\w|[a-z]+[A-Z][\w+./-]*\w"
# After a figure: its unit, what it is set against, up to three words of what it measures, then the name.
_ON = re.compile(
    r"\s*(?:\\?%|percent\b|points?\b)?(?:\s*(?:vs\.?|versus|against)\s+[\d.,]+\s*\\?%?)?(?:\s+(?!and\b|on\b|for\b|vs)[\w-]+){0,3}"
    rf"\s+(?:on|for)\s+(?:the\s+)?(?P<name>{_NAME})(?![\w-])(?!\s+and (?:{_NAME}))"
)
_BEFORE = re.compile(rf"(?P<name>{_NAME})\s*(?:\(|; )\s*[~≈+]?$")
_THINGS = re.compile(r"\s+([A-Za-z][\w-]*)\s+([A-Za-z][\w-]*)")
_FIRST = re.compile(rf"(?:On|For) (?:the )?(?P<name>{_NAME})\b")


def paired(text: str) -> Mapping[str, frozenset[str]]:
    """Return for each figure (its value as text) the names, closed up, that stand beside it.

    >>> {figure: sorted(names) for figure, names in paired("FVD is 83 vs. 176 on MSR-VTT, UCF101 (122).").items()}
    {'83': ['msrvtt'], '176': ['msrvtt'], '122': ['ucf101']}
    """
    found: dict[str, set[str]] = {}
    first = _FIRST.match(text)
    for one in figures(text):
        match = _ON.match(text, one.end) or _BEFORE.search(text[max(0, one.start - 40) : one.start])
        name = (match or first or {"name": ""})["name"]
        if one.counted and is_strict(name):
            found.setdefault(str(one.value), set()).add(closed_up(name))
    return {figure: frozenset(names) for figure, names in found.items()}


def crossed(claim: str, source: str) -> tuple[str, str]:
    """Return a name that the claim has beside a figure and the one that the source has there, "" and "" when they agree.

    Only names that the source has beside other figures count: the same sort of name.

    >>> crossed("On MSR-VTT it has 122.", "FVD is 83 on MSR-VTT and 122 on UCF101.")
    ('msrvtt', 'ucf101')
    """
    stated = paired(source)
    for figure, names in paired(claim).items():
        there = stated.get(figure, frozenset())
        elsewhere = {name for other, beside in stated.items() if other != figure for name in beside}
        if there and not names & there and names <= elsewhere:
            return min(names), min(there)
    return "", ""


def miscounted(claim: str, source: str) -> tuple[str, str]:
    """Return the number that the claim has of something and the one that the source has of it, "" and "" where they agree.

    >>> miscounted("It gains on two legal tasks.", "It gains on three legal tasks, in two settings.")
    ('two', 'three')
    """
    stated = _counted(source)
    for things, numbers in _counted(claim).items():
        there = stated.get(things, {})
        for value, written in numbers.items():
            if there and value not in there:
                return written, next(iter(there.values()))
    return "", ""


def _counted(text: str) -> dict[tuple[str, str], dict[str, str]]:
    """Return, by the two words of content after it, each number and how it is written."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for one in figures(text):
        following = _THINGS.match(text, one.end)
        if (
            one.counted
            and following
            and all(map(is_content, (following[1].lower(), following[2].lower())))
        ):
            things = (stem(following[1].lower()), stem(following[2].lower()))
            found.setdefault(things, {})[str(one.value)] = one.text
    return found
