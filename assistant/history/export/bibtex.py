"""Papers → BibTeX that LaTeX compiles. Pure."""

import itertools
import re
import unicodedata
from collections.abc import Sequence

from pylatexenc.latexencode import RULE_DICT, UnicodeToLatexConversionRule, UnicodeToLatexEncoder

from assistant.history.export.references import (
    arxiv_id,
    doi,
    family_and_given,
    line,
    note,
    own_url,
    published,
)
from assistant.types import Paper

# BibTeX counts braces without minding the backslash before one, so that "\{" alone would break the
# file.
_RULE = UnicodeToLatexConversionRule(
    RULE_DICT,
    {
        **{ord("{"): r"\ensuremath{\lbrace}", ord("}"): r"\ensuremath{\rbrace}", ord('"'): '"'},
        **{ord("ű"): r"\H{u}", ord("Ű"): r"\H{U}", ord("·"): r"\ensuremath{\cdot}"},
    },
)
_ENCODER = UnicodeToLatexEncoder(
    conversion_rules=[_RULE, "defaults"],
    replacement_latex_protection="braces-all",
    unknown_char_policy="keep",
    unknown_char_warning=False,
)
_NO_NAMES = frozenset(
    "a an the on in of for to and with from by is are do does how what why can towards "
    "toward at".split()
)
_TYPES = {
    "journal": ("article", "journal"),
    "meeting": ("inproceedings", "booktitle"),
    "thesis": ("phdthesis", "school"),
    "book": ("book", "publisher"),
    "chapter": ("incollection", "booktitle"),
    "report": ("techreport", "institution"),
    "other": ("misc", "howpublished"),
}
_ASCII = re.compile(r"[\x00-\x7f]+")
_WORD = re.compile(r"(\W*)(.*?)(\W*)", re.DOTALL)


def bibtex(papers: Sequence[Paper], whole: bool = False) -> str:
    """Return papers as BibTeX entries, each once, under keys like `xing2024simda`; `whole`: with
    their abstracts and keywords."""
    keys: set[str] = set()
    entries = []
    for paper in {paper.id: paper for paper in papers}.values():
        base = _key(paper)
        numbered = (f"{base}-{number}" for number in itertools.count(2))
        key = next(one for one in itertools.chain([base], numbered) if one not in keys)
        keys.add(key)
        entries.append(_entry(paper, key, whole))
    return "\n\n".join(entries)


def _entry(paper: Paper, key: str, whole: bool) -> str:
    entry_type, venue = _TYPES[published(paper)]
    arxiv = arxiv_id(paper)
    values = {
        "author": " and ".join(_author(name) for name in map(line, paper.authors) if name),
        "title": _title(line(paper.title)),
        "year": str(paper.year or ""),
        venue: _encoded(line(paper.venue or "")),
        "eprint": _verbatim(arxiv),
        "archivePrefix": "arXiv" if arxiv else "",
        "primaryClass": "".join(map(line, paper.facts.categories[:1])) if arxiv else "",
        "doi": _verbatim(doi(paper)),
        "pmid": _verbatim(line(paper.facts.pmid)),
        "keywords": ", ".join(_escaped(line(keyword)) for keyword in paper.facts.keywords),
        "note": note(paper),
        "url": _verbatim(own_url(paper)),
    }
    if whole:
        values["abstract"] = _escaped(line(paper.abstract))
    fields = ",\n".join(f"\t{name} = {{{value}}}" for name, value in values.items() if value)
    return f"@{entry_type}{{{key},\n{fields}\n}}\n"


def _encoded(text: str) -> str:
    r"""Return text as LaTeX.

    >>> print(_encoded("5% of R&D: é, α"))
    5{\%} of R{\&}D: {\'e}, {\ensuremath{\alpha}}
    """
    return str(_ENCODER.unicode_to_latex(text))


def _escaped(text: str) -> str:
    """Return what is not printed as LaTeX that says the same: what has no command of its own there,
    such as "′" and "⁻", stays.

    >>> print(_escaped("5′ of 10⁻⁵ & 5%"))
    5′ of 10⁻⁵ {\\&} 5{\\%}
    """
    return _ASCII.sub(lambda found: _encoded(found[0]), text)


def _verbatim(text: str) -> str:
    """Return an address as it is: only braces and backslashes would break the file."""
    return re.sub(r"[{}\\\s]", lambda match: f"%{ord(match[0]):02X}", text)


def _author(name: str) -> str:
    """Return a name, held together by braces where BibTeX would take it apart wrongly."""
    if name.lower() in ("et al.", "et al"):
        return "others"  # BibTeX's own word
    whole = re.search(r"\band\b|^others$", name, re.IGNORECASE) or name.count(",") > 1
    return f"{{{_encoded(name)}}}" if whole else _encoded(name)


def _title(title: str) -> str:
    """Return a title whose names keep their capitals, whatever a style does to the others.

    >>> _title("SimDA: Simple Adapters for T2I"), _title("speech of the endangered Ainu language")
    ('{SimDA}: Simple Adapters for {T2I}', 'speech of the endangered {Ainu} language')
    """
    words = title.split()
    long = [word for word in words[1:] if len(word) > 3]
    # Where most words are small, a capital means a name.
    sentence = sum(word[0].isupper() for word in long) * 2 < len(long)
    return " ".join(_protected(word, sentence and place > 0) for place, word in enumerate(words))


def _protected(word: str, capital_is_name: bool) -> str:
    match = _WORD.fullmatch(word)
    before, core, after = match.groups() if match else ("", word, "")
    name = any(one.isupper() for one in core[1:]) or (capital_is_name and core[:1].isupper())
    # The colon stays outside, since a style keeps the capital after one that it sees.
    return f"{_encoded(before)}{{{_encoded(core)}}}{_encoded(after)}" if name else _encoded(word)


def _key(paper: Paper) -> str:
    """Return the first author's family name, the year, and the title's first telling word.

    >>> zoe = Paper("", "The Tune-A-Video way", "", ("Zoë van Dyke",), 2024)
    >>> _key(zoe), _key(Paper("", "", ""))
    ('dyke2024tuneavideo', 'paper')
    """
    names = [re.sub(r"[{}\\]", "", line(name)).strip() for name in paper.authors]
    family, _ = family_and_given(next((name for name in names if name), ""))
    particles = r"^(?:[a-z]\S* )+"  # "van Dyke" is sorted under Dyke
    words = [_ascii(word) for word in line(paper.title).split()]
    word = next((word for word in words if word and word not in _NO_NAMES), "")
    letters = re.sub(r"^\d+", "", _ascii(re.sub(particles, "", family))) or "paper"
    return f"{letters[:30]}{paper.year or ''}{word[:30]}"


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.lower())
