"""Question → its vector, and its words in context, both nearest to abstracts that answer it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.models.minilm import (
    MAX_TOKENS,
    TokenStates,
    bundled_tokenizer,
    open_session,
    piece_vectors,
    states_of,
)

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

INPUT = "pieces"
_MODEL = Path(__file__).with_name("model.onnx")
_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class QuestionStates:
    """A question's unit vector (384), and its words in context (n × 384)."""

    vector: NDArray[np.float32]
    words: TokenStates


@cache
def identity() -> str:
    """Return what tells the network's weights from others: the beginning of their hash."""
    with _MODEL.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


class QuestionEncoder:
    """The network of CARD.md on the CPU: it reads questions as MiniLM reads abstracts, which stay
    as MiniLM has them; the last few questions are remembered."""

    def __init__(self, threads: int = 2) -> None:
        """Use the network that ships with the package, which is read when it is first used."""
        self._threads = threads
        self.read = lru_cache(maxsize=_REMEMBERED)(self._read)

    @cached_property
    def _session(self) -> InferenceSession:
        return open_session(_MODEL, self._threads)

    def _read(self, text: str) -> QuestionStates:
        encoding = bundled_tokenizer().encode(text)
        ids = encoding.ids
        if len(ids) > MAX_TOKENS:
            ids = [*ids[: MAX_TOKENS - 1], ids[-1]]
        (states,) = self._session.run(None, {INPUT: piece_vectors(ids)[None]})
        pooled = states[0].mean(axis=0)
        words = states_of(text, encoding, states[0])
        return QuestionStates(pooled / np.linalg.norm(pooled), words)
