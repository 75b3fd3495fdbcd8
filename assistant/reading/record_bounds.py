"""What a question says in plain words of papers' records ("cited more than 50 times", "reviews",
"retracted papers") → filters, and the question without it.

That is a grammar: a number with "cited" or "citations", and a kind of paper in the place where the
papers asked for are named, before all that says what they are about.
"""

import re

from assistant.reading.question import asks_whether
from assistant.reading.wordings import take_wordings
from assistant.retrieval.bibliography import Bibliography
from assistant.retrieval.filters import merge_filters
from assistant.text.words import ASKING_WORDS, STOP_WORDS, words
from assistant.types import Filters

_HAVE = r"(?:have|has|had|are|is|were|was)"
_NUMBER = (
    r"(?:(?P<above>more than|over|above|beyond)|(?P<from>at least|no (?:fewer|less) than|>=|≥)"
    r"|(?P<below>fewer than|less than|under|below)|(?P<to>at most|no more than|up to|<=|≤)"
    r"|exactly|just|only)?\s*(?P<number>\d{1,3}(?:,\d{3})+|\d{1,9})"
    r"(?P<plus>\+)?"
)
_OR = r"(?P<up> or (?:more|above)\b)?(?P<down> or (?:fewer|less)\b)?"
_CITED = re.compile(
    rf"(?:\b(?:that|which|who) )?(?:(?:\b{_HAVE}(?: been)? )?\b(?P<times>cited)"
    rf"|\b(?:with|having|have|has|got|received|gathered)) {_NUMBER}{_OR}"
    r"(?(times) times?| citations?)\b"
    r"(?P<more> or more\b)?(?P<less> or (?:fewer|less)\b)?(?! per\b| a (?:year|month)\b| each\b)",
    re.IGNORECASE,
)
_NEVER = re.compile(
    rf"(?:\b(?:that|which|who) )?(?:\b{_HAVE} )?\bnever (?:been )?cited\b"
    r"|\bwith(?:out any|out| no| zero) citations\b",
    re.IGNORECASE,
)
_OF_THOSE = re.compile(r"\b(?:them|those|these)$", re.IGNORECASE)
_VERB = re.compile(rf"(?:{_HAVE}|got|received|gathered)\b", re.IGNORECASE)
_PAPERS = r"(?:papers?|articles?|stud(?:y|ies)|publications?|works?|ones?)"
_RETRACTED = re.compile(
    rf"\b(?P<not>(?:non-?|un|not )\s?)?(?:retracted|withdrawn) (?P<what>{_PAPERS})\b", re.IGNORECASE
)
_KINDS = (
    (
        "review",
        re.compile(
            r"\b(?:(?:systematic|scoping|literature|narrative) )?(?:review|survey) "
            rf"(?P<what>{_PAPERS})\b"
            r"|\b(?:(?:systematic|scoping|literature|narrative) )?(?P<many>reviews|surveys)\b"
            r"|(?<=\ba )(?:(?:systematic|scoping|literature) )?(?P<one>review|survey)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "preprint",
        re.compile(rf"\bpreprint (?P<what>{_PAPERS})\b|\b(?P<many>preprints)\b", re.IGNORECASE),
    ),
)
_ONLY = re.compile(r"^[\s,;–—-]*only\b", re.IGNORECASE)
_TOPICAL = frozenset(
    "about on of for from with in to using into by against over between without than and or".split()
)
_ASKING = (
    STOP_WORDS | ASKING_WORDS | frozenset("new newest latest recent oldest cited best".split())
)


def take_record_bounds(text: str, bibliography: Bibliography) -> tuple[str, Filters]:
    """Return `text` without what it says of papers' records, and the filters that this makes; a
    kind of paper is one only where a record of the corpus says of a paper that it is of it.
    """
    filters = Filters()
    for read in (_take_citations, _take_retracted, _take_kinds):
        text, found = read(text, bibliography)
        filters = merge_filters(filters, found)
    text, found = take_wordings(text)
    filters = merge_filters(filters, found)
    return (" ".join(text.split()), filters) if filters else (text, filters)


def write_record_bounds(filters: Filters) -> str:
    """Return what `take_record_bounds` found as filters that may stand in a question.

    >>> write_record_bounds(Filters(types=("review",), cited_from=51, retracted=False))
    'cited>=51 retracted:no type:review'
    """
    first, last, retracted = filters.cited_from, filters.cited_to, filters.retracted
    parts = [f"cited>={first}"] if first is not None else []
    parts += [f"cited<={last}"] if last is not None else []
    parts += [f"retracted:{'yes' if retracted else 'no'}"] if retracted is not None else []
    parts += [f"type:{kind}" for kind in filters.types]
    parts += [f'title:"{said}"' for said in filters.titles]
    return " ".join([*parts, *(f'word:"{said}"' for said in filters.words)])


def _take_citations(text: str, _: Bibliography) -> tuple[str, Filters]:
    match = _CITED.search(text) or _NEVER.search(text)
    if match is None or asks_whether(text):
        return text, Filters()
    before = text[: match.start()].rstrip()
    # "which of those have …?" is no question without its verb.
    verb = " are papers" if _OF_THOSE.search(before) and _VERB.match(match[0]) else ""
    return f"{before}{verb} {text[match.end() :].lstrip(' ,')}", _citations(match)


def _citations(match: re.Match[str]) -> Filters:
    said = {name: value for name, value in match.groupdict().items() if value}
    if "number" not in said:
        return Filters(cited_to=0)
    number = int(said["number"].replace(",", ""))
    if "above" in said:
        return Filters(cited_from=number + 1)
    if "below" in said:
        return Filters(cited_to=number - 1) if number else Filters(cited_to=0)
    first = None if said.keys() & {"to", "down", "less"} else number
    last = None if said.keys() & {"from", "plus", "up", "more"} else number
    return Filters(cited_from=first, cited_to=last)


def _take_retracted(text: str, bibliography: Bibliography) -> tuple[str, Filters]:
    if "retraction" not in bibliography.records:
        return text, Filters()
    plain, match = _take_head(text, _RETRACTED)
    return plain, Filters(retracted=not match["not"]) if match else Filters()


def _take_kinds(text: str, bibliography: Bibliography) -> tuple[str, Filters]:
    for kind, form in _KINDS:
        plain, match = _take_head(text, form)
        if match and bibliography.count(wanted := Filters(types=(kind,))):
            return plain, wanted
    return text, Filters()


def _take_head(text: str, form: re.Pattern[str]) -> tuple[str, re.Match[str] | None]:
    """Return `text` with a kind of papers made plain papers, where these are what is asked for:
    nothing that says what papers are about stands before them, or "only" behind.
    """
    for match in form.finditer(text):
        before = words(text[: match.start()])
        head = not before or (before[-1] not in _TOPICAL and set(before) <= _ASKING)
        only = _ONLY.match(text[match.end() :])
        if head or only or before[-1:] == ["only"]:
            named = match.groupdict()
            plain = "paper" if named.get("one") else named.get("what") or "papers"
            rest = text[match.end() :]
            if only:  # "speech, preprints only"
                plain, rest = "" if before else plain, rest[only.end() :]
            return f"{text[: match.start()].rstrip(' ,;')} {plain}{rest}".strip(), match
    return text, None
