"""Measures → a table, or JSON that holds every question's value and can be read back."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.errors import EvaluationError
from assistant.evaluation.files import read_text
from assistant.evaluation.intervals import Estimate, estimate
from assistant.evaluation.measures import Measure, Statistic

FORMAT = "paper-assistant eval 1"
FAMILY_NAMES = {
    "known_item": "known items",
    "compare": "comparisons",
    "seconds": "time",
    "bm25": "BM25",
    "rrf": "RRF",
}  # the others are called by their own name


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured: `about` says of what and with what, `questions` are texts by key."""

    about: Mapping[str, str | int]
    measures: tuple[Measure, ...]
    questions: Mapping[str, str]

    def by_name(self) -> dict[tuple[str, str], Measure]:
        """Return the measures by family and name."""
        return {(measure.family, measure.name): measure for measure in self.measures}


_REPORT = TypeAdapter(Report)


def to_json(report: Report) -> str:
    """Return a report as JSON, each measure with its figure and interval besides its values."""
    plain: dict[str, Any] = {"format": FORMAT, **_REPORT.dump_python(report, mode="json")}
    for record, measure in zip(plain["measures"], report.measures, strict=True):
        found = estimate(measure)
        record |= {"value": found.value, "low": found.low, "high": found.high, "n": found.questions}
        record["values"] = record.pop("values")  # the long part last
    return json.dumps(plain, ensure_ascii=False)


def read_report(path: Path) -> Report:
    """Return the report that `--json` wrote to `path`; EvaluationError when it holds none."""
    try:
        plain = json.loads(read_text(path))
    except (ValueError, RecursionError):
        plain = None
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        raise EvaluationError(
            f"{path}: not a report of paper-assistant eval; "
            "write one with: paper-assistant eval --json FILE"
        )
    try:
        return _REPORT.validate_python(plain)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise EvaluationError(
            f"{path}: a damaged report ({field}: {first['msg']}); write it anew"
        ) from error


def show(report: Report) -> None:
    """Print the table."""
    console = Console()
    console.print(Text(headline(report), style="bold"))
    rows = []
    for measure in report.measures:
        found, statistic = estimate(measure), measure.statistic
        things = sum(weight for _, weight in measure.values.values())  # quotes, points, turns …
        cells = (figure(found.value, statistic), interval(found, statistic), f"{things:.0f}")
        rows.append((measure, cells))
    console.print(measures_table(("figure", "95 % interval", "of"), rows))


def measures_table(headings: Sequence[str], rows: Iterable[tuple[Measure, Sequence[str]]]) -> Table:
    """Return a table of measures and their cells; a family is named at its first measure."""
    table = Table("", "measure", box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    family = ""
    for measure, cells in rows:
        name = family_name(measure.family) if measure.family != family else ""
        family = measure.family
        table.add_row(Text(name, style="bold"), Text(measure.label), *cells)
    return table


def family_name(family: str) -> str:
    """Return what a family of questions, or a system, is called in print."""
    return FAMILY_NAMES.get(family, family)


def headline(report: Report) -> str:
    """Return in one line what was measured.

    >>> headline(Report({"questions": 3, "papers": 219, "model": "quotes"}, (), {}))
    '3 questions · 219 papers · answers are quotations'
    """
    about = report.about
    by = (
        f"{about.get('written', 0)} of {about.get('answers', 0)} answers written by"
        f" {about.get('model')}"
    )
    if about.get("kind") == "beir":
        by = "retrieval only"
    elif about.get("model") == "quotes":
        by = "answers are quotations"
    return f"{about.get('questions', 0)} questions · {about.get('papers', 0):,} papers · {by}"


def figure(value: float, statistic: Statistic, signed: bool = False) -> str:
    """Return a figure as it is printed.

    >>> figure(0.9041, "mean"), figure(0.25, "p50"), figure(3, "total")
    ('.904', '0.25', '3')
    >>> figure(0.5, "mean", signed=True)
    '+.500'
    """
    sign = ("+" if value > 0 else "−" if value < 0 else "") if signed else ""
    size = abs(value)
    text = {"mean": f"{size:.3f}", "total": f"{size:.0f}"}.get(statistic, f"{size:.2f}")
    return sign + (text.removeprefix("0") if statistic == "mean" and size < 1 else text)


def interval(found: Estimate, statistic: Statistic, signed: bool = False, to: str = " … ") -> str:
    """Return an interval as it is printed, a dash where a single question has none."""
    if found.low is None or found.high is None:
        return "—"
    return to.join(figure(end, statistic, signed) for end in (found.low, found.high))
