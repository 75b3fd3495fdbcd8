"""Two reports → what differs, question by question."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.console import Console
from rich.text import Text

from assistant.errors import EvaluationError
from assistant.evaluation.intervals import Estimate, difference, estimate
from assistant.evaluation.measures import YES_OR_NO, Measure
from assistant.evaluation.report import Report, figure, headline, interval, measures_table


@dataclass(frozen=True, slots=True)
class Pair:
    """One measure of both reports on their common questions, and by how much it rose."""

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


def pair_measures(before: Report, after: Report) -> list[Pair]:
    """Return the measures of both reports; EvaluationError when they share no question."""
    second = after.by_name()
    same = {key for key, text in before.questions.items() if after.questions.get(key) == text}
    pairs = []
    for name, measure in before.by_name().items():
        if name in second and (keys := _shared(measure, second[name], same)):
            kept = _only(measure, keys), _only(second[name], keys)
            pairs.append(Pair(*kept, difference(*kept)))
    if not pairs:
        raise EvaluationError(
            "the two reports have no question in common; give reports on the same questions"
        )
    return pairs


def flips(pairs: Sequence[Pair]) -> dict[tuple[bool, str], list[str]]:
    """Return the labels of yes-or-no measures that judge a question otherwise now, by whether it is
    right now and its key, those that went wrong first.
    """
    labels: dict[tuple[bool, str], list[str]] = {}
    for pair in pairs:
        for key, (was, _) in pair.before.values.items():
            now = pair.after.values[key][0]
            if was != now and pair.after.name in YES_OR_NO:
                right_now = (now > was) == (pair.after.better == "higher")
                labels.setdefault((right_now, key), []).append(pair.after.label)
    return dict(sorted(labels.items()))


def show(before: Report, after: Report, names: Sequence[object]) -> None:
    """Print the differences, and below them the questions that flipped."""
    console = Console()
    pairs = pair_measures(before, after)
    for letter, name, report in zip("AB", names, (before, after), strict=True):
        console.print(Text(f"{letter}  {name}: {headline(report)}", style="bold"), soft_wrap=True)
    if only := len({*before.questions.items()} ^ {*after.questions.items()}):
        console.print(f"{only} questions are in one of them only and are left out", highlight=False)
    rows = []
    for pair in pairs:
        statistic, gain = pair.after.statistic, pair.difference
        figures = (figure(estimate(one).value, statistic) for one in (pair.before, pair.after))
        signed = figure(gain.value, statistic, True), interval(gain, statistic, True)
        rows.append((pair.after, (*figures, *signed, pair.verdict)))
    console.print(measures_table(("A", "B", "B − A", "95 % interval", ""), rows))
    flipped = flips(pairs)
    for (right_now, key), labels in flipped.items():
        change = "wrong → right" if right_now else "right → wrong"
        text = f"{change}  {key}  {'; '.join(labels)}\n    {after.questions[key]}"
        console.print(Text(text), soft_wrap=True)
    if not flipped:
        console.print("no question flipped between right and wrong")


def _shared(before: Measure, after: Measure, same: set[str]) -> list[str]:
    """Return the keys of the same questions; an answer's key is its question's with #turn."""
    keys = [key for key in before.values if key in after.values]
    return [key for key in keys if key in same or key.rpartition("#")[0] in same]


def _only(measure: Measure, keys: Sequence[str]) -> Measure:
    return replace(measure, values={key: measure.values[key] for key in keys})
