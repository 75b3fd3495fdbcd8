"""A corpus on disk → what it holds, without loading Chroma or an embedder."""

from dataclasses import dataclass
from functools import lru_cache

from assistant.corpus_map import storage
from assistant.errors import StoreError
from assistant.index import corpora
from assistant.index.layout import Folder, State
from assistant.settings import Settings, with_corpus
from assistant.types import Paper

_MOST_TOPICS = 12


@dataclass(frozen=True, slots=True)
class Scope:
    """What a corpus holds: its papers by id, and its topics, the largest first; nothing of one that
    is `damaged`."""

    corpus: str
    papers: dict[str, Paper]
    topics: tuple[str, ...]
    damaged: bool = False

    @property
    def years(self) -> tuple[int, int] | None:
        """Return the first and the last year, None where none is known."""
        known = [paper.year for paper in self.papers.values() if paper.year]
        return (min(known), max(known)) if known else None

    def describe(self) -> str:
        """Return the scope in a sentence.

        >>> Scope("mine", {"a": Paper("a", "A", "", year=2023)}, ("bats",)).describe()
        'the corpus "mine": 1 paper of 2023, about bats'
        """
        if self.damaged:
            return f'the corpus "{self.corpus}", which is damaged'
        count = len(self.papers)
        counted = f"{count:,} paper{'' if count == 1 else 's'}"
        years = "–".join(map(str, dict.fromkeys(self.years or ())))
        about = f", about {', '.join(self.topics)}" if self.topics else ""
        return f'the corpus "{self.corpus}": {counted}{f" of {years}" if years else ""}{about}'


def read_scope(settings: Settings, corpus: str) -> Scope:
    """Return the scope of a corpus as it is now, an empty one where it has no index yet."""
    settings = with_corpus(settings, corpus)
    folder = corpora.folder_of(settings)
    try:
        state = folder.state()
        return Scope(corpus, {}, ()) if state is None else _read(settings, folder, state)
    except StoreError:
        return Scope(corpus, {}, (), damaged=True)


@lru_cache(maxsize=16)
def _read(settings: Settings, folder: Folder, state: State) -> Scope:
    atlas = storage.read(folder.atlas(state))
    topics = [topic.name for topic in atlas.topics] if atlas else []
    return Scope(folder.corpus, corpora.papers(settings), tuple(topics[:_MOST_TOPICS]))
