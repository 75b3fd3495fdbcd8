"""Facts that the bibliography knows: years, authors and venues said in plain words, and questions
about them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.retrieval.bibliography import WORD, Bibliography
from assistant.retrieval.filters import merge_filters
from assistant.text.words import fold
from assistant.types import Filters

_YEAR = r"((?:19|20)\d\d)"
# A pattern for the words, and what is added to its first and last year to give the bounds (None: no
# bound).
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
_PAPERS = (
    r"(?:papers?|works?|stud(?:y|ies)|articles?|publications?|preprints?|abstracts?|research|"
    r"literature|advances|progress|methods|approaches|techniques|ones?|those|these|them|they|any)"
)
# What may stand between a subject and its year: "papers (that were published) since 2022".
_PREDICATE = re.compile(
    r"(?:\b(?P<relative>that|which|who)\s+)?(?:\b(?P<be>are|is|were|was|(?:have|has) been)\s+)?"
    r"(?:\b(?P<verb>published|written|presented|accepted|released|appear(?:ed|ing)?|came out|"
    r"wrote|write)\s+)?$",
    re.IGNORECASE,
)
_ENDS_WITH_PAPERS = re.compile(
    rf"\b{_PAPERS}(?: (?:here|there|are there|do you have))?[\s(,]*$", re.IGNORECASE
)
# A year is a bound though it follows no paper: "and of those, since 2022?", "In 2023, which …".
_NO_SUBJECT = re.compile(
    r"(?:\W*\b(?:and|or|but|so|okay|ok|now|then|only|just|what about|how about|how many|of|among|"
    r"all|the|show me)\b)*\W*",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(
    r"\s*(?:$|[,:;.?!)]|(?:which|what|how|who|list|papers|and|but|per|by|that|at|with|about)\b)",
    re.IGNORECASE,
)
_HEAD = re.compile(
    rf"\b{_PAPERS}\b|\bwhat(?:'s| is| was| has been) (?:new|known|done|published)\b|"
    r"\b(?:summari[sz]e|overview)\b",
    re.IGNORECASE,
)
_ABOUT = rf"\b{_PAPERS}(?: (?:are|is))?\s+(?:about|on|by|at|regarding)\s"
_ABOUT_TOPIC = re.compile(_ABOUT, re.IGNORECASE)
_ABOUT_WORD = re.compile(rf"{_ABOUT}\s*\S+\s*$", re.IGNORECASE)
# Things that have a year of their own.
_DATED = re.compile(
    r"\b(?:data ?sets?|data|benchmarks?|challenges?|corpus|corpora|competitions?|releases?|"
    r"versions?|elections?|pandemics?|outbreaks?|cases|events?|editions?|campaigns?)\s*$",
    re.IGNORECASE,
)
_PUBLISHED_LEFT = re.compile(
    r"(?:that (?:are|were) )?(?:published|written|released)\s*$", re.IGNORECASE
)
_POINT = re.compile(rf"(?:from|in|of|during) (?:the year )?{_YEAR}$", re.IGNORECASE)
_NAMED = re.compile(r"\bthe\s+(?:[\w-]+\s+){0,2}[\w-]+\s*$|\b\w*[A-Z]\w*\s*$")
_WRITING = re.compile(
    r"\b(?:wrote|written|authors?|authored|publish\w*|write|writes|papers? (?:by|of|from)|"
    r"works? (?:by|of)|by)\b",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"^['’]s\b")
_BY = re.compile(r"(?:\b(?:written |authored )?(?:by|from|of|did)\s+)?$", re.IGNORECASE)
_VENUE = re.compile(
    r"\b(?:(?:published|presented|appeared|accepted) )?(?:at|in|"
    r"from)\s+(?P<name>\w+)\b(?:\s+(?P<year>(?:19|20)\d\d)\b)?"
)


def recognise_filters(text: str, bibliography: Bibliography) -> tuple[str, Filters]:
    """Return `text` without what it says in plain words of papers' years, authors and venues, and
    that as filters.

    Authors and venues are recognised only by names that the corpus has, years only where they are
    said of papers.

    >>> rest, filters = recognise_filters("video papers since 2022", Bibliography({}))
    >>> rest, filters.year_from
    ('video papers', 2022)
    >>> recognise_filters("models like BERT from 2018", Bibliography({}))[0]
    'models like BERT from 2018'
    """
    rest, authors = _take_authors(text, bibliography)
    rest, venues = _take_venue(rest, bibliography)
    rest, years = _take_years(rest)
    filters = merge_filters(years, Filters(authors=authors, venues=venues))
    return (" ".join(rest.split()) if filters else text), filters


def _take_years(text: str) -> tuple[str, Filters]:
    """Take the years that speak of papers out of `text`."""
    filters = Filters()
    for words, first, last in _YEARS:
        match = re.search(rf"\b{words}", text, re.IGNORECASE)
        if match is None or not _speaks_of_papers(
            text[: match.start()], match[0], text[match.end() :]
        ):
            continue
        years = [int(year) for year in match.groups() if year]
        start = years[0] + first if first is not None else None
        end = years[-1] + last if last is not None else None
        filters = merge_filters(filters, Filters(year_from=start, year_to=end))
        text = f"{_PUBLISHED_LEFT.sub('', text[: match.start()])} {text[match.end() :]}"
    return text, filters


def _speaks_of_papers(before: str, years: str, after: str) -> bool:
    """Tell whether `years` say when papers appeared, not when something in their topic did.

    >>> _speaks_of_papers("which papers on video were published ", "in 2023", "?")
    True
    >>> _speaks_of_papers("which papers use the COCO dataset released ", "in 2014", "?")
    False
    """
    predicate = _PREDICATE.search(before)
    assert predicate is not None  # it matches nothing at the end, too
    subject, verb = before[: predicate.start()], (predicate["verb"] or "").lower()
    if _ENDS_WITH_PAPERS.search(subject):
        return True
    ends = _CLAUSE_END.match(after) is not None
    if _NO_SUBJECT.fullmatch(subject):
        return ends
    if not ends or predicate["relative"] or not _HEAD.search(subject):
        return False
    if predicate["be"]:
        return True
    if verb == "released" or _DATED.search(subject):
        return False
    if not _POINT.match(years):
        return True
    if not years.lower().startswith("from") and not verb and not _ABOUT_TOPIC.search(subject):
        return False
    return bool(_ABOUT_WORD.search(subject)) or not _NAMED.search(subject)


def _take_authors(text: str, bibliography: Bibliography) -> tuple[str, tuple[str, ...]]:
    """Take full names of authors out of `text`, where it speaks of writing."""
    if not _WRITING.search(text):
        return text, ()
    words = list(WORD.finditer(text))
    authors = []
    for start, end, author in reversed(
        _find_authors([fold(word[0]) for word in words], bibliography)
    ):
        before = _BY.sub("", text[: words[start].start()])
        after = _POSSESSIVE.sub("", text[words[end - 1].end() :])
        text = f"{before} {after}"
        authors.append(author)
    return text, tuple(sorted(set(authors)))


def _find_authors(words: Sequence[str], bibliography: Bibliography) -> list[tuple[int, int, str]]:
    """Return where authors' full names stand among folded words: first, one after the
    last, author.
    """
    matches, start = [], 0
    while start < len(words):
        for end in range(min(len(words), start + bibliography.longest_name), start + 1, -1):
            if author := bibliography.authors.get(tuple(words[start:end])):
                matches.append((start, end, author))
                start = end - 1
                break
        start += 1
    return matches


def _take_venue(text: str, bibliography: Bibliography) -> tuple[str, tuple[str, ...]]:
    """Take the name of a venue ("at ICCV", "published at ACL 2020") out of `text`."""
    for match in _VENUE.finditer(text):
        name, year = match["name"], match["year"]
        if name in bibliography.venues:
            rest = f"{text[: match.start()]} {text[match.end() :]}"
            return rest, (f"{name} {year}" if year else name,)
    return text, ()
