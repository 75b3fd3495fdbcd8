"""The papers that are selected, by name, with what can be done with them."""

from collections.abc import Sequence
from html import escape

from assistant.composing.suggestions import short_name
from assistant.text.markdown import unturned
from assistant.types import Paper
from assistant.web.rendering.sources_panel import retraction_badge

_MOST_NAMED = 12
_LONGEST = 40
_ACTS = (
    ("Summarise", "summarise these papers"),
    ("Compare", "compare these papers"),
    ("List", "list these papers"),
)


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


def _name(paper: Paper) -> str:
    name = short_name(paper) or paper.title
    name = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"
    label = escape(f"Take {name} out of the selection", quote=True)
    identifier = escape(paper.id, quote=True)
    return (
        f'<span class="pick" title="{escape(paper.title, quote=True)}"><span>{escape(name)}</span>'
        f"{retraction_badge(paper)}"
        f'<button type="button" data-untick="{identifier}" aria-label="{label}">×</button></span>'
    )
