"""Words as the keyword index sees them: tokens, stems, compounds, stop words; files of words."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files

import Stemmer


@cache
def read_lines(name: str) -> tuple[str, ...]:
    """Return the entries of a data file in order, without comments ("# …") and empty lines."""
    text = files("assistant.text").joinpath("data", name).read_text("utf-8")
    return tuple(
        line for line in text.split("\n") if line and line != "#" and not line.startswith("# ")
    )


def read_words(name: str) -> frozenset[str]:
    """Return the words of a data file, however many stand in a line."""
    return frozenset(word for line in read_lines(name) for word in line.split())


_TOKEN = re.compile(r"\d+(?:[.,]\d+)+%?|\w+(?:[-'’.+*]\w+)*[+*%]?", re.UNICODE)
# "GPUs", "ViTs": the stemmer knows no plural of abbreviations.
_PLURAL_ABBREVIATION = re.compile(r"(?<=\w[A-Z])s\b")
_PART = re.compile(r"[^\W_]+")
_ISE = re.compile(r"(?<=[a-z]{3})is(?=(?:e|ed|es|er|ers|ing|ation|ations)$)")
# "analyse", "licence": American "analyze", "license".
_YSE = re.compile(r"(?<=[a-z]{3}y)s(?=(?:e|ed|es|er|ers|ing)$)")
_CE = re.compile(r"(?<=(?:licen|defen|offen))c(?=es?$)")
_OUR = re.compile(r"(?<=[a-z]{3})our(?=(?:s|ed|al|ing)?$)")
_STEMMER = Stemmer.Stemmer("english")
STEMMER = f"Snowball {Stemmer.version()}"
"""What makes stems; its versions differ in a few."""

# Function words, and the words people use to ask rather than to say what about.
STOP_WORDS = read_words("stop_words.txt")
ASKING_WORDS = read_words("asking_words.txt")
ANY_PAPER_WORDS = read_words("any_paper_words.txt")
NEGATIONS = read_words("negations.txt")
NEGATING_VERBS = read_words("negating_verbs.txt")


def is_negated(text: str) -> bool:
    """Tell whether a text says what is not so.

    >>> is_negated("which need no video data?"), is_negated("notable results")
    (True, False)
    """
    return any(word in NEGATIONS for word in re.findall(r"[\w'’]+", fold(text).replace("’", "'")))


def fold(text: str) -> str:
    """Return `text` in lower case with compatibility forms unified and accents removed."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the Snowball English stem of a folded word, British spellings taken as American.

    >>> stem("personalisation") == stem("personalized"), stem("licence") == stem("license")
    (True, True)
    """
    american = _OUR.sub("or", _ISE.sub("iz", _YSE.sub("z", _CE.sub("s", word))))
    stemmed: str = _STEMMER.stemWord(american)
    return stemmed


@lru_cache(maxsize=65536)
def common_stem(word: str) -> str:
    """Return what all forms of a word share: "Pre-training", "pretraining" → "pretrain"."""
    return stem(joined(fold(word)))


def without_plural(text: str) -> str:
    """Return `text` with its abbreviations, such as "GPUs", in the singular."""
    return _PLURAL_ABBREVIATION.sub("", text)


def surface_words(text: str) -> list[str]:
    """Return the words of `text` as written, compounds ("Pre-training", "T5-v1.1") kept whole."""
    return _TOKEN.findall(unicodedata.normalize("NFKC", without_plural(text).replace("’", "'")))


def without_words(text: str, taken: Sequence[str]) -> str:
    """Return `text` without some of its words.

    >>> without_words("a transformer, or any other", ["or"])
    'a transformer, any other'
    """
    for one in taken:
        text = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", " ", text, count=1)
    return " ".join(text.split())


def words(text: str) -> list[str]:
    """Return the folded words of `text` in order, compounds ("pre-training", "t5-v1.1") kept whole.

    >>> words("Pre-training on 266,340 X-rays (68.50%)")
    ['pre-training', 'on', '266,340', 'x-rays', '68.50%']
    """
    return _TOKEN.findall(fold(without_plural(text)))


def parts(word: str) -> list[str]:
    """Return the letter-or-digit runs of a compound: "text-to-image" → text, to, image."""
    return _PART.findall(word)


def joined(word: str) -> str:
    """Return a compound closed up: "pre-training" → "pretraining"."""
    return "".join(parts(word))


@lru_cache(maxsize=16384)  # a corpus' texts are looked at again with every question
def index_terms(text: str) -> tuple[str, ...]:
    """Return the stems under which `text` is indexed, compounds both closed up and in parts.

    >>> index_terms("Pre-training ViTs")
    ('pretrain', 'pre', 'train', 'vit')
    """
    terms: list[str] = []
    for word in words(text):
        pieces = parts(word)
        if not pieces:
            continue
        if len(pieces) > 1:
            terms.append(stem("".join(pieces)))
        terms.extend(stem(piece) for piece in pieces)
    return tuple(terms)


def is_content(word: str) -> bool:
    """Tell whether a folded word says what a question is about."""
    letters = sum(c.isalnum() for c in word)
    return (
        word not in STOP_WORDS
        and word not in ASKING_WORDS
        and (letters > 1 or (letters == 1 and not word.isascii()))
    )


NUMERALS = {
    word: number
    for number, word in enumerate("one two three four five six seven eight nine ten".split(), 1)
}


def read_number(said: str) -> int:
    """Return a number said in a word up to ten or in figures.

    >>> read_number("Three"), read_number("12")
    (3, 12)
    """
    return NUMERALS.get(said.lower()) or int(said)


_NTH = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_ENDS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}
# What a number of order stands for as an index.
ORDINALS = (
    {"former": 0, "latter": 1, "last": -1}
    | {word: place for place, word in enumerate(_NTH.split())}
    | {f"{number}{_ENDS.get(number, 'th')}": number - 1 for number in range(1, 31)}
)
