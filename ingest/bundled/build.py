"""Make anew what ships of the bundled papers: `python -m ingest.bundled.build`."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from assistant.corpus_map import storage
from assistant.index import late_interaction
from assistant.index.layout import Folder, State
from assistant.index.paper_store import Store
from assistant.models.minilm import MAX_TOKENS, MiniLM
from assistant.models.question_encoder.network import QuestionEncoder, identity
from assistant.text.words import STOP_WORDS
from ingest import shipped
from ingest.bundled import index_bundled
from ingest.chunk import split
from ingest.embed import tokens_key, tokens_of
from ingest.read import bundled_papers

_CORPUS = Path(shipped.__file__).parent / "corpus"
_PROJECTION = Path(late_interaction.__file__).parent / late_interaction.PROJECTION


def build() -> None:
    """Write the axes, the token vectors, the vectors of all chunks, and the map of these."""
    embedder = MiniLM()
    chunks = [split(paper, embedder.count_tokens, MAX_TOKENS) for paper in bundled_papers()]
    texts = [chunk.text for some in chunks for chunk in some]
    _write_projection(embedder, texts)
    _write_tokens(embedder, [tokens_key(some) for some in chunks])
    _write_vectors(
        shipped.VECTORS, texts, np.array(embedder.embed_documents(texts)), embedder.identity
    )
    queries = [query for paper in bundled_papers() for query in paper.facts.queries]
    encoder = QuestionEncoder()
    _write_vectors(
        shipped.QUERIES,
        queries,
        np.array([encoder.read(one).vector for one in queries]),
        identity(),
    )
    shipped.shipped_vectors.cache_clear()
    shipped.shipped_queries.cache_clear()
    shipped.shipped_tokens.cache_clear()
    _write_map(embedder)


def _write_projection(embedder: MiniLM, texts: Sequence[str]) -> None:
    """Write the strongest axes of the words' unit vectors, not centred, turned at random."""
    states = [embedder.token_states(text) for text in texts]
    rows = np.concatenate(
        [one.vectors[late_interaction.content_words(one.words, STOP_WORDS)] for one in states]
    )
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    _, axes = np.linalg.eigh(rows.T @ rows)
    strongest = axes[:, ::-1][:, : late_interaction.DIMENSIONS]
    normal = np.random.default_rng(0).normal(size=(late_interaction.DIMENSIONS,) * 2)
    turn, _ = np.linalg.qr(normal)
    np.save(_PROJECTION, (strongest @ turn).astype(np.float16))
    late_interaction.projection.cache_clear()


def _write_tokens(embedder: MiniLM, keys: Sequence[bytes]) -> None:
    tokens = [tokens_of(paper, embedder, use_shipped=False) for paper in bundled_papers()]
    with (_CORPUS / shipped.TOKENS).open("wb") as file:
        np.savez(
            file,
            keys=_rows(keys),
            numbers=np.array([len(one.parts) for one in tokens]),
            parts=np.concatenate([one.parts for one in tokens]),
            codes=np.concatenate([one.codes for one in tokens]),
        )


def _write_vectors(
    name: str, texts: Sequence[str], vectors: NDArray[np.float32], made_by: str
) -> None:
    with (_CORPUS / name).open("wb") as file:
        keys = _rows([shipped.key(text) for text in texts])
        np.savez_compressed(
            file, identity=np.array(made_by), keys=keys, vectors=vectors.astype(np.float16)
        )


def _write_map(embedder: MiniLM) -> None:
    with TemporaryDirectory() as root:
        folder = Folder(Path(root))
        index_bundled(folder, embedder)
        store = Store(folder.vectors(folder.state() or State("index-1", 0)), built_with=None)
        atlas = storage.make_or_update(store, store.papers(), None)
        store.close()
    storage.write(_CORPUS / shipped.MAP, atlas)


def _rows(keys: Sequence[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(len(keys), -1)


if __name__ == "__main__":
    build()
