"""Measures → a table, or JSON that holds every question's value and can be read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.errors import EvaluationError
from assistant.evaluation.intervals import Estimate, estimate
from assistant.evaluation.jsonl_io import text_of
from assistant.evaluation.metrics import Measure, Statistic

FORMAT = "paper-assistant eval 1"
FAMILY_NAMES = {
    "known_item": "known items", "facts": "facts", "lists": "lists", "compare": "comparisons", "summaries": "summaries",
    "unanswerable": "unanswerable", "answerable": "answerable", "chats": "chats", "citations": "citations",
    "seconds": "time", "product": "product", "bm25": "BM25", "vectors": "vectors", "rrf": "RRF",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured: `about` says of what and with what, `questions` are the questions' texts by key."""

    about: Mapping[str, str | int]
    measures: tuple[Measure, ...]
    questions: Mapping[str, str]


_REPORT = TypeAdapter(Report)


def to_json(report: Report) -> str:
    """Return a report as JSON, each measure with its figure and interval besides its values by question."""
    plain: dict[str, Any] = {"format": FORMAT, **_REPORT.dump_python(report, mode="json")}
    for record, measure in zip(plain["measures"], report.measures, strict=True):
        found = estimate(measure)
        record |= {"value": found.value, "low": found.low, "high": found.high, "n": found.questions}
        record["values"] = record.pop("values")  # the long part last
    return json.dumps(plain, ensure_ascii=False)


def read(path: Path) -> Report:
    """Return the report that `--json` wrote to `path`; EvaluationError when it holds none."""
    not_one = f"{path}: not a report of paper-assistant eval; write one with: paper-assistant eval --json FILE"
    try:
        plain = json.loads(text_of(path))
    except (ValueError, RecursionError) as error:
        raise EvaluationError(not_one) from error
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        raise EvaluationError(not_one)
    try:
        return _REPORT.validate_python(plain)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise EvaluationError(
            f"{path}: a damaged report ({where}: {error.errors()[0]['msg']}); write it anew"
        ) from error


def show(report: Report) -> None:
    """Print the table."""
    console = Console()
    console.print(Text(headline(report), style="bold"))
    table = Table("", "measure", box=None, pad_edge=False)
    for name in ("figure", "95 % interval", "of"):
        table.add_column(name, justify="right", no_wrap=True)
    family = ""
    for measure in report.measures:
        found = estimate(measure)
        new = measure.family != family
        family = measure.family
        table.add_row(
            Text(FAMILY_NAMES.get(family, family) if new else "", style="bold"),
            Text(measure.label),
            figure(found.value, measure.statistic),
            interval(found, measure.statistic),
            number(measure),
        )
    console.print(table)


def headline(report: Report) -> str:
    """Return in one line what was measured.

    >>> headline(Report({"questions": 3, "papers": 219, "model": "quotes"}, (), {}))
    '3 questions · 219 papers · answers are quotations'
    """
    about = report.about
    said = [f"{about.get('questions', 0)} questions", f"{about.get('papers', 0):,} papers"]
    if about.get("kind") == "beir":
        return " · ".join([*said, "retrieval only"])
    if about.get("model") == "quotes":
        return " · ".join([*said, "answers are quotations"])
    return " · ".join(
        [
            *said,
            f"{about.get('written', 0)} of {about.get('answers', 0)} answers written by {about.get('model')}",
        ]
    )


def figure(value: float, statistic: Statistic, signed: bool = False) -> str:
    """Return a figure as it is printed.

    >>> figure(0.9041, "mean"), figure(0.25, "p50"), figure(3, "total"), figure(0.5, "mean", signed=True)
    ('.904', '0.25', '3', '+.500')
    """
    sign = ("+" if value > 0 else "−" if value < 0 else "") if signed else ""
    size = abs(value)
    text = {"mean": f"{size:.3f}", "total": f"{size:.0f}"}.get(statistic, f"{size:.2f}")
    return sign + (text.removeprefix("0") if statistic == "mean" and size < 1 else text)


def interval(found: Estimate, statistic: Statistic, signed: bool = False) -> str:
    """Return an interval as it is printed, a dash where a single question has none."""
    if found.low is None or found.high is None:
        return "—"
    return f"{figure(found.low, statistic, signed)} … {figure(found.high, statistic, signed)}"


def number(measure: Measure) -> str:
    """Return of how many things a measure speaks: questions, or the quotes, points, turns in them.

    >>> number(Measure("compare", "points", "points covered", {"a": (1.0, 2.0), "b": (0.5, 4.0)}))
    '6'
    """
    return f"{sum(weight for _, weight in measure.values.values()):.0f}"
