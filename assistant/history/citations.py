"""An answer's citations: a paper's number throughout a conversation, what each marker rests on."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.checking.annotations import with_numbers
from assistant.composing.tables.table import renumbered, words_used
from assistant.text.citation_markers import MARK, MARKER
from assistant.text.markdown import escape
from assistant.types import Answer, Citation, Paper, Span, Turn, Verdict

_OF_RECORD = Span("", 0, 0)
"""What stands for the words where a paper's record is cited, not its abstract."""
_RUN = re.compile(r"(?:(?<!\\)\[\d+\](?!\()\s?)+")


@dataclass(frozen=True, slots=True)
class Chip:
    """The `place`-th marker (from 1) of an answer: it cites `quote` of the paper with `number`."""

    place: int
    number: int
    quote: Span
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """The `place`-th sentence (from 1) that was checked or quotes: `text[start:end]`, its chips."""

    place: int
    start: int
    end: int
    verdict: Verdict
    reason: str
    chips: tuple[Chip, ...]


def number_papers(turns: Sequence[Turn]) -> dict[str, int]:
    """Return the number of every paper cited in a conversation, by paper id."""
    citations = (citation for turn in turns for citation in turn.answer.citations)
    return {citation.paper.id: citation.number for citation in citations}


def continue_numbers(cited: Mapping[int, Paper], turns: Sequence[Turn]) -> dict[int, int]:
    """Return what the numbers of an answer become after `turns`: a paper's own, or the next free.

    >>> continue_numbers({1: Paper("a", "A", ""), 2: Paper("b", "B", "")}, [])
    {1: 1, 2: 2}
    """
    taken = number_papers(turns)
    return {
        number: taken.setdefault(paper.id, max(taken.values(), default=0) + 1)
        for number, paper in cited.items()
    }


def renumber(answer: Answer, turns: Sequence[Turn]) -> Answer:
    """Return an answer with the numbers that its papers have in the conversation before it."""
    cited = {citation.number: citation.paper for citation in answer.citations}
    new = continue_numbers(cited, turns)
    if all(old == number for old, number in new.items()):
        return answer
    text, checks = with_numbers(answer.text, answer.checks, new)
    citations = tuple(replace(cited, number=new[cited.number]) for cited in answer.citations)
    table = answer.table
    if table is not None:
        cells = {key: renumbered(text, new) for key, text in table.cells.items()}
        table = replace(table, cells=cells)
    return replace(answer, text=text, checks=checks, citations=citations, table=table)


def collect_sources(turns: Sequence[Turn]) -> list[Citation]:
    """Return every paper that a conversation cites, once, by its number there, with all its quotes.

    Where a number stands for two papers, as in answers that are no conversation, they are counted
    from 1 as they come.
    """
    first: dict[str, Citation] = {}
    quotes: dict[str, dict[Span, None]] = {}
    for citation in (citation for turn in turns for citation in turn.answer.citations):
        first.setdefault(citation.paper.id, citation)
        quotes.setdefault(citation.paper.id, {}).update(dict.fromkeys(citation.quotes))
    sources = [replace(first[key], quotes=tuple(quotes[key])) for key in first]
    if len({source.number for source in sources}) < len(sources):
        return [replace(source, number=number) for number, source in enumerate(sources, 1)]
    return sorted(sources, key=lambda source: source.number)


def find_chips(answer: Answer) -> tuple[Chip, ...]:
    """Return an answer's markers in order, without those in a mark's reason or of no source."""
    sources = {citation.number: citation for citation in answer.citations}
    marks = [mark.span() for mark in MARK.finditer(answer.text)]
    matches = (
        match
        for match in MARKER.finditer(answer.text)
        if int(match[1]) in sources
        and not any(start <= match.start() < end for start, end in marks)
    )
    return tuple(
        Chip(place, int(match[1]), _quote(match, sources[int(match[1])], answer), *match.span())
        for place, match in enumerate(matches, 1)
    )


def find_sentences(answer: Answer) -> tuple[Sentence, ...]:
    """Return the sentences that say something of papers: those checked, else every quotation."""
    chips = find_chips(answer)
    rows: Iterator[tuple[int, int, Verdict, str]] = (
        (check.start, check.end, check.verdict, check.reason)
        for check in answer.checks
        if check.verdict != "no citation needed"
    )
    return tuple(
        Sentence(place, *row, tuple(chip for chip in chips if row[0] <= chip.start < row[1]))
        for place, row in enumerate(rows if answer.checks else _find_quotations(answer), 1)
    )


def _quote(marker: re.Match[str], citation: Citation, answer: Answer) -> Span:
    """Return the words that a marker stands for: those its sentence was checked by, else the
    likest."""
    for check in answer.checks:
        if check.start <= marker.start() < check.end:
            if check.quote is not None and check.number == citation.number:
                return check.quote
            break
    if not citation.quotes:
        return _OF_RECORD
    line = re.split(r"\n|(?<!\\)\|", answer.text[: marker.start()])[-1]  # or cell
    said = [part for part in _RUN.split(line) if part.strip()]
    return words_used((said[-1] if said else line).strip(), citation.quotes)


def _find_quotations(answer: Answer) -> Iterator[tuple[int, int, Verdict, str]]:
    """Yield where a quotation of an abstract with its markers stands."""
    quotes = {citation.number: citation.quotes for citation in answer.citations}
    for run in _RUN.finditer(answer.text):
        numbers = [int(number) for number in MARKER.findall(run[0]) if int(number) in quotes]
        for quote in quotes[numbers[0]] if numbers else ():
            words = f"“{escape(quote.text)}” "
            start = run.start() - len(words)
            if start >= 0 and answer.text.startswith(words, start):
                yield start, run.start() + len(run[0].rstrip()), "quoted", ""
                break
