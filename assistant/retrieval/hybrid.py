"""Question → papers ranked by fused keyword and vector scores, each with its best windows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from langchain_core.documents import BaseDocumentCompressor
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant.index.bm25 import Concept, KeywordIndex, KeywordScores
from assistant.index.late_interaction import LateIndex, QueryTokens
from assistant.index.paper_store import Store
from assistant.index.records import Scored
from assistant.models.rerankers import RERANKED, relevance
from assistant.retrieval.filters import Where, where_clause
from assistant.retrieval.fusion import Weights, standard
from assistant.retrieval.pseudo_relevance import PAPERS, feedback
from assistant.types import Candidate, Filters, Paper, Span

LIMIT = 50
NO_FILTERS = Filters()
_POOL = 1000
_PASSAGES = 3
NEIGHBOURS = 200
LATE_POOL = 200
LATE_BACKGROUND = 150


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the index sees it: its concepts with their BM25, its vector (unit length), and its words' vectors."""

    text: str
    concepts: tuple[Concept, ...]
    keywords: KeywordScores
    vector: NDArray[np.float32]
    tokens: QueryTokens | None = None


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Everything found for one question, best paper first.

    `nearness` is the sum (about 0…3) of the best cosines to any abstract, window and sentence of the whole corpus,
    whatever the filters: how near the question is to anything in it. `centre` and `spread` are the mean and deviation of
    the scores of the best NEIGHBOURS papers of the whole corpus.
    """

    query: Query
    candidates: tuple[Candidate, ...]
    nearness: float
    centre: float = 0.0
    spread: float = 1.0

    def standing(self, score: float) -> float:
        """Return how many deviations a score stands out of the papers nearest to the question, whatever the corpus's size."""
        return (score - self.centre) / max(self.spread, 1e-9)


@dataclass(frozen=True, slots=True)
class _Near:
    """What lies near a question: windows, best first, and the best cosine by paper to abstract, window, sentence."""

    windows: list[Scored]
    similarities: tuple[dict[str, float], dict[str, float], dict[str, float]]


