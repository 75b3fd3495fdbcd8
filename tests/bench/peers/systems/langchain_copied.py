"""LangChain's EnsembleRetriever over Chroma and BM25Retriever, every default as in its guides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from langchain_chroma import Chroma
from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings

from tests.bench.peers import DEPTH, read_texts
from tests.bench.peers.systems import embedding


class _MiniLM(Embeddings):
    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return embedding.documents(texts)

    def embed_query(self, text: str) -> list[float]:
        return embedding.query(text)


def ingest(corpus: Path, folder: Path) -> None:
    """Put the texts into Chroma; the BM25 index has no store."""
    ids, texts = zip(*read_texts(corpus), strict=True)
    facts = [{"id": one} for one in ids]
    Chroma.from_texts(list(texts), _MiniLM(), facts, list(ids), persist_directory=str(folder))


def opened(folder: Path, **options: Any) -> Callable[[str], list[str]]:
    """Return the ensemble's search, its BM25 made of the stored texts, as at each of its starts."""
    store = Chroma(embedding_function=_MiniLM(), persist_directory=str(folder))
    held = store.get(include=["documents", "metadatas"])
    pairs = zip(held["documents"], held["metadatas"], strict=True)
    documents = [Document(text, metadata=facts) for text, facts in pairs]
    words = BM25Retriever.from_documents(documents, k=DEPTH, **options)
    near = store.as_retriever(search_kwargs={"k": DEPTH})
    both = EnsembleRetriever(retrievers=[words, near], weights=[0.5, 0.5], id_key="id")
    return lambda text: [one.metadata["id"] for one in both.invoke(text)]
