"""The keyword index: BM25 over titles and abstracts in an SQLite FTS5 file, updated paper by paper.

Everything in it comes from the papers in the store, so a missing or damaged file is simply built
again.
"""

from __future__ import annotations

import difflib
import math
import re
import sqlite3
import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from assistant.index.papers import fingerprint_of
from assistant.index.sqlite import check, connect, get_fact, put_fact
from assistant.text import prompt_injection
from assistant.text.abbreviations import definitions
from assistant.text.words import (
    STEMMER,
    fold,
    index_terms,
    is_content,
    joined,
    parts,
    stem,
    surface_words,
    words,
)
from assistant.types import Paper

_FORMAT = f"6, {STEMMER}"
# A misspelling is a long word with one letter wrong, missing, or too many.
_LONG_ENOUGH, _ALIKE = 6, 0.88
_ENDING = 3  # letters in which forms of a word differ
# A question of words is shorter: 4,000 characters of signs that fold to several words each are not.
_MOST_WORDS = 800
_AT_ONCE = 500  # values in one statement
_LIKENESS = frozenset("like style based type ish esque inspired".split())
TITLE_WEIGHT = 2.0
_SCHEMA = """
CREATE TABLE papers (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, hash TEXT NOT NULL);
CREATE VIRTUAL TABLE texts USING fts5 (title, abstract, tokenize = "unicode61 remove_diacritics 0");
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (texts, row);
CREATE TABLE abbreviations (
    short TEXT NOT NULL, long TEXT NOT NULL, phrase TEXT NOT NULL, number INTEGER NOT NULL
);
CREATE INDEX abbreviations_short ON abbreviations (short);
CREATE INDEX abbreviations_phrase ON abbreviations (phrase);
"""


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing asked about: its surface form, its stemmed phrases, and how often it is said."""

    surface: str
    phrases: tuple[str, ...]
    count: int = 1


@dataclass(frozen=True, slots=True)
class KeywordScores:
    """BM25 of one question: `scores` by paper id, the concepts found in each paper, and each
    concept's idf.

    A paper that holds none of the concepts has no entry.
    """

    scores: Mapping[str, float]
    found: Mapping[str, frozenset[int]]
    weights: tuple[float, ...]
    frequencies: tuple[int, ...]

    def coverage(self, identifier: str) -> float:
        """Return the share (0…1) of the question's idf weight that occurs in the paper."""
        total = sum(self.weights)
        found = sum(self.weights[concept] for concept in self.found.get(identifier, ()))
        return found / total if total else 0.0


