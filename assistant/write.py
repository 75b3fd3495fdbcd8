"""The written answer: abstracts into a prompt, a model's stream out, citations mapped and linked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
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
        if not self._papers:
            raise ModelError("no abstract fits whole into the prompt's budget; raise PAPER_ASSISTANT_PROMPT_TOKENS")
        order: list[str] = []
        shown: list[str] = []
        for text in citations.numbered(self._stream(), self._papers, order):
            shown.append(text)
            yield text
        text = "".join(shown).strip()
        found = citations.link(text, order, self._papers)
        if _says_nothing(text, bool(found)):
            # Whatever else it says beside this rests on no abstract.
            self.draft = Draft("none", NOTHING)
        elif found:
            self.draft = Draft(self._kind, citations.marked(text, found), found)
        else:
            raise ModelError("the model's answer cited none of the papers it was given")

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
    for identifier, paper in citations.opaque_ids(papers[:_MOST_PAPERS]).items():
        passage = _passage(identifier, paper)
        left -= tokens.count(passage, chat.encoding)
        if left < 0:
            break
        given[identifier] = paper
        passages.append(passage)
    example = next(iter(given), "k0000")
    prompt = template.substitute(question=question, form=form, passages="\n\n".join(passages), example=example)
    return Reply(chat, prompt, given, kind)


def _says_nothing(text: str, cited: bool) -> bool:
    plain = re.sub(r"\[\d+\]|[^\w ]", "", text).strip().lower()
    nothing = re.sub(r"[^\w ]", "", NOTHING).lower()
    return plain == nothing or (not cited and nothing in plain)


def _passage(identifier: str, paper: Paper) -> str:
    return load("passage").substitute(
        id=identifier,
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
    except (openai.OpenAIError, ValueError, httpx.HTTPError) as error:
        reason = " ".join(str(error).split())[:160]
        raise ModelError(f"the model's server failed ({reason}); check the model's name and the server") from error
