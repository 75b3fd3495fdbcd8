"""Figures and names of a text with the words around them, weighted by nearness. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.checking.names import closed_up, strict_names
from assistant.checking.numbers import figures
from assistant.text.words import STOP_WORDS, parts, stem

_REACH = 8
_MOST_TOKENS = 2500  # an abstract has some 200
_BOUNDARY = 2.0
_TOKEN = re.compile(r"\w+(?:[-'’.+*/]\w+)*|[,;:()—–]|\S")
_LISTING = frozenset({",", "and", "or"})
_UNIT_WORD = re.compile(r"\s*\\?(?:%|percent(?:age)?\b(?: points?\b)?)")
# "CoVoST 2", "wav2vec 2.0": the number is of the name.
_VERSION = re.compile(r"\b(?:[A-Za-z]*[a-z][A-Z]\w*|[a-z]+\d[a-z]+|[A-Z]{2,}) (?:\d|\d\.0)$")
# "LLMs" are a kind, not one of them.
_KIND = re.compile(r"[A-Z]{2,}s")
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


@dataclass(frozen=True, slots=True)
class Entity:
    """A figure or a name at a place of a text, with the weighted stems around it.

    Those of one `run` follow each other with nothing but a comma or "and" between; a `signed` one ("+0.8 %") is a gain.
    """

    key: str
    text: str
    unit: str
    around: Mapping[str, float]
    place: int
    run: int
    ordinary: bool = False
    signed: bool = False

    @property
    def is_figure(self) -> bool:
        """Tell whether it is a figure."""
        return self.key.startswith("#")

    @property
    def is_size(self) -> bool:
        """Tell whether it is a name such as "1080p" or "3D", which no system has."""
        return self.key[0].isdigit()


def entities(text: str, ordinary: Collection[str] = ()) -> list[Entity]:
    """Return the figures and names of `text` in order, and the words with one of the `ordinary` stems."""
    tokens = list(itertools.islice(_tokens(text), _MOST_TOKENS))
    runs = _runs(tokens)
    return [
        Entity(
            key,
            shown.removeprefix("+"),
            unit,
            _around(tokens, place),
            place,
            runs[place],
            not is_entity,
            shown[0] == "+",
        )
        for place, (key, shown, unit, is_entity) in enumerate(tokens)
        if is_entity or key in ordinary
    ]


def contrasted(text: str) -> frozenset[str]:
    """Return the stems that a text sets against each other: different words before one and the same ("text encoder, image encoder")."""
    tokens = [key for key, _, _, is_entity in _tokens(text)]
    before: dict[str, set[str]] = {}
    for one, two in itertools.pairwise(tokens):
        if one.isalpha() and two.isalpha() and one not in _BREAK and two not in _BREAK:
            before.setdefault(two, set()).add(one)
    return frozenset(one for others in before.values() if len(others) > 1 for one in others)


def fit(one: Entity, other: Entity, without: str = "") -> float:
    """Return the share (0…1) of one's surroundings that the other has too."""
    keys = set(one.around) - {one.key, other.key, without}
    total = sum(one.around[key] for key in keys)
    return (
        sum(min(one.around[key], other.around.get(key, 0.0)) for key in keys) / total
        if total
        else 0.0
    )


def lean(one: Entity, own: Entity, rival: Entity) -> tuple[float, float]:
    """Return how much the words around `one` speak for the rival's place rather than its own, and of how much they speak.

    Only words that the two places have unequally near speak.
    """
    keys = set(one.around) - {one.key, own.key, rival.key}
    differences = [
        (one.around[key], rival.around.get(key, 0.0) - own.around.get(key, 0.0)) for key in keys
    ]
    return sum(w * d for w, d in differences), sum(w * abs(d) for w, d in differences)


def coordinated(one: Entity, other: Entity) -> bool:
    """Tell whether two stand side by side: "A and B", "A (B)", "24M out of 1.1B", or in one list.

    Then what follows belongs to both.
    """
    if one.run == other.run:
        return True
    return abs(one.place - other.place) <= (1 if one.is_figure else 2)


def opposed(one: Entity, other: Entity) -> bool:
    """Tell whether two figures stand against each other as in "83 vs. 176", where their order alone tells whose they are."""
    return one.is_figure and other.is_figure and abs(one.place - other.place) <= 2


def comparable(one: Entity, other: Entity) -> bool:
    """Tell whether one could stand in the place of the other: both figures of like units, or both names."""
    if (one.is_figure, one.ordinary, one.is_size) != (
        other.is_figure,
        other.ordinary,
        other.is_size,
    ):
        return False
    if (
        one.is_figure
        and ("." in one.key + other.key)
        and (one.text.isalpha() or other.text.isalpha())
    ):
        return False  # "four pairs" is a count, 2.6 none
    return not (one.unit and other.unit and one.unit != other.unit) and (one.unit == "%") == (
        other.unit == "%"
    )


def _runs(tokens: Sequence[tuple[str, str, str, bool]]) -> list[int]:
    """Return for each token the number of the list that it is in; figures, or names, with only a comma or "and" between share one."""
    found: list[int] = []
    run, before = 0, ""
    for key, _, _, is_entity in tokens:
        sort = ("#" if key.startswith("#") else "name") if is_entity else ""
        if key not in _LISTING:
            run += not sort or sort != before
            before = sort
        found.append(run)
    return found


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
        if figure is not None and _VERSION.search(text[max(0, figure.start - 24) : figure.end]):
            place = figure.end
        elif figure is not None:
            sign = "+" * (text[max(figure.start - 1, 0)] == "+")
            yield f"#{figure.value}", sign + figure.text, figure.unit, True
            unit = _UNIT_WORD.match(text, figure.end)
            place = unit.end() if unit else figure.end
        elif (word in known or word.removesuffix("s") in known) and not _KIND.fullmatch(word):
            yield closed_up(word), word, "", True
        elif word.lower() in _BREAK:
            yield word.lower(), word, "", False
        elif word.lower() not in STOP_WORDS and parts(word):
            yield stem("".join(parts(word.lower()))), word, "", False
