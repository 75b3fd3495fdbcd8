"""The map of the papers in a store: read from its file, or made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from assistant.atlas import file
from assistant.atlas.types import Atlas
from assistant.store import Store, Vector
from assistant.types import Paper

_BATCH = 500


def atlas_of(store: Store, papers: Mapping[str, Paper], path: Path | None = None) -> Atlas:
    """Return the map in the file at `path` where it fits `papers`, else one made of their vectors in `store`."""
    known = file.read(path) if path else None
    return known if known and known.fits(papers) else made_of(store, papers)


def made_of(store: Store, papers: Mapping[str, Paper]) -> Atlas:
    """Return a new map of `papers`, all of which `store` holds."""
    from assistant.atlas.make import make  # scikit-learn takes a second to import; a map that is read does without

    listed = list(papers)
    vectors: dict[str, Vector] = {}
    for first in range(0, len(listed), _BATCH):
        vectors |= store.abstract_vectors(listed[first : first + _BATCH])
    return make(papers, vectors)
