"""How well the sentences of an abstract cover a claim: shared words, nearness in meaning, clause by clause. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.checking.antonyms import SAME
from assistant.checking.numbers import figures
from assistant.text.words import is_content, parts, stem, words
from assistant.types import Span

Similarity = Callable[[str, Sequence[str]], Sequence[float]]
"""Cosine (-1…1) of one text with each of some others."""

# What a writer says of any paper: no abstract has to say it too.
_REPORTING = frozenset(
    stem(word)
    for word in """propose proposes proposed present presents presented introduce introduces introduced describe describes demonstrate
    demonstrates report reports reported method methods approach approaches model models framework system technique achieve achieves
    result results perform performs performance evaluate evaluated experiment experiments find findings found offer provide provides
    enable enables allow allows based according claim claims state states stated abstract author authors paper papers work works
    study make makes called named new novel specifically respectively including include includes various several both address
    addresses aim aims focus focuses""".split()
)
_CLAUSE = re.compile(
    r"[,;:()—–]|\b(?:and|but|while|whereas|which|that|because|although|so that|by|with|without|using|via|for|on|to)\b"
)
# "Fine-tuned" and "finetuned" are one word.
_PREFIX = re.compile(r"\b(pre|fine|post|multi|semi|non|re|co)[-‐‑](?=[a-z]{3})", re.IGNORECASE)
_SHORTEST_CLAUSE = 2
_ABBREVIATION = re.compile(r"\b([A-Z]{3,})s?\b")


@dataclass(frozen=True, slots=True)
class Support:
    """How far one abstract covers a claim.

    `best` are its one or two sentences that cover most; `coverage` (0…1) is the share of the claim's words of content
    that they and the title hold, `whole` the same of the entire abstract, `similarity` the best cosine of a sentence,
    and `weakest` the share held of the clause that is held least, `bare` that clause.
    """

    best: tuple[Span, ...]
    coverage: float
    whole: float
    similarity: float
    weakest: float
    bare: str


def support(
    claim: str, title: str, sentences: Sequence[Span], similarity: Similarity | None = None
) -> Support:
    """Return how well `sentences` of an abstract with `title` cover `claim`."""
    wanted = content(claim)
    cosines = (
        list(similarity(claim, [one.text for one in sentences]))
        if similarity
        else [0.0] * len(sentences)
    )
    held_by = [held(wanted, f"{one.text} {_spelt(claim, one.text)}") for one in sentences]
    in_title = held(wanted, title)
    order = sorted(range(len(sentences)), key=lambda n: -(share(held_by[n], wanted) + cosines[n]))
    first = order[0]
    gains = [(len(held_by[n] - held_by[first]) + 0.5 * cosines[n], n) for n in order[1:]]
    second = max(gains, default=(0.0, -1))
    chosen = [first] + ([second[1]] if second[0] >= 1.5 and second[1] >= 0 else [])
    together = set().union(in_title, *(held_by[n] for n in chosen))
    every = set().union(in_title, *held_by)
    whole = " ".join([title, *(one.text for one in sentences)])
    weakest, bare = _weakest(claim, f"{whole} {_spelt(claim, whole)}")
    return Support(
        tuple(sentences[n] for n in chosen),
        share(together, wanted),
        share(every, wanted),
        cosines[first],
        weakest,
        bare,
    )


def content(text: str) -> frozenset[str]:
    """Return the stems of a claim's words of content, compounds in parts, without what is said of any paper.

    >>> sorted(content("The paper proposes text-to-video adapters for 5 tasks."))
    ['adapt', 'task', 'text', 'video']
    """
    for one in reversed(figures(text)):  # figures are compared as such, however they are written
        text = f"{text[: one.start]} {text[one.end :]}"
    found = {
        stem(part)
        for word in words(_PREFIX.sub(r"\1", text))
        if is_content(word)
        for part in parts(word)
        if is_content(part)
    }
    return frozenset(one for one in found if one not in _REPORTING and not one.isdigit())


def _spelt(claim: str, text: str) -> str:
    """Return the words of the claim that abbreviations of the text stand for: "WERs" holds "word error rates"."""
    said = re.findall(r"[^\W\d_]+", claim.lower())
    initials = "".join(word[0] for word in said)
    found: list[str] = []
    for short in {one.lower() for one in _ABBREVIATION.findall(text)}:
        place = initials.find(short)
        found += said[place : place + len(short)] if place >= 0 else []
    return " ".join(found)


def held(wanted: frozenset[str], text: str) -> set[str]:
    """Return which of the wanted stems `text` holds, a shared beginning of five letters being enough."""
    found = words(_PREFIX.sub(r"\1", text))
    there = {stem(part) for word in found for part in parts(word)} | {
        stem("".join(parts(word))) for word in found
    }
    there |= {same for one in there for same in SAME.get(one, ())}
    begins = {one[:5] for one in there if len(one) >= 5}
    return {one for one in wanted if one in there or (len(one) >= 5 and one[:5] in begins)}


def share(there: set[str], wanted: frozenset[str]) -> float:
    """Return the share (0…1) of the wanted stems that are there."""
    return len(there & wanted) / len(wanted) if wanted else 0.0


def _weakest(claim: str, source: str) -> tuple[float, str]:
    """Return the clause of the claim that the source holds least of, and how much."""
    lowest, bare = 1.0, ""
    for clause in _CLAUSE.split(claim):
        wanted = content(clause)
        if len(wanted) >= _SHORTEST_CLAUSE:
            part = share(held(wanted, source), wanted)
            if part < lowest:
                lowest, bare = part, " ".join(clause.split())
    return lowest, bare
