"""A follow-up that the rules cannot resolve, rewritten by the model to stand alone."""

from collections.abc import Sequence

from assistant.checking.coverage import content, held, share
from assistant.checking.names import absent, names
from assistant.checking.numbers import figures, missing
from assistant.composing.written.llm_client import LLMClient, Stopped
from assistant.errors import ModelError
from assistant.text.english import is_foreign
from assistant.text.prompt_injection import fenced
from assistant.types import Answer, Turn
from prompts import load

_TURNS = 3
_ANSWER_LENGTH = 600
_LONGEST = 400
_LEAST_KEPT = 0.5  # of the question's words of content


def rewrite_question(question: str, history: Sequence[Turn], client: LLMClient) -> str | None:
    """Return `question` as one that stands alone.

    None when the model fails, asks something else, or brings in what nobody said.
    """
    conversation = _render_conversation(history)
    prompt = load("rewrite").substitute(conversation=conversation, question=question)
    try:
        answer = client.complete(prompt)
    except (ModelError, Stopped):
        return None
    lines = [line.strip(" \"“”'`*") for line in answer.splitlines() if line.strip()]
    if not lines or len(lines[0]) > _LONGEST or lines[0].lower() == question.lower():
        return None
    # A foreign question may have been translated.
    kept = frozenset() if is_foreign(question) else content(question)
    if kept and share(held(kept, lines[0]), kept) < _LEAST_KEPT:
        return None  # it stands alone, but as another question
    known = f"{conversation} {question}"
    invented = absent(names(lines[0]), known) or missing(figures(lines[0]), figures(known))
    return None if invented else lines[0]


def _render_conversation(history: Sequence[Turn]) -> str:
    """Return the last exchanges, with the titles cited: a marker says nothing to a model."""
    return "\n\n".join(
        f"Reader: {turn.user}\nAssistant: {fenced(turn.answer.text[:_ANSWER_LENGTH])}\n"
        f"Papers cited, in order: {fenced(_titles(turn.answer))}"
        for turn in history[-_TURNS:]
    )


def _titles(answer: Answer) -> str:
    return "; ".join(citation.paper.title for citation in answer.citations)
