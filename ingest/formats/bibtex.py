"""BibTeX and BibLaTeX, entry by entry."""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.formats.format import Format, Record, person, record_of
from ingest.plain_text import from_latex, from_markup
from ingest.record_facts import NOTED_ARXIV, arxiv_id_in, doi_at, doi_of, noted, words_in, year_in
from ingest.record_fields import Tell
from ingest.source import Source

_BEGINNING = re.compile(r"@\s*([A-Za-z]+)\s*\{")
# An entry at the start of a line ends one before it whose braces do not close.
_NEXT = re.compile(r"\s*@\s*[A-Za-z]+\s*\{\s*[^\s,={}\"]*\s*[,=]")
_FILE = re.compile(rf"^{_NEXT.pattern}|^\s*@(?:comment|preamble)\s*\{{", re.MULTILINE | re.I)
_ANGLE = re.compile(r"\$([<>])\$")
# A text in quotation marks, one in braces, nested thrice at most, or a macro.
_IN_BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
_PIECE = re.compile(rf'"(?:[^"{{}}]|{_IN_BRACES})*"|{_IN_BRACES}|[^\s#"{{}}]+')
_BRACE = re.compile(r"[{}]")
_STRAY = re.compile(r"\s*[A-Za-z][\w-]*\s*=\s*[{\"]")
_MACRO = re.compile(r"\{\s*([^\s={}]+)\s*=")
_NO_PAPER = frozenset({"comment", "preamble"})
_ABOVE = frozenset({"proceedings", "mvproceedings", "book", "mvbook", "collection", "mvcollection"})
_LONGEST_ENTRY = 2_000_000
_LAST_AND = re.compile(r"(?:\s+and)+\s*$", re.IGNORECASE)
_VENUES = (
    *("journal", "journaltitle", "booktitle", "maintitle", "howpublished", "series"),
    *("school", "institution", "publisher"),
)


@dataclass(slots=True)
class _Entry:
    """An entry as it is read: its first line, kind, text, and how many braces are open."""

    line: int
    kind: str
    text: str = ""
    depth: int = 0

    def take(self, text: str) -> str:
        """Add a line up to the brace that closes the entry; return what is left of it."""
        end = len(text)
        for brace in _BRACE.finditer(text):
            self.depth += 1 if brace[0] == "{" else -1
            if not self.depth:
                end = brace.end()
                break
        if len(self.text) <= _LONGEST_ENTRY:  # a longer one is broken; its rest is not held
            self.text += f"{text[:end]}\n"
        return text[end:]


def _read(source: Source) -> Iterator[Record]:
    # What it logs of bad entries is told as problems.
    logging.getLogger("bibtexparser").addHandler(logging.NullHandler())
    macros: dict[str, str] = {}
    above: dict[str, Mapping[str, str]] = {}
    waiting: list[tuple[str, str, Mapping[str, str]]] = []
    for entry in _entries(source.lines()):
        where = f"{source.name}:{entry.line}"
        if entry.depth or not entry.text:
            problem = "its braces do not close" if entry.depth else "a field outside of any entry"
            yield Record(where, None, problem=f"{problem}; is there a brace too many or too few?")
        elif entry.kind == "string":
            if name := _MACRO.search(entry.text):
                macros[name[1].lower()] = entry.text
        elif entry.kind not in _NO_PAPER:
            key, fields = _fields(where, entry.text, macros, source.tell)
            if fields is None:
                yield Record(where, None, problem="an entry that is no BibTeX")
            elif fields.get("crossref"):
                waiting.append((where, entry.kind, fields))  # BibTeX has the book behind its parts
            else:
                yield _record_of_fields(where, entry.kind, fields)
            if fields and entry.kind in _ABOVE:
                above[key.lower()] = fields
    for where, kind, fields in waiting:
        book = above.get(fields["crossref"].strip().lower(), {})
        yield _record_of_fields(where, kind, {**_lent(book), **fields})


def _lent(book: Mapping[str, str]) -> Mapping[str, str]:
    """Return what parts have of the book that they refer to."""
    lent = {name: book[name] for name in ("year", "date", "publisher") if name in book}
    return {**lent, "booktitle": book.get("booktitle") or book.get("title", "")}


def _entries(lines: Iterator[tuple[int, str]]) -> Iterator[_Entry]:
    """Yield the entries; one without text where fields stand outside of any."""
    entry, told = None, True
    for number, line in lines:
        if entry and _NEXT.match(line):
            yield entry
            entry = None
        while line:
            if not entry:
                begun = _BEGINNING.search(line)
                if not begun:
                    if not told and _STRAY.match(line):
                        yield _Entry(number, "")
                        told = True
                    break
                entry, line = _Entry(number, begun[1].lower()), line[begun.start() :]
            line = entry.take(line)
            if not entry.depth:
                yield entry
                entry, told = None, False
    if entry:
        yield entry


