"""Fit the curve of `assistant.judging.membership` again: `python -m tests.membership [FOLDER …]`.

Over the list and summary questions of tests/questions and tests/more_questions: of the first 50
papers found, which are relevant (borderline ones are left out), by how far their scores stand out
(`Retrieval.z_score`). Prints the two numbers and, cross-validated by question, the F1 of taking
every paper at least as likely as `LIKELY`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from assistant.evaluation.questions import Resolver, read_questions, read_titles
from assistant.index.layout import Folder
from assistant.judging.heuristic import gather
from assistant.judging.membership import LIKELY
from assistant.models.minilm import MiniLM
from assistant.reading.reader import read_alone
from assistant.retrieval.snapshot import IndexSnapshot, open_snapshot
from assistant.settings import load_settings
from assistant.types import Filters

FIRST = 50
FOLDERS = ("tests/questions", "tests/more_questions")
Floats = NDArray[np.float64]


def rows(view: IndexSnapshot, folder: Path) -> list[tuple[Floats, Floats, int]]:
    """Return by question the features of its papers (score, share), which are relevant, and how
    many are in all."""
    questions = read_questions(folder, ["lists", "summaries"])
    resolver = Resolver(view.retriever.papers.values(), read_titles(folder))
    found = []
    for question in resolver.resolve(questions):
        ask = question.asks[0]
        parsed = read_alone(ask.text, Filters(), view)
        retrieval = gather(parsed, view.retriever.search(parsed.topic), view).found
        kept = [one for one in retrieval.candidates[:FIRST] if one.paper.id not in question.partial]
        features = np.array([retrieval.z_score(one.score) for one in kept])
        found.append(
            (
                features,
                np.array([one.paper.id in ask.relevant for one in kept], dtype=float),
                len(ask.relevant),
            )
        )
    return found


def fit(some: list[tuple[Floats, Floats, int]]) -> Floats:
    """Return the slope over the z-score, and the bias, with a weak ridge."""
    features = np.concatenate([one[0] for one in some])
    wanted = np.concatenate([one[1] for one in some])

    def loss(weights: Floats) -> float:
        margin = features * weights[0] + weights[1]
        return float(np.sum(np.logaddexp(0, margin) - wanted * margin) + 0.05 * weights[0] ** 2)

    return np.asarray(minimize(loss, np.zeros(2)).x)


def f1(one: tuple[Floats, Floats, int], weights: Floats) -> float:
    """Return the F1 of the papers that are likely enough; the first always is."""
    features, wanted, relevant = one
    taken = 1 / (1 + np.exp(-(features * weights[0] + weights[1]))) >= LIKELY
    taken[0] = True
    return float(2 * wanted[taken].sum() / (taken.sum() + relevant))


def main(folders: list[str]) -> None:
    """Print the fit and its cross-validated F1."""
    view = open_snapshot(Folder(load_settings().corpus_dir), MiniLM())
    everything = [one for folder in folders or FOLDERS for one in rows(view, Path(folder))]
    print("slope, bias:", np.round(fit(everything), 3), f"from {len(everything)} questions")
    held = [f1(one, fit(everything[:n] + everything[n + 1 :])) for n, one in enumerate(everything)]
    print(f"F1 with each question held out: {np.mean(held):.3f}")
    view.close()


if __name__ == "__main__":
    main(sys.argv[1:])
