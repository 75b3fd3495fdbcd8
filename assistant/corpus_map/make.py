"""Papers and their vectors → a map: where each lies, which lie together, and what about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from threadpoolctl import threadpool_limits

from assistant.corpus_map.topic_names import name_topics
from assistant.corpus_map.types import Atlas, Place, Topic, version
from assistant.index.records import Vector
from assistant.text import prompt_injection
from assistant.types import Paper

Positions = NDArray[np.float64]
_SEED = 0
_FEWEST = 6  # papers for t-SNE
_MOST = 5000  # papers for t-SNE; its time grows faster than their number
_PERPLEXITY = 20.0
_STEPS = 500
_READ = 2000  # papers for names
_NEAREST = 3
_DIGITS = 4
_DRIFT = 0.1  # share of papers that may come, change or go before a new map is made
_TOPICS = 14
_GROWTH = 0.46  # 100 papers have 8 topics, 300 have 14
_GOLDEN = np.pi * (3.0 - 5.0**0.5)


def make(papers: Mapping[str, Paper], vectors: Mapping[str, Vector]) -> Atlas:
    """Return the map of `papers` from the unit vectors of their abstracts; deterministic.

    t-SNE (van der Maaten & Hinton 2008), then k-means on the positions, so that topics are regions
    of the map.
    """
    if not papers:
        return Atlas((), ())
    # One thread: sums keep their order, and beside other programs it is many times faster.
    with threadpool_limits(1):
        positions = _scaled(_projected(_rows(papers, vectors)))
        topics = _grouped(positions)
    return _atlas(papers, positions, topics, _names(list(papers.values()), topics))


def update(known: Atlas, papers: Mapping[str, Paper], vectors: Mapping[str, Vector]) -> Atlas:
    """Return the map of `papers`, those in `known` where they were, the others among their nearest.

    A new map is made when more than a tenth has come, changed or gone since the last, or a topic
    lost all its papers.
    """
    kept = {
        place.paper_id: place
        for place in known.places
        if place.paper_id in papers and version(papers[place.paper_id]) == place.version
    }
    fresh = [key for key in papers if key not in kept]
    gone = sum(place.paper_id not in papers for place in known.places)
    drift = known.drift + len(fresh) + gone
    topics_left = {place.topic for place in kept.values()}
    if drift > _DRIFT * len(kept) or len(topics_left) < len(known.topics):
        return make(papers, vectors)
    places = {**kept, **_placed_among(kept, fresh, vectors)}
    atlas = _atlas(
        papers,
        np.array([(places[key].x, places[key].y) for key in papers]),
        np.array([places[key].topic for key in papers]),
        [topic.name for topic in known.topics],
    )
    return replace(atlas, drift=drift)


def _placed_among(
    kept: Mapping[str, Place], fresh: Sequence[str], vectors: Mapping[str, Vector]
) -> dict[str, Place]:
    """Return places for `fresh` papers: the middle of their nearest among `kept`, and a topic."""
    if not fresh:
        return {}
    mapped, rows = _rows(kept, vectors), _rows(fresh, vectors)
    positions = _among_nearest(rows, mapped, np.array([(p.x, p.y) for p in kept.values()]))
    topics = KNeighborsClassifier(_NEAREST, algorithm="brute")
    topics.fit(mapped, [place.topic for place in kept.values()])
    placed = zip(
        fresh, positions.round(_DIGITS).tolist(), topics.predict(rows).tolist(), strict=True
    )
    return {key: Place(key, x, y, topic) for key, (x, y), topic in placed}


def _atlas(
    papers: Mapping[str, Paper], positions: Positions, topics: NDArray[np.int64], names: list[str]
) -> Atlas:
    rows = zip(papers.items(), positions.tolist(), topics.tolist(), strict=True)
    places = tuple(Place(key, x, y, n, version(paper)) for (key, paper), (x, y), n in rows)
    named = []
    for n, name in enumerate(names):
        members = positions[topics == n]
        x, y = np.round(np.median(members, axis=0), _DIGITS).tolist()
        named.append(Topic(name, x, y, len(members)))
    return Atlas(places, tuple(named))


def _rows(keys: Iterable[str], vectors: Mapping[str, Vector]) -> Positions:
    return np.array([vectors[key] for key in keys], dtype=np.float64)


def _names(papers: Sequence[Paper], topics: NDArray[np.int64]) -> list[str]:
    """Return a name for each topic, of many papers from an even sample."""
    every = -(-len(papers) // _READ)
    sample = np.arange(0, len(papers), every)
    missing = set(topics.tolist()) - set(topics[sample].tolist())
    sample = np.concatenate([sample, np.flatnonzero(np.isin(topics, list(missing)))])
    return name_topics(
        [prompt_injection.cleaned(papers[n]) for n in sample.tolist()], topics[sample]
    )


def _projected(vectors: Positions) -> Positions:
    """Return a position in the plane for each vector, in any scale."""
    count = len(vectors)
    if np.ptp(vectors, axis=0).max() < 1e-6:
        return _sunflower(count)
    if count < _FEWEST:
        flat = PCA(min(2, count - 1), random_state=_SEED).fit_transform(vectors)
        return np.pad(flat, ((0, 0), (0, 2 - flat.shape[1])))
    if count > _MOST:
        return _extended(vectors)
    perplexity = min(_PERPLEXITY, (count - 1) / 3)
    tsne = TSNE(perplexity=perplexity, metric="cosine", max_iter=_STEPS, random_state=_SEED)
    return np.asarray(tsne.fit_transform(vectors.astype(np.float32)), dtype=np.float64)


def _sunflower(count: int) -> Positions:
    """Return positions spread evenly over a disc, for papers that nothing sets apart."""
    numbers = np.arange(count)
    turns = numbers * _GOLDEN
    directions: Positions = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return np.sqrt(numbers)[:, None] * directions


def _extended(vectors: Positions) -> Positions:
    """Return an even sample's positions, and for others the middle of their nearest in it."""
    sample = np.linspace(0, len(vectors) - 1, _MOST).astype(np.int64)
    known = _projected(vectors[sample])
    positions = _among_nearest(vectors, vectors[sample], known)
    positions[sample] = known
    return positions


