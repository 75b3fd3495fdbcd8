"""The whole of a measurement: questions → papers resolved → answers → report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from assistant.assistant import Assistant
from assistant.evaluation.metrics import measure
from assistant.evaluation.papers import Resolver
from assistant.evaluation.questions import Question
from assistant.evaluation.report import Report
from assistant.evaluation.run import Answered, answer_all
from assistant.types import QUOTES, Paper


def measured(
    questions: Sequence[Question],
    titles: Mapping[str, str],
    assistant: Assistant,
    advance: Callable[[int], None] = lambda _: None,
) -> Report:
    """Answer `questions`, whose ids `titles` explains, and return what that measures."""
    papers = {paper.id: paper for paper in assistant.papers()}
    resolved = Resolver(papers.values(), titles).resolved(questions)
    return summed_up(answer_all(resolved, assistant, advance), papers, assistant.model)


def summed_up(
    answered: Sequence[Answered], papers: Mapping[str, Paper], model: str = QUOTES
) -> Report:
    """Return the report on some answers over the index's `papers`."""
    answers = [answer for one in answered for answer in one.answers]
    about: dict[str, str | int] = {
        "kind": "questions",
        "questions": len(answered),
        "answers": len(answers),
        "papers": len(papers),
        "model": model,
        "written": sum(answer.model != QUOTES for answer in answers),
    }
    texts = {
        one.question.key: " / ".join(ask.text for ask in one.question.asks) for one in answered
    }
    return Report(about, tuple(measure(answered, papers)), texts)
