"""RIS, as reference managers, Embase, Ovid and others write it; and Web of Science's own tags."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ingest.formats.format import Format, Record, person, person_of, record_of
from ingest.plain_text import from_markup
from ingest.record_facts import arxiv_id_in, doi_at, doi_of, noted, year_in
from ingest.record_fields import Tell
from ingest.source import Source

_RIS = re.compile(r"^\s*TY {1,2}- ?[A-Z]", re.MULTILINE)
_WOS = re.compile(r"^PT [A-Z]\r?$", re.MULTILINE)
_RIS_BEGINNING = re.compile(r"\s*TY {1,2}-")
_RIS_END = re.compile(r"\s*ER {1,2}-\s*$")
_WOS_BEGINNING, _WOS_END = re.compile(r"PT "), re.compile(r"ER\s*$")
# Some programs write one blank where two belong; elsewhere "TV - a study" is text that goes on.
_TAG, _LOOSE_TAG = (
    re.compile(rf"^\s*([A-Z][A-Z0-9]) {blanks}-(?:\s|$)") for blanks in ("{2}", "{1,2}")
)
_PMID = r"PMID|PubMed ID|MEDLINE"
# "*Asthma/dt [Drug Therapy]": a heading of a thesaurus with a star and qualifiers.
_STAR, _QUALIFIERS = re.compile(r"^\*(?=\w)"), re.compile(r"/[a-z]{2}(?:, [a-z]{2})* \[[^\]]*\]$")
_MEETINGS, _PUBLISHED = frozenset({"CONF", "CPAPER"}), frozenset({"THES", "BOOK", "RPRT"})
_LONGEST = 2_000_000

Fields = Mapping[str, Any]


def _parts(
    source: Source, beginning: re.Pattern[str], end: re.Pattern[str]
) -> Iterator[tuple[int, list[str]]]:
    """Yield first line and lines of each record; one without an end goes up to the next."""
    first, lines, length = 0, list[str](), 0
    for number, line in source.lines():
        if beginning.match(line):
            if lines:
                yield first, lines
            first, lines, length = number, [line], 0
        elif lines and end.match(line):
            yield first, lines
            lines = []
        elif lines and (length := length + len(line)) <= _LONGEST:
            lines.append(line)
    if lines:
        yield first, lines


def _read_ris(source: Source, tell: Tell) -> Iterator[Record]:
    from rispy import RisParser

    tag = _LOOSE_TAG if re.search(r"^\s*TY -", source.head, re.MULTILINE) else _TAG
    for line, lines in _parts(source, _RIS_BEGINNING, _RIS_END):
        text = [tag.sub(r"\1  - ", one) for one in lines]
        yield from _parsed(source, line, RisParser, [*text, "ER  - "], _ris_record)


def _read_wos(source: Source, tell: Tell) -> Iterator[Record]:
    from rispy import WokParser

    for line, lines in _parts(source, _WOS_BEGINNING, _WOS_END):
        yield from _parsed(source, line, WokParser, [*filter(str.strip, lines), "ER"], _wos_record)


def _parsed(
    source: Source,
    line: int,
    parser: Any,
    lines: list[str],
    record: Callable[[str, Fields], Record],
) -> Iterator[Record]:
    where = f"{source.name}:{line}"
    try:
        (fields,) = parser(skip_unknown_tags=True).parse_lines(iter(lines))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        yield Record(where, None, problem=f"a record whose tags cannot be read ({error})")
        return
    yield record(where, fields)


def _text(fields: Fields, *names: str) -> str:
    """Return the first of some fields that says something, of a list its texts in one."""
    for name in names:
        value = fields.get(name) or ""
        text = from_markup(" ".join(value) if isinstance(value, list) else value)
        if text:
            return text
    return ""


def _lines(fields: Fields, *names: str) -> Iterator[str]:
    for value in (fields.get(name) or "" for name in names):
        yield from value if isinstance(value, list) else [value]


def _ris_record(where: str, fields: Fields) -> Record:
    urls = [url for url in fields.get("urls") or () if url.startswith(("http://", "https://"))]
    notes = [*_lines(fields, "notes", "note", "custom2", "call_number", "accession_number")]
    doi = doi_of(fields.get("doi"), noted("DOI", *notes)) or doi_at(*urls)
    accession = _text(fields, "accession_number")
    # Embase has PubMed's number in C5, PubMed's own export in AN or "PMID: …" in a note.
    source = " ".join(str(fields.get(name)) for name in ("name_of_database", "database_provider"))
    pubmed = accession if re.search("pubmed|medline", source, re.IGNORECASE) else ""
    kind = _text(fields, "type_of_reference")
    return record_of(
        where,
        {
            "title": _text(fields, "title", "primary_title", "short_title", "translated_title"),
            "abstract": _text(fields, "abstract", "notes_abstract"),
            "authors": _people(fields.get("authors") or fields.get("first_authors")),
            "year": year_in(*(fields.get(name) for name in ("year", "publication_year", "date"))),
            "venue": _text(
                fields,
                *("alternate_title3", "journal_name", "secondary_title", "alternate_title2"),
                *("alternate_title1", "tertiary_title"),
                *(["custom3"] if kind in _MEETINGS else []),
                *(["publisher"] if kind in _PUBLISHED else []),
            ),
            "url": urls[0] if urls else None,
            "doi": doi,
            "arxiv_id": arxiv_id_in(doi, accession, *urls),
            "pmid": _text(fields, "custom5") or noted(_PMID, *notes) or pubmed,
            "type": [kind, _text(fields, "type_of_work")],
            "keywords": [*map(_heading, fields.get("keywords") or ())],
            "note": [*_lines(fields, "notes", "note")],
        },
    )


def _heading(keyword: str) -> str:
    """Return a keyword without its star and qualifiers.

    >>> _heading("*Asthma/dt [Drug Therapy]"), _heading("CT/MRI")
    ('Asthma', 'CT/MRI')
    """
    return _QUALIFIERS.sub("", _STAR.sub("", keyword))


def _wos_record(where: str, fields: Fields) -> Record:
    full = fields.get("author_full_name") or fields.get("authors")
    doi = doi_of(fields.get("doi"))
    keywords = [_text(fields, "author_keywords"), _text(fields, "keywords_plus")]
    cited = _text(fields, "total_times_cited_count", "wos_core_collection_cited_count")
    return record_of(
        where,
        {
            "title": _text(fields, "document_title"),
            "abstract": _text(fields, "abstract"),
            "authors": [
                *_people(full),
                *(person("", one) for one in fields.get("group_authors", ())),
            ],
            "year": year_in(
                *(fields.get(f"{name}_year") for name in ("publication", "early_access"))
            ),
            "venue": _text(fields, "publication_name"),
            "doi": doi,
            "arxiv_id": arxiv_id_in(doi),
            "pmid": _text(fields, "pubmed_id"),
            "type": _text(fields, "document_type"),
            "keywords": "; ".join(filter(None, keywords)),
            "cited_by": cited or None,
        },
    )


def _people(names: Any) -> list[dict[str, str]]:
    given = names if isinstance(names, list) else [names]
    return [person_of(from_markup(name)) for name in given if name]


RIS = Format("RIS", (".ris",), lambda head: bool(_RIS.search(head)), _read_ris)
WEB_OF_SCIENCE = Format(
    "Web of Science's tagged files",
    (".ciw", ".isi"),
    lambda head: bool(_WOS.search(head)),
    _read_wos,
)
