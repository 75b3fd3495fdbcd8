"""A message and the papers shown before it → which of them it means, puts aside, or puts back."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from assistant.models.minilm import bundled_tokenizer, open_session, run_on_vectors, softmax
from assistant.reading.sizes import NUMBER, value_of
from assistant.text.words import (
    ANY_PAPER_WORDS,
    ASKING_WORDS,
    NUMERALS,
    ORDINALS,
    STOP_WORDS,
    index_terms,
    stem,
    words,
)

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from assistant.types import Paper

Key = TypeVar("Key")

ROLES = ("none", "about", "out", "in")
"""What a paper is to a message: nothing, meant (also what it keeps), put aside, put on the list."""
PLACES = ("now", "before", "before that", "list", "first list", "spoken of", "left out")
"""Where a paper stands: in the last answer or the two before it, in the newest and the oldest list
before these, alone in an older answer, or among what answers named as left out.
"""
COUNTED, TOLD, NOW = "*", "~", "="
"""The marks of a paper that is counted or named exactly, of the words of one that a message says,
and of one of an older answer that the last one shows, too.
"""
_FEW = 0.34  # of the papers shown that have a word that tells them apart
# From how many letters on a word is kindred to one that begins with so much of it ("paralysed",
# "paralysis"); from where on a number tells something.
_LONG_WORD, _NEARLY, _LARGE = 7, 0.7, 13
_MOST_TOLD, _LONGEST_TOLD = 3, 12  # words, pieces
_YEARS = (1900, 2100)
_CAMEL, _HUMP = r"\b[A-Za-z]*[a-z][A-Z]\w*", r"[A-Z][a-z]{3,}"
_NO_MATTER = {*STOP_WORDS, *ASKING_WORDS, *ANY_PAPER_WORDS, *NUMERALS, *ORDINALS}
_LONGEST, _LONGEST_MESSAGE, _LONGEST_QUESTION = 512, 120, 28
_RECENT = 3  # answers, of which each has a place
_LONGEST_TITLE, _SHORTEST_TITLE = 18, 4
_ABOUT = ROLES.index("about")
# From what chance on papers are meant, and the likeliest one where none is so likely.
_MEANT, _MAY_BE_MEANT = 0.6, 0.2
_DOUBT = 0.3  # how far from certain a chance may be
_MOST = {"spoken of": 6, "left out": 8}
MOST_IN_LIST = 12
"""How many papers of a list are read."""
LOOKS_BACK = 8
"""How many turns before a message are read with it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What an answer showed: its question, its papers in their order on the screen, and those that
    it named as left out.
    """

    question: str
    papers: tuple[str, ...]
    near: tuple[str, ...] = ()


Groups = tuple[tuple[str, tuple[str, ...]], ...]
"""The papers (any keys of them) that stand in each of `PLACES`, in their order there."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Word pieces of a message beside the papers shown, their segments, and where each paper, in
    the order of its groups, stands among them.
    """

    ids: tuple[int, ...]
    types: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Pointed(Generic[Key]):
    """The papers (keys, or what these are of) that a message is `about`, puts aside (`out`) and
    wants put on a list (`into`), in the order of the screen, and whether the network is `sure` of
    each that was shown whether that is meant.
    """

    about: tuple[Key, ...] = ()
    out: tuple[Key, ...] = ()
    into: tuple[Key, ...] = ()
    sure: bool = False


def group(turns: Sequence[Shown]) -> Groups:
    """Return where the papers of a conversation, newest turn last, stand for the next message."""
    if not turns:
        return ()
    answers = list(dict.fromkeys(turn.papers for turn in reversed(turns) if turn.papers))
    near_by, older = answers[:_RECENT], answers[_RECENT:]
    lists = [papers for papers in older if len(papers) > 1]
    stands = [*zip(PLACES, near_by, strict=False)]
    stands += [("list", papers) for papers in lists[:1]]
    stands += [("first list", papers) for papers in lists[1:][-1:]]
    named = {key for _, papers in stands for key in papers}
    alone = dict.fromkeys(key for papers in reversed(older) for key in papers if key not in named)
    near = dict.fromkeys(key for turn in reversed(turns) for key in turn.near)
    left = (key for key in near if key not in named and key not in alone)
    stands += [
        ("spoken of", tuple(alone)[-_MOST["spoken of"] :]),
        ("left out", tuple(left)[: _MOST["left out"]]),
    ]
    return tuple((place, papers[:MOST_IN_LIST]) for place, papers in stands if papers)


def told_words(message: str, papers: Mapping[str, Paper]) -> dict[str, tuple[str, ...]]:
    """Return by their keys the papers of which a message says words or numbers that their titles
    and abstracts have, in this or a kindred form, and few others of them, each with these, in the
    order of the message, three at the most.
    """
    terms = {key: _terms_of(f"{one.title} {one.abstract}") for key, one in papers.items()}
    most = max(1, int(_FEW * len(papers)))
    told: dict[str, list[str]] = {}
    for said, own in _told_by(message):
        having = [key for key, known in terms.items() if own in known]
        if not having and len(own) >= _LONG_WORD:
            begins = own[: max(_LONG_WORD - 1, round(_NEARLY * len(own)))]
            having = [key for key in terms if any(one.startswith(begins) for one in terms[key])]
        if len(having) <= most:
            for key in having:
                told.setdefault(key, []).append(said)
    return {key: tuple(dict.fromkeys(said))[:_MOST_TOLD] for key, said in told.items()}


def _told_by(message: str) -> Iterator[tuple[str, str]]:
    """Yield the words and numbers of a message that may tell papers apart, each with its term."""
    for match in re.finditer(NUMBER, message, re.IGNORECASE):
        if (value := value_of(match)) >= _LARGE and (match["scale"] or not _is_year(value)):
            yield match[0], _number(value)
    for word in words(message):
        if word not in _NO_MATTER and (terms := index_terms(word)):
            yield word, terms[0]


@lru_cache(maxsize=2048)  # the papers of a conversation are looked at again with every message
def _terms_of(text: str) -> frozenset[str]:
    """Return the terms of a text, the parts of its names ("Elevator" of "VideoElevator") and its
    numbers.
    """
    parts = (part for name in re.findall(_CAMEL, text) for part in re.findall(_HUMP, name))
    numbers = (value_of(match) for match in re.finditer(NUMBER, text, re.IGNORECASE))
    terms = (*index_terms(text), *(stem(part.lower()) for part in parts))
    return frozenset((*terms, *map(_number, numbers)))


def _number(value: float) -> str:
    return f"#{value:g}"


def _is_year(value: float) -> bool:
    """Tell whether a number may be a year."""
    return value.is_integer() and _YEARS[0] <= value <= _YEARS[1]


def encode(
    message: str,
    question: str,
    groups: Groups,
    papers: Mapping[str, Paper],
    counted: Collection[str],
) -> Encoded:
    """Return the message beside "question, now: 1. title 2.* title ~ word …, list before: …", where
    marks stand behind the numbers of the papers that have one, and what the message says of a paper
    behind its title; `counted` are the keys of those that the message counts or names.
    """
    tokenizer = bundled_tokenizer()
    told, (_, now) = told_words(message, {key: papers[key] for key in keys_of(groups)}), groups[0]

    def pieces(text: str) -> list[int]:
        return list(tokenizer.encode(text, add_special_tokens=False).ids)

    start, *_, end = tokenizer.encode("").ids
    asked = [start, *pieces(message)[:_LONGEST_MESSAGE], end]
    before = pieces(question)[:_LONGEST_QUESTION]
    many = sum(len(keys) for _, keys in groups)
    said = {key: pieces(f"{TOLD} {' '.join(told[key])}")[:_LONGEST_TOLD] for key in told}
    marked = 2 * len(counted) + sum(len(said.get(key, ())) for key in keys_of(groups))
    room = _LONGEST - len(asked) - len(before) - 2 - 4 * len(groups) - marked
    longest = min(max(room // max(many, 1) - 3, _SHORTEST_TITLE), _LONGEST_TITLE)
    ids, spans = [*asked, *before, end], []
    for place, keys in groups:
        ids += pieces(f"{place}:")
        for number, key in enumerate(keys, 1):
            mark = COUNTED * (key in counted) + NOW * (keys is not now and key in now)
            title = pieces(f"{number}.{mark}") + pieces(papers[key].title)[:longest]
            title += said.get(key, [])
            spans.append((len(ids), len(ids) + len(title)))
            ids += title
    ids, spans = ids[: _LONGEST - 1], [one for one in spans if one[1] < _LONGEST]
    ids.append(end)
    types = (*[0] * len(asked), *[1] * (len(ids) - len(asked)))
    return Encoded(tuple(ids), types, tuple(spans))


def keys_of(groups: Groups) -> Iterator[str]:
    """Yield the keys of groups in the order in which they are encoded."""
    for _, keys in groups:
        yield from keys


class Pointer:
    """The network of CARD.md on the CPU; what it read last is remembered."""

    def __init__(self, threads: int = 2) -> None:
        """Use the network that ships with the package, which is read when it is first used."""
        self._threads = threads
        self._roles = lru_cache(maxsize=64)(self._read)

    @cached_property
    def _session(self) -> InferenceSession:
        return open_session(Path(__file__).with_name("model.onnx"), self._threads)

    def _read(self, encoded: Encoded) -> NDArray[np.float32]:
        """Return of each paper the chance (0…1) of each of `ROLES`."""
        (logits,) = run_on_vectors(self._session, encoded.ids, encoded.types)
        means = [logits[0, start:end].mean(axis=0) for start, end in encoded.spans]
        return softmax(np.array(means))

    def point(
        self,
        message: str,
        turns: Sequence[Shown],
        papers: Mapping[str, Paper],
        counted: Collection[str],
    ) -> Pointed[str]:
        """Return what the papers shown in `turns`, newest last, are to a message; `papers` are by
        their keys, `counted` are those of papers that it counts or names.
        """
        groups = group(turns)
        if not groups:
            return Pointed()
        encoded = encode(message, turns[-1].question, groups, papers, counted)
        found: dict[str, NDArray[np.float32]] = {}
        for key, shares in zip(keys_of(groups), self._roles(encoded), strict=False):
            if key not in found or shares[0] < found[key][0]:
                found[key] = shares
        chances = {key: float(shares[_ABOUT]) for key, shares in found.items()}
        roles = {key: ROLES[int(shares.argmax())] for key, shares in found.items()}
        out, into = (
            tuple(key for key, role in roles.items() if role == wanted) for wanted in ROLES[2:]
        )
        others = [key for key in chances if key not in out and key not in into]
        about = tuple(key for key in others if chances[key] >= _MEANT)
        sure = all(min(chance, 1 - chance) < _DOUBT for chance in chances.values())
        if not (about or into) and others:
            best = max(others, key=lambda key: chances[key])
            if chances[best] >= _MAY_BE_MEANT:
                about, sure = (best,), False
        for long in (turn.papers for turn in turns if len(turn.papers) > MOST_IN_LIST):
            if {*about, *out} >= {*long[:MOST_IN_LIST]}:  # all that is read of a long list
                about = tuple(dict.fromkeys((*about, *long[MOST_IN_LIST:])))
        return Pointed(about, out, into, sure)
