"""Answers → measures, defined as in tests/score.py: per question a value, or a share of several things with their number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.evaluation.integrity import integrity
from assistant.evaluation.ranking import per_question
from assistant.evaluation.run import Answered, cited
from assistant.types import Paper

Entry = tuple[float, float]
"""A question's value and its weight: how many things (turns, points, quotes) it speaks of."""
Statistic = Literal["mean", "total", "p50", "p95"]
Values = dict[str, Entry]
YES_OR_NO = frozenset(
    (
        "r1",
        "r5",
        "r10",
        "cited",
        "answer_in_text",
        "all_sides_cited",
        "off_topic",
        "near_miss",
        "false_abstain",
    )
)
"""Measures of which a question is right or wrong."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of one family (or of all): its `values` by question and the `statistic` that sums them up.

    `better` says which way is up.
    """

    family: str
    name: str
    label: str
    values: Mapping[str, Entry]
    statistic: Statistic = "mean"
    better: Literal["higher", "lower"] = "higher"


_LABELS = {
    "known_item": {
        "r1": "right paper first", "r5": "right paper in the first 5", "r10": "right paper in the first 10",
        "mrr": "mean reciprocal rank", "cited": "right paper cited", "precision": "precision of cited papers",
    },
    "facts": {
        "r1": "right paper first", "r5": "right paper in the first 5", "r10": "right paper in the first 10",
        "mrr": "mean reciprocal rank", "answer_in_text": "answer in the text", "cited": "right paper cited",
        "precision": "precision of cited papers",
    },
    "lists": {
        "precision": "precision of cited papers", "recall": "recall of cited papers", "f1": "F1 of cited papers",
        "map": "mean average precision", "recall20": "recall of the first 20 found",
    },
    "compare": {
        "all_sides_cited": "all sides cited", "points": "points covered", "precision": "precision of cited papers",
    },
    "summaries": {
        "must_cite": "must-cite recall", "recall": "recall of cited papers", "precision": "precision of cited papers",
    },
    "unanswerable": {"off_topic": "abstained: off-topic", "near_miss": "abstained: near miss"},
    "answerable": {"false_abstain": "abstained though answerable"},
    "chats": {"first_turn": "first turn: recall of cited", "follow_up": "follow-ups: recall of cited"},
    "citations": {
        "bad_quotes": "quotes not in their paper", "unknown_papers": "papers not in the index",
        "dangling_markers": "markers without a source", "uncited_entries": "sources without a marker",
        "uncited_answers": "answers without a source",
    },
    "seconds": {"p50": "seconds, median", "p95": "seconds, 95th percentile"},
}  # fmt: skip


def measure(answered: Sequence[Answered], papers: Mapping[str, Paper]) -> list[Measure]:
    """Return every measure of these answers; `papers` are those of the index, by id."""
    found: dict[str, dict[str, Values]] = {}
    for family, per_family in _FAMILIES.items():
        if some := [one for one in answered if one.question.family == family]:
            found[family] = per_family(some)
    found["answerable"] = {"false_abstain": _abstained(answered, ("known_item", "facts"))}
    found["citations"] = integrity([(one.question.key, one.answers) for one in answered], papers)
    seconds = {
        f"{one.question.key}#{n}": (a.seconds, 1.0)
        for one in answered
        for n, a in enumerate(one.answers, 1)
    }
    found["seconds"] = {"p50": seconds, "p95": seconds}
    return [_made(family, name, found[family][name]) for family, name in _ordered(found)]


def _ordered(found: Mapping[str, Mapping[str, Values]]) -> Iterable[tuple[str, str]]:
    return (
        (family, name)
        for family, labels in _LABELS.items()
        for name in labels
        if found.get(family, {}).get(name)
    )


def _made(family: str, name: str, values: Values) -> Measure:
    statistics: dict[str, Statistic] = {
        "citations": "total",
        "seconds": "p95" if name == "p95" else "p50",
    }
    lower = family in ("answerable", "citations", "seconds")
    return Measure(
        family,
        name,
        _LABELS[family][name],
        values,
        statistics.get(family, "mean"),
        "lower" if lower else "higher",
    )


