"""One state of an index as a bibliography: names looked up, papers filtered."""

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assistant.errors import QuestionError
from assistant.index.papers import CACHED, Papers
from assistant.text.words import STOP_WORDS, fold, words
from assistant.types import Filters, Order, Paper

Side = Literal["before", "after"]
_MOST_NAMED = 2_000  # papers of one year
_REMEMBERED = 16  # filters whose papers are remembered
WORD = re.compile(r"\w+")
_YEAR = re.compile(r"[\s,]*\b(?:19|20)\d\d\b")
_ASIDE = re.compile(r"\s+\([^()]*\)")
_ARXIV_MONTH = re.compile(r"arxiv:(\d\d)(0[1-9]|1[0-2])\.\d{4,5}", re.IGNORECASE)
_VOLUME = re.compile(r"[\s,]+\d+(?:\(\d+\))?$")
# What names a fact of a record, and what may stand beside it; "which tags does it predict?" asks
# for another.
_RECORD_WORDS = {
    name: (frozenset(needed.split()), frozenset(more.split()))
    for name, needed, more in (
        ("DOI", "doi dois", "number identifier address link"),
        ("arXiv id", "arxiv", "id identifier number"),
        ("PMID", "pmid pubmed", "id identifier number"),
        ("keywords", "keyword keywords tag tags tagged", ""),
        ("categories", "category categories", "arxiv subject"),
        ("type", "type kind", "publication document"),
        ("citations", "cited citations citation", "count counts often number times many total"),
        ("retraction", "retracted withdrawn retraction", ""),
    )
}
MAY_BE_STATED = ("keywords", "categories", "type")
"""What is asked of records in words that may as well ask for what abstracts state."""
_ASKING = frozenset(
    "paper papers article articles work works study studies have has had get got give given list "
    "tell show me know under belong filed collection corpus publication yet been ever".split()
)


_FACETS = {"authors": "author", "venue": "venue", "type": "type", "keywords": "keyword",
           "categories": "category", "citations": "cited_by", "retraction": "record"}  # fmt: skip


class Bibliography:
    """The papers of an index as a bibliography; what is worked out of them is worked out once, when
    it is first needed.
    """

    def __init__(self, papers: Papers) -> None:
        """Look up in `papers`."""
        self._papers = papers
        self._records = papers.records
        self.numbers = lru_cache(_REMEMBERED)(self._numbers)

    def _numbers(self, filters: Filters) -> NDArray[np.int64]:
        """Return the numbers of the papers that satisfy `filters`, ascending."""
        return np.array(list(self._records.selected(filters)), np.int64)

    def ids(self, filters: Filters) -> list[str]:
        """Return the ids of the papers that satisfy `filters`, in the order of their adding."""
        return list(self._records.selected(filters).values())

    def ids_by_any(self, authors: Sequence[str]) -> list[str]:
        """Return the ids of the papers by any of some authors."""
        by_any = (self.ids(Filters(authors=(name,))) for name in authors)
        return list(dict.fromkeys(key for ids in by_any for key in ids))

    def select(self, filters: Filters) -> list[Paper]:
        """Return the papers that satisfy `filters`, in the order in which they were added."""
        ids = self.ids(filters)
        if len(ids) > CACHED:
            return list(self._records.papers(filters).values())
        return [self._papers[key] for key in ids]

    def count(self, filters: Filters) -> int:
        """Return how many papers satisfy `filters`."""
        return len(self.numbers(filters))

    def authors(self, name: str) -> list[str]:
        """Return the authors, of several names, that have the word `name` among them."""
        found = self._records.shown("author", fold(name))
        return [one for one in found if len(own := fold_words(one)) > 1 and fold(name) in own]

    def of_its_year(self, paper: Paper, side: Side) -> list[str]:
        """Return the ids of the papers of a paper's year that came to arXiv in a month before, or
        after, its own; none where that is not known, or there are too many to name.
        """
        year, month = Filters(year_from=paper.year, year_to=paper.year), _month(paper)
        if not month or self.count(year) > _MOST_NAMED:
            return []
        return [
            one.id
            for one in self.select(year)
            if (_month(one) > month if side == "after" else 0 < _month(one) < month)
        ]

    @cached_property
    def venues(self) -> dict[tuple[str, ...], str]:
        """Return every series of venues by its words, and by its first where that is spelt as a
        name ("EMNLP-IJCNLP").
        """
        series = {name_series(venue) for venue in self._records.shown("venue")}
        first = {name.split()[0] for name in series if name}
        names = {
            name
            for name in first
            if (len(name) > 2 and name.isupper()) or name[1:].lower() != name[1:]
        }
        return {fold_words(name): name for name in (*names, *series)}

    @cached_property
    def dated_venues(self) -> frozenset[str]:
        """Return the series of venues, and their first words, of which some are told by year."""
        dated = {name_series(one) for one in self._records.shown("venue") if _YEAR.search(one)}
        return frozenset({*dated, *(name.split()[0] for name in dated if name)})

    @cached_property
    def records(self) -> frozenset[str]:
        """Return what some paper's record says of it (see `recorded_facts`); "retraction" where
        any says more than the usual, so that its silence means something.
        """
        names = recorded_facts(Paper("", "", ""))
        return frozenset(one for one in names if self._records.tells(_FACETS.get(one, one)))


