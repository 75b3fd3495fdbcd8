"""Questions to ask next: by the model, or by rule, and only such as the corpus answers."""

import re
from collections.abc import Callable

from assistant.composing.written.llm_client import LLMClient
from assistant.text.markdown import escape
from assistant.text.prompt_injection import fenced
from assistant.types import Answer
from prompts import fill

_MOST = 3
_LONGEST = 160
_SHORTEST = 12


def suggest_questions(
    answer: Answer, client: LLMClient, answers: Callable[[str], bool]
) -> tuple[str, ...]:
    """Return up to three questions that the model suggests and that can be answered.

    ModelError when the model cannot be asked.
    """
    titles = "; ".join(fenced(citation.paper.title) for citation in answer.citations)
    prompt = fill(
        "followups",
        {"question": answer.question, "answer": fenced(answer.text[:2000]), "titles": titles},
    )
    suggested: dict[str, None] = {}
    for line in client.complete(prompt).splitlines():
        question = re.sub(r"^\s*(?:[-*•]|\d+[.)])\s*", "", line).strip(' "“”*`')
        if _SHORTEST <= len(question) <= _LONGEST and question.endswith("?") and answers(question):
            suggested.setdefault(escape(question).replace("\\", ""))
    return tuple(suggested)[:_MOST]
