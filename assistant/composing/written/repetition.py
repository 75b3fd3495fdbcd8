"""A model that has begun to repeat itself without end. Pure."""

from __future__ import annotations

import re

_TIMES = 4
_SHORTEST = 80
_LONGEST_PERIOD = 400
_NUMBER = re.compile(r"(?m)^\s*\d{1,3}(?=[.)])")


def repetition(text: str) -> int | None:
    """Return where endless repetition begins, after its first round, None when the text does not end in one.

    It is a stretch of up to 400 characters four times in a row, over 80 characters in all, at the end.

    >>> text = "It works. " + "So it is said. " * 8
    >>> text[: repetition(text)]
    'It works. So it is said. '
    >>> text = "".join(f"{n}. It extracts knowledge.\\n" for n in range(1, 10))
    >>> text[: repetition(text)]
    '1. It extracts knowledge.\\n'
    >>> repetition("a | b | c | " + "---|" * 3)
    """
    # Each entry of an endless list has another number.
    text = _NUMBER.sub(lambda match: re.sub(r"\d", "0", match[0]), text)
    tail = text[-_TIMES * _LONGEST_PERIOD :]
    for period in range(1, len(tail) // _TIMES + 1):
        rounds = max(_TIMES, -(-_SHORTEST // period))
        unit = tail[-period:]
        if len(tail) >= rounds * period and tail.endswith(unit * rounds) and re.search(r"\w", unit):
            start = len(text) - rounds * period
            while start >= period and text[start - period : start] == unit:
                start -= period
            return start + period
    return None
