"""What a question says of papers' years, authors and venues → filters and an order."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain

from assistant.reading.learned.network import Tagged
from assistant.reading.mentions import tells_apart
from assistant.reading.question import asks_whether
from assistant.retrieval.bibliography import Bibliography, fold_words
from assistant.retrieval.filters import merge_filters
from assistant.text.words import ANY_PAPER_WORDS, NUMERALS, ORDINALS, STOP_WORDS
from assistant.types import Filters, Order

_YEAR = r"((?:19|20)\d\d)"
_NONE = r"(?:not|no|nothing|none|never|no (?:papers?|ones?))"
# Words around a year, and what is added to its first and last to give the bounds (None: no bound).
_YEARS: list[tuple[re.Pattern[str], int | None, int | None]] = [
    (re.compile(words, re.IGNORECASE), first, last)
    for words, first, last in (
        (rf"{_YEAR}\W+(?:or|and) (?:later|newer|after|more recent|onwards?|up)\b", 0, None),
        (rf"{_YEAR}\W+(?:or|and) (?:earlier|older|before)\b", None, 0),
        (rf"{_YEAR}\s*(?:and|to|until|through|till|[-–—])\s*{_YEAR}", 0, 0),
        (rf"\b{_NONE} (?:before|older than|earlier than)\W+{_YEAR}", 0, None),
        (rf"\b{_NONE} (?:after|newer than|later than)\W+{_YEAR}", None, 0),
        (rf"\b(?:since|in or after|starting(?: in)?)\W+(?:the year )?{_YEAR}", 0, None),
        (rf"\bfrom\W+{_YEAR}\W+on|{_YEAR}\W+onwards?\b", 0, None),
        (rf"{_YEAR}\+|>=\s*{_YEAR}", 0, None),
        (rf"\b(?:after|newer than|later than|past|post)\W+{_YEAR}|>\s*{_YEAR}", 1, None),
        (rf"\b(?:before|older than|earlier than|prior to|pre)\W+{_YEAR}|<\s*{_YEAR}", None, -1),
        (rf"\b(?:until|up to|till|by)\W+{_YEAR}", None, 0),
        (_YEAR, 0, 0),
    )
]
# Between two things that are both left out, not between bounds ("2020 or older").
_NEITHER = re.compile(
    r",? (?:or|nor) (?!\d|so\b|later|newer|after|more|onwards|up\b|earlier|older|before)",
    re.IGNORECASE,
)
# Times told from today: "this year", "two years ago", "the last 18 months".
_COUNTS = {**NUMERALS, "a": 1, "couple": 2, "few": 3, "several": 3}
_DAYS = {"month": 30.5, "week": 7.0}
_UNIT = rf"(?:year|decade|{'|'.join(_DAYS)})s?"
_SPAN = rf"((?:a (?=couple|few))?(?:\d{{1,2}}|{'|'.join(_COUNTS)})(?: of)? {_UNIT})"
_NAMED_YEAR = re.compile(
    r"\b(?:this|the current|(last|the previous)) year\b(?:['’]s)?", re.IGNORECASE
)
# "more than two years ago", "at most two years old"; "older than two years"; "two years ago".
_AGED = re.compile(
    rf"\b(?:(more than|over|at least)|less than|under|at most) {_SPAN},? (?:ago|old)\b",
    re.IGNORECASE,
)
_THAN = re.compile(rf"\b(?:(older)|newer|younger) than {_SPAN}\b(?: ago| old)?", re.IGNORECASE)
_AGO = re.compile(rf"(?<!half )\b{_SPAN} ago\b", re.IGNORECASE)
_COMPARATIVE = re.compile(r"(?:(?P<new>newer|later|more recent)|older|earlier)", re.IGNORECASE)
_IS = re.compile(r"(?:['’](?:s|re)|\b(?:is|are|was|were)) (?:only |already |all )?$", re.IGNORECASE)
_IS_FROM = re.compile(r"^(?:from|of)\b", re.IGNORECASE)
_VAGUE = re.compile(r"\b(?:few|several)\b", re.IGNORECASE)
_LATELY = re.compile(
    r"\b(?:(?:in|within|during|over|from|of|since) )?(?:(?:the |these )?(?:last|past|previous) "
    rf"{_SPAN}|(?:the (?:last|past)|past) ({_UNIT}))\b",
    re.IGNORECASE,
)
_DANGLING = re.compile(r"\b(?:from|since|in|of|after|before|until|till|by)$", re.IGNORECASE)
_ENDS_IN_NONE = re.compile(rf"\b{_NONE} $", re.IGNORECASE)
_BEGINS_WITH_NONE = re.compile(rf"{_NONE} ", re.IGNORECASE)
_IS_THERE = re.compile(r"\b(?:(?:is|are|was|were) there|why)\b[^,;]*$", re.IGNORECASE)
_ENDS_IN_BOUND = re.compile(r"\b(?:since|before|after|until|till) $", re.IGNORECASE)
_NEXT_YEAR = re.compile(rf"\s+{_YEAR}\b")
_DATED = re.compile(
    r"\b(?:(?:papers?|works?|studies|articles|publications|preprints|those|ones)|"
    r"(?P<verb>published|written|(?:came|come) out|appeared|appearing)(?: in print)?) "
    rf"(?P<when>(?:from|since|(?(verb)after|of)|before|after|until) {_YEAR})\b"
    r"(?!\s*(?:[-–]|to\b|and\b))",
    re.IGNORECASE,
)
_ON = re.compile(r"\s+on(?:wards?)?(?=\s*(?:$|[?!.,;)]))", re.IGNORECASE)
_LONGEST_VENUE = 8  # words
_JOINED = re.compile(r",? (?:or|and) |[,/] ?")
_SHORTEST_NAME = 4
_AND_OTHERS = re.compile(
    r"(?:['’]s?\b)?(?:,? (?:et(?: al)?\b\.?|(?:group|team|lab)\b|"
    r"and (?:\w+ )?(?:colleagues|others|co-?workers|co-?authors)\b))?$",
    re.IGNORECASE,
)
_FULL_NAME = re.compile(r"\b[^\W\d_a-z][\w.'’-]*(?: [^\W\d_a-z][\w.'’-]*){1,3}(?!\w)")
_TIMES = frozenset("older newer earlier later published appeared year years anything".split())
_NEWEST = re.compile(
    r"\b(?:newest|latest|most recent(?:ly)?|(?:newer|more recent)(?! than))\b", re.IGNORECASE
)
_NEW = re.compile(r"\b(?:new|recent(?:ly)?|lately)\b", re.IGNORECASE)
# "the newest of them", "which is the oldest?"; not "the newest ones".
_ONE_OF_THEM = re.compile(
    r"^(?!.*\b(?:are|were|by)\b).*"
    r"\b(?:newest|latest|most recent|oldest|earliest)"
    r"(?:(?: one| paper)?(?: of (?:them|these|those|the (?:two|three|four))\b|(?=\W*$)))",
    re.IGNORECASE,
)
_OLDEST = re.compile(r"\b(?:oldest|earliest|older(?! than))\b", re.IGNORECASE)
_FIRST = re.compile(r"\bfirst\b", re.IGNORECASE)
# "which came out first?", "which was published last?"
_CAME = re.compile(
    r"\b(?:came(?: out)?|appeared|filed|published|was (?:there|published|released|out|written))"
    r"(?P<first> (?:first|earliest|earlier|before))?(?(first)|(?: last| latest| later))\b"
    r"(?=\W*$|[,;:])",
    re.IGNORECASE,
)

_OLDER_THAN = re.compile(r"\b(?:older|newer|earlier|later|more recent) than\b", re.IGNORECASE)
_AGE_WORDS = frozenset(
    "the most who which old older oldest new newer newest early earlier earliest late later latest "
    "recent date dated first last year published publication filed released came out "
    "appeared".split()
)

_SAY_NOTHING = {*ANY_PAPER_WORDS, *ORDINALS, *NUMERALS, *STOP_WORDS} - {"more", "less"}
# "better" says more than which is older.
_SAY_NO_MORE = _AGE_WORDS | {one for one in _SAY_NOTHING if not one.endswith(("er", "est"))}

_CITED = re.compile(
    r"\b(?:(?P<degree>most|least|highly|best)[- ]cited\b|"
    r"(?:(?:sort|order|rank)(?:ed)?(?: (?:them|those|these))? )?"
    r"by (?:the )?(?:number of )?(?:citations?|citation counts?)(?! of)\b)",
    re.IGNORECASE,
)
_BY_TITLE = re.compile(
    r"\b(?:sort|order|rank|arrang|list)(?:e|e?d|ing)?\b(?: \w+){0,2} by (?:the |their )?titles?\b"
    r"|\balphabetical(?:ly\b| order\b| by title\b)",
    re.IGNORECASE,
)
STAND_IN = "newest"
"""What stands in a question for "most cited": the network knows orders by year only."""
_NAME = r"[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){1,3}?"
_SO_MANY = rf"(?:\d{{1,2}}|{'|'.join(NUMERALS)})"
_PAPERS_OF = re.compile(
    rf"\b(?P<owner>{_NAME})['’]s? (?:{_SO_MANY}(?: papers| works)?|papers|works|ones)\b"
    rf"|\b(?i:the|those|these|all) (?:{_SO_MANY}(?: papers| works| ones)?|papers|works|ones) "
    rf"(?:of|from) (?P<of>{_NAME})\b(?! [A-Z])"
)


def read_bounds(tagged: Tagged, bibliography: Bibliography) -> Filters:
    """Return the filters that the tagged words of a question make; of people and venues only those
    that the corpus has.
    """
    filters = Filters(
        authors=tuple(
            name for text in tagged.of("person") for name in find_authors(text, bibliography)
        ),
        venues=_any_venue(tagged.of("venue"), bibliography),
    )
    told = [read_years(text) for text in tagged.of("time")]
    for years in told:
        filters = merge_filters(filters, years)
    if (filters.year_from or 0) > (filters.year_to or 9999):  # "2024 and 2025 papers"
        first = min(one.year_from for one in told if one.year_from is not None)
        last = max(one.year_to for one in told if one.year_to is not None)
        filters = replace(filters, year_from=first, year_to=last)
    return filters


def read_years(text: str, today: date | None = None) -> Filters:
    """Return the years that some words bound papers by, those told from `today` too.

    >>> read_years("after 2021").year_from, read_years("2020 to 2022").year_to
    (2022, 2022)
    >>> read_years("2022 onwards").year_to is None
    True
    >>> read_years("the last two years", date(2026, 3, 1)).year_from
    2024
    """
    text = in_years(text, today or date.today())
    for words, first, last in _YEARS:
        if match := words.search(text):
            years = [int(year) for year in match.groups() if year]
            return Filters(
                year_from=None if first is None else years[0] + first,
                year_to=None if last is None else years[-1] + last,
            )
    return Filters()


def in_years(text: str, today: date) -> str:
    """Return words with what they tell from `today` as a year; what is no whole year begins with
    the one it begins in.

    >>> [in_years(text, date(2026, 3, 1)) for text in ("before last year", "five years ago")]
    ['before 2025', '2021']
    >>> in_years("over the past 6 months", date(2026, 3, 1)), in_years("this week's", date.max)
    ('since 2025', "this week's")
    """

    def begins(span: str) -> int:
        *counts, unit = span.lower().replace(" of ", " ").split()
        number = (_COUNTS.get(counts[-1]) or int(counts[-1])) if counts else 1
        unit = unit.rstrip("s")
        if unit in _DAYS:
            return (today - timedelta(days=number * _DAYS[unit])).year
        return today.year - number * (10 if unit == "decade" else 1)

    def aged(match: re.Match[str]) -> str:
        return f"{'before' if match[1] else 'since'} {begins(match[2])}"

    def ago(match: re.Match[str]) -> str:
        return match[0] if _VAGUE.search(match[1]) else str(begins(match[1]))

    for pattern in (_AGED, _THAN):
        text = pattern.sub(aged, text)
    text = _LATELY.sub(lambda match: f"since {begins(match[1] or match[2])}", _AGO.sub(ago, text))
    return _NAMED_YEAR.sub(lambda match: str(today.year - bool(match[1])), text)


def read_order(times: Sequence[str]) -> Order | None:
    """Return the order by year that some words ask for.

    >>> [read_order([text]) for text in ("I'm new here, what is the oldest?", "recent ones first")]
    ['oldest', 'newest']
    """
    text = " ".join(times)
    orders: tuple[tuple[re.Pattern[str], Order], ...] = (
        (_NEWEST, "newest"), (_OLDEST, "oldest"), (_NEW, "newest"), (_FIRST, "oldest"),
    )  # fmt: skip
    return next((order for asked, order in orders if asked.search(text)), None)


def asks_for_first(text: str) -> bool:
    """Tell whether of several papers the first in an order is asked for, not all in it, nor the
    first and the last.

    >>> [asks_for_first(text) for text in ("which is the oldest?", "the newest ones of those")]
    [True, False]
    >>> asks_for_first("which of these is the oldest and which the newest")
    False
    """
    if _NEWEST.search(text) and _OLDEST.search(text):
        return False
    return (_ONE_OF_THEM.search(text) or _CAME.search(text)) is not None


def compared_ages(text: str) -> tuple[str, ...]:
    """Return the words of `text` that compare papers by their years.

    >>> compared_ages("which is older?"), compared_ages("the first, older than 2020")
    (('older',), ())
    >>> compared_ages("which one came out first?"), compared_ages("which appeared last?")
    (('earliest',), ('latest',))
    """
    if came := _CAME.search(text):
        return ("earliest" if came["first"] else "latest",)
    return tuple(match[0] for ages in (_NEWEST, _OLDEST) for match in ages.finditer(text))


def asks_only_ages(text: str) -> bool:
    """Tell whether a message without the names of papers only asks how these stand by their years.

    >>> asks_only_ages("so which of the three has the earliest date?"), asks_only_ages("older?")
    (True, True)
    >>> asks_only_ages("is the newer one better?"), asks_only_ages("any later than the first?")
    (False, False)
    """
    than = _OLDER_THAN.search(text) is not None
    if not (asks_whether(text) if than else compared_ages(text)):
        return False
    return _SAY_NO_MORE.issuperset(fold_words(text))


def is_order(text: str) -> bool:
    """Tell whether words only order papers by year: "oldest"."""
    return any(order.fullmatch(text.strip()) for order in (_NEWEST, _OLDEST, _NEW, _FIRST))


def orders_by_title(text: str) -> bool:
    """Tell whether papers are asked for in the order of their titles.

    >>> orders_by_title("sorted by title, please"), orders_by_title("alphabetical order")
    (True, True)
    """
    return _BY_TITLE.search(text) is not None


def take_cited_order(text: str) -> tuple[str, Order | None]:
    """Return `text` with what orders papers by their citations replaced by the `STAND_IN`, or taken
    out where it says nothing else, and the order, None for none.

    >>> take_cited_order("the most cited papers on video")
    ('the newest papers on video', 'most cited')
    >>> take_cited_order("papers on video sorted by citations")
    ('papers on video', 'most cited')
    """
    match = _CITED.search(text)
    if match is None:
        return text, None
    degree = (match["degree"] or "").lower()
    rest = f"{text[: match.start()]}{STAND_IN if degree else ''}{text[match.end() :]}".strip()
    plain = " ".join(rest.split()) if rest.strip("?.! ") else f"{STAND_IN} papers"
    return plain, "least cited" if degree == "least" else "most cited"


def put_author(text: str, bibliography: Bibliography) -> str:
    """Return a message that speaks of somebody's papers ("Ying Shan's six", "the 6 of Ying Shan")
    with "the papers by …" in their place, any other as it is; of an author of the corpus.
    """
    for match in _PAPERS_OF.finditer(text):
        name = match["owner"] or match["of"]
        if find_authors(name, bibliography, whole=True):
            return f"{text[: match.start()]}the papers by {name}{text[match.end() :]}"
    return text


def find_authors(text: str, bibliography: Bibliography, whole: bool = False) -> list[str]:
    """Return the author of the corpus that `text` names: by the `whole` name, else by a last name
    that only one of them has.
    """
    words = fold_words(re.sub(r"['’]s\b", "", text))
    if not words:
        return []
    named = bibliography.authors(words[-1])
    full = [name for name in named if fold_words(name) == words]
    if full or whole:
        return full[-1:]
    last = [name for name in named if fold_words(name)[-1] == words[-1]]
    if len(words) > 1:
        last = [name for name in last if fold_words(name)[0][0] == words[0][0]]
    return last if len(last) == 1 else []


def name_unknown(text: str, tagged: Tagged) -> tuple[str, ...]:
    """Return the people of whom `text` asks papers, as it names them: of some the corpus may have
    none, or several of that name.
    """
    alone = tagged.form == "bibliography" and not any(map(tagged.of, ("topic", "paper", "side")))
    asked = (name for name in tagged.of("person") if name[:1].isupper() and not name.isupper())
    return tuple(
        _AND_OTHERS.sub("", name)
        for name in asked
        if alone or re.search(rf"\bby {re.escape(name)}\b", text)
    )


def name_any_of(bounds: Filters, text: str, bibliography: Bibliography) -> Filters:
    """Return `bounds` by several authors as those by any of them, where they are alternatives, or
    all of a short last name.
    """
    names = bounds.authors
    if len(names) == 1 and len(names[0]) < _SHORTEST_NAME:  # "Li" is a part of many others
        names = tuple(bibliography.authors(names[0])) or names
    elif len(names) < 2 or not re.search(r"\bor\b", text):
        return bounds
    only = tuple(bibliography.ids_by_any(names))
    if not only:
        return replace(bounds, authors=(alternatives(names),))
    return merge_filters(replace(bounds, authors=()), Filters(only=only))


def alternatives(names: Sequence[str]) -> str:
    """Return some authors as one name, which nobody has: it says of whom there is nothing.

    >>> alternatives(["Ann Lee", "Bo Chen", "Cy Diaz"])
    'Ann Lee, Bo Chen or Cy Diaz'
    """
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def tag_whole_times(text: str, tagged: Tagged) -> Tagged:
    """Return `tagged` with times to their end: "from 2023 on", of which the network may leave out
    the last words, and with "papers from 2023" and "published since 2023", which it may not see at
    all, or take for a part of the topic.
    """
    times = tagged.of("time")
    ruled_out = " ".join((*tagged.of("not"), *tagged.of("out")))
    found = () if times else _DATED.finditer(text)
    dated = [match for match in found if match["when"] not in ruled_out]
    whole = tuple(_to_end(text, words) for words in (*times, *(match["when"] for match in dated)))
    if compared := next(filter(None, map(_COMPARATIVE.fullmatch, whole)), None):
        # "any newer one? this is from 2020"
        beyond = "after" if compared["new"] else "before"
        whole = tuple(
            _IS_FROM.sub(beyond, words) if _is_told(text, words) else words for words in whole
        )
    if whole == times:
        return tagged
    spans = dict(tagged.spans)
    for match in dated:
        said = match[0] if match["verb"] else match["when"]
        for kind, texts in spans.items():
            rest = (words.replace(said, "").strip(" ,") for words in texts)
            spans[kind] = tuple(filter(None, rest))
    return replace(tagged, spans={**spans, "time": whole})


def _is_told(text: str, words: str) -> bool:
    """Tell whether a time is that of what there is, not of what is wanted."""
    return _IS.search(text[: text.find(words)]) is not None


def _to_end(text: str, words: str) -> str:
    """Return words of `text` with the "since" before a year, the year behind "from", and "on"; and
    what is told from today whole: "last two", of years.
    """
    start = text.find(words)
    end = start + len(words)
    if bound := _ENDS_IN_BOUND.search(text[:start]):
        start = bound.start()
    for told in (_NAMED_YEAR, _AGO, _LATELY):
        for match in told.finditer(text):
            if start < match.end() and match.start() < end:
                start, end = min(start, match.start()), max(end, match.end())
    if (none := _ENDS_IN_NONE.search(text[:start])) and not _IS_THERE.search(text[: none.start()]):
        start = none.start()
    elif (none := _BEGINS_WITH_NONE.match(text[start:end])) and _IS_THERE.search(text[:start]):
        start += none.end()  # "is there nothing before 2023?"
    year = _NEXT_YEAR.match(text, end) if _DANGLING.search(words) else None
    end = year.end() if year else end
    on = _ON.match(text, end)
    return text[start : on.end() if on else end]


def tag_venues(text: str, tagged: Tagged, bibliography: Bibliography) -> Tagged:
    """Return `tagged` with the venues of several words that `text` names as the corpus does, which
    are no topic whatever the network takes them for.
    """
    topics = tagged.of("topic")  # "ICCV" alone may be one
    known = (name for name in _named_venues(text, bibliography) if name in text)
    found = [name for name in known if " " in name or name in topics]
    if not found or any(name in one for one in tagged.of("venue") for name in found):
        return tagged
    return _moved(tagged, "venue", found)


def tag_venue_years(text: str, tagged: Tagged, bibliography: Bibliography) -> Tagged:
    """Return `tagged` with the year that `text` gives right behind a venue as the venue's, not the
    papers': what was shown at ICCV 2023 may be of 2022. Where the corpus gives no years of the
    venue it stays the papers'.
    """
    spans = dict(tagged.spans)
    for said in tagged.of("venue"):
        name = next(iter(_named_venues(said, bibliography)), "")
        year = re.search(rf"{re.escape(said)}(?:,? (?:in |of )?| ?['’]){_YEAR}\b", text)
        own = [one for one in tagged.of("time") if year and _is_of(one, int(year[1]))]
        if year and own and name in bibliography.dated_venues:
            spans["time"] = tuple(one for one in spans["time"] if one not in own)
            venues = (f"{one} {year[1]}" if one == said else one for one in spans["venue"])
            spans["venue"] = tuple(venues)
    return replace(tagged, spans=spans)


def _is_of(time: str, year: int) -> bool:
    """Tell whether some words bound papers to this one year."""
    return read_years(time) == Filters(year_from=year, year_to=year)


def tag_people(text: str, tagged: Tagged, bibliography: Bibliography) -> Tagged:
    """Return `tagged` with the authors of the corpus whom `text` names in full, which are no topic
    whatever the network takes them for.
    """
    capitals = (match[0].split() for match in _FULL_NAME.finditer(text))
    names = (" ".join(words[at:]) for words in capitals for at in range(len(words) - 1))
    found = [name for name in names if len(find_authors(name, bibliography, whole=True)) == 1]
    return _moved(tagged, "person", found) if found else tagged


def _moved(tagged: Tagged, kind: str, found: Sequence[str]) -> Tagged:
    """Return `tagged` with words `found` in a text as of one kind, and of no other."""
    said = {word for name in found for word in name.split()}
    spans = {
        other: tuple(words for words in texts if not said.issuperset(words.split()))
        for other, texts in tagged.spans.items()
    }
    return replace(tagged, spans={**spans, kind: (*spans.get(kind, ()), *found)})


def read_exclusions(
    texts: Sequence[str], bibliography: Bibliography
) -> tuple[Filters, tuple[str, ...]]:
    """Return the filters that what is left out makes ("older than 2022"), and what of it says more
    than a time or a venue.
    """
    filters, rest = Filters(), []
    for told in chain.from_iterable(map(_NEITHER.split, texts)):  # "no speech or images"
        text = in_years(told, date.today())
        years, venues = read_years(text), tuple(_find_venues(text, bibliography))
        said = fold_words(" ".join(venues))
        other = [word for word in fold_words(text) if word not in said and word not in _TIMES]
        plain = re.sub(_YEAR, "", " ".join(other))
        if tells_apart(plain) or not (venues or years != Filters()):
            rest.append(told)
        elif years.year_from is None and not venues:
            filters = merge_filters(filters, Filters(year_from=(years.year_to or 0) + 1))
        elif years.year_to is None and not venues:
            filters = merge_filters(filters, Filters(year_to=(years.year_from or 0) - 1))
        else:
            ids = bibliography.ids(replace(years, venues=venues))
            filters = merge_filters(filters, Filters(without=tuple(ids)))
    return filters, tuple(rest)


def _any_venue(said: Sequence[str], bibliography: Bibliography) -> tuple[str, ...]:
    """Return the venues that some texts name as one: a paper has one, so it is to be any."""
    names: list[str] = []
    for text in said:
        parts = [name for one in _JOINED.split(text) for name in _find_venues(one, bibliography)]
        whole = _find_venues(text, bibliography)
        names += parts if len(parts) > len(whole) else whole
    return (" or ".join(dict.fromkeys(names)),) if names else ()


def _find_venues(text: str, bibliography: Bibliography) -> list[str]:
    year = next(iter(re.findall(rf"\b{_YEAR}\b", text)), "")
    return [f"{name} {year}".strip() for name in _named_venues(text, bibliography)[:1]]


def _named_venues(text: str, bibliography: Bibliography) -> list[str]:
    """Return the venues of the corpus that `text` names, those of most words first."""
    words = fold_words(text)
    spans = ((at, at + n) for n in range(_LONGEST_VENUE, 0, -1) for at in range(len(words) - n + 1))
    names = (bibliography.venues.get(words[start:end]) for start, end in spans)
    return list(dict.fromkeys(name for name in names if name))
