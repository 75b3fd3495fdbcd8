"""What a question says of papers' years, authors and venues → filters and an order."""

import re
from collections.abc import Sequence

from assistant.reading.learned.network import Tagged
from assistant.reading.parsed_question import Order
from assistant.retrieval.bibliography import Bibliography, fold_words
from assistant.retrieval.filters import merge_filters
from assistant.types import Filters

_YEAR = r"((?:19|20)\d\d)"
# Words around a year, and what is added to its first and last to give the bounds (None: no bound).
_YEARS: list[tuple[re.Pattern[str], int | None, int | None]] = [
    (re.compile(words, re.IGNORECASE), first, last)
    for words, first, last in (
        (rf"{_YEAR}\W+(?:or|and) (?:later|newer|after|more recent|onwards?|up)\b", 0, None),
        (rf"{_YEAR}\W+(?:or|and) (?:earlier|older|before)\b", None, 0),
        (rf"{_YEAR}\s*(?:and|to|until|through|till|[-–—])\s*{_YEAR}", 0, 0),
        (rf"\b(?:not|no) (?:before|older than|earlier than)\W+{_YEAR}", 0, None),
        (rf"\b(?:not|no) (?:after|newer than|later than)\W+{_YEAR}", None, 0),
        (rf"\b(?:since|in or after|starting(?: in)?)\W+(?:the year )?{_YEAR}", 0, None),
        (rf"\bfrom\W+{_YEAR}\W+on", 0, None),
        (rf"{_YEAR}\+|>=\s*{_YEAR}", 0, None),
        (rf"\b(?:after|newer than|later than|past|post)\W+{_YEAR}|>\s*{_YEAR}", 1, None),
        (rf"\b(?:before|older than|earlier than|prior to|pre)\W+{_YEAR}|<\s*{_YEAR}", None, -1),
        (rf"\b(?:until|up to|till|by)\W+{_YEAR}", None, 0),
        (_YEAR, 0, 0),
    )
]
_NEWEST = re.compile(r"\b(?:new(?:est)?|latest|most recent(?:ly)?|recent(?:ly)?)\b", re.IGNORECASE)
_OLDEST = re.compile(r"\b(?:oldest|earliest|first)\b", re.IGNORECASE)


def read_bounds(tagged: Tagged, bibliography: Bibliography) -> Filters:
    """Return the filters that the tagged words of a question make; of people and venues only those
    that the corpus has.
    """
    filters = Filters(
        authors=tuple(
            name for text in tagged.of("person") for name in find_authors(text, bibliography)
        ),
        venues=tuple(
            name for text in tagged.of("venue") for name in _find_venues(text, bibliography)
        ),
    )
    for text in tagged.of("time"):
        filters = merge_filters(filters, read_years(text))
    return filters


def read_years(text: str) -> Filters:
    """Return the years that some words bound papers by.

    >>> read_years("after 2021").year_from, read_years("2020 to 2022").year_to
    (2022, 2022)
    """
    for words, first, last in _YEARS:
        if match := words.search(text):
            years = [int(year) for year in match.groups() if year]
            return Filters(
                year_from=None if first is None else years[0] + first,
                year_to=None if last is None else years[-1] + last,
            )
    return Filters()


def read_order(times: Sequence[str]) -> Order | None:
    """Return the order by year that some words ask for."""
    text = " ".join(times)
    return "newest" if _NEWEST.search(text) else "oldest" if _OLDEST.search(text) else None


def find_authors(text: str, bibliography: Bibliography) -> list[str]:
    """Return the author of the corpus that `text` names: by the whole name, else by a last name
    that only one of them has.
    """
    words = fold_words(re.sub(r"['’]s\b", "", text))
    if author := bibliography.authors.get(words):
        return [author]
    last = [name for key, name in bibliography.authors.items() if words and key[-1] == words[-1]]
    if len(words) > 1:
        last = [name for name in last if fold_words(name)[0][0] == words[0][0]]
    return last if len(last) == 1 else []


def _find_venues(text: str, bibliography: Bibliography) -> list[str]:
    known = {name.lower(): name for name in bibliography.venues}
    words = re.findall(r"[\w-]+", text)
    year = next((word for word in words if re.fullmatch(_YEAR, word)), "")
    found = [known[word.lower()] for word in words if word.lower() in known]
    return [f"{name} {year}".strip() for name in found[:1]]
