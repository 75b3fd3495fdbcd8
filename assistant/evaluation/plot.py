"""Precision and recall by kind of question, as a picture."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assistant.errors import EvaluationError
from assistant.evaluation.intervals import Estimate, estimate
from assistant.evaluation.report import Report, family_name, headline

_RECALL = {"known_item": "cited", "facts": "cited", "lists": "recall", "summaries": "recall"}
# Blue and orange of Okabe & Ito, told apart by people who see few colours, and hatched for those
# who see none; on which side of its place a bar stands.
_BARS = {
    "precision": ("#0072B2", "", -0.5),
    "recall (known items and facts: right paper cited)": ("#E69F00", "//", 0.5),
}
_WIDTH = 0.38


def draw(report: Report, path: Path) -> None:
    """Draw precision and recall of cited papers, with their intervals, to `path`."""
    measures = report.by_name()
    families = [family for family in _RECALL if (family, "precision") in measures]
    if not families:
        raise EvaluationError(
            f"there is nothing to draw; --plot needs questions of {', '.join(_RECALL)}"
        )
    figure = Figure(figsize=(7.5, 4.2), layout="constrained")
    axes = figure.subplots()
    names = dict.fromkeys(_RECALL, "precision"), _RECALL
    for label, by_family in zip(_BARS, names, strict=True):
        _draw_bars(axes, label, [estimate(measures[f, by_family[f]]) for f in families])
    counts = [len(measures[family, "precision"].values) for family in families]
    ticks = [f"{family_name(f)}\n(n = {n})" for f, n in zip(families, counts, strict=True)]
    axes.set_xticks(range(len(families)), ticks)
    axes.set_ylim(0, 1.12)
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    axes.set_ylabel("cited against relevant papers")
    axes.set_title(headline(report), fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise EvaluationError(
            f"{path}: cannot be written ({error.strerror or error}); check the path"
        ) from error


def _draw_bars(axes: Axes, label: str, estimates: list[Estimate]) -> None:
    colour, hatch, side = _BARS[label]
    places = [place + side * _WIDTH for place in range(len(estimates))]
    values = [one.value for one in estimates]
    bars = axes.bar(places, values, _WIDTH, color=colour, hatch=hatch, edgecolor="white")
    bars.set_label(label)
    # A single question has no interval.
    below = [max(0.0, one.value - one.low) if one.low is not None else 0.0 for one in estimates]
    above = [max(0.0, one.high - one.value) if one.high is not None else 0.0 for one in estimates]
    axes.errorbar(places, values, yerr=[below, above], fmt="none", ecolor="#333333", capsize=3)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}
    labels = [f"{value:.2f}" for value in values]
    axes.bar_label(bars, labels, label_type="center", fontsize=9, color="black", bbox=box)
