"""RIS, Web of Science's own tags, PubMed's .nbib (MEDLINE) and EndNote's .enw: tagged lines."""

import re
from collections.abc import Iterable, Iterator, Mapping

from assistant.text.identifiers import pubmed_url
from ingest.formats.format import Format, Record, person, person_of, record_of
from ingest.plain_text import from_markup
from ingest.record_facts import PUBMED, arxiv_id_in, doi_at, doi_in, doi_of, noted, year_in
from ingest.source import Source

_RIS_FILE = re.compile(r"^\s*TY {1,2}- ?[A-Z]", re.MULTILINE)
# Some programs write one blank where two belong; elsewhere "TV - a study" is text that goes on.
_RIS, _LOOSE_RIS = (
    re.compile(rf"^\s*([A-Z][A-Z0-9]) {blanks}-(?:\s(.*)|$)") for blanks in ("{2}", "{1,2}")
)
_RIS_LISTS = frozenset({"AU", "A1", "KW", "N1", "UR"})
_WOS_FILE = re.compile(r"^PT [A-Z]\r?$", re.MULTILINE)
_WOS = re.compile(r"^([A-Z][A-Z0-9])(?:\s(.*)|$)")
_WOS_LISTS = frozenset({"AU", "AF", "CA"})
_MEDLINE_FILE = re.compile(r"^PMID *- ?\d+", re.MULTILINE)
_MEDLINE = re.compile(r"^([A-Z]{2,4}) *- (.*)$")
_ENDNOTE_FILE = re.compile(r"^%0 \S.*\r?\n%\S ", re.MULTILINE)
_ENDNOTE = re.compile(r"^%(\S) ?(.*)$")
_ENDNOTE_LISTS = frozenset({"K"})
_END = "ER"
_PMID = r"PMID|PubMed ID|MEDLINE"
_STAR, _QUALIFIERS = re.compile(r"^\*(?=\w)"), re.compile(r"/[a-z]{2}(?:, [a-z]{2})* \[[^\]]*\]$")
_VENUES = {  # where a venue stands, of some types
    **dict.fromkeys(("CONF", "CPAPER"), ["C3"]),
    **dict.fromkeys(("THES", "BOOK", "RPRT"), ["PB"]),
}
_LONGEST = 2_000_000

Tags = Mapping[str, list[str]]


def _records(
    source: Source, form: re.Pattern[str], beginning: str, lists: frozenset[str] = frozenset()
) -> Iterator[tuple[str, Tags]]:
    """Yield place and texts by tag of each record, from the tag `beginning` up to its end or the
    next one's beginning; a line without a tag goes on with the text before it, in `lists` it is a
    text of its own.
    """
    first, tags, tag, length = 0, dict[str, list[str]](), "", 0
    for number, line in source.lines():
        found = form.match(line)
        if found and found[1] in (beginning, _END):
            if tags:
                yield f"{source.name}:{first}", tags
            first, tags, length = number if found[1] == beginning else 0, {}, 0
        length += len(line)
        text = (found[2] or "" if found else line).strip()
        if not first or length > _LONGEST:
            continue
        if found or (tag in lists and text):
            tag = found[1] if found else tag
            tags.setdefault(tag, []).append(text)
        elif text:
            tags[tag][-1] += f" {text}"
    if tags:
        yield f"{source.name}:{first}", tags


def _text(tags: Tags, *names: str) -> str:
    """Return the first text of the first of some tags that says something."""
    texts = (from_markup(text) for name in names for text in tags.get(name, ())[:1])
    return next(filter(None, texts), "")


def _all(tags: Tags, *names: str) -> list[str]:
    return [text for name in names for text in tags.get(name, ())]


def _people(names: Iterable[str]) -> list[dict[str, str]]:
    return [person_of(from_markup(name)) for name in names if name]


def _addresses(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if text.startswith(("http://", "https://"))]


