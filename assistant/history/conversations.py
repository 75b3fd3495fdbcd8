"""Conversations that are kept, each its owner's alone; a link shows it to others."""

import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Select,
    Table,
    Text,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from assistant.errors import GoneError, KeepingError
from assistant.history.database import Database, Place, owner_key
from assistant.history.serialization import answer_keys, clean, from_json, to_json
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
_WORDS, _LONGEST_WORD = 16, 200
_TABLES = MetaData()


def _of_conversation(**options: Any) -> Column[str]:
    key = ForeignKey("conversations.id", ondelete="CASCADE")
    return Column("conversation", Text, key, **options)


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, Text, nullable=False, **options)


def _time(name: str) -> Column[float]:
    return Column(name, Double, nullable=False)


_KEPT = Table(
    "conversations", _TABLES,
    Column("id", Text, primary_key=True), Column("owner", LargeBinary, nullable=False),
    _text("corpus"), _text("title"), _text("found"), _time("created"), _time("updated"),
    Column("token", Text, unique=True), Index("of_owner", "owner", "updated"),
)  # fmt: skip
_TURNS = Table(
    "turns", _TABLES, _of_conversation(primary_key=True),
    Column("place", Integer, primary_key=True), _text("record"), _text("found"),
)  # fmt: skip
# Beside the others, since files of the same layout were made without them.
_TURN_KEYS = Table(
    "turn_keys", _TABLES,
    Column("conversation", Text, primary_key=True), Column("place", Integer, primary_key=True),
    _text("key"),
    ForeignKeyConstraint(
        ["conversation", "place"], ["turns.conversation", "turns.place"], ondelete="CASCADE"
    ),
    sqlite_with_rowid=False,
)  # fmt: skip
_SETUPS = Table(
    "setups", _TABLES, _of_conversation(primary_key=True), _text("record"), sqlite_with_rowid=False
)
_DISCARDED = Table(
    "discarded", _TABLES, _of_conversation(primary_key=True), _time("at"), sqlite_with_rowid=False
)
_IS_DISCARDED = _KEPT.c.id.in_(select(_DISCARDED.c.conversation))
_NEWEST = (_KEPT.c.updated.desc(), _KEPT.c.created.desc(), _KEPT.c.id)
_ABOUT = (
    _KEPT.c.id, _KEPT.c.title, _KEPT.c.corpus, _KEPT.c.created, _KEPT.c.updated, _KEPT.c.token,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation in a list; `token` is its link's, None if unshared; `hit` are the words around
    what a search found in its turns, in lower case."""

    id: str
    title: str
    corpus: str
    created: datetime
    updated: datetime
    token: str | None = None
    hit: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with all its turns; `setup` is how its reader left the page: model, filters,
    selection, suggestions."""

    id: str
    title: str
    corpus: str
    created: datetime
    updated: datetime
    turns: tuple[Turn, ...]
    token: str | None = None
    setup: Mapping[str, Any] = field(default_factory=dict)


class Conversations:
    """The conversations in a file, or a database, for all threads and other processes.

    Another owner's conversation does not exist. KeepingError says what went wrong.
    """

    def __init__(self, place: Place, now: Callable[[], float] = time.time) -> None:
        self._database = Database(place, _TABLES, "conversations 1")
        self._now = now
        self._closed = False
        self._expire()

    def begin(self, owner: str, corpus: str, title: str) -> str:
        """Keep a new conversation without turns and return its id, which cannot be guessed."""
        identifier, name, now = secrets.token_urlsafe(16), title_of(title), self._now()
        with self._database.writing() as database:
            counting = select(func.count()).where(_KEPT.c.owner == owner_key(owner))
            if database.execute(counting).scalar_one() >= MOST:
                raise KeepingError(
                    f"{MOST:,} conversations are kept, which is the most; delete some to keep new"
                    " ones"
                )
            values = (identifier, owner_key(owner), clean(corpus), name, fold(name), now, now)
            database.execute(insert(_KEPT).values((*values, None)))
        return identifier

    def rename_corpus(self, old: str, new: str) -> None:
        """Let all conversations about the corpus `old` be about `new`, which it is called now."""
        of_old = _KEPT.c.corpus == clean(old)
        with self._database.writing() as database:
            database.execute(update(_KEPT).where(of_old).values(corpus=clean(new)))

    def save(
        self, owner: str, identifier: str, turns: Sequence[Turn], over: Sequence[Turn] | None = None
    ) -> bool:
        """Make the conversation hold exactly `turns`, and tell whether it does; with `over` nothing
        is done unless it holds exactly those before."""
        if len(turns) > MOST_TURNS:
            raise KeepingError(
                f"a conversation of more than {MOST_TURNS:,} questions is not kept; begin a new one"
            )
        keys, before = answer_keys(turns), None if over is None else answer_keys(over)
        with self._database.writing() as database:
            _owned(database, owner, identifier)
            kept = _read_keys(database, identifier)
            if before is not None and not _alike(kept, before):
                return False
            if kept == keys:
                return True
            pairs = enumerate(zip(kept, keys, strict=False))
            unlike = (place for place, (old, new) in pairs if old != new)
            first = next(unlike, min(len(kept), len(keys)))
            _write_turns(database, identifier, turns, keys, first)
            later = update(_KEPT).where(_KEPT.c.id == identifier).values(updated=self._now())
            database.execute(later)
        if first < len(kept):
            self._database.purge()
        return True

    def load(self, owner: str, identifier: str) -> Conversation:
        """Return a conversation of the owner's."""
        with self._database.reading() as database:
            return _with_turns(database, _owned(database, owner, identifier))

    def last_key(self, owner: str, identifier: str) -> str | None:
        """Return the key of a conversation's last answer, None for none."""
        mine = (_KEPT.c.id == clean(identifier), _KEPT.c.owner == owner_key(owner), ~_IS_DISCARDED)
        keys = select(_TURN_KEYS.c.key).join(_KEPT, _TURN_KEYS.c.conversation == _KEPT.c.id)
        last = keys.where(*mine).order_by(_TURN_KEYS.c.place.desc()).limit(1)
        with self._database.reading() as database:
            return database.scalar(last)

    def listed(
        self, owner: str, search: str = "", corpus: str | None = None, limit: int = 200
    ) -> list[Entry]:
        """Return the owner's conversations, those changed last first, at most `limit`; each word of
        `search`, or part of one, must occur in the title or a turn, in any case."""
        words = [word[:_LONGEST_WORD] for word in fold(clean(search)).split()[:_WORDS]]
        query = select(*_ABOUT).where(_KEPT.c.owner == owner_key(owner), ~_IS_DISCARDED)
        query = query.where(*map(_holds, words)).order_by(*_NEWEST).limit(max(limit, 0))
        if corpus is not None:
            query = query.where(_KEPT.c.corpus == clean(corpus))
        with self._database.reading() as database:
            entries = [_entry(row) for row in database.execute(query)]
            return [replace(entry, hit=_find_hit(database, entry, words)) for entry in entries]

    def last(self, owner: str, corpus: str, mark: str) -> Conversation | None:
        """Return the owner's conversation about a corpus that was changed last, of those set up
        with a true `mark`; None for none."""
        query = _set_up(*_ABOUT).where(
            _KEPT.c.owner == owner_key(owner), _KEPT.c.corpus == clean(corpus), ~_IS_DISCARDED
        )
        with self._database.reading() as database:
            rows = database.execute(query).all()
            found = next((row for row in rows if json.loads(row.record).get(mark)), None)
            return _with_turns(database, _entry(found)) if found else None

    def thin_out(self, owner: str, mark: str, most: int) -> None:
        """Delete the owner's oldest single questions that were set up with a true `mark`, but for
        `most` of them and those renamed or shared."""
        title, turn = func.rtrim(_KEPT.c.found, "…"), _TURNS.alias()
        query = (
            _set_up(_KEPT.c.id)
            .join(_TURNS, (_TURNS.c.conversation == _KEPT.c.id) & (_TURNS.c.place == 0))
            .where(_KEPT.c.owner == owner_key(owner), _KEPT.c.token.is_(None))
            .where(func.substr(_TURNS.c.found, 1, func.length(title)) == title)
            .where(~exists().where(turn.c.conversation == _KEPT.c.id, turn.c.place == 1))
        )
        with self._database.writing() as database:
            rows = database.execute(query).all()
            gone = [row.id for row in rows if json.loads(row.record).get(mark)][most:]
            database.execute(delete(_KEPT).where(_KEPT.c.id.in_(gone)))
        if gone:
            self._database.purge()

    def rename(self, owner: str, identifier: str, title: str) -> str:
        """Call a conversation `title`, cut at 120 characters; KeepingError when it is empty."""
        if not (name := _cut(title, _RENAMED)):
            raise KeepingError("the title is empty; give the conversation a name")
        self._change(owner, identifier, title=name, found=fold(name))
        return name

    def delete(self, owner: str, identifier: str) -> None:
        """Delete a conversation, its link and every trace of it in a file."""
        with self._database.writing() as database:
            _owned(database, owner, identifier)
            database.execute(delete(_KEPT).where(_KEPT.c.id == identifier))
        self._database.purge()

    def discard(self, owner: str, identifier: str) -> None:
        """Hide a conversation and its link, and delete it in a minute unless `restore` is
        called."""
        self._expire()
        with self._database.writing() as database:
            _owned(database, owner, identifier)
            database.execute(insert(_DISCARDED).values((identifier, self._now())))
        later = threading.Timer(UNDO + 1, self._expire_if_open)
        later.daemon = True
        later.start()

    def restore(self, owner: str, identifier: str) -> None:
        """Bring back a conversation that was discarded within the last minute."""
        self._expire()
        with self._database.writing() as database:
            _owned(database, owner, identifier, discarded=True)
            gone = _DISCARDED.c.conversation == clean(identifier)
            database.execute(delete(_DISCARDED).where(gone))

    def set_up(self, owner: str, identifier: str, **setup: object) -> None:
        """Keep how a conversation's reader left the page, unless it is absurdly long; what is not
        named stays as it was."""
        with self._database.writing() as database:
            _owned(database, owner, identifier)
            record = clean(json.dumps({**_read_setup(database, identifier), **setup}))
            if len(record) <= _LONGEST_SETUP:
                database.execute(delete(_SETUPS).where(_SETUPS.c.conversation == identifier))
                database.execute(insert(_SETUPS).values((identifier, record)))

    def share(self, owner: str, identifier: str) -> str:
        """Return the token by which anyone reads the conversation; the same until `unshare`."""
        with self._database.writing() as database:
            if token := _owned(database, owner, identifier).token:
                return token
            token = secrets.token_urlsafe(24)
            database.execute(update(_KEPT).where(_KEPT.c.id == identifier).values(token=token))
        return token

    def unshare(self, owner: str, identifier: str) -> None:
        """End the conversation's link."""
        self._change(owner, identifier, token=None)

    def shared(self, token: str) -> Conversation | None:
        """Return the conversation of a link, None when there is none or no longer."""
        query = select(*_ABOUT).where(_KEPT.c.token == clean(token), ~_IS_DISCARDED)
        with self._database.reading() as database:
            row = database.execute(query).first()
            return _with_turns(database, _entry(row)) if row else None

    def close(self) -> None:
        """Release the file, or the database."""
        self._closed = True
        self._database.close()

    def _change(self, owner: str, identifier: str, **values: str | None) -> None:
        with self._database.writing() as database:
            _owned(database, owner, identifier)
            database.execute(update(_KEPT).where(_KEPT.c.id == identifier).values(values))

    def _expire_if_open(self) -> None:
        if not self._closed:
            with suppress(KeepingError):  # it is done with whatever comes next
                self._expire()

    def _expire(self) -> None:
        """Delete what was discarded longer ago than can be undone, with every trace."""
        old = select(_DISCARDED.c.conversation).where(_DISCARDED.c.at < self._now() - UNDO)
        with self._database.writing() as database:
            gone = database.execute(delete(_KEPT).where(_KEPT.c.id.in_(old))).rowcount
        if gone:
            self._database.purge()


def title_of(question: str) -> str:
    """Return what a conversation is called that begins with `question`, in at most 80 characters.

    >>> title_of("  which papers\\n adapt T2I models? ")
    'which papers adapt T2I models?'
    """
    return _cut(question, _TITLE) or "Conversation"


def _cut(title: str, length: int) -> str:
    squeezed = " ".join(clean(title).split())
    return squeezed if len(squeezed) <= length else squeezed[: length - 1].rstrip() + "…"


def _owned(database: Connection, owner: str, identifier: str, discarded: bool = False) -> Entry:
    state = _IS_DISCARDED if discarded else ~_IS_DISCARDED
    mine = (_KEPT.c.id == clean(identifier), _KEPT.c.owner == owner_key(owner))
    row = database.execute(select(*_ABOUT).where(*mine, state)).first()
    if row is None:
        raise GoneError("there is no such conversation; it may have been deleted")
    return _entry(row)


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    first, last = (datetime.fromtimestamp(when, UTC) for when in (row.created, row.updated))
    return Entry(row.id, row.title, row.corpus, first, last, row.token)


def _with_turns(database: Connection, entry: Entry) -> Conversation:
    query = select(_TURNS.c.record).where(_TURNS.c.conversation == entry.id)
    records = database.scalars(query.order_by(_TURNS.c.place)).all()
    about = (entry.id, entry.title, entry.corpus, entry.created, entry.updated)
    turns = tuple(map(from_json, records))
    return Conversation(*about, turns, entry.token, _read_setup(database, entry.id))


def _read_keys(database: Connection, identifier: str) -> list[str | None]:
    """Return the key of each turn, None of one that was kept without."""
    query = select(_TURN_KEYS.c.key).select_from(_TURNS.outerjoin(_TURN_KEYS))
    mine = query.where(_TURNS.c.conversation == identifier).order_by(_TURNS.c.place)
    return list(database.scalars(mine))


def _alike(kept: Sequence[str | None], keys: Sequence[str]) -> bool:
    """Tell whether turns are those with `keys`, as far as it is known of each."""
    pairs = zip(kept, keys, strict=False)
    return len(kept) == len(keys) and all(old in (None, new) for old, new in pairs)


def _write_turns(
    database: Connection, identifier: str, turns: Sequence[Turn], keys: Sequence[str], first: int
) -> None:
    """Replace the turns from `first` on."""
    mine = (_TURNS.c.conversation == identifier, _TURNS.c.place >= first)
    database.execute(delete(_TURNS).where(*mine))
    for place, turn in enumerate(turns[first:], first):
        searched = fold(clean(f"{turn.user}\n{unescaped(turn.answer.text)}"))
        database.execute(insert(_TURNS).values((identifier, place, to_json(turn), searched)))
        database.execute(insert(_TURN_KEYS).values((identifier, place, keys[place])))


def _read_setup(database: Connection, identifier: str) -> dict[str, Any]:
    query = select(_SETUPS.c.record).where(_SETUPS.c.conversation == identifier)
    record = database.scalar(query)
    return dict(json.loads(record)) if record else {}


def _set_up(*columns: ColumnElement[Any]) -> Select[Any]:
    """Return the query of conversations that were set up, newest first, and of their records."""
    joined = _KEPT.join(_SETUPS)
    return select(*columns, _SETUPS.c.record).select_from(joined).order_by(*_NEWEST)


def _holds(word: str) -> ColumnElement[bool]:
    """Return the condition that a conversation has a word in its title or a turn."""
    of_it, there = _TURNS.c.conversation == _KEPT.c.id, _TURNS.c.found
    in_turn = exists().where(of_it, there.contains(word, autoescape=True))
    return or_(_KEPT.c.found.contains(word, autoescape=True), in_turn)


def _find_hit(database: Connection, entry: Entry, words: Sequence[str]) -> str:
    """Return what stands in a turn around the first of `words` that the title has not, else ""."""
    missing = [word for word in words if word not in fold(entry.title)]
    if not missing:
        return ""
    found, of_it = _TURNS.c.found, _TURNS.c.conversation == entry.id
    query = select(found).where(of_it, found.contains(missing[0], autoescape=True))
    text = database.scalar(query.order_by(_TURNS.c.place).limit(1))
    if not text:
        return ""
    start = text.index(missing[0])
    around = text[max(0, start - _AROUND_HIT) : start + len(missing[0]) + _AROUND_HIT]
    return f"…{' '.join(around.split())}…"
