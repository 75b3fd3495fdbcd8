"""A conversation's Markdown → one HTML file that loads nothing and runs nothing."""

from collections.abc import Callable
from html import escape
from typing import Any

import nh3
from markdown_it import MarkdownIt

from assistant.history.export.extra import load_extra

_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.55 Georgia,serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
h1,h2,h3{font-family:system-ui,sans-serif;line-height:1.25}
h2{margin-top:2.5rem;border-top:1px solid #8886;padding-top:1rem}
table{border-collapse:collapse;display:block;overflow-x:auto}
th,td{border:1px solid #8888;padding:.4rem .6rem;text-align:left;vertical-align:top}
a{overflow-wrap:anywhere}
""".strip()
_TAGS = {
    "a", "article", "blockquote", "br", "code", "del", "details", "div", "em", "h1", "h2", "h3",
    "h4", "h5", "h6", "hr", "li", "mark", "ol", "p", "pre", "q", "s", "section", "span", "strong",
    "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"class", "id", "title"}, "a": {"href"}, "ol": {"start"}, "article": {"aria-label"},
}  # fmt: skip
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def html(markdown: str, title: str) -> str:
    """Return Markdown of ours as a whole HTML page; its footnotes need the extra `cite`."""
    body = clean(parser("\n[^1]: " in markdown).render(markdown))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body>{body}</body></html>\n"
    )


def clean(html: str, keep: Callable[[str, str, str], str | None] | None = None) -> str:
    """Return HTML without what acts, loads or is styled, nor what `keep` has None for: of an
    element's name, an attribute and its value it returns the value."""
    return nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, attribute_filter=keep,
        url_schemes={"http", "https"}, link_rel="noopener noreferrer",
    )  # fmt: skip


def parser(footnotes: bool) -> Any:
    """Return what reads our Markdown."""
    made = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    if footnotes:
        made.use(load_extra("mdit_py_plugins.footnote").footnote_plugin)
    return made
