"""Facts that the bibliography knows: years, authors and venues said in plain words, and questions about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assistant.retrieval.filters import merge_filters
from assistant.text.markdown import escape
from assistant.text.words import fold
from assistant.types import Filters, Paper

_YEAR = r"((?:19|20)\d\d)"
_SAID = r"\b(?:(?:that (?:are|were) )?(?:published|written|released) )?"
# A pattern for the words, and what is added to its first and last year to give the bounds (None: no bound).
_YEARS: list[tuple[str, int | None, int | None]] = [
    (rf"between {_YEAR} and {_YEAR}", 0, 0),
    (rf"from {_YEAR} (?:to|until|through) {_YEAR}", 0, 0),
    (rf"(?:since|from) {_YEAR} (?:on|onwards?)\b", 0, None),
    (rf"(?:since|in or after) {_YEAR}", 0, None),
    (rf"(?:after|newer than|later than) {_YEAR}", 1, None),
    (rf"(?:before|older than|earlier than|prior to) {_YEAR}", None, -1),
    (rf"(?:until|up to) {_YEAR}", None, 0),
    (rf"(?:from|in|of|during) (?:the year )?{_YEAR}\b(?!\s*(?:%|papers?\b|images?\b))", 0, 0),
]
_WRITING = re.compile(
    r"\b(?:wrote|written|authors?|authored|publish\w*|write|writes|papers? (?:by|of|from)|works? (?:by|of)|by)\b",
    re.IGNORECASE,
)
_AT = r"\b(?:(?:published|presented|appeared|accepted) )?(?:at|in|from)\s+"
_ASKED = {
    "authors": re.compile(
        r"\b(?:who (?:wrote|made|is behind|are the|published)|authors?|written by|wrote)\b",
        re.IGNORECASE,
    ),
    "year": re.compile(
        r"\b(?:when|what year|which year|how old|year|published|date)\b", re.IGNORECASE
    ),
    "venue": re.compile(r"\b(?:venue|conference|journal|appear(?:ed)?|published)\b", re.IGNORECASE),
}


def recognise(text: str, papers: Iterable[Paper]) -> tuple[str, Filters]:
    """Return `text` without what it says in plain words of years, authors and venues, and that as filters.

    Authors and venues are recognised only by names that the corpus has.

    >>> recognise("video papers since 2022", [])[0], recognise("video papers since 2022", [])[1].year_from
    ('video papers', 2022)
    """
    filters = Filters()
    for words, first, last in _YEARS:
        if match := re.search(_SAID + words, text, re.IGNORECASE):
            years = [int(year) for year in match.groups() if year]
            start = years[0] + first if first is not None else None
            end = years[-1] + last if last is not None else None
            filters = merge_filters(filters, Filters(year_from=start, year_to=end))
            text = text[: match.start()] + " " + text[match.end() :]
    known = list(papers)
    text, authors = _authors(text, known)
    text, venues = _venues(text, known)
    found = merge_filters(filters, Filters(authors=authors, venues=venues))
    return (" ".join(text.split()) if found else text), found


def answer(asked: str, papers: Sequence[Paper]) -> str:
    """Return what the bibliography says of `papers` where the question asks for it, as Markdown to append, else nothing."""
    wanted = [name for name, pattern in _ASKED.items() if pattern.search(asked)]
    lines = []
    for paper in papers if wanted else ():
        facts = {
            "authors": ", ".join(paper.authors),
            "year": str(paper.year or ""),
            "venue": paper.venue or "",
        }
        said = "; ".join(f"{name}: {facts[name] or 'not known'}" for name in wanted)
        lines.append(f"- {escape(paper.title)} — {escape(said)}")
    return "\n\nThe bibliography has:\n\n" + "\n".join(lines) if lines else ""


def _authors(text: str, papers: list[Paper]) -> tuple[str, tuple[str, ...]]:
    """Take full names of authors out of `text`, where it speaks of writing."""
    if not _WRITING.search(text):
        return text, ()
    folded = fold(text)
    names = {
        author
        for paper in papers
        for author in paper.authors
        if " " in author and fold(author) in folded
    }
    for name in names:
        text = re.sub(
            rf"(?:\b(?:written |authored )?(?:by|from|of|did)\s+)?{re.escape(name)}(?:['’]s)?",
            " ",
            text,
            flags=re.IGNORECASE,
        )
    return text, tuple(sorted(names))


def _venues(text: str, papers: list[Paper]) -> tuple[str, tuple[str, ...]]:
    """Take names of venues ("at ICCV", "published at ACL 2020") out of `text`."""
    series = {paper.venue.split()[0] for paper in papers if paper.venue}
    for name in sorted(
        (one for one in series if len(one) > 2 and one.isupper() or one[1:].lower() != one[1:]),
        key=len,
        reverse=True,
    ):
        match = re.search(rf"{_AT}{re.escape(name)}\b(?:\s+((?:19|20)\d\d)\b)?", text)
        if match:
            return text[: match.start()] + " " + text[match.end() :], (
                f"{name} {match[1]}" if match[1] else name,
            )
    return text, ()
