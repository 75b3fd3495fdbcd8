"""What a sentence denies, and words that mean the opposite of each other. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.checking.antonyms import OPPOSITES, SAME
from assistant.text.words import is_content, parts, stem, words

_CUES = frozenset(
    """no not never without neither nor cannot can't don't doesn't didn't isn't aren't wasn't won't fail fails failed failing
    lack lacks lacking hardly rarely seldom scarcely barely unable avoid avoids avoiding eliminate eliminates eliminating prevent prevents preventing none""".split()
)
# "Needs no video data" denies the data.
_LIGHT = frozenset(
    stem(word)
    for word in "require need use rely depend leverage involve access utilize exploit consider introduce".split()
)
# "Not fully" denies the degree alone.
_DEGREES = frozenset(
    "fully full completely complete entirely entire strictly necessarily always directly significantly substantially".split()
)
# How many words of content a negation reaches.
_SCOPE = 2
_NOT_ONLY = re.compile(r"\bnot (?:just|only|merely|simply)\b", re.IGNORECASE)
_INSTEAD = re.compile(
    r"\b(?:instead of|rather than|other than|besides|beyond|in place of|in contrast to|unlike|as opposed to|devoid of)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[.;:,]|\bbut\b")
_ONE = {"single": "one", "1": "one", "dual": "two", "2": "two", "3": "three", "4": "four"}
_COUNTED = re.compile(r"\b(one|single|two|dual|three|four|five|six|multi|[1-9])-([a-z]{4,})\b")
_UN = re.compile(r"^(?:un|non|in|im|dis)-?(?=[a-z]{4,})")


def denied(text: str) -> frozenset[str]:
    """Return the stems that a negation of `text` reaches: the next two words of content.

    >>> sorted(denied("It needs no paired data, without fine-tuning the model."))
    ['data', 'finetun', 'model', 'pair']
    """
    return frozenset(one for scope in _scopes(text) for one in scope)


def _scopes(text: str) -> Iterator[tuple[str, ...]]:
    """Yield for each negation the stems that it reaches, in order."""
    for clause in _CLAUSE.split(_NOT_ONLY.sub("", text)):
        scope: list[str] = []
        reach = 0
        for word in words(clause):
            if word in _CUES:
                yield tuple(scope)
                scope, reach = [], _SCOPE
            elif word.endswith("-free"):
                yield (_key(word.removesuffix("-free")),)
            elif reach and is_content(word) and word not in _DEGREES and not word[0].isdigit():
                scope.append(_key(word))
                reach -= 1
        yield tuple(scope)


def _heads(text: str) -> frozenset[str]:
    """Return what each negation denies first: "fail to align with people" denies that it aligns, not people."""
    found: set[str] = set()
    for scope in _scopes(text):
        light = bool(scope) and scope[0] in _LIGHT
        found |= set(scope if light else scope[:1])
    return frozenset(found)


def touched(text: str) -> frozenset[str]:
    """Return the stems of every clause that has a negation, or sets itself against something, anywhere in it."""
    found: set[str] = set()
    for clause in _CLAUSE.split(text):
        there = words(clause)
        if _INSTEAD.search(clause) or any(
            word in _CUES or word.endswith(("-free", "less")) or word.startswith("non")
            for word in there
        ):
            found |= {_key(word.removesuffix("-free")) for word in there}
    return frozenset(found)


def _key(word: str) -> str:
    return stem("".join(parts(word)))


def contradictions(claim: str, source: str, whole: str = "") -> tuple[tuple[str, str], ...]:
    """Return (claimed, stated) pairs in which the claim says the opposite of the source, in its own words or by a negation.

    `source` are the sentences nearest to the claim; what the `whole` text both denies and says is no contradiction.

    >>> contradictions("It reduces accuracy with labeled data.", "It increases accuracy with unlabeled data.")
    (('reduces', 'increases'), ('labeled', 'unlabeled'))
    """
    return tuple(
        dict.fromkeys(
            [
                *_opposite_words(claim, source),
                *_other_counts(claim, source),
                *_negations(claim, source, whole or source),
            ]
        )
    )


def _other_counts(claim: str, source: str) -> Iterator[tuple[str, str]]:
    """Yield compounds that count otherwise: "two-stage" where the source has only "one-stage"."""
    said, stated = (
        {(_ONE.get(n, n), of): f"{n}-{of}" for n, of in _COUNTED.findall(text.lower())}
        for text in (claim, source)
    )
    for (number, of), written in said.items():
        others = [there for (_, what), there in stated.items() if what == of]
        if others and (number, of) not in stated:
            yield written, others[0]


def _opposite_words(claim: str, source: str) -> Iterator[tuple[str, str]]:
    said, stated = words(claim), words(source)
    stems = {stem(part) for word in stated for part in (word, *parts(word))}
    stems |= {same for one in stems for same in SAME.get(one, ())}
    no_claim, no_source = denied(claim), denied(source)
    for word in said:
        if stem(word) in stems:
            continue
        rivals = [one for one in stated if one in OPPOSITES.get(word, ()) and one not in said] or [
            one
            for one in stated
            if _UN.sub("", one) == word != one or _UN.sub("", word) == one != word
        ]
        if rivals and (stem(word) in no_claim) == (stem(rivals[0]) in no_source):
            yield word, rivals[0]


def _negations(claim: str, source: str, whole: str) -> Iterator[tuple[str, str]]:
    """Yield what one side denies outright while the other speaks of it in no clause with a negation.

    Where the whole text has both, the clause nearer to the claim decides.
    """
    said, stated = (
        {_key(word): word for word in words(claim)},
        {_key(word): word for word in words(source)},
    )
    for one in sorted((denied(claim) - touched(source)) & set(stated)):
        if _nearness(set(said), whole, one, False) > _nearness(set(said), whole, one, True):
            yield f"not {stated[one]}", stated[one]
    for one in sorted((_heads(source) - touched(claim)) & set(said)):
        if _nearness(set(said), whole, one, True) >= _nearness(set(said), whole, one, False):
            yield said[one], f"not {said[one]}"


def _nearness(said: set[str], text: str, one: str, denying: bool) -> int:
    """Return how many stems of a claim the nearest clause with `one` has, among those that deny it or among the others."""
    found = 0
    for clause in _CLAUSE.split(text):
        there = {_key(word) for word in words(clause)}
        if one in there and (one in denied(clause)) == denying:
            found = max(found, len(there & said))
    return found
