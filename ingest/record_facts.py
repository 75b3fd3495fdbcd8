"""A record's fields → what else it says of its paper: ids, type, keywords, citations."""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from assistant.text.citation_markers import without_retraction
from assistant.text.identifiers import find_arxiv_id, find_doi, parse_arxiv_id, parse_doi
from assistant.types import RecordFacts
from ingest.author_names import parsed

MOST_KEYWORDS = 200
_LONGEST_KEYWORD = 200
MOST_QUERIES, _LONGEST_QUERY = 24, 300
_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]+")
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)
_YEAR = re.compile(r"\b[12]\d{3}\b")
NOTED_ARXIV = r"(?:arXiv preprint,?\s*)?arXiv"
"""What stands before an arXiv id in notes."""
PUBMED = re.compile(r"pubmed|medline", re.IGNORECASE)
"""The database whose accession numbers are PubMed's."""
_PMID = re.compile(
    r"(?:pmid:?\s*|medline:\s*|https?://\S*pubmed\S*/)?0*([1-9]\d{0,8})/?", re.IGNORECASE
)
_OPENALEX = re.compile(r"(?:https?://(?:api\.)?openalex\.org/(?:works/)?)?(W\d{2,})", re.IGNORECASE)
_S2 = re.compile(r"(?:CorpusI[dD]:)?([0-9a-f]{40}|\d{1,12})")
# Scopus, Web of Science and Zotero's plug-ins write counts into notes.
_CITED = re.compile(
    r"\b(?:cited[ -]by|times cited[^:;\n]{0,60}|citations)\s*:+\s*(\d[\d,]*)"
    r"|^\s*(\d[\d,]*) citations \(",
    re.IGNORECASE | re.MULTILINE,
)
_TRUE = frozenset({"true", "yes", "1", "y", "retracted", "withdrawn"})
_RETRACTED_TYPE = re.compile(r"\b(?:retracted|withdrawn)\b", re.IGNORECASE)
_RETRACTED_NOTE = re.compile(r"\W*(?:retracted|withdrawn)\W*", re.IGNORECASE)
# What kinds of publication are called, letters only → CSL's word; "review" is a review article, of
# which CSL knows none: its own "review" is of a book or the like.
_TYPES = {
    "article-journal": "article journalarticle articlejournal jour ejour inpress inpr journal"
    " note letter editorial articleinpress dataarticle datapaper"
    " research researcharticle casereports clinicaltrial randomizedcontrolledtrial metaanalysis"
    " conferencereview erratum comment lettersandcomments observationalstudy briefreport"
    " rapidcommunication casereport",
    "review": "review reviewarticle reviewpaper systematicreview literaturereview scopingreview"
    " narrativereview minireview shortsurvey survey surveypaper",
    "article-magazine": "magazinearticle mgzn articlemagazine",
    "article-newspaper": "newspaperarticle news newspaper articlenewspaper",
    "article": "preprint postedcontent unpb prep eprint workingpaper",
    "paper-conference": "inproceedings conference conferencepaper conf cpaper proceedingsarticle"
    " proceedingspaper paperconference meetingabstract conferenceabstract abst congress"
    " conferenceproceedings conferenceproceeding",
    "book": "book wholebook ebook edbook monograph editedbook mvbook collection proceedings"
    " referencebook",
    "chapter": "chapter bookchapter incollection inbook chap echap booksection booksectionchapter"
    " suppbook",
    "thesis": "thesis phdthesis mastersthesis dissertation thes mathesis academicdissertation",
    "report": "report techreport rprt technicalreport govdoc",
    "dataset": "dataset data",
    "software": "software comp computerprogram",
    "patent": "patent pat",
    "webpage": "webpage online elec www electronic blogpost blog",
    "manuscript": "manuscript unpublished",
    "entry-encyclopedia": "encyclopediaarticle referenceentry encyc entryencyclopedia",
    "standard": "standard stand",
    "review-book": "bookreview reviewbook productreview",
    "peer-review": "peerreview",
    "document": "document",
}
CSL_TYPES = tuple(_TYPES)
_CSL = {name: csl for csl, names in _TYPES.items() for name in names.split()}


