"""How well the sentences of an abstract cover a claim, in words and in meaning. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.checking.numbers import figures
from assistant.checking.opposites import SAME
from assistant.text.words import is_content, parts, read_words, stem, words
from assistant.types import Span

Similarity = Callable[[str, Sequence[str]], Sequence[float]]
"""Cosine (-1…1) of one text with each of some others."""

_REPORTING = frozenset(map(stem, read_words("reporting_words.txt")))
_CLAUSE = re.compile(
    r"[,;:()—–]|\b(?:and|but|while|whereas|which|that|because|although|so"
    r" that|by|with|without|using|via|for|on|to)\b"
)
# "Fine-tuned" and "finetuned" are one word.
_PREFIX = re.compile(r"\b(pre|fine|post|multi|semi|non|re|co)[-‐‑](?=[a-z]{3})", re.IGNORECASE)
_SHORTEST_CLAUSE = 2
_WORTH_A_SECOND = 1.5  # words of content that a second sentence adds
_ABBREVIATION = re.compile(r"\b([A-Z]{3,})s?\b")


@dataclass(frozen=True, slots=True)
class Support:
    """How far one abstract covers a claim, in shares (0…1) of the claim's words of content.

    `best` are its one or two sentences that cover most, `coverage` what they and the title hold;
    `similarity` is the best cosine of a sentence; `bare` is the clause that the whole abstract
    holds least of, `weakest` how much.
    """

    best: tuple[Span, ...] = ()
    coverage: float = 0.0
    similarity: float = 0.0
    weakest: float = 0.0
    bare: str = ""

    @property
    def text(self) -> str:
        """Return the best sentences as one text."""
        return " ".join(span.text for span in self.best)


def support(
    claim: str, title: str, sentences: Sequence[Span], similarity: Similarity | None = None
) -> Support:
    """Return how well `sentences` of an abstract with `title` cover `claim`."""
    if not sentences:
        return Support()
    texts = [span.text for span in sentences]
    wanted = content(claim)
    cosines = list(similarity(claim, texts)) if similarity else [0.0] * len(texts)
    held_by = [held(wanted, f"{text} {_spelt(claim, text)}") for text in texts]
    order = sorted(range(len(texts)), key=lambda n: -(share(held_by[n], wanted) + cosines[n]))
    first = order[0]
    gains = [(len(held_by[n] - held_by[first]) + 0.5 * cosines[n], n) for n in order[1:]]
    gain, second = max(gains, default=(0.0, -1))
    chosen = [first, second] if gain >= _WORTH_A_SECOND else [first]
    together = held(wanted, title).union(*(held_by[n] for n in chosen))
    whole = " ".join([title, *texts])
    weakest, bare = _weakest(claim, f"{whole} {_spelt(claim, whole)}")
    best = tuple(sentences[n] for n in chosen)
    return Support(best, share(together, wanted), cosines[first], weakest, bare)


@lru_cache(maxsize=1024)
def content(text: str) -> frozenset[str]:
    """Return the stems of words of content, compounds in parts, without what is said of any paper.

    >>> sorted(content("The paper proposes text-to-video adapters for 5 tasks."))
    ['adapt', 'task', 'text', 'video']
    """
    for figure in reversed(figures(text)):  # figures are compared as such, however they are written
        text = f"{text[: figure.start]} {text[figure.end :]}"
    stems = {
        stem(part)
        for word in words(_PREFIX.sub(r"\1", text))
        if is_content(word)
        for part in parts(word)
        if is_content(part)
    }
    return frozenset(each for each in stems - _REPORTING if not each.isdigit())


def _spelt(claim: str, text: str) -> str:
    """Return the words of the claim that abbreviations of the text stand for."""
    said = re.findall(r"[^\W\d_]+", claim.lower())
    initials = "".join(word[0] for word in said)
    spelt: list[str] = []
    for short in {each.lower() for each in _ABBREVIATION.findall(text)}:
        start = initials.find(short)
        spelt += said[start : start + len(short)] if start >= 0 else []
    return " ".join(spelt)


def held(wanted: frozenset[str], text: str) -> set[str]:
    """Return which of the wanted stems `text` holds; five shared first letters are enough."""
    stems, begins = _stems(text)
    return {each for each in wanted if each in stems or (len(each) >= 5 and each[:5] in begins)}


@lru_cache(maxsize=1024)
def _stems(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the stems of a text, those that mean the same too, and their first five letters."""
    said = words(_PREFIX.sub(r"\1", text))
    stems = {stem(part) for word in said for part in parts(word)}
    stems |= {stem("".join(parts(word))) for word in said}
    stems |= {same for each in stems for same in SAME.get(each, ())}
    return frozenset(stems), frozenset(each[:5] for each in stems if len(each) >= 5)


def share(there: set[str], wanted: frozenset[str]) -> float:
    """Return the share (0…1) of the wanted stems that are there."""
    return len(there & wanted) / len(wanted) if wanted else 0.0


def _weakest(claim: str, source: str) -> tuple[float, str]:
    """Return the clause of the claim that the source holds least of, and how much."""
    lowest, bare = 1.0, ""
    for clause in _CLAUSE.split(claim):
        wanted = content(clause)
        part = share(held(wanted, source), wanted)
        if len(wanted) >= _SHORTEST_CLAUSE and part < lowest:
            lowest, bare = part, " ".join(clause.split())
    return lowest, bare
