"""JATS: the XML of PubMed Central and of publishers; title, abstract and facts of each article."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from ingest.formats.format import Format, Record, person, record_of
from ingest.formats.xml_records import elements, find, local, parts_of, text_at, text_of
from ingest.plain_text import from_latex
from ingest.record_facts import arxiv_id_in, doi_of
from ingest.source import Source

_FILE = re.compile(r"<(?:\w+:)?(?:article|pmc-articleset)[\s>]")
_FRONT = re.compile(
    r"<(?:\w+:)?(?:front|article-meta|journal-meta)[\s>]|jats|article-type=|JATS|NLM//DTD"
)
_OTHER_ABSTRACTS = frozenset({"graphical", "teaser", "toc", "web-summary", "executive-summary"})
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_TEX_BODY = re.compile(r"\\begin\{document\}(.*)\\end\{document\}", re.DOTALL)
_DATES = ("epub", "ppub", "pub", "collection", "epub-ppub", None)


def _read(source: Source) -> Iterator[Record]:
    for where, article in elements(source, "article"):
        meta = next(find(article, "front", "article-meta"), None)
        if meta is None:
            yield Record(where, None, problem="an article without article-meta")
        else:
            _tidy(meta)
            yield _record(where, article, meta)


def _tidy(meta: Element) -> None:
    """Empty what is no part of the text around it: marks of footnotes, numbers of formulae, members
    of a group; and a formula's TeX where MathML says the same, else make it plain text.
    """
    for parent in meta.iter():
        names = [local(child.tag) for child in parent]
        for name, child in zip(names, parent, strict=True):
            other = (
                (name == "tex-math" and "math" in names)
                or (name == "xref" and child.get("ref-type") in ("fn", "aff", "corresp"))
                or (name == "contrib-group" and local(parent.tag) == "collab")
                or (name == "label" and local(parent.tag) == "disp-formula")
            )
            if name in ("p", "title", "list-item"):
                child.tail = f" {child.tail or ''}"  # its words and the next ones are two
            if other or name == "tex-math":
                text, tail = child.text or "", child.tail
                child.clear()
                child.tail = tail
                body = _TEX_BODY.search(text)
                child.text = "" if other else from_latex(body[1] if body else text)


def _abstract(article: Element, meta: Element) -> str:
    """Return the article's own abstract: of no other kind, in its own language, if there is one."""
    own = article.get(_LANGUAGE, "")
    kinds = ((one, one.get("abstract-type")) for one in find(meta, "abstract"))
    found = [(one, kind) for one, kind in kinds if kind not in _OTHER_ABSTRACTS]
    ranked = sorted(found, key=lambda one: (bool(one[1]), one[0].get(_LANGUAGE, own) != own))
    return parts_of(ranked[0][0]) if ranked else ""


def _record(where: str, article: Element, meta: Element) -> Record:
    ids = {one.get("pub-id-type", ""): text_of(one) for one in find(meta, "article-id")}
    doi, kind = doi_of(ids.get("doi")), article.get("article-type", "")
    title, subtitle = (text_at(meta, "title-group", name) for name in ("article-title", "subtitle"))
    journal = ("front", "journal-meta")
    return record_of(
        where,
        {
            "title": f"{title}: {subtitle}" if subtitle else title,
            "abstract": _abstract(article, meta),
            "authors": [*_authors(meta)],
            "year": _year(meta),
            "venue": text_at(article, *journal, "journal-title-group", "journal-title")
            or text_at(article, *journal, "journal-title"),
            "doi": doi,
            "arxiv_id": arxiv_id_in(ids.get("arxiv"), doi),
            "pmid": ids.get("pmid"),
            "type": kind,
            "keywords": [text_of(one) for one in find(meta, "kwd-group", "kwd")],
            "retracted": any(
                one.get("related-article-type") == "retraction-forward"
                for one in find(meta, "related-article")
            ),
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
