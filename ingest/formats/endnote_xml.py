"""EndNote's XML: what its libraries export, the styles of its texts left out."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from ingest.formats.format import Format, Record, person_of, record_of
from ingest.formats.xml_records import elements, find, text_at, text_of
from ingest.record_facts import PUBMED, arxiv_id_in, doi_at, doi_of, year_in
from ingest.source import Source

_FILE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<xml>\s*<records>|<ref-type name=", re.IGNORECASE)


def _read(source: Source) -> Iterator[Record]:
    for where, record in elements(source, "record"):
        yield _record(where, record)


def _record(where: str, record: Element) -> Record:
    urls = [text_of(one) for one in find(record, "urls", "related-urls", "url")]
    urls = [url for url in urls if url.startswith(("http://", "https://"))]
    doi = doi_of(text_at(record, "electronic-resource-num")) or doi_at(*urls)
    database = text_at(record, "remote-database-name") + text_at(record, "remote-database-provider")
    from_pubmed = PUBMED.search(database + " ".join(urls))
    kind = next((one.get("name", "") for one in find(record, "ref-type")), "")
    return record_of(
        where,
        {
            "title": text_at(record, "titles", "title"),
            "abstract": text_at(record, "abstract"),
            "authors": [
                person_of(text_of(one)) for one in find(record, "contributors", "authors", "author")
            ],
            "year": year_in(
                text_at(record, "dates", "year"), text_at(record, "dates", "pub-dates", "date")
            ),
            "venue": text_at(record, "periodical", "full-title")
            or text_at(record, "titles", "secondary-title")
            or text_at(record, "publisher"),
            "url": urls[0] if urls else None,
            "doi": doi,
            "arxiv_id": arxiv_id_in(doi, *urls),
            "pmid": text_at(record, "accession-num") if from_pubmed else "",
            "type": [kind, text_at(record, "work-type")],
            "keywords": [text_of(one) for one in find(record, "keywords", "keyword")],
            "note": [text_at(record, "notes"), text_at(record, "research-notes")],
        },
    )


FORMAT = Format("EndNote's XML", (), _FILE.search, _read)
