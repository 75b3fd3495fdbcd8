"""What a map of a corpus is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from assistant.types import Paper

_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Place:
    """A paper's place: `x` right and `y` down, 0…1; its topic; which text of it was mapped."""

    paper_id: str
    x: float
    y: float
    topic: int
    version: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A group of `count` papers: a phrase of theirs, and the median of their places."""

    name: str
    x: float
    y: float
    count: int


@dataclass(frozen=True, slots=True)
class Atlas:
    """A corpus as a map: one place for each paper, in the order of the corpus, and the topics.

    Topics come the largest first. `drift` counts the papers that came, changed or went since the
    whole map was made.
    """

    places: tuple[Place, ...]
    topics: tuple[Topic, ...]
    drift: int = 0

    def fits(self, papers: Mapping[str, Paper]) -> bool:
        """Tell whether exactly these papers, as they are, have a place."""
        return len(self.places) == len(papers) and all(
            place.paper_id in papers and version(papers[place.paper_id]) == place.version
            for place in self.places
        )

    def restated(self, papers: Mapping[str, Paper], before: Mapping[str, str]) -> "Atlas":
        """Return the map with the papers of the versions `before`, by id, in their present ones."""
        places = tuple(
            replace(place, version=version(papers[place.paper_id]))
            if place.paper_id in papers and before.get(place.paper_id) == place.version
            else place
            for place in self.places
        )
        return replace(self, places=places)


def version(paper: Paper) -> str:
    """Return the beginning of a paper's content hash."""
    return paper.content_hash[:_DIGITS]
