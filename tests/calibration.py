"""Fit the constants of `assistant.judging.calibration` again: `python -m tests.calibration
[FOLDER …]`.

Over tests/questions and tests/more_questions: which of the first 36 papers found for a list or a
summary are relevant, by how far their retrieval scores stand out and by the network's log-odds;
and which questions have an answer, by nearness, words and the reader. Prints logistic regressions
and how well the first are calibrated: by tenth, the mean probability and the share that is
relevant.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from assistant.assistant import Assistant
from assistant.evaluation.questions import Question, Resolver, read_questions, read_titles
from assistant.judging.calibration import log_odds
from assistant.judging.cross_encoder.network import CrossEncoder

FOLDERS = ("tests/questions", "tests/more_questions")
_JUDGED, _MOST_WORDS = 36, 12.0
Floats = NDArray[np.float64]


def main(folders: list[str]) -> None:
    """Print both fits."""
    assistant, network = Assistant.open(), CrossEncoder()
    papers = {paper.id: paper for paper in assistant.papers()}
    questions = [
        question
        for folder in map(Path, folders)
        for question in Resolver(papers.values(), read_titles(folder)).resolve(
            [one for one in read_questions(folder) if one.family != "chats"]
        )
    ]
    _fit_membership(
        [one for one in questions if one.family in ("lists", "summaries")], assistant, network
    )
    _fit_answerable(questions, assistant)


def _fit_membership(questions: list[Question], assistant: Assistant, network: CrossEncoder) -> None:
    rows, relevant = [], []
    for question in questions:
        kind = "criterion" if question.family == "lists" else "summary"
        parsed, found = assistant.retrieve(question.asks[0].text)
        first = found.candidates[:_JUDGED]
        judged = network.judge(kind, parsed.question, [one.paper for one in first])
        for candidate, one in zip(first, judged, strict=True):
            if one.paper.id not in question.partial - question.relevant:
                rows.append((found.z_score(candidate.score), one.answers))
                relevant.append(one.paper.id in question.relevant)
    features, labels = np.array(rows), np.array(relevant)
    for name, columns in (("rank", [0]), ("network", [1]), ("both", [0, 1])):
        curve = LogisticRegression().fit(features[:, columns], labels)
        chances = curve.predict_proba(features[:, columns])[:, 1]
        area = roc_auc_score(labels, chances)
        print(f"belongs by {name}: {curve.coef_[0]} {curve.intercept_[0]:.3f}, AUC {area:.3f}")
        if columns == [0]:
            _show_reliability(chances, labels)


def _fit_answerable(questions: list[Question], assistant: Assistant) -> None:
    rows, labels = [], []
    for question in questions:
        parsed, found = assistant.retrieve(question.asks[0].text)
        if parsed.about or not found.candidates:
            continue
        words = min(max(one.keywords for one in found.candidates), _MOST_WORDS)
        rows.append((found.nearness, words, log_odds(parsed.off_topic)))
        labels.append(question.family != "unanswerable")
    curve = LogisticRegression(max_iter=1000).fit(np.array(rows), labels)
    values = curve.decision_function(np.array(rows))[np.array(labels)]
    print(f"answerable: {curve.coef_[0]} {curve.intercept_[0]:.3f}")
    print(f"  1 % of those with an answer lie below {np.quantile(values, 0.01):.2f}")


def _show_reliability(chances: Floats, relevant: NDArray[np.bool_]) -> None:
    for low in np.arange(0.0, 1.0, 0.1):
        inside = (chances >= low) & (chances < low + 0.1)
        if inside.any():
            mean, share = chances[inside].mean(), relevant[inside].mean()
            print(f"  {mean:.2f} said, {share:.2f} relevant, of {inside.sum()}")


if __name__ == "__main__":
    main(sys.argv[1:] or list(FOLDERS))
