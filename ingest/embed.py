"""A paper → the vectors of its chunks, and of its words for late interaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant.index.late_interaction import PaperTokens, compressed
from assistant.index.records import EmbeddedPaper, Vector
from assistant.models.minilm import MAX_TOKENS, MiniLM, TokenStates
from assistant.models.providers import as_counting
from assistant.models.question_encoder.network import QuestionEncoder, identity
from assistant.text import prompt_injection
from assistant.types import Chunk, Paper
from ingest.chunk import split
from ingest.shipped import key, shipped_queries, shipped_tokens, shipped_vectors


@dataclass(frozen=True, slots=True)
class EncodedPaper:
    """All that the networks make of a paper."""

    embedded: EmbeddedPaper
    tokens: PaperTokens


class Encoder(Protocol):
    """Who runs the networks over papers."""

    @property
    def at_once(self) -> int:
        """How many papers it is to be given at a time; what it made of them is stored meanwhile."""
        ...

    @property
    def batch(self) -> int:
        """How many of these are stored at a time: those of about a second."""
        ...

    def __call__(self, papers: Sequence[Paper]) -> Iterator[EncodedPaper]:
        """Yield what the networks make of each of `papers`, in their order."""
        ...


class LocalEncoder:
    """Encodes papers in this process, one after the other."""

    at_once = batch = 16

    def __init__(self, embedder: Embeddings) -> None:
        self._embedder, self._minilm = embedder, minilm_of(embedder)

    def __call__(self, papers: Sequence[Paper]) -> Iterator[EncodedPaper]:
        """Yield what the networks make of each of `papers`, in their order."""
        for paper in papers:
            # An abstract's run through the network is remembered for its vector.
            tokens = tokens_of(paper, self._minilm)
            yield EncodedPaper(embed(paper, self._embedder), tokens)


def embed(paper: Paper, embedder: Embeddings) -> EmbeddedPaper:
    """Return a paper with its unit vectors, a long abstract's the mean of its chunks'."""
    counting = as_counting(embedder)
    chunks = split(paper, counting.count_tokens, counting.max_tokens)
    vectors = _vectors([chunk.text for chunk in chunks], embedder)
    if len(chunks) == 1:
        return EmbeddedPaper(paper, vectors[0])
    mean = np.mean(np.asarray(vectors, np.float32), axis=0)
    return EmbeddedPaper(paper, _unit(mean), tuple(zip(chunks, vectors, strict=True)))


def _vectors(texts: Sequence[str], embedder: Embeddings) -> list[Vector]:
    identity, shipped = shipped_vectors()
    known: dict[bytes, Vector] = {}
    if identity == as_counting(embedder).identity:
        known = {key(text): shipped[key(text)] for text in texts if key(text) in shipped}
    missing = [text for text in texts if key(text) not in known]
    computed = embedder.embed_documents(missing) if missing else []
    known |= {key(text): _unit(vector) for text, vector in zip(missing, computed, strict=True)}
    return [known[key(text)] for text in texts]


def _unit(vector: Vector) -> NDArray[np.float32]:
    """Return `vector` at unit length, as every cosine threshold takes it to be."""
    array = np.asarray(vector, dtype=np.float32)
    return array / np.float32(max(float(np.linalg.norm(array)), 1e-12))


def embed_queries(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the unit vectors (n × 384) of queries that papers answer, as questions have them."""
    made_by, shipped = shipped_queries()
    known = shipped if made_by == identity() else {}
    encoder = QuestionEncoder()
    found = [known.get(key(text), None) for text in texts]
    vectors = [
        encoder.read(text).vector if vector is None else vector
        for text, vector in zip(texts, found, strict=True)
    ]
    return np.array(vectors, np.float32).reshape(len(texts), -1)


def minilm_of(embedder: Embeddings) -> MiniLM:
    """Return the MiniLM that reads words in context: the embedder itself where it is one."""
    return embedder if isinstance(embedder, MiniLM) else MiniLM()


def tokens_of(paper: Paper, embedder: MiniLM, use_shipped: bool = True) -> PaperTokens:
    """Return the token vectors of a paper, for a bundled one those that ship."""
    chunks = split(paper, embedder.count_tokens, MAX_TOKENS)
    known = shipped_tokens().get(tokens_key(chunks)) if use_shipped else None
    if known is not None:
        return known
    sentences = [(one.start, one.end) for one in prompt_injection.research(paper.abstract)]
    states = [_in_abstract(embedder.token_states(chunk.text), chunk) for chunk in chunks]
    return compressed(
        TokenStates(
            tuple(word for one in states for word in one.words),
            tuple(start for one in states for start in one.starts),
            np.concatenate([one.vectors for one in states]),
        ),
        sentences,
    )


def _in_abstract(states: TokenStates, chunk: Chunk) -> TokenStates:
    """Return a chunk's states with their places in the abstract, -1 in the first one's title."""
    head = len(chunk.text) - (chunk.end - chunk.start)
    kept = [n for n, start in enumerate(states.starts) if start >= head or chunk.position == 0]
    return TokenStates(
        tuple(states.words[n] for n in kept),
        tuple(
            chunk.start + states.starts[n] - head if states.starts[n] >= head else -1 for n in kept
        ),
        states.vectors[kept],
    )


def tokens_key(chunks: Sequence[Chunk]) -> bytes:
    """Return the content hash under which the token vectors of a paper are kept."""
    return key("\n".join(chunk.text for chunk in chunks))
