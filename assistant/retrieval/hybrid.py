"""Question → papers ranked by fused keyword and vector scores, each with its best passages."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import numpy as np
from langchain_core.documents import BaseDocumentCompressor
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant.index.bm25 import Concept, KeywordIndex, KeywordScores
from assistant.index.late_interaction import LateIndex, Match, QueryTokens
from assistant.index.paper_store import Store
from assistant.index.records import Where
from assistant.models.rerankers import RERANKED, relevance
from assistant.retrieval.bibliography import Bibliography
from assistant.retrieval.filters import where_clause
from assistant.retrieval.fusion import Scores, Weights, fuse, standardise
from assistant.retrieval.pseudo_relevance import PAPERS, score_by_feedback
from assistant.types import Candidate, Filters, Paper, Span

LIMIT = 50
NO_FILTERS = Filters()
NEIGHBOURS = 200
_POOL = 1000
_PASSAGES = 3
_LATE_POOL = 200
_LATE_BACKGROUND = 150
_QUERIES = 8
_RANK_OFFSET = 60
_WELL_PUT = 8  # concepts of a question from which single passages count less
_CORE_WEIGHT = 0.5  # 0, .5 and 1 are alike on the lists of tests/questions and more_questions


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the index sees it: concepts with BM25, unit vector, words' vectors."""

    text: str
    concepts: tuple[Concept, ...]
    keywords: KeywordScores
    vector: NDArray[np.float32]
    tokens: QueryTokens = field(default_factory=QueryTokens.none)


@dataclass(frozen=True, slots=True)
class Retrieval:
    """The papers retrieved for one question, best first.

    `nearness` is the sum (about 0…2) of the best cosine to any abstract and the best match with a
    passage of the whole corpus, whatever the filters: how near the question is to anything in it.
    `centre` and `spread` are mean and deviation of the scores of the best NEIGHBOURS papers of the
    whole corpus.
    """

    query: Query
    candidates: tuple[Candidate, ...]
    nearness: float
    centre: float = 0.0
    spread: float = 1.0

    def z_score(self, score: float) -> float:
        """Return by how many deviations a score exceeds those of the nearest papers."""
        return (score - self.centre) / max(self.spread, 1e-9)

    @property
    def z_scores(self) -> dict[str, float]:
        """Return the `z_score` of each paper found, by its id."""
        return {one.paper.id: self.z_score(one.score) for one in self.candidates}


def merge(first: Retrieval, others: Sequence[Retrieval]) -> Retrieval:
    """Return `first` with the papers of all, by reciprocal rank fusion (Cormack et al. 2009)."""
    scores: dict[str, float] = {}
    known: dict[str, Candidate] = {}
    for found in (first, *others):
        for rank, candidate in enumerate(found.candidates, 1):
            paper = candidate.paper.id
            scores[paper] = scores.get(paper, 0.0) + 1.0 / (_RANK_OFFSET + rank)
            known.setdefault(paper, candidate)
    order = sorted(scores, key=lambda paper: -scores[paper])
    return replace(first, candidates=tuple(known[paper] for paper in order))


NOTHING_FOUND = Retrieval(
    Query("", (), KeywordScores({}, {}, (), ()), np.zeros(0, np.float32)), (), 0.0
)


