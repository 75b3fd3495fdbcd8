"""A conversation's Markdown → a Word file, by python-docx (extra `cite`).

python-docx 1.2 knows no footnotes; their part of the file is made here of its own parts.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.history.export.extra import load_extra
from assistant.history.export.html import parser

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAG = re.compile(r"<(/?)(su[bp])>")
_MARKS = {"strong": "bold", "em": "italic", "s": "strike"}
_FONT: dict[str, tuple[str, Any]] = {
    "bold": ("bold", True), "italic": ("italic", True), "strike": ("strike", True),
    "sup": ("superscript", True), "sub": ("subscript", True), "link": ("underline", True),
    "code": ("name", "Consolas"),
}  # fmt: skip
_HANGING = 0.4  # inches that a reference's later lines stand in
_FOOTNOTES_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_FOOTNOTES = (
    '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
    '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/>'
    "</w:r></w:p></w:footnote></w:footnotes>"
)


def word(markdown: str, title: str) -> bytes:
    """Return Markdown of ours as a .docx file: headings, lists, tables, links, footnotes."""
    writer = _Writer(load_extra("docx").Document())
    writer.document.core_properties.title = _allowed(title)[:255]
    writer.document.core_properties.author = "Paper Assistant"
    writer.write(parser(footnotes=True).parse(markdown))
    out = io.BytesIO()
    writer.document.save(out)
    return out.getvalue()


@dataclass(slots=True)
class _List:
    """A list that is open: the id of its numbers, None where it has bullets."""

    number: int | None


@dataclass(slots=True)
class _Writer:
    document: Any
    lists: list[_List] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    item: bool = False
    """Whether the next paragraph begins an item of a list."""
    hanging: bool = False
    quoted: int = 0
    notes: Any = None
    note: Any = None
    """The footnote that is being written."""

    def write(self, tokens: Sequence[Any]) -> None:
        """Write a document's tokens; those of inline text write themselves into a paragraph."""
        for place, token in enumerate(tokens):
            if token.type == "inline":
                self._inline(tokens[place - 1], token)
            elif token.type in ("fence", "code_block"):
                _add(self.document.add_paragraph(), token.content.rstrip("\n"), {"code"})
            elif token.type == "html_block":
                _add(self.document.add_paragraph(), re.sub(r"<[^>]*>", "", token.content), set())
            else:
                self._structure(token)

    def _structure(self, token: Any) -> None:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            ordered = token.type == "ordered_list_open"
            number = self._restarted(int(token.attrs.get("start", 1))) if ordered else None
            self.lists.append(_List(number))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self.lists.pop()
        elif token.type == "list_item_open":
            self.item = True
        elif token.type in ("blockquote_open", "blockquote_close"):
            self.quoted += token.nesting
        elif token.type == "tr_open":
            self.rows.append([])
        elif token.type in ("th_open", "td_open"):
            self.rows[-1].append(None)
        elif token.type == "table_close":
            self._table()
        elif token.type in ("footnote_open", "footnote_close"):
            self.note = self._footnote(token.meta["id"] + 1) if token.nesting > 0 else None

    def _inline(self, opening: Any, token: Any) -> None:
        if opening.type in ("th_open", "td_open"):
            self.rows[-1][-1] = token
        elif self.note is not None:
            self._fill(self.note, token)
        elif opening.type == "heading_open":
            level = int(opening.tag[1:])
            self.hanging = level == 2 and token.content == "References"
            self._fill(self.document.add_heading(level=min(level - 1, 9)), token)
        else:
            self._fill(self._paragraph(), token)

    def _paragraph(self) -> Any:
        shared = load_extra("docx.shared")
        if not self.lists:
            paragraph = self.document.add_paragraph(style="Quote" if self.quoted else None)
            if self.hanging:
                paragraph.paragraph_format.left_indent = shared.Inches(_HANGING)
                paragraph.paragraph_format.first_line_indent = shared.Inches(-_HANGING)
            return paragraph
        depth = f" {min(len(self.lists), 3)}" if len(self.lists) > 1 else ""
        number = self.lists[-1].number
        if not self.item:
            return self.document.add_paragraph(style=f"List Continue{depth}")
        self.item = False
        kind = "Bullet" if number is None else "Number"
        paragraph = self.document.add_paragraph(style=f"List {kind}{depth}")
        if number is not None:
            properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_numId().val = number
            properties.get_or_add_ilvl().val = 0
        return paragraph

    def _restarted(self, start: int) -> int:
        """Return the id of a numbering of its own that begins at `start`."""
        numbering = self.document.part.numbering_part.element
        name = f"List Number{f' {len(self.lists) + 1}' if self.lists else ''}"[:13]
        style = self.document.styles[name].element
        [like] = numbering.xpath(f"w:num[@w:numId='{style.pPr.numPr.numId.val}']/w:abstractNumId")
        made = numbering.add_num(like.val)
        made.add_lvlOverride(ilvl=0).add_startOverride(start)
        return int(made.numId)

    def _table(self) -> None:
        columns = max(map(len, self.rows), default=0)
        table = self.document.add_table(len(self.rows), columns, style="Table Grid")
        for place, row in enumerate(self.rows):
            for cell, token in zip(table.rows[place].cells, row, strict=False):
                if token is not None:
                    self._fill(cell.paragraphs[0], token, {"bold"} if place == 0 else set())
        self.document.add_paragraph()
        self.rows = []

    def _fill(self, paragraph: Any, token: Any, around: set[str] | None = None) -> None:
        """Write inline text into a paragraph."""
        forms, link = set(around or ()), ""
        for child in token.children or ():
            name = child.type.rpartition("_")[0]
            if name in _MARKS:
                forms ^= {_MARKS[name]}
            elif name == "link":
                link = child.attrs.get("href", "") if child.nesting > 0 else ""
            elif child.type == "footnote_ref":
                run = _add(paragraph, "", {"sup"})._r
                run.append(_element(run, "w:footnoteReference", child.meta["id"] + 1))
            elif child.type == "html_inline" and (tag := _TAG.fullmatch(child.content)):
                forms ^= {tag[2]}
            elif child.type in ("softbreak", "hardbreak"):
                _add(paragraph, " " if child.type == "softbreak" else "\n", forms)
            elif child.content and link.startswith(("http://", "https://")):
                self._link(paragraph, child.content, link, forms)
            elif child.content:
                _add(paragraph, child.content, forms | ({"code"} if "code" in name else set()))

    def _link(self, paragraph: Any, text: str, url: str, forms: set[str]) -> None:
        oxml, names = load_extra("docx.oxml.ns"), load_extra("docx.opc.constants")
        part = self.notes if self.note is not None else self.document.part
        target = part.relate_to(_allowed(url), names.RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        run = _add(paragraph, text, {*forms, "link"})
        link = paragraph._p.makeelement(oxml.qn("w:hyperlink"), {oxml.qn("r:id"): target})
        run._r.addprevious(link)
        link.append(run._r)

    def _footnote(self, number: int) -> Any:
        """Return the paragraph of a new footnote, its number in front."""
        if self.notes is None:
            self.notes = self._footnotes_part()
        note = _element(self.notes.element, "w:footnote", number)
        self.notes.element.append(note)
        note.append(_element(note, "w:p"))
        paragraph = load_extra("docx.text.paragraph").Paragraph(note[0], None)
        run = _add(paragraph, "", {"sup"})._r
        run.append(_element(run, "w:footnoteRef"))
        _add(paragraph, " ", set())
        return paragraph

    def _footnotes_part(self) -> Any:
        packaging, parts = load_extra("docx.opc.packuri"), load_extra("docx.opc.part")
        oxml, names = load_extra("docx.oxml"), load_extra("docx.opc.constants")
        document = self.document.part
        made = parts.XmlPart(
            packaging.PackURI("/word/footnotes.xml"), _FOOTNOTES_TYPE,
            oxml.parse_xml(_FOOTNOTES), document.package,
        )  # fmt: skip
        document.relate_to(made, names.RELATIONSHIP_TYPE.FOOTNOTES)
        # The settings, whose order is fixed, say which notes are the lines above the footnotes.
        settings = self.document.settings.element
        told = _element(settings, "w:footnotePr")
        for number in (-1, 0):
            told.append(_element(told, "w:footnote", number))
        settings.find(load_extra("docx.oxml.ns").qn("w:compat")).addprevious(told)
        return made


def _element(near: Any, name: str, number: int | None = None) -> Any:
    """Return a new element of the document of another, its id `number` if there is one."""
    qn = load_extra("docx.oxml.ns").qn
    return near.makeelement(qn(name), {} if number is None else {qn("w:id"): str(number)})


def _add(paragraph: Any, text: str, forms: set[str]) -> Any:
    """Return a new run of a paragraph."""
    run = paragraph.add_run(_allowed(text))
    for form in forms & _FONT.keys():
        setattr(run.font, *_FONT[form])
    if "link" in forms:
        run.font.color.rgb = load_extra("docx.shared").RGBColor(0x05, 0x63, 0xC1)
    return run


def _allowed(text: str) -> str:
    """Return text without what XML has no place for."""
    return _NOT_XML.sub("", text)
