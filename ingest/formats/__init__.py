"""The file formats that are understood, a module for those that look alike: `FORMATS`."""

import re

from ingest.formats import (
    arxiv,
    bibtex,
    csl_json,
    endnote_xml,
    huggingface_page,
    jats,
    json_lines,
    openalex,
    pubmed_xml,
    semantic_scholar,
    table,
    tagged,
)
from ingest.formats.format import Format

# The first whose mark a file bears reads it: what is more particular stands before what is less so.
FORMATS: tuple[Format, ...] = (
    huggingface_page.FORMAT,
    arxiv.SNAPSHOT,
    openalex.FORMAT,
    semantic_scholar.FORMAT,
    csl_json.FORMAT,
    json_lines.FORMAT,
    pubmed_xml.FORMAT,
    arxiv.ATOM,
    jats.FORMAT,
    endnote_xml.FORMAT,
    table.EXCEL,
    table.PARQUET,
    tagged.MEDLINE,
    tagged.RIS,
    tagged.WEB_OF_SCIENCE,
    tagged.ENDNOTE,
    bibtex.FORMAT,
    table.TABLE,
)
FORMAT_NAMES = ", ".join(known.name for known in FORMATS)
_PACKED = (".gz", ".zst")
SUFFIXES = (*(suffix for known in FORMATS for suffix in known.suffixes), ".xml", *_PACKED)
_HINTS = (
    (r"%PDF-", "a PDF has no records; export its reference, with the abstract, as RIS or BibTeX"),
    (r"PK\x03\x04", "this is an archive; unpack it and name the files in it"),
    (r"\x11\u0871\x1a", "an Excel file of before 2007; save it as .xlsx or CSV"),
    (r"\s*<!doctype html|\s*<html", "this is a web page; export the records as RIS, BibTeX or CSV"),
    (r"\s*(?:<\?xml[^>]*>)?[\s\S]{0,2000}?<(?:rdf|rss|teiHeader|modsCollection)\b", "this XML is"
     " not among them; export as RIS or BibTeX"),
    (r"\s*(?:(?:arxiv:|https?://\S+/)?\d{4}\.\d{4,5}|(?:doi:|https?://\S+?/)?10\.\d{4,9}/)",
     "ids alone have no abstracts; export the papers' records, with abstracts, as BibTeX or RIS"),
    (r"SQLite format 3", "a database; export the library as RIS, BibTeX or CSL-JSON"),
)  # fmt: skip


def recognise_content(head: str) -> Format | None:
    """Return the format whose mark the beginning of a file bears, None where none is."""
    return next((known for known in FORMATS if known.recognises(head)), None)


def recognise_format(head: str, suffix: str) -> Format | None:
    """Return the format of a file by its content, else by its suffix; None for an unknown one."""
    by_suffix = (known for known in FORMATS if suffix in known.suffixes)
    return recognise_content(head) or next(by_suffix, None)


def hint_at(head: str) -> str:
    """Return what helps with a file of no known format, "" where nothing is known of it."""
    found = (hint for mark, hint in _HINTS if re.match(mark, head, re.IGNORECASE))
    return next(found, "")
