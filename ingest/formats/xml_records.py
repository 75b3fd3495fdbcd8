"""XML → the elements of its records, with their lines; no entity is expanded, nothing fetched."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from assistant.errors import SourceError
from ingest.plain_text import labelled
from ingest.source import Source

_LINE = "line of the file"


def elements(source: Source, *names: str) -> Iterator[tuple[str, Element]]:
    """Yield place and element of each record; SourceError for what is no XML, or harmful."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser, iterparse

    class Numbered(TreeBuilder):
        """Writes into a record's element on which line it begins."""

        def start(self, tag: str, attributes: dict[str, str]) -> Element:
            if local(tag) in names:
                attributes = {**attributes, _LINE: str(parser.parser.CurrentLineNumber)}
            return super().start(tag, attributes)

    parser: Any = DefusedXMLParser(target=Numbered(), forbid_dtd=False)
    opened: list[Element] = []
    inside = 0
    try:
        for event, element in iterparse(source.stream, ("start", "end"), parser=parser):
            is_record = local(element.tag) in names
            if event == "start":
                opened.append(element)
                inside += is_record
                continue
            opened.pop()
            inside -= is_record
            if is_record and not inside:
                yield f"{source.name}:{element.get(_LINE)}", element
            if not inside and opened:
                opened[-1].clear()  # what was read need not be held
    except ParseError as error:
        line = error.position[0]
        problem = f"no well-formed XML ({error.msg}); is the file cut off?"
        raise SourceError(f"{source.name}:{line}: {problem}") from error
    except DefusedXmlException as error:
        problem = "XML that defines entities of its own, which a list of papers needs not"
        raise SourceError(f"{source.name}: {problem}") from error


def local(tag: Any) -> str:
    """Return a tag's name without its namespace.

    >>> local("{http://www.w3.org/2005/Atom}entry")
    'entry'
    """
    return str(tag).rpartition("}")[2]


def find(element: Element, *path: str) -> Iterator[Element]:
    """Yield the elements at a path of names, whatever their namespace."""
    for child in element:
        if local(child.tag) == path[0]:
            if path[1:]:
                yield from find(child, *path[1:])
            else:
                yield child


def text_of(element: Element | None) -> str:
    """Return the text in an element and what is in it, without its tags."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def text_at(element: Element, *path: str) -> str:
    """Return the text of the first element at a path, "" where there is none."""
    return text_of(next(find(element, *path), None))


def parts_of(element: Element) -> str:
    """Return an abstract in sections, as JATS has it, with their headings in front."""
    parts = []
    for child in element:
        name = local(child.tag)
        if name == "sec":
            heading = text_at(child, "title")
            told = " ".join(text_of(one) for one in child if local(one.tag) != "title")
            parts.append(labelled(heading, told))
        elif name not in ("title", "label"):
            parts.append(text_of(child))
    return " ".join(filter(None, parts)) or text_of(element)
