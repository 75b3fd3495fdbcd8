"""The page's head and its first screen: what it is, and what can be asked of the corpus."""

import itertools
from collections.abc import Iterator, Mapping
from html import escape
from importlib import resources

from assistant.composing.suggestions import short_name
from assistant.corpus_map.types import Atlas
from assistant.settings import DEFAULT_CORPUS
from assistant.text.markdown import unturned
from assistant.text.paper_names import NameIndex
from assistant.types import Paper

_LONGEST = 32
_BUNDLED = (
    ("Find papers", "which papers adapt T2I models to video?"),
    (
        "Summarise",
        "summarise what is known about noisy web captions in vision-language pre-training",
    ),
    ("Compare", "compare SimDA with Tune-A-Video"),
    ("Count", "how many papers about speech are there per year?"),
)
_NAMED = ("SimDA:", "Tune-A-Video:")
_LOOKED_AT = 12


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


def render_welcome(corpus: str, papers: Mapping[str, Paper], atlas: Atlas, names: NameIndex) -> str:
    """Return the first screen as HTML: cards that ask a question each."""
    cards = "".join(
        f'<button type="button" class="card" data-ask="{escape(question, quote=True)}">'
        f"<strong>{label}</strong><span>{escape(question)}</span></button>"
        for label, question in examples(papers, atlas, names)
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


def examples(papers: Mapping[str, Paper], atlas: Atlas, names: NameIndex) -> list[tuple[str, str]]:
    """Return up to four things to do with a corpus, each with a question that it answers.

    >>> both = ("ZebNet", "OkaNet")
    >>> papers = {n: Paper(n, f"{n}: bat nets", f"We propose {n}.", year=2020) for n in both}
    >>> from assistant.corpus_map.types import Place, Topic
    >>> topic = Topic("zebra detection", 0, 0, 2)
    >>> atlas = Atlas(tuple(Place(n, 0, 0, 0) for n in papers), (topic,))
    >>> [question for _, question in examples(papers, atlas, NameIndex.of(papers))][:2]
    ['which papers are about zebra detection?', 'compare ZebNet with OkaNet']
    """
    titles = [paper.title for paper in papers.values()]
    if all(any(title.startswith(name) for title in titles) for name in _NAMED):
        return list(_BUNDLED)
    return list(_of(papers, atlas, names))


def _of(papers: Mapping[str, Paper], atlas: Atlas, names: NameIndex) -> Iterator[tuple[str, str]]:
    topics = [topic.name for topic in atlas.topics]
    if topics:
        yield "Find papers", f"which papers are about {topics[0]}?"
    if topics[1:]:
        yield "Summarise", f"summarise what is known about {topics[1]}"
    largest = (papers.get(place.paper_id) for place in atlas.places if place.topic == 0)
    first = itertools.islice(filter(None, largest), _LOOKED_AT)
    named = [name for paper in first if (name := short_name(paper, names))]
    if len(named) > 1:
        yield "Compare", f"compare {named[0]} with {named[1]}"
    elif named:
        yield "Look up", f"how does {named[0]} work?"
    if any(paper.year for paper in papers.values()):
        yield "Count", "how many papers are there per year?"
