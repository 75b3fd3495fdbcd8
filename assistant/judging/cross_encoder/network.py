"""A question and papers → how each paper, and each of its sentences, stands to the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.judging.cross_encoder.encoding import PAPER, SENTENCE, Kind, encode
from assistant.models.minilm import open_session
from assistant.text import prompt_injection
from assistant.types import Paper, Span

MODEL = "model.onnx"
_ANSWERS, _CONTRARY = [SENTENCE.index("answers")], [SENTENCE.index("contrary")]
_YES = [PAPER.index("yes"), PAPER.index("partly")]
_NO, _OFF = [PAPER.index("no")], [PAPER.index("off")]
_NOTHING = np.array([-9.0, -9.0, 9.0], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of an abstract: the log-odds that it answers, and that it says the contrary."""

    paper: Paper
    span: Span
    position: int
    answers: float
    contrary: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """How one paper stands to a question: the log-odds that it answers (matches, supports), says
    the contrary, and is of another topic; and its sentences in their order.

    Sentences that give orders to software are not among them; a paper of nothing else has one
    empty sentence.
    """

    paper: Paper
    answers: float
    contrary: float
    off_topic: float
    sentences: tuple[Statement, ...]

    @property
    def best(self) -> Statement:
        """Return the sentence that answers best."""
        return max(self.sentences, key=lambda sentence: sentence.answers)


class CrossEncoder:
    """The network of CARD.md on the CPU; what was judged last is remembered."""

    def __init__(self, threads: int = 2, path: Path | None = None) -> None:
        """Load the network that ships with the package, or the one in `path`."""
        path = path or Path(str(resources.files("assistant.judging.cross_encoder") / MODEL))
        self._session = open_session(path, threads)
        self._remembered = lru_cache(maxsize=512)(self._judge)

    def judge(self, kind: Kind, question: str, papers: Sequence[Paper]) -> list[Judgement]:
        """Return a judgement of each of `papers`, in their order."""
        return [self._remembered(kind, question, paper) for paper in papers]

    def _judge(self, kind: Kind, question: str, paper: Paper) -> Judgement:
        spans = readable_sentences(paper)
        title = prompt_injection.without(paper.title)
        encoded = encode(kind, question, title, [span.text for span in spans])
        ids = np.array([encoded.ids], dtype=np.int64)
        feeds = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.array([encoded.types], dtype=np.int64),
        }
        pieces, (verdict,) = self._session.run(None, feeds)
        rows = [pieces[0, start:end].mean(axis=0) for start, end in encoded.spans]
        # What lies beyond the network's positions says nothing either way.
        rows += [_NOTHING] * (len(spans) - len(rows))
        statements = tuple(
            Statement(paper, span, n, _odds(row, _ANSWERS), _odds(row, _CONTRARY))
            for n, (span, row) in enumerate(zip(spans, rows, strict=True))
        )
        answers, contrary, off = (_odds(verdict, classes) for classes in (_YES, _NO, _OFF))
        return Judgement(paper, answers, contrary, off, statements)


def _odds(logits: NDArray[np.float32], classes: Sequence[int]) -> float:
    """Return the log-odds of some of the classes against the others."""
    inside = np.zeros(len(logits), dtype=bool)
    inside[list(classes)] = True
    return float(np.logaddexp.reduce(logits[inside]) - np.logaddexp.reduce(logits[~inside]))


def readable_sentences(paper: Paper) -> tuple[Span, ...]:
    """Return the sentences of an abstract but orders to software; one empty span where none is."""
    return prompt_injection.research(paper.abstract) or (Span("", 0, 0),)
