"""JSON objects out of what a model wrote: with prose around them, in a code fence, or cut off. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from langchain_core.utils.json import parse_json_markdown

_DECODER = json.JSONDecoder(strict=False)
_LATEX = re.compile(r'(?<!\\)((?:\\\\)*)\\(?![\\"/bfnrtu])')


def objects(text: str, field: str) -> list[dict[str, Any]]:
    """Return the JSON objects in `text` that have `field`, in order, the outermost; none when there are none.

    >>> objects('Sure! [{"id": "k1a2", "words": "of $x_{1}$"}, {"id": "k3b4", "ma', "id")
    [{'id': 'k1a2', 'words': 'of $x_{1}$'}]
    """
    return list(_having(_escaped(text), {field}))


def whole(text: str, keys: Collection[str] = ()) -> dict[str, Any]:
    """Return the first JSON object in `text` that has any of `keys`, whatever their case, {} when there is none.

    Its own keys are in small letters. One that was cut off counts as far as it goes.

    >>> whole('As {JSON}:\\n```json\\n[{"Problem": {"says": "slow"}}]\\n```', ["problem"])
    {'problem': {'says': 'slow'}}
    >>> whole('{"problem": {"says": "slow"}, "data": {"sa', ["problem", "data"])
    {'problem': {'says': 'slow'}, 'data': {}}
    """
    text = _escaped(text)
    wanted = {key.lower() for key in keys}
    return lowered(next(_having(text, wanted), {}) or _cut_off(text, wanted))


def lowered(found: dict[str, Any]) -> dict[str, Any]:
    """Return an object with its keys in small letters, the first of those that differ in case only.

    >>> lowered({"Says": "slow", "SAYS": "fast"})
    {'says': 'slow'}
    """
    small: dict[str, Any] = {}
    for key, value in found.items():
        small.setdefault(key.strip().lower(), value)
    return small


def _having(text: str, wanted: Collection[str]) -> Iterator[dict[str, Any]]:
    """Yield the objects with any of the wanted keys, which are in small letters, the outermost; all without wanted ones."""
    place = text.find("{")
    while place >= 0:
        one, end = _object(text, place)
        has = isinstance(one, dict) and (
            not wanted or any(key.strip().lower() in wanted for key in one)
        )
        if has:
            yield one
        place = text.find("{", end if has else place + 1)


def _cut_off(text: str, wanted: Collection[str]) -> dict[str, Any]:
    keys = "|".join(map(re.escape, wanted)) or r"[^\"]*"
    begin = re.search(rf'\{{\s*"\s*(?:{keys})\s*"\s*:', text, re.IGNORECASE)
    if begin is None:
        return {}
    try:
        found = parse_json_markdown(text[begin.start() :])
    except (ValueError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _escaped(text: str) -> str:
    """Return `text` with LaTeX's backslashes, which models copy as they are, as JSON wants them."""
    return _LATEX.sub(r"\1\\\\", text)


def _object(text: str, place: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, place)
    except (ValueError, RecursionError):
        return None, place + 1
