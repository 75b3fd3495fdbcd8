"""JSON → its objects: of JSON Lines, of an array or a reply around one, or over several lines."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from assistant.errors import SourceError
from ingest.formats.format import Record
from ingest.source import LONGEST_LINE, Source

_ARRAY = re.compile(r"\s*\[\s*[{\]]")
# The first array of a reply holds what was asked for: OpenAlex's, Semantic Scholar's, Crossref's.
_REPLY = re.compile(
    r'\s*\{[^\[]*?"(?:results|data|items|references|works|papers)"\s*:\s*\[\s*[{\]]'
)
# Crossref's reply about one work.
_WORK = re.compile(r'\s*\{(?:(?!"title")[^\[{])*?"message"\s*:\s*(?=\{)')
_OVER_LINES = re.compile(r"\s*\{[ \t]*\r?\n")
# A string that is cut off by the end of what was read goes up to there.
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)
_BRACE = re.compile(r"[{\]]")
_PROBLEM_LENGTH = 200

Given = Mapping[str, Any] | str
"""An object, or what is wrong with what stands in its place."""


def _begun(head: str) -> re.Match[str] | None:
    """Return what stands before the first object of an array or a reply, and a sign of it."""
    return _ARRAY.match(head) or _REPLY.match(head) or _WORK.match(head)


def read_objects(source: Source) -> Iterator[tuple[int, Given]]:
    """Yield line and object of each object in a file, of a bad one what is wrong with it."""
    head = source.head
    if whole := _begun(head):
        texts = _elements(source, whole.end() - 1)
    elif _OVER_LINES.match(head):
        texts = _elements(source, 0)
    else:
        texts = ((line, text) for line, text in source.lines() if text.strip())
    for line, text in texts:
        yield line, _parsed(text, f"{source.name}:{line}", source.tell)


def _parsed(text: str, where: str, tell: Callable[[str], None]) -> Given:
    repeated = False

    def to_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        record = dict(pairs)
        repeated = repeated or len(record) < len(pairs)
        return record

    try:
        record = json.loads(text, object_pairs_hook=to_dict)
    except (ValueError, RecursionError) as error:
        return (
            f"not a JSON object on one line ({error})" if "\n" not in text else f"no JSON ({error})"
        )
    if not isinstance(record, dict):
        return f"expected a JSON object, found {type(record).__name__}"
    if repeated:
        tell(f"{where}: a key stands twice; the last one counts")
    return record


def _elements(source: Source, start: int) -> Iterator[tuple[int, str]]:
    """Yield line and text of each object from `start` to the end of their array."""
    line, rest, skip, wanted = 1, "", start, 0
    for piece in source.pieces():
        rest += piece
        if piece and len(rest) <= max(skip, wanted):
            continue
        line, rest, skip, wanted = line + rest[:skip].count("\n"), rest[skip:], 0, 0
        while (opening := _BRACE.search(rest)) and opening[0] == "{":
            first = opening.start()
            if (end := _end(rest, first)) is None:
                wanted = 2 * len(rest)  # so that a long object is not searched at every piece
                break
            line += rest.count("\n", 0, first)
            yield line, rest[first:end]
            line, rest = line + rest.count("\n", first, end), rest[end:]
        if opening and opening[0] == "]":
            return
        if len(rest) > LONGEST_LINE:
            problem = f"an object of more than {LONGEST_LINE:,} characters; is the file damaged?"
            raise SourceError(f"{source.name}:{line}: {problem}")
    if rest.strip(" \r\n\t,]}"):
        yield line + rest[: len(rest) - len(rest.lstrip(" \r\n\t,"))].count("\n"), rest


def _end(text: str, start: int) -> int | None:
    """Return where the object that begins at `start` ends, None where it goes on."""
    return next((token.end() for token, depth in _tokens(text, start) if not depth), None)


def _tokens(text: str, start: int) -> Iterator[tuple[re.Match[str], int]]:
    """Yield strings and brackets of the object at `start`, each with the depth behind it."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        depth += (token[0] in "{[") - (token[0] in "}]")
        yield token, depth
        if not depth:
            return


def keys_of_first(head: str) -> frozenset[str]:
    """Return the keys of the first object in a text that may be cut off.

    >>> sorted(keys_of_first('{"results": [{"id": 1, "b": {"c": 2}, "d": "…'))
    ['b', 'd', 'id']
    """
    whole = _begun(head)
    begun = head.find("{", whole.end() - 1) if whole else head.find("{")
    if begun < 0 or head[:begun].strip(" \r\n\t[") and not whole:
        return frozenset()
    return frozenset(
        token[0][1:-1]
        for token, depth in _tokens(head, begun)
        if depth == 1
        and token[0].startswith('"')
        and re.match(r"\s*:", head[token.end() : token.end() + 8])
    )


def records_by(
    to_record: Callable[[str, Mapping[str, Any]], Record],
) -> Callable[[Source], Iterator[Record]]:
    """Return what reads a file of JSON objects, each made a record by `to_record`."""

    def read(source: Source) -> Iterator[Record]:
        for line, given in read_objects(source):
            where = f"{source.name}:{line}"
            if isinstance(given, str):
                yield Record(where, None, problem=given[:_PROBLEM_LENGTH])
            else:
                yield checked_record(to_record, where, given)

    return read


def checked_record(
    to_record: Callable[[str, Mapping[str, Any]], Record], where: str, given: Mapping[str, Any]
) -> Record:
    """Return what `to_record` makes of an object, a problem where a field of it is none of ours."""
    try:
        return to_record(where, given)
    except (AttributeError, TypeError, ValueError, LookupError) as error:
        return Record(where, None, problem=f"a field is not as it should be ({error})")


def texts(items: Any, *path: str) -> Iterator[str]:
    """Yield the text at `path` in each object of a list, where there is one.

    >>> list(texts([{"author": {"name": "Ann Lee"}}, {"author": None}, 7], "author", "name"))
    ['Ann Lee']
    """
    for item in (
        items if isinstance(items, Iterable) and not isinstance(items, str | Mapping) else ()
    ):
        if found := text_at(item, *path):
            yield found


def text_at(item: Any, *path: str) -> str:
    """Return the text at `path` in nested objects, "" where there is none."""
    for name in path:
        item = item.get(name) if isinstance(item, Mapping) else None
    return item.strip() if isinstance(item, str) else ""
