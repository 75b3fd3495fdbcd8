"""Two reports → what differs, question by question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.errors import EvaluationError
from assistant.evaluation.intervals import Estimate, difference, estimate
from assistant.evaluation.metrics import YES_OR_NO, Measure
from assistant.evaluation.report import FAMILY_NAMES, Report, figure, headline, interval


@dataclass(frozen=True, slots=True)
class Pair:
    """One measure in both reports, on the questions that both hold, and by how much the second is higher."""

    before: Measure
    after: Measure
    difference: Estimate

    @property
    def verdict(self) -> str:
        """Return "better" or "worse" when the interval excludes no difference, else nothing."""
        low, high = self.difference.low, self.difference.high
        if low is None or high is None or low <= 0 <= high:
            return ""
        return "better" if (low > 0) == (self.after.better == "higher") else "worse"


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that was right by some measures and is wrong now, or the other way round."""

    key: str
    right_now: bool
    labels: tuple[str, ...]


def pairs(before: Report, after: Report) -> list[Pair]:
    """Return the measures of both reports; EvaluationError when they share no question."""
    second = {(one.family, one.name): one for one in after.measures}
    both = [
        (one, second[one.family, one.name])
        for one in before.measures
        if (one.family, one.name) in second
    ]
    same = {key for key, text in before.questions.items() if after.questions.get(key) == text}
    found = [
        Pair(*kept, difference(*kept))
        for kept in (_shared(*pair, same) for pair in both)
        if kept[0].values
    ]
    if not found:
        raise EvaluationError(
            "the two reports have no question in common; give reports on the same questions"
        )
    return found


def flips(found: list[Pair]) -> list[Flip]:
    """Return the questions that changed between right and wrong, those that went wrong first."""
    labels: dict[tuple[bool, str], list[str]] = {}
    for pair in found:
        for key, right_now in _flipped(pair):
            labels.setdefault((right_now, key), []).append(pair.after.label)
    return [Flip(key, right_now, tuple(some)) for (right_now, key), some in sorted(labels.items())]


def show(before: Report, after: Report, names: tuple[Path, Path]) -> None:
    """Print the differences, and below them the questions that flipped."""
    console = Console()
    found = pairs(before, after)
    for letter, name, report in zip("AB", names, (before, after), strict=True):
        console.print(Text(f"{letter}  {name}: {headline(report)}", style="bold"), soft_wrap=True)
    if only := len({*before.questions.items()} ^ {*after.questions.items()}):
        console.print(f"{only} questions are in one of them only and are left out", highlight=False)
    console.print(_table(found))
    flipped = flips(found)
    for flip in flipped:
        change = "wrong → right" if flip.right_now else "right → wrong"
        text = after.questions.get(flip.key, "")
        console.print(
            Text(f"{change}  {flip.key}  {'; '.join(flip.labels)}\n    {text}"), soft_wrap=True
        )
    if not flipped:
        console.print("no question flipped between right and wrong")


def _table(found: list[Pair]) -> Table:
    table = Table("", "measure", box=None, pad_edge=False)
    for name in ("A", "B", "B − A", "95 % interval", ""):
        table.add_column(name, justify="right", no_wrap=True)
    family = ""
    for pair in found:
        one, kind = pair.after, pair.after.statistic
        new, family = one.family != family, one.family
        table.add_row(
            Text(FAMILY_NAMES.get(family, family) if new else "", style="bold"),
            Text(one.label),
            figure(estimate(pair.before).value, kind),
            figure(estimate(pair.after).value, kind),
            figure(pair.difference.value, kind, signed=True),
            interval(pair.difference, kind, signed=True),
            pair.verdict,
        )
    return table


def _shared(before: Measure, after: Measure, same: set[str]) -> tuple[Measure, Measure]:
    """Return both measures on the questions that have one id and one text; an answer's key is its question's with #turn."""
    keys = [
        key
        for key in before.values
        if key in after.values and (key in same or key.rpartition("#")[0] in same)
    ]
    return _only(before, keys), _only(after, keys)


def _only(measure: Measure, keys: list[str]) -> Measure:
    values = {key: measure.values[key] for key in keys}
    return Measure(
        measure.family, measure.name, measure.label, values, measure.statistic, measure.better
    )


def _flipped(pair: Pair) -> Iterator[tuple[str, bool]]:
    """Yield the questions that a yes-or-no measure judges otherwise now, and whether they are right now."""
    if pair.after.name not in YES_OR_NO:
        return
    for key, (was, _) in pair.before.values.items():
        now = pair.after.values[key][0]
        if was != now:
            yield key, (now > was) == (pair.after.better == "higher")
