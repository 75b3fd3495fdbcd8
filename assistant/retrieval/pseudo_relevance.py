"""Pseudo-relevance feedback: the first papers' terms → BM25 of other papers for them."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.index.bm25 import KeywordIndex
from assistant.text.words import STOP_WORDS, stem

PAPERS = 5
TERMS = 40
_TITLE_COUNTS = 2
# How much the best paper counts more than one whose score is two lower: e to 1.
_SPREAD = 2.0
_STOPPED = frozenset(stem(word) for word in STOP_WORDS) | STOP_WORDS


def score_by_feedback(
    keywords: KeywordIndex, first: Sequence[tuple[int, float]], numbers: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return BM25 of the papers with these `numbers` for the strongest terms of the `first` papers,
    numbers with scores, best first.

    RM3 (Abdul-Jaleel et al., "UMass at TREC 2004") with tf-idf weights for the terms and the
    exponential of a paper's score for its weight. Its guard: each of these papers holds its own
    terms, so feedback adds to them and never buries them.
    """
    held = keywords.terms([number for number, _ in first[:PAPERS]])
    counts = [_count_terms(*held[number]) for number, _ in first[:PAPERS]]
    rarities = keywords.rarities({term for counter in counts for term in counter})
    best = max((score for _, score in first), default=0.0)
    terms: dict[str, float] = defaultdict(float)
    for counter, (_, score) in zip(counts, first, strict=False):
        for term, weight in _weigh_terms(counter, rarities).items():
            terms[term] += math.exp((score - best) / _SPREAD) * weight
    strongest = sorted(terms, key=lambda term: (-terms[term], term))[:TERMS]
    return keywords.weighted({term: terms[term] * rarities[term] for term in strongest}, numbers)


def _count_terms(title: Sequence[str], abstract: Sequence[str]) -> Counter[str]:
    """Return how often a paper uses each of its terms, the title's counted again."""
    counts = Counter(term for term in abstract if term not in _STOPPED and len(term) > 1)
    for term in title:
        if term not in _STOPPED and len(term) > 1:
            counts[term] += _TITLE_COUNTS
    return counts


def _weigh_terms(counts: Mapping[str, int], rarities: Mapping[str, float]) -> Mapping[str, float]:
    """Return the tf-idf weights of terms, scaled to unit length."""
    weights = {term: (1.0 + math.log(count)) * rarities[term] for term, count in counts.items()}
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {term: weight / length for term, weight in weights.items()}
