"""A question read by a strong model: standing alone, its form, and other words to search by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.checking.coverage import content, held, share
from assistant.checking.names import absent, names
from assistant.checking.numbers import figures, missing
from assistant.composing.written.llm_client import LLMClient, Stopped
from assistant.composing.written.replies import TEXT, find_object, object_schema
from assistant.errors import ModelError
from assistant.text.language import foreign_language
from assistant.text.prompt_injection import fenced
from assistant.types import Answer, Turn
from prompts import fill

ReadForm = Literal["list", "summary", "comparison", "fact"]
_FORMS: tuple[ReadForm, ...] = ("list", "summary", "comparison", "fact")
_TURNS = 3
_ANSWER_LENGTH = 600
_LONGEST, _LONGEST_SEARCH = 400, 120
_MOST_SEARCHES = 3
_LEAST_KEPT = 0.5  # of the question's words of content
_NO_CONVERSATION = "(none: it is the first question)"
_SCHEMA = object_schema(
    {
        "standalone": TEXT,
        "form": {"type": "string", "enum": list(_FORMS)},
        "searches": {"type": "array", "items": TEXT},
        "off_topic": {"type": "boolean"},
    }
)


@dataclass(frozen=True, slots=True)
class WrittenReading:
    """How a model reads a question: as one that stands alone (None where it does already, or the
    model's is not to be used), its form, phrases to search by, whether papers cannot answer it.
    """

    standalone: str | None = None
    form: ReadForm | None = None
    searches: tuple[str, ...] = ()
    off_topic: bool = False


def read_question(
    question: str, history: Sequence[Turn], client: LLMClient
) -> WrittenReading | None:
    """Return how the model reads `question` after `history`, None where it fails.

    What nobody said (a name, a figure) does not come into the question that stands alone.
    """
    conversation = _render_conversation(history) or _NO_CONVERSATION
    prompt = fill("read", {"conversation": conversation, "question": question})
    try:
        said = find_object(client.complete(prompt, _SCHEMA), ["standalone", "form", "searches"])
    except (ModelError, Stopped):
        return None
    if not said:
        return None
    phrases = said.get("searches")
    searches = [" ".join(str(one).split()) for one in phrases] if isinstance(phrases, list) else []
    return WrittenReading(
        _standalone(str(said.get("standalone") or ""), question, conversation),
        next((form for form in _FORMS if form == said.get("form")), None),
        tuple(one for one in searches if 0 < len(one) <= _LONGEST_SEARCH)[:_MOST_SEARCHES],
        said.get("off_topic") is True,
    )


def _standalone(written: str, question: str, conversation: str) -> str | None:
    line = " ".join(written.split()).strip("\"“”'`*")
    if not line or len(line) > _LONGEST or line.lower() == question.lower():
        return None
    # A foreign question may have been translated.
    kept = frozenset() if foreign_language(question) else content(question)
    if kept and share(held(kept, line), kept) < _LEAST_KEPT:
        return None  # it stands alone, but as another question
    known = f"{conversation} {question}"
    invented = absent(names(line), known) or missing(figures(line), figures(known))
    return None if invented else line


def _render_conversation(history: Sequence[Turn]) -> str:
    """Return the last exchanges, with the titles cited: a marker says nothing to a model."""
    return "\n\n".join(
        f"Reader: {turn.user}\nAssistant: {fenced(turn.answer.text[:_ANSWER_LENGTH])}\n"
        f"Papers cited, in order: {fenced(_titles(turn.answer))}"
        for turn in history[-_TURNS:]
    )


def _titles(answer: Answer) -> str:
    return "; ".join(citation.paper.title for citation in answer.citations)
