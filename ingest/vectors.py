"""Vectors that ship with the bundled corpus, so that the first start takes seconds.

`python -m ingest.vectors` writes them anew; a test recomputes a sample.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NAME = "vectors.npz"


def key(text: str) -> bytes:
    """Return the content hash under which a text's vector is kept."""
    return hashlib.sha256(text.encode()).digest()[:16]


@lru_cache(maxsize=1)
def shipped() -> tuple[str, dict[bytes, NDArray[np.float32]]]:
    """Return the identity of the embedder that made the shipped vectors, and the vectors by content hash."""
    source = resources.files("ingest") / "corpus" / NAME
    if not source.is_file():
        return "", {}
    with source.open("rb") as file, np.load(file) as data:
        keys = data["keys"]
        vectors = data["vectors"].astype(np.float32)
        identity = str(data["identity"])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return identity, {row.tobytes(): vector for row, vector in zip(keys, vectors, strict=True)}


def write(path: Path) -> int:
    """Embed every chunk of the bundled corpus and write the vectors to `path`; return how many."""
    from assistant.embedder import MiniLM
    from ingest.chunk import split
    from ingest.read import bundled_papers

    embedder = MiniLM()
    texts: list[str] = []
    for paper in bundled_papers():
        chunks = split(paper, embedder.count_tokens)
        texts += [chunk.text for chunk in (chunks.abstract, *chunks.windows, *chunks.sentences)]
    texts = list(dict.fromkeys(texts))
    keys = np.frombuffer(b"".join(key(text) for text in texts), dtype=np.uint8).reshape(len(texts), 16)
    vectors = np.array(embedder.embed_documents(texts), dtype=np.float16)
    with path.open("wb") as file:
        np.savez_compressed(file, identity=np.array(embedder.identity), keys=keys, vectors=vectors)
    return len(texts)


if __name__ == "__main__":
    print(write(Path(__file__).parent / "corpus" / NAME), "vectors")
