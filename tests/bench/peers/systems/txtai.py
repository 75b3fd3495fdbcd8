"""txtai's hybrid index: its BM25 with Faiss, scores of both weighed alike, texts kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

os.environ["ALLOW_RESOLVE_TRANSFORM"] = "True"  # else it does not load an embedder of one's own

from txtai import Embeddings

from tests.bench.peers import DEPTH, read_texts
from tests.bench.peers.systems import embedding

_TRANSFORM = f"{embedding.__name__}.documents"


def ingest(corpus: Path, folder: Path) -> None:
    """Index the texts and save the index."""
    index = Embeddings(method="external", transform=_TRANSFORM, hybrid=True, content=True)
    index.index(read_texts(corpus))
    index.save(str(folder))


def opened(folder: Path) -> Callable[[str], list[str]]:
    """Return the index's search."""
    index = Embeddings()
    index.load(str(folder))
    return lambda text: [one["id"] for one in index.search(text, DEPTH)]
