"""PubMed's .nbib (MEDLINE) and EndNote's .enw: a tag before each line, an empty line between
records.
"""

import re
from collections.abc import Iterator, Mapping

from assistant.text.identifiers import pubmed_url
from ingest.formats.format import Format, Record, person, person_of, record_of
from ingest.plain_text import from_markup
from ingest.record_facts import arxiv_id_in, doi_at, doi_in, doi_of, year_in
from ingest.record_fields import Tell
from ingest.source import Source

_MEDLINE = re.compile(r"^([A-Z]{2,4}) *- (.*)$")
_MEDLINE_FILE = re.compile(r"^PMID *- ?\d+", re.MULTILINE)
_ENDNOTE = re.compile(r"^%(\S) ?(.*)$")
_ENDNOTE_FILE = re.compile(r"^%0 \S.*\r?\n%\S ", re.MULTILINE)
_LONGEST = 2_000_000

Tags = Mapping[str, list[str]]


def _records(source: Source, form: re.Pattern[str], beginning: str) -> Iterator[tuple[str, Tags]]:
    """Yield place and texts by tag of each record, which begins with the tag `beginning`."""
    first, tags, last, length = 0, dict[str, list[str]](), list[str](), 0
    for number, line in source.lines():
        found = form.match(line)
        if found and found[1] == beginning and tags:
            yield f"{source.name}:{first}", tags
            first, tags, length = 0, {}, 0
        length += len(line)
        if length > _LONGEST:
            continue
        if found:
            first = first or number
            last = tags.setdefault(found[1], [])
            last.append(found[2].strip())
        elif last and line.strip():  # a long text goes on, indented
            between = "\n" if last is tags.get("K") else " "  # EndNote writes a keyword a line
            last[-1] += f"{between}{line.strip()}"
    if tags:
        yield f"{source.name}:{first}", tags


def _text(tags: Tags, *names: str) -> str:
    return next((text for name in names if (text := from_markup(" ".join(tags.get(name, ()))))), "")


def _read_medline(source: Source, tell: Tell) -> Iterator[Record]:
    for where, tags in _records(source, _MEDLINE, "PMID"):
        names = tags.get("FAU", tags.get("AU", ()))
        ids = [one for tag in ("LID", "AID") for one in tags.get(tag, ())]
        doi = doi_of(*(one for one in ids if one.endswith("[doi]"))) or doi_in(*tags.get("SO", ()))
        kinds = [kind for kind in tags.get("PT", ()) if not kind.startswith("Research Support")]
        pmid = tags.get("PMID", [""])[0]
        yield record_of(
            where,
            {
                "title": _text(tags, "TI", "BTI", "TT").removesuffix("."),
                "abstract": _text(tags, "AB", "OAB"),
                "authors": [
                    *map(person_of, map(from_markup, names)),
                    *(person("", group) for group in tags.get("CN", ())),
                ],
                "year": year_in(_text(tags, "DP", "DEP", "EDAT")),
                "venue": _text(tags, "JT", "TA"),
                "url": pubmed_url(pmid) or None,
                "doi": doi,
                "arxiv_id": arxiv_id_in(doi),
                "pmid": pmid,
                "type": kinds,
                "keywords": [*tags.get("OT", ()), *(_heading(one) for one in tags.get("MH", ()))],
                "retracted": "RIN" in tags,
            },
        )


def _heading(text: str) -> str:
    """Return a MeSH heading without its qualifiers and its star.

    >>> _heading("*Neoplasms/drug therapy")
    'Neoplasms'
    """
    return text.partition("/")[0].removeprefix("*")


def _read_endnote(source: Source, tell: Tell) -> Iterator[Record]:
    for where, tags in _records(source, _ENDNOTE, "0"):
        urls = [url for url in tags.get("U", ()) if url.startswith(("http://", "https://"))]
        doi = doi_of(*tags.get("R", ())) or doi_at(*urls)
        accession = _text(tags, "M")
        yield record_of(
            where,
            {
                "title": _text(tags, "T", "!"),
                "abstract": _text(tags, "X"),
                "authors": [*map(person_of, map(from_markup, tags.get("A", ())))],
                "year": year_in(_text(tags, "D", "8")),
                "venue": _text(tags, "J", "B", "S", "I"),
                "url": urls[0] if urls else None,
                "doi": doi,
                "arxiv_id": arxiv_id_in(doi, *urls),
                "pmid": accession if "pubmed" in "".join(urls) else "",
                "type": _text(tags, "0"),
                "keywords": "\n".join(tags.get("K", ())),
            },
        )


MEDLINE = Format(
    "PubMed's .nbib",
    (".nbib", ".medline"),
    lambda head: bool(_MEDLINE_FILE.search(head)),
    _read_medline,
)
ENDNOTE = Format(
    "EndNote's .enw", (".enw",), lambda head: bool(_ENDNOTE_FILE.search(head)), _read_endnote
)
