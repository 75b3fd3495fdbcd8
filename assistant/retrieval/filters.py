"""Bounds on the papers to search: read from a question, joined, described, and tried on papers."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from assistant.errors import QuestionError
from assistant.index.facets import alternatives, flatten, has_words, says, types_called
from assistant.text.markdown import escape
from assistant.types import Filters, Order, Paper

if TYPE_CHECKING:
    from assistant.index.records import Where

# Spaces may stand around a comparison of years or counts only: "the author = shan" is prose. A
# single quote before a letter is an apostrophe.
_FILTER = re.compile(
    r"(?<!\S)(?P<key>(?P<counts>cited)|[a-z]{3,10})"
    r"(?:(?<=year)\s+(?=[<>=≥≤]{1,2}\s*\d{4}\b)|(?(counts)\s+(?=[<>=≥≤]{1,2}\s*\d)|(?!)))?"
    r"(?P<operator>>=|<=|==|[:><=≥≤])"
    r"(?:(?<=[<>=≥≤])\s+(?=\d{4}\b)|(?(counts)(?<=[<>=≥≤])\s+(?=\d)|(?!)))?"
    r"(?:[\"“”](?P<quoted>[^\"“”]*)[\"“”]|['‘](?P<single>.{0,200}?)['’](?!\w)|"
    r"(?P<bare>[^\s\"“”]*))",
    re.IGNORECASE,
)
_YEARS = re.compile(r"(?P<first>\d{4})?(?:(?P<dash>[-–—−]|\.\.)(?P<last>\d{4})?)?")
_COUNT = re.compile(r"[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3}")
_SIGNS = {"≥": ">=", "≤": "<="}
_EXAMPLES = {
    "year": "year>=2023 or year:2021-2023",
    "author": 'author:shan or author:"Ying Shan"',
    "venue": "venue:cvpr",
    "title": 'title:"text-to-video"',
    "text": 'text:video or text:"zero-shot"',
    "word": 'word:GAN or word:"will be released"',
    "tag": 'tag:video or tag:"machine learning"',
    "keyword": 'keyword:video or keyword:"machine learning"',
    "category": "category:cs or category:cs.CV",
    "type": "type:preprint or type:article",
    "cited": "cited>=50 or cited<10",
    "retracted": "retracted:no or retracted:yes",
}
_SAID = {"yes": True, "true": True, "no": False, "false": False}
# "autor" is this near to "author"; "test" and "next" are further from "text", "revenue" from
# "venue".
_NEAR = 0.8
_NEAR_YEAR = 0.75
_SORT = re.compile(r"(?<!\S)sort(?::|==?)(\S+)", re.IGNORECASE)
_SORTS: dict[str, Order] = {
    "cited": "most cited", "most-cited": "most cited", "citations": "most cited",
    "least-cited": "least cited", "newest": "newest", "oldest": "oldest", "title": "title",
}  # fmt: skip
_NO_SLIPS = frozenset({"extracted", "refracted", "sword", "typed", "world"})
"""Words of prose that are as near to a key as a slip is."""
_SINGULAR = {"categories": "category"}
_EQUAL = (":", "=", "==")
NO_MATCH: Where = {"paper_id": {"$in": [""]}}
MOST_IDS = 30_000
"""How many papers one condition may name: SQLite takes 32,766 values in one statement."""


def parse_filters(text: str) -> tuple[str, Filters]:
    """Return `text` without its filters, and the filters.

    Understood: `year>=2023`, `year:2021-2023`, `author:name`, `author:"two words"`, `venue:…`,
    `title:…`, `text:…`, `word:…`, `tag:…` (also `keyword:…`), `category:cs`, `type:preprint`,
    `cited>=50`, `retracted:no`; a colon before a space is no filter. QuestionError when a filter
    has no usable value, or its key is nearly one of these.

    >>> parse_filters('video year>=2023 author:"Ying Shan" cited>=50')[0]
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


