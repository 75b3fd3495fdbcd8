"""Facts that the bibliography knows: years, authors and venues said in plain words, and questions
about them.
"""

import re
from collections.abc import Sequence
from itertools import islice

from assistant.retrieval.bibliography import WORD, Bibliography
from assistant.retrieval.filters import merge_filters
from assistant.text.words import fold
from assistant.types import Filters

_YEAR = r"((?:19|20)\d\d)"
# Each year costs a reading of all before it: places tried for each of the patterns.
_MOST_YEARS = 8
# A pattern for the words, and what is added to its first and last year to give the bounds (None: no
# bound).
_YEARS: list[tuple[str, int | None, int | None]] = [
    (
        rf"(?:(?:from|in|of|since|dated) )?{_YEAR},? (?:or|and) "
        r"(?:later|newer|after|younger|more recent|onwards?)\b",
        0,
        None,
    ),
    (rf"(?:(?:from|in|of|dated) )?{_YEAR},? (?:or|and) (?:earlier|older|before)\b", None, 0),
    (rf"between {_YEAR} and {_YEAR}", 0, 0),
    (rf"from {_YEAR} (?:to|until|through) {_YEAR}", 0, 0),
    (rf"(?:since|from) {_YEAR} (?:on|onwards?)\b", 0, None),
    (rf"(?:since|in or after) {_YEAR}", 0, None),
    (rf"(?:after|newer than|later than) {_YEAR}", 1, None),
    (rf"(?:before|older than|earlier than|prior to) {_YEAR}", None, -1),
    (rf"(?:until|up to) {_YEAR}", None, 0),
    (rf"(?:from|in|of|during|dated) (?:the year )?{_YEAR}\b(?!\s*(?:%|papers?\b|images?\b))", 0, 0),
    # "1500 papers" counts them, and so may "2000 papers".
    (
        rf"(?!\d\d00){_YEAR}(?= (?:papers|works|studies|articles|publications|preprints|research|"
        r"literature)\b)",
        0,
        0,
    ),
]
_PAPERS = (
    r"(?:papers?|works?|stud(?:y|ies)|articles?|publications?|preprints?|abstracts?|research|"
    r"literature|advances|progress|methods|approaches|techniques|ones?|those|these|them|they|any)"
)
_PUBLISH = (
    r"publish(?:ed)?|written|presented|accepted|released?|dated|appear(?:ed|ing)?|c[ao]me out|"
    r"wrote|write"
)
# What may stand between a subject and its year: "papers (that were published) since 2022".
_PREDICATE = re.compile(
    r"(?:\b(?P<relative>that|which|who)\s+)?(?:\b(?P<be>are|is|were|was|(?:have|has) been)\s+)?"
    rf"(?:\b(?P<verb>{_PUBLISH})\s+)?$",
    re.IGNORECASE,
)
# "not before", "no older than", "weren't published after": the bound turns round.
_NEGATION = re.compile(
    r"(?:\b(?:not|no|never|none|nothing)|n['’]t)"
    rf"(?P<predicate>(?:\s+been)?(?:\s+(?:{_PUBLISH}))?\s+)$",
    re.IGNORECASE,
)
# Questions whose own verb is one of publishing: "what did people publish on video in 2022?".
_PUBLISHES = re.compile(
    r"\W*(?:(?:and|but|so|then|tell me|show me)\W+)*"
    r"(?:what (?:else )?(?:did|do|does|has|have)(?: [\w-]+){0,4}?|"
    r"(?:what|anything|everything)(?:['’]s| is| was| are| were| got)?"
    r"(?: (?:recently|newly|first|being|been))?|"
    r"who(?: else)?(?: has| have)?|"
    r"which (?:\w+ )?(?:people|groups?|teams?|labs?|authors?|researchers?|universit(?:y|ies)|"
    r"compan(?:y|ies))(?: has| have)?|"
    r"(?:has|have|did|was|were|is)(?: there)? (?:any(?:thing|one|body)|something|people|much)"
    rf"(?: \w+){{0,2}}?) (?:{_PUBLISH})\b(?:\s+(?:about|on)(?: the)? \S+)?",
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
    r"\s*(?:$|[,:;.?!)]|(?:which|what|how|who|list|papers|and|but|per|by|that|at|with|about|on)\b)",
    re.IGNORECASE,
)
_HEAD = re.compile(
    rf"\b{_PAPERS}\b|\bwhat(?:'s| is| was| has been) (?:new|known|done|published)\b|"
    r"\b(?:summari[sz]e|overview)\b",
    re.IGNORECASE,
)
_ABOUT = rf"\b{_PAPERS}(?: (?:are|is))?\s+(?:about|on|by|at|regarding)\s"
_ABOUT_TOPIC = re.compile(_ABOUT, re.IGNORECASE)
_ABOUT_WORD = re.compile(rf"{_ABOUT}\s*\S+(?: \d\S*)?[\s,(]*$", re.IGNORECASE)
# Things that have a year of their own.
_DATED = re.compile(
    r"\b(?:data ?sets?|data|benchmarks?|challenges?|corpus|corpora|competitions?|releases?|"
    r"versions?|elections?|pandemics?|outbreaks?|cases|events?|editions?|campaigns?)\s*$",
    re.IGNORECASE,
)
# What is collected over years, though papers may be about it: "papers on scans since 2022".
_COLLECTION = re.compile(
    r"\b(?:scans|radiographs|x-rays|(?:web )?pages|posts|tweets|records|recordings|reports|"
    r"patients|samples|admissions|observations|measurements|imagery|photographs|photos|logs|crawls|"
    r"snapshots|newspapers|books)\s*$",
    re.IGNORECASE,
)
# A participle says when a thing was made, or, after a form of "be", is the verb of the question.
_PARTICIPLE = re.compile(
    r"(?:\b(?P<relative>that|which|who)\s+)?(?:\b(?P<be>are|is|were|was|been)\s+)?"
    r"\b(?:\w{2,}[^e\W]ed|taken|seen|drawn|held|made|born|shot|built|filmed|sent)\s*$",
    re.IGNORECASE,
)
# "how have methods for video changed since 2020?"
_PERFECT = re.compile(r"\W*(?:and\W+)?(?:how|what|where|why)\b.*\bha(?:s|ve)\b", re.IGNORECASE)
_PUBLISHED_LEFT = re.compile(
    r"(?:that (?:are|were) )?(?:published|written|released|dated)\s*$", re.IGNORECASE
)
_POINT = re.compile(rf"(?:from|in|of|during|dated) (?:the year )?{_YEAR}$", re.IGNORECASE)
_NAMED = re.compile(r"\bthe\s+(?:[\w-]+\s+){0,2}[\w-]+\s*$|\b\w*[A-Z]\w*(?:[ -]\d[\w.]*)?[\s,(]*$")
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
        matches = re.finditer(rf"\b{words}", text, re.IGNORECASE)
        for match in islice(matches, _MOST_YEARS):
            years = [int(year) for year in match.groups() if year]
            start = years[0] + first if first is not None else None
            end = years[-1] + last if last is not None else None
            before, after = text[: match.start()], text[match.end() :]
            if negation := _NEGATION.search(before):
                if start is not None and end is not None:
                    continue  # "not from 2023": no bound says so
                start, end = end and end + 1, start and start - 1
                before = before[: negation.start()] + negation["predicate"]
            if _speaks_of_papers(before, match[0], after):
                filters = merge_filters(filters, Filters(year_from=start, year_to=end))
                text = f"{_PUBLISHED_LEFT.sub('', before)} {after}"
                break
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
    subject = before[: predicate.start()]
    is_bare = years.isdecimal()  # "2023 papers"
    if is_bare or _ENDS_WITH_PAPERS.search(subject):
        return True
    ends = _CLAUSE_END.match(after) is not None
    if _NO_SUBJECT.fullmatch(subject):
        return ends
    publishes = _PUBLISHES.match(before)
    if not ends or not (publishes or _HEAD.search(subject)):
        return False
    if predicate["be"] and not predicate["relative"]:
        return True
    if _DATED.search(subject) or _dates_topic(subject, years):
        return False
    if predicate["relative"]:
        return bool(_ABOUT_WORD.search(subject))
    if publishes:
        return not (_POINT.match(years) and _NAMED.search(before[publishes.end() :]))
    return _follows_topic_of_papers(subject, (predicate["verb"] or "").lower(), years)


