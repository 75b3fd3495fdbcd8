"""SQLite files beside an index: opened, made, or refused for their format."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def connect(path: Path | None, schema: str, layout: str, what: str) -> sqlite3.Connection:
    """Return a connection to the file at `path` (None: in memory), made with `schema` where it is new.

    Raises sqlite3.DatabaseError for a file that is damaged or of another layout; `what` names it.
    """
    connection = sqlite3.connect(path or ":memory:", check_same_thread=False, timeout=5)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    current = "about" in tables and connection.execute("SELECT value FROM about").fetchone() == (
        layout,
    )
    if tables and not current:
        connection.close()
        raise sqlite3.DatabaseError(f"the {what} has another format")
    if not tables:
        about = "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
        with connection:
            connection.executescript(
                f"BEGIN; {about} {schema} INSERT INTO about VALUES ('format', '{layout}'); COMMIT;"
            )
    return connection