def _known(answered: Sequence[Answered]) -> dict[str, Values]:
    return {
        **_ranked(answered, ("r1", "r5", "r10", "mrr")),
        "cited": _each(answered, lambda one: float(bool(one.question.relevant & one.cited))),
        "precision": _each(answered, _precision),
    }


def _facts(answered: Sequence[Answered]) -> dict[str, Values]:
    hit = _each(answered, lambda one: float(_says(one, one.question.answers)))
    return {**_known(answered), "answer_in_text": hit}


def _lists(answered: Sequence[Answered]) -> dict[str, Values]:
    precision, recall = _each(answered, _precision), _each(answered, _recall)
    return {
        "precision": precision,
        "recall": recall,
        "f1": {key: (_f1(precision[key][0], recall[key][0]), 1.0) for key in precision},
        **_ranked(answered, ("map", "recall20")),
    }


def _compare(answered: Sequence[Answered]) -> dict[str, Values]:
    return {
        "all_sides_cited": _each(answered, lambda one: float(one.question.relevant <= one.cited)),
        "points": {one.question.key: _points(one) for one in answered if one.question.points},
        "precision": _each(answered, _precision),
    }


def _summaries(answered: Sequence[Answered]) -> dict[str, Values]:
    must = [one for one in answered if one.question.must_cite]
    return {
        "must_cite": _each(
            must, lambda one: len(one.cited & one.question.must_cite) / len(one.question.must_cite)
        ),
        "recall": _each(answered, _recall),
        "precision": _each(answered, _precision),
    }


def _unanswerable(answered: Sequence[Answered]) -> dict[str, Values]:
    def said(off_topic: bool) -> Values:
        return _each([one for one in answered if one.question.off_topic == off_topic], _abstains)

    return {"off_topic": said(True), "near_miss": said(False)}


def _chats(answered: Sequence[Answered]) -> dict[str, Values]:
    found: dict[str, Values] = {"first_turn": {}, "follow_up": {}}
    for one in answered:
        shares = [
            len(ask.relevant & cited(answer)) / len(ask.relevant) if ask.relevant else None
            for ask, answer in zip(one.question.asks, one.answers, strict=True)
        ]
        for name, some in (("first_turn", shares[:1]), ("follow_up", shares[1:])):
            if known := [share for share in some if share is not None]:
                found[name][one.question.key] = (sum(known) / len(known), float(len(known)))
    return found


_FAMILIES: dict[str, Callable[[Sequence[Answered]], dict[str, Values]]] = {
    "known_item": _known, "facts": _facts, "lists": _lists, "compare": _compare, "summaries": _summaries,
    "unanswerable": _unanswerable, "chats": _chats,
}  # fmt: skip


def _each(answered: Sequence[Answered], value: Callable[[Answered], float]) -> Values:
    return {one.question.key: (value(one), 1.0) for one in answered}


def _abstains(one: Answered) -> float:
    return float(one.answers[0].abstained)


def _abstained(answered: Sequence[Answered], families: Sequence[str]) -> Values:
    return _each([one for one in answered if one.question.family in families], _abstains)


def _ranked(answered: Sequence[Answered], names: Sequence[str]) -> dict[str, Values]:
    relevant = {one.question.key: dict.fromkeys(one.question.relevant, 1) for one in answered}
    ranked = {
        one.question.key: [found.paper.id for found in one.answers[0].retrieved] for one in answered
    }
    found = per_question(names, relevant, ranked)
    return {
        name: {key: (value, 1.0) for key, value in values.items()} for name, values in found.items()
    }


def _precision(one: Answered) -> float:
    counted = one.cited - (one.question.partial - one.question.relevant)
    return len(counted & one.question.relevant) / len(counted) if counted else 0.0


def _recall(one: Answered) -> float:
    return len(one.cited & one.question.relevant) / len(one.question.relevant)


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _says(one: Answered, alternatives: Sequence[str]) -> bool:
    text = one.answers[0].text.lower()
    return any(alternative.lower() in text for alternative in alternatives)


def _points(one: Answered) -> Entry:
    hits = [_says(one, alternatives) for alternatives in one.question.points]
    return sum(hits) / len(hits), float(len(hits))
