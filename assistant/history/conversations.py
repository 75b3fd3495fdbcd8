"""Conversations kept in a SQLite file, each with an owner who alone sees and changes it; a link shows it to others."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.errors import KeepingError
from assistant.history.serialization import clean, from_json, to_json
from assistant.history.sqlite_file import KeptFile
from assistant.history.values import Conversation, Entry, cut, title_of, words_of
from assistant.text.words import fold
from assistant.types import Turn

FILE = "conversations.sqlite3"
"""Its name in the data folder."""
MOST = 2000
"""Conversations of one owner; another one is refused, since none may vanish unseen."""
MOST_TURNS = 1000
_RENAMED = 120
_WORDS = 16
_SCHEMA = """
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, owner BLOB NOT NULL, corpus TEXT NOT NULL, title TEXT NOT NULL, found TEXT NOT NULL,
    created REAL NOT NULL, updated REAL NOT NULL, token TEXT UNIQUE
);
CREATE INDEX of_owner ON conversations (owner, updated);
CREATE TABLE turns (
    conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE, place INTEGER NOT NULL,
    record TEXT NOT NULL, found TEXT NOT NULL, PRIMARY KEY (conversation, place)
);
"""
_ABOUT = "id, title, corpus, created, updated, token"
_HOLDS = "(instr(found, ?) OR EXISTS (SELECT 1 FROM turns WHERE conversation = id AND instr(turns.found, ?)))"


class Conversations:
    """The conversations in the file at `path`, for all threads; other processes may have it open too.

    Another owner's conversation is treated as one that does not exist. KeepingError says what went wrong.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._file = KeptFile(path, _SCHEMA, "conversations 1")
        self._now = now

    def begin(self, owner: str, corpus: str, title: str) -> str:
        """Keep a new conversation without turns and return its id, which cannot be guessed; `title` is cut like a question."""
        identifier, name, now = secrets.token_urlsafe(16), title_of(title), self._now()
        with self._file.writing() as file:
            [number] = file.execute(
                "SELECT count(*) FROM conversations WHERE owner = ?", (_key(owner),)
            ).fetchone()
            if number >= MOST:
                raise KeepingError(
                    f"{MOST:,} conversations are kept, which is the most; delete some to keep new ones"
                )
            values = (identifier, _key(owner), clean(corpus), name, fold(name), now, now)
            file.execute("INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", values)
        return identifier

    def save(self, owner: str, identifier: str, turns: Sequence[Turn]) -> None:
        """Make the conversation hold exactly `turns`: new ones are added, changed ones replaced, those no more there deleted.

        Where two windows save the same conversation, the later one counts.
        """
        if len(turns) > MOST_TURNS:
            raise KeepingError(
                f"a conversation of more than {MOST_TURNS:,} questions is not kept; begin a new one"
            )
        records = [to_json(turn) for turn in turns]
        with self._file.writing() as file:
            _owned(file, owner, identifier)
            kept = file.execute(
                "SELECT record FROM turns WHERE conversation = ? ORDER BY place", (identifier,)
            ).fetchall()
            same = next(
                (
                    n
                    for n, (old, new) in enumerate(zip(kept, records, strict=False))
                    if old != (new,)
                ),
                None,
            )
            first = min(len(kept), len(records)) if same is None else same
            if first == len(kept) == len(records):
                return
            file.execute(
                "DELETE FROM turns WHERE conversation = ? AND place >= ?", (identifier, first)
            )
            rows = [
                (identifier, place, records[place], words_of(turns[place]))
                for place in range(first, len(turns))
            ]
            file.executemany("INSERT INTO turns VALUES (?, ?, ?, ?)", rows)
            file.execute(
                "UPDATE conversations SET updated = ? WHERE id = ?", (self._now(), identifier)
            )
        if first < len(kept):
            self._file.purge()

    def load(self, owner: str, identifier: str) -> Conversation:
        """Return a conversation of the owner's."""
        with self._file.reading() as file:
            return _whole(file, _owned(file, owner, identifier))

    def listed(
        self, owner: str, search: str = "", corpus: str | None = None, limit: int = 200
    ) -> list[Entry]:
        """Return the owner's conversations, those changed last first, at most `limit`.

        Every word of `search`, or part of a word, must occur in the title, a question or an answer, in any case of letters.
        """
        words = fold(clean(search)).split()[:_WORDS]
        conditions = [
            "owner = ?",
            *(["corpus = ?"] if corpus is not None else []),
            *[_HOLDS] * len(words),
        ]
        values = [
            _key(owner),
            *([clean(corpus)] if corpus is not None else []),
            *(word for word in words for _ in range(2)),
        ]
        order = "ORDER BY updated DESC, rowid DESC LIMIT ?"
        with self._file.reading() as file:
            query = f"SELECT {_ABOUT} FROM conversations WHERE {' AND '.join(conditions)} {order}"
            return [_entry(row) for row in file.execute(query, (*values, max(limit, 0)))]

    def rename(self, owner: str, identifier: str, title: str) -> str:
        """Call a conversation `title`, cut at 120 characters, and return that; KeepingError when it is empty."""
        if not (name := cut(title, _RENAMED)):
            raise KeepingError("the title is empty; give the conversation a name")
        with self._file.writing() as file:
            _owned(file, owner, identifier)
            file.execute(
                "UPDATE conversations SET title = ?, found = ? WHERE id = ?",
                (name, fold(name), identifier),
            )
        return name

    def delete(self, owner: str, identifier: str) -> None:
        """Delete a conversation, its link and every trace of it in the file."""
        with self._file.writing() as file:
            _owned(file, owner, identifier)
            file.execute("DELETE FROM conversations WHERE id = ?", (identifier,))
        self._file.purge()

    def share(self, owner: str, identifier: str) -> str:
        """Return the token under which anyone who has it reads the conversation as it is then; the same until `unshare`."""
        with self._file.writing() as file:
            if token := _owned(file, owner, identifier).token:
                return token
            token = secrets.token_urlsafe(24)
            file.execute("UPDATE conversations SET token = ? WHERE id = ?", (token, identifier))
        return token

    def unshare(self, owner: str, identifier: str) -> None:
        """End the conversation's link."""
        with self._file.writing() as file:
            _owned(file, owner, identifier)
            file.execute("UPDATE conversations SET token = NULL WHERE id = ?", (identifier,))

    def shared(self, token: str) -> Conversation | None:
        """Return the conversation of a link, None when there is none or no longer."""
        with self._file.reading() as file:
            row = file.execute(
                f"SELECT {_ABOUT} FROM conversations WHERE token = ?", (clean(token),)
            ).fetchone()
            return _whole(file, _entry(row)) if row else None

    def close(self) -> None:
        """Release the file."""
        self._file.close()


def _owned(file: sqlite3.Connection, owner: str, identifier: str) -> Entry:
    query = f"SELECT {_ABOUT} FROM conversations WHERE id = ? AND owner = ?"
    row = file.execute(query, (clean(identifier), _key(owner))).fetchone()
    if row is None:
        raise KeepingError("there is no such conversation; it may have been deleted")
    return _entry(row)


def _entry(row: tuple[Any, ...]) -> Entry:
    identifier, title, corpus, created, updated, token = row
    return Entry(
        identifier,
        title,
        corpus,
        datetime.fromtimestamp(created, UTC),
        datetime.fromtimestamp(updated, UTC),
        token,
    )


def _whole(file: sqlite3.Connection, entry: Entry) -> Conversation:
    rows = file.execute(
        "SELECT record FROM turns WHERE conversation = ? ORDER BY place", (entry.id,)
    ).fetchall()
    turns = tuple(from_json(record) for (record,) in rows)
    return Conversation(
        entry.id, entry.title, entry.corpus, entry.created, entry.updated, turns, entry.token
    )


def _key(owner: str) -> bytes:
    """Return an owner as bytes: no two have the same, whatever characters they are made of."""
    return owner.encode("utf-8", "surrogatepass")
