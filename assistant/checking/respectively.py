"""“68.50%, 60.09% and 51.85% on A, B and C, respectively” taken apart, so that each figure stands beside its name. Pure."""

from __future__ import annotations

import re

_CUE = re.compile(r"\brespectively\b", re.IGNORECASE)
_JOINT = r"(?:, and |, or |,| and | or | vs\.? )\s*"
_NUMBER = r"[+~≈]?\$?\d[\d.,]*\d?\\?%?(?:[KMBTx×]\b)?(?: (?:million|billion|percent|hours|points))?"
_NUMBERS = re.compile(rf"{_NUMBER}(?:{_JOINT}{_NUMBER})+")
_CHUNK = re.compile(
    r"\b(?:on|for|in|of|with|by|to|over|under|against|using|while|when|was|is|are|achieves?|respectively)\b|[.;:()]\s"
)
_MOST_WORDS = 4


def unfolded(sentence: str) -> str:
    """Return a sentence with "respectively" with each figure of its list put beside its item; any other sentence as it is.

    >>> unfolded("We reach 68.5%, 60.1% and 51.8% on CUHK, ICFG and RSTP, respectively.")
    'We reach on respectively. ; CUHK 68.5% ; ICFG 60.1% ; RSTP 51.8%'
    """
    numbers = _NUMBERS.search(sentence) if _CUE.search(sentence) else None
    if numbers is None:
        return sentence
    figures = _items(numbers[0])
    after, before = _CHUNK.split(sentence[numbers.end() :]), _CHUNK.split(sentence[: numbers.start()])[::-1]
    for chunk in [*after, *before]:
        items = _items(chunk)
        if len(items) == len(figures) and all(len(item.split()) <= _MOST_WORDS for item in items):
            pairs = " ; ".join(f"{item} {figure}" for item, figure in zip(items, figures, strict=True))
            rest = sentence.replace(numbers[0], "").replace(chunk, " ")
            return f"{' '.join(rest.split())} ; {pairs}"
    return sentence


def _items(text: str) -> list[str]:
    return [one for part in re.split(_JOINT, text) if (one := part.strip(" ,.()"))]
