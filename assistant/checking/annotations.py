"""Marks in the text of an answer for what its sources do not support, or its removal. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assistant.checking.claims import MARK, MARKER
from assistant.text.markdown import escape
from assistant.types import Check

_EMPTY = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])?[\s.,;]*")
DOUBTFUL = {"not supported": "not supported", "partly supported": "only in part"}


def mark(reason: str, verdict: str) -> str:
    """Return the mark that follows a sentence."""
    # Brackets would end the mark, or read as a marker: those of a reason become dashes.
    plain = escape(re.sub(r" ?[()\[\]] ?", " – ", reason.replace("*", "")).strip(" –"))
    return f" *({DOUBTFUL[verdict]}: {plain})*"


def marked(text: str, checks: Sequence[Check]) -> tuple[str, tuple[Check, ...]]:
    """Return the answer with a mark after every doubtful sentence, and the checks at their new places."""
    return _rewritten(
        text, checks, lambda check, sentence: sentence + mark(check.reason, check.verdict)
    )


def removed(text: str, checks: Sequence[Check]) -> tuple[str, tuple[Check, ...]]:
    """Return the answer without the sentences that are not supported; those supported in part are marked."""

    def rest(check: Check, sentence: str) -> str:
        return (
            "" if check.verdict == "not supported" else sentence + mark(check.reason, check.verdict)
        )

    text, checks = _rewritten(text, checks, rest)
    return _without_empty_lines(text, checks)


def renumbered(
    text: str, checks: Sequence[Check]
) -> tuple[str, tuple[Check, ...], tuple[int, ...]]:
    """Return the answer with its markers counted from 1 in order of first use, the checks, and the old numbers in that order."""
    order = list(dict.fromkeys(int(n) for n in MARKER.findall(MARK.sub("", text))))
    return *with_numbers(text, checks, {old: place for place, old in enumerate(order, 1)}), tuple(
        order
    )


def with_numbers(
    text: str, checks: Sequence[Check], new: Mapping[int, int]
) -> tuple[str, tuple[Check, ...]]:
    """Return the answer and its checks with every marker's number replaced by what it is in `new`; others stay."""
    shifts: list[tuple[int, int]] = []

    def count(match: re.Match[str]) -> str:
        written = f"[{new[int(match[1])]}]" if int(match[1]) in new else match[0]
        shifts.append((match.end(), len(written) - len(match[0])))
        return written

    text = MARKER.sub(count, text)
    moved = (
        _at(
            one,
            one.start + sum(by for at, by in shifts if at <= one.start),
            one.end + sum(by for at, by in shifts if at <= one.end),
        )
        for one in checks
    )
    return text, tuple(_numbered(one, new.get(one.number) if one.number else None) for one in moved)


def _rewritten(text: str, checks: Sequence[Check], put) -> tuple[str, tuple[Check, ...]]:  # type: ignore[no-untyped-def]
    pieces: list[str] = []
    kept: list[Check] = []
    place = length = 0
    for one in checks:
        before = text[place : one.start]
        sentence = text[one.start : one.end]
        written = put(one, sentence) if one.verdict in DOUBTFUL else sentence
        pieces += [before, written]
        start = length + len(before)
        if written:
            kept.append(_at(one, start, start + len(sentence)))
        length = start + len(written)
        place = one.end
    return "".join([*pieces, text[place:]]), tuple(kept)


def _without_empty_lines(text: str, checks: Sequence[Check]) -> tuple[str, tuple[Check, ...]]:
    """Drop list items, and headings with nothing below them, that removal has left without content."""
    lines = text.split("\n")
    gone = [bool(_EMPTY.fullmatch(line)) and bool(line.strip()) for line in lines]
    below = False  # whether anything stands between this line and the next heading
    for n in range(len(lines) - 1, -1, -1):
        if lines[n].lstrip().startswith("#"):
            gone[n], below = not below, False
        elif lines[n].strip() and not gone[n]:
            below = True
    for n in range(1, len(lines)):  # no two empty lines in a row
        before = next((lines[m] for m in range(n - 1, -1, -1) if not gone[m]), "")
        gone[n] = gone[n] or (not lines[n].strip() and not before.strip())
    cuts: list[tuple[int, int]] = []
    place = 0
    for line, out in zip(lines, gone, strict=True):
        if out:
            cuts.append((place, len(line) + 1))
        place += len(line) + 1
    moved = tuple(
        _at(
            one,
            one.start - (gap := sum(size for at, size in cuts if at < one.start)),
            one.end - gap,
        )
        for one in checks
    )
    return "\n".join(line for line, out in zip(lines, gone, strict=True) if not out), moved


def _at(one: Check, start: int, end: int) -> Check:
    return Check(start, end, one.verdict, one.reason, one.number, one.quote)


def _numbered(one: Check, number: int | None) -> Check:
    return Check(one.start, one.end, one.verdict, one.reason, number, one.quote)
