"""A question in its conversation → what it asks to be counted ("and per venue?", "of those, how
many are from 2022?").
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.reading.counts import CountQuery, parse_continuation, parse_count, strip_courtesies
from assistant.retrieval.filters import merge_filters
from assistant.text.paper_names import NameIndex
from assistant.text.words import is_negated
from assistant.types import Answer, Filters, Turn

_REMEMBERED = 12
_NOT_BIBLIOGRAPHIC = ("fact", "comparison", "summary")


@dataclass(frozen=True, slots=True)
class CountFollowUps:
    """What reading counts takes: `split_filters` takes the filters out of a text, `names` are the
    papers' names.
    """

    split_filters: Callable[[str], tuple[str, Filters]]
    names: NameIndex

    def read_count(self, question: str, turns: Sequence[Turn]) -> CountQuery | None:
        """Return what `question` asks to be counted, with all its filters; None if
        anything else.
        """
        turns = [turn for turn in turns if turn.answer.kind != "none"]
        start = len(turns)
        while start > max(len(turns) - _REMEMBERED, 0) and turns[start - 1].answer.kind == "count":
            start -= 1
        before: CountQuery | None = None
        for position in range(start, len(turns)):
            before = self._read_turn(turns[position].user, turns[:position], before)
        return self._read_turn(question, turns, before)

    def _read_turn(
        self, user: str, turns: Sequence[Turn], before: CountQuery | None
    ) -> CountQuery | None:
        text, filters = self.split_filters(user)
        query = parse_count(text, bool(filters))
        if query is None:
            return self._continue(text, filters, turns, before) if turns else None
        last = turns[-1].answer.kind if turns else "none"
        if not query.unambiguous and last in _NOT_BIBLIOGRAPHIC and query.by is None:
            return None  # "how many papers?" after a fact is about that
        query = replace(query, filters=merge_filters(query.filters, filters))
        if not strip_courtesies(text) or (
            query.by and not query.unambiguous and not query.topic and turns
        ):
            return self._continue(text, filters, turns, before) or _keep_to_previous(query, turns)
        is_about_list = last == "list" and not query.unambiguous
        refers = query.refers_to_previous or is_about_list
        return _keep_to_previous(query, turns) if refers else query

    def _continue(
        self, text: str, filters: Filters, turns: Sequence[Turn], before: CountQuery | None
    ) -> CountQuery | None:
        """Read what goes on with a count, or asks for the groups of the papers listed."""
        query = parse_continuation(text, bool(filters))
        if query is None or (query.topic and self.names.find(query.topic)):
            return None
        if before is None:
            is_grouping = query.by and not filters and not query.topic
            is_fact = bool(turns) and turns[-1].answer.kind == "fact"
            return _keep_to_previous(query, turns) if is_grouping and not is_fact else None
        return replace(
            before,
            form="papers" if query.by else before.form,
            by=query.by or before.by,
            topic=query.topic or before.topic,
            filters=_replace_filters(before.filters, filters),
        )


def _keep_to_previous(query: CountQuery, turns: Sequence[Turn]) -> CountQuery | None:
    """Keep a count to the papers under discussion; None if there are none, or silence would count
    as a "no".
    """
    if not turns or (query.topic and is_negated(query.topic)):
        return None
    discussed = (_discussed_ids(turn.answer) for turn in reversed(turns))
    ids = next((ids for ids in discussed if ids is not None), None)
    if ids is None:
        return None
    filters = merge_filters(query.filters, Filters(only=ids))
    return replace(query, filters=filters, refers_to_previous=True)


def _discussed_ids(answer: Answer) -> tuple[str, ...] | None:
    """Return the ids of the papers that an answer leaves under discussion: () for all, None for
    none or one.
    """
    if answer.counts is not None:
        ids = tuple(paper.id for paper in answer.counted)
        return ids if ids or answer.counts.total else ("",)
    cited = [citation.paper for citation in answer.citations]
    papers = answer.table.papers if answer.table else cited
    return tuple(paper.id for paper in papers) if len(papers) > 1 else None


def _replace_filters(before: Filters, now: Filters) -> Filters:
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
