"""A table under discussion that a question edits: found out by rules at once, its new cells worked out when it is read."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.composing.extractive.draft import Draft, Request
from assistant.composing.extractive.table_cells import Fill, quoting
from assistant.composing.tables import Cell, edit
from assistant.text.paper_names import NameIndex
from assistant.types import Paper, Turn

if TYPE_CHECKING:
    from assistant.composing.written.task import Task

Edited = tuple[str, Request, Draft]
"""The standalone question, what is found for it, and the table."""


@dataclass(frozen=True, slots=True)
class Editing:
    """An edit that `question` makes: `wanted` are the cells to work out, and `planned` is the table without them."""

    question: str
    history: Sequence[Turn]
    names: NameIndex
    request_for: Callable[[str], Request]
    wanted: Sequence[tuple[Paper, str]]
    planned: tuple[str, Draft]

    @property
    def compared(self) -> str:
        """Return the question of the table that is edited."""
        return next(
            (turn.answer.question for turn in reversed(self.history) if turn.answer.table),
            self.question,
        )

    def made(self, task: Task | None) -> Generator[str, None, Edited]:
        """Yield what is being done, and return the edited table: cells by the model of `task`, by quotation where it fails."""
        fill = None
        if task is not None:
            cells = yield from self._written(task)
            fill = self._or_quoted(cells)
        question, draft = (
            edit.follow_up(self.question, self.history, self.request_for, self.names, fill)
            or self.planned
        )
        return question, self.request_for(question), draft

    def _written(self, task: Task) -> Generator[str, None, dict[tuple[str, str], Cell]]:
        from assistant.composing.written.table_filling import Filled, in_parallel

        papers = {paper.id: paper for paper, _ in self.wanted}
        aspects: dict[str, list[str]] = {key: [] for key in papers}
        for paper, aspect in self.wanted:
            aspects[paper.id].append(aspect)
        if papers:
            yield f"filling {len(self.wanted)} cell{'' if len(self.wanted) == 1 else 's'}"
        filled = Filled()
        for done in in_parallel(
            task, [(paper, aspects[key]) for key, paper in papers.items()], filled
        ):
            yield f"{done} of {len(papers)} papers read"
        return filled.cells

    def _or_quoted(self, cells: dict[tuple[str, str], Cell]) -> Fill:
        quoted = quoting(self.request_for, self.compared)

        def fill(paper: Paper, aspect: str) -> Cell | None:
            return cells.get((paper.id, aspect)) or quoted(paper, aspect)

        return fill


def begun(
    question: str, history: Sequence[Turn], names: NameIndex, request_for: Callable[[str], Request]
) -> Editing | None:
    """Return the edit that `question` makes of the table under discussion, None when it makes none; no model is asked."""
    wanted: list[tuple[Paper, str]] = []

    def note(paper: Paper, aspect: str) -> Cell:
        wanted.append((paper, aspect))
        return Cell("…", ())

    planned = edit.follow_up(question, history, request_for, names, note)
    return (
        Editing(question, history, names, request_for, tuple(wanted), planned) if planned else None
    )
