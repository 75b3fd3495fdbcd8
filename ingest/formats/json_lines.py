"""JSON Lines of papers: `title`, `abstract` or `text`, and what else is known; or BEIR's layout."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from assistant.errors import SourceError
from ingest.formats import beir
from ingest.formats.format import Format, Record
from ingest.record_fields import Tell


def read_objects(text: str, name: str, tell: Tell) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Yield number and object of each line not blank; of a bad one what is wrong with it."""
    repeated: list[list[tuple[str, Any]]] = []

    def to_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        record = dict(pairs)
        if len(record) < len(pairs):
            repeated.append(pairs)
        return record

    for line, content in enumerate(text.lstrip("\ufeff").split("\n"), 1):
        if not content.strip():
            continue
        try:
            record = json.loads(content, object_pairs_hook=to_dict)
        except (ValueError, RecursionError) as error:
            yield line, f"not a JSON object on one line ({error})"
            continue
        if not isinstance(record, dict):
            yield line, f"expected a JSON object, found {type(record).__name__}"
            continue
        if repeated:
            tell(f"{name}:{line}: a key stands twice; the last one counts")
            repeated.clear()
        yield line, record


def _as_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record with its text as `abstract`; SourceError when it is missing."""
    abstract = record.get("abstract") or record.get("text")
    for field, value in (("title", record.get("title")), ("abstract", abstract)):
        if not isinstance(value, str) or not value.strip():
            raise SourceError(f"the record has no {field}; give it as text")
    return {**record, "abstract": abstract}


def _read(text: str, name: str, tell: Tell) -> Iterator[Record]:
    for line, given in read_objects(text, name, tell):
        where = f"{name}:{line}"
        if isinstance(given, str):
            yield Record(where, None, problem=given)
            continue
        try:
            paper_id = beir.paper_id(given)
            fields = beir.as_record(given) if paper_id else _as_record(given)
        except SourceError as error:
            yield Record(where, None, problem=str(error))
            continue
        yield Record(where, fields, paper_id or "")


def _is_json(text: str) -> bool:
    return text.lstrip().startswith("{")


FORMAT = Format(
    "JSON Lines (also in BEIR's layout)", (".jsonl", ".ndjson", ".json"), _is_json, _read
)
