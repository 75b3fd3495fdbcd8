"""arXiv ids, DOIs and PMIDs: how they are written, and where they lead."""

import re
from urllib.parse import quote, unquote

_ARXIV_FORM = r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?"
_DOI_FORM = r"(10\.\d{4,9}/\S+)"
_ARXIV_ID = re.compile(rf"(?:arxiv:)?{_ARXIV_FORM}", re.IGNORECASE)
_ARXIV_ADDRESS = re.compile(rf"arxiv(?::|\.org/(?:abs|pdf)/){_ARXIV_FORM}", re.IGNORECASE)
_DOI = re.compile(rf"(?:https?://(?:dx\.)?doi\.org/|doi:)?{_DOI_FORM}", re.IGNORECASE)
_DOI_ADDRESS = re.compile(rf"(?:^doi:|//(?:dx\.)?doi\.org/){_DOI_FORM}", re.IGNORECASE)


def parse_arxiv_id(text: str) -> str | None:
    """Return the bare arXiv id that `text` is, None when it is none.

    >>> parse_arxiv_id("arXiv:2212.11565v2"), parse_arxiv_id("see 2212.11565")
    ('2212.11565', None)
    """
    match = _ARXIV_ID.fullmatch(text.strip())
    return match[1] if match else None


def parse_doi(text: str) -> str | None:
    """Return the bare DOI that `text` is, None when it is none.

    >>> parse_doi("https://doi.org/10.1145/3292500"), parse_doi("10.1/x")
    ('10.1145/3292500', None)
    """
    match = _DOI.fullmatch(text.strip())
    return match[1] if match else None


def find_arxiv_id(text: str) -> str | None:
    """Return the first arXiv id in `text` that is marked as one by "arxiv:" or an address.

    >>> find_arxiv_id("https://arxiv.org/abs/cs/0112017v2"), find_arxiv_id("2212.11565")
    ('cs/0112017', None)
    """
    match = _ARXIV_ADDRESS.search(text)
    return match[1] if match else None


def find_doi(text: str) -> str | None:
    """Return the first DOI in `text` that is marked as one by "doi:" at its start or an address.

    >>> texts = ("doi:10.1000/x_1", "https://doi.org/10.1000/a%3Cb", "10.1000/x")
    >>> tuple(find_doi(text) for text in texts)
    ('10.1000/x_1', '10.1000/a<b', None)
    """
    match = _DOI_ADDRESS.search(text)
    return (unquote(match[1]) if match[0].startswith("//") else match[1]) if match else None


def arxiv_url(identifier: str) -> str:
    """Return the abstract page of an arXiv id."""
    return f"https://arxiv.org/abs/{identifier}"


def pubmed_url(identifier: str) -> str:
    """Return the page of a PMID, "" for what is none."""
    known = identifier.isascii() and identifier.isdigit()
    return f"https://pubmed.ncbi.nlm.nih.gov/{identifier}/" if known else ""


def doi_url(identifier: str) -> str:
    """Return the resolver's address of a DOI."""
    return f"https://doi.org/{quote(identifier, safe='/:;().-_')}"
