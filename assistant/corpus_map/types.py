"""What a map of a corpus is made of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from assistant.types import Paper


@dataclass(frozen=True, slots=True)
class Place:
    """Where a paper lies: `x` to the right and `y` down, each 0…1, and the number of its topic in `Atlas.topics`."""

    paper_id: str
    x: float
    y: float
    topic: int


@dataclass(frozen=True, slots=True)
class Topic:
    """A group of `count` papers that lie together: a phrase of theirs, and the middle (median) of their places."""

    name: str
    x: float
    y: float
    count: int


@dataclass(frozen=True, slots=True)
class Atlas:
    """A corpus as a map: one place for each paper, in the order of the corpus, and the topics, the largest first.

    `of` is the `fingerprint` of the papers it was made of.
    """

    places: tuple[Place, ...]
    topics: tuple[Topic, ...]
    of: str = ""

    def fits(self, papers: Mapping[str, Paper]) -> bool:
        """Tell whether the map was made of exactly these papers, as they are."""
        return self.of == fingerprint(papers)


def fingerprint(papers: Mapping[str, Paper]) -> str:
    """Return a hash of the papers' ids and contents, whatever their order."""
    lines = sorted(f"{identifier} {paper.content_hash}" for identifier, paper in papers.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
