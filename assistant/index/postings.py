"""The papers that hold each term, in the file of the keyword index: arrays that numpy adds up.

FTS5 decodes a term's papers one by one, and so takes a second for a question to a hundred thousand
papers; to read what stands here takes milliseconds. It is made of what FTS5 is given, in segments:
each ingest adds one.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from assistant.index.sqlite import LISTED

SCHEMA = """
CREATE TABLE segments (number INTEGER PRIMARY KEY, papers BLOB NOT NULL, lengths BLOB NOT NULL);
CREATE TABLE postings (term TEXT NOT NULL, frequency INTEGER NOT NULL, segment INTEGER NOT NULL,
    papers BLOB NOT NULL, counts BLOB NOT NULL);
CREATE INDEX postings_term ON postings (term, frequency);
CREATE TABLE dropped (number INTEGER PRIMARY KEY);
"""
TITLE_WEIGHT = 2
_K1, _B = 1.2, 0.75
_SEGMENT = 50_000  # papers
_MOST_SEGMENTS, _MOST_DROPPED = 8, 0.25
_MOST_COUNTED = 255

Texts = tuple[int, Sequence[str], Sequence[str]]
"""A paper's number, the terms of its title, and those of its abstract."""


@dataclass(frozen=True, slots=True)
class Strengths:
    """Papers by number, ascending, and how strongly each holds what was looked up (0…k1+1)."""

    numbers: NDArray[np.int64]
    values: NDArray[np.float64]

    @classmethod
    def joined(cls, several: Sequence[Strengths]) -> Strengths:
        """Return of each paper the strongest."""
        if len(several) == 1:
            return several[0]
        numbers = np.concatenate([one.numbers for one in several] or [np.zeros(0, np.int64)])
        values = np.concatenate([one.values for one in several] or [np.zeros(0)])
        order = np.lexsort((-values, numbers))
        numbers, firsts = np.unique(numbers[order], return_index=True)
        return cls(numbers, values[order][firsts])


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many papers there are, and by their numbers what BM25 makes of their lengths."""

    papers: int
    saturation: NDArray[np.float64]
    is_there: NDArray[np.bool_]


class Postings:
    """The segments in the file of `connection`; the caller locks it, and commits."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read and write there."""
        self._connection = connection
        self._lengths: Lengths | None = None

    @property
    def lengths(self) -> Lengths:
        """Return the papers' lengths, read once."""
        if self._lengths is None:
            self._lengths = self._read_lengths()
        return self._lengths

    def strengths(self, term: str, wanted: NDArray[np.bool_] | None = None) -> Strengths:
        """Return the papers (of those `wanted`) that hold a term, each with BM25's saturated
        frequency of it.
        """
        query = "SELECT papers, counts FROM postings WHERE term = ? ORDER BY segment"
        rows = self._connection.execute(query, (term,)).fetchall()
        lengths = self.lengths
        if wanted is None and not lengths.is_there.all():
            wanted = lengths.is_there
        numbers = np.concatenate(
            [np.zeros(0, np.uint32), *(np.frombuffer(row[0], np.uint32) for row in rows)]
        )
        counts = np.concatenate(
            [np.zeros(0, np.uint8), *(np.frombuffer(row[1], np.uint8) for row in rows)]
        )
        if wanted is not None:
            kept = wanted[numbers]
            numbers, counts = numbers[kept], counts[kept]
        if len(rows) > 1:
            order = np.argsort(numbers, kind="stable")
            numbers, counts = numbers[order], counts[order]
        often = counts.astype(np.float64)
        return Strengths(
            numbers.astype(np.int64), often * (_K1 + 1) / (often + lengths.saturation[numbers])
        )

    def frequencies(self, terms: Collection[str]) -> dict[str, int]:
        """Return in how many papers each of some terms stands; one that is in none has no entry."""
        query = f"SELECT term, sum(frequency) FROM postings WHERE term IN {LISTED} GROUP BY term"
        found = self._connection.execute(query, (json.dumps(list(terms)),))
        return {term: number for term, number in found if number}

    def between(self, first: str, last: str, most: int = -1) -> list[str]:
        """Return the terms from `first` on before `last`, at most so many."""
        query = (
            "SELECT DISTINCT term FROM postings WHERE term >= ? AND term < ? AND frequency > 0"
            " LIMIT ?"
        )
        return [term for (term,) in self._connection.execute(query, (first, last, most))]

    def fits(self, numbers: Collection[int]) -> bool:
        """Tell whether papers with these numbers can be added beside those that are there."""
        there, dropped, segments = self._count()
        used = self._connection.execute("SELECT number FROM dropped").fetchall()
        few = segments < _MOST_SEGMENTS and dropped <= _MOST_DROPPED * max(there, 1)
        return few and not ({number for (number,) in used} & set(numbers))

    def add(self, papers: Iterable[Texts]) -> None:
        """Add papers, none of which is there."""
        rest = iter(papers)
        while some := list(islice(rest, _SEGMENT)):
            self._add(some)
        self._lengths = None

    def remove(self, number: int, terms: Iterable[str]) -> None:
        """Drop a paper that holds `terms`; its entries stay until all are made anew."""
        self._connection.execute("INSERT INTO dropped VALUES (?)", (number,))
        # Of which segment does not matter: they are summed.
        update = """UPDATE postings SET frequency = frequency - 1 WHERE rowid =
            (SELECT rowid FROM postings WHERE term = ? AND frequency > 0 LIMIT 1)"""
        self._connection.executemany(update, [(term,) for term in set(terms)])
        self._lengths = None

    def clear(self) -> None:
        """Drop all papers."""
        for table in ("segments", "postings", "dropped"):
            self._connection.execute(f"DELETE FROM {table}")
        self._lengths = None

    def _count(self) -> tuple[int, int, int]:
        """Return how many papers are there, how many dropped, and how many segments hold both."""
        (segments, both) = self._connection.execute(
            "SELECT count(*), coalesce(sum(length(papers)), 0) / 4 FROM segments"
        ).fetchone()
        (dropped,) = self._connection.execute("SELECT count(*) FROM dropped").fetchone()
        return both - dropped, dropped, segments

    def _read_lengths(self) -> Lengths:
        rows = self._connection.execute("SELECT papers, lengths FROM segments").fetchall()
        numbers = [np.frombuffer(row[0], np.uint32) for row in rows]
        size = 1 + max((int(some.max()) for some in numbers), default=-1)
        lengths, is_there = np.zeros(size), np.zeros(size, np.bool_)
        for some, (_, stored) in zip(numbers, rows, strict=True):
            lengths[some] = np.frombuffer(stored, np.uint32)
            is_there[some] = True
        dropped = [row[0] for row in self._connection.execute("SELECT number FROM dropped")]
        is_there[dropped] = False
        papers = int(is_there.sum())
        mean = lengths[is_there].sum() / max(papers, 1)
        return Lengths(papers, _K1 * (1 - _B + _B * lengths / max(mean, 1e-9)), is_there)

    def _add(self, papers: Sequence[Texts]) -> None:
        """Add a segment."""
        terms: dict[str, int] = {}
        of, places, counts = array("I"), array("I"), array("B")
        ordered = sorted(papers, key=lambda paper: paper[0])
        for place, (_, title, abstract) in enumerate(ordered):
            held = Counter(abstract)
            for term in title:
                held[term] += TITLE_WEIGHT
            for term, count in held.items():
                of.append(terms.setdefault(term, len(terms)))
                places.append(place)
                counts.append(min(count, _MOST_COUNTED))
        numbers = np.array([number for number, _, _ in ordered], np.uint32)
        lengths = np.array(
            [len(title) + len(abstract) for _, title, abstract in ordered], np.uint32
        )
        (segment,) = self._connection.execute(
            "SELECT coalesce(max(number), 0) + 1 FROM segments"
        ).fetchone()
        self._connection.execute(
            "INSERT INTO segments VALUES (?, ?, ?)", (segment, numbers.tobytes(), lengths.tobytes())
        )
        by_term = np.argsort(np.frombuffer(of, np.uint32), kind="stable")
        ends = np.cumsum(np.bincount(np.frombuffer(of, np.uint32), minlength=len(terms)))
        held_by = numbers[np.frombuffer(places, np.uint32)[by_term]]
        so_often = np.frombuffer(counts, np.uint8)[by_term]
        rows = (
            (
                term,
                end - start,
                segment,
                held_by[start:end].tobytes(),
                so_often[start:end].tobytes(),
            )
            for term, start, end in zip(terms, [0, *ends[:-1].tolist()], ends.tolist(), strict=True)
        )
        self._connection.executemany("INSERT INTO postings VALUES (?, ?, ?, ?, ?)", rows)
