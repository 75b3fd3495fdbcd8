"""Papers that were read, each once, kept in a temporary file: records of one paper are merged,
field by field.
"""

import pickle
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, overload

from assistant.errors import SourceError
from assistant.types import Paper
from ingest.record_fields import slug_id
from ingest.same_paper import (
    have_other_ids,
    have_other_people,
    keys_of,
    merge,
    share_title_or_author,
    tell_apart,
)

MOST_TOLD = 20
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -32000;
CREATE TABLE papers (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, hash TEXT NOT NULL,
    place TEXT NOT NULL, paper BLOB NOT NULL);
CREATE TABLE keys (key TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (key, number))
    WITHOUT ROWID;
CREATE INDEX numbers ON keys (number);
"""
_SLICE = 500
_MOST_OF_ONE_KEY = 20
_SAYS = {"doi": "DOI", "arxiv": "arXiv id", "pmid": "PMID", "title": "title and first author"}


class PaperSpool(Sequence[Paper]):
    """Papers in the order in which they were read, in a file that goes when nobody holds them."""

    def __init__(self) -> None:
        """Make the file."""
        # The empty name is SQLite's for a file of its own in the temporary folder.
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._connection.executescript(_SCHEMA)
        self._connection.execute("BEGIN")
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Paper]:
        last = -1
        while rows := self._rows(
            "SELECT number, paper FROM papers WHERE number > ? ORDER BY number LIMIT ?",
            last,
            _SLICE,
        ):
            yield from (pickle.loads(data) for _, data in rows)
            last = rows[-1][0]

    @overload
    def __getitem__(self, place: int) -> Paper: ...
    @overload
    def __getitem__(self, place: slice) -> list[Paper]: ...
    def __getitem__(self, place: int | slice) -> Paper | list[Paper]:
        wanted = range(len(self))[place]
        if isinstance(wanted, range):
            return [self[one] for one in wanted]
        row = self._row("SELECT paper FROM papers ORDER BY number LIMIT 1 OFFSET ?", wanted)
        paper: Paper = pickle.loads(row[0])
        return paper

    def held(self, identifier: str) -> "Held | None":
        """Return the paper of an id."""
        return self._held("SELECT number, hash, place, paper FROM papers WHERE id = ?", identifier)

    def numbered(self, number: int) -> "Held | None":
        """Return the paper of a number."""
        return self._held("SELECT number, hash, place, paper FROM papers WHERE number = ?", number)

    def _held(self, query: str, value: object) -> "Held | None":
        rows = self._rows(query, value)
        for number, digest, place, data in rows:
            return Held(number, digest, place, pickle.loads(data))
        return None

    def by_key(self, key: str) -> list[int]:
        """Return the numbers of the first papers that a key is known of."""
        query = "SELECT number FROM keys WHERE key = ? ORDER BY number LIMIT ?"
        return [int(number) for (number,) in self._rows(query, key, _MOST_OF_ONE_KEY)]

    def append(self, paper: Paper, place: str, keys: Sequence[str]) -> None:
        """Add a paper of a new id."""
        row = (paper.id, paper.content_hash, place, pickle.dumps(paper))
        self._rows("INSERT INTO papers (id, hash, place, paper) VALUES (?, ?, ?, ?)", *row)
        self._count += 1
        self._know(keys, int(self._row("SELECT last_insert_rowid()")[0]))

    def change(self, number: int, paper: Paper, keys: Sequence[str]) -> None:
        """Put another paper in the place of one."""
        row = (paper.content_hash, pickle.dumps(paper), number)
        self._rows("UPDATE papers SET hash = ?, paper = ? WHERE number = ?", *row)
        self._know(keys, number)

    def drop(self, number: int, into: int) -> None:
        """Take a paper out that is the same as another one."""
        self._rows("DELETE FROM papers WHERE number = ?", number)
        self._count -= 1
        self._rows("UPDATE OR IGNORE keys SET number = ? WHERE number = ?", into, number)
        self._rows("DELETE FROM keys WHERE number = ?", number)

    def _know(self, keys: Sequence[str], number: int) -> None:
        for key in keys:
            self._rows("INSERT OR IGNORE INTO keys VALUES (?, ?)", key, number)

    def _row(self, query: str, *values: object) -> Any:
        return self._rows(query, *values)[0]

    def _rows(self, query: str, *values: object) -> list[Any]:
        with _told_as_full():
            return self._connection.execute(query, values).fetchall()


@contextmanager
def _told_as_full() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        problem = f"what was read cannot be kept in the temporary folder ({error})"
        raise SourceError(f"{problem}; make room, or set TMPDIR to another one") from error


@dataclass(frozen=True, slots=True)
class Held:
    """A paper in a spool: its number there, its content hash, and the place of its first record."""

    number: int
    hash: str
    place: str
    paper: Paper


@dataclass(slots=True)
class Merging:
    """A spool into which records go: how many were of a paper that was there, and what was made of
    them, a line each of the first, and of how many none.
    """

    papers: PaperSpool = field(default_factory=PaperSpool)
    repeated: int = 0
    merged: int = 0
    untold: int = 0
    told: list[str] = field(default_factory=list)

    def add(self, paper: Paper, place: str) -> str:
        """Add a record's paper, or merge it with what is known of it; return what is odd, or ""."""
        keys = keys_of(paper)
        same, why = self._same(paper, keys)
        if same:
            self.repeated += 1
            self._merge(same, why, paper, place, keys)
            return ""
        known = self.papers.held(paper.id)
        if known is None:
            self.papers.append(paper, place, keys)
            return self._shared(keys, paper)
        for own in _own_ids(paper) if _are_two(known.paper, paper) else ():
            taken = self.papers.held(own)
            if taken is None:
                self.papers.append(replace(paper, id=own), place, keys)
                return f"not the paper of {known.place}, though of one id; this one is {own}"
            if taken.hash == paper.content_hash:
                known = taken
                break
        self.repeated += 1
        differs = known.hash != paper.content_hash
        return f"another record of {paper.id}; the first one is kept" if differs else ""

    def _shared(self, keys: Sequence[str], paper: Paper) -> str:
        """Return that another paper gives an id of this one, "" where none does."""
        for key in keys:
            kind, _, value = key.partition(":")
            numbers = self.papers.by_key(key) if kind != "title" else []
            for number in numbers if len(numbers) > 1 else ():
                held = self.papers.numbered(number)
                if held and held.paper.id != paper.id:
                    also = f"the paper of {held.place} has its {_SAYS[kind]} {value} too"
                    return f"{also}, but neither its title nor its first author; both are kept"
        return ""

    def notes(self) -> list[str]:
        """Return what was merged, a line each, and how much more."""
        more = f"… and {self.untold:,} more records were merged"
        return [*self.told, *([more] if self.untold else [])]

    def _same(self, paper: Paper, keys: Sequence[str]) -> tuple[list[Held], str]:
        """Return the papers that a record is of, in their order, and by what one is known: by the
        surest key the first, and what does not contradict that one.
        """
        found: dict[int, Held] = {}
        surest, why = None, ""
        for key in keys:
            kind = key.partition(":")[0]
            for number in self.papers.by_key(key):
                held = None if number in found else self.papers.numbered(number)
                if held is None or not _is_one(kind, held.paper, paper):
                    continue
                if surest is None or not have_other_ids(surest.paper, held.paper):
                    found[number] = held
                    surest, why = surest or held, why or _SAYS[kind]
        return [found[number] for number in sorted(found)], why

    def _merge(
        self, same: Sequence[Held], why: str, paper: Paper, place: str, keys: Sequence[str]
    ) -> None:
        first, *others = same
        if first.hash == paper.content_hash and not others:
            return
        whole, taken = merge(first.paper, paper)
        for other in others:
            whole, _ = merge(whole, other.paper)
            self.papers.drop(other.number, first.number)
            self.repeated += 1
        self.papers.change(first.number, whole, [*keys, *keys_of(whole)])
        self.merged += len(same)
        if len(self.told) == MOST_TOLD:
            self.untold += 1
            return
        later, former = _sources(place, first.place)
        took = f"{', '.join(taken)} from {later}, the rest from" if taken else "all of it from"
        also = f" and of {', '.join(one.place for one in others)}" if others else ""
        self.told.append(f"{place}: the paper of {first.place}{also} by its {why}; {took} {former}")


