"""Vectors that ship with the bundled corpus, so that the first start takes seconds.

`python -m ingest.vectors` writes them anew, the axes that token vectors are cut to, and the map; a test recomputes a sample.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.index.late_interaction import Tokens

if TYPE_CHECKING:
    from assistant.models.minilm import TokenStates

NAME = "vectors.npz"
TOKENS = "tokens.npz"
ATLAS = "atlas.json"


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


@lru_cache(maxsize=1)
def shipped_tokens() -> dict[bytes, Tokens]:
    """Return the shipped token vectors by content hash of the abstract that they are of."""
    with (resources.files("ingest") / "corpus" / TOKENS).open("rb") as file, np.load(file) as data:
        ends = np.cumsum(data["lengths"])
        rows = zip(
            np.split(data["vectors"], ends[:-1]),
            np.split(data["sentences"], ends[:-1]),
            strict=True,
        )
        return {key.tobytes(): Tokens(*row) for key, row in zip(data["keys"], rows, strict=True)}


def write(path: Path) -> int:
    """Embed every chunk of the bundled corpus and write the vectors to `path`; return how many."""
    from assistant.models.minilm import MiniLM
    from ingest.chunk import split
    from ingest.read import bundled_papers

    embedder = MiniLM()
    texts: list[str] = []
    for paper in bundled_papers():
        chunks = split(paper, embedder.count_tokens)
        texts += [chunk.text for chunk in (chunks.abstract, *chunks.windows, *chunks.sentences)]
    texts = list(dict.fromkeys(texts))
    keys = np.frombuffer(b"".join(key(text) for text in texts), dtype=np.uint8).reshape(
        len(texts), 16
    )
    vectors = np.array(embedder.embed_documents(texts), dtype=np.float16)
    with path.open("wb") as file:
        np.savez_compressed(file, identity=np.array(embedder.identity), keys=keys, vectors=vectors)
    return len(texts)


def write_tokens(path: Path) -> int:
    """Write the axes, then the token vectors of the bundled abstracts along them to `path`; return how many."""
    from assistant.index import late_interaction
    from assistant.models.minilm import MiniLM
    from ingest.chunk import split
    from ingest.read import bundled_papers
    from ingest.token_vectors import tokens_of

    embedder, papers = MiniLM(), bundled_papers()
    texts = [split(paper, embedder.count_tokens).abstract.text for paper in papers]
    write_projection([embedder.token_states(text) for text in texts])
    tokens = [tokens_of(paper, embedder, shipped=False) for paper in papers]
    keys = np.frombuffer(b"".join(key(text) for text in texts), dtype=np.uint8).reshape(
        len(texts), 16
    )
    lengths = np.array([len(one.vectors) for one in tokens])
    whole = late_interaction.together(tokens)
    with path.open("wb") as file:
        np.savez(file, keys=keys, lengths=lengths, vectors=whole.vectors, sentences=whole.sentences)
    return int(lengths.sum())


def write_projection(texts: Sequence[TokenStates]) -> None:
    """Write the matrix anew from the content words of `texts`: the strongest axes of their unit vectors, not centred."""
    from assistant.index import late_interaction
    from assistant.text.words import STOP_WORDS

    rows = np.concatenate(
        [one.vectors[late_interaction.content_words(one.words, STOP_WORDS)] for one in texts]
    )
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    _, axes = np.linalg.eigh(rows.T @ rows)
    strongest = axes[:, ::-1][:, : late_interaction.DIMENSIONS]
    np.save(Path(late_interaction.__file__).parent / "projection.npy", strongest.astype(np.float16))
    late_interaction.projection.cache_clear()


def write_atlas(path: Path) -> int:
    """Write the map of the bundled corpus, as an ingest of it would make it, to `path`; return how many topics it has."""
    from assistant.corpus_map import storage
    from assistant.index.layout import Folder, State
    from assistant.index.paper_store import Store
    from assistant.models.minilm import MiniLM
    from ingest.bundled.indexing import index_bundled

    with TemporaryDirectory() as root:
        folder = Folder(Path(root))
        index_bundled(folder, MiniLM())
        store = Store(folder.chroma(folder.state() or State("index-1", 0)), built_with=None)
        atlas = storage.make_or_update(store, store.papers(), None)
        store.close()
    storage.write(path, atlas)
    return len(atlas.topics)


if __name__ == "__main__":
    print(write_tokens(Path(__file__).parent.parent / "corpus" / TOKENS), "token vectors")
    print(write(Path(__file__).parent.parent / "corpus" / NAME), "vectors")
    shipped.cache_clear()
    print(write_atlas(Path(__file__).parent.parent / "corpus" / ATLAS), "topics")
