"""Figures and names of a text with the words around them, weighted by nearness. Pure."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.checking.names import closed_up, is_strict, strict_names
from assistant.checking.numbers import figures
from assistant.text.words import STOP_WORDS, parts, stem

_REACH = 8  # words of content on either side
_MOST_TOKENS = 2500  # an abstract has some 200
_BOUNDARY = 2.0
_TOKEN = re.compile(r"\w+(?:[-'’.+*/]\w+)*|[,;:()—–]|\S")
_LISTING = frozenset({",", "and", "or"})
_UNIT_WORD = re.compile(r"\s*\\?(?:%|percent(?:age)?\b(?: points?\b)?)")
# "LLMs" are a kind, not one of them.
_KIND = re.compile(r"[A-Z]{2,}s")
_BREAK = frozenset(", ; : ( ) — – vs versus against while whereas and but or than e.g i.e".split())

_JOINT = r"(?:, and |, or |, | and | or | vs\.? )\s*"
_NUMBER = (
    r"(?:\d+(?:\.\d+)?\\?%?\s?[~–]\s?)?[+~≈]?\$?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?\\?%?"
    r"(?:[KMBTx×]\b)?(?: (?:million|billion|percent|hours|points))?"
)
_NUMBERS = re.compile(rf"(?<![\w.-]){_NUMBER}(?:{_JOINT}{_NUMBER})+")
_PHRASE_ENDS = re.compile(
    r"\b(?:on|for|in|of|with|by|to|over|under|against|using|while|when|was|is|are|achieves?|"
    r"respectively|such as|including|namely)\b|\((?:e\.g\.|i\.e\.),?|[.;:()]\s"
)
_MOST_WORDS = 4  # of an item that has a figure of its own


@dataclass(frozen=True, slots=True)
class Token:
    """A figure, name, word of content or break."""

    key: str
    text: str
    unit: str = ""
    is_entity: bool = False


@dataclass(frozen=True, slots=True)
class Entity:
    """A figure or a name at a position of a text, with the weighted stems around it.

    Those of one `run` follow each other with nothing but a comma or "and" between; a `signed` one
    ("+0.8 %") is a gain; an `ordinary` one is a word that a claim sets against others.
    """

    key: str
    text: str
    unit: str
    around: Mapping[str, float]
    position: int
    run: int
    ordinary: bool
    signed: bool

    @property
    def is_figure(self) -> bool:
        """Tell whether it is a figure."""
        return self.key.startswith("#")

    @property
    def is_size(self) -> bool:
        """Tell whether it is a name such as "1080p" or "3D", which no system has."""
        return self.key[0].isdigit()


@lru_cache(maxsize=256)
def entities(text: str, ordinary: frozenset[str] = frozenset()) -> tuple[Entity, ...]:
    """Return the figures and names of `text`, and words with one of the `ordinary` stems."""
    tokens = _tokens(text)
    runs = _runs(tokens)
    return tuple(
        Entity(
            token.key,
            token.text.removeprefix("+"),
            token.unit,
            _around(tokens, position),
            position,
            runs[position],
            not token.is_entity,
            token.text[0] == "+",
        )
        for position, token in enumerate(tokens)
        if token.is_entity or token.key in ordinary
    )


def contrasted(text: str) -> frozenset[str]:
    """Return the stems that a text sets against each other: "text encoder, image encoder"."""
    before: dict[str, set[str]] = {}
    keys = [token.key for token in _tokens(text)]
    for first, second in itertools.pairwise(keys):
        if first.isalpha() and second.isalpha() and not {first, second} & _BREAK:
            before.setdefault(second, set()).add(first)
    return frozenset(key for others in before.values() if len(others) > 1 for key in others)


def fit(entity: Entity, other: Entity, without: str = "") -> float:
    """Return the share (0…1) of one entity's surroundings that the other has too."""
    keys = set(entity.around) - {entity.key, other.key, without}
    total = sum(entity.around[key] for key in keys)
    shared = sum(min(entity.around[key], other.around.get(key, 0.0)) for key in keys)
    return shared / total if total else 0.0


def lean(entity: Entity, own: Entity, rival: Entity) -> tuple[float, float]:
    """Return how much the words around `entity` speak for the rival's position rather than its own.

    With it, of how much they speak: only words that the two have unequally near do.
    """
    keys = set(entity.around) - {entity.key, own.key, rival.key}
    differences = [
        (entity.around[key], rival.around.get(key, 0.0) - own.around.get(key, 0.0)) for key in keys
    ]
    return sum(w * d for w, d in differences), sum(w * abs(d) for w, d in differences)


def coordinated(entity: Entity, other: Entity) -> bool:
    """Tell whether what follows belongs to both: "A and B", "A (B)", one list."""
    nearest = 1 if entity.is_figure else 2
    return entity.run == other.run or abs(entity.position - other.position) <= nearest


