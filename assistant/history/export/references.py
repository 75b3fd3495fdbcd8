"""Papers → references: a line of text, RIS; and what kind of publication a paper is. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Literal

from assistant.history.serialization import clean
from assistant.text.citation_markers import without_retraction
from assistant.text.identifiers import find_arxiv_id, find_doi
from assistant.types import Paper

Publication = Literal["journal", "meeting", "thesis", "book", "chapter", "report", "other"]
_MOST_AUTHORS = 8
_PREPRINT = re.compile(r"\b(?:arxiv|corr|biorxiv|medrxiv|preprint)\b", re.IGNORECASE)
_MEETING = re.compile(
    r"\b(?:proceedings|conference|workshop|symposium|meeting|findings|demos|demonstrations)\b",
    re.IGNORECASE,
)
_JOURNAL = re.compile(
    r"\b(?:journal|transactions|trans\.|letters|magazine|review|annals|nature|science|"
    r"sciences|frontiers|plos|acta|bulletin|access|pnas|cell|lancet|elife"
    r"|bioinformatics|neurocomputing|pattern recognition|neural networks|medical image"
    r" analysis|expert systems"
    r"|\w+ (?:processing|research|intelligence|analysis) &"
    r" \w+|tmlr|jmlr|tacl|tkde|t?pami|ijcv|tgrs|tip|tmi|jama|bmc)\b|\d+\(\d+\)",
    re.IGNORECASE,
)
_PUBLISHED: dict[str, Publication] = {
    "article-journal": "journal", "article-magazine": "journal", "article-newspaper": "journal",
    "review": "journal", "review-book": "journal", "paper-conference": "meeting",
    "thesis": "thesis", "book": "book", "chapter": "chapter", "report": "report",
}  # fmt: skip
"""By a record's type, in CSL's words; any other is "other"."""
_RIS_TYPES: dict[Publication, tuple[str, str]] = {
    "journal": ("JOUR", "JO"), "meeting": ("CONF", "T2"), "thesis": ("THES", "PB"),
    "book": ("BOOK", "PB"), "chapter": ("CHAP", "T2"), "report": ("RPRT", "PB"),
    "other": ("GEN", "T2"),
}  # fmt: skip
"""The type of an entry, and the tag of where it was published."""
_ACRONYM = re.compile(r"\b[A-Z][A-Za-z]*[A-Z][A-Za-z-]*\b|\b[A-Z][a-z]+ (?:19|20)\d\d\b")


def line(text: str) -> str:
    r"""Return text on one line, without control characters.

    >>> line("a\x1b[0m\u2028 b")
    'a[0m b'
    """
    squeezed = " ".join(clean(text).split())
    return "".join(letter for letter in squeezed if unicodedata.category(letter) != "Cc")


def own_url(paper: Paper) -> str:
    """Return where on the web the paper is, "" where that is not known."""
    return line(paper.page) if paper.page.startswith(("http://", "https://")) else ""


def arxiv_id(paper: Paper) -> str:
    """Return a paper's arXiv id, "" when it has none.

    >>> arxiv_id(Paper("arxiv:2308.09710", "", "")), arxiv_id(Paper("a", "", "", url="https://arxiv.org/abs/cs/0112017v2"))
    ('2308.09710', 'cs/0112017')
    """
    return (
        line(paper.facts.arxiv_id) or find_arxiv_id(paper.id) or find_arxiv_id(own_url(paper)) or ""
    )


def doi(paper: Paper) -> str:
    """Return a paper's DOI, "" when it has none.

    >>> doi(Paper("doi:10.1/x", "", "")), doi(Paper("doi:10.1000/x_1", "", ""))
    ('', '10.1000/x_1')
    """
    return line(paper.facts.doi) or find_doi(line(paper.id)) or find_doi(own_url(paper)) or ""


def note(paper: Paper) -> str:
    """Return what whoever uses a reference must know of its paper, "" for nothing."""
    return "Retracted" if paper.facts.retracted else ""


def published(paper: Paper) -> Publication:
    """Return where a paper was published, by its record's type, else as far as its venue tells.

    >>> venues = ("ICCV 2023", "Nature Machine Intelligence", "IEEE TPAMI 2025", None)
    >>> [published(Paper("", "", "", venue=venue)) for venue in venues]
    ['meeting', 'journal', 'journal', 'other']
    """
    if paper.facts.type:
        return _PUBLISHED.get(paper.facts.type, "other")
    venue = line(paper.venue or "")
    if not venue or _PREPRINT.search(venue):
        return "other"
    if _MEETING.search(venue):
        return "meeting"
    if _JOURNAL.search(venue):
        return "journal"
    return "meeting" if _ACRONYM.search(venue) else "other"


def is_preprint(paper: Paper) -> bool:
    """Tell whether a paper is known from a preprint server alone.

    >>> venues = (None, "bioRxiv", "ICCV 2023")
    >>> [is_preprint(Paper("arxiv:2308.09710", "", "", venue=venue)) for venue in venues]
    [True, True, False]
    """
    venue = line(paper.venue or "")
    return bool(_PREPRINT.search(venue)) or bool(not venue and arxiv_id(paper))


def reference(paper: Paper) -> str:
    """Return a reference as one line of text; what is not known is left out.

    >>> reference(Paper("a", "Who?", "", ("Ada Lovelace", "Bo Li"), 2023, "ICCV 2023", "https://a.org"))
    'Ada Lovelace, Bo Li (2023). Who? ICCV 2023. https://a.org'
    >>> reference(Paper("a", "Untold", ""))
    'Untold.'
    """
    names = [line(name) for name in paper.authors if line(name)]
    authors = ", ".join(names[:_MOST_AUTHORS]) + (" et al." if len(names) > _MOST_AUTHORS else "")
    year = f"({paper.year})" if paper.year else ""
    title, venue = line(paper.title) or "Untitled", line(paper.venue or "")
    parts = [f"{authors or title} {year}".strip(), title if authors else "", venue]
    ended = (part if part.endswith((".", "?", "!")) else f"{part}." for part in parts if part)
    return " ".join(part for part in (*ended, own_url(paper), warning(paper)) if part)


def warning(paper: Paper) -> str:
    """Return what a reference says of a retracted paper, "" where its title says so already."""
    says = without_retraction(paper.title) != paper.title
    return f"[{note(paper)}]" if note(paper) and not says else ""


def ris(papers: Sequence[Paper]) -> str:
    """Return papers as RIS, for Zotero, EndNote, Mendeley and others."""
    entries = ("".join(f"{tag}  - {text}\n" for tag, text in _ris_lines(one)) for one in papers)
    return "\n".join(entries)


def _ris_lines(paper: Paper) -> Iterator[tuple[str, str]]:
    """Yield the tags of a paper's entry with their texts; what is not known is left out."""
    arxiv, pmid = arxiv_id(paper), line(paper.facts.pmid)
    kind, where = _RIS_TYPES[published(paper)]
    yield "TY", "UNPB" if arxiv and kind == "GEN" else kind
    fields = [
        ("TI", line(paper.title)),
        *(
            ("AU", ", ".join(part for part in family_and_given(name) if part))
            for name in map(line, paper.authors)
        ),
        ("PY", str(paper.year or "")),
        (where, line(paper.venue or "")),
        ("AB", line(paper.abstract)),
        ("DO", doi(paper)),
        ("AN", f"arXiv:{arxiv}" if arxiv else pmid),
        ("N1", f"PMID: {pmid}" if arxiv and pmid else ""),
        ("N1", note(paper)),
        ("N1", f"Cited By: {cited}" if (cited := paper.facts.cited_by) is not None else ""),
        *(("KW", line(keyword)) for keyword in paper.facts.keywords),
        # Programs take several addresses out of one line at its semicolons.
        ("UR", own_url(paper).replace(";", "%3B")),
    ]
    yield from ((tag, text) for tag, text in fields if text)
    yield "ER", ""


def family_and_given(name: str) -> tuple[str, str]:
    """Return a name's two parts by BibTeX's rule: a first word in lower case begins the family's.

    >>> [family_and_given(name) for name in ("Ludwig van Beethoven", "Jégou, Hervé", "Plato")]
    [('van Beethoven', 'Ludwig'), ('Jégou', 'Hervé'), ('Plato', '')]
    """
    if "," in name:
        family, _, given = name.partition(",")
        return family.strip(), given.strip()
    words = name.split()
    small = (place for place, word in enumerate(words[:-1]) if word[0].islower())
    first = next(small, len(words) - 1)
    return " ".join(words[first:]), " ".join(words[:first])
