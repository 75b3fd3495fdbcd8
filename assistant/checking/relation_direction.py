"""Whether a claim turns a relation round: "B rivals A" where the source says "A rivals B". Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping

from assistant.checking.antonyms import SAME
from assistant.checking.names import closed_up, strict_names
from assistant.text.words import stem, words

# What one does to the other, and the other not to the one.
_RELATIONS = frozenset(
    stem(word)
    for word in """outperform beat surpass exceed rival match improve precede follow replace extend use distill transfer initialize
    guide supervise teach elevate boost generate contain include train""".split()
)
_PASSIVE = re.compile(r"\bby\b|\bfrom\b", re.IGNORECASE)
_END = re.compile(r"[.;:]\s|,? (?:while|whereas|but|which)\b")
_FARTHEST = 25  # words


def turned(claim: str, source: str) -> tuple[str, str]:
    """Return two names whose relation the claim turns round, in the order of the source; "" and "" when there are none.

    >>> turned("T0 rivals METRO.", "METRO rivals the much larger T0 model.")
    ('METRO', 'T0')
    >>> turned("T0 is rivalled by METRO.", "METRO rivals the much larger T0 model.")
    ('', '')
    """
    stated = _related(source)
    for (one, other), (verbs, _) in _related(claim).items():
        there, (first, second) = stated.get((other, one), (frozenset(), ("", "")))
        if verbs & there and not verbs & stated.get((one, other), (frozenset(), ("", "")))[0]:
            return first, second
    return "", ""


def _related(text: str) -> Mapping[tuple[str, str], tuple[frozenset[str], tuple[str, str]]]:
    """Return for two names in order the relations that stand between them, as stems, and the names as written."""
    found: dict[tuple[str, str], tuple[frozenset[str], tuple[str, str]]] = {}
    for clause in _END.split(text):
        for one, between, other in _between(clause):
            verbs = frozenset(
                same
                for word in words(between)
                if (key := stem(word)) in _RELATIONS
                for same in {key, *SAME.get(key, ())}
            )
            if verbs and len(words(between)) <= _FARTHEST and not _PASSIVE.search(between):
                place = (closed_up(one), closed_up(other))
                found[place] = (verbs | found.get(place, (frozenset(), ("", "")))[0], (one, other))
    return found


def _between(clause: str) -> Iterator[tuple[str, str, str]]:
    """Yield two names and what stands between them."""
    places = sorted(
        (match.start(), name)
        for name in strict_names(clause)
        for match in re.finditer(re.escape(name), clause)
    )
    for (start, one), (end, other) in itertools.combinations(places, 2):
        if one != other and start + len(one) <= end:
            yield one, clause[start + len(one) : end], other
