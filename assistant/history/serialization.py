"""A turn of a conversation ↔ JSON text, from which everything that later turns, the page and exports need comes back. Pure.

Each paper stands once in the text and whole, so that a conversation outlives a change of its corpus. Of what was retrieved
the first papers are kept, with id, title and score only. Halves of surrogate pairs, which no file can bear, become "?".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from assistant.errors import KeepingError
from assistant.types import Candidate, Paper, Turn

FORMAT = 1
"""Of the text; another number is refused."""
MOST_RETRIEVED = 50
_PAPER = "$paper"
_TURN = TypeAdapter(Turn)
_PAPERS = TypeAdapter(tuple[Paper, ...])
_RETRIEVED = TypeAdapter(list[tuple[str, str, float]])


def clean(text: str) -> str:
    """Return `text`, as long as it was, with halves of surrogate pairs and NUL replaced by "?".

    >>> clean("a" + chr(0xD800) + chr(0))
    'a??'
    """
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")


def to_json(turn: Turn) -> str:
    """Return the text of a turn; what `from_json` makes of it has the same text again."""
    papers: dict[Paper, int] = {}
    plain = _plain(replace(turn, answer=replace(turn.answer, retrieved=())), papers)
    found = [
        [one.paper.id, one.paper.title, float(one.score)]
        for one in turn.answer.retrieved[:MOST_RETRIEVED]
    ]
    listed = [
        {field.name: getattr(paper, field.name) for field in fields(Paper)} for paper in papers
    ]
    record = {"format": FORMAT, "turn": plain, "papers": listed, "retrieved": found}
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


def from_json(text: str) -> Turn:
    """Return the turn of a text; KeepingError when it is damaged or of another format."""
    try:
        record = json.loads(text)
        if record["format"] != FORMAT:
            raise KeepingError(
                f"a kept answer has the format {record['format']!r}; this version reads {FORMAT}"
            )
        papers = _PAPERS.validate_python(record["papers"])
        turn = _TURN.validate_python(_with_papers(record["turn"], papers))
        found = _RETRIEVED.validate_python(record["retrieved"])
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise KeepingError("a kept answer is damaged; delete its conversation") from error
    candidates = tuple(
        Candidate(Paper(one, title, ""), score, 0.0, 0.0, 0.0) for one, title, score in found
    )
    return replace(turn, answer=replace(turn.answer, retrieved=candidates))


def _plain(value: object, papers: dict[Paper, int]) -> object:
    """Return a value as JSON knows it: papers as their place in `papers`, which grows; a mapping as its pairs."""
    if isinstance(value, Paper):
        return {_PAPER: papers.setdefault(value, len(papers))}
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name), papers) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one, papers) for one in value]
    if isinstance(value, Mapping):
        return {"$pairs": [[_plain(key, papers), one] for key, one in value.items()]}
    return value


def _with_papers(value: Any, papers: tuple[Paper, ...]) -> Any:
    """Return a value from JSON with its papers and mappings again."""
    if isinstance(value, list):
        return [_with_papers(one, papers) for one in value]
    if not isinstance(value, dict):
        return value
    if _PAPER in value:
        return papers[value[_PAPER]]
    if "$pairs" in value:
        return {tuple(key): one for key, one in value["$pairs"]}
    return {name: _with_papers(one, papers) for name, one in value.items()}
