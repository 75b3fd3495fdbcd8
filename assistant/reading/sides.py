"""A question that compares → its sides: the stretches between the words that can join them."""

import re
from collections.abc import Iterator, Sequence

from assistant.reading.learned.network import Tagged
from assistant.reading.references import tells_apart
from assistant.text.paper_names import Mention

# What can stand between two sides, and as well within one ("the one with captions and tags"): which
# it does is told by what the papers say (`judging/sides.py`).
_JOINS = re.compile(
    r"[,;:()\[\]?!–—]|\.(?=\s|$)|\s-+\s|\s?/\s?|"
    r"\b(?:((?:compar|differ)\w*\s+(?:from|to|with)|versus|vs)|as opposed to|rather than|"
    r"instead of|relative to|alongside|beside|next to|between|both|and|or|but|with|than|against|"
    r"while|whereas)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<!\bthe )\b(?:two|three|four)\s+$", re.IGNORECASE)


def split_sides(
    text: str, tagged: Tagged, named: Sequence[Mention]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the stretches of `text` that describe papers, by words tagged in them, their number
    or the word before them; those with words of a topic, which may describe some; and the others
    that say something. `named` are the papers that it names, whose stretches are sides already.
    """
    spans = list(_spans(text, tagged))
    sides: list[str] = []
    topics: list[str] = []
    others: list[str] = []
    for start, end, compared in _stretches(text, named):
        if any(one.start < end and start < one.end for one in named):
            continue
        inside = [span for span in spans if span[0] < end and start < span[1]]
        if not inside:
            continue
        first, last = min(span[0] for span in inside), max(span[1] for span in inside)
        first = max(start, first)
        number = _NUMBER.search(text, start, first)
        words = text[number.start() if number else first : min(end, last)].strip(" .\"'“”‘’")
        if tells_apart(words):
            kinds = {kind for *_, kind in inside}
            firm = "paper" in kinds or compared or number is not None
            (sides if firm else topics if "topic" in kinds else others).append(words)
    return tuple(sides), tuple(topics), tuple(others)


def _stretches(text: str, named: Sequence[Mention]) -> Iterator[tuple[int, int, bool]]:
    """Yield where each stretch between joining words starts and ends, and whether it follows one
    that compares; those of a name join none.
    """
    start, compared = 0, False
    for match in _JOINS.finditer(text):
        if not any(one.start < match.end() and match.start() < one.end for one in named):
            yield start, match.start(), compared
            start, compared = match.end(), bool(match[1])
    yield start, len(text), compared


def _spans(text: str, tagged: Tagged) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and kind of what is tagged in `text`."""
    for kind in ("topic", "paper", "aspect"):
        end = 0
        for words in tagged.of(kind):
            start = text.find(words, end)
            if start >= 0:
                end = start + len(words)
                yield start, end, kind
