"""Numbers with their units, in one form however they are written. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from assistant.text.words import index_terms

_SCALES = {"thousand": 3, "k": 3, "million": 6, "mio": 6, "m": 6,
           "billion": 9, "bn": 9, "b": 9, "trillion": 12, "t": 12}  # fmt: skip
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {
    **{word: number for number, word in enumerate(_SMALL)},
    **{word: 10 * number for number, word in enumerate(_TENS, 2)},
    **{"hundred": 100, "dozen": 12, "twice": 2, "half": 50},
}
# Units that may not be exchanged. Any other noun after a number is wording.
_UNITS = {
    "%": "%", "‰": "‰", "percent": "%", "percentage": "%", "point": "%", "pp": "%",
    "×": "times", "x": "times", "times": "times", "fold": "times",
    "ms": "ms", "millisecond": "ms", "second": "s", "sec": "s", "minute": "min", "min": "min",
    "hour": "h", "hr": "h",
    **{unit: unit for unit in "h s kg mg km mm cm day week month year kb mb gb tb gpu tpu cpu fps "
       "token parameter language image video".split()},
}  # fmt: skip
_NUMBER = re.compile(
    r"(?:(?<![\w.])(?<![^\W\d_]-)(?<![A-Za-z]/)|(?<=sim)|(?<=rightarrow)|(?<=approx)|"
    r"(?<=[a-z]{4}-)(?=\d+\.\d+(?:x\b|×|\\?%)))"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:(?P<scale>(?-i:[KkMBT]))(?![A-Za-z])|[\s-]?(?P<scaleword>thousand|million|billion|"
    r"trillion|mio|bn)\b"
    r"|(?=(?: to |-|–| and )\d[\d.,]*(?:"
    r" (?P<later>thousand|million|billion|trillion)\b|(?P<lateron>(?-i:[KMB]))\b)))?"
    r"(?P<rest>\s?\\?[%‰×]|\s?\$?\\times\$?|\s?(?:(?-i:x)|(?<=\d)X)(?![\w-])|-?(?:fold|"
    r"times)\b|[\s-]+[A-Za-z]{2,}|\s[hs]\b(?!-))?"
    r"(?![\d])",
    re.IGNORECASE,
)
_WORD = re.compile(
    rf"\b(?P<tens>{'|'.join(_TENS)})[\s-](?P<ones>{'|'.join(_SMALL[1:10])})\b|"
    rf"\b(?P<hundreds>(?:{'|'.join(_SMALL[1:10])}) hundred)\b|"
    r"\b(?P<magnitude>tens|dozens|hundreds|thousands|millions|billions|trillions)(?= of\b)|"
    r"\b(?:an?|one) (?P<one>hundred|thousand|million|billion|trillion)\b|"
    rf"\b(?P<word>{'|'.join(sorted(_WORDS, key=len, reverse=True))})(?P<fold>fold)?\b",
    re.IGNORECASE,
)
_MAGNITUDES = {
    "ten": 10,
    "dozen": 12,
    "hundred": 100,
    **{word: 10 ** _SCALES[word] for word in ("thousand", "million", "billion", "trillion")},
}
PART = "part"
_ORDINALS = {
    "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10, "twelfth": 12,
    **{f"{word[:-1]}ieth": 10 * number for number, word in enumerate(_TENS, 2)},
    "hundredth": 100, "thousandth": 1000,
}  # fmt: skip
_FRACTION = re.compile(
    r"(?<![\w.,/])(?P<above>\d{1,2})/(?P<below>\d{1,4})(?:th|rd)?(?![\w/])|"
    rf"\b(?P<count>an?|one|two|three|four|five)[ -](?P<ordinal>{'|'.join(_ORDINALS)})(?:s\b|\b(?="
    r" (?:of|the|as|to|less|fewer|more)\b))",
    re.IGNORECASE,
)
# Units only right after their number.
_NEAR_ONLY = frozenset("image video token language point time x min sec".split())
_AFTER = re.compile(
    r"\s?(?:(?P<scaleword>thousand|million|billion|trillion)\b)?[\s-]?(?P<unit>%|×|[A-Za-z]+)?"
)
_BEFORE, _BEHIND = 3, 8  # words around a figure that may say what it counts
# "512x512", "16 × 16" is one name, of a size.
_SIDES = re.compile(r"\d\s?[×x]\s?\d")
# Nobody counts with these: "one of the", "zero-shot", "half of".
_UNCOUNTED = frozenset({"one", "zero", "half", "twice", "dozen", "hundred"})


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text: `value` with its scale ("24M" is 24,000,000), `unit` in one form or "".

    `counted` is False for words such as "one" and "half", which nobody checks in an answer.
    """

    value: Decimal
    unit: str
    start: int
    end: int
    text: str
    counted: bool = True

    def equals(self, other: Figure) -> bool:
        """Tell whether both are the same quantity: equal values, units that do not differ.

        A fraction ("a tenth", "1/10") equals its percentage, and the inverse factor ("10x less");
        a score of 0.345 is 34.5 %.
        """
        if (self.unit == PART) != (other.unit == PART):
            part, whole = (self, other) if self.unit == PART else (other, self)
            if whole.unit == "%":
                return whole.value == _normal(part.value * 100)
            return whole.unit in ("", "times") and whole.value == part.inverse
        if {self.unit, other.unit} == {"", "%"}:
            share, bare = (self, other) if self.unit else (other, self)
            return share.value == bare.value or (
                bare.value < 1 and share.value == _normal(bare.value * 100)
            )
        return self.value == other.value and not (
            self.unit and other.unit and self.unit != other.unit
        )

    @property
    def inverse(self) -> Decimal:
        """Return one over the value, whole numbers exactly."""
        return _normal(round(1 / self.value, 3)) if self.value else Decimal(0)


