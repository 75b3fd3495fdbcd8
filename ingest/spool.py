"""What was read, in temporary files: papers, each once, also over an index; halves of papers."""

import json
import pickle
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from assistant.errors import SourceError
from assistant.types import Paper
from ingest.formats.format import Record, record_of
from ingest.same_paper import MergedPaper, SourceRecord, origins_of
from ingest.source_records import SourceRecords

_SCHEMA = """
PRAGMA cache_size = -32000;
CREATE TABLE papers (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, place TEXT NOT NULL,
    read INTEGER NOT NULL, paper BLOB NOT NULL, records BLOB NOT NULL);
CREATE INDEX read ON papers (read, number);
CREATE TABLE keys (key TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (key, number))
    WITHOUT ROWID;
CREATE INDEX numbers ON keys (number);
"""
_HALVES = """
CREATE TABLE halves (key TEXT NOT NULL, kind TEXT NOT NULL, place TEXT NOT NULL,
    source TEXT NOT NULL, fields TEXT NOT NULL, joined INTEGER NOT NULL, PRIMARY KEY (key, kind));
"""
_SLICE = 500
PAPER, ABSTRACT, OTHER = "paper", "abstract", "other"
_MOST_OF_ONE_KEY = 20


class TemporaryTables:
    """SQLite tables in a file of the temporary folder, which goes when nobody holds them."""

    def __init__(self, schema: str) -> None:
        # The empty name is SQLite's for a file of its own in the temporary folder.
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        self._connection.executescript(schema)
        self._connection.execute("BEGIN")

    def rows(self, query: str, *values: object) -> list[Any]:
        """Return what a query finds; SourceError says what to do where the folder is full."""
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            problem = f"what was read cannot be kept in the temporary folder ({error})"
            raise SourceError(f"{problem}; make room, or set TMPDIR to another one") from error


class PaperSpool(Sequence[Paper]):
    """Papers in the order in which they were read, in a file that goes when nobody holds them.

    Over an index that one's papers are found too, and listed once a record was merged with them.
    """

    def __init__(self, over: SourceRecords | None = None) -> None:
        self._rows = TemporaryTables(_SCHEMA).rows
        self._count = 0
        self.over = over
        self._stored = self._next = over.count() if over else 0
        # The papers of the index that proved to be others, and the numbers of these.
        self._joined: dict[str, int] = {}

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Paper]:
        yield from (one.paper for one in self.all_held())

    def all_held(self) -> Iterator["Held"]:
        """Yield the papers as they are held."""
        last = -1
        query = f"{_HELD} WHERE read AND number > ? ORDER BY number LIMIT ?"
        while rows := self._rows(query, last, _SLICE):
            yield from (_to_held(*row) for row in rows)
            last = rows[-1][0]

    @overload
    def __getitem__(self, place: int) -> Paper: ...
    @overload
    def __getitem__(self, place: slice) -> list[Paper]: ...
    def __getitem__(self, place: int | slice) -> Paper | list[Paper]:
        wanted = range(len(self))[place]
        if isinstance(wanted, range):
            return [self[one] for one in wanted]
        query = "SELECT paper FROM papers WHERE read ORDER BY number LIMIT 1 OFFSET ?"
        paper: Paper = pickle.loads(self._rows(query, wanted)[0][0])
        return paper

    def holds(self, identifier: str) -> bool:
        """Tell whether a paper of an id is held, those of the index that were not needed aside."""
        return bool(self._rows("SELECT 1 FROM papers WHERE id = ?", identifier))

    def ids(self) -> set[str]:
        """Return the ids of the papers."""
        return {identifier for (identifier,) in self._rows("SELECT id FROM papers WHERE read")}

    def merged(self) -> Iterator[MergedPaper]:
        """Yield the papers with what they are known by."""
        joined: dict[int, list[str]] = {}
        for identifier, number in self._joined.items():
            joined.setdefault(number, []).append(identifier)
        for one in self.all_held():
            rows = self._rows("SELECT key FROM keys WHERE number = ?", one.number)
            keys = dict.fromkeys([*(key for (key,) in rows), *origins_of(one.records)])
            became = tuple(joined.get(one.number, ()))
            yield MergedPaper(one.paper, one.records, tuple(keys), one.number, became)

    def joined(self) -> set[str]:
        """Return the ids of the index's papers that proved to be the same as others."""
        return set(self._joined)

    def held(self, identifier: str) -> "Held | None":
        """Return the paper of an id."""
        self._take([identifier])
        return self._held(f"{_HELD} WHERE id = ?", identifier)

    def numbered(self, number: int) -> "Held | None":
        """Return the paper of a number."""
        return self._held(f"{_HELD} WHERE number = ?", number)

    def _held(self, query: str, value: object) -> "Held | None":
        return next((_to_held(*row) for row in self._rows(query, value)), None)

    def by_key(self, key: str) -> list[int]:
        """Return the numbers of the first papers that a key is known of."""
        if self.over:
            self._take(self.over.by_key(key, _MOST_OF_ONE_KEY))
        query = "SELECT number FROM keys WHERE key = ? ORDER BY number LIMIT ?"
        return [int(number) for (number,) in self._rows(query, key, _MOST_OF_ONE_KEY)]

    def _take(self, ids: Iterable[str]) -> None:
        """Take papers of the index in that are not held yet."""
        for identifier in ids:
            known = identifier in self._joined or self.holds(identifier)
            stored = self.over.paper(identifier) if self.over and not known else None
            if stored:
                self.append_stored(stored)

    def append_stored(self, one: MergedPaper, read: bool = False) -> None:
        """Add a paper of an index at its place there, as one that was `read` or not."""
        where = " and ".join(record.source for record in one.records if record.source)
        self._add(one.place, one.paper, where or "the corpus", one.records, read)
        self._next = max(self._next, one.place + 1)
        self._know(one.keys, one.place)

    def append(
        self, paper: Paper, place: str, keys: Sequence[str], records: Sequence[SourceRecord]
    ) -> None:
        """Add a paper of a new id."""
        number, self._next = self._next, self._next + 1
        self._joined.pop(paper.id, None)
        self._add(number, paper, place, records, True)
        self._know(keys, number)

    def _add(
        self, number: int, paper: Paper, place: str, records: Sequence[SourceRecord], read: bool
    ) -> None:
        row = (number, paper.id, place, read, pickle.dumps(paper), _packed(paper, records))
        self._rows("INSERT INTO papers VALUES (?, ?, ?, ?, ?, ?)", *row)
        self._count += read

    def change(
        self, known: "Held", paper: Paper, keys: Sequence[str], records: Sequence[SourceRecord]
    ) -> None:
        """Put what a paper is after a record was merged with it in its place."""
        query = "UPDATE papers SET paper = ?, records = ?, read = 1 WHERE number = ?"
        self._rows(query, pickle.dumps(paper), _packed(paper, records), known.number)
        self._count += not known.read
        self._know(keys, known.number)

    def drop(self, one: "Held", into: int) -> None:
        """Take a paper out that is the same as another one."""
        self._rows("DELETE FROM papers WHERE number = ?", one.number)
        self._count -= one.read
        became = [key for key, number in self._joined.items() if number == one.number]
        if one.number < self._stored:
            became.append(one.paper.id)
        self._joined |= dict.fromkeys(became, into)
        self._rows("UPDATE OR IGNORE keys SET number = ? WHERE number = ?", into, one.number)
        self._rows("DELETE FROM keys WHERE number = ?", one.number)

    def _know(self, keys: Sequence[str], number: int) -> None:
        for key in keys:
            self._rows("INSERT OR IGNORE INTO keys VALUES (?, ?)", key, number)


