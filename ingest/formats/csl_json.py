"""CSL-JSON, as Zotero, Pandoc and Crossref write it."""

from collections.abc import Mapping
from typing import Any

from ingest.formats.format import Format, Record, record_of
from ingest.formats.json_objects import keys_of_first, records_by, text_at
from ingest.plain_text import from_markup
from ingest.record_facts import NOTED_ARXIV, arxiv_id_in, doi_at, doi_of, noted, year_in

# CSL's "article" is what is not, or not yet, in a journal; its "review" is of a book or the like.
_TYPES = {"article": "preprint", "review": "book review"}
REVIEW = "review article"
"""How a review article is marked, as a genre of an article: CSL has no type of them."""
_RETRACTIONS = frozenset({"retraction", "withdrawal", "removal"})
_DATES = ("issued", "published-print", "published-online", "published", "created")
_OWN = {"container-title", "issued", "DOI", "citation-key", "event-title", "published-online"}


def _record(where: str, given: Mapping[str, Any]) -> Record:
    note = f"{_text(given, 'note')}\n{_text(given, 'extra')}"
    archive = _text(given, "archive_location")
    own = archive if _text(given, "archive").lower() == "arxiv" else ""
    categories, custom = given.get("categories"), given.get("custom") or {}
    kind = str(given.get("type"))
    return record_of(
        where,
        {
            "title": from_markup(_text(given, "title")),
            "abstract": from_markup(_text(given, "abstract")),
            "authors": [*map(_named, given.get("author") or ())],
            "year": _year(given),
            "venue": from_markup(_text(given, "container-title") or _text(given, "event-title")),
            "url": _text(given, "URL") or None,
            "doi": doi_of(_text(given, "DOI"), noted("DOI", note)) or doi_at(_text(given, "URL")),
            "arxiv_id": arxiv_id_in(
                _text(given, "DOI"),
                own,
                _text(given, "number"),
                noted(NOTED_ARXIV, note),
                _text(given, "URL"),
            ),
            "pmid": _text(given, "PMID") or noted("PMID", note),
            "type": [_TYPES.get(kind, kind), "review" if _text(given, "genre") == REVIEW else ""],
            "keywords": given.get("keyword") or given.get("subject"),
            "categories": categories if isinstance(categories, list) else None,
            "cited_by": given.get("is-referenced-by-count", custom.get("cited_by")),
            "openalex_id": custom.get("openalex_id"),
            "s2_id": custom.get("s2_id"),
            "retracted": _is_retracted(given),
            "note": note,
        },
    )


def _is_retracted(given: Mapping[str, Any]) -> bool:
    """Tell whether Crossref knows of a notice that the work, not another one, was retracted."""
    own = [one for one in given.get("update-to") or () if _doi(one) == _doi(given)]
    updates = [*(given.get("updated-by") or ()), *own]
    return any(one.get("type") in _RETRACTIONS for one in updates)


def _doi(given: Mapping[str, Any]) -> str:
    return doi_of(given.get("DOI")).lower()


def _text(given: Mapping[str, Any], name: str) -> str:
    """Return a field, of a list as Crossref's its first text, of Zotero's `extra` too."""
    value = given.get(name)
    value = value[0] if isinstance(value, list) and value else value
    return str(value) if isinstance(value, str | int) else ""


def _named(name: Mapping[str, Any]) -> dict[str, str]:
    particle = text_at(name, "non-dropping-particle") or text_at(name, "dropping-particle")
    family = text_at(name, "family") or text_at(name, "literal") or text_at(name, "name")
    whole = f"{particle} {family} {text_at(name, 'suffix')}".split()
    return {"given": text_at(name, "given"), "family": " ".join(whole)}


def _year(given: Mapping[str, Any]) -> str | None:
    dates = []
    for name in _DATES:
        date = given.get(name)
        if isinstance(date, Mapping):
            parts = [part for some in date.get("date-parts") or () for part in some or ()]
            date = next(iter(parts), None) or date.get("raw") or date.get("literal")
        dates.append(date)
    return year_in(*dates)


def _is_csl(head: str) -> bool:
    keys = keys_of_first(head)
    return {"type", "title"} <= keys and bool(_OWN & keys)


FORMAT = Format("CSL-JSON", (".csljson",), _is_csl, records_by(_record))
