"""The map of the papers in a store: read from its file, or made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from assistant.corpus_map import file
from assistant.corpus_map.types import Atlas
from assistant.index.paper_store import Store
from assistant.index.records import Vector
from assistant.types import Paper

_BATCH = 500


def atlas_of(store: Store, papers: Mapping[str, Paper], path: Path | None = None) -> Atlas:
    """Return the map in the file at `path` where it fits `papers`, else one made of their vectors in `store`."""
    known = file.read(path) if path else None
    return known if known and known.fits(papers) else made_of(store, papers)


def made_of(store: Store, papers: Mapping[str, Paper]) -> Atlas:
    """Return a new map of `papers`, all of which `store` holds."""
    from assistant.corpus_map.make import (
        make,  # scikit-learn takes a second to import; a map that is read does without
    )

    listed = list(papers)
    vectors: dict[str, Vector] = {}
    for first in range(0, len(listed), _BATCH):
        vectors |= store.abstract_vectors(listed[first : first + _BATCH])
    return make(papers, vectors)