@dataclass(frozen=True)
class Retriever:
    """The parts that a search needs."""

    store: Store
    keywords: KeywordIndex
    embedder: Embeddings
    papers: Mapping[str, Paper]
    late: LateIndex
    weights: Weights = Weights()
    reranker: BaseDocumentCompressor | None = None

    @cached_property
    def bibliography(self) -> Bibliography:
        """Return the papers as a bibliography."""
        return Bibliography(self.papers)

    def understand(self, text: str) -> Query:
        """Return `text` analysed and embedded, without searching; the last few are remembered."""
        return self._remembered(text)

    @cached_property
    def _remembered(self) -> Callable[[str], Query]:
        return lru_cache(maxsize=_QUERIES)(self._understand)

    def _understand(self, text: str) -> Query:
        concepts = tuple(self.keywords.concepts(text))
        spelt = self.spell_out(text)
        vector = np.asarray(self.embedder.embed_query(spelt), dtype=np.float32)
        vector /= max(float(np.linalg.norm(vector)), 1e-12)
        tokens = self.late.understand(spelt, self.keywords.rarity)
        return Query(text, concepts, self.keywords.score(concepts), vector, tokens)

    def search(
        self,
        question: str,
        filters: Filters = NO_FILTERS,
        limit: int | None = LIMIT,
        core: str = "",
    ) -> Retrieval:
        """Return up to `limit` papers (None: all) under `filters`; none for no question.

        What is near to the `core` of a question, its words without those that only ask, counts
        half as much again.
        """
        if not question:
            return NOTHING_FOUND
        query = self.understand(question)
        allowed = {paper.id: None for paper in self.bibliography.select(filters)}
        where = where_clause(allowed) if filters else None
        is_allowed = np.array([key in allowed for key in self.papers], dtype=bool)
        scores, matches, nearness = self._score(query, where, is_allowed)
        if core and core != question:
            of_core, _, _ = self._score(self.understand(core), where, is_allowed)
            scores = fuse([scores, of_core], [1.0, _CORE_WEIGHT])
        ids = list(allowed)
        ranked = self._rerank(question, ids, scores[is_allowed])
        best = {ids[n]: float(ranked[n]) for n in _best_first(ranked)[:limit]}
        top = np.sort(scores)[-NEIGHBOURS:]
        centre, spread = (float(top.mean()), float(top.std())) if top.size else (0.0, 1.0)
        return Retrieval(query, self._candidates(query, matches, best), nearness, centre, spread)

    def _score(
        self, query: Query, where: Where | None, is_allowed: NDArray[np.bool_]
    ) -> tuple[Scores, dict[str, Match], float]:
        """Return the scores of all papers, how those read word by word match, and the nearness."""
        near = self.store.nearest(query.vector, _POOL, where)
        # Scores are worked out over the whole corpus, so that they mean the same under any filter.
        corpus = self.store.nearest(query.vector, _POOL) if where else near
        scores = self._fuse(query, near, corpus)
        matches, late = self._score_late_interaction(query, scores, is_allowed)
        scores = scores + late
        scores = fuse([scores, self._score_feedback(scores)], [1.0, self.weights.feedback])
        passage = max((one.passage for one in matches.values()), default=0.0)
        return scores, matches, max(corpus.values(), default=0.0) + passage

    def spell_out(self, question: str) -> str:
        """Return `question` with abbreviations replaced by what they stand for in this corpus.

        The embedder knows "text-to-image" but not "T2I".
        """

        def long_form(match: re.Match[str]) -> str:
            forms = self.keywords.long_forms(match[0])
            return forms[0] if forms else match[0]

        return re.sub(r"\w+(?:-\w+)*", long_form, question)

    def _fuse(self, query: Query, near: Mapping[str, float], corpus: Mapping[str, float]) -> Scores:
        """Return the weighted sum of the standardised keyword and vector scores of all papers."""
        keywords = query.keywords.scores
        words = standardise(keywords, self.papers, keywords, self.papers, 0)
        vectors = standardise({**corpus, **near}, self.papers, corpus, self.papers)
        return fuse([words, vectors], [self.weights.keywords, self.weights.abstract])

    def _score_late_interaction(
        self, query: Query, fused: Scores, is_allowed: NDArray[np.bool_]
    ) -> tuple[dict[str, Match], Scores]:
        """Return how papers match word by word, and the weighted standardised scores of all.

        Only the best papers so far, of all and of those allowed, are read; mean and deviation come
        from papers spread evenly over the corpus.
        """
        ids = list(self.papers)
        background = ids[:: max(len(ids) // _LATE_BACKGROUND, 1)]
        ranked = _best_first(fused)
        pool = [ids[n] for n in (*ranked[:_LATE_POOL], *ranked[is_allowed[ranked]][:_LATE_POOL])]
        matches = self.late.matches(query.tokens, list(dict.fromkeys([*pool, *background])))
        if not matches:  # a question without words
            return {}, np.zeros(len(ids))
        parts = []
        for scores in (
            {key: one.sentence for key, one in matches.items()},
            {key: one.passage for key, one in matches.items()},
        ):
            reference = {key: scores[key] for key in background if key in scores}
            lowest = min((scores[key] for key in pool if key in scores), default=0.0)
            filled = {key: scores.get(key, lowest) for key in ids}
            parts.append(standardise(filled, ids, reference, reference))
        # No passage holds all that a long question asks.
        share = min(_WELL_PUT / max(len(query.concepts), 1), 1.0)
        return matches, share * fuse(parts, [self.weights.sentence, self.weights.passage])

    def _score_feedback(self, fused: Scores) -> Scores:
        """Return the standardised scores of pseudo-relevance feedback of all papers."""
        ids = list(self.papers)
        if not self.weights.feedback or not ids:
            return np.zeros(len(ids))
        first = [(self.papers[ids[n]], float(fused[n])) for n in _best_first(fused)[:PAPERS]]
        scores = score_by_feedback(self.keywords, first)
        return standardise(scores, ids, scores, ids, 0.0)

    def _rerank(self, question: str, ids: Sequence[str], scores: Scores) -> Scores:
        """Return `scores` with the best moved by standardised relevance, the rest behind."""
        order = _best_first(scores)
        first, rest = order[:RERANKED], order[RERANKED:]
        if self.reranker is None or not self.weights.reranker or len(first) < 2:
            return scores
        relevant = relevance(self.reranker, question, [self.papers[ids[n]] for n in first])
        if relevant is None:
            return scores
        by_paper = {ids[n]: value for n, value in zip(first, relevant, strict=True)}
        relevance_scores = standardise(by_paper, by_paper, by_paper, by_paper)
        moved = scores.copy()
        moved[first] = fuse([scores[first], relevance_scores], [1.0, self.weights.reranker])
        # As one, so that they keep their order and distances.
        moved[rest] -= max(float(moved[rest].max(initial=-np.inf) - moved[first].min()) + 1e-6, 0.0)
        return moved

    def _candidates(
        self, query: Query, matches: Mapping[str, Match], scores: Mapping[str, float]
    ) -> tuple[Candidate, ...]:
        return tuple(
            Candidate(
                paper=self.papers[key],
                score=score,
                keywords=query.keywords.scores.get(key, 0.0),
                coverage=query.keywords.coverage(key),
                passages=self._passages(self.papers[key], matches.get(key)),
            )
            for key, score in scores.items()
        )

    @staticmethod
    def _passages(paper: Paper, match: Match | None) -> tuple[Span, ...]:
        """Return the passages of a paper that match best, best first, none within another."""
        best = match.best(_PASSAGES) if match else []
        return tuple(Span(paper.abstract[start:end], start, end) for start, end in best)


def _best_first(scores: Scores) -> NDArray[np.intp]:
    """Return the positions of `scores`, highest first."""
    return np.argsort(-scores, kind="stable")
