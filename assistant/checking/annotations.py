"""Marks in the text of an answer for what its sources do not support, or its removal. Pure."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from assistant.text.citation_markers import MARK, MARKER
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
    """Return the answer with a mark after every doubtful sentence, and the checks moved along."""
    return _rewritten(
        text, checks, lambda check, sentence: sentence + mark(check.reason, check.verdict)
    )


def removed(text: str, checks: Sequence[Check]) -> tuple[str, tuple[Check, ...]]:
    """Return the answer without unsupported sentences, those supported in part marked."""

    def rest(check: Check, sentence: str) -> str:
        return (
            "" if check.verdict == "not supported" else sentence + mark(check.reason, check.verdict)
        )

    text, checks = _rewritten(text, checks, rest)
    return _without_empty_lines(text, checks)


def renumbered(
    text: str, checks: Sequence[Check]
) -> tuple[str, tuple[Check, ...], tuple[int, ...]]:
    """Return the answer with markers counted from 1 by first use, checks, and old numbers."""
    order = tuple(dict.fromkeys(map(int, MARKER.findall(MARK.sub("", text)))))
    return *with_numbers(text, checks, {old: n for n, old in enumerate(order, 1)}), order


def shifted(checks: Sequence[Check], by: int) -> tuple[Check, ...]:
    """Return checks of a text that stands so many characters further on."""
    return tuple(replace(check, start=check.start + by, end=check.end + by) for check in checks)


def with_numbers(
    text: str, checks: Sequence[Check], new: Mapping[int, int]
) -> tuple[str, tuple[Check, ...]]:
    """Return the answer and its checks with the markers' numbers replaced by those in `new`."""
    ends, shifts = [0], [0]  # after each marker: where it ended, by how much text has grown

    def count(match: re.Match[str]) -> str:
        written = f"[{new[int(match[1])]}]" if int(match[1]) in new else match[0]
        ends.append(match.end())
        shifts.append(shifts[-1] + len(written) - len(match[0]))
        return written

    def moved(position: int) -> int:
        return position + shifts[bisect_right(ends, position) - 1]

    text = MARKER.sub(count, text)
    return text, tuple(
        replace(
            check,
            start=moved(check.start),
            end=moved(check.end),
            number=new.get(check.number) if check.number else None,
        )
        for check in checks
    )


def _rewritten(
    text: str, checks: Sequence[Check], rewrite: Callable[[Check, str], str]
) -> tuple[str, tuple[Check, ...]]:
    """Return the answer with doubtful sentences rewritten, and the checks of what stays."""
    pieces: list[str] = []
    kept: list[Check] = []
    end = length = 0
    for check in checks:
        before, sentence = text[end : check.start], text[check.start : check.end]
        written = rewrite(check, sentence) if check.verdict in DOUBTFUL else sentence
        pieces += [before, written]
        start = length + len(before)
        if written:
            kept.append(replace(check, start=start, end=start + len(sentence)))
        length = start + len(written)
        end = check.end
    return "".join([*pieces, text[end:]]), tuple(kept)


def _without_empty_lines(text: str, checks: Sequence[Check]) -> tuple[str, tuple[Check, ...]]:
    """Drop list items and headings that removal has left without content."""
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
    ends, cuts = [-1], [0]  # after each line that goes: where it began, how much is gone
    offset = 0
    for line, out in zip(lines, gone, strict=True):
        if out:
            ends.append(offset)
            cuts.append(cuts[-1] + len(line) + 1)
        offset += len(line) + 1
    moved = []
    for check in checks:
        gap = cuts[bisect_left(ends, check.start) - 1]
        moved.append(replace(check, start=check.start - gap, end=check.end - gap))
    return "\n".join(line for line, out in zip(lines, gone, strict=True) if not out), tuple(moved)
