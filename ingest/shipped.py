"""What ships of the bundled papers, for a quick first start; made by `ingest.bundled.build`."""

import hashlib
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from assistant.corpus_map import storage
from assistant.corpus_map.types import Atlas
from assistant.index.late_interaction import PaperTokens

VECTORS = "vectors.npz"
TOKENS = "tokens.npz"
QUERIES = "queries.npz"
MAP = "atlas.json"
_CORPUS = resources.files("ingest") / "corpus"


def key(text: str) -> bytes:
    """Return the content hash under which a text's vector is kept."""
    return hashlib.sha256(text.encode()).digest()[:16]


@lru_cache(maxsize=1)
def shipped_vectors() -> tuple[str, dict[bytes, NDArray[np.float32]]]:
    """Return the identity of the embedder that made the unit vectors, and these by content hash."""
    return _unit_vectors(VECTORS)


@lru_cache(maxsize=1)
def shipped_queries() -> tuple[str, dict[bytes, NDArray[np.float32]]]:
    """Return the identity of the network that made the queries' unit vectors, and these by content
    hash.
    """
    return _unit_vectors(QUERIES)


def _unit_vectors(name: str) -> tuple[str, dict[bytes, NDArray[np.float32]]]:
    with (_CORPUS / name).open("rb") as file, np.load(file) as data:
        keys = data["keys"]
        vectors = data["vectors"].astype(np.float32)
        identity = str(data["identity"])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return identity, {row.tobytes(): vector for row, vector in zip(keys, vectors, strict=True)}


@lru_cache(maxsize=1)
def shipped_tokens() -> dict[bytes, PaperTokens]:
    """Return the shipped token vectors by `ingest.embed.tokens_key`."""
    with (_CORPUS / TOKENS).open("rb") as file, np.load(file) as data:
        keys = [row.tobytes() for row in data["keys"]]
        parts = np.split(data["parts"], np.cumsum(data["numbers"])[:-1])
        lengths = [int(one[:, 2].sum()) for one in parts]
        codes = np.split(data["codes"], np.cumsum(lengths)[:-1])
        found = map(PaperTokens, parts, codes)
        return dict(zip(keys, found, strict=True))


def shipped_map() -> Atlas | None:
    """Return the map of the bundled papers, by the embedder of `shipped_vectors`."""
    with resources.as_file(_CORPUS / MAP) as path:
        return storage.read(path)
