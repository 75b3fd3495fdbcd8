"""The whole of a measurement: questions → papers resolved → answers → report."""

from collections.abc import Callable, Mapping, Sequence

from assistant.assistant import Assistant
from assistant.errors import EvaluationError, QuestionError
from assistant.evaluation.measures import Answered, measure
from assistant.evaluation.questions import Question, Resolver
from assistant.evaluation.report import Report
from assistant.types import QUOTES, Paper, Turn


def measure_questions(
    questions: Sequence[Question],
    titles: Mapping[str, str],
    assistant: Assistant,
    advance: Callable[[int], None] = lambda _: None,
) -> Report:
    """Answer questions, whose ids `titles` explains; `advance` hears of every one done."""
    papers = {paper.id: paper for paper in assistant.papers()}
    answered = []
    for question in Resolver(papers.values(), titles).resolve(questions):
        answered.append(answer_question(question, assistant))
        advance(1)
    return summarise(answered, papers, assistant.model)


def answer_question(question: Question, assistant: Assistant) -> Answered:
    """Ask every turn of a question in its order."""
    history: list[Turn] = []
    for ask in question.asks:
        try:
            history.append(Turn(ask.text, assistant.ask(ask.text, history)))
        except QuestionError as error:
            raise EvaluationError(f"{question.source}: {error}") from error
    return Answered(question, tuple(turn.answer for turn in history))


def summarise(
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
    questions = [one.question for one in answered]
    texts = {question.key: " / ".join(ask.text for ask in question.asks) for question in questions}
    return Report(about, tuple(measure(answered, papers)), texts)
