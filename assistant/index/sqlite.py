"""SQLite files of an index: opened, made, or refused; the facts each keeps of itself."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from assistant.errors import StoreError, WriteError
from assistant.index.layout import rebuild_hint, write_failure

CHECKED_AT_ONCE = 32_000_000
"""Bytes of a file that is checked when it is opened: that takes 3 ms a megabyte, which opening a
large index should not wait for; an ingest does."""
LISTED = "(SELECT value FROM json_each(?))"
"""What stands behind IN in a statement for any number of values, given as one in JSON."""
# What the file system refused, by SQLite's primary codes; a file is damaged by none of these.
_REFUSED = (
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
)


Row = TypeVar("Row")


class OtherFormatError(sqlite3.DatabaseError):
    """A file that another version of this package wrote."""


@dataclass(slots=True)
class ReadRows(Generic[Row]):
    """The rows of papers that were read last, by id, up to so many (`most`); from any thread."""

    most: int
    _held: dict[str, Row] = field(init=False, default_factory=dict)

    def get(
        self, ids: Sequence[str], read: Callable[[list[str]], dict[str, Row]]
    ) -> dict[str, Row]:
        """Return the rows of those of some papers that have one, in their order; `read` returns
        those that are not held.
        """
        held = self._held  # another thread may put a new one in its place
        anew = read([key for key in ids if key not in held])
        found = {
            key: anew[key] if key in anew else held[key]
            for key in ids
            if key in anew or key in held
        }
        self._held = {**held, **anew} if len(held) + len(anew) <= self.most else anew
        return found

    def forget(self) -> None:
        """Hold none, since the file has changed."""
        self._held = {}


def connect(path: Path | None, schema: str, layout: str, what: str) -> sqlite3.Connection:
    """Return a connection to the file at `path` (None: in memory), made with `schema` where it is
    new.

    Raises sqlite3.DatabaseError for a file that is damaged or of another layout; `what` names it.
    """
    connection = sqlite3.connect(path or ":memory:", check_same_thread=False, timeout=5)
    try:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if tables and ("about" not in tables or get_fact(connection, "format") != layout):
            raise OtherFormatError(f"the {what} has another format")
        if not tables:
            about = "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
            mark = f"INSERT INTO about VALUES ('format', '{layout}');"
            connection.executescript(f"BEGIN; {about} {schema} {mark} COMMIT;")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def check(connection: sqlite3.Connection) -> None:
    """Raise sqlite3.DatabaseError where SQLite finds the file damaged."""
    (state,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if state != "ok":
        raise sqlite3.DatabaseError(state)


@contextmanager
def told_as_damage(folder: Path, writing: bool = False) -> Iterator[None]:
    """Turn what a damaged file of the index in `folder` raises into a StoreError; while `writing`,
    a full disk is told as one.
    """
    try:
        yield
    except (sqlite3.DatabaseError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:120]
        if writing and getattr(error, "sqlite_errorcode", 0) & 0xFF in _REFUSED:
            raise WriteError(write_failure(folder, reason)) from error
        other = isinstance(error, OtherFormatError)
        told = f"was made by another version: {reason}" if other else f"is damaged ({reason})"
        raise StoreError(f"the index in {folder} {told}; {rebuild_hint(folder)}") from error


def get_fact(connection: sqlite3.Connection, name: str) -> str | None:
    """Return what the file says of itself under `name`, None where it says nothing."""
    row = connection.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else None


def put_fact(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Make the file say `value` of itself under `name`; the caller commits."""
    connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))
