"""Questions → answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from assistant.assistant import Assistant
from assistant.errors import EvaluationError, QuestionError
from assistant.evaluation.questions import Question
from assistant.types import Answer, Turn


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with the answer to each of its turns."""

    question: Question
    answers: tuple[Answer, ...]

    @property
    def cited(self) -> frozenset[str]:
        """The papers that the first answer cites."""
        return cited(self.answers[0])


def cited(answer: Answer) -> frozenset[str]:
    """Return the ids of the papers that an answer cites."""
    return frozenset(one.paper.id for one in answer.citations)


def answer_all(
    questions: Sequence[Question],
    assistant: Assistant,
    advance: Callable[[int], None] = lambda _: None,
) -> list[Answered]:
    """Answer every question, each chat in its order; `advance` hears of every question done."""
    return list(_answer_each(questions, assistant, advance))


def _answer_each(
    questions: Sequence[Question], assistant: Assistant, advance: Callable[[int], None]
) -> Iterator[Answered]:
    for question in questions:
        history: list[Turn] = []
        for ask in question.asks:
            try:
                history.append(Turn(ask.text, assistant.ask(ask.text, history)))
            except QuestionError as error:
                raise EvaluationError(f"{question.place}: {error}") from error
        yield Answered(question, tuple(turn.answer for turn in history))
        advance(1)
