"""Index the papers that come with the package."""

from __future__ import annotations

from langchain_core.embeddings import Embeddings

from assistant.index.layout import Folder
from assistant.types import IngestReport
from ingest.index import Plan, Progress, index
from ingest.read import bundled_papers


def index_bundled(
    folder: Folder, embedder: Embeddings, progress: Progress = lambda _: None
) -> IngestReport:
    """Bring the index in `folder` to hold the bundled papers; see `ingest.index.index`."""
    return index(Plan(bundled_papers()), folder, embedder, progress)
