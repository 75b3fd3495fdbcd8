"""A paper → its vectors: of its chunks, for the embedder in use, and of its words, for late
interaction.
"""

from collections.abc import Sequence

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant.index.late_interaction import Tokens, compressed
from assistant.index.records import Embedded, EmbeddedPaper, Vector
from assistant.models.minilm import MAX_TOKENS, MiniLM
from assistant.models.providers import as_counting
from assistant.types import Paper
from ingest.chunk import WINDOW_TOKENS, split
from ingest.shipped import key, shipped_tokens, shipped_vectors


def embed(paper: Paper, embedder: Embeddings) -> EmbeddedPaper:
    """Return a paper with the unit vectors of its chunks, those that ship with the package where
    they fit.
    """
    counting = as_counting(embedder)
    parts = split(paper, counting.count_tokens, min(counting.window_tokens, WINDOW_TOKENS))
    chunks = (parts.abstract, *parts.windows, *parts.sentences)
    vectors = _vectors([chunk.text for chunk in chunks], embedder)
    windows = len(parts.windows)
    if counting.count_tokens(parts.abstract.text) > counting.max_tokens:
        # Longer than the embedder reads: the mean of its windows stands for the whole, so that
        # nothing is dropped.
        vectors[0] = _unit(np.mean(np.asarray(vectors[1 : 1 + windows], dtype=np.float32), axis=0))
    embedded = tuple(Embedded(*pair) for pair in zip(chunks, vectors, strict=True))
    return EmbeddedPaper(paper, embedded[0], embedded[1 : 1 + windows], embedded[1 + windows :])


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
    """Return `vector` at unit length: every cosine threshold relies on it, and not every embedder
    sees to it.
    """
    array = np.asarray(vector, dtype=np.float32)
    return array / np.float32(max(float(np.linalg.norm(array)), 1e-12))


def minilm_of(embedder: Embeddings) -> MiniLM:
    """Return the MiniLM that reads words in context: the embedder itself where it is one."""
    return embedder if isinstance(embedder, MiniLM) else MiniLM()


def tokens_of(paper: Paper, embedder: MiniLM, use_shipped: bool = True) -> Tokens:
    """Return the token vectors of a paper, those that ship with the package where it is one of
    theirs.

    Title and abstract are read at once, an abstract longer than the network reads in its windows.
    """
    chunks = split(paper, embedder.count_tokens)
    known = shipped_tokens().get(key(chunks.abstract.text)) if use_shipped else None
    if known is not None:
        return known
    whole = embedder.count_tokens(chunks.abstract.text) <= MAX_TOKENS
    texts = [chunks.abstract.text] if whole else [window.text for window in chunks.windows]
    return np.concatenate([compressed(embedder.token_states(text)) for text in texts])
