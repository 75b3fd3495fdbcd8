"""A message, tagged → what it asks of papers, one thing after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from assistant.reading.authorship import asks_who_wrote
from assistant.reading.learned.network import Before, ReadingNetwork
from assistant.reading.table_edits import asks_availability
from assistant.retrieval.bibliography import asked_record
from assistant.text.words import STOP_WORDS, is_content, words

_OF_SEVERAL = Before("papers", "list", 2)
# From where on what is asked is taken for what records say: of "who wrote it", "publication date"
# the network is surer, of "the size of the model" it is not.
_RECORDED = 0.9
# What parts two things asked: a mark, or a word that joins.
_PARTS = re.compile(
    r"[,;:/?!.–—&+]|(?<!\w)-(?!\w)|\b(?:and|or|but|plus|also|then)\b", re.IGNORECASE
)
_DOES = r"(?:do|does|did|is|are|was|were|has|have|had|can|could|will|would)"
_ASKS = re.compile(
    r"\b(?:what|which|wh[oy]|whose|whom|where|when|how|"
    rf"{_DOES} (?:it|they|he|she|there|this|that|these|those|the|any|we|you|i|one)\b)|^{_DOES} \w",
    re.IGNORECASE,
)
_ENDS = "?!;"
_WORD = re.compile(r"[\w'’]+")
# The fields of records by the words that name them, and by the more that ask for them where the
# network takes what is asked for them.
_NAMES = {
    "authors": r"(?:co-?)?authors?|who wrote",
    "year": r"years?|dates?",
    "venue": r"venues?|journals?|conferences?",
}
_ASKED_BY = {
    "authors": r"who|whose|written|writers?|group|team|people",
    "year": r"when|dated|old(?:er|est)?|new(?:er|est)?|recent|came out",
    "venue": r"where|proceedings|workshops?|appear(?:s|ed)?",
}
_NAMED = {name: re.compile(rf"\b(?:{said})\b", re.IGNORECASE) for name, said in _NAMES.items()}
_FIELDS = {
    name: re.compile(rf"\b(?:{said}|{_ASKED_BY[name]})\b", re.IGNORECASE)
    for name, said in _NAMES.items()
}
# What else stands beside these words where they are the name of a field.
_BESIDE = frozenset("publication published publishing first last senior same common shared".split())
# What a wish for a table enumerates, and what stands before it.
_BEFORE_COLUMNS = re.compile(r"[:(]|,(?=[^,]*/[^,]*$)|\b(?:columns?|rows?|with)\b:?", re.IGNORECASE)
_NEXT_COLUMN = re.compile(r"\s*[,;/|]\s*(?:and\s+)?|\s+(?:and|&)\s+")
_NO_COLUMN = frozenset(("paper", "papers", "title", "titles", "name", "names", "model", "models"))
_WISH = re.compile(
    r"[\s,;:.(–-]*(?:\b(?:(?:as|in) )?(?:an? )?(?:table|with|of|columns?)\b[\s:(]*)*$"
)
_LONGEST_COLUMN = 7  # words
_BARE = 3  # words up to which what only names what is to be had asks for it


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that is asked of papers: its words, and the `fields` of their records that say it
    (see `recorded_facts`), () where their abstracts do.
    """

    words: str
    fields: tuple[str, ...] = ()


def asks_of(text: str, stretches: Sequence[str], network: ReadingNetwork) -> tuple[Ask, ...]:
    """Return what `text` asks one after the other, of the `stretches` of it that say what is asked:
    those between which nothing parts them are one, and behind a question what is none belongs to
    it ("who rated it, nurses or doctors?").
    """
    places: list[tuple[int, int]] = []
    at = 0
    for stretch in chain.from_iterable(map(_parted, stretches)):
        start = text.find(stretch, at)
        if start < 0 or all(
            word in STOP_WORDS and not _ASKS.match(word) for word in words(stretch)
        ):
            continue
        at = start + len(stretch)
        if places and not _PARTS.search(text, places[-1][1], start):
            places[-1] = places[-1][0], at
        else:
            places.append((start, at))
    places = [_whole(text, start, end) for start, end in places]
    places += [one for one in _of_whole_clauses(text) if not _overlaps(one, places)]
    places.sort()
    if places and _ASKS.search(text[slice(*places[0])]):
        places = _with_questions(text, places)
    return tuple(_read(text[start:end], network) for start, end in places)


def _parted(stretch: str) -> Iterator[str]:
    """Yield the parts of a stretch that ask one after the other: what stands on either side of a
    question mark, and of another mark or a join before a question, a field or what is to be had
    ("who wrote it, code out? does it drop").
    """
    start = 0
    for mark in _PARTS.finditer(stretch):
        before, rest = stretch[start : mark.start()].strip(), stretch[mark.end() :].lstrip()
        after = _PARTS.split(rest, maxsplit=1)[0].strip()
        asks = _ASKS.match(rest) or fields_named(after) or asks_availability(after)
        one = mark[0] == "/"  # "what gets tuned / how much"
        if before and not one and (mark[0] in _ENDS or asks):
            yield before
            start = mark.end()
    if rest := stretch[start:].strip():
        yield rest


