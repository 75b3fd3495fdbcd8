"""Two records → whether they are of one paper, and its fields out of both. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from assistant.text.words import STOP_WORDS, words
from assistant.types import Paper, RecordFacts
from ingest.record_facts import arxiv_id_in
from ingest.record_fields import title_key

_ALIKE = 0.5
"""The share of the shorter text's words that the other one has as well."""
_FEWEST_WORDS = 4
"""Of a title that few other papers have: many are called "Editorial"."""
_YEARS_APART = 2
# "Lee A." and "A. Lee" are of one family.
_INITIALS = re.compile(r"(?:[^\W\d_]\.?-?){1,2}|(?:[^\W\d_]\.-?){1,4}|[^\W\d_a-z]{1,3}")
_SUFFIXES = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"})
# Servers of preprints give DOIs of their own to what is published later under another one.
_PREPRINT_DOI = re.compile(
    r"10\.(?:48550|1101|21203|2139|31234|20944|26434|36227|31219|2196/preprints)\b"
)
KEYS_VERSION = "1"
"""Changes whenever `keys_of` or `origins_of` would return other keys."""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A file ("" for an unknown one), and the paper as it alone has it; `stored`: in an index."""

    source: str
    paper: Paper
    stored: bool = False


@dataclass(frozen=True, slots=True)
class MergedPaper:
    """A paper with its records and keys, its place in the index, or -1, and ids `joined` to it."""

    paper: Paper
    records: tuple[SourceRecord, ...]
    keys: tuple[str, ...] = ()
    place: int = -1
    joined: tuple[str, ...] = ()


def keys_of(paper: Paper) -> list[str]:
    """Return what a paper is known by, the surest first.

    >>> keys_of(Paper("doi:10.1000/X", "A Title", "", ("Ann van Dam",)))
    ['doi:10.1000/x', 'title:atitle|dam']
    """
    facts, scheme, own = paper.facts, *paper.id.partition(":")[::2]
    doi = facts.doi or (own if scheme == "doi" else "")
    arxiv = facts.arxiv_id or (own if scheme == "arxiv" else arxiv_id_in(doi))
    family = _family_and_initials(paper.authors[0])[0] if paper.authors else ""
    return [
        *([f"doi:{doi.lower()}"] if doi else []),
        *([f"arxiv:{arxiv.lower()}"] if arxiv else []),
        *([f"pmid:{facts.pmid}"] if facts.pmid else []),
        *([f"title:{title_key(paper.title)}|{family}"] if family else []),
    ]


def origins_of(records: Iterable[SourceRecord]) -> list[str]:
    """Return keys that say from which file records are, and under which id each stands there.

    >>> origins_of([SourceRecord("a.bib", Paper("doi:10.1/x", "T", ""))])
    ['from:a.bib|doi:10.1/x']
    """
    return [f"from:{one.source}|{one.paper.id}" for one in records]


def combine(
    records: Sequence[SourceRecord], others: Iterable[SourceRecord]
) -> tuple[SourceRecord, ...]:
    """Return one paper's records, one a file: what was read goes before what was `stored` of it.

    >>> old, new = (Paper("a", "T", abstract) for abstract in ("Whales sing.", "They do."))
    >>> known = SourceRecord("a.bib", old, stored=True), SourceRecord("b.ris", old, stored=True)
    >>> [one.paper.abstract for one in combine(known, [SourceRecord("a.bib", new)])]
    ['They do.', 'Whales sing.']
    """
    found = list(records)
    for other in others:
        for place, one in enumerate(found):
            alike = one.paper.id == other.paper.id or (
                one.paper.content_hash == other.paper.content_hash
            )
            if one.source == other.source or one.stored and not one.source and alike:
                again = one.stored and not other.stored
                both = other if again else replace(one, paper=merge(one.paper, other.paper)[0])
                found[place] = replace(both, stored=one.stored and other.stored)
                break
        else:
            found.append(other)
    return tuple(found)


def merged_from(records: Sequence[SourceRecord], identifier: str) -> Paper:
    """Return the paper of some records, the first one's fields before the others'."""
    whole = records[0].paper
    for one in records[1:]:
        whole, _ = merge(whole, one.paper)
    return replace(whole, id=identifier)


def have_other_ids(one: Paper, other: Paper) -> bool:
    """Tell whether two records differ in PMID, arXiv id, or DOI but for a preprint's."""
    first, second = one.facts, other.facts
    dois = {doi.lower() for doi in (first.doi, second.doi) if doi and not _PREPRINT_DOI.match(doi)}
    pairs = ((first.pmid, second.pmid), (first.arxiv_id.lower(), second.arxiv_id.lower()))
    return len(dois) > 1 or any(a and b and a != b for a, b in pairs)


def share_title_or_author(one: Paper, other: Paper) -> bool:
    """Tell whether two records that give one id can be of one paper, so that neither's is wrong."""
    first, second = title_key(one.title), title_key(other.title)
    if first in second or second in first or _are_alike(one.title, other.title):
        return True
    return bool(one.authors and other.authors) and not have_other_people(one, other)


