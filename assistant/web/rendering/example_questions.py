"""What the page offers to ask before anything is asked: questions that its corpus answers."""

import itertools
from collections.abc import Iterator, Mapping

from assistant.composing.suggestions import short_name
from assistant.corpus_map.types import Atlas
from assistant.types import Paper

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


def examples(papers: Mapping[str, Paper], atlas: Atlas) -> list[tuple[str, str]]:
    """Return up to four things to do with a corpus, each with a question: by hand where the bundled
    papers are in it, else of its topics.

    >>> names = ("ZebNet", "OkaNet")
    >>> papers = {n: Paper(n, f"{n}: bat nets", f"We propose {n}.", year=2020) for n in names}
    >>> from assistant.corpus_map.types import Place, Topic
    >>> topic = Topic("zebra detection", 0, 0, 2)
    >>> atlas = Atlas(tuple(Place(n, 0, 0, 0) for n in papers), (topic,))
    >>> [question for _, question in examples(papers, atlas)][:2]
    ['which papers are about zebra detection?', 'compare ZebNet with OkaNet']
    """
    titles = [paper.title for paper in papers.values()]
    if all(any(title.startswith(name) for title in titles) for name in _NAMED):
        return list(_BUNDLED)
    return list(_of(papers, atlas))


def _of(papers: Mapping[str, Paper], atlas: Atlas) -> Iterator[tuple[str, str]]:
    topics = [topic.name for topic in atlas.topics]
    if topics:
        yield "Find papers", f"which papers are about {topics[0]}?"
    if topics[1:]:
        yield "Summarise", f"summarise what is known about {topics[1]}"
    largest = (papers.get(place.paper_id) for place in atlas.places if place.topic == 0)
    first = itertools.islice(filter(None, largest), _LOOKED_AT)
    named = [name for paper in first if (name := short_name(paper))]
    if len(named) > 1:
        yield "Compare", f"compare {named[0]} with {named[1]}"
    elif named:
        yield "Look up", f"how does {named[0]} work?"
    if any(paper.year for paper in papers.values()):
        yield "Count", "how many papers are there per year?"
