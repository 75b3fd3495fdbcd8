"""JSON objects out of what a model wrote: with prose around them, in a code fence, or cut off. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from langchain_core.utils.json import parse_json_markdown

_DECODER = json.JSONDecoder(strict=False)
_LATEX = re.compile(r'(?<!\\)((?:\\\\)*)\\(?![\\"/bfnrtu])')


def objects(text: str, field: str) -> list[dict[str, Any]]:
    """Return the JSON objects in `text` that have `field`, in order, the outermost; none when there are none.

    >>> objects('Sure! [{"id": "k1a2", "words": "of $x_{1}$"}, {"id": "k3b4", "ma', "id")
    [{'id': 'k1a2', 'words': 'of $x_{1}$'}]
    """
    text = _escaped(text)
    found = []
    place = text.find("{")
    while place >= 0:
        one, end = _object(text, place)
        has = isinstance(one, dict) and field in one
        if has:
            found.append(one)
        place = text.find("{", end if has else place + 1)
    return found


def whole(text: str) -> dict[str, Any]:
    """Return the JSON object that `text` is or holds, {} when it is none.

    >>> whole('```json\\n{"problem": {"says": "slow"}}\\n```')
    {'problem': {'says': 'slow'}}
    """
    try:
        found = parse_json_markdown(_escaped(text))
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
