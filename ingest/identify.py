"""A paper's stable id, its link, and the other links its abstract names."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import quote, urlencode

from assistant.errors import SourceError

_ARXIV = re.compile(
    r"(?:arxiv:)?(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?", re.IGNORECASE
)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s{}<>\"'`|\\^]+")
_SLUG_LENGTH = 48


def arxiv_id(text: str) -> str:
    """Return the bare arXiv id in `text` ("arXiv:2212.11565v2" → "2212.11565"); SourceError when there is none."""
    match = _ARXIV.fullmatch(text.strip())
    if match is None:
        raise SourceError(f"{text!r} is not an arXiv id such as 2212.11565")
    return match.group(1)


def doi(text: str) -> str:
    """Return the bare DOI in `text`; SourceError when there is none."""
    match = _DOI.fullmatch(text.strip())
    if match is None:
        raise SourceError(f"{text!r} is not a DOI such as 10.1145/3292500")
    return match.group(1)


def slug_id(title: str) -> str:
    """Return a readable id for a paper known by its title alone, with a hash against collisions.

    >>> slug_id("Attention Is All You Need")
    'attention-is-all-you-need-5563e1'
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG_LENGTH].rstrip("-")
    digest = hashlib.sha256(title_key(title).encode()).hexdigest()[:6]
    return f"{slug}-{digest}" if slug else digest


def title_key(title: str) -> str:
    """Return what two spellings of one title share: its letters and digits, folded."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKD", title).casefold())


def arxiv_url(identifier: str) -> str:
    """Return the abstract page of an arXiv id."""
    return f"https://arxiv.org/abs/{identifier}"


def doi_url(identifier: str) -> str:
    """Return the resolver's address of a DOI."""
    return f"https://doi.org/{quote(identifier, safe='/:;().-_')}"


def search_url(title: str) -> str:
    """Return an arXiv title search: where to look when the paper's own page is not known."""
    return "https://arxiv.org/search/?" + urlencode({"query": title, "searchtype": "title"})


def links_in(text: str) -> tuple[str, ...]:
    """Return the web addresses named in `text`, each once, without the punctuation that follows them.

    >>> links_in("Code: https://github.com/a/b). See https://a.io/x/{https://a.io/x/}.")
    ('https://github.com/a/b', 'https://a.io/x/')
    """
    found = (match.rstrip(".,;:!?)]") for match in _URL.findall(text))
    return tuple(dict.fromkeys(found))