def facts_of(record: Mapping[str, Any]) -> RecordFacts:
    """Return what a record says under the names of `RecordFacts`; what cannot be used is left out.

    >>> facts_of({"doi": "10.48550/arXiv.2212.11565", "type": "Journal Article", "cited_by": "12"})
    RecordFacts(doi='10.48550/arXiv.2212.11565', arxiv_id='2212.11565', pmid='', openalex_id='', \
s2_id='', type='article-journal', keywords=(), categories=(), cited_by=12, \
retracted=False, queries=(), looked_up=())
    """
    doi = parse_doi(str(record.get("doi") or "")) or ""
    arxiv = parse_arxiv_id(str(record.get("arxiv_id") or ""))
    return RecordFacts(
        doi=doi,
        arxiv_id=arxiv or arxiv_id_in(doi),
        pmid=_bare(_PMID, record.get("pmid")),
        openalex_id=_bare(_OPENALEX, record.get("openalex_id")),
        s2_id=_bare(_S2, record.get("s2_id")),
        type=csl_type(record.get("type")),
        keywords=words_in(record.get("keywords")),
        categories=words_in(record.get("categories"), apart=r"[;,|\s]+"),
        cited_by=_cited(record),
        retracted=_is_retracted(record),
        queries=queries_in(record.get("queries")),
    )


def queries_in(given: Any) -> tuple[str, ...]:
    """Return the queries in a list that can be used: each once, a line of up to 300 characters,
    MOST_QUERIES of them.

    >>> queries_in(["Is  it cheap?", 7, "Is it cheap?"]), queries_in("Is it cheap?")
    (('Is it cheap?',), ())
    """
    said = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
    lines = [" ".join(one.split())[:_LONGEST_QUERY] for one in said]
    return tuple(dict.fromkeys(one for one in lines if one and one.isprintable()))[:MOST_QUERIES]


def doi_of(*values: Any) -> str:
    """Return the DOI that the first field of one holds, whole; "" for none.

    >>> doi_of(None, "doi: 10.1175/1520(1979)036&lt;0367:T&gt;2.0.CO;2"), doi_of("10.1000/x [doi]")
    ('10.1175/1520(1979)036<0367:T>2.0.CO;2', '10.1000/x')
    """
    for value in values:
        for word in html.unescape(value).split() if isinstance(value, str) else ():
            if found := parse_doi(word.rstrip(".,;")):
                return unquote(found) if "doi.org/" in word else found
    return doi_in(*values)


def doi_at(*addresses: Any) -> str:
    """Return the DOI to which the first of some addresses resolves; a publisher's has a tail.

    >>> doi_at("https://x.org/doi/10.1000/x/full", "https://doi.org/10.1000/a%3Cb")
    '10.1000/a<b'
    """
    found = (find_doi(one) for one in addresses if isinstance(one, str) and "doi.org/" in one)
    return next((doi for doi in found if doi), "")


def doi_in(*texts: Any) -> str:
    """Return the first DOI that stands in a sentence, "" for none.

    >>> doi_in(None, "doi: 10.1016/j.x.2020.01.001."), doi_in("https://doi.org/10.1/x")
    ('10.1016/j.x.2020.01.001', '')
    """
    for text in texts:
        if found := _DOI.search(text) if isinstance(text, str) else None:
            doi = found[0].rstrip(".,;:]}")
            # A bracket that closes none belongs to the sentence.
            return doi.removesuffix(")") if doi.count(")") > doi.count("(") else doi
    return ""


def noted(name: str, *notes: str) -> str:
    """Return the id under a name that fills a line of notes; in a sentence it may be another's.

    >>> noted("PMID", "Comment on PMID: 1", "Read.\\nPMID: 2"), noted("arXiv", "arXiv:2001.1 [cs]")
    ('2', '2001.1')
    """
    form = re.compile(rf"\s*(?:{name})\s*[:=]?\s*(\S+?)(?:\s*\[[^\]]*\])?[.,;]?\s*", re.IGNORECASE)
    found = (form.fullmatch(line) for note in notes for line in note.splitlines())
    return next((one[1] for one in found if one), "")


