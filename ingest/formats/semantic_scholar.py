"""Semantic Scholar: replies of its API; its data sets, joined by `corpusid`."""

from collections.abc import Mapping
from typing import Any

from ingest.formats.format import Format, Record, record_of
from ingest.formats.json_objects import keys_of_first, records_by, text_at, texts
from ingest.plain_text import from_markup
from ingest.record_facts import arxiv_id_in, doi_of


def fields_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a paper, spelt as by the API or as in the data sets."""
    lower = {name.lower(): value for name, value in given.items()}
    other = lower.get("externalids") or {}
    ids = {name.lower(): value for name, value in other.items() if value}
    fields = lower.get("fieldsofstudy") or list(texts(lower.get("s2fieldsofstudy"), "category"))
    places: list[tuple[Any, ...]] = [
        (lower, "venue"),
        (lower, "publicationvenue", "name"),
        (lower, "journal", "name"),
    ]
    doi = str(ids.get("doi") or "")
    return {
        "title": from_markup(text_at(lower, "title")),
        "abstract": from_markup(text_at(lower, "abstract")),
        "authors": [{"family": name} for name in texts(lower.get("authors"), "name")],
        "year": lower.get("year") or str(lower.get("publicationdate") or "")[:4],
        "venue": next((text for place in places if (text := text_at(*place))), ""),
        "url": lower.get("url"),
        "doi": doi_of(doi),
        "arxiv_id": arxiv_id_in(str(ids.get("arxiv") or ""), doi),
        "pmid": str(ids.get("pubmed") or ""),
        "s2_id": str(lower.get("paperid") or lower.get("corpusid") or ""),
        "type": lower.get("publicationtypes"),
        "keywords": sorted(set(fields)),
        "cited_by": lower.get("citationcount"),
    }


def _record(where: str, given: Mapping[str, Any]) -> Record:
    fields = fields_of(given)
    if given.get("corpusid") and not {"title", "abstract"} <= given.keys():  # the API's: corpusId
        half = {name: one for name, one in fields.items() if name != "abstract"}
        if "title" not in given:
            half = {"abstract": fields["abstract"]} if "abstract" in given else {}
        return Record(where, half, half=str(given["corpusid"]))
    return record_of(where, fields)


def _is_semantic_scholar(head: str) -> bool:
    given = keys_of_first(head)
    keys = {key.lower() for key in given}
    known = {"paperid", "corpusid"} & keys and {"externalids", "abstract", "title"} & keys
    return bool(known) or "corpusid" in given


FORMAT = Format(
    "Semantic Scholar's papers (API, datasets)", (), _is_semantic_scholar, records_by(_record)
)
