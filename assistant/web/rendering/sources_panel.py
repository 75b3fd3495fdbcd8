"""The source panel of the chat page: one card per cited paper, its whole abstract with the quoted words marked. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from assistant.history.export.bibtex import bibtex
from assistant.history.export.references import reference
from assistant.text.markdown import unturned
from assistant.types import Paper, Span, Turn
from assistant.web.rendering.citation_chips import chips

NOTHING = '<p class="no-sources">The sources of an answer appear here, with the quoted words marked in each abstract.</p>'


@dataclass(slots=True)
class _Source:
    """A paper with its number, and the words quoted from it, each with the ids of the chips that cite it."""

    paper: Paper
    number: int
    quotes: dict[Span, list[str]] = field(default_factory=lambda: defaultdict(list))


def sources(
    turns: Sequence[Turn],
    ticked: Collection[str] = (),
    cited: Mapping[int, Paper] | None = None,
    plain: bool = False,
) -> str:
    """Return the panel's HTML: the newest answer's sources, then the earlier ones, folded.

    `ticked` are ids of the papers that the next question is kept to; `cited` are sources by number of an answer that is
    still being written. On a `plain` page nothing is folded, and there is nothing to tick or copy.
    """
    known = _collected(turns)
    if plain:
        return (
            unturned(
                "".join(
                    _card(one, None) for one in sorted(known.values(), key=lambda one: one.number)
                )
            )
            or NOTHING
        )
    for number, paper in (cited or {}).items():
        known.setdefault(paper.id, _Source(paper, number))
    newest = [paper.id for paper in (cited or {}).values()] or [
        one.paper.id for turn in turns[-1:] for one in turn.answer.citations
    ]
    now = "".join(_card(known[one], one in ticked) for one in newest)
    # Of an abstention the nearest papers are shown, unnumbered: whoever doubts it can read their abstracts.
    if not now and turns:
        now = "".join(_plain_card(paper, paper.id in ticked) for paper in turns[-1].answer.nearest)
    earlier = [one for key, one in known.items() if key not in newest]
    folded = "".join(
        _card(one, one.paper.id in ticked) for one in sorted(earlier, key=lambda one: one.number)
    )
    if folded:
        folded = f'<details class="earlier"><summary>Earlier in this conversation ({len(earlier)})</summary>{folded}</details>'
    cards = unturned(now + folded) or NOTHING
    return f'<div class="cards"><h2 class="unseen">Sources</h2>{cards}</div>'


def anchor(number: int, quote: Span) -> str:
    """Return the id of quoted words in the card of the paper with `number`."""
    return f"{plain_anchor(number)}:{quote.start}-{quote.end}"


def plain_anchor(number: int) -> str:
    """Return the id of a source card."""
    return f"source-{number}"


def link(url: str, text: str) -> str:
    """Return an HTML link that opens beside the page; only the text where `url` is no web address."""
    if not url.startswith(("http://", "https://")):
        return escape(text)
    return f'<a href="{escape(url, quote=True)}" target="_blank" rel="noopener noreferrer">{escape(text)}</a>'


def _collected(turns: Sequence[Turn]) -> dict[str, _Source]:
    """Return every paper cited in a conversation by id, in order of first citation."""
    found: dict[str, _Source] = {}
    for place, turn in enumerate(turns, 1):
        by_number = {
            one.number: found.setdefault(one.paper.id, _Source(one.paper, one.number))
            for one in turn.answer.citations
        }
        for citation in turn.answer.citations:
            for quote in citation.quotes:
                by_number[citation.number].quotes.setdefault(quote, [])
        for chip in chips(turn.answer):
            by_number[chip.number].quotes[chip.quote].append(f"cite-{place}-{chip.place}")
    return found


def _card(source: _Source, ticked: bool | None) -> str:
    number = f'<span class="number">[{source.number}]</span> '
    body = _body(source.paper, number, _highlighted(source), ticked)
    label = escape(f"Source {source.number}: {source.paper.title}", quote=True)
    return f'<article class="source" id="{plain_anchor(source.number)}" tabindex="-1" aria-label="{label}">{body}</article>'


def _plain_card(paper: Paper, ticked: bool | None) -> str:
    return f'<article class="source nearest">{_body(paper, "", escape(paper.abstract), ticked)}</article>'


def _body(paper: Paper, number: str, abstract: str, ticked: bool | None) -> str:
    return (
        f"<h3>{number}{link(paper.url, paper.title)}</h3>"
        f'<p class="facts">{escape(_facts(paper))}</p>'
        f"{_links(paper)}"
        f'<p class="abstract">{abstract}</p>'
        f"{_actions(paper, ticked) if ticked is not None else ''}"
    )


def _actions(paper: Paper, ticked: bool) -> str:
    title, identifier = escape(paper.title, quote=True), escape(paper.id, quote=True)
    checked = " checked" if ticked else ""
    copies = "".join(
        f'<button type="button" class="copy" data-copy="{escape(text, quote=True)}" aria-label="{label}: {title}">{label}</button>'
        for label, text in (("Copy reference", reference(paper)), ("Copy BibTeX", bibtex([paper])))
    )
    tick = f'<label><input type="checkbox" class="only" value="{identifier}"{checked} aria-label="Ask only about: {title}"> ask only about this</label>'
    return f'<div class="actions">{tick}{copies}</div>'


def _facts(paper: Paper) -> str:
    authors = ", ".join(paper.authors[:6]) + (
        f" and {len(paper.authors) - 6} more" if len(paper.authors) > 6 else ""
    )
    year = str(paper.year) if paper.year else "year not known"
    return " · ".join(part for part in (authors or "authors not known", year, paper.venue) if part)


def _links(paper: Paper) -> str:
    own = "title search on arXiv" if paper.url_is_search else "open the paper"
    extra = [link(url, re.sub(r"^https?://(?:www\.)?", "", url)) for url in paper.links]
    return f'<p class="links">{" · ".join([link(paper.url, own), *extra])}</p>'


def _highlighted(source: _Source) -> str:
    """Return the abstract as HTML: every quoted stretch marked, an anchor where a quote begins, a way back where it ends.

    Quotes may overlap: a stretch says in its class which quotes it belongs to.
    """
    abstract = source.paper.abstract
    quotes = [one for one in source.quotes if 0 <= one.start < one.end <= len(abstract)]
    bounds = sorted(
        {0, len(abstract), *(one.start for one in quotes), *(one.end for one in quotes)}
    )
    pieces: list[str] = []
    for start, end in zip(bounds, bounds[1:], strict=False):
        pieces += [
            f'<span class="begins" id="{anchor(source.number, one)}"></span>'
            for one in quotes
            if one.start == start
        ]
        within = " ".join(
            f"q{one.start}-{one.end}" for one in quotes if one.start <= start and end <= one.end
        )
        text = escape(abstract[start:end])
        pieces.append(f'<mark class="{within}">{text}</mark>' if within else text)
        pieces += [_back(source, one) for one in quotes if one.end == end]
    return "".join(pieces)


def _back(source: _Source, quote: Span) -> str:
    """Return the way from quoted words to the sentences that cite them."""
    found = source.quotes[quote]
    if not found:
        return ""
    times = "once" if len(found) == 1 else f"{len(found)} times"
    where = f'data-quote="{anchor(source.number, quote)}"'
    return f'<a class="back" href="#{found[0]}" {where} title="cited {times}: show where" aria-label="cited {times}: show where">↩</a>'
