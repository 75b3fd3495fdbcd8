"""What each file said of the papers of an index, and their keys: an SQLite file."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

from assistant.index.layout import Folder, State
from assistant.index.papers import PaperRecords
from assistant.index.sqlite import check, connect, get_fact, put_fact, told_as_damage
from assistant.types import Paper, RecordFacts
from ingest.enrich import unasked
from ingest.same_paper import KEYS_VERSION, MergedPaper, SourceRecord, keys_of, origins_of

FILE = "sources.sqlite3"
_FORMAT = "1"
# What was said is NULL of a paper that proved to be another one, until it is removed.
_SCHEMA = """
CREATE TABLE papers (id TEXT PRIMARY KEY, said TEXT);
CREATE TABLE keys (key TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (key, id)) WITHOUT ROWID;
CREATE INDEX keys_of ON keys (id);
"""
_SLICE = 500


class SourceRecords:
    """An index's papers with their records; after a kill it knows less than it, never more."""

    def __init__(self, path: Path | None, papers: PaperRecords) -> None:
        """Open the file at `path`, or know only the `papers` themselves where there is none."""
        self._connection = connect(path, _SCHEMA, _FORMAT, "list of records")
        self._papers = papers
        self._folder = (path or Path()).parent
        self._places = self._current_places()

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def count(self) -> int:
        """Return how many papers there were when the file was opened, or completed."""
        return len(self._places)

    def paper(self, identifier: str) -> MergedPaper | None:
        """Return the paper of an id."""
        found = self._papers.of([identifier])
        return self._merged(found[identifier]) if found else None

    def papers(self) -> Iterator[MergedPaper]:
        """Yield all papers, in order."""
        yield from map(self._merged, self._papers.papers().values())

    def by_key(self, key: str, most: int) -> list[str]:
        """Return the ids of the first papers that a key is known of."""
        found = [one for (one,) in self._rows("SELECT id FROM keys WHERE key = ?", key)]
        return sorted((one for one in found if one in self._places), key=self._places.get)[:most]  # type: ignore[arg-type]

    def said(self, identifier: str) -> tuple[SourceRecord, ...]:
        """Return what files said of a paper, none where it is not known."""
        for (said,) in self._rows("SELECT said FROM papers WHERE id = ?", identifier):
            with told_as_damage(self._folder):
                return tuple(
                    SourceRecord(source, _paper(given), stored=True)
                    for source, given in json.loads(said or "[]")
                )
        return ()

    def put(self, papers: Iterable[MergedPaper]) -> None:
        """Keep what files said of papers; those `joined` with them have nothing more to say."""
        with told_as_damage(self._folder, writing=True), self._connection:
            for one in papers:
                rows = [(record.source, _fields(record.paper)) for record in one.records]
                said = json.dumps(rows, ensure_ascii=False)
                for key, text in ((one.paper.id, said), *((each, None) for each in one.joined)):
                    self._connection.execute(
                        "INSERT OR REPLACE INTO papers VALUES (?, ?)", (key, text)
                    )
                    self._connection.execute("DELETE FROM keys WHERE id = ?", (key,))
                rows_of_keys = [(key, one.paper.id) for key in one.keys]
                self._connection.executemany(
                    "INSERT OR IGNORE INTO keys VALUES (?, ?)", rows_of_keys
                )

    def remove(self, ids: Iterable[str]) -> None:
        """Drop what is known of papers."""
        some = [(one,) for one in ids]
        with told_as_damage(self._folder, writing=True), self._connection:
            self._connection.executemany("DELETE FROM papers WHERE id = ?", some)
            self._connection.executemany("DELETE FROM keys WHERE id = ?", some)

    def joined(self) -> list[str]:
        """Return the papers that were joined with others, and are still there after a kill."""
        return [one for (one,) in self._rows("SELECT id FROM papers WHERE said IS NULL")]

    def complete(self) -> None:
        """Know every paper of the index by today's keys, and no other."""
        self._places = self._current_places()
        known = {one for (one,) in self._rows("SELECT id FROM papers")}
        self.remove(known - self._places.keys())
        with told_as_damage(self._folder, writing=True):
            if get_fact(self._connection, "keys") != KEYS_VERSION:
                known = set()
        lacking = sorted(self._places.keys() - known)
        for first in range(0, len(lacking), _SLICE):
            some = self._papers.of(lacking[first : first + _SLICE])
            self.put(map(self._merged, some.values()))
        with told_as_damage(self._folder, writing=True), self._connection:
            put_fact(self._connection, "keys", KEYS_VERSION)

    def check(self) -> None:
        """Raise sqlite3.DatabaseError where the file is damaged."""
        check(self._connection)

    def _current_places(self) -> dict[str, int]:
        return {key: place for place, key in enumerate(self._papers.hashes())}

    def _merged(self, paper: Paper) -> MergedPaper:
        records = self.said(paper.id) or of_no_file(paper)
        known = [key for (key,) in self._rows("SELECT key FROM keys WHERE id = ?", paper.id)]
        plain = (key for one in (paper, *(one.paper for one in records)) for key in keys_of(one))
        keys = tuple(dict.fromkeys([*known, *origins_of(records), *plain]))
        return MergedPaper(paper, records, keys, self._places.get(paper.id, -1))

    def _rows(self, query: str, *values: object) -> list[Any]:
        with told_as_damage(self._folder):
            return self._connection.execute(query, values).fetchall()


