"""Names of systems and data sets in a sentence, and whether a source has them. Pure."""

import difflib
import re
from collections.abc import Collection, Container
from functools import lru_cache

from assistant.text.words import STOP_WORDS, fold, read_words, stem, surface_words

# Words that are no names though they may get a capital.
_NO_NAMES = STOP_WORDS | read_words("capitalised_words.txt")

# What looks like a name and is none: a unit after its number, an address.
_UNIT = re.compile(r"https?://\S+|(?<=\d) ?(?:[KMGT]B|GPU|ms|FPS|h)\b")
_STRICT = re.compile(r"\d|[a-z][A-Z]|[A-Z]{2}|-[A-Z]")
# "CLEVR-like" speaks of CLEVR.
_DESCRIBES = re.compile(
    r"(.+)-(?:like|based|style|type|trained|pretrained|finetuned|tuned|level|driven|guided|"
    r"aware|specific|only|free|scale|sized?|"
    r"class|powered|generated|compatible|related|oriented|centric|initiali[sz]ed)"
)
# Abstracts misspell too: "Kinectics-400".
_MISSPELT = 0.94
_SIDES = re.compile(r"(?<=\d)\s?(?:[×x]|\\?times)\s?(?=\d)")
_HYPHEN = re.compile("[-‐-―]")
_SYSTEM_WORDS = 3
_ENDS = re.compile(r"(?<!e\.g)(?<!i\.e)(?<!vs)(?<!al)[.!?]\s+(?=[A-Z])")
# "TL;DR" is one name.
_INNER = re.compile(r"(?<=[A-Z]);(?=[A-Z])")
# Abstracts keep LaTeX: "Sabi\\'a", "{\\textbf P}rototypes".
_ACCENT = re.compile(
    r"\\[\"'`^~=.]\{?(?=[A-Za-z])|\{?\\(?:textbf|textit|emph|bf|it)\s*\{?(?=\w)|(?<=\w)\}(?=\w)"
)
_FIGURE = re.compile(
    r"\d[\d.,]*(?:[KkMBT]|%|x|ms|s|h|fps|st|nd|rd|th|-fold|-times|-?[a-z]+-[a-z]+|-[a-z]+)?",
    re.IGNORECASE,
)


def names(text: str, known: Container[str] = ()) -> tuple[str, ...]:
    """Return the names in a sentence, in order, each once.

    A name has a capital past its first letter, a digit among letters, or a capital in mid-sentence;
    one of `known` (names that a corpus is known to use) counts wherever it stands.

    >>> said = "Otter beats BLIP-2 on ImageNet and the German part of UCF101, with T2I models."
    >>> names(said, {"Otter"})
    ('Otter', 'BLIP-2', 'ImageNet', 'German', 'UCF101', 'T2I')
    """
    plain = _INNER.sub("", _SIDES.sub("x", _UNIT.sub(" ", text)))
    return tuple(
        dict.fromkeys(
            word.removesuffix("'s")
            for sentence in _ENDS.split(plain)
            for position, word in enumerate(surface_words(sentence))
            if word.lower() not in _NO_NAMES and (word in known or _is_name(word, position == 0))
        )
    )


def system(title: str) -> str:
    """Return the name that a title gives its system before a colon, "" when it gives none.

    >>> system("SimDA: Simple Diffusion Adapter"), system("A Study of Beans")
    ('SimDA', '')
    """
    head, colon, _ = title.partition(":")
    return head.strip() if colon and len(head.split()) <= _SYSTEM_WORDS else ""


def strict_names(text: str) -> list[str]:
    """Return the names of a text that are no ordinary words with a capital."""
    return list(filter(is_strict, names(text)))


def is_strict(name: str) -> bool:
    """Tell whether a name has a digit or a capital inside, which ordinary words do not."""
    return _STRICT.search(name) is not None


