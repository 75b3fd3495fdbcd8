"""A question and an abstract → the word pieces that the network reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.models.minilm import bundled_tokenizer

Kind = Literal["question", "criterion", "claim", "summary"]
SENTENCE = ("answers", "contrary", "neither")
"""What a sentence can be to a question."""
PAPER = ("yes", "partly", "no", "silent", "off")
"""What an abstract can say to a question; "off" is another topic."""
_LONGEST, _LONGEST_QUESTION = 512, 96


@dataclass(frozen=True, slots=True)
class Encoded:
    """Word pieces of a pair, their segments (0 the question, 1 the paper), and where each sentence
    stands among them. Sentences beyond the network's 512 positions have no span.
    """

    ids: tuple[int, ...]
    types: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


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
