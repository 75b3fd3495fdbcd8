"""The papers that come with the package: indexed, and what ships of them made anew."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from langchain_core.embeddings import Embeddings

from assistant.index.layout import Folder
from assistant.types import IngestReport
from ingest.index import Plan, Progress, index
from ingest.read import bundled_papers


def index_bundled(
    folder: Folder,
    embedder: Embeddings,
    watch: Callable[[str, int], AbstractContextManager[Progress]] | None = None,
) -> IngestReport:
    """Bring the index in `folder` to hold the bundled papers; `watch` shows how far it is."""
    papers = bundled_papers()
    with watch("papers", len(papers)) if watch else nullcontext(lambda _: None) as advance:
        return index(Plan(papers), folder, embedder, advance)
