"""Question → papers ranked by fused keyword and vector scores, each with its best passages."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import numpy as np
from langchain_core.documents import BaseDocumentCompressor
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant.index.bm25 import Concept, KeywordIndex, KeywordScores, best_numbers
from assistant.index.late_interaction import LateIndex, Match, QueryTokens
from assistant.index.paper_store import Store
from assistant.index.papers import Papers
from assistant.index.query_vectors import QueryVectors
from assistant.index.records import Where
from assistant.models.minilm import MiniLM
from assistant.models.question_encoder.network import QuestionEncoder
from assistant.models.rerankers import RERANKED, relevance
from assistant.retrieval.bibliography import Bibliography
from assistant.retrieval.filters import MOST_IDS, where_clause
from assistant.retrieval.fusion import Scores, Weights, expected, fuse, fuse_ranks, standardise
from assistant.retrieval.pseudo_relevance import PAPERS, score_by_feedback
from assistant.retrieval.rare_names import rare_names
from assistant.types import NO_FILTERS, Candidate, Filters, Paper, Span

LIMIT = 50
NEIGHBOURS = 200
_POOL = 1000  # the best papers by each of words and vectors, and as many for what is usual
_PASSAGES = 3
_LATE_POOL = 200
_LATE_BACKGROUND = 150
_QUERIES = 8
_FEWEST_USUAL = 10  # papers with queries, by which is told how near a question usually is to any
_NEARLY_ALL = 0.9  # of the papers, of which queries tell how near a question comes to any
_WELL_PUT = 8  # concepts of a question from which single passages count less
_AHEAD = 10  # the place that the first is compared with to tell whether it stands alone


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the index sees it: concepts with BM25, unit vector, words' vectors; `asked` is
    its unit vector by the network that reads questions, whatever embeds papers.
    """

    text: str
    concepts: tuple[Concept, ...]
    keywords: KeywordScores
    vector: NDArray[np.float32]
    tokens: QueryTokens = field(default_factory=QueryTokens.none)
    asked: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True)
class Retrieval:
    """The papers retrieved for one question, best first.

    `nearness` is the sum (about 0…2) of the best cosine to any abstract and the best match with a
    passage of the whole corpus, whatever the filters: how near the question is to anything in it;
    `to_query` is the cosine to the nearest queries of any one paper, None where papers lack them.
    `centre` and `spread` are mean and deviation of the scores of the best NEIGHBOURS papers of the
    whole corpus. `lead` is by how many deviations the best match with a passage exceeds the tenth
    best of the whole corpus: little where many papers are on the matter.
    """

    query: Query
    candidates: tuple[Candidate, ...]
    nearness: float
    centre: float = 0.0
    spread: float = 1.0
    lead: float = 0.0
    to_query: float | None = None

    def z_score(self, score: float) -> float:
        """Return by how many deviations a score exceeds those of the nearest papers."""
        return (score - self.centre) / max(self.spread, 1e-9)

    @property
    def z_scores(self) -> dict[str, float]:
        """Return the `z_score` of each paper found, by its id."""
        return {one.paper.id: self.z_score(one.score) for one in self.candidates}


def merge(first: Retrieval, others: Sequence[Retrieval]) -> Retrieval:
    """Return `first` with the papers of all, by reciprocal rank fusion (Cormack et al. 2009)."""
    every = (first, *others)
    scores = fuse_ranks(*([one.paper.id for one in found.candidates] for found in every))
    known = {one.paper.id: one for found in reversed(every) for one in found.candidates}
    order = sorted(scores, key=lambda paper: -scores[paper])
    return replace(first, candidates=tuple(known[paper] for paper in order))


NOTHING_FOUND = Retrieval(Query("", (), KeywordScores.none(), np.zeros(0, np.float32)), (), 0.0)


@dataclass(frozen=True, slots=True)
class Pool:
    """The papers that are scored for a question, by number, ascending: the best by words and by
    vectors, and a sample of the corpus, over which scores are standardised; all of a small corpus.
    """

    numbers: NDArray[np.int64]
    ids: tuple[str, ...]
    is_sample: NDArray[np.bool_]
    is_allowed: NDArray[np.bool_]

    @property
    def sample(self) -> list[str]:
        """The ids of the sample."""
        return [self.ids[n] for n in np.flatnonzero(self.is_sample)]


