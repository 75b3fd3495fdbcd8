"""An answer's sentences and the citation chips in them: which words of which abstract each one rests on. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.checking.claims import MARK, MARKER
from assistant.composing.tables.table import words_used
from assistant.text.markdown import escape
from assistant.types import Answer, Check, Citation, Span, Verdict

_RUN = re.compile(r"(?:(?<!\\)\[\d+\](?!\()\s?)+")


@dataclass(frozen=True, slots=True)
class Chip:
    """The `place`-th marker of an answer, `text[start:end]`, from 1: it cites `quote`, words of the paper with `number`."""

    place: int
    number: int
    quote: Span
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that was checked or quotes, `text[start:end]` of an answer, the `place`-th from 1, with its chips."""

    place: int
    start: int
    end: int
    verdict: Verdict
    reason: str
    chips: tuple[Chip, ...]


def chips(answer: Answer) -> tuple[Chip, ...]:
    """Return an answer's markers in order; those inside the reason of a mark, and those that stand for nothing, are none."""
    known = {one.number: one for one in answer.citations}
    marks = [(one.start(), one.end()) for one in MARK.finditer(answer.text)]
    found = [
        match
        for match in MARKER.finditer(answer.text)
        if int(match[1]) in known and not any(start <= match.start() < end for start, end in marks)
    ]
    return tuple(
        _chip(place, match, known[int(match[1])], answer) for place, match in enumerate(found, 1)
    )


def sentences(answer: Answer) -> tuple[Sentence, ...]:
    """Return the sentences of an answer that say something of papers: the checked ones, or else every quotation."""
    found = chips(answer)
    rows = _checked(answer.checks) if answer.checks else _quoted(answer)
    return tuple(
        Sentence(
            place,
            start,
            end,
            verdict,
            reason,
            tuple(one for one in found if start <= one.start < end),
        )
        for place, (start, end, verdict, reason) in enumerate(rows, 1)
    )


def _chip(place: int, match: re.Match[str], citation: Citation, answer: Answer) -> Chip:
    check = next((one for one in answer.checks if one.start <= match.start() < one.end), None)
    if check is not None and check.quote is not None and check.number == citation.number:
        quote = check.quote
    else:
        quote = words_used(_before(answer.text, match.start()), citation.quotes)
    return Chip(place, citation.number, quote, match.start(), match.end())


def _before(text: str, place: int) -> str:
    """Return the words before a marker that it stands for: back to the marker before it, or the beginning of the line or cell."""
    line = re.split(r"\n|(?<!\\)\|", text[:place])[-1]
    said = [part for part in _RUN.split(line) if part.strip()]
    return said[-1].strip() if said else line.strip()


def _checked(checks: Sequence[Check]) -> Iterator[tuple[int, int, Verdict, str]]:
    for one in checks:
        if one.verdict != "no citation needed":
            yield one.start, one.end, one.verdict, one.reason


def _quoted(answer: Answer) -> Iterator[tuple[int, int, Verdict, str]]:
    """Yield where a quotation with its markers stands, for those whose words are an abstract's."""
    known = {one.number: one for one in answer.citations}
    for run in _RUN.finditer(answer.text):
        numbers = [int(one) for one in MARKER.findall(run[0]) if int(one) in known]
        for quote in (quote for number in numbers[:1] for quote in known[number].quotes):
            words = f"“{escape(quote.text)}”"
            start = run.start() - len(words) - 1
            if start >= 0 and answer.text.startswith(f"{words} ", start):
                yield start, start + len(words) + 1 + len(run[0].rstrip()), "quoted", ""
                break
