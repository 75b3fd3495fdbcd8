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

Vector = Sequence[float] | NDArray[np.float32]
Where = dict[str, Any]
"""A condition on records, in Chroma's language."""
LAYOUT = "5"
"""Changes whenever papers would be stored otherwise, so that an old index is noticed."""


def built_with(embedder: Embeddings) -> str:
    """Return what an index's vectors depend on: the embedder, and the layout."""
    return f"{as_counting(embedder).identity}, layout {LAYOUT}"


@dataclass(frozen=True, slots=True)
class EmbeddedPaper:
    """A paper, the unit vector of its abstract, and those of its chunks where they are several."""

    paper: Paper
    vector: Vector
    chunks: tuple[tuple[Chunk, Vector], ...] = ()


def chunk_id(chunk: Chunk) -> str:
    """Return the id of a chunk's record, beside its paper's, which has the paper's own id."""
    return f"{chunk.paper_id}\n{chunk.position}"


def paper_of(chunk: str) -> str:
    """Return the id of the paper that a record is of: ids are read ten times faster than facts.

    >>> paper_of("beir:a#b\\n12")
    'beir:a#b'
    """
    return chunk.partition("\n")[0]


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


def chunk_facts(chunk: Chunk) -> dict[str, Any]:
    """Return what is kept of a chunk beside its text."""
    return {"paper_id": chunk.paper_id, "start": chunk.start, "end": chunk.end}


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
