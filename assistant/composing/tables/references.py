"""Which papers and aspects of a table some words mean: by place, by name, or by description. Rules over wording only."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.reading.follow_ups import ORDINALS, described
from assistant.text.paper_names import INTRODUCED, NameIndex
from assistant.text.words import index_terms, is_content, words
from assistant.types import Table

_ROLE_WORDS = {
    "Problem": "problem problems motivation motivations challenge challenges gap gaps",
    "Approach": "approach approaches method methods methodology technique techniques idea ideas contribution contributions",
    "Data": "data dataset datasets corpus corpora",
    "Results": "result results finding findings performance outcome outcomes",
    "Availability": "availability available code repository repositories github released release implementation source",
}
_ROLE_OF = {word: role for role, known in _ROLE_WORDS.items() for word in known.split()}
# Words that add nothing to an aspect's name ("the main results", "which datasets were used").
_FILLER = frozenset(
    "main key core overall basic model models method methods one ones column columns row rows link links both".split()
)
_THING = r"(?:one|paper|method|model|work|system|study|column|row)s?"
_PLACE = re.compile(
    rf"(?:the |that )?(?:(?P<word>{'|'.join(ORDINALS)})(?: {_THING})?|(?:paper|number|no\.?|column|row|#) ?#?(?P<number>\d{{1,2}}))",
    re.IGNORECASE,
)
_MARKER = re.compile(r"\[(\d{1,2})\]")
_NUMBERS = {"two": 2, "three": 3, "four": 4, "2": 2, "3": 3, "4": 4}
_SEVERAL = re.compile(rf"(?:the )?(first|last) ({'|'.join(_NUMBERS)})(?: {_THING})?", re.IGNORECASE)
_DESCRIBED = re.compile(
    r"(?:the |that )?(?:one|paper|method|model|work|study) (?:about|on|with|that|which|from|for|using|by) (.+)|"
    r"(?:the |that )?(.+?) (?:one|paper)",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:,\s*(?:and\s+)?|\s+(?:and|plus|&|or)\s+|\s+as well as\s+)", re.IGNORECASE)
_AXIS = re.compile(r"\b(column|row)s?\b", re.IGNORECASE)
_ASPECT_FRAME = re.compile(
    r"^(?:the |that )?(?:(?:column|row)s? )?(?:(?:about|for|on|of|with|called) )?(?:the |their |its )?|\s+(?:column|row)s?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Meant:
    """The parts of a table that some words mean; `missing` are words that name what it does not have."""

    papers: tuple[str, ...] = ()
    aspects: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def role_named(phrase: str) -> str | None:
    """Return the aspect of every comparison that a phrase names in so many words, None when it says anything more.

    >>> role_named("the datasets used"), role_named("key results"), role_named("training data")
    ('Data', 'Results', None)
    """
    content = [word for word in words(phrase) if is_content(word)]
    roles = {_ROLE_OF.get(word) for word in content if word in _ROLE_OF or word not in _FILLER}
    return roles.pop() if len(roles) == 1 else None


def aspect_in(phrase: str, table: Table) -> str | None:
    """Return which of the table's aspects a phrase names, in full or by words that only one of them has."""
    bare = _ASPECT_FRAME.sub("", phrase)
    stems = set(index_terms(bare))
    same = [
        one for one in table.aspects if stems == set(index_terms(one)) or one == role_named(bare)
    ]
    part = [one for one in table.aspects if stems and stems <= set(index_terms(one))]
    return same[0] if same else part[0] if len(part) == 1 else None


def aspect_called(phrase: str, table: Table) -> str:
    """Return the aspect a phrase names: one that the table has, one that every comparison has, or a new one."""
    stems = index_terms(phrase)
    same = next((one for one in table.aspects if index_terms(one) == stems), None)
    return same or role_named(phrase) or phrase[0].upper() + phrase[1:]


def named_papers(phrase: str, names: NameIndex) -> tuple[str, ...]:
    """Return the ids of the papers that a phrase names, when it firmly names papers and says nothing else."""
    mentions = names.find(phrase)
    rest = names.without(phrase, mentions)
    said = [word for word in words(rest) if is_content(word) and word not in _FILLER]
    return tuple(one.paper_id for one in mentions if one.strength >= INTRODUCED) if not said else ()


def parts(phrase: str) -> list[str]:
    """Return the items of an enumeration.

    >>> parts("the data, code and the results")
    ['the data', 'code', 'the results']
    """
    return [one.strip() for one in _AND.split(phrase) if one.strip()]


def meant(phrase: str, table: Table, names: NameIndex) -> Meant | None:
    """Return what of `table` a phrase means, None when any part of it is not about the table."""
    axis = _AXIS.search(phrase)
    of_papers = axis is None or table.papers_as == f"{axis[1].lower()}s"
    if match := _SEVERAL.fullmatch(phrase):
        keys = [paper.id for paper in table.papers] if of_papers else list(table.aspects)
        count = _NUMBERS[match[2].lower()]
        chosen = tuple(keys[:count] if match[1].lower() == "first" else keys[-count:])
        return Meant(papers=chosen) if of_papers else Meant(aspects=chosen)
    if whole := named_papers(phrase, names):
        return _in_table(phrase, whole, table)
    found = [_meant_by(part, of_papers, table, names) for part in parts(phrase)]
    known = [one for one in found if one is not None]
    if not known or len(known) < len(found):
        return None
    return Meant(
        tuple(dict.fromkeys(key for one in known for key in one.papers)),
        tuple(dict.fromkeys(key for one in known for key in one.aspects)),
        tuple(key for one in known for key in one.missing),
    )


def _meant_by(part: str, of_papers: bool, table: Table, names: NameIndex) -> Meant | None:
    if match := _PLACE.fullmatch(part):
        place = ORDINALS[match["word"].lower()] if match["word"] else int(match["number"]) - 1
        keys: tuple[str, ...] = (
            tuple(paper.id for paper in table.papers) if of_papers else table.aspects
        )
        if not -len(keys) <= place < len(keys):
            return Meant(missing=(part,))
        return Meant(papers=(keys[place],)) if of_papers else Meant(aspects=(keys[place],))
    if match := _MARKER.fullmatch(part):
        cited = (key for (key, _), cell in table.cells.items() if match[0] in cell)
        return (
            Meant(papers=tuple(cited)[:1])
            if any(match[0] in cell for cell in table.cells.values())
            else Meant(missing=(part,))
        )
    if aspect := aspect_in(part, table):
        return Meant(aspects=(aspect,))
    if named := named_papers(part, names):
        return _in_table(part, named, table)
    if (match := _DESCRIBED.fullmatch(part)) and (
        paper := described(match[1] or match[2], table.papers)
    ):
        return Meant(papers=(paper.id,))
    return Meant(missing=(part,)) if role_named(_ASPECT_FRAME.sub("", part)) else None


def _in_table(phrase: str, named: tuple[str, ...], table: Table) -> Meant:
    shown = {paper.id for paper in table.papers}
    known = tuple(one for one in named if one in shown)
    return Meant(papers=known, missing=() if len(known) == len(named) else (phrase,))
