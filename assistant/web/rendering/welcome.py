"""The page's head and its first screen: what it is, and what can be asked of the corpus."""

from collections.abc import Mapping
from html import escape
from importlib import resources

from assistant.corpus_map.types import Atlas
from assistant.settings import DEFAULT_CORPUS
from assistant.text.markdown import unturned
from assistant.types import Paper
from assistant.web.rendering.example_questions import examples

_LONGEST = 32


def name_corpus(corpus: str, count: int) -> str:
    """Return what the corpus's chip says.

    >>> name_corpus("mine", 1)
    'mine · 1 paper'
    """
    name = corpus if len(corpus) <= _LONGEST else f"{corpus[: _LONGEST - 1]}…"
    return unturned(f"{name} · {_papers(count)}")


def render_head(corpus: str, count: int) -> str:
    """Return the head of the page as HTML: the name, and the buttons that show and hide columns."""
    mark = (resources.files("assistant.web") / "static" / "mark.svg").read_text("utf-8")
    which = "this corpus" if corpus == DEFAULT_CORPUS else f"the corpus {escape(corpus)}"
    return unturned(
        '<button type="button" data-pane="side" aria-controls="side">'
        '<span aria-hidden="true">☰</span><span class="unseen">Conversations</span></button>'
        f'<span class="brand">{mark}<h1>Paper Assistant</h1></span>'
        f'<p class="what">{_papers(count)} of {which}</p>'
        '<button type="button" data-help><span aria-hidden="true">?</span>'
        '<span class="unseen">Keyboard shortcuts</span></button>'
        '<button type="button" data-pane="beside" aria-controls="beside">Sources</button>'
    )


def render_welcome(corpus: str, papers: Mapping[str, Paper], atlas: Atlas) -> str:
    """Return the first screen as HTML: cards that ask a question each."""
    cards = "".join(
        f'<button type="button" class="card" data-ask="{escape(question, quote=True)}">'
        f"<strong>{label}</strong><span>{escape(question)}</span></button>"
        for label, question in examples(papers, atlas)
    )
    which = "the corpus " + escape(corpus) if corpus != DEFAULT_CORPUS else "this corpus"
    return unturned(
        f"<h2>Ask the {_papers(len(papers))} of {which}</h2>"
        "<p>Every sentence of an answer leads to the very words it rests on, and what the abstracts"
        " do not say is not said.</p>"
        f'<div class="cards">{cards}</div>'
        '<p class="drop">Drop papers of your own anywhere on this page, or '
        '<button type="button" data-panel="corpus-part">choose files</button>.</p>'
    )


def _papers(count: int) -> str:
    return f"{count:,} paper{'s' if count != 1 else ''}"
