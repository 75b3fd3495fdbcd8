"""A model's replies kept by model and prompt, so that the same question is not paid for twice."""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)
_MOST = 20_000  # replies
_LOCK_SECONDS = 5.0
_TABLE = "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL)"
_TRIM = """DELETE FROM replies WHERE rowid <=
    (SELECT MAX(rowid) FROM replies) - ?"""


class ReplyCache:
    """Replies in an SQLite file, the newest 20,000; one that cannot be used keeps nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, key: str) -> str | None:
        """Return the reply kept under `key`, None for none."""
        row = self._run("SELECT reply FROM replies WHERE key = ?", key)
        return str(row[0]) if row else None

    def put(self, key: str, reply: str) -> None:
        """Keep a whole reply."""
        self._run("INSERT OR REPLACE INTO replies VALUES (?, ?)", key, reply)
        self._run(_TRIM, _MOST)

    def drop(self, key: str) -> None:
        """Forget the reply kept under `key`."""
        self._run("DELETE FROM replies WHERE key = ?", key)

    def _run(self, statement: str, *values: object) -> tuple[Any, ...] | None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=_LOCK_SECONDS)) as file, file:
                file.execute(_TABLE)
                row: tuple[Any, ...] | None = file.execute(statement, values).fetchone()
                return row
        except (sqlite3.Error, OSError) as error:
            _log.warning("%s cannot be used (%s)", self._path, error)
            return None


def key_of(model: str, prompt: str, schema: Mapping[str, Any] | None) -> str:
    """Return what a reply is kept under: model, prompt and schema, as a digest."""
    asked = json.dumps([model, prompt, schema], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()
