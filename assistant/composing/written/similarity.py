"""Nearness in meaning of a claim to the sentences of abstracts, by the corpus's own embedder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant.checking import Similarity

_KEPT = 4096


def nearness(embedder: Embeddings) -> Similarity:
    """Return a similarity for the checker; every text is embedded once."""

    @lru_cache(maxsize=_KEPT)
    def vector(text: str) -> NDArray[np.float32]:
        found = np.asarray(embedder.embed_documents([text])[0], dtype=np.float32)
        length = float(np.linalg.norm(found))
        return found / length if length else found

    def similarity(text: str, others: Sequence[str]) -> list[float]:
        one = vector(text)
        return [float(one @ vector(other)) for other in others]

    return similarity
