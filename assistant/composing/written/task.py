"""What writing an answer works from, and what it hands back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistant.judging.evidence import Evidence
from assistant.types import QUOTES, Check, Draft, Judgement, Kind, Paper, Usage

if TYPE_CHECKING:
    from assistant.composing.written.llm_client import LLMClient
    from assistant.composing.written.postprocess import CheckerConfig


@dataclass(frozen=True, slots=True)
class Task:
    """A question to write an answer to, what was found, the quotations, how to call and check."""

    question: str
    evidence: Evidence
    quotes: Draft
    client: LLMClient
    checker: CheckerConfig

    @property
    def kind(self) -> Kind:
        """Return which form is written: that of the quotations, or, where these answer nothing,
        what the question asks for.
        """
        if not self.quotes.abstained:
            return self.quotes.kind
        asked = self.evidence.parsed.form
        return asked if asked in ("list", "summary") else "fact"

    @property
    def prompt_tokens(self) -> int:
        """Return how many tokens a prompt may have."""
        return self.client.chat.limits.prompt_tokens

    def papers_to_read(self) -> list[Paper]:
        """Return the papers for a model to read: those quoted or nearest, then the next best."""
        cited = [citation.paper for citation in self.quotes.citations]
        cited += self.quotes.nearest
        known = {paper.id for paper in cited}
        return [*cited, *(paper for paper in self.evidence.candidates if paper.id not in known)]


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """A written answer: `given` are the papers that the model read, `notes` what went wrong;
    `quoted` tells that no word of it is the model's; `withheld` are its words that are not shown.
    """

    draft: Draft
    checks: tuple[Check, ...] = ()
    judged: tuple[Judgement, ...] = ()
    given: tuple[Paper, ...] = ()
    notes: tuple[str, ...] = ()
    stopped: bool = False
    quoted: bool = False
    model: str = QUOTES
    usage: Usage | None = None
    withheld: str = ""


@dataclass(slots=True)
class Reply:
    """An answer being written: iterate for text to show; then `written` is the whole, checked.

    `status` says in words what is being done; a piece may be empty to tell that it has changed.
    `cited` says what the numbers in the text so far stand for.
    """

    write: Callable[[Reply], Iterator[str]]
    status: str = ""
    written: WrittenAnswer | None = field(default=None, init=False)
    cited: Mapping[int, Paper] = field(default_factory=dict, init=False)

    def __iter__(self) -> Iterator[str]:
        return self.write(self)

    def tell(self, status: str) -> str:
        """Return a piece without text, to be yielded, once `status` is what is being done."""
        self.status = status
        return ""