def arxiv_id_in(*texts: Any) -> str:
    """Return the arXiv id that a text is, marks as one, or has in arXiv's DOI, "" for none.

    >>> arxiv_id_in("10.48550/arXiv.2212.11565"), arxiv_id_in("", "arXiv:hep-ph/0104084v2 [hep-ph]")
    ('2212.11565', 'hep-ph/0104084')
    """
    for text in texts:
        if isinstance(text, str):
            own = _ARXIV_DOI.search(text)
            bare = parse_arxiv_id(own[1] if own else text) or find_arxiv_id(text)
            if bare:
                return bare
    return ""


def year_in(*texts: Any) -> str | None:
    """Return the year in the first text that has one.

    >>> year_in("", "2019 Dec-2020 Jan", "1999")
    '2019'
    """
    found = (_YEAR.search(str(text)) for text in texts if text)
    return next((one[0] for one in found if one), None)


def csl_type(value: Any) -> str:
    """Return CSL's word for a kind of publication, "" for an unknown one; of several the first.

    >>> csl_type("JOUR"), csl_type(["JournalArticle", "Review"]), csl_type("song")
    ('article-journal', 'review', '')
    """
    words = (word for one in _texts(value) for word in one.split(";"))
    found = [known for word in words if (known := _CSL.get(re.sub(r"[^a-z]", "", word.lower())))]
    first = found[0] if found else ""
    return "review" if first == "article-journal" and "review" in found else first


def words_in(value: Any, apart: str = r"[;|\n]|\s*,\s+|,") -> tuple[str, ...]:
    """Return keywords from a list or a text, each once.

    >>> words_in("video; diffusion models; Video"), words_in(["a, b", {"name": "c"}, None])
    (('video', 'diffusion models'), ('a, b', 'c'))
    >>> words_in("['video', 'T cells']")
    ('video', 'T cells')
    """
    found: dict[str, str] = {}
    for word in _words(value, apart):
        word = " ".join(word.split())
        if word and len(word) <= _LONGEST_KEYWORD and word.isprintable():
            found.setdefault(word.casefold(), word)
        if len(found) == MOST_KEYWORDS:
            break
    return tuple(found.values())


def _words(value: Any, apart: str) -> Iterator[str]:
    value = parsed(value)
    if isinstance(value, str):
        yield from re.split(r"[;|\n]" if ";" in value and "," in apart else apart, value)
    for one in value if isinstance(value, list | tuple) else ():
        named = (
            (one.get(name) for name in ("display_name", "name", "category", "term"))
            if isinstance(one, dict)
            else [one]
        )
        yield from (word for word in named if isinstance(word, str))


def _is_retracted(record: Mapping[str, Any]) -> bool:
    """Tell whether a field, type, note or title says that the paper was retracted.

    >>> [_is_retracted({"title": title}) for title in ("RETRACTED: A Title", "Retracted works")]
    [True, False]
    """
    kinds, notes = (_texts(record.get(name)) for name in ("type", "note"))
    title = str(record.get("title") or "")
    return (
        str(record.get("retracted")).strip().lower() in _TRUE
        or any(_RETRACTED_TYPE.search(kind) for kind in kinds)
        or any(_RETRACTED_NOTE.fullmatch(line) for note in notes for line in note.splitlines())
        or without_retraction(title) != title
    )


def _texts(value: Any) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def _bare(form: re.Pattern[str], value: Any) -> str:
    text = str(value).strip() if isinstance(value, str | int) else ""
    found = form.fullmatch(text.removesuffix(".0"))
    return found[1] if found else ""


def _cited(record: Mapping[str, Any]) -> int | None:
    """Return how often a record or its notes say that its paper was cited, the most of several.

    >>> _cited({"note": ["Export Date: 4 March 2024; Cited By: 57"]}), _cited({"cited_by": "3"})
    (57, 3)
    """
    counts = [record.get("cited_by")]
    if counts[0] in (None, ""):
        notes = _texts(record.get("note"))
        counts = [one[1] or one[2] for note in notes for one in _CITED.finditer(note)]
    return max((known for one in counts if (known := _count(one)) is not None), default=None)


def _count(value: Any) -> int | None:
    text = str(value).strip().replace(",", "").removesuffix(".0")
    known = not isinstance(value, bool) and text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if known else None
