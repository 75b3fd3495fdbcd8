"""A turn of a conversation ↔ JSON text, with all that later turns, the page and exports need.

Each paper stands once and whole, so that a conversation outlives a change of its corpus; of what
was retrieved the first papers, with id, title and score only.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from assistant.errors import KeepingError
from assistant.types import Candidate, Filters, Paper, Turn

if TYPE_CHECKING:
    from hashlib import _Hash

FORMAT = 1
"""Of the text; another number is refused."""
MOST_RETRIEVED = 50
_PAPER = "$paper"
_WHERE_GIVEN = ("unfound", "may_mean")  # so that an older text is the same again
_TURN = TypeAdapter(Turn)
_PAPERS = TypeAdapter(tuple[Paper, ...])
_RETRIEVED = TypeAdapter(list[tuple[str, str, float]])
_MOST_HASHED = 2000
_hashed: dict[tuple[int, str], tuple[Turn, _Hash]] = {}
_hashing = threading.Lock()


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
    retrieved = [
        [candidate.paper.id, candidate.paper.title, float(candidate.score)]
        for candidate in turn.answer.retrieved[:MOST_RETRIEVED]
    ]
    listed = [_record(paper) for paper in papers]
    record = {"format": FORMAT, "turn": plain, "papers": listed, "retrieved": retrieved}
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
        retrieved = _RETRIEVED.validate_python(record["retrieved"])
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise KeepingError("a kept answer is damaged; delete its conversation") from error
    candidates = tuple(
        Candidate(Paper(identifier, title, ""), score, 0.0, 0.0)
        for identifier, title, score in retrieved
    )
    return replace(turn, answer=replace(turn.answer, retrieved=candidates))


def answer_keys(turns: Sequence[Turn]) -> list[str]:
    """Return every answer's key, a hash of all turns up to it as JSON, each written out once."""
    keys: list[str] = []
    chain = hashlib.sha256()
    for turn in turns:
        chain = _extended(chain, turn, "\n" if keys else "")
        keys.append(chain.hexdigest()[:24])
    return keys


def _extended(chain: _Hash, turn: Turn, before: str) -> _Hash:
    # By identity: a turn cannot be hashed, and comparing two costs as much as writing them out.
    memo = (id(turn), chain.hexdigest())
    seen, longer = _hashed.get(memo, (None, chain))
    if seen is turn:
        return longer
    longer = chain.copy()
    longer.update(f"{before}{to_json(turn)}".encode())
    with _hashing:
        if len(_hashed) >= _MOST_HASHED:
            del _hashed[next(iter(_hashed))]
        _hashed[memo] = (turn, longer)
    return longer


def _record(paper: Paper) -> dict[str, Any]:
    record = {field.name: getattr(paper, field.name) for field in fields(Paper)}
    known = record.pop("facts").known()
    return {**record, "facts": known} if known else record


def _plain(value: object, papers: dict[Paper, int]) -> object:
    """Return a value as JSON: papers as their place in `papers`, which grows; pairs for maps."""
    if isinstance(value, Paper):
        return {_PAPER: papers.setdefault(value, len(papers))}
    if isinstance(value, Filters):
        return value.record()
    if is_dataclass(value):
        record = {field.name: _plain(getattr(value, field.name), papers) for field in fields(value)}
        return {name: item for name, item in record.items() if item or name not in _WHERE_GIVEN}
    if isinstance(value, tuple):
        return [_plain(item, papers) for item in value]
    if isinstance(value, Mapping):
        return {"$pairs": [[_plain(key, papers), item] for key, item in value.items()]}
    return value


def _with_papers(value: Any, papers: tuple[Paper, ...]) -> Any:
    """Return a value from JSON with its papers and mappings again."""
    if isinstance(value, list):
        return [_with_papers(item, papers) for item in value]
    if not isinstance(value, dict):
        return value
    if _PAPER in value:
        return papers[value[_PAPER]]
    if "$pairs" in value:
        return {tuple(key): item for key, item in value["$pairs"]}
    return {name: _with_papers(item, papers) for name, item in value.items()}
