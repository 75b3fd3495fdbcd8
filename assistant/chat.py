"""A chat model ready to write: the model, how its tokens are counted, and how many it may be sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.models import make_chat_model
from assistant.settings import Settings
from assistant.types import Kind, Paper

if TYPE_CHECKING:
    import tiktoken
    from langchain_core.language_models import BaseChatModel

    from assistant.write import Reply


@dataclass(frozen=True, slots=True)
class Chat:
    """What writes the answers; `prompt_tokens` bounds each prompt."""

    name: str
    model: BaseChatModel
    encoding: tiktoken.Encoding
    prompt_tokens: int

    def write(self, kind: Kind, question: str, papers: Sequence[Paper]) -> Reply:
        """Return the reply to `question` from `papers`, best first."""
        from assistant import write

        return write.start(self, kind, question, papers)


def make_chat(settings: Settings) -> Chat | None:
    """Return what writes the answers, None when no model is configured; ModelError when it cannot be made."""
    if not settings.model:
        return None
    from assistant import tokens

    model = make_chat_model(settings.model, settings.timeout)
    return Chat(settings.model, model, tokens.encoding_for(settings.model.partition(":")[2]), settings.prompt_tokens)
