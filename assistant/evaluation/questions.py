"""Question files → questions. The form is that of tests/questions: one JSON Lines file per family."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.errors import EvaluationError
from assistant.evaluation.jsonl_io import records

FAMILIES = ("known_item", "facts", "lists", "compare", "summaries", "unanswerable", "chats")
_REQUIRED = {
    "known_item": ("query", "relevant"),
    "facts": ("query", "relevant", "answer"),
    "lists": ("query", "relevant"),
    "compare": ("query", "relevant"),
    "summaries": ("query", "relevant"),
    "unanswerable": ("query",),
    "chats": ("turns",),
}
_OFF_TOPIC = re.compile(r"\s*(?:off[- _]?topic|prompt[- _]?injection)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ask:
    """One turn: what is asked, and the papers that answer it."""

    text: str
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class Question:
    """One question, or one chat of several turns, with all that a right answer is known by.

    Any of the `answers` must be in a fact's text; `points` are alternatives, of each of which one must be in a comparison;
    a list may cite what is `partial`, and a summary shall cite what it `must_cite`. `place` is its file and line.
    """

    family: str
    id: str
    asks: tuple[Ask, ...]
    place: str
    answers: tuple[str, ...] = ()
    points: tuple[tuple[str, ...], ...] = ()
    partial: frozenset[str] = frozenset()
    must_cite: frozenset[str] = frozenset()
    off_topic: bool = False

    @property
    def key(self) -> str:
        """What it is called among the questions of all families."""
        return f"{self.family}/{self.id}"

    @property
    def relevant(self) -> frozenset[str]:
        """The papers that answer its first turn."""
        return self.asks[0].relevant


class _Turn(BaseModel):
    model_config = ConfigDict(strict=True)
    user: str
    relevant: list[str] = []


class _Point(BaseModel):
    model_config = ConfigDict(strict=True)
    must: list[str]


class _Record(BaseModel):
    """A line of any family; which fields it needs `_REQUIRED` says."""

    model_config = ConfigDict(strict=True)
    id: str | int
    query: str = ""
    relevant: list[str] = []
    turns: list[_Turn] = []
    answer: list[str] = []
    points: list[_Point] = []
    partial: list[str] = []
    must_cite: list[str] = []
    kind: str = ""
    why: str = ""


def read(folder: Path, families: Sequence[str] = (), limit: int | None = None) -> list[Question]:
    """Return the questions of the families in `folder` (all, or those named), at most `limit` of each."""
    if unknown := sorted(set(families) - set(FAMILIES)):
        raise EvaluationError(
            f"there is no family {unknown[0]!r}; the families are {', '.join(FAMILIES)}"
        )
    if not folder.is_dir():
        raise EvaluationError(
            f"{folder}: there is no such folder of questions; make one with: paper-assistant eval --make {folder}"
        )
    present = [name for name in FAMILIES if (folder / f"{name}.jsonl").exists()]
    if not present:
        raise EvaluationError(
            f"{folder} holds no question file (known_item.jsonl, facts.jsonl, …); --make {folder} drafts one"
        )
    if absent := [name for name in families if name not in present]:
        raise EvaluationError(f"{folder} holds no {absent[0]}.jsonl")
    chosen = [name for name in present if not families or name in families]
    return [question for name in chosen for question in _family(folder / f"{name}.jsonl")[:limit]]


def _family(path: Path) -> list[Question]:
    found = [_question(path.stem, record, place) for place, record in records(path)]
    if not found:
        raise EvaluationError(f"{path}: the file is empty; give a question a line, or delete it")
    seen: set[str] = set()
    for one in found:
        if one.id in seen:
            raise EvaluationError(f"{one.place}: the id {one.id!r} stands here for the second time")
        seen.add(one.id)
    return found


def _question(family: str, fields: dict[str, Any], place: str) -> Question:
    try:
        record = _Record.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise EvaluationError(
            f"{place}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        ) from error
    for field in _REQUIRED[family]:
        if not getattr(record, field):
            raise EvaluationError(
                f"{place}: a question of {family} needs a {field!r} that is not empty"
            )
    asks = tuple(_asks(record))
    if not all(ask.text.strip() for ask in asks):
        raise EvaluationError(f"{place}: the question is empty")
    return Question(
        family=family,
        id=str(record.id),
        asks=asks,
        place=place,
        answers=tuple(record.answer),
        points=tuple(tuple(point.must) for point in record.points),
        partial=frozenset(record.partial),
        must_cite=frozenset(record.must_cite),
        off_topic=_is_off_topic(record),
    )


def _asks(record: _Record) -> Iterator[Ask]:
    if not record.turns:
        yield Ask(record.query, frozenset(record.relevant))
    for turn in record.turns:
        yield Ask(turn.user, frozenset(turn.relevant))


def _is_off_topic(record: _Record) -> bool:
    """Tell whether a question is about something else altogether: by its kind, else its number (un-001 … un-020), else why."""
    if record.kind:
        return bool(_OFF_TOPIC.match(record.kind))
    if numbered := re.fullmatch(r"un-(\d+)", str(record.id)):
        return int(numbered[1]) <= 20
    return bool(_OFF_TOPIC.match(record.why))
