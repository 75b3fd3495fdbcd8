"""arXiv: its metadata snapshot, a JSON object a line, and its API's Atom feed."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.formats.format import Format, Record, person, record_of
from ingest.formats.json_objects import keys_of_first, records_by
from ingest.formats.xml_records import elements, find, text_at, text_of
from ingest.plain_text import from_latex
from ingest.record_facts import arxiv_id_in, doi_of, year_in
from ingest.source import Source

_STATEMENT = re.compile(
    r"\bthis (?:paper|article|submission|manuscript|work|version|preprint)"
    r" (?:has been|was|is) (?:being )?(?:withdrawn|retracted)\b",
    re.IGNORECASE,
)
_COMMENT = re.compile(
    r"\W*(?:withdrawn|retracted)(?:\W*$|\s*[.,;:(]|\s+(?:by|due|because|as|since|for|from|in)\b)",
    re.IGNORECASE,
)
_STATED_WITHIN = 300


def is_withdrawn(comment: str, abstract: str) -> bool:
    """Tell whether a comment says that its paper was withdrawn, or an abstract begins so.

    >>> is_withdrawn("12 pages", "Retracted papers are still cited. This paper is withdrawn")
    False
    >>> is_withdrawn("", "This paper has been withdrawn."), is_withdrawn("Retracted", "")
    (True, True)
    """
    told = _STATEMENT.search(comment[:_STATED_WITHIN]) or _COMMENT.match(comment)
    return bool(told or _STATEMENT.match(abstract.lstrip(" ([*")))


def _record(where: str, given: Mapping[str, Any]) -> Record:
    def text(name: str) -> str:
        return str(given.get(name) or "")

    names = [[from_latex(str(part)) for part in name] for name in given.get("authors_parsed") or ()]
    versions = given.get("versions") or [{}]
    return record_of(
        where,
        {
            "title": from_latex(text("title")),
            "abstract": from_latex(text("abstract")),
            "authors": [_person(*name[:3]) for name in names] or from_latex(text("authors")),
            "year": year_in(versions[0].get("created"), given.get("update_date")),
            "venue": from_latex(text("journal-ref")),
            "arxiv_id": arxiv_id_in(text("id")),
            "doi": doi_of(text("doi")),
            "categories": text("categories"),
            "type": "preprint" if not given.get("journal-ref") else "article",
            "retracted": is_withdrawn(text("comments"), text("abstract")),
        },
    )


def _person(family: str = "", given: str = "", suffix: str = "") -> dict[str, str]:
    return person(given.replace(". -", ".-"), family, suffix)


def _is_snapshot(head: str) -> bool:
    keys = keys_of_first(head)
    return {"id", "title", "abstract"} <= keys and bool({"authors_parsed", "versions"} & keys)


SNAPSHOT = Format("arXiv's metadata snapshot", (), _is_snapshot, records_by(_record))


def _read_feed(source: Source) -> Iterator[Record]:
    for where, entry in elements(source, "entry"):
        address, doi = text_at(entry, "id"), text_at(entry, "doi")
        terms = [one.get("term", "") for one in find(entry, "category")]
        abstract = from_latex(text_at(entry, "summary"))
        yield record_of(
            where,
            {
                "title": from_latex(text_at(entry, "title")),
                "abstract": abstract,
                "authors": [person("", text_of(one)) for one in find(entry, "author", "name")],
                "year": text_at(entry, "published")[:4],
                "venue": from_latex(text_at(entry, "journal_ref")),
                "arxiv_id": arxiv_id_in(address.partition("api/errors")[0]),
                "doi": doi_of(doi),
                "categories": terms,
                "type": "article" if text_at(entry, "journal_ref") else "preprint",
                "retracted": is_withdrawn(text_at(entry, "comment"), abstract),
            },
        )


ATOM = Format(
    "arXiv's Atom feed",
    (".atom",),
    lambda head: "http://www.w3.org/2005/Atom" in head and "arxiv.org" in head,
    _read_feed,
)
