"""A message → the places that it counts, how many papers it speaks of, and its sentences."""

import re
from collections.abc import Sequence

from assistant.text.words import NUMERALS, ORDINALS, read_number
from assistant.types import Paper

# "compare 2 and 4", "1, 3 and 5 in a table", "numbers 2 to 4": places of the list, none of years or
# amounts ("2 and 4 layers").
_ENUMERATED = re.compile(
    r"(?:(?P<said>\b(?:numbers|nos\.?|papers) )|(?<![\w.,$%#=-])(?<![\w.,$%#=-] )|(?<=[a-z] ))"
    r"(?P<numbers>\d{1,2}(?:(?:, ?(?:and |or )?|,? (?:and|or|with|to|through|vs\.?|versus|&) "
    r"| ?[-–] ?)\d{1,2})+)\b(?![%.]?\d)"
    r"(?(said)|(?=\W*$|[,;:.?!]| [-–—] | (?:in|have|has|had|do|did|share|differ|agree|both|use|need"
    r"|are|is|were|on|by|with|please|pls|side|only|out|off|contradict|disagree|say|claim|look|sound"
    r"|seem|fit|belong|speak|mention|together|of (?:your|the|that|this) list)\b))",
    re.IGNORECASE,
)
_SPELT = re.compile(
    rf"\bnumbers (?:{'|'.join(NUMERALS)})(?: (?:and|or|to|with) (?:{'|'.join(NUMERALS)}))+\b",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\d+(?: ?[-–] ?| through |(?P<to> to ))\d+", re.IGNORECASE)
# "the last two years"
NO_TIMES = r"(?! (?:\w+ )?(?:years?|months?|weeks?|decades?|centur(?:y|ies))\b)"
PLACE = re.compile(
    rf"\b(?:{'|'.join(ORDINALS)})\b{NO_TIMES}|(?:\b(?:number|no\.?|paper)|#)\s?(\d{{1,2}})\b"
    rf"|\bnumber ({'|'.join(NUMERALS)})\b",
    re.IGNORECASE,
)
ONE_PAPER = r"(?:one|paper|work|study|method|model)"
COUNTED = re.compile(rf"\bthe (?:{'|'.join(ORDINALS)})(?: {ONE_PAPER}\b|\W*$)", re.IGNORECASE)
# What stands between two places: "the first and the last", at the end also "the first and third".
_BESIDE = re.compile(
    rf"(?: {ONE_PAPER})?(?:,| and| or| with| to| from| than| vs\.?| versus| &)+ the ", re.IGNORECASE
)
_BESIDE_NUMBERS = re.compile(
    rf"(?: {ONE_PAPER})?(?:,| and| or| with| to| than| vs\.?| versus| &)+ ", re.IGNORECASE
)
_BESIDE_AT_END = re.compile(rf"(?: {ONE_PAPER})?(?:,? and|,? or) ", re.IGNORECASE)
_FROM_END = (
    rf"(?P<end>first|last|top) (?P<number>{'|'.join(list(NUMERALS)[1:])}|[2-9]|10)\b"
    rf"{NO_TIMES}"
)
_ALONE = re.compile(
    r"(?<!last )(?<!past )(?<!number )\b(?P<alone>two|three|four|both|either)\b", re.IGNORECASE
)
_COUNT = re.compile(rf"\b(?:{_FROM_END}|{_ALONE.pattern})", re.IGNORECASE)
# "which of the first three …", "compare the last two"; not "in the last two years".
COUNTED_SEVERAL = re.compile(
    rf"(?P<of>\bof the )?\b{_FROM_END}(?(of)|(?: (?:{ONE_PAPER}s|studies|ones|of|and|with|to|"
    r"have|do|are|did|use|need|share|differ)\b|[,;:]|\W*$))",
    re.IGNORECASE,
)
_SENTENCES = re.compile(
    r"(?<=[.!?])(?<!\b[a-z]\.[a-z]\.)(?<!\bvs\.)(?<!\bcf\.)(?<!\bnr\.)\s+", re.IGNORECASE
)
VERB = (
    r"(?:is|are|was|were|has|have|had|do|does|did|can|could|needs?|uses?|works?|gets?|reports?|"
    r"performs?|would|will|should|came|comes?|takes?|gives?|says?|shows?)"
)
# "what two problems does the first fix?" counts no papers; "which two of them …?" does.
_OF_THINGS = re.compile(
    rf"\b(?:what|which) (?:two|three|four) (?!(?:{ONE_PAPER}s?|ones|studies|of|and|share|differ|"
    rf"use|need|{VERB})\b)[a-z]",
    re.IGNORECASE,
)
WHICH_OF = r"(?:which|any|one|none) (?:one )?of"
_NUMBER_MEANT = re.compile(
    rf"\b(?P<which>{WHICH_OF} )?(?:those|these|the|all|other|remaining|last|first|which) "
    rf"(?P<number>{'|'.join(list(NUMERALS)[1:])}|[2-9]|1\d)\b"
    r"(?(which)|(?= ?(?:$|[?.!,;:]|of (?:them|those|these)\b"
    r"|(?:papers|ones|works|studies|others?|of|do|does|did|are|is|have|has|use|need|left|"
    r"that|which|on|about|with|from)\b)))",
    re.IGNORECASE,
)
BOTH = 2


def places_in(text: str) -> list[int]:
    """Return the place that a message counts, or those that it names beside each other.

    >>> [places_in(text) for text in ("the first and the last", "the first author of the second")]
    [[0, -1], [0]]
    >>> [places_in(text) for text in ("the second to last", "the first and third?")]
    [[1], [0, 2]]
    >>> [places_in(text) for text in ("First, the third", "First and the last", "#2, its cost?")]
    [[2], [0, -1], [1]]
    >>> [places_in(text) for text in ("The 4th, its cost?", "sum up number one", "no one did that")]
    [[3], [0], []]
    >>> [places_in(text) for text in ("number 1, number 4 and number 7 agree", "is #2 vs #5 fair")]
    [[0, 3, 6], [1, 4]]
    """
    places: list[int] = []
    end = 0
    for match in PLACE.finditer(text):
        last = not text[match.end() :].strip(" ?.!")
        beside = _BESIDE_AT_END if last else _BESIDE
        if (match[1] or match[2]) and not match[0].lower().startswith("no "):
            beside = _BESIDE_NUMBERS
        between = text[end : match.start()]
        if not (match.start() or match[1] or match[2]) and text[match.end() :].startswith(","):
            continue  # "First, the third one"
        if places and not (_BESIDE.fullmatch(between) or beside.fullmatch(between)):
            break
        places.append(place_of(match))
        end = match.end()
    return places


def enumerated_in(text: str) -> list[int]:
    """Return the places that a message enumerates as bare numbers, [] where it does not.

    >>> [enumerated_in(text) for text in ("put 1, 2 and 5 in a table", "numbers 2 to 4", "2-4?")]
    [[1, 2, 5], [2, 3, 4], [2, 3, 4]]
    >>> [enumerated_in(text) for text in ("3 and 6 are old", "compare 2 to 4", "with 2 and 4 bits")]
    [[3, 6], [2, 4], []]
    >>> enumerated_in("So 1 and 3 contradict each other?")
    [1, 3]
    >>> enumerated_in("do numbers two and three agree?")
    [2, 3]
    """
    match = _ENUMERATED.search(_SPELT.sub(lambda said: _in_figures(said[0]), text))
    if match is None:
        return []
    numbers = list(map(int, re.findall(r"\d+", match["numbers"])))
    through = _RANGE.fullmatch(match["numbers"])
    if through and (match["said"] or not through["to"]):
        return list(range(numbers[0], numbers[1] + 1))
    about_so_many = " or " in match["numbers"] and numbers == [numbers[0], numbers[0] + 1]
    return [] if about_so_many else numbers  # "5 or 6, newest first"


def _in_figures(text: str) -> str:
    return " ".join(str(NUMERALS.get(word.lower(), word)) for word in text.split())


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a message, which unlike those of an abstract (`text.sentences`) may
    begin with a small letter.

    >>> sentences_of("Is it upset, i.e. the emotion? nr. 3 then")
    ['Is it upset, i.e. the emotion?', 'nr. 3 then']
    """
    return _SENTENCES.split(text.strip())


def last_sentence(text: str) -> str:
    """Return the last sentence of a message.

    >>> last_sentence("the first two fit. does it help, according to the second?")
    'does it help, according to the second?'
    """
    *_, last = sentences_of(text)
    return last


def asking_part(text: str) -> str:
    """Return the last sentence of a message where that counts a place, else all of it."""
    last = last_sentence(text)
    return last if places_in(last) else text


def number_meant(text: str) -> int:
    """Return of how many papers a message speaks, 0 where it does not say so of any.

    >>> number_meant("of the other two, which is newer?"), number_meant("the two models it trains")
    (2, 0)
    """
    found = [read_number(match["number"]) for match in _NUMBER_MEANT.finditer(text)]
    return found[-1] if found else 0


def counts_place(text: str) -> bool:
    """Tell whether a message counts a place: "when was the third published?"."""
    return bool(places_in(text))


def several_in(text: str) -> re.Match[str] | None:
    """Return what of a message counts several papers ("the first two", "both"), None where it means
    one ("the second one") or other things ("the first 10 frames").
    """
    if COUNTED.search(text) or _OF_THINGS.search(text):
        return None
    return COUNTED_SEVERAL.search(text) or _ALONE.search(text)


def first_of(several: re.Match[str], papers: Sequence[Paper]) -> list[Paper]:
    """Return as many of `papers` as a match of `several_in` counts, from the end it says."""
    number, from_end = _number_of(several), several.groupdict().get("end") or ""
    return list(papers[-number:] if from_end.lower() == "last" else papers[:number])


def place_of(place: re.Match[str]) -> int:
    """Return the place (from 0, or from the end from -1) that a match of `PLACE` counts."""
    if place[2]:
        return NUMERALS[place[2].lower()] - 1
    return int(place[1]) - 1 if place[1] else ORDINALS[place[0].lower()]


def count_described(description: str) -> int:
    """Return how many papers a few words are for.

    >>> [count_described(text) for text in ("the two Portuguese efforts", "the DINO one")]
    [2, 1]
    """
    match = _COUNT.search(description)
    return _number_of(match) if match else 1


def _number_of(count: re.Match[str]) -> int:
    """Return how many a match of `_COUNT` says."""
    groups = count.groupdict()
    said = (groups.get("number") or groups["alone"]).lower()
    return int(said) if said.isdecimal() else NUMERALS.get(said, BOTH)