def _sources(*places: str) -> list[str]:
    """Return the files of some places, of one file the lines.

    >>> _sources("b.bib:1", "a.bib:7"), _sources("a.bib:9", "a.bib:7")
    (['b.bib', 'a.bib'], ['line 9', 'line 7'])
    """
    files = [place.rpartition(":")[0] for place in places]
    if len(set(files)) == len(files):
        return files
    return [f"line {place.rpartition(':')[2]}" for place in places]


def _is_one(kind: str, known: Paper, paper: Paper) -> bool:
    """Tell whether two records that share a key are of one paper."""
    if kind == "title":
        return not tell_apart(known, paper)
    return share_title_or_author(known, paper)


def _are_two(known: Paper, paper: Paper) -> bool:
    """Tell whether a record that would have the id of a known paper is of another one; an id that
    its file gives is taken at its word.
    """
    if paper.id == slug_id(paper.title):
        if known.authors and paper.authors:
            return tell_apart(known, paper)
        return have_other_ids(known, paper) or have_other_people(known, paper)
    return paper.id.startswith(("doi:", "arxiv:")) and not share_title_or_author(known, paper)


def _own_ids(paper: Paper) -> list[str]:
    """Return ids for a paper that cannot have its own, the plainest first."""
    told = f"{paper.title} {' '.join(paper.authors[:1])} {paper.year or ''}"
    return [slug_id(text) for text in (paper.title, told, f"{told} {paper.abstract}")]
