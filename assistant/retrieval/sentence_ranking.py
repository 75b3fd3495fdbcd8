"""Which sentence of an abstract answers: every sentence of some papers scored against a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.hybrid import Query, Retriever
from assistant.text import prompt_injection, rhetorical_roles
from assistant.text.words import index_terms
from assistant.types import Paper, Span

KEYWORD_WEIGHT = 0.5
_TITLE_DISCOUNT = 0.3
# An abstract's first sentence mostly sets the scene.
_OPENING = -0.12
_ROLE_BONUS = {
    "approach": 0.18,
    "results": 0.1,
    "data": 0.1,
    "problem": -0.12,
    "availability": -0.2,
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with how well it meets a question: `score` = cosine + KEYWORD_WEIGHT · coverage.

    `coverage` (0…1) is the idf share of the question's concepts that occur in the sentence, those already in
    the paper's title counting less: what a sentence adds is what the title leaves open. `position` counts from 0.
    `late` (-1…1) is its late-interaction score, its words read in the context of the whole abstract.
    """

    paper: Paper
    span: Span
    position: int
    count: int
    similarity: float
    coverage: float
    found: frozenset[int]
    late: float = 0.0

    @property
    def score(self) -> float:
        """Return the combined score, about 0…1.5."""
        return self.similarity + KEYWORD_WEIGHT * self.coverage


def score_sentences(query: Query, retriever: Retriever, papers: Sequence[Paper]) -> list[Sentence]:
    """Return every sentence of `papers` but instructions, in paper order, scored against `query`.

    A paper of nothing but instructions has one empty sentence.
    """
    vectors = retriever.store.sentence_vectors(papers)
    scored: list[Sentence] = []
    for paper in papers:
        in_title = _concepts_in(prompt_injection.without(paper.title), query)
        weights = [
            w * (_TITLE_DISCOUNT if n in in_title else 1.0)
            for n, w in enumerate(query.keywords.weights)
        ]
        total = sum(weights) or 1.0
        late = _late(query, retriever, paper, len(vectors[paper.id]))
        rows = _quotable(paper, vectors[paper.id])
        for number, span, vector in rows:
            found = _concepts_in(span.text, query)
            coverage = sum(weights[n] for n in found) / total
            similarity = float(vector @ query.vector)
            scored.append(
                Sentence(
                    paper, span, number, len(rows), similarity, coverage, found, float(late[number])
                )
            )
    return scored


def _late(query: Query, retriever: Retriever, paper: Paper, count: int) -> NDArray[np.float32]:
    if retriever.late is None or query.tokens is None:
        return np.zeros(count, dtype=np.float32)
    return retriever.late.sentence_scores(query.tokens, paper.id, count)


def telling(sentence: Sentence) -> float:
    """Return how well a sentence shows why its paper matches: its score, better when it says what the paper does."""
    role = rhetorical_roles.main_role(sentence.span.text, sentence.position, sentence.count)
    opening = (
        _OPENING if sentence.position == 0 and sentence.count > 2 and role != "approach" else 0.0
    )
    return sentence.score + opening + (_ROLE_BONUS[role] if role else 0.0)


def _quotable(
    paper: Paper, rows: list[tuple[Span, NDArray[np.float32]]]
) -> list[tuple[int, Span, NDArray[np.float32]]]:
    # The index leaves them out already, unless it is older than what is known of them.
    orders = prompt_injection.instructions(paper.abstract)
    kept = [
        row
        for row in rows
        if not any(one.start < row[0].end and row[0].start < one.end for one in orders)
    ]
    return [(n, *row) for n, row in enumerate(kept)] or [
        (0, Span("", 0, 0), row[1]) for row in rows[:1]
    ]


def _concepts_in(text: str, query: Query) -> frozenset[int]:
    stems = f" {' '.join(index_terms(text))} "
    return frozenset(
        n
        for n, concept in enumerate(query.concepts)
        if any(f" {phrase} " in stems for phrase in concept.phrases)
    )
