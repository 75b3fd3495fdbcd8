"""One SQLite file that several threads and processes share, readable by its owner only."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from assistant.errors import KeepingError
from assistant.index.sqlite import connect

_WAIT = 30.0
"""Seconds that a call waits for another process."""


class SharedSqlite:
    """A SQLite file at `path`, made with `schema` where it is new; what is deleted from it is
    overwritten.

    KeepingError when it cannot be made or used, is damaged or of another `layout`.
    """

    def __init__(self, path: Path, schema: str, layout: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Two processes that begin at once would both make the tables.
            with FileLock(path.with_name(path.name + ".lock"), timeout=_WAIT):
                # SQLite gives the files beside it the same mode.
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
                self._connection = self._opened(schema, layout)
        except Timeout as error:
            raise KeepingError(
                f"another process holds {path}.lock; end it and try again"
            ) from error
        except OSError as error:
            reason = error.strerror or error
            raise KeepingError(
                f"{path} cannot be used ({reason}); choose another folder with --data-dir"
            ) from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection for one consistent look, while no other thread has it."""
        with self._lock, self._translated():
            yield from self._transaction("BEGIN")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection for changes that happen altogether or not at all."""
        with self._lock, self._translated():
            yield from self._transaction("BEGIN IMMEDIATE")

    def purge(self) -> None:
        """Take what was deleted out of the log of changes too, unless another process reads it."""
        with self._lock, self._translated():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._connection.close()

    def _opened(self, schema: str, layout: str) -> sqlite3.Connection:
        with self._translated():
            connection = connect(self._path, schema, layout, "file")
            connection.isolation_level = None  # transactions are begun below, by name
            connection.execute(f"PRAGMA busy_timeout={int(_WAIT * 1000)}")
            for pragma in ("journal_mode=WAL", "foreign_keys=ON", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            return connection

    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        self._connection.execute(begin)
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, sqlite3.ProgrammingError) as error:
            raise KeepingError(f"{self._path} cannot be used ({error}); try again") from error
        except sqlite3.DatabaseError as error:
            raise KeepingError(
                f"{self._path} is damaged or no file of ours ({error}); move it away"
            ) from error


def owner_key(owner: str) -> bytes:
    """Return an owner as bytes: no two have the same, whatever characters they are made of."""
    return owner.encode("utf-8", "surrogatepass")
