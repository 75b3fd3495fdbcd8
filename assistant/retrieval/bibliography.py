"""One state of an index as a bibliography: names looked up, papers filtered."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.errors import QuestionError
from assistant.retrieval.filters import FoldedTexts, select_papers
from assistant.text.words import STOP_WORDS, fold, words
from assistant.types import Filters, Order, Paper

WORD = re.compile(r"\w+")
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
_ASKING = frozenset(
    "paper papers article articles work works study studies have has had get got give given list "
    "tell show me know under belong filed collection corpus publication yet been ever".split()
)


@dataclass(frozen=True)
class Bibliography:
    """Papers by id; what is worked out of them is worked out once, when it is first needed."""

    papers: Mapping[str, Paper]

    @cached_property
    def authors(self) -> Mapping[tuple[str, ...], str]:
        """Return every author's name of several words by its folded words."""
        return {
            words: author
            for paper in self.papers.values()
            for author in paper.authors
            if len(words := fold_words(author)) > 1
        }

    @cached_property
    def venues(self) -> frozenset[str]:
        """Return the first word of every venue that is spelt as a name ("CVPR", "NeurIPS")."""
        series = {
            word for paper in self.papers.values() for word in (paper.venue or "").split()[:1]
        }
        return frozenset(
            name
            for name in series
            if (len(name) > 2 and name.isupper()) or name[1:].lower() != name[1:]
        )

    def select(self, filters: Filters) -> list[Paper]:
        """Return the papers that satisfy `filters`, in the order in which they were added."""
        return select_papers(self.papers.values(), filters, self._folded)

    @cached_property
    def records(self) -> frozenset[str]:
        """Return what some paper's record says of it (see `recorded_facts`); "retraction" where
        any says more than the usual, so that its silence means something.
        """
        facts = [recorded_facts(paper) for paper in self.papers.values()]
        said = {name for each in facts for name, fact in each.items() if fact}
        tells = any(paper.facts.known() for paper in self.papers.values())
        return frozenset(said | ({"retraction"} if tells else set()))

    @cached_property
    def _folded(self) -> FoldedTexts:
        return FoldedTexts()


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
    """Return papers in an order, those last of which it is not known."""
    by_year = order in ("newest", "oldest")
    sign = -1 if order in ("newest", "most cited") else 1

    def key(paper: Paper) -> tuple[bool, int]:
        number = paper.year if by_year else paper.facts.cited_by
        return number is None, sign * (number or 0)

    return sorted(papers, key=key)
