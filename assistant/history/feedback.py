"""What people say of answers, kept with all that is needed to ask again.

It stays when its conversation is deleted; whose it is, is never given out again.
"""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Literal

from pydantic import TypeAdapter
from sqlalchemy import (
    Column,
    ColumnElement,
    Double,
    LargeBinary,
    MetaData,
    Table,
    Text,
    and_,
    delete,
    func,
    insert,
    select,
)

from assistant.errors import KeepingError
from assistant.history.database import Database, Place, owner_key
from assistant.history.serialization import answer_keys, clean, from_json, to_json
from assistant.index.corpora import folder_of
from assistant.settings import Settings
from assistant.types import Turn

FILE = "feedback.sqlite3"
"""Its name in the data folder."""
MOST = 5000
"""Remarks of one owner; another one is refused."""
LONGEST = 4000
"""Characters of a comment; a longer one is refused."""
Said = Literal["up", "down", "wrong citation"]
_TABLES = MetaData()
_SAID = Table(
    "said", _TABLES,
    Column("owner", LargeBinary, primary_key=True), Column("answer", Text, primary_key=True),
    Column("about", Text, primary_key=True), Column("at", Double, nullable=False),
    Column("corpus", Text, nullable=False), Column("record", Text, nullable=False),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Remark:
    """A thumb, or a wrong citation: of `sentence`, source `number`, the words `quote`."""

    kind: Said
    sentence: str = ""
    number: int | None = None
    quote: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What was in use: corpus and generation, model, embedder, reranker, our version."""

    corpus: str
    generation: int | None
    model: str
    embedder: str
    reranker: str | None
    version: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """A remark on the last of some turns; `answer` is its key, the same for all remarks on it."""

    answer: str
    when: datetime
    remark: Remark
    circumstances: Circumstances
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class _Record:
    remark: Remark
    circumstances: Circumstances
    turns: tuple[str, ...]


_RECORD = TypeAdapter(_Record)


def circumstances(settings: Settings, model: str) -> Circumstances:
    """Return what is in use now, with `model` for who wrote: `Answer.model`."""
    state = folder_of(settings).state()
    generation = state.generation if state else None
    used = (model, settings.embedder, settings.reranker, version("paper-assistant"))
    return Circumstances(settings.corpus, generation, *used)


class FeedbackStore:
    """What people said, in a file or a database; KeepingError says what went wrong."""

    def __init__(self, place: Place, now: Callable[[], float] = time.time) -> None:
        self._database = Database(place, _TABLES, "feedback 1")
        self._now = now

    def say(self, owner: str, remark: Remark, turns: Sequence[Turn], about: Circumstances) -> None:
        """Keep a remark on the last of `turns`; it replaces the owner's thumb, or remark on the
        same citation, of before."""
        if not turns:
            raise KeepingError("there is no answer to say something of")
        if len(remark.comment) > LONGEST:
            raise KeepingError(
                f"the comment has {len(remark.comment):,} characters; at most {LONGEST:,} are kept"
            )
        record = _text(_Record(remark, about, tuple(map(to_json, turns))))
        key = _key(owner, remark, turns)
        with self._database.writing() as database:
            database.execute(delete(_SAID).where(_is(*key)))
            counting = select(func.count()).where(_SAID.c.owner == key[0])
            if database.execute(counting).scalar_one() >= MOST:
                raise KeepingError(f"{MOST:,} remarks of yours are kept, which is the most")
            row = (*key, self._now(), clean(about.corpus), record)
            database.execute(insert(_SAID).values(row))

    def take_back(self, owner: str, remark: Remark, turns: Sequence[Turn]) -> None:
        """Delete the owner's thumb on the last of `turns`, or the remark on that citation."""
        with self._database.writing() as database:
            database.execute(delete(_SAID).where(_is(*_key(owner, remark, turns))))
        self._database.purge()

    def thumbs(self, owner: str, turns: Sequence[Turn]) -> list[Said | None]:
        """Return which thumb the owner gave each of `turns`."""
        if not turns:
            return []
        record, whose, keys = _SAID.c.record, owner_key(owner), answer_keys(turns)
        with self._database.reading() as database:
            found = [
                database.scalar(select(record).where(_is(whose, key, "thumb"))) for key in keys
            ]
        return [_read(text).remark.kind if text else None for text in found]

    def listed(self, corpus: str | None = None) -> list[Feedback]:
        """Return what everybody said, of one corpus or of all, newest first."""
        query = select(_SAID.c.answer, _SAID.c.at, _SAID.c.record)
        query = query.order_by(_SAID.c.at.desc(), _SAID.c.answer, _SAID.c.about)
        if corpus:
            query = query.where(_SAID.c.corpus == clean(corpus))
        with self._database.reading() as database:
            return [_feedback(*row) for row in database.execute(query)]

    def corpora(self) -> dict[str, int]:
        """Return how many remarks there are of each corpus."""
        corpus = _SAID.c.corpus
        query = select(corpus, func.count()).group_by(corpus).order_by(corpus)
        with self._database.reading() as database:
            return dict(database.execute(query).all())

    def close(self) -> None:
        """Release the file, or the database."""
        self._database.close()


def to_record(feedback: Feedback) -> dict[str, Any]:
    """Return all of it as a JSON object."""
    return {
        "id": feedback.answer,
        "when": feedback.when.isoformat(timespec="seconds"),
        "question": feedback.turns[-1].user,
        **asdict(feedback.remark),
        **asdict(feedback.circumstances),
        "turns": [json.loads(to_json(turn)) for turn in feedback.turns],
    }


def _feedback(answer: str, at: float, text: str) -> Feedback:
    record = _read(text)
    turns = tuple(map(from_json, record.turns))
    when = datetime.fromtimestamp(at, UTC)
    return Feedback(answer, when, record.remark, record.circumstances, turns)


def _text(record: _Record) -> str:
    said = record.remark
    words = (clean(said.sentence), said.number, clean(said.quote), clean(said.comment))
    return _RECORD.dump_json(replace(record, remark=Remark(said.kind, *words))).decode()


def _read(text: str) -> _Record:
    try:
        return _RECORD.validate_json(text)
    except ValueError as error:
        raise KeepingError("a kept remark is damaged; move feedback.sqlite3 away") from error


def _is(owner: bytes, answer: str, about: str) -> ColumnElement[bool]:
    return and_(_SAID.c.owner == owner, _SAID.c.answer == answer, _SAID.c.about == about)


def _key(owner: str, remark: Remark, turns: Sequence[Turn]) -> tuple[bytes, str, str]:
    """Return owner, answer, and which remark this is: another one of the same replaces it."""
    about = "thumb"
    if remark.kind == "wrong citation":
        words = f"{remark.number} {clean(remark.sentence)}"
        about = hashlib.sha256(words.encode()).hexdigest()[:24]
    return owner_key(owner), answer_keys(turns)[-1], about
