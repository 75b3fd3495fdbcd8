"""Whether a claim says the opposite of its source: a negation, antonym or other count. Pure."""

import re
from collections.abc import Iterator
from functools import lru_cache

from assistant.text.words import (
    NEGATING_VERBS,
    NEGATIONS,
    is_content,
    parts,
    read_lines,
    stem,
    words,
)

_CUES = NEGATIONS | NEGATING_VERBS
# "Needs no video data" denies the data.
_LIGHT = frozenset(
    stem(word)
    for word in "require need use rely depend leverage involve access utilize exploit consider "
    "introduce".split()
)
# "Not fully" denies the degree alone.
_DEGREES = frozenset(
    "fully full completely complete entirely entire strictly necessarily always directly "
    "significantly substantially".split()
)
_SCOPE = 2  # words of content that a negation reaches
_NOT_ONLY = re.compile(r"\bnot (?:just|only|merely|simply)\b", re.IGNORECASE)
_INSTEAD = re.compile(
    r"\b(?:instead of|rather than|other than|besides|beyond|in place of|in contrast to|unlike|"
    r"as opposed to|devoid of)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[.;:,]|\bbut\b")
_ONE = {"single": "one", "1": "one", "dual": "two", "2": "two", "3": "three", "4": "four"}
_COUNTED = re.compile(r"\b(one|single|two|dual|three|four|five|six|multi|[1-9])-([a-z]{4,})\b")


def _key(word: str) -> str:
    return stem("".join(parts(word)))


def _read_antonyms() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    opposites: dict[str, frozenset[str]] = {}
    same: dict[str, frozenset[str]] = {}
    for line in read_lines("antonyms.txt"):
        left, right = (frozenset(side.split()) for side in line.split("|"))
        for side, other in ((left, right), (right, left)):
            stems = frozenset(map(_key, side))
            opposites |= {word: opposites.get(word, frozenset()) | other for word in side}
            same |= {each: same.get(each, frozenset()) | stems for each in stems}
    return opposites, same


OPPOSITES, SAME = _read_antonyms()
"""Words that mean the opposite of a word; stems that say the same as a stem, among these words."""


def contradictions(claim: str, source: str, whole: str = "") -> tuple[tuple[str, str], ...]:
    """Return (claimed, stated) pairs in which a claim says the opposite of its source.

    `source` are the sentences nearest to the claim; what the `whole` text both denies and says is
    no contradiction.

    >>> said = "It reduces accuracy with labeled data."
    >>> contradictions(said, "It increases accuracy with unlabeled data.")
    (('reduces', 'increases'), ('labeled', 'unlabeled'))
    """
    pairs = [
        *_opposite_words(claim, source),
        *_other_counts(claim, source),
        *_negations(claim, source, whole or source),
    ]
    return tuple(dict.fromkeys(pairs))


def denied(text: str) -> frozenset[str]:
    """Return the stems that a negation of `text` reaches: the next two words of content.

    >>> sorted(denied("It needs no paired data, without fine-tuning the model."))
    ['data', 'finetun', 'model', 'pair']
    """
    return frozenset(each for scope in _scopes(text) for each in scope)


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
    """Return what each negation denies first: "fail to align with people" denies that it aligns."""
    heads: set[str] = set()
    for scope in _scopes(text):
        heads |= set(scope if scope and scope[0] in _LIGHT else scope[:1])
    return frozenset(heads)


def _touched(text: str) -> frozenset[str]:
    """Return the stems of the clauses that have a negation or set themselves against something."""
    touched: set[str] = set()
    for clause in _CLAUSE.split(text):
        said = words(clause)
        if _INSTEAD.search(clause) or any(
            word in _CUES or word.endswith(("-free", "less")) or word.startswith("non")
            for word in said
        ):
            touched |= {_key(word.removesuffix("-free")) for word in said}
    return frozenset(touched)


def _other_counts(claim: str, source: str) -> Iterator[tuple[str, str]]:
    """Yield compounds that count otherwise: "two-stage" where the source has only "one-stage"."""
    said, stated = (
        {(_ONE.get(count, count), of): f"{count}-{of}" for count, of in _COUNTED.findall(text)}
        for text in (claim.lower(), source.lower())
    )
    for (count, of), written in said.items():
        others = [other for (_, what), other in stated.items() if what == of]
        if others and (count, of) not in stated:
            yield written, others[0]


def _opposite_words(claim: str, source: str) -> Iterator[tuple[str, str]]:
    said, stated = words(claim), words(source)
    stems = {stem(part) for word in stated for part in (word, *parts(word))}
    stems |= {same for each in stems for same in SAME.get(each, ())}
    not_said, not_stated = denied(claim), denied(source)
    for word in said:
        if stem(word) in stems:
            continue
        against = OPPOSITES.get(word, frozenset()) - set(said)
        rivals = [each for each in stated if each in against]
        if rivals and (stem(word) in not_said) == (stem(rivals[0]) in not_stated):
            yield word, rivals[0]


def _negations(claim: str, source: str, whole: str) -> Iterator[tuple[str, str]]:
    """Yield what one side denies outright while the other speaks of it in no clause that denies.

    Where the whole text has both, the clause nearer to the claim decides.
    """
    said, stated = ({_key(word): word for word in words(text)} for text in (claim, source))

    def nearness(term: str, denying: bool) -> int:
        return max(
            (
                len(stems & set(said))
                for stems, deny in _clauses(whole)
                if term in stems and (term in deny) == denying
            ),
            default=0,
        )

    for term in sorted((denied(claim) - _touched(source)) & set(stated)):
        if nearness(term, False) > nearness(term, True):
            yield f"not {stated[term]}", stated[term]
    for term in sorted((_heads(source) - _touched(claim)) & set(said)):
        if nearness(term, True) >= nearness(term, False):
            yield said[term], f"not {said[term]}"


@lru_cache(maxsize=256)
def _clauses(text: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Return the stems of each clause, and those that it denies."""
    return tuple(
        (frozenset(map(_key, words(clause))), denied(clause)) for clause in _CLAUSE.split(text)
    )
