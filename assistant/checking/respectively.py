"""“68.50%, 60.09% and 51.85% on A, B and C, respectively” taken apart, so that each figure stands beside its name. Pure."""

from __future__ import annotations

import re

from assistant.checking.names import is_strict
from assistant.checking.numbers import figures

_CUE = re.compile(r"\brespectively\b", re.IGNORECASE)
_JOINT = r"(?:, and |, or |, | and | or | vs\.? )\s*"
_NUMBER = r"(?:\d+(?:\.\d+)?\\?%?\s?[~–]\s?)?[+~≈]?\$?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?\\?%?(?:[KMBTx×]\b)?(?: (?:million|billion|percent|hours|points))?"
_NUMBERS = re.compile(rf"(?<![\w.-]){_NUMBER}(?:{_JOINT}{_NUMBER})+")
_CHUNK = re.compile(
    r"\b(?:on|for|in|of|with|by|to|over|under|against|using|while|when|was|is|are|achieves?|respectively|such as|including|namely)\b"
    r"|\((?:e\.g\.|i\.e\.),?|[.;:()]\s"
)
_MOST_WORDS = 4


def unfolded(sentence: str) -> str:
    """Return a sentence with "respectively" with each figure of its list put beside its item; any other sentence as it is.

    >>> unfolded("We reach 68.5%, 60.1% and 51.8% on CUHK, ICFG and RSTP, respectively.")
    'We reach on respectively. ; CUHK 68.5% ; ICFG 60.1% ; RSTP 51.8%'
    """
    numbers = _NUMBERS.search(sentence)
    if numbers is None:
        return sentence
    listed = re.findall(_NUMBER, numbers[0])
    stated = _CUE.search(sentence) is not None
    after, before = (
        _CHUNK.split(sentence[numbers.end() :]),
        _CHUNK.split(sentence[: numbers.start()])[::-1],
    )
    for chunk in [*after, *before]:
        items = _listed(chunk, len(listed))
        if items and (stated or (all(map(_is_name, items)) and not re.search("vs", numbers[0]))):
            pairs = " ; ".join(
                f"{item} {figure}" for item, figure in zip(items, listed, strict=True)
            )
            rest = sentence.replace(numbers[0], "").replace(chunk, " ")
            return f"{' '.join(rest.split())} ; {pairs}"
    return sentence


def _listed(chunk: str, number: int) -> list[str]:
    """Return the items of a list of `number` that a chunk begins with or is, [] when it has none."""
    joints = list(re.finditer(_JOINT, chunk))
    if len(joints) < number - 1 or (
        len(joints) >= number and not re.search("[a-z]", joints[number - 2][0])
    ):
        return []
    end = joints[number - 1].start() if len(joints) >= number else len(chunk)
    items = _items(chunk[:end])
    return (
        items
        if len(items) == number and all(len(item.split()) <= _MOST_WORDS for item in items)
        else []
    )


def _is_name(item: str) -> bool:
    return is_strict(item) and item[0].isalpha() and not figures(item)


def _items(text: str) -> list[str]:
    return [one for part in re.split(_JOINT, text) if (one := part.strip(" ,.()"))]
