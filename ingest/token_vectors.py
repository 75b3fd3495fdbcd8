"""Papers → the token vectors of late interaction, kept in step with the store."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

from langchain_core.embeddings import Embeddings

from assistant.index.late_interaction import LateIndex, Tokens, compressed, together
from assistant.models.minilm import MAX_TOKENS, MiniLM
from assistant.types import Paper
from ingest.bundled import vectors
from ingest.chunk import split

_BATCH = 64


class TokenWriter:
    """The token index at a path, opened to write; one that is damaged is begun anew."""

    def __init__(self, path: Path, embedder: Embeddings) -> None:
        self._minilm = minilm_of(embedder)
        try:
            self._index = LateIndex(path, self._minilm)
            self._held = self._index.hashes()
        except sqlite3.DatabaseError:
            path.unlink(missing_ok=True)
            self._index = LateIndex(path, self._minilm)
            self._held = {}

    def add(self, papers: Sequence[Paper]) -> None:
        """Store the papers that are not there as they are."""
        fresh = [paper for paper in papers if self._held.get(paper.id) != paper.content_hash]
        hashes = {paper.id: paper.content_hash for paper in fresh}
        self._index.put({paper.id: tokens_of(paper, self._minilm) for paper in fresh}, hashes)
        self._held |= hashes

    def complete(self, papers: Mapping[str, Paper]) -> None:
        """Make the index hold exactly `papers`, and close it."""
        listed = list(papers.values())
        for first in range(0, len(listed), _BATCH):
            self.add(listed[first : first + _BATCH])
        self._index.complete(papers)
        self._index.close()


def minilm_of(embedder: Embeddings) -> MiniLM:
    """Return the MiniLM that reads words in context: the embedder itself where it is one."""
    return embedder if isinstance(embedder, MiniLM) else MiniLM()


def tokens_of(paper: Paper, embedder: MiniLM, shipped: bool = True) -> Tokens:
    """Return the token vectors of a paper, those `shipped` with the package where it is one of theirs.

    Title and abstract are read at once, an abstract longer than the network reads in its windows.
    """
    chunks = split(paper, embedder.count_tokens)
    key = vectors.key(chunks.abstract.text)
    if shipped and (known := vectors.shipped_tokens().get(key)):
        return known
    whole = embedder.count_tokens(chunks.abstract.text) <= MAX_TOKENS
    texts = [chunks.abstract.text] if whole else [window.text for window in chunks.windows]
    sentences = [chunk.text for chunk in chunks.sentences]
    return together(
        [compressed(embedder.token_states(text), _places(text, sentences)) for text in texts]
    )


def _places(text: str, sentences: Sequence[str]) -> list[tuple[int, int]]:
    """Return where sentences begin in `text`, each with its number."""
    found: list[tuple[int, int]] = []
    at = 0
    for number, sentence in enumerate(sentences):
        place = text.find(sentence, at)
        if sentence and place >= 0:
            found.append((place, number))
            at = place + len(sentence)
    return found