def _among_nearest(vectors: Positions, mapped: Positions, positions: Positions) -> Positions:
    """Return for each vector the middle of the `positions` of its nearest `mapped` vectors."""
    neighbours = KNeighborsRegressor(_NEAREST, algorithm="brute").fit(mapped, positions)
    return np.asarray(neighbours.predict(vectors))


def _scaled(positions: Positions) -> Positions:
    """Return positions turned to reach farthest sideways, in 0…1, the longer side filling it."""
    if len(positions) >= _FEWEST:
        positions = np.asarray(PCA(2, random_state=_SEED).fit_transform(positions))
    low, high = positions.min(axis=0), positions.max(axis=0)
    side = float((high - low).max())
    if side < 1e-12:
        return np.full_like(positions, 0.5)
    scaled: Positions = np.clip((positions - (low + high) / 2) / side + 0.5, 0.0, 1.0)
    return scaled.round(_DIGITS)


def _grouped(positions: Positions) -> NDArray[np.int64]:
    """Return the topic of each paper, numbered from the largest down."""
    wanted = max(2, round(len(positions) ** _GROWTH)) if len(positions) >= _FEWEST else 1
    wanted = min(wanted, _TOPICS, len(np.unique(positions, axis=0)))
    labels = KMeans(wanted, n_init=10, random_state=_SEED).fit_predict(positions)
    sizes = np.bincount(labels, minlength=wanted)
    rank = np.argsort(np.argsort(-sizes, kind="stable"), kind="stable")
    return np.asarray(rank[labels])
