"""Bounds on the papers to search: read from a question, joined, described, and tried on papers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

from assistant.errors import QuestionError
from assistant.text.markdown import escape
from assistant.text.words import fold
from assistant.types import Filters, Paper

if TYPE_CHECKING:
    from assistant.index.records import Where

# Spaces may stand around a comparison of years only: "the author = shan" is prose. A single quote
# before a letter is an apostrophe.
_FILTER = re.compile(
    r"(?<!\S)(?P<key>[a-z]{3,8})(?:(?<=year)\s+(?=[<>=≥≤]{1,2}\s*\d{4}\b))?"
    r"(?P<operator>>=|<=|==|[:><=≥≤])(?:(?<=[<>=≥≤])\s+(?=\d{4}\b))?"
    r"(?:[\"“”](?P<quoted>[^\"“”]*)[\"“”]|['‘](?P<single>.{0,200}?)['’](?!\w)|"
    r"(?P<bare>[^\s\"“”]*))",
    re.IGNORECASE,
)
_YEARS = re.compile(r"(?P<first>\d{4})?(?:(?P<dash>[-–—−]|\.\.)(?P<last>\d{4})?)?")
_SIGNS = {"≥": ">=", "≤": "<="}
_EXAMPLES = {
    "year": "year>=2023 or year:2021-2023",
    "author": 'author:shan or author:"Ying Shan"',
    "venue": "venue:cvpr",
    "title": 'title:"text-to-video"',
    "text": 'text:video or text:"zero-shot"',
}
# "autor" is this near to "author"; "test" and "next" are further from "text", "revenue" from
# "venue".
_NEAR = 0.8
_NEAR_YEAR = 0.75
_EQUAL = (":", "=", "==")
NO_MATCH: Where = {"paper_id": {"$in": [""]}}
# SQLite takes 32,766 values in one statement.
_MOST_IDS = 30_000


def parse_filters(text: str) -> tuple[str, Filters]:
    """Return `text` without its filters, and the filters.

    Understood: `year>=2023`, `year:2021-2023`, `author:name`, `author:"two words"`, `venue:…`,
    `title:…`, `text:…`; a colon before a space is no filter. QuestionError when a filter has no
    usable value, or its key is nearly one of these.

    >>> parse_filters('video year>=2023 author:"Ying Shan"')[0]
    'video'
    >>> parse_filters("Title: SimDA. What does it do?")[0]
    'Title: SimDA. What does it do?'
    """
    filters = Filters()

    def take(match: re.Match[str]) -> str:
        nonlocal filters
        parsed = _parse_filter(match)
        filters = merge_filters(filters, parsed or Filters())
        return " " if parsed else match[0]

    rest = _FILTER.sub(take, text)
    return " ".join(rest.split()), filters


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
        _shared_ids(first.only, second.only),
        first.without + second.without,
        first.texts + second.texts,
    )


def lift_filters(filters: Filters) -> Filters:
    """Return `filters` without bounds on papers: the ids to keep to and to leave out."""
    return Filters(only=filters.only, without=filters.without)


class FoldedTexts(dict[str, str]):
    """Texts → folded and on one line, each folded once, when it is first looked up."""

    def __missing__(self, text: str) -> str:
        self[text] = folded = _flatten(text)
        return folded


def matches_filters(paper: Paper, filters: Filters) -> bool:
    """Tell whether `paper` satisfies every filter; a paper without a year satisfies no bound on it.

    >>> paper = Paper("p", "Naïve Bayes", "We train on zero-shot\\ntasks.")
    >>> [matches_filters(paper, Filters(texts=(text,))) for text in ("naive", "shot  Task", "s we")]
    [True, True, False]
    """
    return bool(select_papers((paper,), filters, FoldedTexts()))


def select_papers(papers: Iterable[Paper], filters: Filters, folded: FoldedTexts) -> list[Paper]:
    """Return the papers that satisfy every filter, their texts looked up in `folded`."""
    only, without = frozenset(filters.only), frozenset(filters.without)
    authors, venues, titles, texts = (
        [_flatten(part) for part in parts]
        for parts in (filters.authors, filters.venues, filters.titles, filters.texts)
    )
    return [
        paper
        for paper in papers
        if (not only or paper.id in only)
        and paper.id not in without
        and _is_within(paper.year, filters)
        and all(any(part in folded[author] for author in paper.authors) for part in authors)
        and all(part in folded[paper.venue or ""] for part in venues)
        and all(part in folded[paper.title] for part in titles)
        and all(part in folded[paper.title] or part in folded[paper.abstract] for part in texts)
    ]


def where_clause(ids: Collection[str]) -> Where | None:
    """Return Chroma's condition for the papers `ids`, None when they are too many for one."""
    if len(ids) > _MOST_IDS:
        return None
    return {"paper_id": {"$in": list(ids)}} if ids else NO_MATCH


