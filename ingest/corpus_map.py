"""The map of a corpus, kept beside its index; that of the bundled papers ships with them.

`python -m ingest.vectors` writes the shipped one anew.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from langchain_core.embeddings import Embeddings

from assistant.corpus_map import storage
from assistant.corpus_map.types import Atlas
from assistant.index.paper_store import Store
from assistant.models.providers import as_counting
from assistant.types import Paper
from ingest.bundled import vectors

_log = logging.getLogger(__name__)


def complete(path: Path, store: Store, papers: Mapping[str, Paper], embedder: Embeddings) -> None:
    """Make the file at `path` hold the map of `papers`, unless it does; where little has changed the rest stays.

    An index without a map is whole, a reader makes one in memory: what goes wrong here is only logged.
    """
    try:
        known = storage.read(path)
        if not (known and known.fits(papers)):
            atlas = _shipped(papers, embedder) or storage.make_or_update(store, papers, known)
            storage.write(path, atlas)
    except (OSError, ValueError, MemoryError) as error:
        _log.warning("the map %s was not written: %s", path, error)


def _shipped(papers: Mapping[str, Paper], embedder: Embeddings) -> Atlas | None:
    """Return the map that ships with the package where it is one of these papers by this embedder."""
    identity, _ = vectors.shipped()
    if as_counting(embedder).identity != identity:
        return None
    with resources.as_file(resources.files("ingest") / "corpus" / vectors.ATLAS) as path:
        known = storage.read(path)
    return known if known and known.fits(papers) else None