def _of_whole_clauses(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of the clauses of `text` that ask no more than who, when, where or what of
    it is to be had.
    """
    start = 0
    for mark in (*_PARTS.finditer(text), None):
        end = mark.start() if mark else len(text)
        clause = text[start:end].lstrip()
        said = len(words(clause)) <= _BARE or asks_outright(clause)
        if {*fields_named(clause)} & _NAMES.keys() or (said and asks_availability(clause)):
            yield end - len(clause), end
        start = mark.end() if mark else end


def _overlaps(place: tuple[int, int], places: Sequence[tuple[int, int]]) -> bool:
    return any(place[0] < end and start < place[1] for start, end in places)


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a stretch of `text` that belongs to a question with the words of it that stand before
    and say nothing themselves, and all behind it, up to what parts it from others ("[who] rated
    it"); any other as it is.
    """
    first, last = start, end
    for word in reversed(list(_WORD.finditer(text, 0, start))):
        if is_content(word[0].lower()) or _PARTS.search(text, word.start(), first):
            break
        first = word.start()
    if not _ASKS.search(text[first:end]):
        return start, end
    for word in _WORD.finditer(text, end):
        if _PARTS.search(text, last, word.end()):
            break
        last = word.end()
    return first, last


def _with_questions(text: str, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the places of questions in `text`, each with what is none behind it, unless that is a
    thing of its own ("…? authors? code?").
    """
    joined: list[tuple[int, int]] = []
    for start, end in places:
        said = text[start:end]
        apart = _ASKS.search(said) or fields_named(said) or asks_availability(said)
        if joined and not apart:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return joined


def _read(asked: str, network: ReadingNetwork) -> Ask:
    """Return what is asked in these words."""
    if fields := fields_named(asked):
        return Ask(asked, fields)
    if network.tag(asked, _OF_SEVERAL).forms["bibliography"] >= _RECORDED:
        first = tuple(name for name, said in _FIELDS.items() if said.match(asked))
        return Ask(asked, first or tuple(n for n, said in _FIELDS.items() if said.search(asked)))
    return Ask(asked)


def asks_outright(text: str) -> bool:
    """Tell whether words ask a question, and do not only name what is asked for.

    >>> asks_outright("how large is it"), asks_outright("training data")
    (True, False)
    """
    return _ASKS.search(text) is not None


def fields_named(text: str) -> tuple[str, ...]:
    """Return the fields of a record that words name which say nothing else, () for any others.

    >>> fields_named("the publication year and venue"), fields_named("citations")
    (('year', 'venue'), ('citations',))
    >>> fields_named("who wrote it"), fields_named("who rated it"), fields_named("training data")
    (('authors',), (), ())
    >>> fields_named("when"), fields_named("who"), fields_named("whose is it")
    (('year',), ('authors',), ('authors',))
    >>> fields_named("what is new"), fields_named("where can I get it"), fields_named("people")
    ((), (), ())
    """
    if record := asked_record(text):
        return (record,)
    if asks_who_wrote(text):
        return ("authors",)
    if (alone := words(text)) in (["when"], ["who"]):
        return ("year",) if alone == ["when"] else ("authors",)
    rest, named = text, []
    for name, said in _NAMED.items():
        if said.search(rest):
            rest = said.sub(" ", rest)
            named.append(name)
    more = any(is_content(word) and word not in _BESIDE for word in words(rest))
    return () if more else tuple(named)


def of_records_alone(asks: Sequence[Ask]) -> bool:
    """Tell whether something is asked, and all of it stands in papers' records."""
    return bool(asks) and all(ask.fields for ask in asks)


def columns_asked(text: str) -> tuple[str, ...]:
    """Return what a wish for a table enumerates at its end, () where it does not; what comes "with"
    is that only where it names what records have.

    >>> columns_asked("the rest: paper, field, size of the training data.")
    ('field', 'size of the training data')
    >>> columns_asked("both of them, with year, data and result"), columns_asked("the first two")
    (('year', 'data', 'result'), ())
    >>> columns_asked("both papers, method / gain"), columns_asked("compare A with B and C")
    (('method', 'gain'), ())
    """
    *_, last = [None, *_BEFORE_COLUMNS.finditer(text)]
    items = _NEXT_COLUMN.split(text[last.end() :].strip(" ().?!")) if last else []
    if last is None or len(items) < 2 or any(len(one.split()) > _LONGEST_COLUMN for one in items):
        return ()
    if last[0].lower() == "with" and not any(map(fields_named, items)):
        return ()
    return tuple(item for item in items if item and item.lower() not in _NO_COLUMN)


def without_columns(text: str, columns: Sequence[str]) -> str:
    """Return a wish for a table without the columns that it enumerates at its end.

    >>> without_columns("papers on speech, table: year, data and gain", ("year", "data", "gain"))
    'papers on speech'
    >>> without_columns("papers on speech in a table with columns year and data", ("year", "data"))
    'papers on speech'
    """
    start = text.rfind(columns[0])
    return _WISH.sub("", text[:start]) if start >= 0 else text
