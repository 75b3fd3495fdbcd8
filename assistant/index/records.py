"""What is stored: papers and their parts as ids and facts in Chroma, and back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant.models.providers import as_counting
from assistant.types import Chunk, Paper, RecordFacts

Scored = tuple[str, int, int, float]
Vector = Sequence[float] | NDArray[np.float32]
Where = dict[str, Any]
"""A condition on records, in Chroma's language."""
LAYOUT = "4"
"""Changes whenever papers would be stored otherwise, so that an old index is noticed."""


def built_with(embedder: Embeddings) -> str:
    """Return what an index's vectors depend on: the embedder, and the layout."""
    return f"{as_counting(embedder).identity}, layout {LAYOUT}"


@dataclass(frozen=True, slots=True)
class Embedded:
    """A chunk with its vector."""

    chunk: Chunk
    vector: Vector


@dataclass(frozen=True, slots=True)
class EmbeddedPaper:
    """Everything stored for one paper."""

    paper: Paper
    abstract: Embedded
    windows: tuple[Embedded, ...]
    sentences: tuple[Embedded, ...]


def chunk_id(chunk: Chunk) -> str:
    """Return an id that says where the chunk lies: ids are read ten times faster than facts."""
    return f"{chunk.paper_id}#{chunk.position}@{chunk.start}-{chunk.end}"


def place(identifier: str) -> tuple[str, int, int]:
    """Return what `chunk_id` says: the paper's id, start and end; ids of papers may hold any sign.

    >>> place("beir:a#b@c#2@10-25")
    ('beir:a#b@c', 10, 25)
    """
    paper_id, _, place = identifier.rpartition("#")
    start, _, end = place.partition("@")[2].partition("-")
    return paper_id, int(start), int(end)


def paper_facts(paper: Paper, order: int) -> dict[str, Any]:
    """Return what is kept of a paper beside its abstract."""
    facts = {
        "paper_id": paper.id, "title": paper.title, "authors": list(paper.authors),
        "year": paper.year, "venue": paper.venue, "url": paper.url,
        "url_is_search": paper.url_is_search, "links": list(paper.links),
        "hash": paper.content_hash, "order": order,
        # One text: what else a record says may be named as any of the above.
        "facts": json.dumps(known, ensure_ascii=False) if (known := paper.facts.known()) else None,
    }  # fmt: skip
    return {name: value for name, value in facts.items() if value not in (None, [])}


def to_paper(identifier: str, facts: Any, text: str) -> Paper:
    """Return the paper of a record."""
    return Paper(
        id=identifier,
        title=facts["title"],
        abstract=text,
        authors=tuple(facts.get("authors", ())),
        year=facts.get("year"),
        venue=facts.get("venue"),
        url=facts["url"],
        url_is_search=facts["url_is_search"],
        links=tuple(facts.get("links", ())),
        facts=RecordFacts.of(json.loads(facts.get("facts", "{}"))),
    )
