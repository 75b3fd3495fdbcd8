"""A conversation as a read-only page: plain HTML without scripts, its sources below with the quoted
words marked."""

from html import escape
from importlib import resources

import nh3
from markdown_it import MarkdownIt

from assistant.history.conversations import Conversation
from assistant.text.markdown import unturned
from assistant.web.rendering import message, sources_panel

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""What a browser may load for it: nothing."""
_TAGS = {
    "a", "article", "blockquote", "br", "code", "del", "details", "div", "em", "h1", "h2", "h3",
    "h4", "h5", "h6", "hr", "li", "mark", "ol", "p", "pre", "q", "span", "strong", "summary", "sup",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"class", "id", "title"},
    "a": {"href"},
    "ol": {"start"},
    "article": {"aria-label"},
}


def render_page(conversation: Conversation | None) -> str:
    """Return the page of a conversation; of None, that there is none."""
    if conversation is None:
        told = "This link leads to no conversation; it may have been ended or deleted."
        return _frame("No such conversation", f"<p>{told}</p>")
    markdown = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    about = (
        f"A conversation with Paper Assistant about the corpus {escape(conversation.corpus)}, "
        f"{conversation.updated:%Y-%m-%d}; read-only."
    )
    parts = [f'<p class="about">{about}</p>']
    for place, turn in enumerate(conversation.turns, 1):
        answer = clean(markdown.render(message.render_answer(turn.answer, place, turn.user)))
        question = escape(unturned(turn.user))
        parts.append(f'<section class="turn"><h2>{question}</h2>{answer}</section>')
    sources = clean(sources_panel.render_plain_sources(conversation.turns))
    parts.append(f"<section><h2>Sources</h2>{sources}</section>")
    return _frame(conversation.title, "".join(parts))


def clean(html: str) -> str:
    """Return HTML without what acts, loads or is styled: allowed elements and attributes, links to
    the web or here."""
    return nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, attribute_filter=_filter_attribute,
        url_schemes={"http", "https"}, link_rel="noopener noreferrer",
    )  # fmt: skip


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    """Return an attribute's value, None where it is left out: here no box opens at a sentence's
    mark, and nothing can be selected."""
    if tag == "a" and name == "href" and value.startswith(("#check-", "#counted-")):
        return None
    return value


def _frame(title: str, body: str) -> str:
    title = escape(unturned(title))
    style = (resources.files("assistant.web") / "static" / "shared.css").read_text("utf-8")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{style}</style></head>"
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
