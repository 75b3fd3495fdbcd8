"""What the chat page shows of an answer: Markdown with citation chips, and the source panel. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from assistant.markdown import escape as quoted
from assistant.markdown import link
from assistant.types import Answer, Citation, Paper, Span, Turn

_MARKER = re.compile(r"(?<!\\)\[(\d+)\](?!\()")
_CLOSING = re.compile(r"\n*\*([^*\n]*\d+ more (?:was|were) considered)\.\*\s*$")
_TITLE_LENGTH = 300


def message(answer: Answer, turn: int) -> str:
    """Return an answer as the chatbot's Markdown: markers become chips that lead to their source cards.

    `turn` counts from 1. What was considered and left out folds open below.
    """
    quotes = {citation.number: citation.quotes[0].text for citation in answer.citations}

    def chip(match: re.Match[str]) -> str:
        number = int(match[1])
        if number not in quotes:
            return match[0]
        title = escape(" ".join(quotes[number].split())[:_TITLE_LENGTH], quote=True).replace("|", "&#124;")
        return f'<a class="cite" href="#{anchor(turn, number)}" title="{title}">[{number}]</a>'

    text = _MARKER.sub(chip, answer.text)
    notes = "".join(f"\n\n*{quoted(note)}*" for note in answer.notes)
    return _with_considered(text, answer.considered) + notes


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
        f"<h3>{number}{_link(paper.url, paper.title)}</h3>"
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
    extra = [_link(url, re.sub(r"^https?://(?:www\.)?", "", url)) for url in paper.links]
    return f'<p class="links">{" · ".join([_link(paper.url, own), *extra])}</p>'


def _link(url: str, text: str) -> str:
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


def _with_considered(text: str, considered: Sequence[Paper]) -> str:
    match = _CLOSING.search(text)
    if match is None or not considered:
        return text
    papers = "".join(f"\n- {link(paper.title, paper.url)}" for paper in considered)
    return f"{text[: match.start()]}\n\n<details><summary>{match[1]}</summary>\n{papers}\n\n</details>"


def _short(question: str) -> str:
    return question if len(question) <= 90 else question[:87] + "…"
