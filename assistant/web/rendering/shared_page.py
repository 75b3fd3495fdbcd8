"""A conversation as a read-only page: plain HTML without scripts, its sources below with the quoted words marked. Pure."""

from __future__ import annotations

from html import escape
from importlib import resources

import nh3
from markdown_it import MarkdownIt

from assistant.history.conversations import Conversation
from assistant.text.markdown import unturned
from assistant.web.rendering import message, sources_panel

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""What a browser may load for it: nothing."""
_TAGS = {
    "a", "article", "blockquote", "br", "code", "del", "details", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li",
    "mark", "ol", "p", "pre", "q", "span", "strong", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"class", "id", "title"},
    "a": {"href"},
    "ol": {"start"},
    "article": {"aria-label"},
}


def page(conversation: Conversation | None) -> str:
    """Return the page of a conversation; of None, that there is none."""
    if conversation is None:
        return _framed(
            "No such conversation",
            "<p>This link leads to no conversation; it may have been ended or deleted.</p>",
        )
    markdown = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    turns = "".join(
        f'<section class="turn"><h2>{escape(unturned(turn.user))}</h2>{clean(markdown.render(message.message(turn.answer, place)))}</section>'
        for place, turn in enumerate(conversation.turns, 1)
    )
    sources = clean(sources_panel.sources(conversation.turns, plain=True))
    changed = conversation.updated.strftime("%Y-%m-%d")
    about = f'<p class="about">A conversation with Paper Assistant about the corpus {escape(conversation.corpus)}, {changed}; read-only.</p>'
    return _framed(
        conversation.title, f"{about}{turns}<section><h2>Sources</h2>{sources}</section>"
    )


def clean(html: str) -> str:
    """Return HTML without anything that acts, loads or is styled: allowed elements and attributes only, links to the web or here."""
    return nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, attribute_filter=_kept, url_schemes={"http", "https"}, link_rel="noopener noreferrer"
    )  # fmt: skip


def _kept(tag: str, name: str, value: str) -> str | None:
    """Return an attribute's value, None where it is left out: here no box opens at a sentence's mark."""
    if tag == "a" and name == "href" and value.startswith("#check-"):
        return None
    return value.partition(message.LOOK)[0] if name == "title" else value


def _framed(title: str, body: str) -> str:
    title = unturned(title)
    style = (resources.files("assistant.web") / "static" / "shared.css").read_text("utf-8")
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
    return f'<!doctype html><html lang="en"><head>{head}<style>{style}</style></head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>'
