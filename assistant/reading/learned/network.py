"""A message and the turn before it → form, reference, act and the parts of the wording."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.models.minilm import bundled_tokenizer, open_session, run_on_vectors, softmax
from assistant.text.words import is_content, words

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

FORMS = (
    "list", "fact", "summary", "comparison", "count", "bibliography", "collection", "social",
    "other",
)  # fmt: skip
REFERS = ("nothing", "one", "set", "place", "described", "question")
ACTS = (
    "none", "more", "shorter", "longer", "narrow", "drop", "recommend", "order", "two", "check",
    "reject", "add",
)  # fmt: skip
SPANS = ("topic", "paper", "aspect", "not", "time", "person", "venue", "lacks", "out", "side")
"""What a word of the message can belong to; its class is its place here + 1, 0 for none. `not` is
what papers to be left out are about, `out` the other words of that clause, `lacks` what is to be
done without, `side` one of what is set side by side.
"""
PARTS = ("request", "aside", "next")
"""What a word does for the whole message: it belongs to its (first) request, or could be left out
and the message would ask the same, or belongs to a further request.
"""
_CLAUSE = ("not", "out")
_NOT, _OUT, _SIDE = (SPANS.index(kind) + 1 for kind in ("not", "out", "side"))
_BINDS = re.compile(r"(?:under|of|for|by|on|in|without|using|that|which|than)", re.IGNORECASE)
_SO_MANY = re.compile(r"\b(?:the )?(?:two|three|four|five) $", re.IGNORECASE)
_JOIN = re.compile(r"^(?:and|or) (?=\S)", re.IGNORECASE)
_ENDED = re.compile(r"\w{3}[.?!]\s*$")  # a sentence; a stretch that is no clause ends with it
_LONGEST, _LONGEST_BEFORE = 160, 60
_BETWEEN = ",;:/?!"
_SAYING = 4  # how much more it counts against an aside that a word says something
_MARKS = ".,;:!?)–—-"
_CHANGE = {True: 1.0, False: 6.0}  # what a change of part costs behind a mark, without one
# What is added to a word's log-chance of each of `PARTS`: these weights say too often that words
# begin a further request, but for messages whose act is to ask for two things; and what it costs
# more that one begins behind another mark than those that end a sentence, and at all where nothing
# parts or joins (of 301 of held-out hands' with one 232 are parted, of 2,128 without one 23, most
# of which ask for two things).
_FAVOURED, _ASKS_FOR_TWO = (0.0, 0.0, -1.5), (0.0, 0.0, 2.0)
_TWO = ACTS.index("two")
_AMID, _UNJOINED = 5.0, 14.0
_ENDS = ".?!;:"
_JOINS = re.compile(r"(?:and|but|or|plus|also|then|besides)\b", re.IGNORECASE)
_WORD, _SAYS = re.compile(r"\S+"), re.compile(r"\w")
# How sure of one of its pieces the network is of a side. Of 592 stretches in the questions of
# tests/comparison_questions 46 of 101 that are none, and 6 that are, lie below.
_A_SIDE = 0.8


Run = tuple[int, int, int, float]
"""Words with one tag: the tag, their half-open characters, and how sure of it the network is."""


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


@dataclass(frozen=True, slots=True)
class Tagged:
    """What the network says of a message: the likeliest `form`, `refers` and `act` with their
    probabilities by name, and the stretches of its text by kind, in their order; those of "out" are
    whole clauses, with what is left out. `requests` are what the message asks for one after the
    other, in all its words; `plain` is the message without those that could be left out.
    """

    form: str
    refers: str
    act: str
    forms: Mapping[str, float]
    references: Mapping[str, float]
    spans: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    requests: tuple[str, ...] = ()
    plain: str = ""

    def of(self, kind: str) -> tuple[str, ...]:
        """Return the stretches of one kind."""
        return self.spans.get(kind, ())


class ReadingNetwork:
    """The network of CARD.md on the CPU; what was read last is remembered."""

    def __init__(self, threads: int = 2) -> None:
        """Use the network that ships with the package, which is read when it is first used."""
        self._threads = threads
        self.tag = lru_cache(maxsize=256)(self._tag)

    @cached_property
    def _session(self) -> InferenceSession:
        return open_session(Path(__file__).with_name("model.onnx"), self._threads)

    def _tag(self, message: str, before: Before | None = None) -> Tagged:
        encoded = encode(message, before)
        form, refers, act, pieces, parts = run_on_vectors(self._session, encoded.ids, encoded.types)
        forms, references = softmax(form[0]), softmax(refers[0])
        if before is None:
            references = np.eye(1, len(REFERS))[0]
        tags = softmax(pieces[0][: len(encoded.offsets)])
        surest = tags.max(axis=1).tolist()
        return Tagged(
            FORMS[int(forms.argmax())],
            REFERS[int(references.argmax())],
            ACTS[int(act[0].argmax())] if before else "none",
            dict(zip(FORMS, forms.tolist(), strict=True)),
            dict(zip(REFERS, references.tolist(), strict=True)),
            _spans(message, tags.argmax(axis=1).tolist(), surest, encoded.offsets),
            *_requests(
                message, _chances(tags, parts[0][: len(tags)]), encoded.offsets,
                float(softmax(act[0])[_TWO]) if before else 0.0,
            ),
        )  # fmt: skip


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


def _spans(
    text: str, tags: list[int], surest: list[float], offsets: tuple[tuple[int, int], ...]
) -> dict[str, tuple[str, ...]]:
    """Return the runs of words with one tag, of which the network is so sure (0…1), as stretches
    of the text.
    """
    runs: list[Run] = []
    for tag, start, end, sure in _words(text, tags, surest, offsets):
        goes_on = bool(runs) and tag == runs[-1][0]
        if goes_on and (tag in (_NOT, _OUT) or not _ENDED.search(text, runs[-1][1], start)):
            runs[-1] = (tag, runs[-1][1], end, max(runs[-1][3], sure))
        else:
            runs.append((tag, start, end, sure))
    spans: dict[str, tuple[str, ...]] = {}
    clauses: list[tuple[int, int]] = []
    for tag, start, end, sure in _joined(text, runs):
        said = _JOIN.sub("", text[start:end].strip(" ?!.,;:\"'“”()"))
        kind = SPANS[tag - 1] if tag else ""
        if kind == "side" and sure < _A_SIDE:
            continue
        if kind in ("topic", "side") and not any(map(is_content, words(said))):
            continue  # "from" is about nothing
        if kind in _CLAUSE:
            if clauses and not text[clauses[-1][1] : start].strip():
                start, _ = clauses.pop()
            clauses.append((start, end))
        if kind and kind != "out" and said:
            spans[kind] = (*spans.get(kind, ()), said)
    if clauses:
        spans["out"] = tuple(text[start:end] for start, end in clauses)
    return spans


def _joined(text: str, runs: Sequence[Run]) -> list[Run]:
    """Return runs of words with what lies within a clause that leaves papers out as what these are
    about ("leave out everything older than 2024"), these and a side with what a preposition binds
    to it ("the German model under the AGPL licence"), and a side with how many papers it is for.
    """
    in_clause = [False, *(tag > 0 and SPANS[tag - 1] in _CLAUSE for tag, *_ in runs), False]
    joined: list[Run] = []
    for n, (tag, start, end, sure) in enumerate(runs):
        if tag and in_clause[n] and in_clause[n + 2]:
            tag = _NOT
        if tag == _SIDE and (counted := _SO_MANY.search(text[:start])):
            start = counted.start()
        before = joined[-1][0] if joined else 0
        binds = before in ((0, _OUT) if tag == _NOT else (0,))
        bound = len(joined) > 1 and binds and joined[-2][0] == tag in (_SIDE, _NOT)
        if joined and before == tag == _NOT:
            joined[-1] = (tag, joined[-1][1], end, max(sure, joined[-1][3]))
        elif bound and _BINDS.fullmatch(text[joined[-1][1] : joined[-1][2]].strip()):
            _, first, _, surest = joined[-2]
            joined[-2:] = [(tag, first, end, max(sure, surest))]
        else:
            joined.append((tag, start, end, sure))
    return joined


def _chances(tags: NDArray[np.float32], parts: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the chances of `PARTS` for word pieces: what could be left out says nothing, too, and
    what leaves papers out asks for no others.
    """
    chances = softmax(parts)
    chances[:, PARTS.index("aside")] *= tags[:, 0] ** _SAYING
    excluding = sum(tags[:, SPANS.index(kind) + 1] for kind in _CLAUSE)
    chances[:, PARTS.index("next")] *= 1 - excluding
    return chances


