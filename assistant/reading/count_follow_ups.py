"""A question that counts papers, understood in its conversation: "and per venue?", "of those, how many are from 2022?"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.reading import answer_form, counts
from assistant.reading.counts import Tally
from assistant.retrieval.filters import merge_filters
from assistant.text.paper_names import NameIndex
from assistant.types import Answer, Filters, Turn

Read = Callable[[str], tuple[str, Filters]]
"""Takes the filters out of a text, written as such or in plain words."""
_REMEMBERED = 12
_NOT_BIBLIOGRAPHIC = ("fact", "comparison", "summary")


@dataclass(frozen=True, slots=True)
class Recount:
    """Understands questions that count papers; `names` are what the corpus calls its papers."""

    read: Read
    names: NameIndex

    def understand(self, user: str, turns: Sequence[Turn]) -> Tally | None:
        """Return what `user` asks to be counted, with all its filters; None where it asks for anything else."""
        turns = [turn for turn in turns if turn.answer.kind != "none"]
        start = len(turns)
        while (
            start > 0
            and len(turns) - start < _REMEMBERED
            and turns[start - 1].answer.kind == "count"
        ):
            start -= 1
        before: Tally | None = None
        for place in range(start, len(turns)):
            before = self._one(turns[place].user, turns[:place], before)
        return self._one(user, turns, before)

    def _one(self, user: str, turns: Sequence[Turn], before: Tally | None) -> Tally | None:
        text, filters = self.read(user)
        last = turns[-1].answer.kind if turns else "none"
        tally = counts.parse(text, bool(filters))
        if tally is None:
            return self._continued(text, filters, turns, before) if turns else None
        if not tally.firm and last in _NOT_BIBLIOGRAPHIC and tally.by is None:
            return None  # "how many papers?" after a fact is about that
        tally = replace(tally, filters=merge_filters(tally.filters, filters))
        if not counts.bare(text).strip() or (
            tally.by and not tally.firm and not tally.topic and turns
        ):
            return self._continued(text, filters, turns, before) or self._scoped(tally, turns)
        return (
            self._scoped(tally, turns)
            if tally.those or not tally.firm and last == "list"
            else tally
        )

    def _continued(
        self, text: str, filters: Filters, turns: Sequence[Turn], before: Tally | None
    ) -> Tally | None:
        """Read what goes on with a count, or asks for the groups of papers that were listed."""
        said = counts.continued(text, bool(filters))
        if said is None or (said.topic and self.names.find(said.topic)):
            return None
        if before is None:
            grouping = said.by and not filters and not said.topic
            return (
                self._scoped(replace(said, those=True), turns)
                if grouping and turns[-1].answer.kind != "fact"
                else None
            )
        return replace(
            before,
            form="papers" if said.by else before.form,
            by=said.by or before.by,
            topic=said.topic or before.topic,
            filters=_replaced(before.filters, filters),
        )

    def _scoped(self, tally: Tally, turns: Sequence[Turn]) -> Tally | None:
        """Keep a count to the papers under discussion; None where there are none, or a list must tell silence from a "no"."""
        if not turns or (tally.topic and answer_form.is_negated(tally.topic)):
            return None
        only = next(
            (found for turn in reversed(turns) if (found := _discussed(turn.answer)) is not None),
            None,
        )
        return (
            None
            if only is None
            else replace(tally, filters=merge_filters(tally.filters, Filters(only=only)))
        )


def _discussed(answer: Answer) -> tuple[str, ...] | None:
    """Return the ids of the papers that an answer leaves under discussion: () for all of them, None for none or one."""
    if answer.counts is not None:
        ids = tuple(paper.id for paper in answer.counted)
        return ids if ids or answer.counts.total else ("",)
    papers = answer.table.papers if answer.table else [one.paper for one in answer.citations]
    return tuple(paper.id for paper in papers) if len(papers) > 1 else None


def _replaced(before: Filters, now: Filters) -> Filters:
    """Return the earlier filters, each kind of them that is given anew replaced."""
    years = now if now.year_from is not None or now.year_to is not None else before
    return replace(
        before,
        year_from=years.year_from,
        year_to=years.year_to,
        authors=now.authors or before.authors,
        venues=now.venues or before.venues,
        titles=now.titles or before.titles,
        texts=now.texts or before.texts,
    )
