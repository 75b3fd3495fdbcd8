"""Bounds on the papers to search: written in a question, given as arguments, and as Chroma's `where`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from assistant.errors import QuestionError
from assistant.text.markdown import escape
from assistant.text.words import fold
from assistant.types import Filters, Paper

Where = dict[str, Any]

_NAMES = "year|author|venue|title"
# "text: …" and "text=…" are ordinary words, so that this name stands right before its value.
_FILTER = re.compile(
    rf"""(?<!\S)(?:(?P<name>{_NAMES})(?P<operator>>=|<=|==|>|<|=|:)(?P<value>"[^"]*"|[^\s"]*)|(?P<text>text):(?P<words>"[^"]*"|[^\s"]+))""",
    re.IGNORECASE,
)
_YEAR_RANGE = re.compile(r"(?P<first>\d{4})?(?:-|\.\.)(?P<last>\d{4})?|(?P<only>\d{4})")
NO_MATCH: Where = {"title": {"$in": [""]}}


def parse_filters(text: str) -> tuple[str, Filters]:
    """Return `text` without its filters, and the filters.

    Understood: `year>=2023`, `year:2021-2023`, `author:name`, `author:"two words"`, `venue:…`, `title:…`, `text:…`.
    QuestionError when a filter has no usable value.

    >>> parse('video year>=2023 author:"Ying Shan"')
    ('video', Filters(year_from=2023, year_to=None, authors=('Ying Shan',), venues=(), titles=(), only=(), without=(), texts=()))
    """
    filters = Filters()
    for match in _FILTER.finditer(text):
        name, operator = (match["name"] or match["text"]).lower(), match["operator"] or ":"
        filters = _with(
            filters, name, operator, (match["value"] or match["words"] or "").strip('"').strip()
        )
    return " ".join(_FILTER.sub(" ", text).split()), filters


def merge_filters(first: Filters, second: Filters) -> Filters:
    """Return the filters that both sets demand."""
    starts = [year for year in (first.year_from, second.year_from) if year is not None]
    ends = [year for year in (first.year_to, second.year_to) if year is not None]
    return Filters(
        max(starts, default=None),
        min(ends, default=None),
        first.authors + second.authors,
        first.venues + second.venues,
        first.titles + second.titles,
        _both(first.only, second.only),
        first.without + second.without,
        first.texts + second.texts,
    )


def matches_filters(paper: Paper, filters: Filters) -> bool:
    """Tell whether `paper` satisfies every filter; a paper without a year satisfies no bound on it."""
    if filters.year_from is not None and (paper.year is None or paper.year < filters.year_from):
        return False
    if filters.year_to is not None and (paper.year is None or paper.year > filters.year_to):
        return False
    return (
        all(any(fold(part) in fold(author) for author in paper.authors) for part in filters.authors)
        and all(fold(part) in fold(paper.venue or "") for part in filters.venues)
        and all(fold(part) in fold(paper.title) for part in filters.titles)
        and all(in_text(paper, part) for part in filters.texts)
        and (not filters.only or paper.id in filters.only)
        and paper.id not in filters.without
    )


def in_text(paper: Paper, words: str) -> bool:
    """Tell whether `words`, however spaced, stand together in the title or in the abstract of `paper`.

    >>> paper = Paper("p", "Naïve Bayes", "We train on zero-shot\\ntasks.")
    >>> [in_text(paper, words) for words in ("naive bayes", "Zero-Shot task", "bayes we")]
    [True, True, False]
    """
    phrase = _flat(words)
    return phrase in _flat(paper.title) or phrase in _flat(paper.abstract)


@lru_cache(maxsize=16384)  # a corpus' texts are looked at again with every question
def _flat(text: str) -> str:
    return " ".join(fold(text).split())


def where_clause(filters: Filters, papers: Iterable[Paper]) -> Where | None:
    """Return `filters` in Chroma's language, None when there are none.

    Chroma compares whole values, so parts of names, venues and titles are first completed from `papers`.
    """
    clauses: list[Where] = []
    if filters.year_from is not None:
        clauses.append({"year": {"$gte": filters.year_from}})
    if filters.year_to is not None:
        clauses.append({"year": {"$lte": filters.year_to}})
    known = list(papers)
    for part in filters.authors:
        # Not one clause per name: Chroma refuses large trees, and "author:a" matches half of a corpus.
        ids = [
            paper.id
            for paper in known
            if any(fold(part) in fold(author) for author in paper.authors)
        ]
        clauses.append({"paper_id": {"$in": ids}} if ids else NO_MATCH)
    for part in filters.venues:
        venues = {paper.venue for paper in known if paper.venue and fold(part) in fold(paper.venue)}
        clauses.append({"venue": {"$in": sorted(venues)}} if venues else NO_MATCH)
    for part in filters.titles:
        titles = {paper.title for paper in known if fold(part) in fold(paper.title)}
        clauses.append({"title": {"$in": sorted(titles)}} if titles else NO_MATCH)
    for part in filters.texts:
        ids = [paper.id for paper in known if in_text(paper, part)]
        clauses.append({"paper_id": {"$in": ids}} if ids else NO_MATCH)
    if filters.only:
        clauses.append({"paper_id": {"$in": list(filters.only)}})
    if filters.without:
        clauses.append({"paper_id": {"$nin": list(filters.without)}})
    if not clauses:
        return None
    return clauses[0] if len(clauses) == 1 else {"$and": clauses}


def describe_filters(filters: Filters) -> str:
    """Return the filters as a reader would say them: "from 2023, by shan"."""
    says = []
    if filters.year_from is not None and filters.year_from == filters.year_to:
        says.append(f"of {filters.year_from}")
    else:
        says += [f"from {filters.year_from} on"] if filters.year_from is not None else []
        says += [f"up to {filters.year_to}"] if filters.year_to is not None else []
    says += [f"by {name}" for name in filters.authors]
    says += [f"at {name}" for name in filters.venues]
    says += [f"with {name!r} in the title" for name in filters.titles]
    says += [f"with {words!r} in title or abstract" for words in filters.texts]
    return escape(", ".join(says))


def _both(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ids that both sets admit; an empty set admits all, so "none" is the id of no paper."""
    if not first or not second:
        return first + second
    return tuple(one for one in first if one in second) or ("",)