def _follows_topic_of_papers(subject: str, verb: str, years: str) -> bool:
    """Tell whether `years` after what papers are about are the papers' own.

    >>> _follows_topic_of_papers("papers about speech ", "", "from 2021")
    True
    >>> _follows_topic_of_papers("papers that build on BERT ", "", "from 2018")
    False
    """
    if verb == "released":
        return False
    if not _POINT.match(years):
        return True
    says_when = years.lower().startswith(("from", "dated")) or verb
    if not says_when and not _ABOUT_TOPIC.search(subject):
        return False
    return bool(_ABOUT_WORD.search(subject)) or not _NAMED.search(subject)


def _dates_topic(subject: str, years: str) -> bool:
    """Tell whether `years` say when what ends `subject` was collected or made.

    >>> _dates_topic("which papers use pages crawled ", "before 2019")
    True
    >>> _dates_topic("which methods were proposed ", "before 2019")
    False
    """
    if participle := _PARTICIPLE.search(subject):
        noun = subject[: participle.start()]
        is_verb = participle["be"] and not participle["relative"]
        return not (is_verb or _PERFECT.match(noun) or _ENDS_WITH_PAPERS.search(noun))
    # "papers on scans since 2022" are papers since 2022, "scans from 2015 to 2020" are scans.
    is_span = len(re.findall(_YEAR, years)) > 1
    return bool(_COLLECTION.search(subject)) and (is_span or not _ABOUT_TOPIC.search(subject))


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
