"""Records of half a paper each → records of whole ones; what waits lies in a temporary file."""

import json
from collections.abc import Iterator

from ingest.formats.format import Record, record_of
from ingest.spool import TemporaryTables

PAPER, ABSTRACT, OTHER = "paper", "abstract", "other"
_SCHEMA = """
CREATE TABLE halves (key TEXT NOT NULL, kind TEXT NOT NULL, place TEXT NOT NULL,
    source TEXT NOT NULL, fields TEXT NOT NULL, joined INTEGER NOT NULL, PRIMARY KEY (key, kind));
"""


class Halves:
    """Halves of papers by what joins them."""

    def __init__(self) -> None:
        self._rows = TemporaryTables(_SCHEMA).rows
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
