"""SQLite files of an index: opened, made, or refused; the facts each keeps of itself."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def connect(path: Path | None, schema: str, layout: str, what: str) -> sqlite3.Connection:
    """Return a connection to the file at `path` (None: in memory), made with `schema` where it is
    new.

    Raises sqlite3.DatabaseError for a file that is damaged or of another layout; `what` names it.
    """
    connection = sqlite3.connect(path or ":memory:", check_same_thread=False, timeout=5)
    try:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if tables and ("about" not in tables or get_fact(connection, "format") != layout):
            raise sqlite3.DatabaseError(f"the {what} has another format")
        if not tables:
            about = "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
            mark = f"INSERT INTO about VALUES ('format', '{layout}');"
            connection.executescript(f"BEGIN; {about} {schema} {mark} COMMIT;")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def get_fact(connection: sqlite3.Connection, name: str) -> str | None:
    """Return what the file says of itself under `name`, None where it says nothing."""
    row = connection.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else None


def put_fact(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Make the file say `value` of itself under `name`; the caller commits."""
    connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))