def describe_filters(filters: Filters) -> str:
    """Return the filters as a reader would say them: "from 2023 on, by shan"."""
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


def _flatten(text: str) -> str:
    return " ".join(fold(text).split())


def _is_within(year: int | None, filters: Filters) -> bool:
    first, last = filters.year_from, filters.year_to
    if year is None:
        return first is None and last is None
    return (first is None or year >= first) and (last is None or year <= last)


def _shared_ids(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ids in both sets; an empty set admits all, so "none" is no paper's id."""
    if not first or not second:
        return first + second
    admitted = frozenset(second)
    return tuple(identifier for identifier in first if identifier in admitted) or ("",)


def _parse_filter(match: re.Match[str]) -> Filters | None:
    """Return the filter that a match of `_FILTER` makes, None where it is prose."""
    key, operator = match["key"].lower(), _SIGNS.get(match["operator"], match["operator"])
    # A closing mark belongs to the sentence, unless it is quoted.
    bare = match["bare"]
    value = (match["quoted"] or match["single"] or "").strip()
    value = value if bare is None else bare.rstrip("?!.,;:…")
    if operator == ":" and bare is not None and not value:
        return None
    if key not in _EXAMPLES or (key == "text" and operator != ":"):
        _refuse_misspelt_key(key, operator, value)
        return None
    if not value:
        raise QuestionError(f"the filter {key}{operator} has no value; write {_EXAMPLES[key]}")
    if key == "year":
        return _parse_years(operator, value)
    if operator not in _EQUAL:
        raise QuestionError(f"{key}{operator}{value}: write {_EXAMPLES[key]}")
    return {
        "author": Filters(authors=(value,)),
        "venue": Filters(venues=(value,)),
        "title": Filters(titles=(value,)),
        "text": Filters(texts=(value,)),
    }[key]


def _parse_years(operator: str, value: str) -> Filters:
    match = _YEARS.fullmatch(value)
    first, last = (match["first"], match["last"]) if match else (None, None)
    if match is None or not (first or last):
        raise QuestionError(f"year{operator}{value}: write {_EXAMPLES['year']}")
    if operator in _EQUAL:
        last = last if match["dash"] else first
        return Filters(int(first) if first else None, int(last) if last else None)
    if match["dash"] or first is None:
        raise QuestionError(f"year{operator}{value}: give one year after {operator}")
    year = int(first)
    return {
        ">": Filters(year_from=year + 1),
        ">=": Filters(year_from=year),
        "<": Filters(year_to=year - 1),
        "<=": Filters(year_to=year),
    }[operator]


def _refuse_misspelt_key(key: str, operator: str, value: str) -> None:
    """Raise QuestionError where `key` is nearly, but not quite, the key of a filter."""
    cutoff = _NEAR_YEAR if _YEARS.fullmatch(value) else _NEAR
    for name in get_close_matches(key, _EXAMPLES, 1, cutoff):
        if key != name and abs(len(key) - len(name)) <= 1:
            raise QuestionError(
                f"{key}{operator}{value}: there is no filter {key!r}; write {_EXAMPLES[name]}"
            )
