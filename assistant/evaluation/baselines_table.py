"""How the product's ranking is shown beside the baselines, and by how much it beats the best of them."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from assistant.evaluation.beir import BASELINES, METRICS
from assistant.evaluation.intervals import difference, estimate
from assistant.evaluation.metrics import Measure
from assistant.evaluation.report import FAMILY_NAMES, Report, figure, headline, interval


def show(report: Report) -> None:
    """Print a row per system, then the difference to the best baseline by each measure, and the time."""
    console = Console()
    found = {(one.family, one.name): one for one in report.measures}
    console.print(headline(report), style="bold", highlight=False)
    if missing := report.about.get("not_indexed"):
        console.print(
            f"{missing} relevant papers are not in this index; they count as not found",
            highlight=False,
        )
    table = Table(box=None, pad_edge=False)
    table.add_column("", no_wrap=True)
    for label in METRICS.values():
        table.add_column(label, justify="right", no_wrap=True)
    for system in ("product", *BASELINES):
        table.add_row(FAMILY_NAMES[system], *(_cell(found[system, name]) for name in METRICS))
    table.add_row("over best", *(_gain(found, name) for name in METRICS))
    console.print(table)
    time = found["product", "ms"]
    console.print(
        "RRF: both fused by rank; over best: product − the best of the others", highlight=False
    )
    console.print(
        f"{figure(estimate(time).value, time.statistic)} ms a query (median)", highlight=False
    )


def best_baseline(found: dict[tuple[str, str], Measure], name: str) -> Measure:
    """Return the baseline that is best by the measure called `name`."""
    return max((found[system, name] for system in BASELINES), key=lambda one: estimate(one).value)


def _cell(measure: Measure) -> str:
    found = estimate(measure)
    return f"{figure(found.value, 'mean')} ({interval(found, 'mean').replace(' … ', '–')})"


def _gain(found: dict[tuple[str, str], Measure], name: str) -> str:
    gain = difference(best_baseline(found, name), found["product", name])
    return f"{figure(gain.value, 'mean', signed=True)} ({interval(gain, 'mean', signed=True).replace(' … ', '…')})"
