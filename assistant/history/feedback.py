"""What people say of answers, kept with all that is needed to ask again: the turns before, the answer, what was in use.

It lies in a file of its own and stays when its conversation is deleted; whose it is, is never given out again.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from assistant.errors import KeepingError
from assistant.history.serialization import clean, from_json, to_json
from assistant.history.sqlite_file import KeptFile
from assistant.index.layout import Folder
from assistant.settings import Settings
from assistant.types import Turn

FILE = "feedback.sqlite3"
"""Its name in the data folder."""
MOST = 5000
"""Remarks of one owner; another one is refused."""
LONGEST = 4000
"""Characters of a comment; a longer one is refused."""
Said = Literal["up", "down", "wrong citation"]
_SCHEMA = """
CREATE TABLE said (
    owner BLOB NOT NULL, answer TEXT NOT NULL, about TEXT NOT NULL, at REAL NOT NULL, corpus TEXT NOT NULL,
    record TEXT NOT NULL, PRIMARY KEY (owner, answer, about)
);
"""


@dataclass(frozen=True, slots=True)
class Remark:
    """A thumb, or a citation that is wrong: of `sentence`, of source `number`, of the words `quote` shown for it."""

    kind: Said
    sentence: str = ""
    number: int | None = None
    quote: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What was in use when something was said: the corpus and its generation, who wrote, embedded, reranked; our version."""

    corpus: str
    generation: int | None
    model: str
    embedder: str
    reranker: str | None
    version: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """A remark on the last of some turns; `answer` is the same for all remarks on the same answer after the same turns."""

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
    state = Folder(settings.corpus_dir).state()
    generation = state.generation if state else None
    return Circumstances(
        settings.corpus,
        generation,
        model,
        settings.embedder,
        settings.reranker,
        version("paper-assistant"),
    )


def answer_key(turns: Sequence[Turn]) -> str:
    """Return what tells the last answer of some turns from all others."""
    return _answer_keys(turns)[-1]


def _answer_keys(turns: Sequence[Turn]) -> list[str]:
    """Return the key of every answer: each is made of all turns up to it."""
    made, found = hashlib.sha256(), []
    for place, turn in enumerate(turns):
        made.update(("\n" * bool(place) + to_json(turn)).encode())
        found.append(made.hexdigest()[:24])
    return found


class FeedbackStore:
    """What people said, in the file at `path`; KeepingError says what went wrong."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._file = KeptFile(path, _SCHEMA, "feedback 1")
        self._now = now

    def say(self, owner: str, remark: Remark, turns: Sequence[Turn], about: Circumstances) -> None:
        """Keep a remark on the last of `turns`; it replaces what the owner said of it before.

        An answer has one thumb of an owner's, up or down, and one remark on each citation of each sentence.
        """
        if not turns:
            raise KeepingError("there is no answer to say something of")
        if len(remark.comment) > LONGEST:
            raise KeepingError(
                f"the comment has {len(remark.comment):,} characters; at most {LONGEST:,} are kept"
            )
        record = _text(_Record(remark, about, tuple(map(to_json, turns))))
        key = (_key(owner), answer_key(turns), _about(remark))
        with self._file.writing() as file:
            file.execute("DELETE FROM said WHERE owner = ? AND answer = ? AND about = ?", key)
            [number] = file.execute(
                "SELECT count(*) FROM said WHERE owner = ?", (_key(owner),)
            ).fetchone()
            if number >= MOST:
                raise KeepingError(f"{MOST:,} remarks of yours are kept, which is the most")
            file.execute(
                "INSERT INTO said VALUES (?, ?, ?, ?, ?, ?)",
                (*key, self._now(), clean(about.corpus), record),
            )

    def take_back(self, owner: str, remark: Remark, turns: Sequence[Turn]) -> None:
        """Delete the owner's thumb on the last of `turns`, or the remark on that citation; nothing where there is none."""
        key = (_key(owner), answer_key(turns), _about(remark))
        with self._file.writing() as file:
            file.execute("DELETE FROM said WHERE owner = ? AND answer = ? AND about = ?", key)
        self._file.purge()

    def thumb(self, owner: str, turns: Sequence[Turn]) -> Said | None:
        """Return which thumb the owner gave the last of `turns`."""
        return self.thumbs(owner, turns)[-1]

    def thumbs(self, owner: str, turns: Sequence[Turn]) -> list[Said | None]:
        """Return which thumb the owner gave each of `turns`."""
        query = "SELECT record FROM said WHERE owner = ? AND answer = ? AND about = 'thumb'"
        with self._file.reading() as file:
            rows = [
                file.execute(query, (_key(owner), key)).fetchone() for key in _answer_keys(turns)
            ]
        return [_read(row[0]).remark.kind if row else None for row in rows]

    def listed(self, corpus: str | None = None) -> list[Feedback]:
        """Return what everybody said, of one corpus or of all, newest first."""
        with self._file.reading() as file:
            rows = file.execute(
                "SELECT answer, at, corpus, record FROM said ORDER BY at DESC, rowid DESC"
            ).fetchall()
        return [
            _feedback(answer, at, record)
            for answer, at, one, record in rows
            if corpus in (None, one)
        ]

    def corpora(self) -> dict[str, int]:
        """Return how many remarks there are of each corpus."""
        with self._file.reading() as file:
            return dict(
                file.execute("SELECT corpus, count(*) FROM said GROUP BY corpus ORDER BY corpus")
            )

    def close(self) -> None:
        """Release the file."""
        self._file.close()


def to_record(one: Feedback) -> dict[str, Any]:
    """Return all of it as a JSON object."""
    return {
        "id": one.answer,
        "when": one.when.isoformat(timespec="seconds"),
        "question": one.turns[-1].user,
        **asdict(one.remark),
        **asdict(one.circumstances),
        "turns": [json.loads(to_json(turn)) for turn in one.turns],
    }


def _feedback(answer: str, at: float, text: str) -> Feedback:
    record = _read(text)
    turns = tuple(map(from_json, record.turns))
    return Feedback(
        answer, datetime.fromtimestamp(at, UTC), record.remark, record.circumstances, turns
    )


def _text(record: _Record) -> str:
    one = record.remark
    remark = Remark(one.kind, clean(one.sentence), one.number, clean(one.quote), clean(one.comment))
    return _RECORD.dump_json(replace(record, remark=remark)).decode()


def _read(text: str) -> _Record:
    try:
        return _RECORD.validate_json(text)
    except ValueError as error:
        raise KeepingError("a kept remark is damaged; move feedback.sqlite3 away") from error


def _about(remark: Remark) -> str:
    """Return which remark of an owner's on an answer this is: another one of the same replaces it."""
    if remark.kind != "wrong citation":
        return "thumb"
    return hashlib.sha256(f"{remark.number} {clean(remark.sentence)}".encode()).hexdigest()[:24]


def _key(owner: str) -> bytes:
    return owner.encode("utf-8", "surrogatepass")