def _with(filters: Filters, name: str, operator: str, value: str) -> Filters:
    if not value:
        raise QuestionError(
            f"the filter {name}{operator} has no value; write for example {_EXAMPLES[name]}"
        )
    if name == "year":
        return _with_year(filters, operator, value)
    if operator not in {":", "=", "=="}:
        raise QuestionError(f"{name}{operator}{value}: write {_EXAMPLES[name]}")
    if name == "author":
        return replace(filters, authors=(*filters.authors, value))
    if name == "venue":
        return replace(filters, venues=(*filters.venues, value))
    if name == "title":
        return replace(filters, titles=(*filters.titles, value))
    return replace(filters, texts=(*filters.texts, value))


def _with_year(filters: Filters, operator: str, value: str) -> Filters:
    match = _YEAR_RANGE.fullmatch(value)
    if match is None or not (match["first"] or match["last"] or match["only"]):
        raise QuestionError(f"year{operator}{value}: write {_EXAMPLES['year']}")
    if match["only"] is None and operator not in {":", "=", "=="}:
        raise QuestionError(f"year{operator}{value}: give one year after {operator}")
    only = int(match["only"]) if match["only"] else None
    if only is None:
        first = int(match["first"]) if match["first"] else None
        last = int(match["last"]) if match["last"] else None
    else:
        first = {">": only + 1, ">=": only, "<": None, "<=": None}.get(operator, only)
        last = {">": None, ">=": None, "<": only - 1, "<=": only}.get(operator, only)
    return merge_filters(filters, Filters(year_from=first, year_to=last))


_EXAMPLES = {
    "year": "year>=2023 or year:2021-2023",
    "author": 'author:shan or author:"Ying Shan"',
    "venue": "venue:cvpr",
    "title": 'title:"text-to-video"',
    "text": 'text:video or text:"zero-shot"',
}
