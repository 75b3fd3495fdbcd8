"""A question and a paper → how near each sentence of its abstract comes to the question's words."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.index.bm25 import Concept
from assistant.retrieval.hybrid import Query, Retriever
from assistant.text import prompt_injection
from assistant.text.words import index_terms
from assistant.types import Paper

_KEYWORD_WEIGHT, _TITLE_DISCOUNT = 0.5, 0.3


def score_sentences(
    query: Query, retriever: Retriever, papers: Sequence[Paper]
) -> dict[tuple[str, str], float]:
    """Return by paper id and sentence its cosine plus half the idf share
    of the question's concepts that occur in it (about 0…1.5).

    Concepts in the paper's title count less: what a sentence adds is what the title leaves open.
    """
    vectors = retriever.store.sentence_vectors(papers)
    scores = {}
    for paper in papers:
        in_title = concepts_in(prompt_injection.without(paper.title), query.concepts)
        weights = [
            weight * (_TITLE_DISCOUNT if n in in_title else 1.0)
            for n, weight in enumerate(query.keywords.weights)
        ]
        total = sum(weights) or 1.0
        for span, vector in vectors[paper.id]:
            coverage = sum(weights[n] for n in concepts_in(span.text, query.concepts)) / total
            similarity = float(vector @ query.vector)
            scores[paper.id, span.text] = similarity + _KEYWORD_WEIGHT * coverage
    return scores


def concepts_in(text: str, concepts: Sequence[Concept]) -> frozenset[int]:
    """Return the positions of those of `concepts` that occur in `text`."""
    stems = f" {' '.join(index_terms(text))} "
    return frozenset(
        n
        for n, concept in enumerate(concepts)
        if any(f" {phrase} " in stems for phrase in concept.phrases)
    )
