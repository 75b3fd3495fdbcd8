"""The written answer: abstracts into a prompt, a model's stream out, citations mapped and linked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import openai
from langchain_core.messages import HumanMessage

from assistant import citations, tokens
from assistant.chat import Chat
from assistant.errors import ModelError
from assistant.quotes.draft import Draft
from assistant.types import Kind, Paper
from prompts import load

NOTHING = "The abstracts do not say."
_MOST_PAPERS = 20


@dataclass(slots=True)
class Reply:
    """A written answer under way: iterate for text that is safe to show; then `draft` is the whole."""

    _chat: Chat
    _prompt: str
    _papers: dict[str, Paper]
    _kind: Kind
    draft: Draft | None = field(default=None, init=False)

    @property
    def model(self) -> str:
        """Return the name of the model that writes."""
        return self._chat.name

    def __iter__(self) -> Iterator[str]:
        order: list[str] = []
        shown: list[str] = []
        for text in citations.numbered(self._stream(), self._papers, order):
            shown.append(text)
            yield text
        text = "".join(shown).strip()
        found = citations.link(text, order, self._papers)
        if not found and NOTHING.rstrip(".").lower() not in text.lower():
            raise ModelError("the model's answer cited none of the papers it was given")
        self.draft = Draft(self._kind if found else "none", citations.marked(text, found), found)

    def _stream(self) -> Iterator[str]:
        with _translated():
            for chunk in self._chat.model.stream([HumanMessage(self._prompt)]):
                yield str(chunk.text)


def start(chat: Chat, kind: Kind, question: str, papers: Sequence[Paper]) -> Reply:
    """Return the reply to `question` from as many of `papers`, best first, as fit whole into the prompt's budget."""
    template, form = load("answer"), load(f"form_{kind}").substitute()
    empty = template.substitute(question=question, form=form, passages="", example="k0000")
    left = chat.prompt_tokens - tokens.count(empty, chat.encoding)
    given: dict[str, Paper] = {}
    passages: list[str] = []
    for paper in papers[:_MOST_PAPERS]:
        passage = _passage(paper)
        left -= tokens.count(passage, chat.encoding)
        if left < 0 and given:
            break
        given[citations.opaque_id(paper)] = paper
        passages.append(passage)
    example = next(iter(given), "k0000")
    prompt = template.substitute(question=question, form=form, passages="\n\n".join(passages), example=example)
    return Reply(chat, prompt, given, kind)


def _passage(paper: Paper) -> str:
    return load("passage").substitute(
        id=citations.opaque_id(paper),
        title=citations.neutralised(paper.title).replace('"', "'"),
        year=paper.year or "unknown",
        abstract=citations.neutralised(paper.abstract),
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except openai.AuthenticationError as error:
        raise ModelError("the model's server refused the key; check OPENAI_API_KEY") from error
    except openai.APITimeoutError as error:
        raise ModelError("the model's server did not answer in time; try again or raise PAPER_ASSISTANT_TIMEOUT") from error
    except openai.APIConnectionError as error:
        raise ModelError("the model's server cannot be reached; check OPENAI_BASE_URL and the network") from error
    except openai.OpenAIError as error:
        reason = " ".join(str(error).split())[:160]
        raise ModelError(f"the model's server failed ({reason}); check the model's name and the server") from error
