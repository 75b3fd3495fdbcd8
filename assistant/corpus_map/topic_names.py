"""Topics → names: for each group of papers the phrase of their titles that most sets it apart."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer

from assistant.text.words import STOP_WORDS, common_stem, fold, surface_words
from assistant.types import Paper

Numbers = NDArray[np.float64]
Phrases = Mapping[str, str]
"""The stems of a phrase → the phrase as written."""
_LONGEST = 3  # words
_EDGE = re.compile(r"[.,;:!?]\s|[()\[\]{}—–\"“”/|]|\s-\s|[.,;:!?]$|https?://\S+")
_CAPITALISED = re.compile(r"\b[A-Z][a-z]+\b")
# What stands in a title counts so much more; one word names less than two or three.
_TITLE, _SINGLE = 3.0, 0.3
# A name should be used by some papers of its topic: a share, and two of them unless the topic is
# that small.
_SHARE, _FEWEST, _RARE = 0.15, 2, 0.05
_COVERAGE = 0.25
# A phrase hardly ever used without the word before or after it is a piece of a longer one.
_PIECE = 0.75


def name_topics(papers: Sequence[Paper], topics: NDArray[np.int64]) -> list[str]:
    """Return a name for each topic; `topics` numbers each paper's, 0… without gaps.

    Class-based TF-IDF (Grootendorst, "BERTopic", 2022) of the phrases in titles, wherever they are
    used. No name, and no part of one, is used twice; a topic without any phrase is named after a
    title.
    """
    titles = [_phrases(paper.title) for paper in papers]
    abstracts = [_phrases(paper.abstract) for paper in papers]
    names: dict[int, str] = {}
    taken: list[frozenset[str]] = []
    for topic, key in _ranked(titles, abstracts, topics) if any(titles) else ():
        parts = frozenset(key.split())
        if topic not in names and not any(parts <= other or other <= parts for other in taken):
            members = np.flatnonzero(topics == topic)
            names[topic] = _written(
                key, [abstracts[n] for n in members], [titles[n] for n in members]
            )
            taken.append(parts)
    return _with_titles(names, papers, topics)


def _phrases(text: str) -> dict[str, str]:
    """Return the runs of one to three words between stop words and punctuation, by their stems.

    >>> _phrases("Large models (for free)")
    {'larg': 'Large', 'larg model': 'Large models', 'model': 'models', 'free': 'free'}
    """
    return {
        " ".join(map(common_stem, run[start:end])): " ".join(run[start:end])
        for clause in _EDGE.split(text)
        for run in _runs(clause)
        for start in range(len(run))
        for end in range(start + 1, min(start + _LONGEST, len(run)) + 1)
    }


def _runs(clause: str) -> Iterator[list[str]]:
    run: list[str] = []
    for word in [*surface_words(clause), ""]:
        lower = fold(word)
        if word and lower not in STOP_WORDS and not lower.endswith("ly") and not lower[0].isdigit():
            run.append(word)
        elif run:
            yield run
            run = []


def _ranked(
    titles: Sequence[Phrases], abstracts: Sequence[Phrases], topics: NDArray[np.int64]
) -> Iterator[tuple[int, str]]:
    """Yield topics with phrases that may name them, the best first."""
    vectorizer = CountVectorizer(analyzer=list, binary=True)
    in_titles = vectorizer.fit_transform(titles)
    anywhere = (in_titles + vectorizer.transform(abstracts)) > 0
    keys = [str(key) for key in vectorizer.get_feature_names_out()]
    members = np.eye(int(topics.max()) + 1)[topics]
    titled: Numbers = np.asarray(in_titles.T @ members).T  # topics × phrases: in how many papers
    used: Numbers = np.asarray(anywhere.T.astype(np.float64) @ members).T
    scores = _scores(keys, titled, used, members.sum(axis=0)[:, None])
    for place in np.argsort(-scores, axis=None, kind="stable").tolist():
        topic, column = divmod(place, len(keys))
        if scores[topic, column] <= 0:
            return
        yield topic, keys[column]


def _scores(keys: Sequence[str], titled: Numbers, used: Numbers, sizes: Numbers) -> Numbers:
    """Return how well each phrase (column) names each topic (row), 0 where it cannot."""
    at = {key: n for n, key in enumerate(keys)}
    counts = used + _TITLE * titled
    weights = counts / sizes * np.log1p(sizes.mean() / counts.sum(axis=0))
    of_words = [weights[:, [at[word] for word in key.split()]].mean(axis=1) for key in keys]
    fewest = np.maximum(np.minimum(_FEWEST, sizes / 2), _SHARE * sizes)
    lengths = np.array([1.0 if " " in key else _SINGLE for key in keys])
    scores: Numbers = (weights + np.stack(of_words, axis=1)) * (used / sizes) ** _COVERAGE * lengths
    return scores * np.where(used >= fewest, 1.0, _RARE) * (titled > 0) * ~_pieces(keys, at, used)


def _pieces(keys: Sequence[str], at: Mapping[str, int], used: Numbers) -> NDArray[np.bool_]:
    """Tell of phrases whether nearly all uses are in a longer one (Frantzi et al. 2000)."""
    pieces = np.zeros(used.shape, dtype=np.bool_)
    for column, key in enumerate(keys):
        words = key.split()
        for shorter in (" ".join(words[1:]), " ".join(words[:-1])):
            if shorter in at:
                pieces[:, at[shorter]] |= used[:, column] >= _PIECE * used[:, at[shorter]]
    return pieces


def _written(key: str, abstracts: Sequence[Phrases], titles: Sequence[Phrases]) -> str:
    """Return a phrase as most abstracts, or else titles, write it, rather small and in plural."""
    members = abstracts if any(key in member for member in abstracts) else titles
    forms = Counter(member[key] for member in members if key in member)
    for form, count in list(forms.items()):
        small = _CAPITALISED.sub(lambda match: match[0].lower(), form)
        if small != form and small in forms:
            forms[small] += count
            del forms[form]
    most = max(forms.values())
    common = [form for form in forms if 3 * forms[form] >= most]
    return max(common, key=lambda form: (form.endswith("s"), forms[form], form))


def _with_titles(
    names: Mapping[int, str], papers: Sequence[Paper], topics: NDArray[np.int64]
) -> list[str]:
    """Return all names; a topic without one gets its first title's first free words."""
    result: list[str] = []
    for topic in range(int(topics.max()) + 1):
        titles = [paper.title for paper, of in zip(papers, topics, strict=True) if of == topic]
        short = (" ".join(title.rpartition(":")[2].split()[:4]) for title in titles)
        free = (name for name in short if name and name not in {*names.values(), *result})
        result.append(names.get(topic) or next(free, f"topic {topic + 1}"))
    return result
