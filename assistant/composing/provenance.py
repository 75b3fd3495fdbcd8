"""An answer → what it tells of itself: how it was checked, who wrote it, at what cost. Pure."""

from assistant.checking.annotations import DOUBTFUL
from assistant.checking.claims import plain
from assistant.models.budget import describe
from assistant.types import QUOTES, Answer

_UNITS = {"list": ("entry", "entries"), "comparison": ("statement", "statements")}


def list_doubtful(answer: Answer) -> tuple[tuple[str, str], ...]:
    """Return every doubtful sentence of an answer without its Markdown, and what is wrong."""
    return tuple(
        (
            plain(answer.text[check.start : check.end]),
            f"{DOUBTFUL[check.verdict]}: {check.reason}"
            if check.reason
            else DOUBTFUL[check.verdict],
        )
        for check in answer.checks
        if check.verdict in DOUBTFUL
    )


def describe_checks(answer: Answer) -> str:
    """Return how many sentences were checked and passed, or are doubtful; "" where none had to be.

    >>> from assistant.types import Check
    >>> checks = Check(0, 2, "supported"), Check(2, 4, "not supported", "it says 24M")
    >>> describe_checks(Answer("", "fact", "A b c", False, (), (), checks=checks))
    '1 of 2 sentences is doubtful'
    """
    total = sum(check.verdict != "no citation needed" for check in answer.checks)
    doubtful = len(list_doubtful(answer))
    unit = _UNITS.get(answer.kind, ("sentence", "sentences"))[total != 1]
    if not total:
        return ""
    if not doubtful:
        return f"{total} of {total} {unit} supported"
    return f"{doubtful} of {total} {unit} {'is' if doubtful == 1 else 'are'} doubtful"


def describe_reading(answer: Answer) -> str:
    """Return how many abstracts the model read, "" where it read none."""
    number = len(answer.given)
    return f"{number} abstract{' was' if number == 1 else 's were'} read" if number else ""


def describe_origin(answer: Answer) -> str:
    """Return who wrote the answer, how long it took, and what it cost.

    >>> from assistant.types import Usage
    >>> describe_origin(Answer("", "fact", "", False, (), (), seconds=0.26))
    'quotations · 0.3 s'
    >>> describe_origin(Answer("", "fact", "", False, (), (), model="openai:m", seconds=3.1,
    ...     usage=Usage(900, 80, 2, 0.0), stopped=True))
    'stopped · openai:m · 3.1 s · 900 + 80 tokens, no cost'
    """
    quoted = "counted" if answer.kind == "count" else "quotations"
    parts = [
        "stopped" if answer.stopped else "",
        quoted if answer.model == QUOTES else answer.model,
        f"{answer.seconds:.1f} s",
        describe(answer.usage) if answer.usage and answer.usage.calls else "",
    ]
    return " · ".join(part for part in parts if part)
