"""Bounds on the papers to search: read from a question, joined, described, and tried on papers."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

from assistant.errors import QuestionError
from assistant.text.markdown import escape
from assistant.text.words import fold
from assistant.types import Filters, Paper

if TYPE_CHECKING:
    from assistant.index.records import Where

_VALUE = r'(?P<value>"[^"]*"|[^\s"]+)'
# A colon before a space is punctuation; other operators take one year after a space too ("year >= 2023").
_FILTER = re.compile(
    rf"(?<!\S)(?:(?P<name>year|author|venue|title|text):{_VALUE}"
    r"|year\s*(?P<spaced>>=|<=|==|>|<|=)\s*(?P<year>\d{4})(?=[\s?!.,;]|$)"
    r"|(?P<bound>year|author|venue|title)(?P<operator>>=|<=|==|>|<|=)"
    r'(?P<operand>"[^"]*"|[^\s"]*))',
    re.IGNORECASE,
)
_UNKNOWN = re.compile(rf"(?<!\S)(?P<name>[a-z]{{3,8}})(?P<operator>>=|<=|==|:|>|<|=){_VALUE}", re.I)
_YEAR_RANGE = re.compile(r"(?P<first>\d{4})?(?:-|\.\.)(?P<last>\d{4})?|(?P<only>\d{4})")
_EXAMPLES = {
    "year": "year>=2023 or year:2021-2023",
    "author": 'author:shan or author:"Ying Shan"',
    "venue": "venue:cvpr",
    "title": 'title:"text-to-video"',
    "text": 'text:video or text:"zero-shot"',
}
_NAMED: dict[str, Callable[[str], Filters]] = {
    "author": lambda name: Filters(authors=(name,)),
    "venue": lambda name: Filters(venues=(name,)),
    "title": lambda words: Filters(titles=(words,)),
    "text": lambda words: Filters(texts=(words,)),
}
# "autor" is this near to "author"; "test" and "next" are further from "text", "revenue" from "venue".
_NEAR = 0.8
_NEAR_YEAR = 0.75
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
    for match in _FILTER.finditer(text):
        name = (match["name"] or match["bound"] or "year").lower()
        operator = match["operator"] or match["spaced"] or ":"
        value = match["value"] or match["operand"] or match["year"] or ""
        filters = _with_filter(filters, name, operator, _bare_value(value))
    rest = " ".join(_FILTER.sub(" ", text).split())
    _refuse_misspelt_keys(rest)
    return rest, filters


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
    """Return what is left of `filters` without bounds on what papers are: the ids to keep to and to leave out."""
    return Filters(only=filters.only, without=filters.without)


class FoldedTexts(dict[str, str]):
    """Texts → folded and on one line, each folded once, when it is first looked up."""

    def __missing__(self, text: str) -> str:
        self[text] = folded = _flatten(text)
        return folded


def matches_filters(paper: Paper, filters: Filters) -> bool:
    """Tell whether `paper` satisfies every filter; a paper without a year satisfies no bound on it.

    >>> paper = Paper("p", "Naïve Bayes", "We train on zero-shot\\ntasks.")
    >>> [matches_filters(paper, Filters(texts=(words,))) for words in ("naive", "shot  Task", "bayes we")]
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
    """Return the ids that both sets admit; an empty set admits all, so "none" is the id of no paper."""
    if not first or not second:
        return first + second
    return tuple(identifier for identifier in first if identifier in second) or ("",)


def _bare_value(value: str) -> str:
    """Return a value without its quotation marks, or without the punctuation of its sentence."""
    quoted = value.startswith('"')
    return value.strip('"').strip() if quoted else value.rstrip("?!.,;")


def _refuse_misspelt_keys(text: str) -> None:
    """Raise QuestionError where a word before an operator is nearly, but not quite, the key of a filter."""
    for match in _UNKNOWN.finditer(text):
        key = match["name"].lower()
        is_year = _YEAR_RANGE.fullmatch(_bare_value(match["value"])) is not None
        for name in get_close_matches(key, _EXAMPLES, 1, _NEAR_YEAR if is_year else _NEAR):
            if key not in _EXAMPLES and abs(len(key) - len(name)) <= 1:
                written = f"{match['name']}{match['operator']}{match['value']}"
                raise QuestionError(
                    f"{written}: there is no filter {key!r}; write {_EXAMPLES[name]}"
                )


def _with_filter(filters: Filters, name: str, operator: str, value: str) -> Filters:
    if not value:
        raise QuestionError(
            f"the filter {name}{operator} has no value; write for example {_EXAMPLES[name]}"
        )
    if name == "year":
        return _with_year(filters, operator, value)
    if operator not in {":", "=", "=="}:
        raise QuestionError(f"{name}{operator}{value}: write {_EXAMPLES[name]}")
    return merge_filters(filters, _NAMED[name](value))


def _with_year(filters: Filters, operator: str, value: str) -> Filters:
    match = _YEAR_RANGE.fullmatch(value)
    if match is None or not any(match.groups()):
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
