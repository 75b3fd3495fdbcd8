"""Papers → references: a line of text, RIS, CSV; and what kind of publication a paper is. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal

import rispy
from bibtexparser.middlewares.names import parse_single_name_into_parts

from assistant.history.export.csv import sheet
from assistant.history.serialization import clean
from assistant.text.identifiers import find_arxiv_id, find_doi
from assistant.types import Citation, Paper

_MOST_AUTHORS = 8
_PREPRINT = re.compile(r"\b(?:arxiv|corr|biorxiv|medrxiv|preprint)\b", re.IGNORECASE)
_MEETING = re.compile(
    r"\b(?:proceedings|conference|workshop|symposium|meeting|findings|demos|demonstrations)\b",
    re.IGNORECASE,
)
_JOURNAL = re.compile(
    r"\b(?:journal|transactions|trans\.|letters|magazine|review|annals|nature|science|sciences|frontiers|plos|acta|bulletin|access|pnas|cell|lancet|elife"
    r"|bioinformatics|neurocomputing|pattern recognition|neural networks|medical image analysis|expert systems"
    r"|\w+ (?:processing|research|intelligence|analysis) & \w+|tmlr|jmlr|tacl|tkde|t?pami|ijcv|tgrs|tip|tmi|jama|bmc)\b|\d+\(\d+\)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"^\d+\.\n(?=TY  - )", re.MULTILINE)
_ACRONYM = re.compile(r"\b[A-Z][A-Za-z]*[A-Z][A-Za-z-]*\b|\b[A-Z][a-z]+ (?:19|20)\d\d\b")


def line(text: str) -> str:
    r"""Return text on one line, without control characters.

    >>> line("a\x1b[0m\u2028 b")
    'a[0m b'
    """
    squeezed = " ".join(clean(text).split())
    return "".join(one for one in squeezed if unicodedata.category(one) != "Cc")


def own_url(paper: Paper) -> str:
    """Return where the paper is, "" where only a search for it is known."""
    return (
        line(paper.url)
        if paper.url.startswith(("http://", "https://")) and not paper.url_is_search
        else ""
    )


def arxiv_id(paper: Paper) -> str:
    """Return a paper's arXiv id, "" when it has none.

    >>> arxiv_id(Paper("arxiv:2308.09710", "", "")), arxiv_id(Paper("a", "", "", url="https://arxiv.org/abs/cs/0112017v2"))
    ('2308.09710', 'cs/0112017')
    """
    return find_arxiv_id(paper.id) or find_arxiv_id(own_url(paper)) or ""


def doi(paper: Paper) -> str:
    """Return a paper's DOI, "" when it has none.

    >>> doi(Paper("doi:10.1/x", "", "")), doi(Paper("doi:10.1000/x_1", "", ""))
    ('', '10.1000/x_1')
    """
    return find_doi(line(paper.id)) or find_doi(own_url(paper)) or ""


def published(paper: Paper) -> Literal["journal", "meeting", "other"]:
    """Return where a paper was published, as far as its venue tells.

    >>> [published(Paper("", "", "", venue=one)) for one in ("ICCV 2023", "Nature Machine Intelligence", "IEEE TPAMI 2025", None)]
    ['meeting', 'journal', 'journal', 'other']
    """
    venue = line(paper.venue or "")
    if not venue or _PREPRINT.search(venue):
        return "other"
    if _MEETING.search(venue):
        return "meeting"
    if _JOURNAL.search(venue):
        return "journal"
    return "meeting" if _ACRONYM.search(venue) else "other"


def reference(paper: Paper) -> str:
    """Return a reference as one line of text; what is not known is left out, and so is a search in place of an address.

    >>> reference(Paper("a", "Who?", "", ("Ada Lovelace", "Bo Li"), 2023, "ICCV 2023", "https://a.org"))
    'Ada Lovelace, Bo Li (2023). Who? ICCV 2023. https://a.org'
    >>> reference(Paper("a", "Untold", ""))
    'Untold.'
    """
    names = [line(one) for one in paper.authors if line(one)]
    said = ", ".join(names[:_MOST_AUTHORS]) + (" et al." if len(names) > _MOST_AUTHORS else "")
    year = f"({paper.year})" if paper.year else ""
    title = line(paper.title) or "Untitled"
    parts = (
        [f"{said} {year}".strip(), title, line(paper.venue or "")]
        if said
        else [f"{title} {year}".strip(), line(paper.venue or "")]
    )
    return " ".join(
        [
            *(one if one.endswith((".", "?", "!")) else f"{one}." for one in parts if one),
            own_url(paper),
        ]
    ).strip()


def ris(papers: Sequence[Paper]) -> str:
    """Return papers as RIS, for Zotero, EndNote, Mendeley and others."""
    # The number before each is not of the format, and some programs stumble over it.
    return _NUMBER.sub("", str(rispy.dumps([_ris_entry(paper) for paper in papers])))


def csv_of(sources: Sequence[Citation]) -> str:
    """Return numbered sources as CSV, the words quoted of each in its last cell."""
    rows = [
        [
            one.number,
            line(one.paper.title),
            "; ".join(map(line, one.paper.authors)),
            one.paper.year or "",
            line(one.paper.venue or ""),
            own_url(one.paper),
            line(one.paper.id),
            " | ".join(line(quote.text) for quote in one.quotes),
        ]
        for one in sources
    ]
    return sheet([["number", "title", "authors", "year", "venue", "url", "id", "quotes"], *rows])


def _ris_entry(paper: Paper) -> dict[str, str | list[str]]:
    kind = published(paper)
    types = {"journal": "JOUR", "meeting": "CONF", "other": "UNPB" if arxiv_id(paper) else "GEN"}
    venue = line(paper.venue or "")
    # Several addresses stand in one line with semicolons between them.
    url = own_url(paper).replace(";", "%3B")
    found: dict[str, str | list[str]] = {
        "type_of_reference": types[kind],
        "title": line(paper.title),
        "authors": [_family_first(one) for one in map(line, paper.authors) if one],
        "year": str(paper.year or ""),
        "journal_name" if kind == "journal" else "secondary_title": venue,
        "abstract": line(paper.abstract),
        "doi": doi(paper),
        "accession_number": f"arXiv:{arxiv_id(paper)}" if arxiv_id(paper) else "",
        "urls": [url] if url else [],
    }
    return {name: value for name, value in found.items() if value}


def _family_first(name: str) -> str:
    """Return "Ludwig van Beethoven" as "van Beethoven, Ludwig", which RIS asks for."""
    if re.search(r"[{}\\]", name):
        return name
    return parse_single_name_into_parts(name, strict=False).merge_last_name_first
