"""Late interaction: every content word of a question finds its nearest word in a paper, in context.

The words' vectors come from the bundled MiniLM whatever embeds the rest, cut to 128 dimensions of
2 bits: about 5 kB a paper in an SQLite file beside the keyword index, updated paper by paper.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.index.papers import fingerprint_of
from assistant.index.sqlite import (
    LISTED,
    ReadRows,
    check,
    connect,
    get_fact,
    put_fact,
    told_as_damage,
)
from assistant.models.minilm import TokenStates
from assistant.models.question_encoder.network import QuestionStates
from assistant.text.words import ASKING_WORDS, STOP_WORDS

Weigh = Callable[[str], float]
DIMENSIONS = 128
PROJECTION = "projection.npy"
_BYTES = DIMENSIONS // 4
_WINDOW = 3  # sentences of a passage
_HELD = 20_000
_ALONE = 4 * 65_536  # multiplications that OpenBLAS gives to one thread (its interface/gemm.c)
_FEW, _MANY = 32, 8192  # rows
_FORMAT = "5"
_SCHEMA = """
CREATE TABLE tokens (id TEXT PRIMARY KEY, hash TEXT NOT NULL, parts BLOB NOT NULL,
    vectors BLOB NOT NULL);
CREATE INDEX tokens_hash ON tokens (id, hash);
"""
# Two bits for a coordinate of a unit vector turned at random, which is nearly normal: its four most
# faithful values (Max, "Quantizing for Minimum Distortion", 1960), stretched so that products keep
# their size. To turn first is of Zandieh et al., "TurboQuant" (2025).
_EDGE = 0.9816 / DIMENSIONS**0.5
_LEVELS = np.array([-1.5104, -0.4528, 0.4528, 1.5104], np.float32) / (0.8825 * DIMENSIONS**0.5)
_NEAR_NOTHING = 0b01100110  # the two small levels in turn
_DECODED = _LEVELS[np.arange(256)[:, None] >> np.array([0, 2, 4, 6]) & 3]


@dataclass(frozen=True, slots=True)
class PaperTokens:
    """A paper's content words, a row of `codes` (n × 32 bytes) each, in the order of the text.

    `parts` (k × 3) are its title and those of its sentences that have such words: where in the
    abstract they begin and end, 0 and 0 for the title, and how many of the words are theirs.
    """

    parts: NDArray[np.int32]
    codes: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Match:
    """How near a paper's words come to a question's, all -1…1 (see `LateIndex`): those of title and
    abstract together, of its best sentence and passage (of a paper without sentences its own), of
    each sentence at `spans` (n × 2) alone, and of the passage that begins with each: up to three
    sentences, and the title.
    """

    score: float
    sentence: float
    passage: float
    spans: NDArray[np.int32]
    sentences: NDArray[np.float32]
    passages: NDArray[np.float32]

    def best(self, number: int) -> list[tuple[int, int]]:
        """Return where the best passages begin and end, best first; no two overlap."""
        chosen: list[int] = []
        for first in np.argsort(-self.passages, kind="stable").tolist():
            if len(chosen) < number and all(abs(first - one) >= _WINDOW for one in chosen):
                chosen.append(first)
        lasts = [min(first + _WINDOW, len(self.spans)) - 1 for first in chosen]
        return [
            (int(self.spans[first, 0]), int(self.spans[last, 1]))
            for first, last in zip(chosen, lasts, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class QueryTokens:
    """A question's content words: unit vectors (n × 128), and weights that sum to 1."""

    vectors: NDArray[np.float32]
    weights: NDArray[np.float32]

    @classmethod
    def none(cls) -> QueryTokens:
        """Return those of a question without words."""
        return cls(np.zeros((0, DIMENSIONS), np.float32), np.zeros(0, np.float32))