@dataclass(frozen=True, slots=True)
class Retriever:
    """The parts a search needs, held together."""

    store: Store
    keywords: KeywordIndex
    embedder: Embeddings
    papers: Mapping[str, Paper]
    late: LateIndex | None = None
    weights: Weights = Weights()
    reranker: BaseDocumentCompressor | None = None

    def understand(self, text: str) -> Query:
        """Return `text` analysed and embedded, without searching."""
        concepts = tuple(self.keywords.concepts(text))
        spelt = self.spell_out(text)
        vector = np.asarray(self.embedder.embed_query(spelt), dtype=np.float32)
        vector /= max(float(np.linalg.norm(vector)), 1e-12)
        tokens = self.late.understand(spelt, self.keywords.rarity) if self.late else None
        return Query(text, concepts, self.keywords.score(concepts), vector, tokens)

    def search(self, question: str, filters: Filters = NO_FILTERS, limit: int = LIMIT) -> Retrieval:
        """Return up to `limit` papers for `question` among those that satisfy `filters`."""
        query = self.understand(question)
        where = where_clause(filters, self.papers.values())
        allowed = set(self.papers) if where is None else self.store.matching(where)
        found = self._near(query, where)
        # Scores are worked out over the whole corpus, so that they mean the same under any filter.
        whole = found if where is None else self._near(query, None)
        everyone = list(self.papers)
        fused = self._fused(everyone, query, found, whole)
        shown = np.array([key in allowed for key in everyone], dtype=bool)
        fused = fused + self._late(everyone, query, fused, shown)
        fused = fused + self._feedback(everyone, fused)
        order = [key for key in everyone if key in allowed]
        scores = self._reranked(order, question, fused[shown])
        chosen = {order[n]: float(scores[n]) for n in np.argsort(-scores, kind="stable")[:limit]}
        passages = self._passages(found.windows, set(chosen))
        candidates = tuple(
            Candidate(
                paper=self.papers[key],
                score=score,
                keywords=query.keywords.scores.get(key, 0.0),
                coverage=query.keywords.coverage(key),
                similarity=max(scores.get(key, 0.0) for scores in found.similarities),
                passages=passages.get(key, ()),
            )
            for key, score in chosen.items()
        )
        near = np.sort(fused)[-NEIGHBOURS:]
        nearness = sum(max(scores.values(), default=0.0) for scores in whole.similarities)
        centre, spread = (float(near.mean()), float(near.std())) if near.size else (0.0, 1.0)
        return Retrieval(query, candidates, nearness, centre, spread)

    def _near(self, query: Query, where: Where | None) -> _Near:
        windows = self.store.windows(query.vector, 2 * _POOL, where)
        sentences = self.store.sentences(query.vector, 2 * _POOL, where)
        abstracts = self.store.abstracts(query.vector, _POOL, where)
        return _Near(windows, (abstracts, _best(windows), _best(sentences)))

    def _fused(
        self, order: list[str], query: Query, found: _Near, whole: _Near
    ) -> NDArray[np.float64]:
        """Return the weighted sum of the standardised scores, in `order`."""
        everyone = list(self.papers)
        fused = self.weights.keywords * standard(
            order, query.keywords.scores, everyone, query.keywords.scores, 0.0
        )
        weights = (self.weights.abstract, self.weights.window, self.weights.sentence)
        for weight, scores, reference in zip(
            weights, found.similarities, whole.similarities, strict=True
        ):
            fused = fused + weight * standard(order, {**reference, **scores}, everyone, reference)
        return fused

    def _late(
        self, order: list[str], query: Query, fused: NDArray[np.float64], shown: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Return the weighted standardised late-interaction scores in `order`.

        Only the best papers so far, of all and of those to be `shown`, are scored; mean and deviation come from papers
        spread evenly over the corpus.
        """
        if self.late is None or query.tokens is None or not order or not self.weights.late:
            return np.zeros(len(order))
        background = order[:: max(len(order) // LATE_BACKGROUND, 1)]
        ranked = np.argsort(-fused, kind="stable")
        pool = [order[n] for n in (*ranked[:LATE_POOL], *ranked[shown[ranked]][:LATE_POOL])]
        scores = self.late.scores(query.tokens, list(dict.fromkeys([*pool, *background])))
        known = {key: scores[key] for key in background if key in scores}
        if not known:
            return np.zeros(len(order))  # a question without words
        lowest = min((scores[key] for key in pool if key in scores), default=0.0)
        filled = {key: scores.get(key, lowest) for key in order}
        return self.weights.late * standard(order, filled, list(known), known)

    def _feedback(self, order: list[str], fused: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weighted standardised scores of pseudo-relevance feedback in `order`."""
        if not self.weights.feedback or not order:
            return np.zeros(len(order))
        first = np.argsort(-fused, kind="stable")[:PAPERS]
        scores = feedback(self.keywords, [(self.papers[order[n]], float(fused[n])) for n in first])
        return self.weights.feedback * standard(order, scores, order, scores, 0.0)

    def _reranked(
        self, order: list[str], question: str, fused: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return `fused` with the first papers' scores moved by their standardised relevance, the rest kept behind them."""
        places = np.argsort(-fused, kind="stable")
        first, rest = places[:RERANKED], places[RERANKED:]
        if self.reranker is None or not self.weights.reranker or len(first) < 2:
            return fused
        relevant = relevance(self.reranker, question, [self.papers[order[n]] for n in first])
        if relevant is None:
            return fused
        values, moved = np.array(relevant), fused.copy()
        moved[first] += self.weights.reranker * (values - values.mean()) / (values.std() + 1e-9)
        # As one, so that they keep their order and distances.
        moved[rest] -= max(float(moved[rest].max(initial=-np.inf) - moved[first].min()) + 1e-6, 0.0)
        return moved

    def spell_out(self, question: str) -> str:
        """Return `question` with abbreviations replaced by what they stand for in this corpus.

        The embedder knows "text-to-image" but not "T2I".
        """

        def long_form(match: re.Match[str]) -> str:
            forms = self.keywords.long_forms(match[0])
            return forms[0] if forms else match[0]

        return re.sub(r"\w+(?:-\w+)*", long_form, question)

    def _passages(self, windows: list[Scored], wanted: set[str]) -> dict[str, tuple[Span, ...]]:
        found: dict[str, list[Span]] = {}
        for key, start, end, _ in windows:
            if key in wanted and len(found.setdefault(key, [])) < _PASSAGES:
                found[key].append(Span(self.papers[key].abstract[start:end], start, end))
        return {key: tuple(spans) for key, spans in found.items()}


def _best(rows: list[Scored]) -> dict[str, float]:
    """Return each paper's highest score."""
    best: dict[str, float] = {}
    for key, _, _, score in rows:
        best[key] = max(score, best.get(key, -1.0))
    return best
