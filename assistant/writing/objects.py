"""JSON objects out of what a model wrote: with prose around them, in a code fence, or cut off. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from langchain_core.utils.json import parse_json_markdown

_OBJECT = re.compile(r"\{[^{}]*\}")


def objects(text: str, field: str) -> list[dict[str, Any]]:
    """Return the JSON objects in `text` that have `field`, in order; none when there are none.

    >>> objects('Sure! [{"id": "k1a2", "match": "yes"}, {"id": "k3b4", "ma', "id")
    [{'id': 'k1a2', 'match': 'yes'}]
    """
    found = []
    for match in _OBJECT.finditer(text):
        one = _read(match[0])
        if isinstance(one, dict) and field in one:
            found.append(one)
    return found


def whole(text: str) -> dict[str, Any]:
    """Return the JSON object that `text` is or holds, {} when it is none.

    >>> whole('```json\\n{"problem": {"says": "slow"}}\\n```')
    {'problem': {'says': 'slow'}}
    """
    try:
        found = parse_json_markdown(text)
    except (ValueError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
