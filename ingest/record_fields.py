"""A record's fields → a paper: repaired, bounded, identified; odd ones told."""

import hashlib
import math
import re
import reprlib
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from assistant.errors import SourceError
from assistant.text.identifiers import arxiv_url, doi_url, parse_arxiv_id, parse_doi, pubmed_url
from assistant.text.sentences import LONGEST_SENTENCE, sentences
from assistant.types import Paper, RecordFacts
from ingest.author_names import names_of
from ingest.record_facts import facts_of

Tell = Callable[[str], None]
"""Called with what a reader of the record should know: what was left out, cut or guessed."""
LONGEST_TITLE = 500
LONGEST_ABSTRACT = 50_000  # characters; a long document is embedded in seconds, not minutes
MOST_SENTENCES = 500
MOST_AUTHORS = 5_000
LONGEST_URL = 2_000
_LONGEST_VENUE = 300
_SENTENCE_END = re.compile(r"[.!?…:。！？]")
_SHOWN = 60
_REPR = reprlib.Repr()
_REPR.maxstring = _SHOWN
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_YEAR = re.compile(r"(?<![\w.])(?<!^-)(?:1\d{3}|2[01]\d\d|2200)(?![\d_])")
_NOTHING = frozenset({"nan", "none", "null", "n/a"})
# "problemx2014One-Shot": an HTML entity of the General Punctuation block that lost its "&#" and
# ";".
_ENTITY = re.compile(r"(?<=[A-Za-z,.;:)\s])x(201[0-9a-fA-F]|2026|2032)(?![0-9a-fA-F])")
_SCHEME = re.compile(r"\b(https?);//")
_TIMES = re.compile(r"(?<=\d)times(?=\d)")
# LaTeX for "60%", "R&D": the backslash is no part of what is said.
_ESCAPE = re.compile(r"\\([%&_$#])")
_URL = re.compile(r"https?://[^\s{}<>\"'`|\\^]+")
# Accents of Latin letters, and the signs that only choose how the one before is drawn.
_ACCENT = re.compile(r"(?<=[a-z\u00df-\u024f])[\u0300-\u036f]+|[\ufe00-\ufe0f]")
_SLUG_LENGTH = 48
# Hex digits of a hash that stands behind a readable title, and of one that stands for a title.
_SHORT_HASH, _LONG_HASH = 6, 16


def repair(text: str) -> str:
    """Return `text` with lost entities, URL schemes and multiplication signs restored.

    Only scrape damage that has a single right reading is undone; every other character stays.

    >>> repair("a problemx2014One-Shot at https;//a.b with 4times3 tiles, 2.8times faster, 5x2014")
    'a problem—One-Shot at https://a.b with 4×3 tiles, 2.8times faster, 5x2014'
    """
    text = _ENTITY.sub(lambda match: chr(int(match.group(1), 16)), text)
    text = _SCHEME.sub(r"\1://", text)
    return _ESCAPE.sub(r"\1", _TIMES.sub("×", text))


def paper_of(
    record: Mapping[str, Any], tell: Tell, facts: Mapping[str, Any] | None = None, key: str = ""
) -> Paper:
    """Return the paper of a record; bibliographic `facts` go before the record's own.

    Its id is `key`, else made of `arxiv_id`, `doi` or the title; its address is the record's `url`,
    else follows from an id. SourceError for what cannot be kept.
    """
    title = _cut(repair(_one_line(record["title"])), LONGEST_TITLE, "title", tell)
    abstract = _bounded_abstract(repair(_printable(record["abstract"]).strip()), tell)
    for field, text in (("title", title), ("abstract", abstract)):
        if not re.search(r"\w", text):
            raise SourceError(f"the paper {title[:_SHOWN]!r} has no words in its {field}")
    facts = facts or {}
    other = facts_of({"queries": facts.get("queries"), **record})
    record = {**record, **facts}
    identifier, url = _identify(record, title, key)
    link = _address(record.get("url"), tell)
    return Paper(
        id=identifier,
        title=title,
        abstract=abstract,
        authors=authors(record.get("authors") or record.get("author"), tell),
        year=year(record.get("year"), tell),
        venue=venue(record.get("venue"), tell),
        url=link or url or _page_of(other),
        links=tuple(named for named in links_in(abstract) if named != link),
        facts=other,
    )


