"""A question and papers → how each paper, and each of its sentences, stands to the question."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from assistant.models.minilm import bundled_tokenizer, open_session, run_session
from assistant.text import prompt_injection
from assistant.types import Paper, Span

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Kind = Literal["question", "criterion", "claim", "summary"]
SENTENCE = ("answers", "contrary", "neither")
"""What a sentence can be to a question."""
PAPER = ("yes", "partly", "no", "silent", "off")
"""What an abstract can say to a question; "off" is another topic."""
_LONGEST, _LONGEST_QUESTION = 512, 96
_ANSWERS = [SENTENCE.index("answers")]
_YES = [PAPER.index("yes"), PAPER.index("partly")]
_NOTHING = np.array([-9.0, -9.0, 9.0], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Encoded:
    """Word pieces of a pair, their segments (0 the question, 1 the paper), and where each sentence
    stands among them. Sentences beyond the network's 512 positions have no span.
    """

    ids: tuple[int, ...]
    types: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of an abstract, with the log-odds that it answers."""

    paper: Paper
    span: Span
    position: int
    answers: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """How one paper stands to a question: the log-odds that it answers (matches, supports), and its
    sentences in their order.

    Sentences that give orders to software are not among them; a paper of nothing else has one
    empty sentence.
    """

    paper: Paper
    answers: float
    sentences: tuple[Statement, ...]

    @property
    def best(self) -> Statement:
        """Return the sentence that answers best."""
        return max(self.sentences, key=lambda sentence: sentence.answers)

    @property
    def states(self) -> float:
        """Return what is said of the paper and of its best sentence together, as log-odds."""
        return self.answers + self.best.answers


class CrossEncoder:
    """The network of CARD.md on the CPU; what was judged last is remembered."""

    def __init__(self, threads: int = 2) -> None:
        """Use the network that ships with the package, which is read when it is first used; it
        reads so many papers at a time, whoever asks, each on one thread.
        """
        self._readers = ThreadPoolExecutor(threads, "judge")
        self._remembered = lru_cache(maxsize=512)(self._judge)

    @cached_property
    def _session(self) -> InferenceSession:
        return open_session(Path(__file__).with_name("model.onnx"), 1)

    def judge(self, kind: Kind, question: str, papers: Sequence[Paper]) -> list[Judgement]:
        """Return a judgement of each of `papers`, in their order."""
        pairs = (repeat(kind), repeat(question), papers)
        return list(self._readers.map(self._remembered, *pairs))

    def _judge(self, kind: Kind, question: str, paper: Paper) -> Judgement:
        spans = readable_sentences(paper)
        title = prompt_injection.without(paper.title)
        encoded = encode(kind, question, title, [span.text for span in spans])
        pieces, (verdict,) = run_session(self._session, encoded.ids, encoded.types)
        rows = [pieces[0, start:end].mean(axis=0) for start, end in encoded.spans]
        # What lies beyond the network's positions says nothing either way.
        rows += [_NOTHING] * (len(spans) - len(rows))
        statements = tuple(
            Statement(paper, span, n, _odds(row, _ANSWERS))
            for n, (span, row) in enumerate(zip(spans, rows, strict=True))
        )
        return Judgement(paper, _odds(verdict, _YES), statements)


def encode(kind: Kind, question: str, title: str, sentences: Sequence[str]) -> Encoded:
    """Return "kind: question" beside the title and the sentences."""
    tokenizer = bundled_tokenizer()
    asked = tokenizer.encode(f"{kind}: {question}").ids
    if len(asked) > _LONGEST_QUESTION:
        asked = [*asked[: _LONGEST_QUESTION - 1], asked[-1]]
    end = asked[-1]
    about = [*tokenizer.encode(title, add_special_tokens=False).ids[:64], end]
    ids, spans = [*asked, *about], []
    for sentence in sentences:
        pieces = tokenizer.encode(sentence, add_special_tokens=False).ids
        pieces = pieces[: max(_LONGEST - 1 - len(ids), 0)]
        if not pieces:
            break
        spans.append((len(ids), len(ids) + len(pieces)))
        ids += pieces
    ids.append(end)
    types = [0] * len(asked) + [1] * (len(ids) - len(asked))
    return Encoded(tuple(ids), tuple(types), tuple(spans))


def _odds(logits: NDArray[np.float32], classes: Sequence[int]) -> float:
    """Return the log-odds of some of the classes against the others."""
    inside = np.zeros(len(logits), dtype=bool)
    inside[list(classes)] = True
    return float(np.logaddexp.reduce(logits[inside]) - np.logaddexp.reduce(logits[~inside]))


def readable_sentences(paper: Paper) -> tuple[Span, ...]:
    """Return the sentences of an abstract but orders to software; one empty span where none is."""
    return prompt_injection.research(paper.abstract) or (Span("", 0, 0),)