def path_of(folder: Folder, state: State) -> Path:
    """Return where the records of an index lie."""
    return folder.papers(state).with_name(FILE)


def open_records(
    folder: Folder, state: State, papers: PaperRecords, writing: bool = False
) -> SourceRecords:
    """Return the records of an index, if it has them; a damaged file is begun anew to write."""
    path = path_of(folder, state)
    if not writing and not path.is_file():
        return SourceRecords(None, papers)
    try:
        return SourceRecords(path, papers)
    except sqlite3.OperationalError:
        raise  # it is not the file's fault
    except sqlite3.DatabaseError:
        if writing:
            path.unlink()
        return SourceRecords(path if writing else None, papers)


def fields_by_source(folder: Folder, papers: Iterable[Paper]) -> dict[str, dict[str, list[str]]]:
    """Return, of papers that several files know, which file each field is from, by id."""
    if (reading := folder.opened()) is None:
        return {}
    with (
        closing(reading),
        closing(PaperRecords(folder.papers(reading.state), None)) as listed,
        closing(open_records(folder, reading.state, listed)) as known,
    ):
        return {
            paper.id: _by_source(paper, records)
            for paper in papers
            if len(records := known.said(paper.id)) > 1
        }


def _by_source(paper: Paper, records: Sequence[SourceRecord]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in _plain(paper).items():
        said = (one.source for one in records if _plain(one.paper).get(name) == value)
        if value and name != "looked_up" and (source := next(said, None)) is not None:
            found.setdefault(source, []).append(name)
    return found


def _plain(paper: Paper) -> dict[str, Any]:
    fields = _fields(paper)
    return {**fields, **fields["facts"], "id": None, "facts": None, "url": paper.page}


def of_no_file(paper: Paper) -> tuple[SourceRecord, ...]:
    """Return the record of a paper of an index where nobody knows its file."""
    return (SourceRecord("", unasked(paper), stored=True),)


def _fields(paper: Paper) -> dict[str, Any]:
    given = {one.name: getattr(paper, one.name) for one in fields(paper)}
    return {**given, "facts": paper.facts.known()}


def _paper(given: Mapping[str, Any]) -> Paper:
    about: dict[str, Any] = {
        name: tuple(one) if isinstance(one, list) else one for name, one in given.items()
    }
    return Paper(**(about | {"facts": RecordFacts.of(given["facts"])}))