def _fields(
    where: str, text: str, macros: Mapping[str, str], tell: Tell
) -> tuple[str, Mapping[str, str] | None]:
    """Return the key and the fields of an entry, None where it is no BibTeX."""
    from bibtexparser.library import Library
    from bibtexparser.middlewares.parsestack import default_parse_stack
    from bibtexparser.model import DuplicateFieldKeyBlock, Entry, String
    from bibtexparser.splitter import Splitter

    used, lower = "", text.lower()
    for name, macro in reversed([*macros.items()]):  # a macro may hold those before it
        if name in lower:
            used, lower = macro + used, lower + macro.lower()
    blocks: list[Any] = list(Splitter(used + text).split().blocks)
    if isinstance(blocks[-1], DuplicateFieldKeyBlock):
        tell(f"{where}: a field stands twice; the first one counts")
        blocks[-1] = blocks[-1].ignore_error_block
    entry = next((block for block in blocks if isinstance(block, Entry)), None)
    if entry is None:
        return "", None
    entry.fields = list({field.key.lower(): field for field in reversed(entry.fields)}.values())
    texts: dict[str, str] = {}
    for block in blocks:
        if isinstance(block, String):
            block.value = texts[block.key.lower()] = _joined(block.value, texts)
    for field in entry.fields:
        field.value = _joined(field.value, texts)
    library = Library(blocks)
    for step in default_parse_stack(allow_inplace_modification=True):
        library = step.transform(library)
    return entry.key, {one.key.lower(): str(one.value) for one in library.entries[0].fields}


def _joined(value: str, macros: Mapping[str, str]) -> str:
    """Return a value whose texts and macros, between which "#" stands, are one text in braces.

    >>> _joined('jo # " of # " # {Whales}', {"jo": "{Journal}"}), _joined("jo", {})
    ('{Journal of # Whales}', 'jo')
    """
    pieces = _PIECE.findall(value)
    if len(pieces) < 2 or _PIECE.sub(" ", value).split() != ["#"] * (len(pieces) - 1):
        return value
    whole = (macros.get(piece.lower(), piece) for piece in pieces)
    return "{" + "".join(one[1:-1] if one[0] in '{"' else one for one in whole) + "}"


def _record_of_fields(where: str, kind: str, fields: Mapping[str, str]) -> Record:
    def text(*names: str) -> str:
        found = (from_markup(from_latex(fields[name])) for name in names if fields.get(name))
        return next((one for one in found if one), "")

    def verbatim(name: str) -> str:
        value = _ANGLE.sub(r"\1", fields.get(name, ""))
        return "\n".join(map(from_latex, value.splitlines())) if "\\" in value else value

    eprint, place = verbatim("eprint"), text("archiveprefix", "eprinttype").lower()
    url, notes = verbatim("url"), (verbatim("note"), verbatim("annote"))
    doi = doi_of(_unbraced(verbatim("doi")), noted("DOI", *notes)) or doi_at(url)
    arxiv = arxiv_id_in(
        *(doi, eprint if place in ("", "arxiv") else "", text("journal"), url),
        *(text("howpublished"), noted(NOTED_ARXIV, *notes)),
    )
    pmid = text("pmid") or (eprint if place in ("pubmed", "pmid") else "")
    title, subtitle = text("title"), text("subtitle")
    words = map(text, ("keywords", "keyword", "author_keywords", "keywords-plus"))
    return record_of(
        where,
        {
            "title": f"{title}: {subtitle}" if subtitle else title,
            "abstract": text("abstract"),
            "authors": names(fields.get("author") or fields.get("editor") or ""),
            "year": year_in(text("year"), text("date")),
            "venue": text(*_VENUES),
            "url": url if url.startswith(("http://", "https://")) else None,
            "doi": doi,
            "arxiv_id": arxiv,
            "pmid": pmid or noted("PMID", *notes),
            "type": ["preprint" if kind == "misc" and arxiv else kind, text("type")],
            "keywords": [one for some in words for one in words_in(some)],
            "cited_by": text("times-cited"),
            "categories": text("primaryclass", "eprintclass"),
            "note": [*notes],
        },
    )


def _unbraced(text: str) -> str:
    """Return text without its pairs of braces.

    >>> _unbraced("10.1000/m_{1}}"), _unbraced("{{a}}")
    ('10.1000/m_1}', 'a')
    """
    while (inner := re.sub(r"\{([^{}]*)\}", r"\1", text)) != text:
        text = inner
    return text


def names(text: str) -> list[dict[str, str]]:
    r"""Return the names of an author field.

    >>> people = names(r"Lee, Ann and {The X and Y Group} and Ludwig van B{\"o}hm and others")
    >>> [one["family"] for one in people]
    ['Lee', 'The X and Y Group', 'van Böhm']
    """
    from bibtexparser.middlewares.names import (
        parse_single_name_into_parts,
        split_multiple_persons_names,
    )

    found = []
    for name in split_multiple_persons_names(_LAST_AND.sub("", " ".join(text.split()))):
        if name.lower() == "others":
            continue
        parts = parse_single_name_into_parts(name, strict=False)
        given, von, last, suffix = (
            from_latex(" ".join(part)) for part in (parts.first, parts.von, parts.last, parts.jr)
        )
        found.append(person(given, f"{von} {last}", suffix))
    return found


FORMAT = Format("BibTeX", (".bib", ".bibtex", ".biblatex"), _FILE.search, _read)
