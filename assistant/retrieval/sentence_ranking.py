"""A question and some papers → every sentence of their abstracts, scored by how well it answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.hybrid import Query, Retriever
from assistant.text import prompt_injection, rhetorical_roles
from assistant.text.words import index_terms
from assistant.types import Paper, Span

Vector = NDArray[np.float32]

_KEYWORD_WEIGHT = 0.5
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
    """A sentence with how well it meets a question.

    `similarity` (-1…1) is its cosine; `coverage` (0…1) the idf share of the question's concepts
    that occur in it, those already in the paper's title counting less: what a sentence adds is what
    the title leaves open; `late` (-1…1) its late-interaction score, its words read in the context
    of the whole abstract. `found` are the positions of the query's concepts in it; `position`
    counts from 0, of `count`.
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
        return self.similarity + _KEYWORD_WEIGHT * self.coverage


def score_sentences(query: Query, retriever: Retriever, papers: Sequence[Paper]) -> list[Sentence]:
    """Return every sentence of `papers` but instructions, in paper order, scored against `query`.

    A paper of nothing but instructions has one empty sentence.
    """
    vectors = retriever.store.sentence_vectors(papers)
    scored: list[Sentence] = []
    for paper in papers:
        late = _score_late(query, retriever, paper, len(vectors[paper.id]))
        in_title = _concepts_in(prompt_injection.without(paper.title), query)
        weights = [
            weight * (_TITLE_DISCOUNT if n in in_title else 1.0)
            for n, weight in enumerate(query.keywords.weights)
        ]
        total = sum(weights) or 1.0
        rows = _leave_out_instructions(paper, vectors[paper.id])
        for position, (span, vector) in enumerate(rows):
            concepts = _concepts_in(span.text, query)
            coverage = sum(weights[n] for n in concepts) / total
            scores = float(vector @ query.vector), coverage, concepts, float(late[position])
            scored.append(Sentence(paper, span, position, len(rows), *scores))
    return scored


def telling(sentence: Sentence) -> float:
    """Return how well a sentence shows why its paper matches: better when it says what it does."""
    role = rhetorical_roles.main_role(sentence.span.text, sentence.position, sentence.count)
    is_opening = sentence.position == 0 and sentence.count > 2 and role != "approach"
    bonus = _ROLE_BONUS[role] if role else 0.0
    return sentence.score + (_OPENING if is_opening else 0.0) + bonus


def _score_late(query: Query, retriever: Retriever, paper: Paper, count: int) -> Vector:
    if retriever.late is None or query.tokens is None:
        return np.zeros(count, dtype=np.float32)
    return retriever.late.sentence_scores(query.tokens, paper.id, count)


def _leave_out_instructions(
    paper: Paper, rows: list[tuple[Span, Vector]]
) -> list[tuple[Span, Vector]]:
    # The index leaves them out already, unless it is older than what is known of them.
    orders = prompt_injection.instructions(paper.abstract)
    kept = [
        (span, vector)
        for span, vector in rows
        if not any(order.start < span.end and span.start < order.end for order in orders)
    ]
    return kept or [(Span("", 0, 0), vector) for _, vector in rows[:1]]


def _concepts_in(text: str, query: Query) -> frozenset[int]:
    """Return the positions of the concepts of `query` that occur in `text`."""
    stems = f" {' '.join(index_terms(text))} "
    return frozenset(
        n
        for n, concept in enumerate(query.concepts)
        if any(f" {phrase} " in stems for phrase in concept.phrases)
    )
