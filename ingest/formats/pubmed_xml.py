"""PubMed's XML: its baseline files, or a reply of efetch."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from assistant.text.identifiers import pubmed_url
from ingest.formats.format import Format, Record, person, record_of
from ingest.formats.xml_records import elements, find, local, text_at, text_of
from ingest.plain_text import labelled
from ingest.record_facts import arxiv_id_in, doi_of, year_in
from ingest.source import Source

_FILE = re.compile(r"<(?:PubmedArticleSet|PubmedArticle|MedlineCitationSet|MedlineCitation)[\s>]")


def _read(source: Source) -> Iterator[Record]:
    for where, element in elements(source, "PubmedArticle", "MedlineCitation", "PubmedBookArticle"):
        chapter = next(find(element, "BookDocument"), None)  # which holds all that a record says
        citation = next(find(element, "MedlineCitation"), element) if chapter is None else chapter
        article = next(find(citation, "Article"), None) if chapter is None else chapter
        if article is None:
            yield Record(where, None, problem="a record of no article")
        else:
            yield _record(where, element, citation, article)


def _record(where: str, element: Element, citation: Element, article: Element) -> Record:
    ids = {
        one.get("IdType", ""): text_of(one)
        for one in find(element, "PubmedData", "ArticleIdList", "ArticleId")
    }
    places = (text_of(one) for one in find(article, "ELocationID") if one.get("EIdType") == "doi")
    doi, pmid = doi_of(ids.get("doi"), *places), text_at(citation, "PMID")
    kinds = [text_of(one) for one in find(article, "PublicationTypeList", "PublicationType")]
    corrections = find(citation, "CommentsCorrectionsList", "CommentsCorrections")
    return record_of(
        where,
        {
            "title": (
                text_at(article, "ArticleTitle") or text_at(article, "VernacularTitle")
            ).removesuffix("."),
            "abstract": " ".join(_parts(article, "Abstract"))
            or " ".join(_parts(citation, "OtherAbstract")),
            "authors": [_person(one) for one in find(article, "AuthorList", "Author")],
            "year": year_in(
                text_at(article, "Journal", "JournalIssue", "PubDate"),
                text_at(article, "Book", "PubDate"),
                *map(text_of, find(article, "ArticleDate")),
            ),
            "venue": text_at(article, "Journal", "Title")
            or text_at(article, "Journal", "ISOAbbreviation")
            or text_at(article, "Book", "BookTitle"),
            "url": pubmed_url(pmid) or None,
            "doi": doi,
            "arxiv_id": arxiv_id_in(doi),
            "pmid": pmid,
            "type": kinds if local(article.tag) == "Article" else "chapter",
            "keywords": [
                *map(text_of, find(citation, "KeywordList", "Keyword")),
                *map(text_of, find(citation, "MeshHeadingList", "MeshHeading", "DescriptorName")),
            ],
            "retracted": any(one.get("RefType") == "RetractionIn" for one in corrections),
        },
    )


def _parts(element: Element, name: str) -> Iterator[str]:
    """Yield the parts of the first abstract of a name, each with its label."""
    for part in find(next(find(element, name), Element(name)), "AbstractText"):
        if text := text_of(part):
            yield labelled(part.get("Label", ""), text)


def _person(author: Element) -> dict[str, str]:
    if group := text_at(author, "CollectiveName"):
        return person("", group)
    given = text_at(author, "ForeName") or text_at(author, "Initials")
    return person(given, text_at(author, "LastName"), text_at(author, "Suffix"))


FORMAT = Format("PubMed XML", (), _FILE.search, _read)