@dataclass(frozen=True, slots=True)
class Nearest:
    """Cosines by paper id: of the nearest of the whole corpus, and of those that filters allow."""

    corpus: Mapping[str, float]
    allowed: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of a pool, how those read word by word match, by how much the best of these leads,
    and how near the nearest query known comes (see `Retrieval`).
    """

    scores: Scores
    matches: Mapping[str, Match]
    lead: float
    to_query: float | None


@dataclass(frozen=True)
class Retriever:
    """The parts that a search needs."""

    store: Store
    keywords: KeywordIndex
    embedder: Embeddings
    papers: Papers
    late: LateIndex
    queries: QueryVectors
    questions: QuestionEncoder
    weights: Weights = Weights()
    reranker: BaseDocumentCompressor | None = None

    @cached_property
    def bibliography(self) -> Bibliography:
        """Return the papers as a bibliography."""
        return Bibliography(self.papers)

    @cached_property
    def understand(self) -> Callable[[str], Query]:
        """Return a text analysed and embedded, without searching; the last few are remembered."""
        return lru_cache(maxsize=_QUERIES)(self._understand)

    def _understand(self, text: str) -> Query:
        concepts = tuple(self.keywords.concepts(text))
        spelt = self.spell_out(text)
        states = self.questions.read(spelt)
        vector = states.vector
        if not isinstance(self.embedder, MiniLM):  # whose space is its own
            vector = np.asarray(self.embedder.embed_query(spelt), dtype=np.float32)
            vector /= max(float(np.linalg.norm(vector)), 1e-12)
        tokens = self.late.understand(states, self.keywords.rarity)
        return Query(text, concepts, self.keywords.score(concepts), vector, tokens, states.vector)

    @cached_property
    def names_in(self) -> Callable[[str], Mapping[str, frozenset[str]]]:
        """Return the names in a text that few papers have, with the ids of these; the last few are
        remembered.
        """
        return lru_cache(maxsize=_QUERIES)(self._names_in)

    def _names_in(self, text: str) -> Mapping[str, frozenset[str]]:
        if not text:
            return {}
        query = self.understand(text)
        return rare_names(text, query.concepts, query.keywords, self.keywords, self.papers)

    def search(
        self, question: str, filters: Filters = NO_FILTERS, limit: int | None = LIMIT
    ) -> Retrieval:
        """Return up to `limit` papers (None: all) under `filters`; none for no question."""
        if not question:
            return NOTHING_FOUND
        query = self.understand(question)
        allowed = self.bibliography.numbers(filters) if filters else None
        where = None
        if allowed is not None and len(allowed) <= MOST_IDS:
            where = where_clause(self.keywords.ids(allowed))
        near = self._nearest(query, where)
        pool = self._pool(query, near, allowed)
        scored = self._score(query, near, pool)
        scores = scored.scores
        found = np.flatnonzero(pool.is_allowed)
        ranked = self._rerank(question, [pool.ids[n] for n in found], scores[found])
        order = _best_first(ranked)[:limit]
        top = np.sort(scores)[-NEIGHBOURS:]
        centre, spread = (float(top.mean()), float(top.std())) if top.size else (0.0, 1.0)
        candidates = self._candidates(query, scored.matches, pool, found[order], ranked[order])
        passage = max((one.passage for one in scored.matches.values()), default=0.0)
        nearness = max(near.corpus.values(), default=0.0) + passage
        return Retrieval(query, candidates, nearness, centre, spread, scored.lead, scored.to_query)

    def search_named(
        self, question: str, filters: Filters = NO_FILTERS, limit: int | None = LIMIT
    ) -> Retrieval:
        """Return what `search` does, and behind it those that have a name which few papers have."""
        found = self.search(question, filters, limit)
        if limit is None or not question:
            return found
        naming = frozenset().union(*self.names_in(question).values())
        if naming <= {one.paper.id for one in found.candidates}:
            return found
        behind = self.search(question, filters, None).candidates[len(found.candidates) :]
        named = (one for one in behind if one.paper.id in naming)
        return replace(found, candidates=(*found.candidates, *named))

    def _nearest(self, query: Query, where: Where | None) -> Nearest:
        corpus = self.store.nearest(query.vector, _POOL)
        near = self.store.nearest(query.vector, _POOL, where) if where else corpus
        return Nearest(corpus, near)

    @cached_property
    def _sample(self) -> tuple[dict[int, str], NDArray[np.float32]]:
        """Return ids by number, ascending, of papers spread evenly over the corpus, and their
        vectors where they are not all of it.
        """
        numbers = self.keywords.every
        if len(numbers) > _POOL:
            numbers = numbers[np.linspace(0, len(numbers) - 1, _POOL).astype(np.int64)]
        ids = self.keywords.ids(numbers)
        sample = dict(zip(numbers.tolist(), ids, strict=True))
        if len(sample) == len(self.papers):
            return sample, np.zeros((0, 0), np.float32)
        vectors = self.store.vectors(ids)
        return sample, np.stack([vectors[one] for one in ids])

    def _pool(self, query: Query, near: Nearest, allowed: NDArray[np.int64] | None) -> Pool:
        known = self._sample[0]
        numbers = sample = np.array([*known], np.int64)
        if len(self.papers) > len(sample):
            mask = None
            if allowed is not None:
                mask = np.zeros(len(query.keywords.scores), np.bool_)
                mask[allowed] = True
            known = known | self.keywords.numbered({*near.corpus, *near.allowed})
            parts = [np.array([*known], np.int64), best_numbers(query.keywords.scores, _POOL)]
            if mask is not None:
                parts.append(best_numbers(query.keywords.scores, _POOL, mask))
            numbers = np.unique(np.concatenate(parts))
            rest = [n for n in numbers.tolist() if n not in known]
            known |= zip(rest, self.keywords.ids(rest), strict=True)
        is_allowed = np.ones(len(numbers), np.bool_)
        if allowed is not None:
            is_allowed = np.isin(numbers, allowed)
        ids = tuple(known[n] for n in numbers.tolist())
        return Pool(numbers, ids, np.isin(numbers, sample), is_allowed)

    def _score(self, query: Query, near: Nearest, pool: Pool) -> Scored:
        scores = self._fuse(query, near, pool)
        matches, late, lead = self._score_late_interaction(query, scores, pool)
        by_queries, to_query = self._score_queries(query, scores, pool)
        scores = scores + late + by_queries
        feedback = self._score_feedback(scores, pool)
        scores = fuse([scores, feedback], [1.0, self.weights.feedback])
        return Scored(scores, matches, lead, to_query)

    def spell_out(self, question: str) -> str:
        """Return `question` with abbreviations replaced by what they stand for in this corpus.

        The embedder knows "text-to-image" but not "T2I".
        """

        def long_form(match: re.Match[str]) -> str:
            forms = self.keywords.long_forms(match[0])
            return forms[0] if forms else match[0]

        return re.sub(r"\w+(?:-\w+)*", long_form, question)

    def _fuse(self, query: Query, near: Nearest, pool: Pool) -> Scores:
        """Return the weighted sum of the pool's standardised keyword and vector scores."""
        words = query.keywords.scores[pool.numbers]
        cosines = {**near.corpus, **near.allowed}
        _, vectors = self._sample
        if vectors.size:
            usual = zip(pool.sample, (vectors @ query.vector).tolist(), strict=True)
            cosines = {**dict(usual), **cosines}
        lowest = min(near.corpus.values(), default=0.0)
        both = np.array([cosines.get(key, lowest) for key in pool.ids])
        return fuse(
            [standardise(words, pool.is_sample), standardise(both, pool.is_sample)],
            [self.weights.keywords, self.weights.abstract],
        )

    def _score_late_interaction(
        self, query: Query, fused: Scores, pool: Pool
    ) -> tuple[dict[str, Match], Scores, float]:
        """Return how papers match word by word, the weighted standardised scores of the pool, and
        the lead of the best passage.

        Only the best papers so far, of all and of those allowed, are read; mean and deviation come
        from some of the sample.
        """
        sample = np.flatnonzero(pool.is_sample)
        background = sample[:: max(len(sample) // _LATE_BACKGROUND, 1)]
        ranked = _best_first(fused)
        best = (*ranked[:_LATE_POOL], *ranked[pool.is_allowed[ranked]][:_LATE_POOL])
        read = {pool.ids[n]: n for n in (*best, *background)}
        matches = self.late.matches(query.tokens, list(read))
        if not matches:  # a question without words
            return {}, np.zeros(len(fused)), 0.0
        places = np.array([read[key] for key in matches])
        is_usual = np.zeros(len(fused), np.bool_)
        is_usual[places[np.isin(places, background)]] = True
        is_best = np.isin(places, best)
        parts = []
        for found in zip(*((one.sentence, one.passage) for one in matches.values()), strict=True):
            scores = np.array(found)
            filled = np.full(len(fused), scores[is_best].min() if is_best.any() else 0.0)
            filled[places] = scores
            parts.append(standardise(filled, is_usual))
        ahead = np.sort(parts[-1][places])[-_AHEAD:]
        # No passage holds all that a long question asks.
        share = min(_WELL_PUT / max(len(query.concepts), 1), 1.0)
        late = share * fuse(parts, [self.weights.sentence, self.weights.passage])
        return matches, late, float(ahead[-1] - ahead[0])

    def _score_queries(
        self, query: Query, fused: Scores, pool: Pool
    ) -> tuple[Scores, float | None]:
        """Return the pool's weighted standardised scores of the queries that papers are known to
        answer, and the highest cosine to a paper's; of a paper without any what is usual of papers
        scored as it is, and None where many are without.
        """
        near = self.queries.nearness(query.asked, pool.ids) if self.weights.queries else {}
        scores = np.array([near.get(key, np.nan) for key in pool.ids])
        is_usual = pool.is_sample & ~np.isnan(scores)
        if is_usual.sum() < _FEWEST_USUAL:
            return np.zeros(len(scores)), None
        by_queries = self.weights.queries * expected(standardise(scores, is_usual), fused)
        return by_queries, max(near.values()) if len(near) >= _NEARLY_ALL * len(scores) else None

    def _score_feedback(self, fused: Scores, pool: Pool) -> Scores:
        """Return the pool's standardised scores of pseudo-relevance feedback."""
        if not self.weights.feedback or not len(fused):
            return np.zeros(len(fused))
        best = _best_first(fused)[:PAPERS]
        first = list(zip(pool.numbers[best].tolist(), fused[best].tolist(), strict=True))
        return standardise(score_by_feedback(self.keywords, first, pool.numbers), pool.is_sample)

    def _rerank(self, question: str, ids: Sequence[str], scores: Scores) -> Scores:
        """Return `scores` with the best moved by standardised relevance, the rest behind."""
        order = _best_first(scores)
        first, rest = order[:RERANKED], order[RERANKED:]
        if self.reranker is None or not self.weights.reranker or len(first) < 2:
            return scores
        relevant = relevance(self.reranker, question, [self.papers[ids[n]] for n in first])
        if relevant is None:
            return scores
        values = np.array(relevant)
        relevance_scores = standardise(values, np.ones(len(values), np.bool_))
        moved = scores.copy()
        moved[first] = fuse([scores[first], relevance_scores], [1.0, self.weights.reranker])
        # As one, so that they keep their order and distances.
        moved[rest] -= max(float(moved[rest].max(initial=-np.inf) - moved[first].min()) + 1e-6, 0.0)
        return moved

    def _candidates(
        self,
        query: Query,
        matches: Mapping[str, Match],
        pool: Pool,
        places: NDArray[np.intp],
        scores: Scores,
    ) -> tuple[Candidate, ...]:
        """Return the papers at these places of the pool, with their scores."""
        numbers = pool.numbers[places]
        papers = [self.papers[pool.ids[place]] for place in places]
        coverage = query.keywords.coverage(numbers)
        rows = zip(papers, scores, query.keywords.scores[numbers], coverage, strict=True)
        return tuple(
            Candidate(
                paper=paper,
                score=float(score),
                keywords=float(words),
                coverage=float(covered),
                passages=self._passages(paper, matches.get(paper.id)),
            )
            for paper, score, words, covered in rows
        )

    @staticmethod
    def _passages(paper: Paper, match: Match | None) -> tuple[Span, ...]:
        """Return the passages of a paper that match best, best first, none within another."""
        best = match.best(_PASSAGES) if match else []
        return tuple(Span(paper.abstract[start:end], start, end) for start, end in best)


def _best_first(scores: Scores) -> NDArray[np.intp]:
    """Return the positions of `scores`, highest first."""
    return np.argsort(-scores, kind="stable")