def check_facts(record: Mapping[str, Any]) -> None:
    """Raise SourceError where a paper could not be given these facts."""
    _identify(record, "", "")


def authors(value: Any, tell: Tell) -> tuple[str, ...]:
    """Return the names that `value` holds in any of the usual forms; see `names_of`."""
    if _is_missing(value, "authors", tell):
        return ()
    names, odd = names_of(value)
    if odd:
        told = ", ".join(_shown(item) for item in odd[:3])
        tell(f"{told}{' …' if len(odd) > 3 else ''} left out of the authors, being no name")
    if len(names) > MOST_AUTHORS:
        tell(f"{len(names):,} authors are given; the first {MOST_AUTHORS:,} are kept")
    return tuple(name for name in map(_one_line, names[:MOST_AUTHORS]) if name)


def year(value: Any, tell: Tell) -> int | None:
    """Return a year from 1000 to 2200, also that of a date; None where there is none or an odd one.

    >>> year("2021-05-03", print)
    the year 2021 is taken from '2021-05-03'
    2021
    """
    if _is_missing(value, "year", tell):
        return None
    text = str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()
    if len(text) <= _SHOWN and text.isdecimal():
        text = str(int(text))  # digits of any script
    years = _YEAR.findall(text) if isinstance(value, str | int | float) else []
    if len(years) != 1 or len(text) > _SHOWN:
        tell(f"the year {_shown(value)} left out, being no year")
        return None
    if text != years[0]:
        tell(f"the year {years[0]} is taken from {_shown(value)}")
    return int(years[0])


def venue(value: Any, tell: Tell) -> str | None:
    """Return a venue's name, from text, a list of one text, or an object, on one line."""
    if _is_missing(value, "venue", tell):
        return None
    item = value[0] if isinstance(value, list) and len(value) == 1 else value
    item = item.get("name") if isinstance(item, dict) else item
    if not isinstance(item, str):
        tell(f"the venue {_shown(value)} left out, being no text")
        return None
    return _cut(_one_line(item), _LONGEST_VENUE, "venue", tell) or None


def links_in(text: str) -> tuple[str, ...]:
    """Return the web addresses named in `text`, each once, without punctuation behind them.

    >>> links_in("Code: https://github.com/a/b). See https://a.io/x/{https://a.io/x/}.")
    ('https://github.com/a/b', 'https://a.io/x/')
    """
    found = (match.rstrip(".,;:!?)]") for match in _URL.findall(text))
    return tuple(dict.fromkeys(found))


def title_key(title: str) -> str:
    """Return what two spellings of a title share: its folded letters and digits, and +#.

    >>> title_key("Café: C++"), title_key("Café C#") == title_key("Cafe C"), len(title_key("की"))
    ('cafec++', False, 2)
    """
    folded = unicodedata.normalize("NFKD", _fitting(title, LONGEST_TITLE)).casefold()
    return "".join(filter(_tells_apart, _ACCENT.sub("", folded)))


def _tells_apart(sign: str) -> bool:
    return sign.isalnum() or sign in "+#♯" or unicodedata.category(sign) in ("Mn", "Mc")


def slug_id(title: str) -> str:
    """Return a readable id of a title, with a hash that is longer where the slug lacks letters.

    >>> slug_id("Attention Is All You Need"), slug_id("注意力")
    ('attention-is-all-you-need-5563e1', '105a8b5a196f9075')
    """
    key = title_key(title)
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    latin = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    slug = latin[:_SLUG_LENGTH].rstrip("-")
    readable = 2 * len(latin.replace("-", "")) >= len(key) and all(map(_is_latin, key))
    digest = hashlib.sha256(key.encode()).hexdigest()[: _SHORT_HASH if readable else _LONG_HASH]
    return f"{slug}-{digest}" if slug else digest


