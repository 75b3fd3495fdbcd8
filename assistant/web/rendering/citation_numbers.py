"""One number per paper, the same throughout a conversation. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.checking.annotations import with_numbers
from assistant.composing.tables.table import renumbered
from assistant.types import Answer, Paper, Table, Turn


def numbers(turns: Sequence[Turn]) -> dict[str, int]:
    """Return the number of every paper cited in a conversation, by paper id."""
    return {one.paper.id: one.number for turn in turns for one in turn.answer.citations}


def continued(cited: Mapping[int, Paper], turns: Sequence[Turn]) -> dict[int, int]:
    """Return what the numbers of an answer become after `turns`: a paper's own, or the next that is free.

    >>> continued({1: Paper("a", "A", ""), 2: Paper("b", "B", "")}, [])
    {1: 1, 2: 2}
    """
    taken = numbers(turns)
    new: dict[int, int] = {}
    for number, paper in cited.items():
        new[number] = taken.setdefault(paper.id, max(taken.values(), default=0) + 1)
    return new


def stable(answer: Answer, turns: Sequence[Turn]) -> Answer:
    """Return an answer with the numbers that its papers have in the conversation of `turns`, which come before it."""
    new = continued({one.number: one.paper for one in answer.citations}, turns)
    if all(old == number for old, number in new.items()):
        return answer
    text, checks = with_numbers(answer.text, answer.checks, new)
    citations = tuple(replace(one, number=new[one.number]) for one in answer.citations)
    return replace(
        answer,
        text=text,
        checks=checks,
        citations=citations,
        table=answer.table and _numbered(answer.table, new),
    )


def _numbered(table: Table, new: Mapping[int, int]) -> Table:
    return replace(table, cells={key: renumbered(text, new) for key, text in table.cells.items()})
