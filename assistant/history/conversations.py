"""Conversations in a SQLite file, each its owner's alone; a link shows it to others."""

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.errors import KeepingError
from assistant.history.serialization import answer_keys, clean, from_json, to_json
from assistant.history.shared_sqlite import SharedSqlite, owner_key
from assistant.text.markdown import unescaped
from assistant.text.words import fold
from assistant.types import Turn

FILE = "conversations.sqlite3"
"""Its name in the data folder."""
MOST = 2000
"""Conversations of one owner; another one is refused, since none may vanish unseen."""
MOST_TURNS = 1000
UNDO = 60.0
"""Seconds in which a discarded conversation can be had back."""
_LONGEST_SETUP = 100_000
_AROUND_HIT = 40
_TITLE, _RENAMED = 80, 120
_WORDS = 16
_SCHEMA = """
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, owner BLOB NOT NULL, corpus TEXT NOT NULL, title TEXT NOT NULL,
    found TEXT NOT NULL,
    created REAL NOT NULL, updated REAL NOT NULL, token TEXT UNIQUE
);
CREATE INDEX of_owner ON conversations (owner, updated);
CREATE TABLE turns (
    conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE, place INTEGER NOT NULL,
    record TEXT NOT NULL, found TEXT NOT NULL, PRIMARY KEY (conversation, place)
);
"""
# Beside the schema, since files of the same layout were made without it.
_KEYS = """
CREATE TABLE IF NOT EXISTS turn_keys (
    conversation TEXT NOT NULL, place INTEGER NOT NULL, key TEXT NOT NULL,
    PRIMARY KEY (conversation, place),
    FOREIGN KEY (conversation, place) REFERENCES turns ON DELETE CASCADE
) WITHOUT ROWID
"""
_SETUPS = """
CREATE TABLE IF NOT EXISTS setups (
    conversation TEXT PRIMARY KEY REFERENCES conversations ON DELETE CASCADE, record TEXT NOT NULL
) WITHOUT ROWID
"""
_DISCARDED = """
CREATE TABLE IF NOT EXISTS discarded (
    conversation TEXT PRIMARY KEY REFERENCES conversations ON DELETE CASCADE, at REAL NOT NULL
) WITHOUT ROWID
"""
_IS_DISCARDED = "id IN (SELECT conversation FROM discarded)"
_KEPT_KEYS = """
SELECT key FROM turns LEFT JOIN turn_keys USING (conversation, place)
WHERE conversation = ? ORDER BY place
"""
_ABOUT = "id, title, corpus, created, updated, token"
_MARKED = "json_extract(setups.record, '$.' || ?)"
_OLD_SINGLES = f"""
SELECT id FROM conversations JOIN setups ON setups.conversation = id
JOIN turns ON turns.conversation = id AND turns.place = 0
WHERE owner = ? AND {_MARKED} AND token IS NULL
    AND instr(turns.found, rtrim(conversations.found, '…')) = 1
    AND NOT EXISTS (SELECT 1 FROM turns WHERE turns.conversation = id AND turns.place = 1)
ORDER BY updated DESC, conversations.rowid DESC LIMIT -1 OFFSET ?
"""
_HOLDS = (
    "(instr(found, ?) OR EXISTS (SELECT 1 FROM turns WHERE conversation = id AND instr(turns.found,"
    " ?)))"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation in a list, without its turns; `token` is its link's, None if unshared; `hit`
    are the words around what a search found in its turns, in lower case."""

    id: str
    title: str
    corpus: str
    created: datetime
    updated: datetime
    token: str | None = None
    hit: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with all its turns; `token` is its link's, None when it is not shared; `setup`
    is how its reader left the page: model, filters, selection, suggestions."""

    id: str
    title: str
    corpus: str
    created: datetime
    updated: datetime
    turns: tuple[Turn, ...]
    token: str | None = None
    setup: Mapping[str, Any] = field(default_factory=dict)


class Conversations:
    """The conversations in the file at `path`, for all threads; other processes may have it open
    too.

    Another owner's conversation is treated as one that does not exist. KeepingError says what went
    wrong.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._file = SharedSqlite(path, _SCHEMA, "conversations 1")
        self._now = now
        self._closed = False
        with self._file.writing() as file:
            for table in (_KEYS, _SETUPS, _DISCARDED):
                file.execute(table)
        self._expire()

    def begin(self, owner: str, corpus: str, title: str) -> str:
        """Keep a new conversation without turns and return its id, which cannot be guessed; `title`
        is cut like a question."""
        identifier, name, now = secrets.token_urlsafe(16), title_of(title), self._now()
        with self._file.writing() as file:
            counting = "SELECT count(*) FROM conversations WHERE owner = ?"
            [number] = file.execute(counting, (owner_key(owner),)).fetchone()
            if number >= MOST:
                raise KeepingError(
                    f"{MOST:,} conversations are kept, which is the most; delete some to keep new"
                    " ones"
                )
            values = (identifier, owner_key(owner), clean(corpus), name, fold(name), now, now)
            file.execute("INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", values)
        return identifier

    def rename_corpus(self, old: str, new: str) -> None:
        """Let all conversations about the corpus `old` be about `new`, which it is called now."""
        with self._file.writing() as file:
            file.execute(
                "UPDATE conversations SET corpus = ? WHERE corpus = ?", (clean(new), clean(old))
            )

    def save(self, owner: str, identifier: str, turns: Sequence[Turn]) -> None:
        """Make the conversation hold exactly `turns`; only those from the first that differs on are
        written.

        Where two windows save the same conversation, the later one counts.
        """
        if len(turns) > MOST_TURNS:
            raise KeepingError(
                f"a conversation of more than {MOST_TURNS:,} questions is not kept; begin a new one"
            )
        keys = answer_keys(turns)
        with self._file.writing() as file:
            _owned(file, owner, identifier)
            kept = [key for (key,) in file.execute(_KEPT_KEYS, (identifier,))]
            if kept == keys:
                return
            pairs = enumerate(zip(kept, keys, strict=False))
            unlike = (place for place, (old, new) in pairs if old != new)
            first = next(unlike, min(len(kept), len(keys)))
            values = (identifier, first)
            file.execute("DELETE FROM turns WHERE conversation = ? AND place >= ?", values)
            for place in range(first, len(turns)):
                record, words = to_json(turns[place]), _words_of(turns[place])
                row = (identifier, place, record, words)
                file.execute("INSERT INTO turns VALUES (?, ?, ?, ?)", row)
                file.execute("INSERT INTO turn_keys VALUES (?, ?, ?)", (*row[:2], keys[place]))
            updated = (self._now(), identifier)
            file.execute("UPDATE conversations SET updated = ? WHERE id = ?", updated)
        if first < len(kept):
            self._file.purge()

    def load(self, owner: str, identifier: str) -> Conversation:
        """Return a conversation of the owner's."""
        with self._file.reading() as file:
            return _with_turns(file, _owned(file, owner, identifier))

    def listed(
        self, owner: str, search: str = "", corpus: str | None = None, limit: int = 200
    ) -> list[Entry]:
        """Return the owner's conversations, those changed last first, at most `limit`.

        Every word of `search`, or part of a word, must occur in the title, a question or an answer,
        in any case of letters.
        """
        words = fold(clean(search)).split()[:_WORDS]
        conditions = ["owner = ?", f"NOT {_IS_DISCARDED}", *[_HOLDS] * len(words)]
        values = [owner_key(owner), *(word for word in words for _ in range(2))]
        if corpus is not None:
            conditions.append("corpus = ?")
            values.append(clean(corpus))
        query = (
            f"SELECT {_ABOUT} FROM conversations WHERE {' AND '.join(conditions)}"
            " ORDER BY updated DESC, rowid DESC LIMIT ?"
        )
        with self._file.reading() as file:
            entries = [_entry(row) for row in file.execute(query, (*values, max(limit, 0)))]
            return [replace(entry, hit=_find_hit(file, entry, words)) for entry in entries]

    def last(self, owner: str, corpus: str, mark: str) -> Conversation | None:
        """Return the owner's conversation about a corpus that was changed last, of those that were
        set up with a true `mark`; None where there is none."""
        query = (
            f"SELECT {_ABOUT} FROM conversations JOIN setups ON conversation = id"
            f" WHERE owner = ? AND corpus = ? AND {_MARKED} AND NOT {_IS_DISCARDED}"
            " ORDER BY updated DESC, conversations.rowid DESC LIMIT 1"
        )
        with self._file.reading() as file:
            row = file.execute(query, (owner_key(owner), clean(corpus), mark)).fetchone()
            return _with_turns(file, _entry(row)) if row else None

    def thin_out(self, owner: str, mark: str, most: int) -> None:
        """Delete the owner's oldest single questions that were set up with a true `mark`, but for
        `most` of them; neither what was gone on with, nor renamed, nor shared."""
        with self._file.writing() as file:
            gone = file.execute(_OLD_SINGLES, (owner_key(owner), mark, most)).fetchall()
            file.executemany("DELETE FROM conversations WHERE id = ?", gone)
        if gone:
            self._file.purge()

    def rename(self, owner: str, identifier: str, title: str) -> str:
        """Call a conversation `title`, cut at 120 characters; KeepingError when it is empty."""
        if not (name := _cut(title, _RENAMED)):
            raise KeepingError("the title is empty; give the conversation a name")
        with self._file.writing() as file:
            _owned(file, owner, identifier)
            values = (name, fold(name), identifier)
            file.execute("UPDATE conversations SET title = ?, found = ? WHERE id = ?", values)
        return name

    def delete(self, owner: str, identifier: str) -> None:
        """Delete a conversation, its link and every trace of it in the file."""
        with self._file.writing() as file:
            _owned(file, owner, identifier)
            file.execute("DELETE FROM conversations WHERE id = ?", (identifier,))
        self._file.purge()

    def discard(self, owner: str, identifier: str) -> None:
        """Delete a conversation in a minute's time: until then it is hidden, its link leads
        nowhere, and `restore` brings it back."""
        self._expire()
        with self._file.writing() as file:
            _owned(file, owner, identifier)
            file.execute("INSERT INTO discarded VALUES (?, ?)", (identifier, self._now()))
        later = threading.Timer(UNDO + 1, self._expire_if_open)
        later.daemon = True
        later.start()

    def restore(self, owner: str, identifier: str) -> None:
        """Bring back a conversation that was discarded within the last minute."""
        self._expire()
        with self._file.writing() as file:
            _owned(file, owner, identifier, discarded=True)
            file.execute("DELETE FROM discarded WHERE conversation = ?", (clean(identifier),))

    def set_up(self, owner: str, identifier: str, **setup: object) -> None:
        """Keep how a conversation's reader left the page; what is not named stays as it was.

        Values are what JSON holds; what would be absurdly long is not kept.
        """
        with self._file.writing() as file:
            _owned(file, owner, identifier)
            record = clean(json.dumps({**_read_setup(file, identifier), **setup}))
            if len(record) <= _LONGEST_SETUP:
                row = (identifier, record)
                file.execute("INSERT OR REPLACE INTO setups VALUES (?, ?)", row)

    def share(self, owner: str, identifier: str) -> str:
        """Return the token by which anyone reads the conversation; the same until `unshare`."""
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
        query = f"SELECT {_ABOUT} FROM conversations WHERE token = ? AND NOT {_IS_DISCARDED}"
        with self._file.reading() as file:
            row = file.execute(query, (clean(token),)).fetchone()
            return _with_turns(file, _entry(row)) if row else None

    def close(self) -> None:
        """Release the file."""
        self._closed = True
        self._file.close()

    def _expire_if_open(self) -> None:
        if not self._closed:
            with suppress(KeepingError):  # it is done with whatever comes next
                self._expire()

    def _expire(self) -> None:
        """Delete what was discarded longer ago than can be undone, with every trace."""
        with self._file.writing() as file:
            query = "SELECT conversation FROM discarded WHERE at < ?"
            gone = file.execute(query, (self._now() - UNDO,)).fetchall()
            file.executemany("DELETE FROM conversations WHERE id = ?", gone)
        if gone:
            self._file.purge()


def title_of(question: str) -> str:
    """Return what a conversation is called that begins with `question`: one line of at most 80
    characters.

    >>> title_of("  which papers\\n adapt T2I models? ")
    'which papers adapt T2I models?'
    """
    return _cut(question, _TITLE) or "Conversation"


def _cut(title: str, length: int) -> str:
    squeezed = " ".join(clean(title).split())
    return squeezed if len(squeezed) <= length else squeezed[: length - 1].rstrip() + "…"


def _words_of(turn: Turn) -> str:
    """Return what a search looks at of a turn, in lower case and without accents."""
    return fold(clean(f"{turn.user}\n{unescaped(turn.answer.text)}"))


def _owned(file: sqlite3.Connection, owner: str, identifier: str, discarded: bool = False) -> Entry:
    state = _IS_DISCARDED if discarded else f"NOT {_IS_DISCARDED}"
    query = f"SELECT {_ABOUT} FROM conversations WHERE id = ? AND owner = ? AND {state}"
    row = file.execute(query, (clean(identifier), owner_key(owner))).fetchone()
    if row is None:
        raise KeepingError("there is no such conversation; it may have been deleted")
    return _entry(row)


def _entry(row: tuple[Any, ...]) -> Entry:
    identifier, title, corpus, created, updated, token = row
    first, last = datetime.fromtimestamp(created, UTC), datetime.fromtimestamp(updated, UTC)
    return Entry(identifier, title, corpus, first, last, token)


def _with_turns(file: sqlite3.Connection, entry: Entry) -> Conversation:
    query = "SELECT record FROM turns WHERE conversation = ? ORDER BY place"
    turns = tuple(from_json(record) for (record,) in file.execute(query, (entry.id,)).fetchall())
    about = (entry.id, entry.title, entry.corpus, entry.created, entry.updated)
    return Conversation(*about, turns, entry.token, _read_setup(file, entry.id))


def _read_setup(file: sqlite3.Connection, identifier: str) -> dict[str, Any]:
    query = "SELECT record FROM setups WHERE conversation = ?"
    row = file.execute(query, (identifier,)).fetchone()
    return dict(json.loads(row[0])) if row else {}


def _find_hit(file: sqlite3.Connection, entry: Entry, words: Sequence[str]) -> str:
    """Return what stands around the first of `words` that occurs in a turn, "" where the title has
    all of them."""
    missing = [word for word in words if word not in fold(entry.title)]
    query = "SELECT found FROM turns WHERE conversation = ? AND instr(found, ?) ORDER BY place"
    row = file.execute(query, (entry.id, missing[0])).fetchone() if missing else None
    if not row:
        return ""
    start = row[0].index(missing[0])
    around = row[0][max(0, start - _AROUND_HIT) : start + len(missing[0]) + _AROUND_HIT]
    return f"…{' '.join(around.split())}…"