def comparable(entity: Entity, other: Entity) -> bool:
    """Tell whether one could stand for the other: both figures of like units, or both names."""
    sorts = [(each.is_figure, each.ordinary, each.is_size) for each in (entity, other)]
    if sorts[0] != sorts[1]:
        return False
    spelt = entity.text.isalpha() or other.text.isalpha()
    if entity.is_figure and "." in entity.key + other.key and spelt:
        return False  # "four pairs" is a count, 2.6 none
    if entity.unit and other.unit and entity.unit != other.unit:
        return False
    return (entity.unit == "%") == (other.unit == "%")


def unfolded(sentence: str) -> str:
    """Return a sentence with "respectively" with each figure of its list beside its item.

    Any other sentence is returned as it is.

    >>> unfolded("We reach 68.5%, 60.1% and 51.8% on CUHK, ICFG and RSTP, respectively.")
    'We reach on respectively. ; CUHK 68.5% ; ICFG 60.1% ; RSTP 51.8%'
    """
    numbers = _NUMBERS.search(sentence)
    if numbers is None:
        return sentence
    listed = re.findall(_NUMBER, numbers[0])
    stated = re.search(r"\brespectively\b", sentence, re.IGNORECASE) is not None
    after = _PHRASE_ENDS.split(sentence[numbers.end() :])
    before = _PHRASE_ENDS.split(sentence[: numbers.start()])[::-1]
    for phrase in [*after, *before]:
        items = _listed(phrase, len(listed))
        if items and (stated or (all(map(_is_name, items)) and "vs" not in numbers[0])):
            pairs = (f"{item} {figure}" for item, figure in zip(items, listed, strict=True))
            rest = sentence.replace(numbers[0], "").replace(phrase, " ")
            return f"{' '.join(rest.split())} ; {' ; '.join(pairs)}"
    return sentence


def _listed(phrase: str, count: int) -> list[str]:
    """Return the items of a list of `count` that a phrase begins with or is, else []."""
    joints = list(re.finditer(_JOINT, phrase))
    more = len(joints) >= count
    if len(joints) < count - 1 or (more and not re.search("[a-z]", joints[count - 2][0])):
        return []
    listing = phrase[: joints[count - 1].start()] if more else phrase
    items = [item for part in re.split(_JOINT, listing) if (item := part.strip(" ,.()"))]
    fitting = len(items) == count and all(len(item.split()) <= _MOST_WORDS for item in items)
    return items if fitting else []


def _is_name(item: str) -> bool:
    return is_strict(item) and item[0].isalpha() and not figures(item)


def _runs(tokens: Sequence[Token]) -> list[int]:
    """Return for each token the number of the list of figures, or of names, that it is in."""
    runs: list[int] = []
    run, before = 0, ""
    for token in tokens:
        sort = ("#" if token.key.startswith("#") else "name") if token.is_entity else ""
        if token.key not in _LISTING:
            run += not sort or sort != before
            before = sort
        runs.append(run)
    return runs


def _around(tokens: Sequence[Token], position: int) -> dict[str, float]:
    weights: dict[str, float] = {}
    before = tokens[max(position - _REACH, 0) : position]
    for side in (tokens[position + 1 : position + 1 + _REACH], before[::-1]):
        distance = 0.0
        for token in side:
            distance += _BOUNDARY if token.key in _BREAK else 1.0
            if token.key == ";":
                break
            if token.key not in _BREAK:
                weights[token.key] = max(weights.get(token.key, 0.0), 1.0 / distance)
            if distance >= _REACH:
                break
    return weights


@lru_cache(maxsize=256)
def _tokens(text: str) -> tuple[Token, ...]:
    return tuple(itertools.islice(_read_tokens(text), _MOST_TOKENS))


def _read_tokens(text: str) -> Iterator[Token]:
    counted = [figure for figure in figures(text) if figure.counted]
    known = set(strict_names(text))
    end = 0
    for match in _TOKEN.finditer(text):
        if match.start() < end:
            continue
        while counted and counted[0].end <= match.start():
            counted.pop(0)
        word = match[0].removesuffix("'s")
        if counted and counted[0].start <= match.start():
            figure = counted[0]
            sign = "+" * (text[max(figure.start - 1, 0)] == "+")
            yield Token(f"#{figure.value}", sign + figure.text, figure.unit, True)
            unit = _UNIT_WORD.match(text, figure.end)
            end = unit.end() if unit else figure.end
        elif (word in known or word.removesuffix("s") in known) and not _KIND.fullmatch(word):
            yield Token(closed_up(word), word, "", True)
        elif word.lower() in _BREAK:
            yield Token(word.lower(), word)
        elif word.lower() not in STOP_WORDS and parts(word):
            yield Token(stem("".join(parts(word.lower()))), word)
