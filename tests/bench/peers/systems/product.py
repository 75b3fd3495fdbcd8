"""The product: `paper-assistant ingest`, and its retriever as `eval --beir` measures it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from assistant.index.corpora import folder_of
from assistant.models.minilm import MiniLM
from assistant.retrieval.filters import parse_filters
from assistant.retrieval.snapshot import open_snapshot
from assistant.settings import Settings, load_settings
from tests.bench.peers import DEPTH


def settings_for(folder: Path) -> Settings:
    """Return the settings of an index in `folder`: one thread, as the peers have."""
    return load_settings(data_dir=folder, embedder="minilm", reranker="", threads=1)


def bare(paper_id: str) -> str:
    """Return the collection's own id of a paper."""
    return paper_id.removeprefix("beir:")


def ingest(corpus: Path, folder: Path) -> None:
    """Index a corpus as the command line does; who only searches imports nothing of it."""
    from assistant.cli.ingest import Order, ingest_files
    from ingest import embed

    # The vectors of the bundled papers ship with the product; here everyone embeds.
    embed.shipped_vectors = lambda: ("", {})  # type: ignore[assignment]
    embed.shipped_tokens = dict  # type: ignore[assignment]
    ingest_files(Order([corpus]), settings_for(folder))


def opened(folder: Path) -> Callable[[str], list[str]]:
    """Return the retriever's search."""
    retriever = open_snapshot(folder_of(settings_for(folder)), MiniLM(1)).retriever

    def search(text: str) -> list[str]:
        question, filters = parse_filters(text)
        return [bare(one.paper.id) for one in retriever.search(question, filters, DEPTH).candidates]

    return search
