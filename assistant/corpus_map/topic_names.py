"""Topics → names: for each group of papers the phrase that most sets it apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction import DictVectorizer

from assistant.corpus_map.phrases import phrases, words_of
from assistant.text.words import index_terms
from assistant.types import Paper

Numbers = NDArray[np.float64]
# A title says what a paper is about: what stands there counts so much more.
_TITLE = 3.0
_SINGLE = 0.3
# Of a phrase in no title of the topic, and of one in too few of its papers.
_UNTITLED, _RARE = 0.6, 0.05
_COVERAGE = 0.25
_FEWEST, _SHARE, _SMALL = 2, 0.15, 12
# A phrase hardly ever used without the word before or after it is a piece of a longer one.
_PIECE = 0.75


def named(papers: Sequence[Paper], topics: NDArray[np.int64]) -> list[str]:
    """Return a name for each topic; `topics` numbers each paper's, 0… without gaps.

    Class-based TF-IDF (Grootendorst, "BERTopic", 2022) of phrases and of their words, times how many of the topic's papers
    use the phrase. No name, and no part of one, is used twice; a topic without any phrase is named after a title.
    """
    words = words_of(paper.abstract for paper in papers)
    found = [phrases(f"{paper.title}. {paper.abstract}", words) for paper in papers]
    titles = [phrases(paper.title, words) for paper in papers]
    held = [
        {key: 1.0 + _TITLE * (key in title) for key in keys}
        for keys, title in zip(found, titles, strict=True)
    ]
    keys, weights, uses = _weighted(held, topics)
    titled = _uses(keys, [{*title} for title in titles], topics)
    scores = _scores(papers, topics, (keys, weights, uses)) * np.where(titled > 0, 1.0, _UNTITLED)
    names: dict[int, str] = {}
    taken: list[frozenset[str]] = []
    for place in np.argsort(-scores, axis=None, kind="stable"):
        topic, column = divmod(int(place), max(len(keys), 1))
        parts = frozenset(keys[column].split())
        if scores[topic, column] <= 0 or len(names) == len(scores):
            break
        if topic not in names and not any(parts <= other or other <= parts for other in taken):
            members = [found[n] for n in np.flatnonzero(topics == topic)]
            names[topic] = _written(keys[column], members)
            taken.append(parts)
    return _completed(names, papers, topics)


def _uses(keys: Sequence[str], held: Sequence[set[str]], topics: NDArray[np.int64]) -> Numbers:
    """Return of each phrase (column) in how many of each topic's papers (row) it is `held`."""
    at = {key: n for n, key in enumerate(keys)}
    uses = np.zeros((int(topics.max()) + 1, len(keys)))
    for topic, some in zip(topics, held, strict=True):
        uses[topic, [at[key] for key in some if key in at]] += 1
    return uses


def _weighted(
    held: Sequence[Mapping[str, float]], topics: NDArray[np.int64]
) -> tuple[list[str], Numbers, Numbers]:
    """Return what occurs in two papers (one where papers are few), its c-TF-IDF by topic (row), and how many papers of each topic use it."""
    used = Counter(key for one in held for key in one)
    fewest = _FEWEST if len(held) >= _SMALL else 1
    kept = [{key: value for key, value in one.items() if used[key] >= fewest} for one in held]
    if not any(kept):
        return [], np.zeros((int(topics.max()) + 1, 0)), np.zeros((int(topics.max()) + 1, 0))
    vectorizer = DictVectorizer()
    table = vectorizer.fit_transform(kept)
    members = np.eye(int(topics.max()) + 1)[topics]
    counts = np.asarray(table.T @ members).T
    uses = np.asarray((table > 0).T.astype(np.float64) @ members).T
    sizes = members.sum(axis=0)
    weights = counts / sizes[:, None] * np.log1p(sizes.mean() / counts.sum(axis=0))
    return [str(name) for name in vectorizer.get_feature_names_out()], weights, uses


def _scores(
    papers: Sequence[Paper], topics: NDArray[np.int64], counted: tuple[list[str], Numbers, Numbers]
) -> Numbers:
    """Return how well each phrase (column) names each topic (row), 0 where it cannot."""
    keys, weights, uses = counted
    held = []
    for paper in papers:
        title = set(index_terms(paper.title))
        held.append(
            {
                term: 1.0 + _TITLE * (term in title)
                for term in {*title, *index_terms(paper.abstract)}
            }
        )
    terms, term_weights, _ = _weighted(held, topics)
    at = {term: n for n, term in enumerate(terms)}
    of_terms = np.zeros_like(weights)
    for column, key in enumerate(keys):
        known = [at[term] for term in key.split() if term in at]
        if known:
            of_terms[:, column] = term_weights[:, known].mean(axis=1)
    sizes = np.bincount(topics).astype(np.float64)[:, None]
    lengths = np.array([_SINGLE if " " not in key else 1.0 for key in keys])
    enough = np.where(uses >= np.maximum(_FEWEST, _SHARE * sizes), 1.0, _RARE)
    scores: Numbers = (
        (weights + of_terms) * (uses / sizes) ** _COVERAGE * lengths * enough * ~_pieces(keys, uses)
    )
    return scores


def _pieces(keys: Sequence[str], uses: Numbers) -> NDArray[np.bool_]:
    """Tell of each phrase by topic whether nearly all its uses are within one longer phrase (C-value; Frantzi et al. 2000)."""
    at = {key: n for n, key in enumerate(keys)}
    pieces = np.zeros(uses.shape, dtype=np.bool_)
    for column, key in enumerate(keys):
        parts = key.split()
        for shorter in (" ".join(parts[1:]), " ".join(parts[:-1])):
            if shorter in at:
                pieces[:, at[shorter]] |= uses[:, column] >= _PIECE * uses[:, at[shorter]]
    return pieces


def _written(key: str, members: Sequence[Mapping[str, str]]) -> str:
    """Return a phrase in the form that most of the members use, in the plural where that is nearly as common."""
    forms = Counter(one[key] for one in members if key in one)
    most = max(forms.values())
    return max(
        (form for form in forms if 2 * forms[form] >= most),
        key=lambda form: (form.endswith("s"), forms[form], form),
    )


def _completed(
    names: Mapping[int, str], papers: Sequence[Paper], topics: NDArray[np.int64]
) -> list[str]:
    """Return all names, a topic's that has none being the first words of its first title that are not taken."""
    result: list[str] = []
    for topic in range(int(topics.max()) + 1):
        titles = [paper.title for paper, of in zip(papers, topics, strict=True) if of == topic]
        short = (" ".join(title.rpartition(":")[2].split()[:4]) for title in titles)
        free = (name for name in short if name and name not in {*names.values(), *result})
        result.append(names.get(topic) or next(free, f"topic {topic + 1}"))
    return result
