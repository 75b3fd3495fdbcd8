"""The sources beside the chat: a card per cited paper, the quoted words marked in its abstract; the
tray of the papers that are selected."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from assistant.history.citations import collect_sources, find_chips
from assistant.history.export.bibtex import bibtex
from assistant.history.export.references import reference
from assistant.text.markdown import unturned
from assistant.text.sentences import sentences
from assistant.types import Paper, Span, Turn

NOTHING = (
    '<p class="no-sources">The sources of an answer appear here, '
    "with the quoted words marked in each abstract.</p>"
)
_AWAITED = '<div class="awaited" aria-hidden="true">' + "<i></i>" * 4 + "</div>"
RETRACTED_BADGE = '<span class="retracted">retracted</span>'
_AUTHORS = 6
_MOST_NAMED = 12
_LONGEST_NAME = 40
_ACTS = (
    ("Summarise", "summarise these papers"),
    ("Compare", "compare these papers"),
    ("List", "list these papers"),
)


@dataclass(slots=True)
class _Source:
    """A paper with its number, and the words quoted of it, each with the ids of its chips."""

    paper: Paper
    number: int
    quotes: dict[Span, list[str]] = field(default_factory=dict)


def render_sources(
    turns: Sequence[Turn], ticked: Collection[str] = (), cited: Mapping[int, Paper] | None = None
) -> str:
    """Return the panel's HTML: the newest answer's sources, then the earlier ones, folded.

    `ticked` are ids of papers that are selected, `cited` the sources so far, by number, of an
    answer under way.
    """
    sources, awaited = _collect(turns), cited is not None and not cited
    if awaited:
        turns = ()
    for number, paper in (cited or {}).items():
        sources.setdefault(paper.id, _Source(paper, number))
    newest = [paper.id for paper in (cited or {}).values()] or [
        citation.paper.id for turn in turns[-1:] for citation in turn.answer.citations
    ]
    cards = "".join(_card(sources[key], key in ticked) for key in newest)
    if awaited:
        cards = _AWAITED
    # Whoever doubts an abstention can read the abstracts of the nearest papers.
    if not cards and turns:
        nearest = turns[-1].answer.nearest
        cards = "".join(
            f'<article class="source nearest">'
            f"{_body(paper, '', escape(paper.abstract), paper.id in ticked)}</article>"
            for paper in nearest
        )
    if earlier := [source for key, source in sources.items() if key not in newest]:
        folded = "".join(_card(one, one.paper.id in ticked) for one in earlier)
        summary = f"<summary>Earlier in this conversation ({len(earlier)})</summary>"
        cards += f'<details class="earlier">{summary}{folded}</details>'
    return f'<div class="cards"><h2 class="unseen">Sources</h2>{unturned(cards) or NOTHING}</div>'


def render_plain_sources(turns: Sequence[Turn]) -> str:
    """Return all sources by number for a read-only page: nothing to fold, tick or copy."""
    cards = "".join(_card(source, None) for source in _collect(turns).values())
    return unturned(cards) or NOTHING


def quote_id(number: int, quote: Span) -> str:
    """Return the id of quoted words in the card of the paper with `number`."""
    return f"{card_id(number)}:{quote.start}-{quote.end}"


def card_id(number: int) -> str:
    """Return the id of a source card."""
    return f"source-{number}"


def link(url: str, text: str) -> str:
    """Return an HTML link that opens beside the page; the text where `url` is no web address."""
    if not url.startswith(("http://", "https://")):
        return escape(text)
    href = escape(url, quote=True)
    return f'<a href="{href}" target="_blank" rel="noopener noreferrer">{escape(text)}</a>'


def retraction_badge(paper: Paper) -> str:
    """Return a retracted paper's badge as HTML, "" for any other paper."""
    return f" {RETRACTED_BADGE}" if paper.facts.retracted else ""


def render_paper(paper: Paper) -> str:
    """Return one paper with its whole abstract, as HTML."""
    return unturned(f"<article>{_body(paper, '', escape(paper.abstract), None)}</article>")


def render_tray(papers: Sequence[Paper]) -> str:
    """Return the tray's HTML, "" where nothing is selected."""
    if not papers:
        return ""
    names = "".join(map(_name, papers[:_MOST_NAMED]))
    more = len(papers) - _MOST_NAMED
    rest = f'<span class="more-picked">and {more} more</span>' if more > 0 else ""
    acts = "".join(
        f'<button type="button" data-ask="{question}">{label}</button>' for label, question in _ACTS
    )
    return unturned(
        f'<section class="tray" aria-label="Selected papers"><h2>Selected ({len(papers)})</h2>'
        f'<button type="button" class="clear" data-untick="*">Clear</button>'
        f'<div class="acts">{acts}'
        '<button type="button" data-export="selected">Export</button></div>'
        f'<div class="picked">{names}{rest}</div></section>'
    )


def _collect(turns: Sequence[Turn]) -> dict[str, _Source]:
    """Return every paper cited in a conversation by id, in order of numbers."""
    sources: dict[str, _Source] = {}
    for one in collect_sources(turns):
        sources[one.paper.id] = _Source(one.paper, one.number, {q: [] for q in one.quotes})
    for place, turn in enumerate(turns, 1):
        ids = {citation.number: citation.paper.id for citation in turn.answer.citations}
        for chip in find_chips(turn.answer):
            if chip.quote.text:
                citing = sources[ids[chip.number]].quotes.setdefault(chip.quote, [])
                citing.append(f"cite-{place}-{chip.place}")
    return sources


