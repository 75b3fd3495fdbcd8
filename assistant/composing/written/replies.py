"""What a model's reply holds: JSON objects of a schema, words copied from an abstract. Pure."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from langchain_core.utils.json import parse_json_markdown

from assistant.checking.contradictions import evidence
from assistant.types import Paper, Span

Schema = Mapping[str, Any]
"""A JSON schema."""
TEXT: Schema = {"type": "string"}
_DECODER = json.JSONDecoder(strict=False)
_LATEX = re.compile(r'(?<!\\)((?:\\\\)*)\\(?![\\"/bfnrtu])')
_FEWEST_CHARACTERS = 12  # of copied words without a figure


def object_schema(properties: Mapping[str, Schema]) -> Schema:
    """Return the JSON schema of an object with all of `properties` and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def find_objects(text: str, keys: Collection[str]) -> Iterator[dict[str, Any]]:
    """Yield the outermost JSON objects in `text` that have any of `keys`, whatever their case.

    Their own keys are in small letters.

    >>> list(find_objects('Sure! [{"ID": "k1a2", "words": "of $x_{1}$"}, {"id": "k3', ["id"]))
    [{'id': 'k1a2', 'words': 'of $x_{1}$'}]
    """
    text = _escape_latex(text)
    wanted = {key.lower() for key in keys}
    start = text.find("{")
    while start >= 0:
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            value, end = None, start + 1
        small = lower_keys(value) if isinstance(value, dict) else {}
        if wanted & set(small):
            yield small
        start = text.find("{", end if wanted & set(small) else start + 1)


def find_object(text: str, keys: Collection[str]) -> dict[str, Any]:
    """Return the first that `find_objects` finds, else what there is of one cut off, else {}.

    >>> find_object('As {JSON}:\\n```json\\n[{"Problem": {"says": "slow"}}]\\n```', ["problem"])
    {'problem': {'says': 'slow'}}
    >>> find_object('{"problem": {"says": "slow"}, "data": {"sa', ["problem", "data"])
    {'problem': {'says': 'slow'}, 'data': {}}
    """
    if (whole := next(find_objects(text, keys), None)) is not None:
        return whole
    text = _escape_latex(text)
    begin = re.search(
        rf'\{{\s*"\s*(?:{"|".join(map(re.escape, keys))})\s*"\s*:', text, re.IGNORECASE
    )
    try:
        part = parse_json_markdown(text[begin.start() :]) if begin else {}
    except (ValueError, TypeError, RecursionError):
        return {}
    return lower_keys(part) if isinstance(part, dict) else {}


def lower_keys(value: dict[str, Any]) -> dict[str, Any]:
    """Return an object with its keys in small letters, the first of those that differ in case only.

    >>> lower_keys({"Says": "slow", "SAYS": "fast"})
    {'says': 'slow'}
    """
    small: dict[str, Any] = {}
    for key, held in value.items():
        small.setdefault(key.strip().lower(), held)
    return small


def locate_words(words: str, paper: Paper) -> Span | None:
    """Return the whole sentences of the abstract that hold `words`, spaces apart, or None.

    Words addressed to software are no evidence.

    >>> locate_words("tunes  24M", Paper("a", "T", "It is new. It tunes 24M weights.")).text
    'It tunes 24M weights.'
    """
    plain = words.strip(" \t\n\"“”'.…")
    short = len(plain) < min(_FEWEST_CHARACTERS, len(paper.abstract))
    if not plain or (short and not re.search(r"\d", plain)):
        return None
    pattern = r"\s+".join(re.escape(word) for word in plain.split())
    match = re.search(pattern, paper.abstract, re.IGNORECASE)
    if match is None:
        return None
    held = [
        span for span in evidence(paper) if span.start < match.end() and match.start() < span.end
    ]
    if not held or match.start() < held[0].start or match.end() > held[-1].end:
        return None
    start, end = held[0].start, held[-1].end
    return Span(paper.abstract[start:end], start, end)


def _escape_latex(text: str) -> str:
    """Return `text` with LaTeX's backslashes, which models copy as they are, as JSON wants them."""
    return _LATEX.sub(r"\1\\\\", text)
