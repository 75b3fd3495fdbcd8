"""Haystack's two retrievers of its in-memory store, joined by reciprocal rank."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from haystack import Document
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import (
    InMemoryBM25Retriever,
    InMemoryEmbeddingRetriever,
)
from haystack.document_stores.in_memory import InMemoryDocumentStore

from tests.bench.peers import DEPTH, read_texts
from tests.bench.peers.systems import embedding

_FILE = "store.json"


def ingest(corpus: Path, folder: Path) -> None:
    """Write the store, which is one file."""
    keys, texts = zip(*read_texts(corpus), strict=True)
    vectors = embedding.documents(list(texts))
    rows = zip(keys, texts, vectors, strict=True)
    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    store.write_documents([Document(id=key, content=text, embedding=v) for key, text, v in rows])
    folder.mkdir(parents=True, exist_ok=True)
    store.save_to_disk(str(folder / _FILE))


def opened(folder: Path) -> Callable[[str], list[str]]:
    """Return the joined search."""
    store = InMemoryDocumentStore.load_from_disk(str(folder / _FILE))
    words = InMemoryBM25Retriever(store, top_k=DEPTH)
    near = InMemoryEmbeddingRetriever(store, top_k=DEPTH)
    joiner = DocumentJoiner("reciprocal_rank_fusion", top_k=DEPTH)

    def search(text: str) -> list[str]:
        found = [
            words.run(query=text)["documents"],
            near.run(query_embedding=embedding.query(text))["documents"],
        ]
        return [one.id for one in joiner.run(found)["documents"]]

    return search
