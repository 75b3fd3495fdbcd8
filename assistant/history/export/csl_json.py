"""Papers → CSL-JSON, which Zotero, Pandoc and citation processors read. Pure."""

import json
import re
from collections.abc import Sequence
from typing import Any

from assistant.history.export.references import (
    arxiv_id,
    doi,
    family_and_given,
    is_preprint,
    line,
    note,
    own_url,
    published,
)
from assistant.types import Paper
from ingest.formats.csl_json import REVIEW

Item = dict[str, Any]
_CUSTOM = ("openalex_id", "s2_id", "cited_by")
OTHERS = "et al."
"""What stands as the last name where a record cuts its authors short."""
_OTHERS = (OTHERS, "et al", "others", "and others")
_TYPES = {"journal": "article-journal", "meeting": "paper-conference", "other": "document"}
_SUFFIX = re.compile(r",?\s+(Jr\.?|Sr\.?|I{2,3}|IV)$")
_BODY = re.compile(
    r"\b(?:team|collaborat\w+|consortium|group|initiative|network|society|association|committee"
    r"|alliance|project|foundation|institute|university|center|centre|lab|labs|(?-i:AI)|research"
    r"|community|authors|contributors)$",
    re.IGNORECASE,
)


def csl_json(papers: Sequence[Paper]) -> str:
    """Return papers as a CSL-JSON array, each once, under its id here."""
    items = [to_item(paper) for paper in {paper.id: paper for paper in papers}.values()]
    return json.dumps(items, ensure_ascii=False, indent=1) + "\n"


def to_item(paper: Paper) -> Item:
    """Return a paper as a CSL-JSON item; what is not known is left out.

    >>> item = to_item(Paper("arxiv:2308.09710", "SimDA", "", ("Ludwig van Dyke",), 2023))
    >>> item["type"], item["number"], item["issued"]
    ('article', 'arXiv:2308.09710', {'date-parts': [[2023]]})
    """
    arxiv, preprint, known = arxiv_id(paper), is_preprint(paper), paper.facts.known()
    venue, is_review = line(paper.venue or ""), paper.facts.type == "review"
    kind = "article" if preprint else _TYPES.get(published(paper), "document")
    if venue and kind == "document":
        kind = "article-journal"
    item = {
        "id": line(paper.id),
        "type": "article-journal" if is_review else paper.facts.type or kind,
        "genre": REVIEW if is_review else "",
        "title": line(paper.title),
        "author": [to_name(name) for name in map(line, paper.authors) if name],
        "issued": {"date-parts": [[paper.year]]} if paper.year else None,
        "container-title": venue,
        "publisher": "arXiv" if arxiv and preprint else "",
        "number": f"arXiv:{arxiv}" if arxiv and preprint else "",
        "archive": "arXiv" if arxiv else "",
        "archive_location": arxiv,
        "DOI": doi(paper),
        "PMID": paper.facts.pmid,
        "URL": own_url(paper),
        "keyword": ", ".join(map(line, paper.facts.keywords)),
        "categories": [*map(line, paper.facts.categories)],
        "abstract": line(paper.abstract),
        "note": note(paper),
        # What CSL has no field for.
        "custom": {name: known[name] for name in _CUSTOM if name in known},
    }
    return {name: value for name, value in item.items() if value}


def to_name(name: str) -> dict[str, str]:
    """Return a name in CSL's parts; that of a body, or in one word, stays whole.

    >>> to_name("Martin Luther King Jr.")
    {'family': 'King', 'given': 'Martin Luther', 'suffix': 'Jr.'}
    >>> to_name("Souza, Leandro de"), to_name("Gemma Team")
    ({'family': 'Souza', 'given': 'Leandro', 'dropping-particle': 'de'}, {'literal': 'Gemma Team'})
    """
    suffix = _SUFFIX.search(name)
    family, given = family_and_given(name[: suffix.start()] if suffix else name)
    if not given or name.lower() in _OTHERS or _BODY.search(name):
        return {"literal": OTHERS if name.lower() in _OTHERS else name}
    before, family = _split_small(family.split())
    after, given = _split_small(given.split()[::-1])
    parts = {
        "family": family,
        "given": " ".join(given.split()[::-1]),
        "dropping-particle": " ".join(after.split()[::-1]),
        "non-dropping-particle": before,
        "suffix": suffix[1] if suffix else "",
    }
    return {part: value for part, value in parts.items() if value}


def _split_small(words: Sequence[str]) -> tuple[str, str]:
    """Return the words in lower case at the beginning, and the rest, which has at least one."""
    places = (place for place, word in enumerate(words) if not word[0].islower())
    first = next(places, len(words) - 1)
    return " ".join(words[:first]), " ".join(words[first:])