@dataclass(slots=True)
class LateIndex:
    """MaxSim scores (ColBERT; Khattab & Zaharia 2020) over compressed token vectors.

    The score of a text (-1…1) is the mean, over the question's content words weighted by idf, of
    the highest cosine to any content word of it. The network was not trained for it, yet on the
    development questions it is the best single score. Raises sqlite3.DatabaseError for a file that
    is damaged or of another format, StoreError where it proves so later.
    """

    path: Path | None
    _connection: sqlite3.Connection = field(init=False)
    _rows: ReadRows[PaperTokens] = field(init=False, default_factory=lambda: ReadRows(_HELD))
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

    def put(self, papers: Mapping[str, PaperTokens], hashes: Mapping[str, str]) -> None:
        """Add or replace papers, each with its content hash."""
        rows = [
            (key, hashes[key], one.parts.tobytes(), one.codes.tobytes())
            for key, one in papers.items()
        ]
        with self._told(writing=True), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?)", rows)
        self._rows.forget()

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
        whole = f"length(vectors) > 0 AND length(vectors) % {_BYTES} = 0 AND length(parts) % 12 = 0"
        query = f"SELECT count(*) FROM tokens WHERE NOT ({whole})"
        (odd,) = self._connection.execute(query).fetchone()
        if odd:
            raise sqlite3.DatabaseError(f"vectors of {odd} papers are cut off")

    def understand(self, question: QuestionStates, weigh: Weigh) -> QueryTokens:
        """Return a question's content words; `weigh` gives a word's idf, which its pieces share."""
        states = question.words
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

    def matches(self, query: QueryTokens, ids: Sequence[str]) -> dict[str, Match]:
        """Return how near each of the papers that the index holds comes to a question."""
        held = self.tokens(ids)
        if not held or not query.weights.size:
            return {}
        papers = list(held.values())
        parts = np.concatenate([one.parts for one in papers])
        firsts = np.cumsum([0, *(len(one.parts) for one in papers)])
        similar = _products(np.concatenate([one.codes for one in papers]), query.vectors)
        nearest = np.maximum.reduceat(similar, np.cumsum([0, *parts[:-1, 2]]), axis=0)
        scores = np.maximum.reduceat(nearest, firsts[:-1], axis=0) @ query.weights
        of = np.repeat(np.arange(len(papers)), np.diff(firsts))
        is_title = parts[:, 1] == 0
        titles = np.full((len(papers), len(query.weights)), -1.0, np.float32)
        titles[of[is_title]] = nearest[is_title]
        spans, of, nearest = parts[~is_title, :2], of[~is_title], nearest[~is_title]
        sentences = nearest @ query.weights
        joined = np.maximum(nearest, titles[of])
        for step in range(1, _WINDOW):
            within = of[step:] == of[:-step]
            joined[:-step][within] = np.maximum(joined[:-step][within], nearest[step:][within])
        bounds = np.searchsorted(of, np.arange(len(papers) + 1)).tolist()
        passages = joined @ query.weights
        best = []
        for parts_of in (sentences, passages):
            highest = np.full(len(papers), -np.inf, np.float32)
            np.maximum.at(highest, of, parts_of)
            best.append(np.where(np.isinf(highest), scores, highest).tolist())
        rows = map(slice, bounds, bounds[1:])  # numpy's split takes ten times as long
        found = zip(held, scores.tolist(), *best, rows, strict=True)
        return {
            key: Match(score, sentence, passage, spans[own], sentences[own], passages[own])
            for key, score, sentence, passage, own in found
        }

    def tokens(self, ids: Sequence[str]) -> dict[str, PaperTokens]:
        """Return the words of those of some papers that the index holds."""
        return self._rows.get(ids, self._read)

    def _read(self, ids: Sequence[str]) -> dict[str, PaperTokens]:
        query = f"SELECT id, parts, vectors FROM tokens WHERE id IN {LISTED}"
        with self._lock, self._told():
            rows = self._connection.execute(query, (json.dumps(ids),)).fetchall()
            return {key: _tokens_of(*stored) for key, *stored in rows}


def _tokens_of(parts: bytes, codes: bytes) -> PaperTokens:
    """Return the tokens of a row; ValueError or TypeError where it is not one that was stored."""
    found = PaperTokens(
        np.frombuffer(parts, np.int32).reshape(-1, 3),
        np.frombuffer(codes, np.uint8).reshape(-1, _BYTES),
    )
    if not len(found.codes) or not (found.parts[:, 2] > 0).all():
        raise ValueError("a paper has no tokens")
    if found.parts[:, 2].sum() != len(found.codes):
        raise ValueError("the tokens of a paper are not as many as those of its sentences")
    return found


def compressed(states: TokenStates, sentences: Sequence[tuple[int, int]]) -> PaperTokens:
    """Return the content words of a paper (all its words where it has none; for a paper without
    words one that is near to nothing), whose states start in the abstract, at -1 in the title;
    `sentences` say where these begin and end.
    """
    content = content_words(states.words, STOP_WORDS)
    if not content:
        parts = np.array([(0, 0, 1)], np.int32)
        return PaperTokens(parts, np.full((1, _BYTES), _NEAR_NOTHING, np.uint8))
    starts = [start for start, _ in sentences]
    # 0 for the title, n for the n-th sentence, which a word of the first belongs to at the least
    places = [states.starts[n] for n in content]
    of = [0 if place < 0 else max(bisect_right(starts, place), 1) for place in places]
    counts = Counter(of)
    spans = [(0, 0), *sentences]
    parts = np.array([(*spans[n], counts[n]) for n in sorted(counts)], np.int32)
    return PaperTokens(parts, _coded(_projected(states.vectors[content])))


def _coded(vectors: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return unit vectors (n × 128) as 2 bits a coordinate."""
    levels = np.digitize(vectors, [-_EDGE, 0.0, _EDGE]).astype(np.uint8)
    fours = levels.reshape(len(vectors), _BYTES, 4) << np.array([0, 2, 4, 6], np.uint8)
    codes: NDArray[np.uint8] = np.bitwise_or.reduce(fours, axis=2)
    return codes


def _decoded(codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return what `_coded` was given, nearly."""
    return np.take(_DECODED, codes, axis=0).reshape(len(codes), DIMENSIONS)


def _products(codes: NDArray[np.uint8], columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the products of coded rows with `columns`, in pieces that stay in the cache and that
    OpenBLAS does not share out among threads: for so flat a product these take five times the time
    of one.
    """
    piece = _ALONE // columns.size
    if piece < _FEW:  # then threads are worth it
        piece = _MANY
    products = np.empty((len(codes), len(columns)), np.float32)
    for first in range(0, len(codes), piece):
        some = slice(first, first + piece)
        np.matmul(_decoded(codes[some]), columns.T, out=products[some])
    return products


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
    """Return the 384 × 128 matrix onto the principal axes of the bundled papers' tokens, turned at
    random (written by `ingest.bundled.build`).
    """
    with (resources.files("assistant.index") / PROJECTION).open("rb") as file:
        return np.load(file).astype(np.float32)  # type: ignore[no-any-return]