_HELD = "SELECT number, place, read, paper, records FROM papers"


def _packed(paper: Paper, records: Sequence[SourceRecord]) -> bytes:
    """Return records as bytes, without the text of those that are the paper itself."""
    rows = [(one.source, None if one.paper == paper else one.paper, one.stored) for one in records]
    return pickle.dumps(rows)


def _to_held(number: int, place: str, read: int, paper: bytes, records: bytes) -> "Held":
    whole: Paper = pickle.loads(paper)
    rows = pickle.loads(records)
    found = tuple(SourceRecord(source, own or whole, stored) for source, own, stored in rows)
    return Held(number, place, whole, found, bool(read))


@dataclass(frozen=True, slots=True)
class Held:
    """A paper in a spool, with the place of its first record; `read`, or in the index below."""

    number: int
    place: str
    paper: Paper
    records: tuple[SourceRecord, ...]
    read: bool = True


class Halves:
    """Halves of papers by what joins them."""

    def __init__(self) -> None:
        self._rows = TemporaryTables(_HALVES).rows
        self.count = 0

    def join(self, half: Record, source: str) -> tuple[Record, str] | None:
        """Return the whole record of a half, and its source, None before the other half came."""
        self.count += 1
        fields = half.fields or {}
        kind = PAPER if "title" in fields else ABSTRACT if "abstract" in fields else OTHER
        wanted = {PAPER: ABSTRACT, ABSTRACT: PAPER}.get(kind)
        found = self._rows(
            "SELECT place, source, fields FROM halves WHERE key = ? AND kind = ? AND NOT joined",
            half.half,
            wanted,
        )
        row = (half.half, kind, half.where, source, "" if found else json.dumps(fields))
        self._rows("INSERT OR IGNORE INTO halves VALUES (?, ?, ?, ?, ?, ?)", *row, bool(found))
        if not found:
            return None
        query = "UPDATE halves SET joined = 1, fields = '' WHERE key = ? AND kind = ?"
        self._rows(query, half.half, wanted)
        place, name, text = found[0]
        whole = {**fields, **json.loads(text)}
        if kind == PAPER:
            return record_of(half.where, whole), source
        return record_of(place, whole), name

    def alone(self, kind: str) -> Iterator[tuple[str, int, str]]:
        """Yield each file's name, how many halves of a kind miss the other, and one's place."""
        yield from self._rows(
            "SELECT source, count(*), min(place) FROM halves WHERE kind = ?"
            " AND NOT joined GROUP BY source ORDER BY source",
            kind,
        )
