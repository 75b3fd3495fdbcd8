"""Whether figures and names of a claim stand beside the same words as in the source: "A beats B" is not "B beats A". Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.checking.figures import figures
from assistant.checking.mentions import absent, closed_up, names
from assistant.terms import STOP_WORDS, parts, stem

_STRICT = re.compile(r"\d|[a-z][A-Z]|[A-Z]{2}|-[A-Z]")
_BETTER = re.compile(
    r"\b(?:outperform|beat|surpass|exceed)\w*|\b(?:do(?:es)? |is |are |works? )?(?:better than|superior to|ahead of)\b",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"(?:In contrast to|Unlike|Compared (?:to|with)|As opposed to) ([^,]+), (\S+)", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|never|no)\b|n't\b", re.IGNORECASE)
_REACH = 8
_BOUNDARY = 1.0
_TOKEN = re.compile(r"\w+(?:[-'’.+*/]\w+)*|[,;:()—–]|\S")
_INTRODUCED = re.compile(
    r"\b(?:present|propose|introduce|named|termed|dubbed|called|develop|build|create|call)s?\b[^.;]{0,80}", re.IGNORECASE
)
_BREAK = frozenset(", ; : ( ) — –".split()) | {
    "vs",
    "versus",
    "against",
    "while",
    "whereas",
    "and",
    "but",
    "or",
    "than",
    "e.g",
    "i.e",
}
# When a figure or a name counts as misplaced, where the other one is in the claim too and where it is not: by how much
# better the other's surroundings fit, or how one-sidedly (0…1) the words speak that the two places have unequally near.
FIGURE_MARGINS = (0.2, 0.15)
NAME_MARGINS = (0.15, 0.5)
FIGURE_LEANS = (0.4, 2.0)
NAME_LEANS = (0.4, 0.95)
_LEAST_WEIGHT = 0.4


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A figure or name of a claim that has, in the source, another one's surroundings, and by how much they fit better."""

    claimed: str
    stated: str
    gain: float
    is_figure: bool
    exchanged: bool
    lean: float = 0.0
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class _Entity:
    """A figure or a name at a place of a text, with the weighted stems around it."""

    key: str
    text: str
    unit: str
    around: Mapping[str, float]
    place: int
    ordinary: bool = False

    @property
    def is_figure(self) -> bool:
        return self.key.startswith("#")


def misplaced(claim: str, source: str, subject: str = "") -> tuple[Misplaced, ...]:
    """Return what of the claim the source has otherwise, worst first; names in `subject` (a title) may stand anywhere.

    Surroundings are the words of content within eight, each weighted by its nearness; a comma, "and" or "versus" between
    counts as one word more.

    >>> [(one.claimed, one.stated) for one in misplaced("Its FVD is 83 on UCF.", "FVD is 83 on MSR and 122 on UCF.")]
    [('UCF', 'MSR')]
    """
    free = _own(source, subject)
    found = [
        one
        for one in _rivalries(claim, source)
        if _is_misplaced(one) and (one.is_figure or one.exchanged or closed_up(one.claimed) not in free)
    ]
    return tuple(sorted(found, key=lambda one: (not one.is_figure, -one.gain)))[:1] if found else ()


def figure_instead(claim: str, lacking: str, source: str) -> str:
    """Return the figure that the source has where the claim has `lacking`, "" when none stands in like surroundings.

    >>> figure_instead("It tunes 30M parameters.", "30M", "We tune only 24M of 1.1B weights on 8 GPUs.")
    '24M'
    """
    said = _entities(claim)
    one = next((one for one in said if one.text == lacking), None)
    keys = {other.key for other in said}
    rivals = [other for other in _entities(source) if one and _comparable(one, other) and other.key not in keys]
    best = max(rivals, key=lambda other: _fit(one, other) if one else 0.0, default=None)
    return best.text if one and best and _fit(one, best) > 0 else ""


def overturned(claim: str, source: str, subject: str = "") -> str:
    """Return a rival that the claim puts above what the paper itself introduces, "" when there is none.

    An abstract reports what its own work does better.

    >>> overturned("BERT outperforms ERNIE 2.0 on 16 tasks.", "ERNIE 2.0 outperforms BERT on 16 tasks.", "ERNIE 2.0")
    'BERT'
    """
    own = _own(source, subject)
    if beside := _BESIDE.match(claim):
        left, right = names(beside[2]), strict_names(beside[1])
    elif (verb := _BETTER.search(claim)) and not _NOT.search(claim):
        left, right = names(f"It {claim[: verb.start()]}"), strict_names(claim[verb.end() :])
    else:
        return ""
    if any(closed_up(one) in own for one in left):
        return ""
    return next(iter(left), "") if any(closed_up(one) in own for one in right) else ""


def stray(found: Sequence[str], near: str, source: str, subject: str = "") -> str:
    """Return one of the names that the source has, but not `near` what supports the claim, "" when there is none."""
    own, here, anywhere = _own(source, subject), closed_up(near), closed_up(source)
    for one in found:
        key = closed_up(one)
        if _STRICT.search(one) and key in anywhere and key not in own and key not in here and absent([one], near):
            return one
    return ""


def strict_names(text: str) -> list[str]:
    """Return the names of a text that are no ordinary words with a capital."""
    return [one for one in names(text) if _STRICT.search(one)]


