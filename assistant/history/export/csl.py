"""Papers → references and citations in any CSL style, by citeproc-py (extra `cite`).

What citeproc-py gets wrong is mended in what it is given: the style, and what is said of a paper;
there marks, letters of Unicode's private use, tell a style's punctuation from an author's own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal

from assistant.history.export.csl_json import OTHERS, Item, to_item
from assistant.history.export.csl_style import FIELDS, QUOTE, Style
from assistant.history.export.extra import load_extra
from assistant.history.export.references import is_preprint, warning
from assistant.types import Paper

Form = Literal["italic", "bold", "sup", "sub"]
_MARKS = re.compile("[\ue000-\uf8ff]")
_ASKED, _KEPT, _HYPHEN, _ELSE = "\ue005\ue007\ue008\ue009"
"""Marks: behind a title that asks, before a letter that keeps its case, for a hyphen that is one,
before "et al."."""
_OPEN: dict[str, Form] = {"\ue000": "italic", "\ue001": "bold", "\ue002": "sup", "\ue003": "sub"}
_CLOSE = "\ue004"
_AFTER_ASKED = re.compile(f"(?<=[?!]{_ASKED})([{_CLOSE}]*)[.]")
_AFTER_ASKED_QUOTE = re.compile(f"(?<=[?!]{_ASKED})([{_CLOSE}]*{QUOTE}.[{_CLOSE}]*)[.]")
_INTO_QUOTE = re.compile(f"({_CLOSE}*{QUOTE}.{_CLOSE}*)([.,])")
_TWICE = re.compile(f"([.,;:])((?:{_CLOSE}|{QUOTE}.)+)\\1")
_COMMA_LAST = re.compile(f"[,;:]([{_CLOSE}\\s]*)$")
_NAME_PARTS = (
    "given", "dropping-particle", "non-dropping-particle", "family", "suffix", "literal"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one form."""

    text: str
    forms: frozenset[Form] = frozenset()


Runs = tuple[Run, ...]


class Bibliography:
    """Papers, each once, as a style cites them and lists their references."""

    def __init__(self, style: Style, papers: Sequence[Paper]) -> None:
        self.style = style
        self._keys = {paper.id: str(key) for key, paper in enumerate(papers)}
        self._items = {self._keys[paper.id]: _item_for_style(paper) for paper in papers}
        self._processor = self._process()
        while self._complete():
            self._processor = self._process()
        if style.style.root.citation.get("disambiguate-add-year-suffix") == "true":
            self._tell_years_apart()
            self._processor = self._process()

    def entries(self) -> list[Runs]:
        """Return the references in the style's order."""
        return [self._entry(key) for key in self._processor.keys]

    def entry(self, identifier: str) -> Runs:
        """Return the reference of the paper with this id."""
        return self._entry(self._keys[identifier])

    def cite(self, ids: Sequence[str]) -> Runs:
        """Return what stands in the text where the papers with `ids` are cited together."""
        return self._runs(self._cited([self._keys[one] for one in ids]))

    def _entry(self, key: str) -> Runs:
        [item] = [item for item in self._processor.items if item.key == key]
        [text] = self._processor.style.render_bibliography([item]) or [""]
        return self._runs(text)

    def _cited(self, keys: Sequence[str]) -> str:
        citeproc = load_extra("citeproc.source")
        citation = citeproc.Citation([citeproc.CitationItem(key) for key in keys])
        self._processor.register(citation)
        return str(self._processor.cite(citation, lambda item: None))

    def _runs(self, text: Any) -> Runs:
        """Return a processor's text as runs; no "and" stands before "et al."."""
        root = self.style.style.root
        joined = re.escape(str(root.get_single_term(name="and")))
        told = re.sub(f",? (?:{joined}|&) {_ELSE}", f", {_ELSE}", str(text))
        return _runs_of(told, root.get_locale_option("punctuation-in-quote") == "true")

    def _process(self) -> Any:
        """Return a processor that knows the papers, none of them cited yet."""
        frontend, sources = load_extra("citeproc.frontend"), load_extra("citeproc.source")
        source = sources.BibliographySource()
        for key, item in self._items.items():
            source.add(_reference(key, item))
        made = frontend.CitationStylesBibliography(self.style.style, source, _formatter())
        for key in self._items:
            made.register(sources.Citation([sources.CitationItem(key)]))
        made.sort()
        return made

    def _complete(self) -> bool:
        """Mend the papers that a style gives no reference, or the title twice for want of an
        author; tell whether there were any."""
        lacking = [
            (key, item)
            for key, item in self._items.items()
            if "author" not in item or item["type"] == "document"
        ]
        changed = False
        for key, item in lacking:
            entry = plain(self._entry(key)).lower()
            if not entry and item["type"] == "document":
                item["type"] = "webpage"
            elif "author" not in item and entry.count(item["title"].rstrip(".").lower()) > 1:
                item["author"] = [{"literal": item.pop("title")}]
            else:
                continue
            changed = True
        return changed

    def _tell_years_apart(self) -> None:
        """Give papers that would be cited alike a letter each behind the year."""
        cited = {key: self._cited([key]) for key in self._processor.keys}
        times, given = Counter(cited.values()), Counter[str]()
        for key, text in cited.items():
            if times[text] > 1 and "issued" in self._items[key]:
                self._items[key]["year-suffix"] = _letters(given[text])
                given[text] += 1


