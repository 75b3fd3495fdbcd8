"""What people say of answers, kept with all that is needed to ask again: the turns before, the
answer, what was in use.

It lies in a file of its own and stays when its conversation is deleted; whose it is, is never given
out again.
"""

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
from assistant.history.serialization import answer_keys, clean, from_json, to_json
from assistant.history.shared_sqlite import SharedSqlite, owner_key
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
    owner BLOB NOT NULL, answer TEXT NOT NULL, about TEXT NOT NULL, at REAL NOT NULL,
    corpus TEXT NOT NULL,
    record TEXT NOT NULL, PRIMARY KEY (owner, answer, about)
);
"""
_DELETE = "DELETE FROM said WHERE owner = ? AND answer = ? AND about = ?"


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
    state = Folder(settings.corpus_dir).state()
    generation = state.generation if state else None
    used = (model, settings.embedder, settings.reranker, version("paper-assistant"))
    return Circumstances(settings.corpus, generation, *used)


class FeedbackStore:
    """What people said, in the file at `path`; KeepingError says what went wrong."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._file = SharedSqlite(path, _SCHEMA, "feedback 1")
        self._now = now

    def say(self, owner: str, remark: Remark, turns: Sequence[Turn], about: Circumstances) -> None:
        """Keep a remark on the last of `turns`; it replaces what the owner said of it before.

        An answer has one thumb of an owner's, up or down, and one remark on each citation of each
        sentence.
        """
        if not turns:
            raise KeepingError("there is no answer to say something of")
        if len(remark.comment) > LONGEST:
            raise KeepingError(
                f"the comment has {len(remark.comment):,} characters; at most {LONGEST:,} are kept"
            )
        record = _text(_Record(remark, about, tuple(map(to_json, turns))))
        row = (*_key(owner, remark, turns), self._now(), clean(about.corpus), record)
        with self._file.writing() as file:
            file.execute(_DELETE, row[:3])
            counting = "SELECT count(*) FROM said WHERE owner = ?"
            if file.execute(counting, row[:1]).fetchone()[0] >= MOST:
                raise KeepingError(f"{MOST:,} remarks of yours are kept, which is the most")
            file.execute("INSERT INTO said VALUES (?, ?, ?, ?, ?, ?)", row)

    def take_back(self, owner: str, remark: Remark, turns: Sequence[Turn]) -> None:
        """Delete the owner's thumb on the last of `turns`, or the remark on that citation."""
        with self._file.writing() as file:
            file.execute(_DELETE, _key(owner, remark, turns))
        self._file.purge()

    def thumbs(self, owner: str, turns: Sequence[Turn]) -> list[Said | None]:
        """Return which thumb the owner gave each of `turns`."""
        query = "SELECT record FROM said WHERE owner = ? AND answer = ? AND about = 'thumb'"
        keys = answer_keys(turns)
        with self._file.reading() as file:
            rows = [file.execute(query, (owner_key(owner), key)).fetchone() for key in keys]
        return [_read(row[0]).remark.kind if row else None for row in rows]

    def listed(self, corpus: str | None = None) -> list[Feedback]:
        """Return what everybody said, of one corpus or of all, newest first."""
        query = (
            "SELECT answer, at, record FROM said WHERE ? IN (corpus, '') ORDER BY at DESC, rowid"
            " DESC"
        )
        with self._file.reading() as file:
            rows = file.execute(query, (corpus or "",)).fetchall()
        return [_feedback(*row) for row in rows]

    def corpora(self) -> dict[str, int]:
        """Return how many remarks there are of each corpus."""
        query = "SELECT corpus, count(*) FROM said GROUP BY corpus ORDER BY corpus"
        with self._file.reading() as file:
            return dict(file.execute(query))

    def close(self) -> None:
        """Release the file."""
        self._file.close()


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


def _key(owner: str, remark: Remark, turns: Sequence[Turn]) -> tuple[bytes, str, str]:
    """Return owner, answer, and which remark this is: another one of the same replaces it."""
    about = "thumb"
    if remark.kind == "wrong citation":
        words = f"{remark.number} {clean(remark.sentence)}"
        about = hashlib.sha256(words.encode()).hexdigest()[:24]
    return owner_key(owner), answer_keys(turns)[-1], about
