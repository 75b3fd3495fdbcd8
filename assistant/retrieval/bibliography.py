"""One state of an index as a bibliography: names looked up, papers filtered."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from assistant.retrieval.filters import FoldedTexts, select_papers
from assistant.text.words import fold
from assistant.types import Filters, Paper

WORD = re.compile(r"\w+")


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
    def _folded(self) -> FoldedTexts:
        return FoldedTexts()


def fold_words(text: str) -> tuple[str, ...]:
    """Return the words of `text`, folded.

    >>> fold_words("Jean-Yves  Lé")
    ('jean', 'yves', 'le')
    """
    return tuple(WORD.findall(fold(text)))


def recorded_facts(paper: Paper) -> dict[str, str]:
    """Return a paper's authors, year and venue as the bibliography has them, "" where not known."""
    year, venue = str(paper.year or ""), paper.venue or ""
    return {"authors": ", ".join(paper.authors), "year": year, "venue": venue}
