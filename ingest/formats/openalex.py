"""OpenAlex works: a snapshot's lines, or a reply of the API."""

import re
from collections.abc import Mapping
from typing import Any

from ingest.formats.format import Format, record_of
from ingest.formats.json_objects import keys_of_first, records_by, text_at, texts
from ingest.plain_text import from_markup
from ingest.record_facts import arxiv_id_in, doi_of

_WORK = re.compile(r'"id"\s*:\s*"https://openalex\.org/W\d')


def abstract_of(index: Mapping[str, list[int]] | None) -> str:
    """Return the text whose words stand in an inverted index with their places.

    >>> abstract_of({"a": [1, 3], "Not": [0], "but": [2]})
    'Not a but a'
    """
    placed = ((place, word) for word, places in (index or {}).items() for place in places)
    return " ".join(word for _, word in sorted(placed))


def fields_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a work as `record_fields.paper_of` takes them."""
    place = given.get("primary_location") or given.get("host_venue") or {}
    places = [given.get("doi"), *texts(given.get("locations"), "landing_page_url")]
    keywords = given.get("keywords") or given.get("concepts")
    return {
        "title": from_markup(text_at(given, "title") or text_at(given, "display_name")),
        "abstract": from_markup(abstract_of(given.get("abstract_inverted_index"))),
        "authors": [
            {"family": name} for name in texts(given.get("authorships"), "author", "display_name")
        ],
        "year": given.get("publication_year"),
        "venue": text_at(place, "source", "display_name") or text_at(place, "display_name"),
        "url": text_at(place, "landing_page_url") or given.get("id"),
        "doi": doi_of(given.get("doi")),
        "arxiv_id": arxiv_id_in(*places),
        "pmid": text_at(given, "ids", "pmid"),
        "openalex_id": given.get("id"),
        "type": given.get("type"),
        "keywords": keywords,
        "cited_by": given.get("cited_by_count"),
        "retracted": given.get("is_retracted"),
    }


def _is_works(head: str) -> bool:
    keys = keys_of_first(head)
    return "abstract_inverted_index" in keys or ("id" in keys and bool(_WORK.search(head[:4_000])))


FORMAT = Format(
    "OpenAlex works",
    (),
    _is_works,
    records_by(lambda where, given: record_of(where, fields_of(given))),
)