class KeywordIndex:
    """BM25 (Robertson & Zaragoza 2009; k1 1.2, b 0.75), one score per concept."""

    def __init__(self, path: Path | None) -> None:
        """Open or create the index at `path` (None: in memory).

        Raises sqlite3.DatabaseError for a file that is damaged or of another format; see `rebuilt`.
        """
        # A snapshot may be closed while a question still reads: SQLite's own locks do not survive
        # that in Python.
        self._lock = threading.RLock()
        self._connection = connect(path, _SCHEMA, _FORMAT, "keyword index")

    @classmethod
    def rebuilt(cls, path: Path | None, papers: Mapping[str, Paper]) -> KeywordIndex:
        """Return the index at `path` holding exactly `papers`, begun anew if unusable."""
        index = None
        try:
            index = cls(path)
            index.sync(papers)
            index.check()
        except sqlite3.DatabaseError:
            if path is None:
                raise
            if index:
                index.close()  # Windows deletes no file that is open
            path.unlink(missing_ok=True)
            index = cls(path)
            index.sync(papers)
        return index

    def close(self) -> None:
        """Release the file; whoever still reads then gets sqlite3.ProgrammingError."""
        with self._lock:
            self._connection.close()

    def _rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def sync(self, papers: Mapping[str, Paper]) -> int:
        """Make the index hold exactly `papers`; return how many it touched."""
        held = dict(self._connection.execute("SELECT id, hash FROM papers"))
        stale = [
            identifier for identifier, mark in held.items() if _mark(papers.get(identifier)) != mark
        ]
        fresh = [
            paper
            for identifier, paper in papers.items()
            if held.get(identifier) != paper.content_hash
        ]
        with self._connection:
            for identifier in stale:
                self._remove(identifier)
            for paper in fresh:
                self._add(paper)
            hashes = {identifier: paper.content_hash for identifier, paper in papers.items()}
            put_fact(self._connection, "fingerprint", fingerprint_of(hashes))
        return len({*stale, *(paper.id for paper in fresh)})

    def holds(self, fingerprint: str) -> bool:
        """Tell whether the index holds the papers of `fingerprint`; may raise DatabaseError."""
        check(self._connection)
        return get_fact(self._connection, "fingerprint") == fingerprint

    def check(self) -> None:
        """Raise sqlite3.DatabaseError where words and texts do not fit each other."""
        with self._lock:
            try:
                check = "INSERT INTO texts (texts) VALUES ('integrity-check')"
                self._connection.execute(check)
            finally:
                self._connection.rollback()

    def hashes(self) -> dict[str, str]:
        """Return the content hash of every paper whose words are there, by id."""
        query = "SELECT id, hash FROM papers WHERE number IN (SELECT rowid FROM texts)"
        return dict(self._rows(query))

    def score(self, concepts: Sequence[Concept]) -> KeywordScores:
        """Return BM25 for every paper that holds at least one of the concepts' phrases."""
        total = self._total()
        scores: dict[str, float] = defaultdict(float)
        found: dict[str, set[int]] = defaultdict(set)
        weights, frequencies = [], []
        for number, concept in enumerate(concepts):
            strengths = self._strengths(concept, total)
            weight = _idf(len(strengths), total)
            weights.append(weight)
            frequencies.append(len(strengths))
            for identifier, strength in strengths.items():
                scores[identifier] += concept.count * weight * strength
                found[identifier].add(number)
        return KeywordScores(
            dict(scores),
            {key: frozenset(value) for key, value in found.items()},
            tuple(weights),
            tuple(frequencies),
        )

    def concepts(self, question: str) -> list[Concept]:
        """Return what a question asks about, with variants the corpus itself vouches for.

        Variants: closed-up and open compounds ("pre-training", "pretraining", "fine tuning"), and
        abbreviations with what they stand for, both ways.
        """
        surfaces = surface_words(question)[:_MOST_WORDS]
        shorts = self._short_forms(surfaces)
        # A word said twice is looked up once.
        variants, open_compound = cache(self._variants), cache(self._open_compound)
        respelt = cache(self._respelt)
        contents = [
            (n, word)
            for n, word in enumerate(surfaces)
            if is_content(fold(word)) and parts(fold(word))
        ]
        found: list[Concept] = []
        skip = False
        for number, (place, word) in enumerate(contents):
            following = contents[number + 1] if number + 1 < len(contents) else None
            if skip:
                skip = False
                continue
            phrases = (
                open_compound(word, following[1]) if following and following[0] == place + 1 else ()
            )
            skip = bool(phrases)
            phrases = phrases or tuple(variants(word))
            if spelt := respelt(word, phrases):
                phrases = (*phrases, spelt)
            surface = f"{word} {following[1]}" if skip and following else word
            found.append(Concept(surface, tuple(dict.fromkeys((*phrases, *sorted(shorts[place]))))))
        said = Counter(one.phrases for one in found)
        distinct = {one.phrases: one for one in found}.values()
        return [replace(one, count=said[one.phrases]) for one in distinct]

    def rarity(self, word: str) -> float:
        """Return the idf of a folded word."""
        return self.rarities([stem(word)])[stem(word)]

    def rarities(self, terms: Collection[str]) -> dict[str, float]:
        """Return the idf of each of some stems."""
        asked = list(dict.fromkeys(terms))
        found = dict(self._among("SELECT term, doc FROM vocabulary WHERE term IN", asked))
        total = self._total()
        return {term: _idf(found.get(term, 0), total) for term in asked}

    def weighted(self, terms: Mapping[str, float]) -> dict[str, float]:
        """Return BM25 by paper id for stems with weights of their own."""
        total = self._total()
        scores: dict[str, float] = defaultdict(float)
        for term, weight in terms.items():
            strengths = self._strengths(Concept(term, (term,)), total)
            for identifier, strength in strengths.items():
                scores[identifier] += weight * _idf(len(strengths), total) * strength
        return dict(scores)

    def long_forms(self, short: str) -> list[str]:
        """Return what `short` (as written) stands for here, the most used meaning first."""
        if not _may_abbreviate(short):
            return []
        query = (
            "SELECT long FROM abbreviations WHERE short = ? GROUP BY phrase ORDER BY count(*) DESC,"
            " long"
        )
        return [long for (long,) in self._rows(query, (_short_key(short),))]

    def _open_compound(self, word: str, following: str) -> tuple[str, ...]:
        """Return the phrases for two words that the corpus also writes as one ("fine tuning")."""
        first, second = fold(word), fold(following)
        closed = stem(first + second)
        if (
            len(parts(first)) > 1
            or len(parts(second)) > 1
            or len(first) < 2
            or not self._knows(closed)
        ):
            return ()
        return closed, f"{stem(first)} {stem(second)}"

    def _variants(self, word: str) -> list[str]:
        folded = fold(word)
        pieces = parts(folded)
        variants = [stem("".join(pieces))]
        if len(pieces) > 1:
            variants.append(" ".join(stem(piece) for piece in pieces))
        if match := re.fullmatch(r"([a-z]{3,})([24])([a-z]{3,})", folded):
            variants.append(
                f"{stem(match[1])} {'to' if match[2] == '2' else 'for'} {stem(match[3])}"
            )
        if len(pieces) > 1 and pieces[-1] in _LIKENESS:
            variants.append(" ".join(stem(piece) for piece in pieces[:-1]))  # "T5-like" is about T5
        return variants + [_phrase(long) for long in self.long_forms(word)]

    def _respelt(self, word: str, phrases: Sequence[str]) -> str | None:
        """Return the corpus's word that an unknown one misspells ("halucination"), else None."""
        term = stem(fold(word))
        if (
            len(term) < _LONG_ENOUGH
            or not word.islower()
            or not word.isalpha()
            or any(self._occurs(one) for one in phrases)
        ):
            return None
        # The first two letters are hardly ever wrong.
        query = "SELECT term FROM vocabulary WHERE term >= ? AND term < ?"
        known = self._rows(query, (term[:2], term[0] + chr(ord(term[1]) + 1)))
        alike = [other for (other,) in known if abs(len(other) - len(term)) < 2]
        return next(iter(difflib.get_close_matches(term, alike, 1, _ALIKE)), None)

    def has_kin(self, word: str) -> bool:
        """Tell whether a paper has a word that begins as `word` does up to its ending."""
        begins = fold(word)[: max(len(word) - _ENDING, _LONG_ENOUGH)]
        if len(word) <= _LONG_ENOUGH or not begins.isalpha():
            return False
        query = "SELECT 1 FROM vocabulary WHERE term >= ? AND term < ? LIMIT 1"
        return bool(self._rows(query, (begins, begins[:-1] + chr(ord(begins[-1]) + 1))))

    def _occurs(self, phrase: str) -> bool:
        return all(self._knows(term) for term in phrase.split())

    def _short_forms(self, surfaces: Sequence[str]) -> dict[int, set[str]]:
        """Return, by place, abbreviations of long forms that a question's words belong to."""
        stems = [" ".join(stem(piece) for piece in parts(fold(word))) for word in surfaces]
        runs: dict[str, set[int]] = defaultdict(set)
        for first in range(len(stems)):
            for last in range(first + 1, min(first + 6, len(stems)) + 1):
                runs[" ".join(stems[first:last])].update(range(first, last))
        shorts: dict[int, set[str]] = defaultdict(set)
        select = "SELECT DISTINCT phrase, short FROM abbreviations WHERE phrase IN"
        for phrase, short in self._among(select, list(runs)):
            for place in runs[phrase]:
                shorts[place].add(stem(short))
        return shorts

    def _among(self, select: str, values: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a statement ending in IN, a few hundred values at a time."""
        for first in range(0, len(values), _AT_ONCE):
            some = values[first : first + _AT_ONCE]
            yield from self._rows(f"{select} ({','.join('?' * len(some))})", some)

    def _strengths(self, concept: Concept, total: int) -> dict[str, float]:
        """Return the saturated frequency (0…k1+1) of the concept's best phrase, by paper id."""
        strengths: dict[str, float] = {}
        query = """SELECT papers.id, bm25(texts, ?, 1.0) FROM texts
                   JOIN papers ON papers.number = texts.rowid WHERE texts MATCH ?"""
        for phrase in concept.phrases:
            rows = self._rows(query, (TITLE_WEIGHT, f'"{phrase}"'))
            # FTS5 multiplies by its own idf, which differs between a concept's phrases: take it
            # out.
            idf = (
                max(math.log((total - len(rows) + 0.5) / (len(rows) + 0.5)), 1e-6) if rows else 1.0
            )
            for identifier, score in rows:
                strengths[identifier] = max(strengths.get(identifier, 0.0), -score / idf)
        return strengths

    def _total(self) -> int:
        return int(self._rows("SELECT count(*) FROM papers")[0][0])

    def _knows(self, term: str) -> bool:
        return bool(self._rows("SELECT 1 FROM vocabulary WHERE term = ?", (term,)))

    def _add(self, paper: Paper) -> None:
        insert = "INSERT INTO papers (id, hash) VALUES (?, ?)"
        number = self._connection.execute(insert, (paper.id, paper.content_hash)).lastrowid
        # The words of an order to an assistant must not bring its paper up.
        searched = prompt_injection.cleaned(paper)
        texts = (" ".join(index_terms(searched.title)), " ".join(index_terms(searched.abstract)))
        self._connection.execute(
            "INSERT INTO texts (rowid, title, abstract) VALUES (?, ?, ?)", (number, *texts)
        )
        rows = [
            (_short_key(short), long, _phrase(long), number)
            for short, long in definitions(searched.abstract)
        ]
        insert = "INSERT INTO abbreviations (short, long, phrase, number) VALUES (?, ?, ?, ?)"
        self._connection.executemany(insert, rows)

    def _remove(self, identifier: str) -> None:
        (number,) = self._connection.execute(
            "SELECT number FROM papers WHERE id = ?", (identifier,)
        ).fetchone()
        self._connection.execute("DELETE FROM texts WHERE rowid = ?", (number,))
        self._connection.execute("DELETE FROM abbreviations WHERE number = ?", (number,))
        self._connection.execute("DELETE FROM papers WHERE number = ?", (number,))


def _idf(frequency: int, total: int) -> float:
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))


def _mark(paper: Paper | None) -> str | None:
    return paper.content_hash if paper else None


def _phrase(text: str) -> str:
    return " ".join(stem(piece) for word in words(text) for piece in parts(word))


def _short_key(short: str) -> str:
    return joined(short.lower()).removesuffix("s")


def _may_abbreviate(word: str) -> bool:
    """Tell whether a word reads as an abbreviation: "t2i" or "nmt" does, "raft" does not."""
    if len(word) < 2 or any(c.isdigit() for c in word):
        return len(word) > 1
    if any(c.isupper() for c in word[1:]):
        return True
    return len(word) > 2 and not re.search(r"[^aeiou][aeiouy][^aeiou]", word)