def have_other_people(one: Paper, other: Paper) -> bool:
    """Tell whether two records of one title have other first authors, or years too far apart.

    >>> ann, bo = (Paper("", "T", "", (name,), 2020) for name in ("Ann Lee", "Bo Lee"))
    >>> have_other_people(ann, bo), have_other_people(ann, Paper("", "T", "", ("Lee A.",), 2021))
    (True, False)
    """
    if one.authors and other.authors:
        (family, mine), (other_family, theirs) = (
            _family_and_initials(paper.authors[0]) for paper in (one, other)
        )
        short = min(len(mine), len(theirs))
        if family != other_family or mine[:short] != theirs[:short]:
            return True
    years = one.year and other.year and not (_is_preprint(one) or _is_preprint(other))
    return bool(years) and abs((one.year or 0) - (other.year or 0)) > _YEARS_APART


def tell_apart(one: Paper, other: Paper) -> bool:
    """Tell whether records of one title and author are of two papers, by ids, years or words."""
    if have_other_ids(one, other) or have_other_people(one, other):
        return True
    rare = len(_terms(one.title)) >= _FEWEST_WORDS
    return not rare and not _are_alike(one.abstract, other.abstract)


def merge(first: Paper, second: Paper) -> tuple[Paper, list[str]]:
    """Return the paper of two records, and which fields, or longer abstract, are the second's.

    >>> short, long = "Whales sing.", "Whales sing, and others hear them."
    >>> whole, taken = merge(Paper("a", "T", short), Paper("b", "T", long, year=2020))
    >>> whole.id, whole.abstract == long, whole.year, taken
    ('a', True, 2020, ['abstract', 'year'])
    """
    changes: dict[str, Any] = {}
    longer = len(second.abstract) > len(first.abstract)
    if longer and _are_alike(first.abstract, second.abstract):
        changes = {"abstract": second.abstract, "links": second.links}
    for name in ("authors", "year", "venue"):
        if not getattr(first, name) and getattr(second, name):
            changes[name] = getattr(second, name)
    if not first.page and second.page:
        changes |= {"url": second.page, "url_is_search": False}
    facts: dict[str, Any] = {
        one.name: value
        for one in fields(RecordFacts)
        if not getattr(first.facts, one.name)
        and (value := getattr(second.facts, one.name)) not in ("", (), None, False)
    }
    if (first.facts.type, second.facts.type) == ("article-journal", "review"):
        facts["type"] = "review"  # which not every program can say
    told = [name for name in changes if name not in ("links", "url_is_search")]
    whole = replace(first, **changes, facts=replace(first.facts, **facts))
    return whole, [*told, *facts]


def _family_and_initials(name: str) -> tuple[str, str]:
    """Return the family name, or what stands for it, of a name in any order, and the initials.

    >>> [_family_and_initials(name) for name in ("Ann B. Lee", "Lee A. B.", "Lee AB")]
    [('lee', 'ab'), ('lee', 'ab'), ('lee', 'ab')]
    >>> _family_and_initials("Jean-Luc van der Berg Jr."), _family_and_initials("Plato")
    (('berg', 'jl'), ('plato', ''))
    """
    parts = [word for word in name.split() if word.lower() not in _SUFFIXES]
    long = [word for word in parts[:-1] if not _INITIALS.fullmatch(word)]
    last = parts[-1] if parts else ""
    turned = bool(long) and bool(_INITIALS.fullmatch(last)) and last.isupper()
    family = long[-1] if turned or last.endswith(".") and long else last
    given = (word for word in parts if word is not family and not word[0].islower())
    return title_key(family), title_key("".join(_initials(given)))


def _initials(given: Iterable[str]) -> Iterable[str]:
    for word in given:
        letters = re.findall(r"[^\W\d_]+", word)
        whole = word.isupper() and bool(_INITIALS.fullmatch(word))
        yield "".join(part if whole else part[0] for part in letters)


def _is_preprint(paper: Paper) -> bool:
    facts = paper.facts
    return bool(facts.type == "article" or facts.arxiv_id or _PREPRINT_DOI.match(facts.doi))


def _are_alike(one: str, other: str) -> bool:
    first, second = _terms(one), _terms(other)
    return len(first & second) >= _ALIKE * max(1, min(len(first), len(second)))


def _terms(text: str) -> frozenset[str]:
    """Return the words of a text that say something; of letters without case, their pairs.

    >>> sorted(_terms("The song of 2 whales")), sorted(_terms("注意力"))
    (['2', 'song', 'whales'], ['意力', '注意'])
    """
    found: set[str] = set()
    for word in words(text):
        if word.isalpha() and word.lower() == word.upper():
            found.update(word[place : place + 2] for place in range(max(1, len(word) - 1)))
        elif word not in STOP_WORDS:
            found.add(word)
    return frozenset(found)
