"""Measures of ranked lists, by ir-measures (trec_eval's own code)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import ir_measures
from ir_measures import AP, RR, R, Success, nDCG
from ir_measures.measures import Measure

MEASURES: dict[str, Measure] = {
    "r1": Success @ 1,
    "r5": Success @ 5,
    "r10": Success @ 10,
    "mrr": RR,
    "map": AP,
    "recall20": R @ 20,
    "recall100": R @ 100,
    "ndcg10": nDCG @ 10,
}
"""By our names: r1, r5 and r10 ask whether any right paper is among the first, recall20 and recall100 how many of them are."""


def per_question(
    names: Sequence[str],
    relevant: Mapping[str, Mapping[str, int]],
    ranked: Mapping[str, Iterable[str]],
) -> dict[str, dict[str, float]]:
    """Return measures by name and question, from graded relevant papers and rankings (best first) by question.

    >>> per_question(["r1", "mrr", "ndcg10"], {"q": {"a": 1}}, {"q": ["b", "a"]})
    {'r1': {'q': 0.0}, 'mrr': {'q': 0.5}, 'ndcg10': {'q': 0.6309297535714575}}
    """
    judged = [
        ir_measures.Qrel(key, paper, grade)
        for key, grades in relevant.items()
        for paper, grade in grades.items()
    ]
    # trec_eval orders by score alone, and ties by id: the place itself is the score.
    run = [
        ir_measures.ScoredDoc(key, paper, -float(n))
        for key, papers in ranked.items()
        for n, paper in enumerate(papers)
    ]
    # It knows no question that found nothing; such a one counts as 0.
    found: dict[str, dict[str, float]] = {name: dict.fromkeys(relevant, 0.0) for name in names}
    called = {MEASURES[name]: name for name in names}
    if run:
        for metric in ir_measures.iter_calc(list(called), judged, run):
            found[called[metric.measure]][metric.query_id] = float(metric.value)
    return found