def _card(source: _Source, ticked: bool | None) -> str:
    number = f'<span class="number">[{source.number}]</span> '
    retracted = " (retracted)" if source.paper.facts.retracted else ""
    label = escape(f"Source {source.number}: {source.paper.title}{retracted}", quote=True)
    attributes = f'class="source" id="{card_id(source.number)}" tabindex="-1" aria-label="{label}"'
    return (
        f"<article {attributes}>{_body(source.paper, number, _highlight(source), ticked)}</article>"
    )


def _body(paper: Paper, number: str, abstract: str, ticked: bool | None) -> str:
    authors = ", ".join(paper.authors[:_AUTHORS])
    if len(paper.authors) > _AUTHORS:
        authors += f" and {len(paper.authors) - _AUTHORS} more"
    year = str(paper.year) if paper.year else "year not known"
    facts = escape(" · ".join(filter(None, (authors or "authors not known", year, paper.venue))))
    shown = [link(url, re.sub(r"^https?://(?:www\.)?", "", url)) for url in paper.links]
    if paper.page and (shown or ticked is None):
        shown.insert(0, link(paper.page, "open the paper"))
    links = f'<p class="links">{" · ".join(shown)}</p>' if shown else ""
    return (
        f"<h3>{number}{link(paper.page, paper.title)}</h3>"
        f'<p class="facts">{f"{retraction_badge(paper)} {facts}".strip()}</p>'
        f'{links}<p class="abstract">{abstract}</p>'
        f"{'' if ticked is None else _actions(paper, ticked)}"
    )


def _actions(paper: Paper, ticked: bool) -> str:
    title, identifier = escape(paper.title, quote=True), escape(paper.id, quote=True)
    copied = {"reference": reference(paper), "BibTeX": bibtex([paper])}
    copies = "".join(
        f'<button type="button" class="copy" data-copy="{escape(text, quote=True)}"'
        f' aria-label="Copy {form}: {title}" title="Copy as {form}">'
        f"{form[:1].upper()}{form[1:]}</button>"
        for form, text in copied.items()
    )
    tick = (
        f'<label title="Select"><input type="checkbox" class="only" value="{identifier}"'
        f'{" checked" if ticked else ""} aria-label="Select: {title}"><span>Select</span></label>'
    )
    whole = (
        '<button type="button" class="unfold" aria-expanded="false"'
        f' aria-label="Whole abstract: {title}">Whole abstract</button>'
    )
    more = (
        f'<button type="button" class="open" aria-label="More of: {title}" title="More">'
        '<span aria-hidden="true">▾</span></button>'
    )
    report = (
        f'<button type="button" class="report" aria-label="Report: wrong citation of {title}">'
        "Report: wrong citation</button>"
    )
    return f'<div class="actions">{tick}{more}{whole}{copies}{report}</div>'


def _highlight(source: _Source) -> str:
    """Return the abstract as HTML: an anchor where a quote begins, a way back where it ends, every
    quoted stretch marked with the quotes, which may overlap, in its class."""
    abstract = source.paper.abstract
    quotes = [quote for quote in source.quotes if 0 <= quote.start < quote.end <= len(abstract)]
    near = [_with_neighbours(abstract, quote) for quote in quotes]
    ends = (end for span in (*quotes, *near) for end in (span.start, span.end))
    bounds = sorted({0, len(abstract), *ends})
    pieces: list[str] = []
    for start, end in zip(bounds, bounds[1:], strict=False):
        for quote in quotes:
            if quote.start == start:
                anchor = quote_id(source.number, quote)
                pieces.append(f'<span class="begins" id="{anchor}"></span>')
        within = [quote for quote in quotes if quote.start <= start and end <= quote.end]
        classes = " ".join(f"q{quote.start}-{quote.end}" for quote in within)
        text = escape(abstract[start:end])
        between = bool(pieces) and not within and any(quote.start >= end for quote in quotes)
        if between and pieces[-1].startswith(("<mark", "<a ")):
            pieces.append('<span class="gap folded"> … </span>')
        beside = any(span.start <= start and end <= span.end for span in near)
        rest = f'<span class="{"near" if beside else "far"}">{text}</span>' if quotes else text
        if between and not beside:
            rest = f'<span class="gap opened"> … </span>{rest}'
        pieces.append(f'<mark class="{classes}">{text}</mark>' if within else rest)
        pieces += [_back(source, quote) for quote in quotes if quote.end == end]
    return "".join(pieces)


def _with_neighbours(abstract: str, quote: Span) -> Span:
    """Return a quote with the sentence before it and the one after."""
    before = [span for span in sentences(abstract) if span.end <= quote.start]
    after = [span for span in sentences(abstract) if span.start >= quote.end]
    start = before[-1].start if before else quote.start
    end = after[0].end if after else quote.end
    return Span(abstract[start:end], start, end)


def _back(source: _Source, quote: Span) -> str:
    """Return the way from quoted words to the sentences that cite them."""
    citing = source.quotes[quote]
    if not citing:
        return ""
    label = f"cited {'once' if len(citing) == 1 else f'{len(citing)} times'}: show where"
    target = f'href="#{citing[0]}" data-quote="{quote_id(source.number, quote)}"'
    return f'<a class="back" {target} title="{label}" aria-label="{label}">↩</a>'


def _name(paper: Paper) -> str:
    name = paper.title if len(paper.title) <= _LONGEST_NAME else paper.title.partition(":")[0]
    name = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"
    label = escape(f"Take {name} out of the selection", quote=True)
    identifier = escape(paper.id, quote=True)
    return (
        f'<span class="pick" title="{escape(paper.title, quote=True)}"><span>{escape(name)}</span>'
        f"{retraction_badge(paper)}"
        f'<button type="button" data-untick="{identifier}" aria-label="{label}">×</button></span>'
    )