def _is_latin(sign: str) -> bool:
    return sign in "0123456789" or unicodedata.name(sign, "").startswith("LATIN ")


def _identify(record: Mapping[str, Any], title: str, key: str) -> tuple[str, str]:
    """Return the id of a paper and the address that follows from it, "" for none."""
    for field, parse, address, example in (
        ("arxiv_id", parse_arxiv_id, arxiv_url, "an arXiv id such as 2212.11565"),
        ("doi", parse_doi, doi_url, "a DOI such as 10.1145/3292500"),
    ):
        value = record.get(field)
        if value is None or value == "":
            continue
        identifier = parse(value) if isinstance(value, str) else None
        if identifier is None:
            raise SourceError(f"{_shown(value)} is not {example}")
        return f"{field.removesuffix('_id')}:{identifier}", address(identifier)
    return key or slug_id(title), ""


def _page_of(facts: RecordFacts) -> str:
    """Return the paper's page by the ids that its record has elsewhere, "" where it has none."""
    if facts.arxiv_id:
        return arxiv_url(facts.arxiv_id)
    return doi_url(facts.doi) if facts.doi else pubmed_url(facts.pmid)


def _address(value: Any, tell: Tell) -> str | None:
    if _is_missing(value, "url", tell):
        return None
    if isinstance(value, str) and len(value) > LONGEST_URL:
        tell(f"the url of {len(value):,} characters left out")
        return None
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        return value
    tell(f"the url {_shown(value)} left out, being no web address")
    return None


def _is_missing(value: Any, field: str, tell: Tell) -> bool:
    """Tell whether there is no value; what other programs write for none (NaN, "None") is told."""
    if value is None or value == "" or value == []:
        return True
    written = value.strip().lower() in _NOTHING if isinstance(value, str) else False
    if written or (isinstance(value, float) and math.isnan(value)):
        tell(f"the {field} {_shown(value)} left out, being none")
        return True
    return False


def _cut(text: str, longest: int, field: str, tell: Tell) -> str:
    kept = _fitting(text, longest)
    if kept != text:
        kept = f"{kept[:-1].rstrip()}…"
        tell(f"the {field} has {len(text):,} characters; its first {len(kept):,} are kept")
    return kept


def _bounded_abstract(abstract: str, tell: Tell) -> str:
    """Return an abstract or its first sentences, as many as are embedded within seconds."""
    kept = _fitting(abstract, LONGEST_ABSTRACT)
    # A sentence ends at one of these signs, or where it would be too long; to split the text of
    # every paper would take longer than all else.
    most = len(_SENTENCE_END.findall(abstract)) + 2 * len(abstract) // LONGEST_SENTENCE + 1
    if kept == abstract and most <= MOST_SENTENCES:
        return abstract
    spans = sentences(kept)
    if kept == abstract and len(spans) <= MOST_SENTENCES:
        return abstract
    if len(spans) > 1 and kept != abstract:
        spans = spans[:-1]  # the last one is cut off
    spans = spans[:MOST_SENTENCES]
    kept = kept[: spans[-1].end] if spans else kept
    tell(
        f"the abstract has {len(abstract):,} characters; its first {len(kept):,} "
        f"({len(spans):,} sentences) are kept"
    )
    return kept


def _fitting(text: str, longest: int) -> str:
    """Return the beginning of `text` of at most `longest` characters, no ligatures."""
    text = text[:longest]
    while (wide := len(unicodedata.normalize("NFKC", text))) > longest:
        text = text[: len(text) * longest // wide]
    return text


def _printable(text: str) -> str:
    """Return `text` without what a terminal may obey, and without lone surrogates."""
    return _CONTROL.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))


def _one_line(text: str) -> str:
    return " ".join(_printable(text).split())


def _shown(value: Any) -> str:
    """Return a value as Python writes it, what is long or deep in it left out."""
    return _REPR.repr(value)[: 2 * _SHOWN]
