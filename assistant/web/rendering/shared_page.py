"""A conversation as a read-only page without scripts, its sources below."""

from html import escape
from importlib import resources

from assistant.history.conversations import Conversation
from assistant.history.export import html
from assistant.text.markdown import unturned
from assistant.web.rendering import message, sources_panel

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""What a browser may load for it: nothing."""


def render_page(conversation: Conversation | None) -> str:
    """Return the page of a conversation; of None, that there is none."""
    if conversation is None:
        told = "This link leads to no conversation; it may have been ended or deleted."
        return _frame("No such conversation", f"<p>{told}</p>")
    markdown = html.parser(footnotes=False)
    about = (
        f"A conversation with Paper Assistant about the corpus {escape(conversation.corpus)}, "
        f"{conversation.updated:%Y-%m-%d}; read-only."
    )
    parts = [f'<p class="about">{about}</p>']
    for place, turn in enumerate(conversation.turns, 1):
        answer = message.render_answer(turn.answer, place, turn.user)
        answer = html.clean(markdown.render(answer), _filter_attribute)
        question = escape(unturned(turn.user))
        parts.append(f'<section class="turn"><h2>{question}</h2>{answer}</section>')
    sources = html.clean(sources_panel.render_plain_sources(conversation.turns))
    parts.append(f"<section><h2>Sources</h2>{sources}</section>")
    return _frame(conversation.title, "".join(parts))


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    """Return an attribute's value, None for a link that only a script follows."""
    scripted = tag == "a" and name == "href" and value.startswith(("#check-", "#counted-"))
    return None if scripted else value


def _frame(title: str, body: str) -> str:
    title = escape(unturned(title))
    style = (resources.files("assistant.web") / "static" / "shared.css").read_text("utf-8")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{style}</style></head>"
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
