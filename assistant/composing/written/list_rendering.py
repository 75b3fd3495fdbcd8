"""The list that judgements make: what matches, what does in part, and what retrieval found but nobody judged."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.composing.extractive.draft import Draft
from assistant.composing.extractive.numbering import Composer, title_link
from assistant.composing.written.task import Task
from assistant.retrieval.filters import describe_filters
from assistant.text.markdown import escape
from assistant.types import Check, Judgement, Span

_SECTIONS = (
    ("", "judged", "yes"),
    ("\nIn part:\n\n", "judged", "partly"),
    ("\nNot judged, found by retrieval:\n\n", "others", "yes"),
)


def draft(
    task: Task, judged: Sequence[Judgement], others: Sequence[Judgement]
) -> tuple[Draft, tuple[Check, ...]]:
    """Return the list with its sections, and a check of each entry: its words are quoted. Retrieval decided of `others`."""
    composer = Composer()
    text = ""
    checks: list[Check] = []
    for heading, among, match in _SECTIONS:
        entries = [
            one
            for one in (judged if among == "judged" else others)
            if one.match == match and one.snippet
        ]
        text += heading if entries else ""
        for one in entries:
            number = len(checks) + 1
            entry = _entry(number, one, composer)
            begin = len(text) + len(f"{number}. ")
            checks.append(Check(begin, len(text) + len(entry), "quoted", "", number, one.snippet))
            text += entry + "\n"
    rest = tuple(one.paper for one in (*judged, *others) if one.match == "no")
    text += "\n" + _closing(task, judged, len(others))
    return Draft("list", text, composer.citations, considered=rest), tuple(checks)


def _entry(number: int, one: Judgement, composer: Composer) -> str:
    reason = f"{escape(one.reason)}: " if one.reason else ""
    span = one.snippet or Span("", 0, 0)
    return f"{number}. **{title_link(one.paper)}** — {reason}{composer.quote(one.paper, span)}"


def _closing(task: Task, judged: Sequence[Judgement], others: int) -> str:
    counts = {match: sum(one.match == match for one in judged) for match in ("yes", "partly", "no")}
    partly = f", {counts['partly']} in part" if counts["partly"] else ""
    unjudged = f" ({others} not judged)" if others else ""
    shown = describe_filters(task.request.filters)
    papers = f"{task.request.corpus_size} papers{f' {shown}' if shown else ''}"
    match = f"{counts['yes']} of {len(judged)} judged match{partly}{unjudged}"
    return f"*{match}, out of {papers}; {counts['no']} more were considered.*"
