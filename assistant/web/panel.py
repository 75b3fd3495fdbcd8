"""The source panel of the chat page: the abstracts behind each answer, with the quoted words marked. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from assistant.types import Citation, Paper, Span, Turn


def sources(turns: Sequence[Turn]) -> str:
    """Return the source panel's HTML: the newest answer's sources open, earlier ones folded."""
    groups = []
    for number in range(len(turns), 0, -1):
        answer = turns[number - 1].answer
        # Of an abstention the nearest papers are shown, unnumbered: whoever doubts it can read their abstracts.
        cards = "".join(_card(citation, number) for citation in answer.citations) or "".join(map(_plain_card, answer.nearest))
        if not cards:
            continue
        opened = " open" if number == len(turns) else ""
        groups.append(
            f'<details class="source-group"{opened}><summary>{escape(_short(turns[number - 1].user))}</summary>{cards}</details>'
        )
    if not groups:
        return '<p class="no-sources">The sources of an answer appear here, with the quoted words marked in each abstract.</p>'
    return "".join(groups)


def anchor(turn: int, number: int) -> str:
    """Return the id of a source card."""
    return f"source-{turn}-{number}"


def _card(citation: Citation, turn: int) -> str:
    number = f'<span class="number">[{citation.number}]</span> '
    body = _body(citation.paper, number, citation.quotes)
    return f'<article class="source" id="{anchor(turn, citation.number)}" tabindex="-1">{body}</article>'


def _plain_card(paper: Paper) -> str:
    return f'<article class="source nearest">{_body(paper, "", ())}</article>'


def _body(paper: Paper, number: str, quotes: Sequence[Span]) -> str:
    return (
        f"<h3>{number}{link(paper.url, paper.title)}</h3>"
        f'<p class="facts">{escape(_facts(paper))}</p>'
        f"{_links(paper)}"
        f'<p class="abstract">{_highlighted(paper.abstract, quotes)}</p>'
    )


def _facts(paper: Paper) -> str:
    authors = ", ".join(paper.authors[:6]) + (f" and {len(paper.authors) - 6} more" if len(paper.authors) > 6 else "")
    year = str(paper.year) if paper.year else "year not known"
    return " · ".join(part for part in (authors or "authors not known", year, paper.venue) if part)


def _links(paper: Paper) -> str:
    own = "title search on arXiv" if paper.url_is_search else "open the paper"
    extra = [link(url, re.sub(r"^https?://(?:www\.)?", "", url)) for url in paper.links]
    return f'<p class="links">{" · ".join([link(paper.url, own), *extra])}</p>'


def link(url: str, text: str) -> str:
    """Return an HTML link that opens beside the page; only the text where `url` is no web address."""
    if not url.startswith(("http://", "https://")):
        return escape(text)
    return f'<a href="{escape(url, quote=True)}" target="_blank" rel="noopener noreferrer">{escape(text)}</a>'


def _highlighted(abstract: str, quotes: Sequence[Span]) -> str:
    """Return the abstract as HTML with the quoted spans marked; overlapping spans are joined."""
    pieces: list[str] = []
    place = 0
    for span in sorted(quotes, key=lambda one: one.start):
        start, end = max(span.start, place), span.end
        if start < end:
            pieces.append(escape(abstract[place:start]) + f"<mark>{escape(abstract[start:end])}</mark>")
            place = end
    return "".join(pieces) + escape(abstract[place:])


def _short(question: str) -> str:
    return question if len(question) <= 90 else question[:87] + "…"