def absent(found: Collection[str], source: str) -> tuple[str, ...]:
    """Return the names that `source` has in no spelling, spelt out or abbreviated neither.

    >>> text = "Text-to-image models on UCF-101 with large language models."
    >>> absent(["T2I", "UCF101", "LLMs", "BERT"], text)
    ('BERT',)
    """
    return tuple(name for name in found if not _is_in(name, source))


@lru_cache(maxsize=64)
def _forms(source: str) -> tuple[str, frozenset[str]]:
    """Return a source closed up, with its compounds both ways, and the stems of its words."""
    stems = {
        stem(part.lower())
        for word in surface_words(source)
        for part in re.findall(r"[^\W_]+", word)
    }
    return f"{closed_up(source)} {closed_up(_HYPHEN.sub(' ', source))}", frozenset(stems)


def _is_name(word: str, first: bool) -> bool:
    letters = sum(c.isalpha() for c in word)
    numbered = any(c.isdigit() for c in word)
    if not letters or (letters < 2 and not numbered) or _FIGURE.fullmatch(word):
        return False
    pieces = re.split(r"[-/]", word)
    ordinary = ((piece.istitle() and len(piece) > 2) or piece.islower() for piece in pieces)
    if len(pieces) > 1 and all(ordinary):
        # "Vision-Language" has its capitals as titles have; so has "Zero-shot" at the start.
        return word[0].isupper() and not first
    return any(c.isupper() for c in word[1:]) or numbered or (word[0].isupper() and not first)


def _is_in(name: str, source: str) -> bool:
    closed, stems = _forms(source)
    plain = closed_up(name).strip()
    for form in (plain, plain.removesuffix("s")):
        if re.search(rf"(?<![a-z0-9]){re.escape(form)}(?:s|es|v?\d)?(?![a-z])", closed):
            return True
    spaced = rf"(?<![a-z0-9]){' ?'.join(map(re.escape, plain))}(?![a-z0-9])"
    if len(plain) > 4 and re.search(spaced, closed):
        return True
    if (described := _DESCRIBES.fullmatch(name)) and _is_in(described[1], source):
        return True
    # An ordinary word may be inflected; a name with digits or capitals inside may not.
    pieces = (stem(part.lower()) for part in re.findall(r"[^\W\d_]{2,}", name))
    if not is_strict(name) and all(piece in stems for piece in pieces):
        return True
    if len(plain) > 7 and difflib.get_close_matches(
        plain, re.findall(r"\w+", closed), 1, _MISSPELT
    ):
        return True
    return spelt_out(name, source)


def spelt_out(short: str, source: str) -> bool:
    """Tell whether words of `source` in a row begin with an abbreviation's letters ("LLMs").

    A digit 2 or 4 may stand for "to" or "for", as in `assistant.text.abbreviations`.
    """
    letters = re.sub(r"(?<=[A-Z0-9])s$", "", short)
    letters = "".join(c for c in letters if c.isalnum())
    if not 2 <= len(letters) <= 6 or sum(c.isupper() for c in letters) < 2:
        return False
    initials = letters.lower().translate(str.maketrans("24", "tf"))
    if len(initials) == 2:
        # Any two letters begin some two words; those of a compound ("vision-language") say more.
        compounds = re.findall(r"([a-z]+)[-/]([a-z]+)", source.lower())
        return any(first[0] + second[0] == initials for first, second in compounds)
    said = re.findall(r"[^\W_]+", source.lower())
    # "vision-and-language": small words may be skipped.
    told = (word for word in said if word not in STOP_WORDS)
    return any(initials in "".join(word[0] for word in each) for each in (said, told))


@lru_cache(maxsize=4096)
def closed_up(text: str) -> str:
    """Return folded text with hyphens and the like closed up: "UCF-101" and "UCF101" are one."""
    plain = _ACCENT.sub("", _INNER.sub("", _SIDES.sub("x", text)))
    folded = fold(re.sub(r"(?<=[^\W_])_(?=\d)", "", plain)).replace("_", " ")
    return re.sub(r"(?<=\w)[-‐-―/.’'](?=\w)|(?<=\w)\)[-‐-―](?=\w)", "", folded)
