"""The keyword index: BM25 over titles and abstracts in an SQLite file, updated paper by paper.

Terms are looked up in its `postings`, phrases of several in FTS5. Everything in it comes from the
papers in the store, so a missing or damaged file is simply built again.
"""

from __future__ import annotations

import difflib
import json
import math
import re
import sqlite3
import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.index import postings
from assistant.index.papers import fingerprint_of
from assistant.index.postings import TITLE_WEIGHT, Postings, Strengths
from assistant.index.sqlite import CHECKED_AT_ONCE, LISTED, check, connect, get_fact, put_fact
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

_FORMAT = f"7, {STEMMER}"
# A misspelling is a long word with one letter wrong, missing, or too many.
_LONG_ENOUGH, _ALIKE = 6, 0.88
_ENDING, _MOST_KIN = 3, 8  # letters in which forms of a word differ, and how many are taken
_SHORTEST_NAME, _SIZE = 4, re.compile(r"\d+[kmb]?")
# A question of words is shorter: 4,000 characters of signs that fold to several words each are not.
_MOST_WORDS = 800
_PHRASES = 16  # that are remembered, each with up to 16 bytes a paper
_LIKENESS = frozenset("like style based type ish esque inspired".split())
_SCHEMA = f"""
CREATE TABLE papers (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, hash TEXT NOT NULL);
CREATE VIRTUAL TABLE texts USING fts5 (title, abstract, tokenize = "unicode61 remove_diacritics 0");
CREATE TABLE abbreviations (
    short TEXT NOT NULL, long TEXT NOT NULL, phrase TEXT NOT NULL, number INTEGER NOT NULL
);
CREATE INDEX abbreviations_short ON abbreviations (short);
CREATE INDEX abbreviations_phrase ON abbreviations (phrase);
{postings.SCHEMA}"""


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing asked about: its surface form, its stemmed phrases, and how often it is said."""

    surface: str
    phrases: tuple[str, ...]
    count: int = 1


@dataclass(frozen=True, slots=True)
class KeywordScores:
    """BM25 of one question: `scores` by the numbers of papers, the numbers of those that hold each
    concept, each concept's idf, and in how many papers it is.
    """

    scores: NDArray[np.float64]
    found: tuple[NDArray[np.int64], ...]
    weights: tuple[float, ...]
    frequencies: tuple[int, ...]

    @classmethod
    def none(cls) -> KeywordScores:
        """Return those of no question."""
        return cls(np.zeros(0), (), (), ())

    def coverage(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the share (0…1) of the question's idf weight that is in each of some papers."""
        found = np.zeros(len(numbers))
        for weight, papers in zip(self.weights, self.found, strict=True):
            if papers.size:  # ascending: to look a few up is faster than to compare all
                places = np.searchsorted(papers, numbers).clip(max=len(papers) - 1)
                found += weight * (papers[places] == numbers)
        return found / (sum(self.weights) or 1.0)


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
        self._postings = Postings(self._connection)
        self._path = path
        # FTS5 takes a microsecond a paper, and a question's core has the phrases of the whole.
        self._phrases = lru_cache(_PHRASES)(self._of_phrase)

    @classmethod
    def rebuilt(
        cls,
        path: Path | None,
        papers: Mapping[str, Paper],
        numbers: Mapping[str, int] | None = None,
    ) -> KeywordIndex:
        """Return the index at `path` holding exactly `papers`, as `sync`, anew if unusable."""
        index = None
        try:
            index = cls(path)
            index.sync(papers, numbers)
            index.check()
        except sqlite3.DatabaseError:
            if path is None:
                raise
            if index:
                index.close()  # Windows deletes no file that is open
            path.unlink(missing_ok=True)
            index = cls(path)
            index.sync(papers, numbers)
        return index

    def close(self) -> None:
        """Release the file; whoever still reads then gets sqlite3.ProgrammingError."""
        with self._lock:
            self._connection.close()

    def _rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def sync(self, papers: Mapping[str, Paper], numbers: Mapping[str, int] | None = None) -> int:
        """Make the index hold exactly `papers`, by these numbers (None: new papers get the next
        ones); return how many it touched.
        """
        rows = self._connection.execute("SELECT id, number, hash FROM papers")
        held = {identifier: (number, mark) for identifier, number, mark in rows}
        given = numbers or {key: number for key, (number, _) in held.items()}
        wanted = {key: (given.get(key), one.content_hash) for key, one in papers.items()}
        stale = [key for key, mark in held.items() if wanted.get(key) != mark]
        fresh = [paper for key, paper in papers.items() if held.get(key) != wanted[key]]
        self._phrases.cache_clear()
        with self._connection:
            kept = {paper.id for paper in fresh if self._restate(paper, held, given)}
            for identifier in stale:
                if identifier not in kept:
                    self._remove(identifier)
            self._add([paper for paper in fresh if paper.id not in kept], numbers)
            hashes = {identifier: paper.content_hash for identifier, paper in papers.items()}
            put_fact(self._connection, "fingerprint", fingerprint_of(hashes))
        return len({*stale, *(paper.id for paper in fresh)})

    def holds(self, fingerprint: str) -> bool:
        """Tell whether the index holds the papers of `fingerprint`; may raise DatabaseError."""
        if self._path is None or self._path.stat().st_size <= CHECKED_AT_ONCE:
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
        """Return BM25 of every paper, 0 of one that holds none of the concepts' phrases."""
        with self._lock:
            scores = np.zeros(len(self._postings.lengths.is_there))
            found = [self._strengths(concept) for concept in concepts]
        total = self._total()
        weights = tuple(_idf(len(one.numbers), total) for one in found)
        for concept, weight, one in zip(concepts, weights, found, strict=True):
            scores[one.numbers] += concept.count * weight * one.values
        return KeywordScores(
            scores,
            tuple(one.numbers for one in found),
            weights,
            tuple(len(one.numbers) for one in found),
        )

    def numbered(self, ids: Collection[str]) -> dict[int, str]:
        """Return the ids of those of some papers that are there, by their numbers."""
        return dict(self._among("SELECT number, id FROM papers WHERE id IN", [*ids]))

    def ids(self, numbers: Sequence[int] | NDArray[np.int64]) -> list[str]:
        """Return the ids of papers by their numbers, ascending."""
        rows = self._among("SELECT number, id FROM papers WHERE number IN", [*map(int, numbers)])
        return [identifier for _, identifier in sorted(rows)]

    def best(self, scores: NDArray[np.float64], number: int | None = None) -> dict[str, float]:
        """Return the papers with the highest of `scores` (by their numbers) above 0, best first."""
        best = best_numbers(scores, len(scores) if number is None else number)
        ids = dict(zip(np.sort(best).tolist(), self.ids(best), strict=True))
        return {ids[one]: float(scores[one]) for one in best.tolist()}

    @property
    def every(self) -> NDArray[np.int64]:
        """The numbers of all papers, ascending."""
        with self._lock:
            return np.flatnonzero(self._postings.lengths.is_there)

    def concepts(self, question: str) -> list[Concept]:
        """Return what a question asks about, with variants the corpus itself vouches for.

        Variants: closed-up and open compounds ("pre-training", "pretraining", "fine tuning"), and
        abbreviations with what they stand for, both ways.
        """
        surfaces = surface_words(question)[:_MOST_WORDS]
        shorts = self._short_forms(surfaces)
        # A word said twice is looked up once.
        variants, open_compound = cache(self._variants), cache(self._open_compound)
        instead = cache(self._instead)
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
            phrases = (*phrases, *instead(word, phrases))
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
        asked = dict.fromkeys(terms)
        with self._lock:
            found = self._postings.frequencies(asked)
        total = self._total()
        return {term: _idf(found.get(term, 0), total) for term in asked}

    def weighted(
        self, terms: Mapping[str, float], numbers: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the saturated frequencies of stems, by these weights, in papers by number."""
        with self._lock:
            size = len(self._postings.lengths.is_there)
            scores, wanted = np.zeros(size), np.zeros(size, np.bool_)
            wanted[numbers] = True
            for term, weight in terms.items():
                one = self._postings.strengths(term, wanted)
                scores[one.numbers] += weight * one.values
        return scores[numbers]

    def terms(self, numbers: Sequence[int]) -> dict[int, tuple[list[str], list[str]]]:
        """Return the terms of the titles and abstracts of papers by number."""
        rows = self._among("SELECT rowid, title, abstract FROM texts WHERE rowid IN", numbers)
        return {number: (title.split(), abstract.split()) for number, title, abstract in rows}

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
        variants += self._sizes(variants[0])
        return variants + [_phrase(long) for long in self.long_forms(word)]

    def _sizes(self, term: str) -> list[str]:
        """Return the corpus's words that are a name with a size or a version after it
        ("webvid10m", "wav2vec2").
        """
        if len(term) < _SHORTEST_NAME or term[-1].isdigit():
            return []
        with self._lock:
            known = self._postings.between(f"{term}0", f"{term}:")
        return [one for one in known if _SIZE.fullmatch(one, len(term))]

    def _instead(self, word: str, phrases: Sequence[str]) -> tuple[str, ...]:
        """Return the corpus's words for one that it has not: those that begin as it does
        ("electrocardiograms", "electrocardiography"), else the one that it misspells
        ("halucination").
        """
        term = stem(fold(word))
        if (
            len(term) < _LONG_ENOUGH
            or not word.islower()
            or not word.isalpha()
            or any(self._occurs(one) for one in phrases)
        ):
            return ()
        if kin := self._kin(word):
            return tuple(kin)
        # The first two letters are hardly ever wrong.
        with self._lock:
            known = self._postings.between(term[:2], term[0] + chr(ord(term[1]) + 1))
        alike = [other for other in known if abs(len(other) - len(term)) < 2]
        return tuple(difflib.get_close_matches(term, alike, 1, _ALIKE))

    def has_kin(self, word: str) -> bool:
        """Tell whether a paper has a word that begins as `word` does up to its ending."""
        return bool(self._kin(word))

    def _kin(self, word: str) -> list[str]:
        begins = fold(word)[: max(len(word) - _ENDING, _LONG_ENOUGH)]
        if len(word) <= _LONG_ENOUGH or not begins.isalpha():
            return []
        end = begins[:-1] + chr(ord(begins[-1]) + 1)
        with self._lock:
            return self._postings.between(begins, end, _MOST_KIN)

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

    def _among(self, select: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Return the rows of a statement ending in IN, of any number of values."""
        return self._rows(f"{select} {LISTED}", (json.dumps(values),))

    def _strengths(self, concept: Concept) -> Strengths:
        """Return the saturated frequency of the concept's best phrase in each paper."""
        return Strengths.joined(
            [
                self._phrases(phrase) if " " in phrase else self._postings.strengths(phrase)
                for phrase in concept.phrases
            ]
        )

    def _of_phrase(self, phrase: str) -> Strengths:
        query = "SELECT rowid, -bm25(texts, ?, 1.0) FROM texts WHERE texts MATCH ? ORDER BY rowid"
        rows = self._rows(query, (float(TITLE_WEIGHT), f'"{phrase}"'))
        found = np.array(rows, np.float64).reshape(-1, 2)
        # FTS5 multiplies by its own idf.
        total = self._total()
        idf = max(math.log((total - len(rows) + 0.5) / (len(rows) + 0.5)), 1e-6)
        return Strengths(found[:, 0].astype(np.int64), found[:, 1] / idf)

    def _total(self) -> int:
        with self._lock:
            return self._postings.lengths.papers

    def _knows(self, term: str) -> bool:
        with self._lock:
            return bool(self._postings.frequencies([term]))

    def _restate(
        self, paper: Paper, held: Mapping[str, tuple[int, str]], numbers: Mapping[str, int]
    ) -> bool:
        """Give a paper whose words and number are as they were its new content hash; tell whether
        they are.
        """
        number, _ = held.get(paper.id, (None, ""))
        if number is None or numbers.get(paper.id) != number:
            return False
        query = "SELECT title, abstract FROM texts WHERE rowid = ?"
        if self._rows(query, (number,)) != [tuple(map(" ".join, _terms(paper)))]:
            return False
        update = "UPDATE papers SET hash = ? WHERE number = ?"
        self._connection.execute(update, (paper.content_hash, number))
        return True

    def _add(self, papers: Sequence[Paper], numbers: Mapping[str, int] | None) -> None:
        if not papers:
            return
        ((following,),) = self._rows("SELECT coalesce(max(number), -1) + 1 FROM papers")
        numbers = numbers or {one.id: following + n for n, one in enumerate(papers)}
        added = [numbers[one.id] for one in papers]
        fits = self._postings.fits(added)
        for number, paper in zip(added, papers, strict=True):
            self._add_texts(paper, number)
        texts = "SELECT rowid, title, abstract FROM texts"
        if fits:
            rows = self._connection.execute(
                f"{texts} WHERE rowid IN {LISTED}", (json.dumps(added),)
            )
        else:
            self._postings.clear()
            rows = self._connection.execute(texts)
        self._postings.add((row[0], row[1].split(), row[2].split()) for row in rows)

    def _add_texts(self, paper: Paper, number: int) -> None:
        insert = "INSERT INTO papers (number, id, hash) VALUES (?, ?, ?)"
        self._connection.execute(insert, (number, paper.id, paper.content_hash))
        texts = map(" ".join, _terms(paper))
        self._connection.execute(
            "INSERT INTO texts (rowid, title, abstract) VALUES (?, ?, ?)", (number, *texts)
        )
        rows = [
            (_short_key(short), long, _phrase(long), number)
            for short, long in definitions(prompt_injection.cleaned(paper).abstract)
        ]
        insert = "INSERT INTO abbreviations (short, long, phrase, number) VALUES (?, ?, ?, ?)"
        self._connection.executemany(insert, rows)

    def _remove(self, identifier: str) -> None:
        ((number,),) = self._rows("SELECT number FROM papers WHERE id = ?", (identifier,))
        held = self._rows("SELECT title, abstract FROM texts WHERE rowid = ?", (number,))
        self._postings.remove(number, [term for text in held for term in " ".join(text).split()])
        self._connection.execute("DELETE FROM texts WHERE rowid = ?", (number,))
        self._connection.execute("DELETE FROM abbreviations WHERE number = ?", (number,))
        self._connection.execute("DELETE FROM papers WHERE number = ?", (number,))


def best_numbers(
    scores: NDArray[np.float64], number: int, among: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Return the numbers of the papers with the highest scores above 0, best first, of those that
    `among` allows; of equal ones those of the lowest numbers.
    """
    found = np.flatnonzero(scores > 0 if among is None else (scores > 0) & among)
    if len(found) > number:
        least = np.partition(scores[found], -number)[-number]
        found = found[scores[found] >= least]
    return found[np.argsort(-scores[found], kind="stable")][:number]


def _terms(paper: Paper) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the terms of title and abstract: the words of an order to an assistant must not bring
    its paper up.
    """
    searched = prompt_injection.cleaned(paper)
    return index_terms(searched.title), index_terms(searched.abstract)


def _idf(frequency: int, total: int) -> float:
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))


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
