"""Abbreviations that a text defines itself: "text-to-image (T2I)"."""

import re
from collections.abc import Iterator

_BRACKET = re.compile(r"\(([^()]{2,40})\)")
_DIGIT_WORDS = {"2": "to", "4": "for"}


def definitions(text: str) -> list[tuple[str, str]]:
    """Return the (short, long) pairs defined in `text`, in order.

    The rule is that of Schwartz & Hearst, "A simple algorithm for identifying abbreviation
    definitions in biomedical text" (PSB 2003): the letters of the short form occur in this order in
    the words before the bracket, the first at the start of a word. Added to it: a digit 2 or 4 may
    stand for "to" or "for", and a plural s may be missing. A compound is taken whole:
    "self-supervised learning (SSL)" defines SSL as all three words.

    >>> definitions("Customizing text-to-image (T2I) models with Masked Autoencoders (MAE).")
    [('T2I', 'text-to-image'), ('MAE', 'Masked Autoencoders')]
    """
    return list(dict.fromkeys(_pairs(text)))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for match in _BRACKET.finditer(text):
        short = re.split(r"[;,]", match.group(1))[0].strip()
        if not _is_short_form(short):
            continue
        length = len(re.findall(r"\w", short))
        before = text[: match.start()].rstrip().split()
        words = before[-min(length + 5, length * 2) :]
        long = _long_form(short, " ".join(words))
        if long and len(long) > len(short) and short.lower() not in long.lower().split():
            yield short, long


def _is_short_form(short: str) -> bool:
    return (
        2 <= len(short) <= 12
        and " " not in short
        and short[0].isalnum()
        and sum(c.isupper() for c in short) >= 2
        and any(c.isalpha() for c in short)
    )


def _long_form(short: str, text: str) -> str | None:
    for form in (short, short.removesuffix("s")):
        long = _match(form, text)
        if long:
            return long
    return None


def _match(short: str, text: str) -> str | None:
    letters = [c.lower() for c in short if c.isalnum()]
    position = len(text) - 1
    for number in range(len(letters) - 1, -1, -1):
        position = _find(letters[number], text, position, at_word_start=number == 0)
        if position < 0:
            return None
        position -= 1
    start = position + 1
    while start > 0 and not text[start - 1].isspace() and text[start - 1] not in "({[":
        start -= 1
    if re.search(r"[.!?:;]\s", text[start:]):
        return None
    return text[start:]


def _find(letter: str, text: str, position: int, at_word_start: bool) -> int:
    """Return where `letter` (or a digit's word) is at or before `position`, else -1."""
    word = _DIGIT_WORDS.get(letter)
    while position >= 0:
        begins = position == 0 or not text[position - 1].isalnum()
        if text[position].lower() == letter and (begins or not at_word_start):
            return position
        if word and begins and text[position : position + len(word)].lower() == word:
            return position
        position -= 1
    return -1
