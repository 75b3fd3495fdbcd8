"""What an answer tells of itself, in words: how its sentences were checked, who wrote it, what that took. Pure."""

from __future__ import annotations

from assistant.checking.annotations import DOUBTFUL
from assistant.checking.claims import plain
from assistant.models.budget.account import describe
from assistant.types import QUOTES, Answer

_UNITS = {"list": ("entry", "entries"), "comparison": ("statement", "statements")}


def doubtful(answer: Answer) -> tuple[tuple[str, str], ...]:
    """Return every doubtful sentence of an answer without its Markdown, and what is wrong with it."""
    return tuple(
        (
            plain(answer.text[one.start : one.end]),
            f"{DOUBTFUL[one.verdict]}: {one.reason}" if one.reason else DOUBTFUL[one.verdict],
        )
        for one in answer.checks
        if one.verdict in DOUBTFUL
    )


def checked(answer: Answer) -> str:
    """Return how many sentences were checked and passed, or are doubtful; "" where none had to be.

    >>> from assistant.types import Check
    >>> good, bad = Check(0, 2, "supported"), Check(2, 4, "not supported", "it says 24M")
    >>> [checked(Answer("", "fact", "A b c", False, (), (), checks=checks)) for checks in ((good, good), (good, bad), ())]
    ['2 of 2 sentences supported', '1 of 2 sentences is doubtful', '']
    """
    total = sum(one.verdict != "no citation needed" for one in answer.checks)
    bad = len(doubtful(answer))
    unit = _UNITS.get(answer.kind, ("sentence", "sentences"))[total != 1]
    if not total:
        return ""
    if not bad:
        return f"{total} of {total} {unit} supported"
    return f"{bad} of {total} {unit} {'is' if bad == 1 else 'are'} doubtful"


def read(answer: Answer) -> str:
    """Return how many abstracts the model read, "" where it read none."""
    number = len(answer.given)
    return f"{number} abstract{' was' if number == 1 else 's were'} read" if number else ""


def footer(answer: Answer) -> str:
    """Return who wrote the answer, how long it took, and what it cost.

    >>> from assistant.types import Usage
    >>> footer(Answer("", "fact", "", False, (), (), seconds=0.26))
    'quotations · 0.3 s'
    >>> footer(Answer("", "fact", "", False, (), (), model="openai:m", seconds=3.1, usage=Usage(900, 80, 2, 0.0), stopped=True))
    'stopped · openai:m · 3.1 s · 900 + 80 tokens, no cost'
    """
    parts = [
        "stopped" if answer.stopped else "",
        answer.model
        if answer.model != QUOTES
        else "counted"
        if answer.kind == "count"
        else "quotations",
        f"{answer.seconds:.1f} s",
    ]
    spent = describe(answer.usage) if answer.usage and answer.usage.calls else ""
    return " · ".join(part for part in (*parts, spent) if part)
