"""Precision and recall by kind of question, as a picture."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assistant.errors import EvaluationError
from assistant.evaluation.intervals import Estimate, estimate
from assistant.evaluation.report import FAMILY_NAMES, Report, headline

_RECALL = {"known_item": "cited", "facts": "cited", "lists": "recall", "summaries": "recall"}
# Blue and orange of Okabe & Ito, told apart by people who see few colours, and hatched for those who see none.
_LOOKS = {"precision": ("#0072B2", ""), "recall": ("#E69F00", "//")}
_WIDTH = 0.38


def draw(report: Report, path: Path) -> None:
    """Draw precision and recall of cited papers with their intervals; of known items and facts recall is "right paper cited"."""
    found = {(one.family, one.name): one for one in report.measures}
    families = [family for family in _RECALL if (family, "precision") in found]
    if not families:
        raise EvaluationError(
            f"there is nothing to draw; --plot needs questions of {', '.join(_RECALL)}"
        )
    figure = Figure(figsize=(7.5, 4.2), layout="constrained")
    axes = figure.subplots()
    for side, name in ((-0.5, "precision"), (0.5, "recall")):
        measures = [
            found[family, "precision" if name == "precision" else _RECALL[family]]
            for family in families
        ]
        _bars(axes, name, side, [estimate(one) for one in measures])
    counts = [len(found[family, "precision"].values) for family in families]
    axes.set_xticks(
        range(len(families)),
        [f"{FAMILY_NAMES[f]}\n(n = {n})" for f, n in zip(families, counts, strict=True)],
    )
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


def _bars(axes: Axes, name: str, side: float, found: list[Estimate]) -> None:
    colour, hatch = _LOOKS[name]
    places = [n + side * _WIDTH for n in range(len(found))]
    label = {
        "precision": "precision",
        "recall": "recall (known items and facts: right paper cited)",
    }[name]
    bars = axes.bar(
        places,
        [one.value for one in found],
        _WIDTH,
        color=colour,
        hatch=hatch,
        edgecolor="white",
        label=label,
    )
    spreads = [
        (one.low, one.high)
        if one.low is not None and one.high is not None
        else (one.value, one.value)
        for one in found
    ]
    below = [max(0.0, one.value - low) for one, (low, _) in zip(found, spreads, strict=True)]
    above = [max(0.0, high - one.value) for one, (_, high) in zip(found, spreads, strict=True)]
    axes.errorbar(
        places,
        [one.value for one in found],
        yerr=[below, above],
        fmt="none",
        ecolor="#333333",
        capsize=3,
    )
    axes.bar_label(bars, [f"{one.value:.2f}" for one in found], label_type="center", fontsize=9, color="black",
                   bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2})  # fmt: skip
