"""OpenAlex and Semantic Scholar: ids of papers → what they know of these, in batches."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.errors import Refused
from assistant.text.identifiers import parse_doi
from assistant.types import Paper
from ingest.formats import openalex, semantic_scholar
from ingest.formats.format import Record
from ingest.formats.json_objects import checked_record
from ingest.services.client import Client, Service, TryAgain

Fields = dict[str, Any]
"""What a service knows of a paper, as `record_fields.paper_of` takes it."""
_KEPT = (
    "title", "authors", "year", "venue", "doi", "arxiv_id", "pmid", "openalex_id", "s2_id",
    "cited_by", "retracted",
)  # fmt: skip
# More ids, or a longer address, OpenAlex does not take; "," and "|" are signs of its filters.
_WORKS, _LONGEST_FILTER = 50, 4_000
_WORK_FIELDS = (
    "id,doi,ids,title,publication_year,authorships,primary_location,locations,cited_by_count,"
    "is_retracted"
)
_PAPERS = 500
_PAPER_FIELDS = "title,authors,year,venue,publicationVenue,externalIds,citationCount"
_NONE_KNOWN = b"No valid paper ids"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A service that knows papers by ids.

    `keys` gives a paper's ids, the surest first, `own` that of an answer; `ask` what is known of
    ids, at most `most` and `longest` characters in all, of one kind unless they may be `mixed`.
    """

    name: str
    service: Service
    keys: Callable[[Paper], list[str]]
    own: Callable[[Fields], str]
    ask: Callable[[Client, Sequence[str]], dict[str, Fields]]
    most: int
    longest: int = 1_000_000
    mixed: bool = False


def open_alex(address: str, key: str = "") -> Catalogue:
    """Return OpenAlex at an address. Without a key it answers about 1,000 requests a day."""
    hint = "a free key in OPENALEX_API_KEY raises what OpenAlex answers in a day"
    # As pyalex sends it: the parameter that the documents name would stand in servers' logs.
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    service = Service("OpenAlex", address, 0.2, headers, "" if key else hint)

    def own(fields: Fields) -> str:
        return f"openalex:{str(fields.get('openalex_id', '')).rpartition('/')[2].upper()}"

    return Catalogue("openalex", service, _work_keys, own, _works, _WORKS, _LONGEST_FILTER)


def semantic_scholar_at(address: str, key: str = "") -> Catalogue:
    """Return Semantic Scholar at an address. Without a key all the world shares one allowance."""
    hint = "a free key in SEMANTIC_SCHOLAR_API_KEY gives an allowance of your own"
    headers = {"x-api-key": key} if key else {}
    service = Service("Semantic Scholar", address, 1.1, headers, "" if key else hint)

    def own(fields: Fields) -> str:
        return str(fields.get("s2_id", ""))

    return Catalogue("semanticscholar", service, _paper_keys, own, _papers, _PAPERS, mixed=True)


def _work_keys(paper: Paper) -> list[str]:
    doi = _doi(paper).lower()
    ids = (
        ("openalex:", paper.facts.openalex_id.upper()),
        ("doi:", "" if set(",|") & set(doi) else doi),
        ("doi:10.48550/arxiv.", _arxiv_id(paper).lower()),  # arXiv gives each paper a DOI
        ("pmid:", paper.facts.pmid),
    )
    return [f"{kind}{own}" for kind, own in ids if own]


def _paper_keys(paper: Paper) -> list[str]:
    own = paper.facts.s2_id
    ids = (
        ("" if len(own) == 40 else "CorpusId:", own),
        ("DOI:", _doi(paper)),
        ("ARXIV:", _arxiv_id(paper)),
        ("PMID:", paper.facts.pmid),
    )
    return [f"{kind}{one}" for kind, one in ids if one]


def _doi(paper: Paper) -> str:
    scheme, _, own = paper.id.partition(":")
    return paper.facts.doi or (parse_doi(own) or "" if scheme == "doi" else "")


def _arxiv_id(paper: Paper) -> str:
    scheme, _, own = paper.id.partition(":")
    return paper.facts.arxiv_id or (own if scheme == "arxiv" else "")


def _works(client: Client, keys: Sequence[str]) -> dict[str, Fields]:
    """Return works by the ids in `keys`, which are of one kind."""
    kind = keys[0].partition(":")[0]
    values = "|".join(key.partition(":")[2] for key in keys)
    parameters = {"filter": f"{kind}:{values}", "per_page": "100", "select": _WORK_FIELDS}
    if client.email:
        parameters["mailto"] = client.email
    found: dict[str, Fields] = {}
    for work in client.ask("/works", parameters, _results):
        if fields := _fields(_published, work):
            for key in _keys_of_work(work):
                if key in keys:
                    # Of several works of one id the first is the one that OpenAlex ranks first.
                    found.setdefault(key, fields)
    return found


def _published(work: Mapping[str, Any]) -> Fields:
    """Return the fields of a work; a repository, such as arXiv, is no venue."""
    source = (work.get("primary_location") or {}).get("source") or {}
    fields = openalex.fields_of(work)
    return {**fields, "venue": ""} if source.get("type") == "repository" else fields


def _keys_of_work(work: Mapping[str, Any]) -> list[str]:
    ids = work.get("ids") if isinstance(work.get("ids"), Mapping) else {}
    ends = {
        "openalex": str(work.get("id") or "").rpartition("/")[2].upper(),
        "doi": (parse_doi(str(work.get("doi") or "")) or "").lower(),
        "pmid": str((ids or {}).get("pmid") or "").rpartition("/")[2],
    }
    return [f"{kind}:{value}" for kind, value in ends.items()]


def _results(body: bytes) -> list[Mapping[str, Any]]:
    found = _json(body)
    results = found.get("results") if isinstance(found, dict) else None
    if not isinstance(results, list):
        raise TryAgain("sent JSON without results")
    return [one for one in results if isinstance(one, dict)]


def _papers(client: Client, keys: Sequence[str]) -> dict[str, Fields]:
    """Return papers by the ids in `keys`; Semantic Scholar gives one, or null, for each."""

    def read(body: bytes) -> list[Any]:
        found = _json(body)
        if not isinstance(found, list) or len(found) != len(keys):
            raise TryAgain(f"sent no list of {len(keys)} papers")
        return found

    path = "/graph/v1/paper/batch"
    try:
        papers = client.ask(path, {"fields": _PAPER_FIELDS}, read, {"ids": list(keys)})
    except Refused as error:
        if _NONE_KNOWN in error.body:
            return {}
        raise
    read_ = (
        (key, _fields(_in_a_venue, one))
        for key, one in zip(keys, papers, strict=True)
        if isinstance(one, dict)
    )
    return {key: fields for key, fields in read_ if fields}


def _in_a_venue(given: Mapping[str, Any]) -> Fields:
    fields = semantic_scholar.fields_of(given)
    return {**fields, "venue": ""} if fields["venue"].lower().startswith("arxiv") else fields


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise TryAgain("sent what is no JSON, or was cut off") from error


def _fields(of: Callable[[Mapping[str, Any]], Fields], given: Mapping[str, Any]) -> Fields:
    """Return what of an answer is taken, {} where it cannot be read."""
    record = checked_record(lambda where, one: Record(where, of(one)), "", given)
    fields = record.fields or {}
    return {name: fields[name] for name in _KEPT if fields.get(name) not in (None, "", [])}