def _read_ris(source: Source) -> Iterator[Record]:
    form = _LOOSE_RIS if re.search(r"^\s*TY -", source.head, re.MULTILINE) else _RIS
    for where, tags in _records(source, form, "TY", _RIS_LISTS):
        urls = _addresses(url.strip() for text in _all(tags, "UR") for url in text.split(";"))
        notes = _all(tags, "N1", "M1", "C2", "CN", "AN")
        doi = doi_of(*_all(tags, "DO"), noted("DOI", *notes)) or doi_at(*urls)
        accession = _text(tags, "AN")
        # Embase has PubMed's number in C5, PubMed's own export in AN or "PMID: …" in a note.
        database = " ".join(_all(tags, "DB", "DP"))
        pubmed = accession if PUBMED.search(database) else ""
        kind = _text(tags, "TY")
        yield record_of(
            where,
            {
                "title": _text(tags, "TI", "T1", "ST", "TT"),
                "abstract": _text(tags, "AB", "N2"),
                "authors": _people(tags.get("AU") or _all(tags, "A1")),
                "year": year_in(*_all(tags, "PY", "Y1", "DA")),
                "venue": _text(tags, "JF", "JO", "T2", "JA", "J2", "T3")
                or _text(tags, *_VENUES.get(kind, ())),
                "url": urls[0] if urls else None,
                "doi": doi,
                "arxiv_id": arxiv_id_in(doi, accession, *urls),
                "pmid": _text(tags, "C5") or noted(_PMID, *notes) or pubmed,
                "type": [kind, _text(tags, "M3")],
                # A heading with its star and qualifiers: "*Asthma/dt [Drug Therapy]".
                "keywords": [_QUALIFIERS.sub("", _STAR.sub("", one)) for one in _all(tags, "KW")],
                "note": _all(tags, "N1", "M1"),
            },
        )


def _read_wos(source: Source) -> Iterator[Record]:
    for where, tags in _records(source, _WOS, "PT", _WOS_LISTS):
        doi = doi_of(*_all(tags, "DI"))
        yield record_of(
            where,
            {
                "title": _text(tags, "TI"),
                "abstract": _text(tags, "AB"),
                "authors": [
                    *_people(tags.get("AF") or _all(tags, "AU")),
                    *(person("", group) for group in tags.get("CA", ())),
                ],
                "year": year_in(*_all(tags, "PY", "EY")),
                "venue": _text(tags, "SO"),
                "doi": doi,
                "arxiv_id": arxiv_id_in(doi),
                "pmid": _text(tags, "PM"),
                "type": _text(tags, "DT"),
                "keywords": "; ".join(filter(None, (_text(tags, "DE"), _text(tags, "ID")))),
                "cited_by": _text(tags, "Z9", "TC") or None,
            },
        )


def _read_medline(source: Source) -> Iterator[Record]:
    for where, tags in _records(source, _MEDLINE, "PMID"):
        ids = _all(tags, "LID", "AID")
        doi = doi_of(*(one for one in ids if one.endswith("[doi]"))) or doi_in(*_all(tags, "SO"))
        kinds = [kind for kind in tags.get("PT", ()) if not kind.startswith("Research Support")]
        pmid = tags["PMID"][0]
        yield record_of(
            where,
            {
                "title": _text(tags, "TI", "BTI", "TT").removesuffix("."),
                "abstract": _text(tags, "AB", "OAB"),
                "authors": [
                    *_people(tags.get("FAU") or _all(tags, "AU")),
                    *(person("", group) for group in tags.get("CN", ())),
                ],
                "year": year_in(_text(tags, "DP", "DEP", "EDAT")),
                "venue": _text(tags, "JT", "TA"),
                "url": pubmed_url(pmid) or None,
                "doi": doi,
                "arxiv_id": arxiv_id_in(doi),
                "pmid": pmid,
                "type": kinds,
                # A heading of MeSH with its star and qualifiers: "*Neoplasms/drug therapy".
                "keywords": [
                    *_all(tags, "OT"),
                    *(text.partition("/")[0].removeprefix("*") for text in _all(tags, "MH")),
                ],
                "retracted": "RIN" in tags,
            },
        )


def _read_endnote(source: Source) -> Iterator[Record]:
    for where, tags in _records(source, _ENDNOTE, "0", _ENDNOTE_LISTS):
        urls = _addresses(_all(tags, "U"))
        doi = doi_of(*_all(tags, "R")) or doi_at(*urls)
        yield record_of(
            where,
            {
                "title": _text(tags, "T", "!"),
                "abstract": _text(tags, "X"),
                "authors": _people(_all(tags, "A")),
                "year": year_in(_text(tags, "D", "8")),
                "venue": _text(tags, "J", "B", "S", "I"),
                "url": urls[0] if urls else None,
                "doi": doi,
                "arxiv_id": arxiv_id_in(doi, *urls),
                "pmid": _text(tags, "M") if "pubmed" in "".join(urls) else "",
                "type": _text(tags, "0"),
                "keywords": "\n".join(tags.get("K", ())),
            },
        )


RIS = Format("RIS", (".ris",), _RIS_FILE.search, _read_ris)
WEB_OF_SCIENCE = Format(
    "Web of Science's tagged files", (".ciw", ".isi"), _WOS_FILE.search, _read_wos
)
MEDLINE = Format("PubMed's .nbib", (".nbib", ".medline"), _MEDLINE_FILE.search, _read_medline)
ENDNOTE = Format("EndNote's .enw", (".enw",), _ENDNOTE_FILE.search, _read_endnote)
