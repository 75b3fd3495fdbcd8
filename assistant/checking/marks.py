"""Marks in the text of an answer for what its sources do not support, or its removal. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.checking.claims import MARKER
from assistant.markdown import escape
from assistant.types import Check

DOUBTFUL = {"not supported": "not supported", "partly supported": "only in part"}


def mark(reason: str, verdict: str) -> str:
    """Return the mark that follows a sentence."""
    plain = escape(reason).replace("*", "").replace("(", "[").replace(")", "]")
    return f" *({DOUBTFUL[verdict]}: {plain})*"


def marked(text: str, checks: Sequence[Check]) -> tuple[str, tuple[Check, ...]]:
    """Return the answer with a mark after every doubtful sentence, and the checks at their new places."""
    return _rewritten(text, checks, lambda check, sentence: sentence + mark(check.reason, check.verdict))


def removed(text: str, checks: Sequence[Check]) -> tuple[str, tuple[Check, ...]]:
    """Return the answer without the sentences that are not supported; those supported in part are marked."""

    def rest(check: Check, sentence: str) -> str:
        return "" if check.verdict == "not supported" else sentence + mark(check.reason, check.verdict)

    text, checks = _rewritten(text, checks, rest)
    return _without_empty_lines(text, checks)


def renumbered(text: str, checks: Sequence[Check]) -> tuple[str, tuple[Check, ...], tuple[int, ...]]:
    """Return the answer with its markers counted from 1 in order of first use, the checks, and the old numbers in that order."""
    order = list(dict.fromkeys(int(n) for n in MARKER.findall(text)))
    new = {old: place for place, old in enumerate(order, 1)}
    shifts: list[tuple[int, int]] = []

    def count(match: re.Match[str]) -> str:
        written = f"[{new[int(match[1])]}]"
        shifts.append((match.end(), len(written) - len(match[0])))
        return written

    text = MARKER.sub(count, text)
    moved = tuple(
        _at(
            one,
            one.start + sum(by for at, by in shifts if at <= one.start),
            one.end + sum(by for at, by in shifts if at <= one.end),
        )
        for one in checks
    )
    numbered = tuple(_numbered(one, new.get(one.number) if one.number else None) for one in moved)
    return text, numbered, tuple(order)


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
    """Drop list items and headings that removal has left without content."""
    lines = text.split("\n")
    empty = [bool(re.fullmatch(r"\s*(?:[-*+•]|\d{1,3}[.)])?[\s.,;]*", line)) and bool(line.strip()) for line in lines]
    kept = [line for line, gone in zip(lines, empty, strict=True) if not gone]
    starts: list[tuple[int, int]] = []
    place = 0
    for line, gone in zip(lines, empty, strict=True):
        if gone:
            starts.append((place, len(line) + 1))
        place += len(line) + 1
    moved = tuple(
        _at(one, one.start - (gap := sum(size for at, size in starts if at < one.start)), one.end - gap) for one in checks
    )
    return "\n".join(kept), moved


def _at(one: Check, start: int, end: int) -> Check:
    return Check(start, end, one.verdict, one.reason, one.number, one.quote)


def _numbered(one: Check, number: int | None) -> Check:
    return Check(one.start, one.end, one.verdict, one.reason, number, one.quote)
