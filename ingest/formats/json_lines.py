"""JSON Lines of papers: `title`, `abstract` or `text`, and what else is known; or BEIR's layout
(Thakur et al. 2021): `{"_id", "title", "text", "metadata"}`.
"""

import re
from collections.abc import Mapping
from typing import Any

from assistant.errors import SourceError
from ingest.formats.format import Format, Record
from ingest.formats.json_objects import records_by
from ingest.record_facts import year_in
from ingest.record_fields import repair

_TITLE_WORDS = 12
_TITLE_LENGTH = 150  # of a language that sets no spaces, twelve words are a page
_WORD = re.compile(r"[^\W_]")
_DATES = ("year", "publication_date", "publicationDate", "publication date", "published", "date")


def _beir_id(record: Mapping[str, Any]) -> str | None:
    """Return the id of a record in BEIR layout, else None; SourceError for an unprintable one.

    >>> _beir_id({"_id": "4", "text": "", "doi": "10.1/2"}), _beir_id({"_id": "4", "abstract": "B"})
    ('beir:4', None)
    """
    given = record.get("_id")
    text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if "text" not in record or not text.strip():
        return None
    if any(not one.isprintable() and (not one.isspace() or one in "\r\n\v\f") for one in text):
        raise SourceError(f"the _id {text[:60]!r} has characters that cannot be printed")
    return f"beir:{text}"


def _of_beir(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a record in BEIR layout as ours, None without words; title or text may stand for both.

    >>> _of_beir({"_id": "1", "title": "A Title", "text": ""})["abstract"]
    'A Title'
    """
    title, text = _string(record, "title"), _string(record, "text") or _string(record, "abstract")
    if not title and not text:
        return None
    given = record.get("metadata")
    metadata = given if isinstance(given, dict) else {}
    kept = {name: record.get(name) for name in ("authors", "author", "venue")}
    urls = (str(one) for one in (metadata.get("url"), record.get("url")))
    year = record.get("year") or year_in(*map(metadata.get, _DATES))
    return {
        **kept,
        "title": title or _beginning(text),
        "abstract": text or title,
        "url": next((url for url in urls if url.startswith(("http://", "https://"))), None),
        "year": year,
    }


def _string(record: Mapping[str, Any], name: str) -> str:
    """Return a field, empty when it has no letter and no digit."""
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise SourceError(f"the record's {name} is not text")
    return value if _WORD.search(repair(value)) else ""


def _beginning(text: str) -> str:
    words = text.split()
    begun = " ".join(words[:_TITLE_WORDS])[:_TITLE_LENGTH]
    return begun if len(begun) == len(" ".join(words)) else f"{begun.rstrip('.,;: ')}…"


def _as_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record with its text as `abstract`; SourceError when it is missing."""
    abstract = record.get("abstract") or record.get("text")
    for field, value in (("title", record.get("title")), ("abstract", abstract)):
        if not isinstance(value, str) or not value.strip():
            raise SourceError(f"the record has no {field}; give it as text")
    return {**record, "abstract": abstract}


def _record(where: str, given: Mapping[str, Any]) -> Record:
    try:
        paper_id = _beir_id(given)
        fields = _of_beir(given) if paper_id else _as_record(given)
    except SourceError as error:
        return Record(where, None, problem=str(error))
    return Record(where, fields, paper_id or "")


FORMAT = Format(
    "JSON Lines (also in BEIR's layout)",
    (".jsonl", ".ndjson", ".json"),
    lambda head: head.lstrip().startswith(("{", "[{")),
    records_by(_record),
)