def parse_sort(text: str) -> tuple[str, Order | None]:
    """Return `text` without the order in it that is written as a filter is, and that order, the
    last where there are several. QuestionError for one that is none.

    >>> parse_sort("video sort:cited")
    ('video', 'most cited')
    """
    orders = [match[1].lower().rstrip("?!.,;:…") for match in _SORT.finditer(text)]
    for name in orders:
        if name not in _SORTS:
            known = "sort:cited, sort:newest, sort:oldest or sort:title"
            raise QuestionError(f"sort:{name}: write {known}")
    return " ".join(_SORT.sub(" ", text).split()), _SORTS[orders[-1]] if orders else None


def merge_filters(first: Filters, second: Filters) -> Filters:
    """Return the filters that both sets demand."""
    no_paper = {first.retracted, second.retracted} == {True, False}
    return Filters(
        _tighter(max, first.year_from, second.year_from),
        _tighter(min, first.year_to, second.year_to),
        tuple(dict.fromkeys(first.authors + second.authors)),
        tuple(dict.fromkeys(first.venues + second.venues)),
        first.titles + second.titles,
        ("",) if no_paper else _shared_ids(first.only, second.only),
        first.without + second.without,
        first.texts + second.texts,
        first.keywords + second.keywords,
        first.categories + second.categories,
        tuple(dict.fromkeys(first.types + second.types)),
        _tighter(max, first.cited_from, second.cited_from),
        _tighter(min, first.cited_to, second.cited_to),
        first.retracted if second.retracted is None else second.retracted,
        first.words + second.words,
    )


def lift_filters(filters: Filters) -> Filters:
    """Return `filters` without bounds on papers: the ids to keep to and to leave out."""
    return Filters(only=filters.only, without=filters.without)


def matches_filters(paper: Paper, filters: Filters) -> bool:
    """Tell whether `paper` satisfies every filter; a paper without a year, or without a number of
    citations, satisfies no bound on it.

    >>> paper = Paper("p", "Naïve Bayes", "We train on zero-shot\\ntasks.")
    >>> [matches_filters(paper, Filters(texts=(text,))) for text in ("naive", "shot  Task", "s we")]
    [True, True, False]
    >>> [matches_filters(paper, Filters(words=(word,))) for word in ("naive", "hot task", "shot")]
    [True, False, True]
    """
    facts, text = paper.facts, (paper.title, paper.abstract)

    def has(parts: Sequence[str], *among: str) -> bool:
        folded = [flatten(each) for each in among] if parts else []
        return all(any(flatten(part) in each for each in folded) for part in parts)

    def has_one(parts: Sequence[str], among: str) -> bool:
        return all(any(one in flatten(among) for one in alternatives(part)) for part in parts)

    return (
        (not filters.only or paper.id in filters.only)
        and paper.id not in filters.without
        and _is_within(paper.year, filters.year_from, filters.year_to)
        and _is_within(facts.cited_by, filters.cited_from, filters.cited_to)
        and filters.retracted in (None, facts.retracted)
        and has(filters.authors, *paper.authors)
        and has_one(filters.venues, paper.venue or "")
        and has_one(filters.titles, paper.title)
        and has(filters.texts, *text)
        and all(any(says(each, one) for each in text) for one in filters.words)
        and has(filters.keywords, *facts.keywords)
        and all(
            any(has_words(each, one) for each in facts.categories) for one in filters.categories
        )
        and all(facts.type.lower() in types_called(one) for one in filters.types)
    )


def where_clause(ids: Collection[str]) -> Where:
    """Return Chroma's condition for the papers `ids`, MOST_IDS at the most."""
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
    says += [f"with {_any_of(name)} in the title" for name in filters.titles]
    says += [f"with {words!r} in title or abstract" for words in filters.texts]
    says += [f"with {_any_of(words)} in title or abstract" for words in filters.words]
    says += [f"tagged {words!r}" for words in filters.keywords]
    says += [f"in the category {name}" for name in filters.categories]
    says += [f"of the type {name}" for name in filters.types]
    says += _describe_citations(filters.cited_from, filters.cited_to)
    says += ["retracted" if filters.retracted else "not retracted"][filters.retracted is None :]
    return escape(", ".join(says))


