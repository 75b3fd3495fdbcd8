"""LlamaIndex's QueryFusionRetriever over Chroma and its BM25Retriever (bm25s, stems)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import chromadb
import Stemmer
from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import TextNode
from llama_index.retrievers.bm25 import BM25Retriever
from llama_index.vector_stores.chroma import ChromaVectorStore

from tests.bench.peers import DEPTH, read_texts
from tests.bench.peers.systems import embedding


class _MiniLM(BaseEmbedding):
    def _get_text_embedding(self, text: str) -> list[float]:
        return embedding.documents([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return embedding.documents(texts)

    def _get_query_embedding(self, query: str) -> list[float]:
        return embedding.query(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return embedding.query(query)


def _store(folder: Path) -> ChromaVectorStore:
    client = chromadb.PersistentClient(str(folder / "chroma"))
    return ChromaVectorStore(chroma_collection=client.get_or_create_collection("papers"))


def ingest(corpus: Path, folder: Path) -> None:
    """Put the texts into Chroma, and into a BM25 index of its own files."""
    nodes = [TextNode(id_=key, text=text) for key, text in read_texts(corpus)]
    storage = StorageContext.from_defaults(vector_store=_store(folder))
    VectorStoreIndex(nodes, storage_context=storage, embed_model=_MiniLM())
    words = BM25Retriever.from_defaults(
        nodes=nodes, similarity_top_k=DEPTH, stemmer=Stemmer.Stemmer("english"), language="english"
    )
    words.persist(str(folder / "bm25"))


def opened(folder: Path) -> Callable[[str], list[str]]:
    """Return the fusion's search; no model rewrites the question."""
    index = VectorStoreIndex.from_vector_store(_store(folder), embed_model=_MiniLM())
    both = QueryFusionRetriever(
        [
            index.as_retriever(similarity_top_k=DEPTH),
            BM25Retriever.from_persist_dir(str(folder / "bm25")),
        ],
        llm=MockLLM(),
        mode="reciprocal_rerank",
        similarity_top_k=DEPTH,
        num_queries=1,
        use_async=False,
    )
    return lambda text: [one.node.node_id for one in both.retrieve(text)]
