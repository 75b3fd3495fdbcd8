"""A question and a paper → how near each sentence of its abstract comes to the question's words."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.index.bm25 import Concept
from assistant.retrieval.hybrid import Query, Retriever
from assistant.text.words import index_terms
from assistant.types import Paper


def score_sentences(
    query: Query, retriever: Retriever, papers: Sequence[Paper]
) -> dict[tuple[str, str], float]:
    """Return by paper id and sentence how near its words come to the question's (-1…1, see
    `LateIndex`); a sentence without content words has no score.
    """
    matches = retriever.late.matches(query.tokens, [paper.id for paper in papers])
    return {
        (paper.id, paper.abstract[start:end]): score
        for paper in papers
        if (match := matches.get(paper.id))
        for (start, end), score in zip(match.spans.tolist(), match.sentences.tolist(), strict=True)
    }


def concepts_in(text: str, concepts: Sequence[Concept]) -> frozenset[int]:
    """Return the positions of those of `concepts` that occur in `text`."""
    stems = f" {' '.join(index_terms(text))} "
    return frozenset(
        n
        for n, concept in enumerate(concepts)
        if any(f" {phrase} " in stems for phrase in concept.phrases)
    )