def _own(source: str, subject: str) -> str:
    """Return, closed up, the title and what the source says that it introduces."""
    return closed_up(f"{subject} {' '.join(_INTRODUCED.findall(source))}")


def _is_misplaced(one: Misplaced) -> bool:
    case = 0 if one.exchanged else 1
    margin = (FIGURE_MARGINS if one.is_figure else NAME_MARGINS)[case]
    lean = (FIGURE_LEANS if one.is_figure else NAME_LEANS)[case]
    return one.gain > margin or (one.lean > lean and one.weight > _LEAST_WEIGHT)


def _rivalries(claim: str, source: str) -> Iterator[Misplaced]:
    contrasted = _contrasted(claim)
    said, stated = _entities(claim, contrasted), _entities(source, contrasted)
    for one in said:
        own = [other for other in stated if other.key == one.key]
        for rival in stated if own else ():
            if rival.key == one.key or not _comparable(one, rival) or any(_coordinated(other, rival) for other in own):
                continue
            partner = next((other for other in said if other.key == rival.key), None)
            if (partner is None and one.ordinary) or (partner is not None and _coordinated(one, partner)):
                continue
            here = max(own, key=lambda other: _fit(one, other, rival.key))
            gain = _fit(one, rival) - _fit(one, here, rival.key)
            lean, weight = _lean(one, here, rival)
            if partner is not None:
                there = max(
                    (other for other in stated if other.key == partner.key), key=lambda other: _fit(partner, other, one.key)
                )
                gain += max(_fit(partner, other) for other in own) - _fit(partner, there, one.key)
                more, mass = _lean(partner, there, max(own, key=lambda other: _fit(partner, other)))
                lean, weight = lean + more, weight + mass
            yield Misplaced(
                one.text, rival.text, gain, one.is_figure, partner is not None, lean / weight if weight else 0.0, weight
            )


def _lean(one: _Entity, own: _Entity, rival: _Entity) -> tuple[float, float]:
    """Return how much the words around `one` speak for the rival's place rather than its own, and of how much they speak.

    Only words that the two places have unequally near speak.
    """
    keys = set(one.around) - {one.key, own.key, rival.key}
    differences = [(one.around[key], rival.around.get(key, 0.0) - own.around.get(key, 0.0)) for key in keys]
    return sum(w * d for w, d in differences), sum(w * abs(d) for w, d in differences)


def _coordinated(one: _Entity, other: _Entity) -> bool:
    """Tell whether two stand side by side, names as in "A and B" and "A (B)", figures as in "24M out of 1.1B".

    Then what follows belongs to both.
    """
    return abs(one.place - other.place) <= (1 if one.is_figure else 2)


def _comparable(one: _Entity, other: _Entity) -> bool:
    if (one.is_figure, one.ordinary) != (other.is_figure, other.ordinary):
        return False
    return not (one.unit and other.unit and one.unit != other.unit)


def _fit(one: _Entity, other: _Entity, without: str = "") -> float:
    """Return the share (0…1) of one's surroundings that the other has too."""
    keys = set(one.around) - {one.key, other.key, without}
    total = sum(one.around[key] for key in keys)
    return sum(min(one.around[key], other.around.get(key, 0.0)) for key in keys) / total if total else 0.0


def _entities(text: str, contrasted: Collection[str] = ()) -> list[_Entity]:
    tokens = list(_tokens(text))
    return [
        _Entity(key, shown, unit, _around(tokens, place), place, not is_entity)
        for place, (key, shown, unit, is_entity) in enumerate(tokens)
        if is_entity or key in contrasted
    ]


def _contrasted(text: str) -> frozenset[str]:
    """Return the stems that a text sets against each other: different words before one and the same ("text encoder, image encoder")."""
    tokens = [key for key, _, _, is_entity in _tokens(text)]
    before: dict[str, set[str]] = {}
    for one, two in itertools.pairwise(tokens):
        if one.isalpha() and two.isalpha() and one not in _BREAK and two not in _BREAK:
            before.setdefault(two, set()).add(one)
    return frozenset(one for others in before.values() if len(others) > 1 for one in others)


def _around(tokens: Sequence[tuple[str, str, str, bool]], place: int) -> dict[str, float]:
    weights: dict[str, float] = {}
    for step in (-1, 1):
        distance = 0.0
        at = place + step
        while 0 <= at < len(tokens) and distance < _REACH:
            key = tokens[at][0]
            distance += _BOUNDARY if key in _BREAK else 1.0
            if key == ";":
                break
            if key not in _BREAK:
                weights[key] = max(weights.get(key, 0.0), 1.0 / distance)
            at += step
    return weights


def _tokens(text: str) -> Iterator[tuple[str, str, str, bool]]:
    """Yield (key, surface, unit, is an entity) of every figure, name, word of content and break of a text."""
    counted = [one for one in figures(text) if one.counted]
    known = set(strict_names(text))
    place = 0
    for match in _TOKEN.finditer(text):
        if match.start() < place:
            continue
        figure = next((one for one in counted if one.start <= match.start() < one.end), None)
        word = match[0].removesuffix("'s")
        if figure is not None:
            yield f"#{figure.value}", figure.text, figure.unit, True
            place = figure.end
        elif word in known or word.removesuffix("s") in known:
            yield closed_up(word), word, "", True
        elif word.lower() in _BREAK:
            yield word.lower(), word, "", False
        elif word.lower() not in STOP_WORDS and parts(word):
            yield stem("".join(parts(word.lower()))), word, "", False
