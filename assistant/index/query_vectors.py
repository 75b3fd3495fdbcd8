"""The queries that papers are known to answer, as vectors: by these papers are found, none is
shown. An SQLite file beside the token index, updated paper by paper.

What people from outside a field ask has few of an abstract's words. Queries that it answers,
written before it is indexed, have theirs: document expansion (Nogueira et al. 2019, "Document
Expansion by Query Prediction"), compared by the vectors of the network that reads questions instead
of by words.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.index.sqlite import LISTED, ReadRows, connect, told_as_damage
from assistant.models.question_encoder.network import identity
from assistant.types import Paper

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
_BEST = 2  # of a paper's queries that are compared with a question
_HELD = 6_000  # papers
_AT_ONCE = 256  # papers whose queries are embedded and stored together
_STEPS = 400  # of a coordinate of a unit vector, to 8 bits: larger than .3175 none is
_FORMAT = "1"
_SCHEMA = "CREATE TABLE queries (id TEXT PRIMARY KEY, hash TEXT NOT NULL, vectors BLOB NOT NULL);"
_WIDTH = 384


@dataclass(slots=True)
class QueryVectors:
    """The vectors in the file at `path` (None: in memory), by paper; sqlite3.DatabaseError for a
    file that is damaged, of another format or by another network, StoreError where it proves so
    later.
    """

    path: Path | None
    _connection: sqlite3.Connection = field(init=False)
    _any: bool = field(init=False)
    _rows: ReadRows[NDArray[np.int8]] = field(init=False, default_factory=lambda: ReadRows(_HELD))
    _lock: threading.RLock = field(init=False, default_factory=threading.RLock)

    def __post_init__(self) -> None:
        made_by = f"{_FORMAT} {identity()}"
        self._connection = connect(self.path, _SCHEMA, made_by, "list of queries")
        (self._any,) = self._connection.execute("SELECT EXISTS (SELECT 1 FROM queries)").fetchone()

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._connection.close()

    def complete(self, papers: Mapping[str, Paper], embed: Embed) -> None:
        """Hold the queries of just these papers; `embed` returns unit vectors (n × 384)."""
        wanted = _hashes(papers)
        with self._told(writing=True):
            held = self._held()
            gone = [(key,) for key in held if key not in wanted]
            with self._connection:
                self._connection.executemany("DELETE FROM queries WHERE id = ?", gone)
            lacking = [key for key, digest in wanted.items() if held.get(key) != digest]
            for first in range(0, len(lacking), _AT_ONCE):
                self._put([papers[key] for key in lacking[first : first + _AT_ONCE]], embed)
        self._rows.forget()
        self._any = bool(wanted)

    def holds(self, papers: Mapping[str, Paper]) -> bool:
        """Tell whether the queries are those of just these papers."""
        with self._told():
            return self._held() == _hashes(papers)

    def _held(self) -> dict[str, str]:
        return dict(self._connection.execute("SELECT id, hash FROM queries"))

    def _put(self, papers: Sequence[Paper], embed: Embed) -> None:
        vectors = embed([text for paper in papers for text in paper.facts.queries])
        codes = np.clip(np.rint(vectors * _STEPS), -127, 127).astype(np.int8)
        ends = np.cumsum([len(paper.facts.queries) for paper in papers])
        rows = [
            (paper.id, _hash(paper), some.tobytes())
            for paper, some in zip(papers, np.split(codes, ends[:-1]), strict=True)
        ]
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO queries VALUES (?, ?, ?)", rows)

    def nearness(self, question: NDArray[np.float32], ids: Sequence[str]) -> dict[str, float]:
        """Return for each of some papers that has queries the mean cosine of the nearest two to the
        unit vector of a question.
        """
        held = self._rows.get(ids, self._read) if self._any else {}
        near = dict[str, float]()
        by_number = sorted(held, key=lambda key: len(held[key]))
        for _, alike in groupby(by_number, lambda key: len(held[key])):
            while keys := [*islice(alike, _AT_ONCE)]:
                codes = np.stack([held[key] for key in keys]).astype(np.float32)
                cosines = np.sort(codes @ (question / np.float32(_STEPS)), axis=1)
                near |= zip(keys, cosines[:, -_BEST:].mean(axis=1).tolist(), strict=True)
        return near

    def _read(self, ids: Sequence[str]) -> dict[str, NDArray[np.int8]]:
        query = f"SELECT id, vectors FROM queries WHERE id IN {LISTED}"
        with self._lock, self._told():
            rows = self._connection.execute(query, (json.dumps(ids),)).fetchall()
            return {key: np.frombuffer(codes, np.int8).reshape(-1, _WIDTH) for key, codes in rows}

    def _told(self, writing: bool = False) -> AbstractContextManager[None]:
        """Tell of damage to the file; in memory there is none."""
        return told_as_damage(self.path.parent, writing) if self.path else nullcontext()


def _hashes(papers: Mapping[str, Paper]) -> dict[str, str]:
    return {key: _hash(one) for key, one in papers.items() if one.facts.queries}


def _hash(paper: Paper) -> str:
    text = json.dumps(paper.facts.queries, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