def _requests(
    text: str, parts: NDArray[np.float32], offsets: tuple[tuple[int, int], ...], two: float
) -> tuple[tuple[str, ...], str]:
    """Return what a message asks for one after the other, what could be left out with that which
    follows it; and the message without that, all of it where nothing would be left. `parts` are the
    chances of `PARTS`, by word piece, `two` that of asking for two things.
    """
    requests: list[list[str]] = [[]]
    kept: list[str] = []
    aside: list[str] = []
    last = 0
    for word, part in zip(_WORD.findall(text), _parts_of(text, parts, offsets, two), strict=True):
        if PARTS[part] == "aside":
            aside.append(word)
            continue
        if PARTS[part] == "next" and PARTS[last] != "next" and kept:
            requests.append([])
        requests[-1] += [*aside, word]
        kept.append(word)
        aside, last = [], part
    requests[-1] += aside
    plain = " ".join(kept)
    asked = tuple(filter(_SAYS.search, map(" ".join, requests)))
    return asked or (text,), plain if _SAYS.search(plain) else text


def _parts_of(
    text: str, parts: NDArray[np.float32], offsets: tuple[tuple[int, int], ...], two: float
) -> list[int]:
    """Return the likeliest part of each word where a part seldom ends within a clause (Viterbi
    1967); what lies beyond what is read belongs to the first request.
    """
    favoured = np.add(_FAVOURED, np.multiply(two, _ASKS_FOR_TWO))
    pieces = list(zip(offsets, np.log(parts + 1e-6) + favoured, strict=True))[1:]
    best, ways = np.zeros(len(PARTS)), []
    at, marked, ended = 0, True, True
    for word in _WORD.finditer(text):
        own = []
        while at < len(pieces) and pieces[at][0][0] < word.end():
            own.append(pieces[at][1])
            at += 1
        change = np.full(len(PARTS), _CHANGE[marked])
        if not (marked or _JOINS.match(word[0])):
            change[PARTS.index("next")] = _UNJOINED
        elif not ended:
            change[PARTS.index("next")] += _AMID
        reached = best[:, None] - change * (1 - np.eye(len(PARTS)))
        ways.append(reached.argmax(axis=0))
        told = np.mean(own, axis=0) if own else np.log(np.eye(len(PARTS))[0] + 1e-6)
        best = reached.max(axis=0) + told
        marked, ended = word[0][-1] in _MARKS, word[0][-1] in _ENDS
    path = [int(best.argmax())] if ways else []
    for way in reversed(ways[1:]):
        path.append(int(way[path[-1]]))
    return path[::-1]


def _words(
    text: str, tags: list[int], surest: list[float], offsets: tuple[tuple[int, int], ...]
) -> list[tuple[int, int, int, float]]:
    """Return tag, start and end of each word, hyphens and all, and how sure its surest piece is; a
    mark between two stretches ("the Slovene, the Thai one") is a word of its own.
    """
    words: list[tuple[int, int, int, float]] = []
    marked = True
    for tag, sure, (start, end) in zip(tags[1:], surest[1:], offsets[1:], strict=True):
        mark = not tag and text[start:end] in _BETWEEN
        if marked or mark or start != words[-1][2]:
            words.append((tag, start, end, sure))
        else:
            own, first, _, before = words[-1]
            words[-1] = (own or tag, first, end, max(before, sure))
        marked = mark
    return words
