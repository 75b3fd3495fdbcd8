"""What was measured → Markdown: figures, ratios, and the targets that are missed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from assistant.evaluation.intervals import Estimate, difference
from assistant.evaluation.measures import Measure, measure_rankings
from assistant.evaluation.report import figure, interval
from tests.bench.peers import PRODUCT, SYSTEMS
from tests.bench.peers.measure import Figures, Measured

_QUALITY = {"ndcg10": "nDCG@10", "recall20": "recall@20"}
_COST: dict[str, Callable[[Figures], float]] = {
    "ingest": lambda one: one.ingest.cpu,
    "disk": lambda one: one.disk,
    "memory": lambda one: one.queries[-1].peak,
    "first answer": lambda one: one.first.cpu,
    "query p50": lambda one: percentile([query.cpu for query in one.queries], 0.5),
    "query p95": lambda one: percentile([query.cpu for query in one.queries], 0.95),
}
_ABSOLUTE = (
    "", "nDCG@10", "recall@20", "product − it: nDCG@10", "product − it: recall@20",
    "ingest, CPU s (wall)", "disk, MB", "memory at query (ingest), MB",
    "first answer, CPU s (wall)", "query, CPU ms p50 / p95", "wall ms p50 / p95",
)  # fmt: skip
_LANGCHAIN = "langchain_copied"


def show(found: Sequence[Measured]) -> None:
    """Print the tables."""
    for one in found:
        print(f"\n**{one.name}**: {one.papers:,} papers, {len(one.grades)} queries;", end=" ")
        print(f"of each peer's ingest {one.embedding.cpu:.0f} CPU s are the shared embedding\n")
        _table(_ABSOLUTE, (_row(name, one) for name in one.systems))
        print("\nproduct ÷ peer:\n")
        _table(("", *_COST), (_ratios(name, one) for name in peers(one)))
    print("\nTargets (cost: CPU seconds):\n")
    _table(("", *(one.name for one in found)), _targets(found))


def peers(one: Measured) -> list[str]:
    """Return the names of what stands beside the product."""
    return [name for name in one.systems if PRODUCT not in (name, SYSTEMS[name].index_of)]


def gain(measured: Measured, quality: str, peer: str) -> Estimate:
    """Return by how much the product is better than a peer."""
    return difference(_values(measured, quality, peer), _values(measured, quality, PRODUCT))


def _values(measured: Measured, quality: str, name: str) -> Measure:
    ranked = measured.systems[name].ranked
    values = measure_rankings([quality], measured.grades, ranked)[quality]
    return Measure(name, quality, quality, {key: (values[key], 1.0) for key in ranked})


def _mean(measured: Measured, quality: str, name: str) -> float:
    values = _values(measured, quality, name).values
    return sum(value for value, _ in values.values()) / len(values)


def _row(name: str, measured: Measured) -> Iterable[str]:
    one = measured.systems[name]
    yield SYSTEMS[name].title
    for quality in _QUALITY:
        yield figure(_mean(measured, quality, name), "mean")
    for quality in _QUALITY:
        yield _gain(gain(measured, quality, name)) if name != PRODUCT else ""
    yield f"{one.ingest.cpu:,.1f} ({one.ingest.wall:,.1f})"
    yield f"{one.disk:,.1f}"
    yield f"{one.queries[-1].peak:,.0f} ({one.ingest.peak:,.0f})"
    yield f"{one.first.cpu:.1f} ({one.first.wall:.1f})"
    for values in ([query.cpu for query in one.queries], [query.wall for query in one.queries]):
        yield " / ".join(f"{1000 * percentile(values, share):.1f}" for share in (0.5, 0.95))


def percentile(values: Sequence[float], share: float) -> float:
    """Return a value that occurred, below which this share lies."""
    return sorted(values)[int(len(values) * share)]


def _gain(found: Estimate) -> str:
    return f"{figure(found.value, 'mean', True)} ({interval(found, 'mean', True, to='…')})"


def _ratios(name: str, measured: Measured) -> Iterable[str]:
    yield SYSTEMS[name].title
    for cost in _COST.values():
        yield f"{cost(measured.systems[PRODUCT]) / cost(measured.systems[name]):.2f}"


def _targets(found: Sequence[Measured]) -> Iterable[Iterable[str]]:
    for quality, label in _QUALITY.items():
        yield f"{label} ahead of the best peer", *(_ahead(one, quality) for one in found)
    for cost, most, against in (
        ("ingest", 1.3, ""),
        ("query p50", 1.5, ""),
        ("first answer", 1.0, ""),
        ("disk", 1.5, _LANGCHAIN),
    ):
        label = f"{cost} ≤ {most} × {'LangChain' if against else 'the best peer'}'s"
        yield label, *(_within(one, cost, most, against) for one in found)


def _ahead(one: Measured, quality: str) -> str:
    best = max(peers(one), key=lambda name: _mean(one, quality, name), default="")
    if not best:
        return "–"
    found = gain(one, quality, best)
    mark = "" if found.value > 0 else "**missed**: "
    return f"{mark}{_gain(found)} {SYSTEMS[best].title}"


def _within(one: Measured, name: str, most: float, against: str) -> str:
    costs = {peer: _COST[name](one.systems[peer]) for peer in peers(one) if against in ("", peer)}
    if not costs:
        return "–"
    best = min(costs, key=lambda peer: costs[peer])
    ratio = _COST[name](one.systems[PRODUCT]) / costs[best]
    return f"{'' if ratio <= most else '**missed**: '}{ratio:.2f} × {SYSTEMS[best].title}"


def _table(heads: Sequence[str], rows: Iterable[Iterable[str]]) -> None:
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)