def _any_of(text: str) -> str:
    """Return a text of a filter as it is quoted, its alternatives apart."""
    return " or ".join(map(repr, text.split(" or ")))


def _describe_citations(first: int | None, last: int | None) -> list[str]:
    """Return how often papers are cited in words, none where that is not bounded.

    >>> _describe_citations(50, None), _describe_citations(1, 1)
    (['cited at least 50 times'], ['cited exactly 1 time'])
    """
    if last == 0:
        return ["never cited"]
    if first is not None and first == last:
        return [f"cited exactly {_times(first)}"]
    says = [f"cited at least {_times(first)}"] if first is not None else []
    return says + ([f"cited at most {_times(last)}"] if last is not None else [])


def _times(number: int) -> str:
    return f"{number:,} time{'' if number == 1 else 's'}"


def _is_within(number: int | None, first: int | None, last: int | None) -> bool:
    if number is None:
        return first is None and last is None
    return (first is None or number >= first) and (last is None or number <= last)


def _tighter(choose: Callable[..., int], *bounds: int | None) -> int | None:
    """Return the bound that admits less, None where there is none."""
    given = [bound for bound in bounds if bound is not None]
    return choose(given) if given else None


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
    if key not in _EXAMPLES or (key in ("text", "word") and operator != ":"):
        _refuse_misspelt_key(key, operator, value)
        return None
    if not value:
        raise QuestionError(f"the filter {key}{operator} has no value; write {_EXAMPLES[key]}")
    if key == "year":
        return _parse_years(operator, value)
    if key == "cited":
        return _parse_citations(operator, value)
    if operator not in _EQUAL or (key == "retracted" and value.lower() not in _SAID):
        raise QuestionError(f"{key}{operator}{value}: write {_EXAMPLES[key]}")
    return {
        "author": Filters(authors=(value,)),
        "venue": Filters(venues=(value,)),
        "title": Filters(titles=(value,)),
        "text": Filters(texts=(value,)),
        "word": Filters(words=(value,)),
        "tag": Filters(keywords=(value,)),
        "keyword": Filters(keywords=(value,)),
        "category": Filters(categories=(value,)),
        "type": Filters(types=(value,)),
        "retracted": Filters(retracted=_SAID.get(value.lower())),
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
    return Filters(*_bounds(operator, int(first)))


def _parse_citations(operator: str, value: str) -> Filters:
    if not _COUNT.fullmatch(value):
        raise QuestionError(f"cited{operator}{value}: write {_EXAMPLES['cited']}")
    first, last = _bounds(operator, int(value.replace(",", "")))
    return Filters(cited_from=first, cited_to=last)


def _bounds(operator: str, number: int) -> tuple[int | None, int | None]:
    """Return the first and the last number that an operator admits, None for no bound.

    >>> _bounds(">", 9), _bounds("<=", 9), _bounds(":", 9)
    ((10, None), (None, 9), (9, 9))
    """
    return {
        ">": (number + 1, None),
        ">=": (number, None),
        "<": (None, number - 1),
        "<=": (None, number),
    }.get(operator, (number, number))


def _refuse_misspelt_key(key: str, operator: str, value: str) -> None:
    """Raise QuestionError where `key` is nearly, but not quite, the key of a filter."""
    cutoff = _NEAR_YEAR if _YEARS.fullmatch(value) else _NEAR
    written = _SINGULAR.get(key, key)
    for name in get_close_matches(written, _EXAMPLES, 1, cutoff):
        if key != name and abs(len(written) - len(name)) <= 1 and key not in _NO_SLIPS:
            raise QuestionError(
                f"{key}{operator}{value}: there is no filter {key!r}; write {_EXAMPLES[name]}"
            )
