"""What catalogues know of papers: asked in batches, answers kept with their date."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from assistant.errors import Refused, WriteError
from assistant.index.layout import write_failure
from assistant.index.sqlite import LISTED, connect
from assistant.types import Paper
from ingest.services.catalogue import Catalogue, Fields
from ingest.services.client import Client

_SCHEMA = """
CREATE TABLE answers (service TEXT NOT NULL, id TEXT NOT NULL, fields TEXT NOT NULL,
    at REAL NOT NULL, PRIMARY KEY (service, id)) WITHOUT ROWID;
"""
_FORMAT = "1"
DAY = 86_400.0
_LONGEST = 90 * DAY
_OF_IDS = (400, 414, 422)  # statuses of an answer that does not take these ids; it may take others

Watch = Callable[[int, int], None]
"""Called with how many papers were looked up, of how many."""


class Answers:
    """Services' dated answers by id, {} for an unknown paper, in an SQLite file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._connection = connect(path, _SCHEMA, _FORMAT, "file of answers")
            except sqlite3.DatabaseError:
                path.unlink()
                self._connection = connect(path, _SCHEMA, _FORMAT, "file of answers")
            with self._connection:
                old = time.time() - _LONGEST
                self._connection.execute("DELETE FROM answers WHERE at < ?", (old,))
        except (OSError, sqlite3.Error) as error:
            raise WriteError(write_failure(path, str(error))) from error

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def get(self, service: str, ids: Sequence[str], since: float) -> dict[str, Fields]:
        """Return the answers to some ids that came after a time."""
        query = f"SELECT id, fields FROM answers WHERE service = ? AND at > ? AND id IN {LISTED}"
        rows = self._connection.execute(query, (service, since, json.dumps(ids)))
        return {key: json.loads(fields) for key, fields in rows}

    def put(self, service: str, answers: Mapping[str, Fields]) -> None:
        """Keep answers, with the time; WriteError where that cannot be."""
        now = time.time()
        rows = [(service, key, json.dumps(fields), now) for key, fields in answers.items()]
        try:
            with self._connection:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", rows
                )
        except sqlite3.Error as error:
            raise WriteError(write_failure(self._path, str(error))) from error


def look_up(
    papers: Sequence[Paper],
    catalogue: Catalogue,
    client: Client,
    answers: Answers,
    days: float,
    watch: Watch = lambda _done, _of: None,
) -> Iterator[tuple[Mapping[str, Fields], str]]:
    """Yield what a catalogue knows of papers, batch by batch, each with what is odd, or "".

    Answers of the last `days` are not asked for again. A paper that is not known by its surest id
    is looked up by the next one.
    """
    since, name = time.time() - days * DAY, catalogue.service.address
    keys = {paper.id: catalogue.keys(paper) for paper in papers}
    keys = {paper_id: own for paper_id, own in keys.items() if own}
    total = len(keys)
    while keys:
        wanted: dict[str, list[str]] = {}
        for paper_id, own in keys.items():
            wanted.setdefault(own[0], []).append(paper_id)
        known = answers.get(name, list(wanted), since)
        asked = _batches((key for key in wanted if key not in known), catalogue)
        for found, odd in _with_kept(known, asked, catalogue, client, answers):
            by_paper = {
                one: fields for key, fields in found.items() for one in wanted[key] if fields
            }
            for paper_id in by_paper:
                del keys[paper_id]
            yield by_paper, odd
            watch(total - len(keys), total)
        keys = {paper_id: own[1:] for paper_id, own in keys.items() if own[1:]}
    watch(total, total)


def _with_kept(
    known: Mapping[str, Fields],
    asked: Iterable[Sequence[str]],
    catalogue: Catalogue,
    client: Client,
    answers: Answers,
) -> Iterator[tuple[Mapping[str, Fields], str]]:
    yield known, ""
    for batch in asked:
        try:
            found = catalogue.ask(client, batch)
        except Refused as error:
            if error.status not in _OF_IDS:
                raise
            yield {}, f"{error}; {len(batch)} ids such as {batch[0]} are left out"
            continue
        # By its own id, too: that is what it is asked by the next time.
        own = {catalogue.own(fields): fields for fields in found.values()}
        answers.put(catalogue.service.address, {key: found.get(key, {}) for key in batch} | own)
        yield found, ""


def _batches(keys: Iterable[str], catalogue: Catalogue) -> Iterator[list[str]]:
    """Yield ids of one kind together, as many as a request may have."""

    def kind(key: str) -> str:
        return "" if catalogue.mixed else key.partition(":")[0]

    for _, alike in groupby(sorted(keys, key=kind), kind):
        batch: list[str] = []
        length = 0
        for key in alike:
            length += len(key)
            if batch and (len(batch) == catalogue.most or length > catalogue.longest):
                yield batch
                batch, length = [], len(key)
            batch.append(key)
        yield batch
