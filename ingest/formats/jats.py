"""JATS: the XML of PubMed Central and of publishers; title, abstract and facts of each article."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from ingest.formats.format import Format, Record, person, record_of
from ingest.formats.xml_records import elements, find, parts_of, text_at, text_of
from ingest.record_facts import arxiv_id_in, doi_of
from ingest.record_fields import Tell
from ingest.source import Source

_FILE = re.compile(r"<(?:\w+:)?(?:article|pmc-articleset)[\s>]")
_FRONT = re.compile(
    r"<(?:\w+:)?(?:front|article-meta|journal-meta)[\s>]|jats|article-type=|JATS|NLM//DTD"
)
_OTHER_ABSTRACTS = frozenset({"graphical", "teaser", "toc", "web-summary", "executive-summary"})
_DATES = ("epub", "ppub", "pub", "collection", "epub-ppub", None)


def _read(source: Source, tell: Tell) -> Iterator[Record]:
    for where, article in elements(source, "article"):
        meta = next(find(article, "front", "article-meta"), None)
        if meta is None:
            yield Record(where, None, problem="an article without article-meta")
        else:
            yield _record(where, article, meta)


def _record(where: str, article: Element, meta: Element) -> Record:
    ids = {one.get("pub-id-type", ""): text_of(one) for one in find(meta, "article-id")}
    abstracts = [
        one for one in find(meta, "abstract") if one.get("abstract-type") not in _OTHER_ABSTRACTS
    ]
    doi, kind = doi_of(ids.get("doi")), article.get("article-type", "")
    title, subtitle = (text_at(meta, "title-group", name) for name in ("article-title", "subtitle"))
    journal = ("front", "journal-meta")
    return record_of(
        where,
        {
            "title": f"{title}: {subtitle}" if subtitle else title,
            "abstract": parts_of(abstracts[0]) if abstracts else "",
            "authors": [*_authors(meta)],
            "year": _year(meta),
            "venue": text_at(article, *journal, "journal-title-group", "journal-title")
            or text_at(article, *journal, "journal-title"),
            "doi": doi,
            "arxiv_id": arxiv_id_in(ids.get("arxiv"), doi),
            "pmid": ids.get("pmid"),
            "type": kind,
            "keywords": [text_of(one) for one in find(meta, "kwd-group", "kwd")],
        },
    )


def _authors(meta: Element) -> Iterator[dict[str, str]]:
    for one in find(meta, "contrib-group", "contrib"):
        if one.get("contrib-type", "author") != "author":
            continue
        name = next(find(one, "name"), next(find(one, "name-alternatives", "name"), None))
        if name is not None:
            parts = (text_at(name, part) for part in ("given-names", "surname", "suffix"))
            yield person(*parts)
        elif group := text_at(one, "collab") or text_at(one, "string-name"):
            yield person("", group)


def _year(meta: Element) -> str | None:
    dates = {one.get("pub-type") or one.get("date-type"): one for one in find(meta, "pub-date")}
    known = [dates[name] for name in _DATES if name in dates] or list(dates.values())
    return next((year for date in known if (year := text_at(date, "year"))), None)


FORMAT = Format(
    "JATS (PubMed Central)",
    (".nxml", ".jats"),
    lambda head: _FILE.search(head) and _FRONT.search(head),
    _read,
)
