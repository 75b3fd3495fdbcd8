"""Late interaction: every content word of a question finds its nearest word in a paper, in context.

The words' vectors come from the bundled MiniLM whatever embeds the rest, cut to 128 dimensions and
8 bits: about 22 kB a paper in an SQLite file beside the keyword index, updated paper by paper.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.index.papers import fingerprint_of
from assistant.index.sqlite import check, connect, get_fact, put_fact, told_as_damage
from assistant.models.minilm import MiniLM, TokenStates
from assistant.text.words import ASKING_WORDS, STOP_WORDS

Weigh = Callable[[str], float]
Tokens = NDArray[np.int8]
"""The vectors of a paper's content words (n × 128, in 256ths)."""
DIMENSIONS = 128
PROJECTION = "projection.npy"
_SCALE = 256.0
_CACHED = 4000
_FORMAT = "4"
_SCHEMA = """
CREATE TABLE tokens (id TEXT PRIMARY KEY, hash TEXT NOT NULL, vectors BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX tokens_hash ON tokens (id, hash);
"""


@dataclass(frozen=True, slots=True)
class QueryTokens:
    """A question's content words: unit vectors (n × 128), and weights that sum to 1."""

    vectors: NDArray[np.float32]
    weights: NDArray[np.float32]


@dataclass(slots=True)
class LateIndex:
    """MaxSim scores (ColBERT; Khattab & Zaharia 2020) over compressed token vectors.

    A paper's score (-1…1) is the mean, over the question's content words weighted by idf, of the
    highest cosine to any content word of its title and abstract. The network was not trained for
    it, yet on the development questions it is the best single score. Raises sqlite3.DatabaseError
    for a file that is damaged or of another format, StoreError where it proves so later.
    """

    path: Path | None
    embedder: MiniLM
    _connection: sqlite3.Connection = field(init=False)
    _cache: dict[str, Tokens] = field(init=False, default_factory=dict)
    _lock: threading.RLock = field(init=False, default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self._connection = connect(self.path, _SCHEMA, _FORMAT, "token index")

    def close(self) -> None:
        """Release the file; whoever still reads then gets sqlite3.ProgrammingError."""
        with self._lock:
            self._connection.close()

    def _told(self, writing: bool = False) -> AbstractContextManager[None]:
        """Tell of damage to the file; in memory there is none."""
        return told_as_damage(self.path.parent, writing) if self.path else nullcontext()

    def put(self, papers: Mapping[str, Tokens], hashes: Mapping[str, str]) -> None:
        """Add or replace papers, each with its content hash."""
        rows = [(key, hashes[key], one.tobytes()) for key, one in papers.items()]
        with self._told(writing=True), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO tokens VALUES (?, ?, ?)", rows)
        self._cache = {}

    def restate(self, hashes: Mapping[str, str]) -> None:
        """Give papers whose text is as it was other content hashes."""
        rows = [(digest, identifier) for identifier, digest in hashes.items()]
        with self._told(writing=True), self._connection:
            self._connection.executemany("UPDATE tokens SET hash = ? WHERE id = ?", rows)

    def complete(self, ids: Iterable[str]) -> None:
        """Drop every paper but these, and mark the index as whole."""
        with self._told(writing=True), self._connection:
            gone = self.hashes().keys() - set(ids)
            self._connection.executemany(
                "DELETE FROM tokens WHERE id = ?", [(identifier,) for identifier in gone]
            )
            put_fact(self._connection, "fingerprint", fingerprint_of(self.hashes()))

    @property
    def fingerprint(self) -> str:
        """What stands for exactly the papers that the index holds, see `papers.fingerprint_of`."""
        return get_fact(self._connection, "fingerprint") or ""

    def hashes(self) -> dict[str, str]:
        """Return the content hash of every paper by id."""
        return dict(self._connection.execute("SELECT id, hash FROM tokens INDEXED BY tokens_hash"))

    def check(self) -> None:
        """Raise sqlite3.DatabaseError where the file, or the vectors of a paper, are damaged."""
        check(self._connection)
        whole = f"length(vectors) > 0 AND length(vectors) % {DIMENSIONS} = 0"
        query = f"SELECT count(*) FROM tokens WHERE NOT ({whole})"
        (odd,) = self._connection.execute(query).fetchone()
        if odd:
            raise sqlite3.DatabaseError(f"vectors of {odd} papers are cut off")

    def understand(self, text: str, weigh: Weigh) -> QueryTokens:
        """Return a question's content words; `weigh` gives a word's idf, which its pieces share."""
        states = self.embedder.token_states(text)
        content = content_words(states.words, STOP_WORDS | ASKING_WORDS)
        pieces = [states.words.count(states.words[n]) for n in content]
        weigh = cache(weigh)
        weights = np.array(
            [weigh(states.words[n]) / count for n, count in zip(content, pieces, strict=True)],
            np.float32,
        )
        total = float(weights.sum())
        even = np.full(len(content), 1.0 / max(len(content), 1), np.float32)
        return QueryTokens(
            _projected(states.vectors[content]), weights / total if total > 0 else even
        )

    def scores(self, query: QueryTokens, ids: Sequence[str]) -> dict[str, float]:
        """Return the score of each of the papers that the index holds."""
        held = self._read(ids)
        if not held or not query.weights.size:
            return {}
        starts = np.cumsum([0, *map(len, held.values())][:-1])
        rows = np.concatenate(list(held.values())).astype(np.float32)
        nearest = np.maximum.reduceat(rows @ query.vectors.T, starts, axis=0) / _SCALE
        return dict(zip(held, (nearest @ query.weights).tolist(), strict=True))

    def _read(self, ids: Sequence[str]) -> dict[str, Tokens]:
        cache = self._cache  # another thread may put a new one in its place
        missing = [identifier for identifier in ids if identifier not in cache]
        read: dict[str, Tokens] = {}
        for first in range(0, len(missing), 500):
            some = missing[first : first + 500]
            query = f"SELECT id, vectors FROM tokens WHERE id IN ({','.join('?' * len(some))})"
            with self._lock, self._told():
                rows = self._connection.execute(query, some).fetchall()
                read |= {key: _tokens_of(stored) for key, stored in rows}
        found = {
            key: read[key] if key in read else cache[key]
            for key in ids
            if key in read or key in cache
        }
        self._cache = {**cache, **read} if len(cache) + len(read) <= _CACHED else read
        return found


def _tokens_of(stored: bytes) -> Tokens:
    """Return the tokens of a row; ValueError or TypeError where it is not one that was stored."""
    vectors = np.frombuffer(stored, np.int8).reshape(-1, DIMENSIONS)
    if not len(vectors):
        raise ValueError("a paper has no tokens")
    return vectors


def compressed(states: TokenStates) -> Tokens:
    """Return the content words of a text (all its words where it has none)."""
    content = content_words(states.words, STOP_WORDS)
    if not content:
        return np.zeros((1, DIMENSIONS), np.int8)
    scaled: Tokens = np.rint(_projected(states.vectors[content]) * _SCALE).clip(-127, 127)
    return scaled.astype(np.int8)


def content_words(words: Sequence[str], dropped: frozenset[str]) -> list[int]:
    """Return the places of the words that are not `dropped`, all of them where none is left."""
    return [n for n, word in enumerate(words) if word not in dropped] or list(range(len(words)))


def _projected(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    reduced = (
        vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9) @ projection()
    )
    lengths = np.maximum(np.linalg.norm(reduced, axis=1, keepdims=True), np.float32(1e-9))
    return reduced / lengths  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def projection() -> NDArray[np.float32]:
    """Return the 384 × 128 matrix onto the principal axes of the bundled papers' tokens (written by
    `ingest.bundled.build`).
    """
    with (resources.files("assistant.index") / PROJECTION).open("rb") as file:
        return np.load(file).astype(np.float32)  # type: ignore[no-any-return]
