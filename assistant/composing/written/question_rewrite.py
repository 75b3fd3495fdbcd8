"""A follow-up that the rules cannot resolve, rewritten by the model to stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.checking.coverage import content, held, share
from assistant.checking.language import is_foreign
from assistant.checking.names import absent, names
from assistant.checking.numbers import figures, missing
from assistant.composing.written.llm_client import Caller, Stopped
from assistant.errors import ModelError
from assistant.text.prompt_injection import fenced
from assistant.types import Turn
from prompts import load

_TURNS = 3
_ANSWER_LENGTH = 600
_LONGEST = 400
_LEAST_KEPT = 0.5  # of the question's words of content


def rewritten(question: str, history: Sequence[Turn], caller: Caller) -> str | None:
    """Return `question` as one that stands alone, None when the model fails asks something else, or brings in what nobody said."""
    said = _conversation(history)
    prompt = load("rewrite").substitute(conversation=said, question=question)
    try:
        answer = caller.complete(prompt)
    except (ModelError, Stopped):
        return None
    lines = [line.strip(" \"“”'`*") for line in answer.splitlines() if line.strip()]
    if not lines or len(lines[0]) > _LONGEST or lines[0].lower() == question.lower():
        return None
    kept = (
        content(question) if not is_foreign(question) else frozenset()
    )  # which may have been translated
    if kept and share(held(kept, lines[0]), kept) < _LEAST_KEPT:
        return None  # it stands alone, but as another question
    known = f"{said} {question}"
    invented = absent(names(lines[0]), known) or missing(figures(lines[0]), figures(known))
    return None if invented else lines[0]


def _conversation(history: Sequence[Turn]) -> str:
    """Return the last exchanges, with the titles that were cited: a marker says nothing to a model."""
    lines = []
    for turn in history[-_TURNS:]:
        titles = "; ".join(one.paper.title for one in turn.answer.citations)
        lines.append(
            f"Reader: {turn.user}\nAssistant: {fenced(turn.answer.text[:_ANSWER_LENGTH])}\nPapers cited, in order: {fenced(titles)}"
        )
    return "\n\n".join(lines)