def _item_for_style(paper: Paper) -> Item:
    """Return what a style is told of a paper."""
    item = to_item(paper)
    told = {name: item[name] for name in ("type", "issued", *FIELDS) if name in item}
    # No style knows of retraction; Zotero puts it before the title too.
    warned = f"{warning(paper)} ".lstrip()
    told["title"] = warned + item.get("title", "Untitled")
    if "author" in item:
        told["author"] = item["author"]
    if is_preprint(paper):
        told.pop("container-title", None)
        told.setdefault("publisher", item.get("container-title", ""))
    if told.get("URL", "").startswith(("https://doi.org/", "http://dx.doi.org/")):
        told.pop("URL" if "DOI" in told else "", None)
    return told


def _reference(key: str, item: Item) -> Any:
    source = load_extra("citeproc.source")
    fields: dict[str, Any] = {
        name.replace("-", "_"): _text(item[name]) for name in FIELDS if item.get(name)
    }
    if "number" in fields:
        # A hyphen would make it a range, and it begins in lower case in every style.
        fields["number"] = _text(f"{_KEPT}{item['number'].replace('-', _HYPHEN)}")
    if item.get("publisher") == "arXiv":
        fields["publisher"] = _text(f"{_KEPT}arXiv")
    if "title" in item:
        fields["title"] = _title(item["title"])
    if "author" in item:
        fields["author"] = [source.Name(**name) for name in _names(item["author"])]
    if "issued" in item:
        fields["issued"] = source.Date(year=item["issued"]["date-parts"][0][0])
    if "year-suffix" in item:
        fields["year_suffix"] = _text(item["year-suffix"])
    return source.Reference(key, item["type"], **fields)


def _text(text: str) -> Any:
    kept = re.sub(f"(?![{_KEPT}{_HYPHEN}])[\ue000-\uf8ff]", "", text)
    return load_extra("citeproc.string").String(kept)


def _title(title: str) -> Any:
    """Return a title whose names keep their capitals, without a full stop at its end."""
    strings = load_extra("citeproc.string")
    title = _MARKS.sub("", title)
    if title.endswith(".") and not title.endswith(".."):
        title = title[:-1]
    if title.endswith(("?", "!")):
        title += _ASKED
    whole = strings.MixedString()
    for word in re.split(r"(\s+)", title):
        named = any(letter.isupper() for letter in word.lstrip("(“\"'‘")[1:])
        whole += strings.NoCase(word) if named else strings.String(word)
    return whole


def _names(names: Sequence[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Yield names as citeproc-py makes true initials of them."""
    for given in names:
        name = {part: _MARKS.sub("", value) for part, value in given.items()}
        if name.get("literal", "").lower() == OTHERS:
            name = {"literal": f"{_ELSE}et al."}
        # A given name in other letters than ours has no initials, and would be cut to stops.
        elif not all(word[0].isupper() for word in name.get("given", "").split()):
            name = {"literal": " ".join(name[part] for part in _NAME_PARTS if part in name)}
        elif "given" in name:
            name["given"] = re.sub(r"-(?=[^\W\d_])(?![A-ZÀ-Þ])", _HYPHEN, name["given"])
        yield name


def _letters(place: int) -> str:
    """Return the letters of a place from 0.

    >>> _letters(0), _letters(25), _letters(26)
    ('a', 'z', 'aa')
    """
    before, last = divmod(place, 26)
    return (_letters(before - 1) if before else "") + "abcdefghijklmnopqrstuvwxyz"[last]


def plain(runs: Sequence[Run]) -> str:
    """Return runs as plain text."""
    return "".join(run.text for run in runs)


def _runs_of(text: str, into_quotes: bool) -> Runs:
    """Return a processor's text as runs, its punctuation mended where two marks met; `into_quotes`:
    with comma and full stop inside quotation marks."""
    text = _AFTER_ASKED_QUOTE.sub(r"\1", _AFTER_ASKED.sub(r"\1", text))
    if into_quotes:
        text = _INTO_QUOTE.sub(r"\2\1", text)
    text = _TWICE.sub(r"\1\2", text)
    # A style's comma before what is not known.
    text = _COMMA_LAST.sub(r".\1", text)
    return tuple(_split_runs(text))


def _split_runs(text: str) -> Iterator[Run]:
    forms: list[Form] = []
    for piece in re.split("([\ue000-\uf8ff])", text):
        if piece in _OPEN:
            forms.append(_OPEN[piece])
        elif piece == _CLOSE:
            forms.pop()
        elif piece == _HYPHEN:
            yield Run("-", frozenset(forms))
        elif piece and not _MARKS.match(piece):
            yield Run(piece, frozenset(forms))


def _formatter() -> Any:
    """Return what a processor forms its text by: with marks."""

    def form(opening: str) -> Any:
        return lambda text: f"{opening}{text}{_CLOSE}"

    def same(text: Any) -> Any:
        return text

    italic, bold, sup, sub = map(form, _OPEN)
    return SimpleNamespace(
        preformat=same, Italic=italic, Oblique=italic, Bold=bold, Superscript=sup, Subscript=sub,
        Light=same, Underline=same, SmallCaps=same,
    )  # fmt: skip
