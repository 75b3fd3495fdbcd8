"""An answer → Markdown in which every citation is a link, and where in it which paper is cited."""

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.api.conversation import target
from assistant.history.citations import find_chips
from assistant.text.markdown import escape, link, unturned
from assistant.types import Answer, Citation, Paper


@dataclass(frozen=True, slots=True)
class CitedLink:
    """A link in a text: `text[start:end]` leads to `paper`."""

    start: int
    end: int
    paper: Paper


@dataclass(frozen=True, slots=True)
class CitedText:
    """An answer's text for programs, with its links in order."""

    text: str
    links: tuple[CitedLink, ...]


def cite(answer: Answer) -> CitedText:
    """Return the answer as one text: its notes, its words with `[[n]](address)` for each `[n]`, and
    the papers that they do not link by title."""
    parts: list[str] = []
    links: list[CitedLink] = []
    length = 0
    for text, paper in _parts(answer):
        shown = unturned(text)
        if paper is not None:
            links.append(CitedLink(length, length + len(shown), paper))
        parts.append(shown)
        length += len(shown)
    return CitedText("".join(parts), tuple(links))


def _parts(answer: Answer) -> Iterator[tuple[str, Paper | None]]:
    """Yield the text in pieces, each with the paper that it is a link to."""
    for note in (*answer.notes, *answer.warnings):
        yield f"*{escape(note)}*\n\n", None
    papers = {citation.number: citation.paper for citation in answer.citations}
    place = 0
    for chip in find_chips(answer):
        paper = papers[chip.number]
        if paper.page:
            yield answer.text[place : chip.start], None
            yield f"[[{chip.number}]]({target(paper)})", paper
            place = chip.end
    yield answer.text[place:], None
    sources = [
        _source(one) for one in answer.citations if f"]({target(one.paper)})" not in answer.text
    ]
    if sources:
        yield "\n\nSources:\n\n" + "\n".join(sources), None


def _source(citation: Citation) -> str:
    paper = citation.paper
    title = link(" ".join(paper.title.split()), paper.page)
    year = f" ({paper.year})" if paper.year else ""
    return f"- \\[{citation.number}\\] {title}{year}"
