"""A message and the turn before it → the word pieces that the network reads, and its labels."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.models.minilm import bundled_tokenizer

FORMS = (
    "list", "fact", "summary", "comparison", "count", "bibliography", "collection", "social",
    "other",
)  # fmt: skip
REFERS = ("nothing", "one", "set", "place", "described", "question")
ACTS = ("none", "more", "shorter", "longer", "narrow", "drop", "recommend", "order", "two")
SPANS = ("topic", "paper", "aspect", "not", "time", "person", "venue")
"""What a word of the message can belong to; its class is its place here + 1, 0 for none."""
_LONGEST, _LONGEST_BEFORE = 160, 60


@dataclass(frozen=True, slots=True)
class Before:
    """The turn before: its question, the form of its answer, and how many papers it cited."""

    question: str
    form: str
    papers: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """Word pieces of a message with what stood before it, their segments, and where each piece of
    the message lies in its text (half-open characters; the marker at the front has none).
    """

    ids: tuple[int, ...]
    types: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]


def encode(message: str, before: Before | None) -> Encoded:
    """Return the message beside "form of so many papers: question"."""
    tokenizer = bundled_tokenizer()
    asked = tokenizer.encode(message)
    ids, end = asked.ids[:-1][: _LONGEST - _LONGEST_BEFORE - 2], asked.ids[-1]
    context = (
        f"{before.form} of {_number(before.papers)}: {before.question}" if before else "nothing"
    )
    told = tokenizer.encode(context, add_special_tokens=False).ids[:_LONGEST_BEFORE]
    return Encoded(
        (*ids, end, *told, end),
        (*[0] * (len(ids) + 1), *[1] * (len(told) + 1)),
        tuple(asked.offsets[: len(ids)]),
    )


def _number(papers: int) -> str:
    return "none" if not papers else "one" if papers == 1 else "several"
