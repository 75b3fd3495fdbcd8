"""JSON Lines of papers: `title`, `abstract` or `text`, and what else is known; or BEIR's layout."""

from collections.abc import Mapping
from typing import Any

from assistant.errors import SourceError
from ingest.formats import beir
from ingest.formats.format import Format, Record
from ingest.formats.json_objects import records_by


def _as_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record with its text as `abstract`; SourceError when it is missing."""
    abstract = record.get("abstract") or record.get("text")
    for field, value in (("title", record.get("title")), ("abstract", abstract)):
        if not isinstance(value, str) or not value.strip():
            raise SourceError(f"the record has no {field}; give it as text")
    return {**record, "abstract": abstract}


def _record(where: str, given: Mapping[str, Any]) -> Record:
    try:
        paper_id = beir.paper_id(given)
        fields = beir.as_record(given) if paper_id else _as_record(given)
    except SourceError as error:
        return Record(where, None, problem=str(error))
    return Record(where, fields, paper_id or "")


def _is_json(head: str) -> bool:
    return head.lstrip().startswith("{") or head.lstrip().startswith("[{")


FORMAT = Format(
    "JSON Lines (also in BEIR's layout)",
    (".jsonl", ".ndjson", ".json"),
    _is_json,
    records_by(_record),
)