def name_series(venue: str) -> str:
    """Return a venue without its year, volume and asides.

    >>> [name_series(venue) for venue in ("ACL 2023 (Demos)", "ICML 2022 Workshop", "IPM 60(2)")]
    ['ACL', 'ICML Workshop', 'IPM']
    """
    bare = _VOLUME.sub("", _ASIDE.sub("", _YEAR.sub("", venue))).strip(" ,")
    return " ".join(bare.split()) or venue.strip()


def fold_words(text: str) -> tuple[str, ...]:
    """Return the words of `text`, folded.

    >>> fold_words("Jean-Yves  Lé")
    ('jean', 'yves', 'le')
    """
    return tuple(WORD.findall(fold(text)))


def recorded_facts(paper: Paper) -> dict[str, str]:
    """Return what a paper's record says of it, by name, "" where not known."""
    facts = paper.facts
    return {
        "authors": ", ".join(paper.authors),
        "year": str(paper.year or ""),
        "venue": paper.venue or "",
        "DOI": facts.doi,
        "arXiv id": facts.arxiv_id,
        "PMID": facts.pmid,
        "type": facts.type,
        "keywords": ", ".join(facts.keywords),
        "categories": ", ".join(facts.categories),
        "citations": "" if facts.cited_by is None else f"{facts.cited_by:,}",
        "retraction": "retracted" if facts.retracted else "",
    }


def asked_record(text: str) -> str | None:
    """Return what of a record a question asks for that says nothing else but, without the names in
    it, words that ask.

    >>> asked_record("how many times was it cited?"), asked_record("which tags does it predict?")
    ('citations', None)
    """
    said = {word for word in words(text.replace("’s", "")) if word not in STOP_WORDS} - _ASKING
    for name, (needed, more) in _RECORD_WORDS.items():
        if said & needed and said <= needed | more:
            return name
    return None


def sort_as_written(papers: Sequence[Paper], order: Order) -> list[Paper]:
    """Return papers in the order that `sort:…` asks for; QuestionError for one by citations where
    no paper says how often it was cited.
    """
    if "cited" in order and papers and all(one.facts.cited_by is None for one in papers):
        raise QuestionError("no paper here says how often it was cited; leave out sort:…")
    return sort_papers(papers, order)


def sort_papers(papers: Sequence[Paper], order: Order) -> list[Paper]:
    """Return papers in an order, those last of which it is not known; those of one year by the
    month of their arXiv ids, where they have them.

    >>> some = [Paper(f"arxiv:{id_}", "", "", (), 2024) for id_ in ("2401.00001", "2411.00002")]
    >>> [paper.id for paper in sort_papers(some, "newest")]
    ['arxiv:2411.00002', 'arxiv:2401.00001']
    """
    if order == "title":
        return sorted(papers, key=lambda paper: fold_words(paper.title))
    by_year = order in ("newest", "oldest")
    sign = -1 if order in ("newest", "most cited") else 1

    def key(paper: Paper) -> tuple[bool, int, bool, int]:
        number = paper.year if by_year else paper.facts.cited_by
        month = _month(paper) if by_year else 0
        return number is None, sign * (number or 0), not month, sign * month

    return sorted(papers, key=key)


def first_in_order(papers: Sequence[Paper], order: Order) -> list[Paper]:
    """Return the first of `papers` in an order by year, with those that nothing tells from it."""
    first, *others = sort_papers(papers, order)
    dated = first.year, _month(first)
    return [first, *(one for one in others if (one.year, _month(one)) == dated)]


def _month(paper: Paper) -> int:
    """Return the month in which a paper came to arXiv, where that was in its year, else 0."""
    known = paper.facts.arxiv_id
    match = _ARXIV_MONTH.match(f"arxiv:{known}" if known else paper.id)
    return int(match[2]) if match and 2000 + int(match[1]) == paper.year else 0