@lru_cache(maxsize=1024)
def figures(text: str) -> tuple[Figure, ...]:
    """Return the figures of `text` in order; digits inside names ("T5-v1.1", "3D") are none.

    >>> said = "68.50 % on 1,985 X-rays, five hours, 24M, 2.5x"
    >>> [(str(one.value), one.unit) for one in figures(said)]
    [('68.5', '%'), ('1985', ''), ('5', 'h'), ('24000000', ''), ('2.5', 'times')]
    """
    candidates = [*_fractions(text), *_digits(text), *_spelt(text)]
    kept: list[Figure] = []
    for figure in sorted(candidates, key=lambda each: (each.start, -each.end)):
        if not kept or figure.start >= kept[-1].end:
            kept.append(figure)
    return tuple(kept)


def missing(claimed: Sequence[Figure], known: Sequence[Figure]) -> list[Figure]:
    """Return the counted figures of `claimed` that equal none of `known`."""
    return [
        figure
        for figure in claimed
        if figure.counted and not any(figure.equals(other) for other in known)
    ]


def counts(text: str, thing: str) -> bool:
    """Tell whether a figure of `text` stands by the word for a thing, so that it may count it.

    >>> [counts("trained on 12 GPUs for five days", thing) for thing in ("GPU", "images")]
    [True, False]
    """
    stems = frozenset(index_terms(thing))
    around = (
        " ".join((*text[: one.start].split()[-_BEFORE:], *text[one.end :].split()[:_BEHIND]))
        for one in figures(text)
    )
    return any(stems & frozenset(index_terms(words)) for words in around)


def _fractions(text: str) -> Iterator[Figure]:
    for match in _FRACTION.finditer(text):
        if match["below"]:
            above, below = int(match["above"]), int(match["below"])
        else:
            above = _WORDS.get(match["count"].lower(), 1)
            below = _ORDINALS[match["ordinal"].lower()]
        if above and below > above:
            share = round(Decimal(above) / below, 6)
            yield Figure(share, PART, match.start(), match.end(), match[0])


def _digits(text: str) -> Iterator[Figure]:
    for match in _NUMBER.finditer(text):
        if _SIDES.search(text, max(match.start() - 6, 0), match.end() + 6):
            continue
        scales = (match[name] for name in ("scale", "scaleword", "later", "lateron"))
        scale = next(filter(None, scales), "").lower()
        digits, rest = match["digits"], match["rest"] or ""
        after = text[match.end() - len(rest) :]
        # "3D", "2nd": a letter right after the digits makes a name of them.
        if not scale and not rest and re.match(r"[A-Za-z]", text[match.end() :]):
            joined = re.match(
                r"(ms|s|h|hrs?|min|[kmgt]b|fps|pp)\b", text[match.end() :], re.IGNORECASE
            )
            if not joined:
                continue
            rest = joined[1]
        value = _normal(Decimal(digits.replace(",", "")) * 10 ** _SCALES.get(scale, 0))
        end = match.start() + len(match[0]) - len(match["rest"] or "")
        yield Figure(value, _unit(rest, after), match.start(), end, text[match.start() : end])


def _spelt(text: str) -> Iterator[Figure]:
    for match in _WORD.finditer(text):
        if match["tens"]:
            value, word = _WORDS[match["tens"].lower()] + _WORDS[match["ones"].lower()], ""
        elif match["magnitude"] or match["one"]:
            word = ""
            value = _MAGNITUDES[(match["magnitude"] or match["one"]).lower().removesuffix("s")]
        elif match["hundreds"]:
            value, word = 100 * _WORDS[match["hundreds"].split()[0].lower()], ""
        else:
            word = match["word"].lower()
            value = _WORDS[word]
        after = _AFTER.match(text, match.end())
        scale, following = (after["scaleword"] or "", after["unit"] or "") if after else ("", "")
        unit = "times" if match["fold"] or word == "twice" else _unit(following, "")
        counted = word != "half" and (word not in _UNCOUNTED or bool(scale))
        scaled = _normal(Decimal(value) * 10 ** _SCALES.get(scale.lower(), 0))
        unit = "%" if word == "half" else unit
        yield Figure(scaled, unit, match.start(), match.end(), match[0], counted)


def _unit(rest: str, after: str) -> str:
    word = rest.strip(" -$\\\t\n").lower()
    if word in _UNITS:
        return _UNITS[word]
    if word.endswith("s") and word[:-1] in _UNITS:
        return _UNITS[word[:-1]]
    # "24 NVIDIA GPUs", "5 training hours": the unit may stand one word on.
    following = re.match(r"[\s-]*[A-Za-z][\w-]*\s+([A-Za-z]+)", after)
    later = following[1].lower().removesuffix("s") if following else ""
    return "" if later in _NEAR_ONLY else _UNITS.get(later, "")


def _normal(value: Decimal) -> Decimal:
    """Return the value without trailing zeros and without an exponent."""
    return Decimal(format(value.normalize(), "f"))
