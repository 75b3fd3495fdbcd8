"""A message and its tags → what it says of the papers of which it speaks one by one, and what of
that a paper has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from assistant.text.paper_names import Mention as PaperMention
from assistant.text.paper_names import NameIndex
from assistant.text.words import NUMERALS, ORDINALS, STOP_WORDS, index_terms, is_content, words
from assistant.types import Paper

_KIND = r"(?:ones?|papers?|stud(?:y|ies)|works?|models?)"
_JOINS = r"(?:,? (?:and|or|nor|vs\.?|versus|with|against|to|from) (?:also )?|, | & )"
# Beside what is tagged: a name, or what is said as of one paper ("the lightweight ViT paper").
_WORD = (
    r"(?:(?!(?:and|or|the|that|of|is|are|was|were|has|have|do|does|which|what|how|in|on|for|from)\b)"
    r"[\w'’.-]+)"
)
_ONE = rf"(?:the (?:{_WORD} ){{1,4}}?{_KIND}\b|the {_WORD}(?: {_WORD}){{0,2}}|{_WORD})"
_JOINED, _BEFORE, _BEHIND = (
    re.compile(pattern, re.IGNORECASE)
    for pattern in (_JOINS, rf"({_ONE}){_JOINS}$", rf"{_JOINS}({_ONE})")
)
_POINTS = re.compile(
    r"^(?:(?:both|all|only|the|those|these|that|this|your)\b ?)*"
    rf"(?P<number>{'|'.join(NUMERALS)}\b)? ?",
    re.IGNORECASE,
)
_DEFINITE = re.compile(rf"the .*\b{_KIND}$", re.IGNORECASE)
_ENDS_JOINED = re.compile(rf"(?:{_JOINS.rstrip()}|,? (?:and|or)|,)\s*$", re.IGNORECASE)
_AS_ONE = re.compile(rf"^(?:the|that) {_KIND}\b|\b{_KIND}$", re.IGNORECASE)
_AND = re.compile(r",?(?: (?:and|or|nor|&))? ")
_UNWANTED = re.compile(
    r"\b(?:not|except(?: for)?|excluding|besides|apart from|other than) (?:the )?$", re.IGNORECASE
)
_DENIED = re.compile(r"\bnot (?:the )?$", re.IGNORECASE)
_BEGINS_ONE = re.compile(r"(?:the|that|those|these)\b|[A-Z]", re.ASCII)
_MANY = re.compile(r"\b(?:ones|papers|studies|works|models)$", re.IGNORECASE)
_ENDS = re.compile(rf"(?:^| ){_KIND}$", re.IGNORECASE)

_QUOTED = re.compile(r"[\"“”]([^\"“”]{4,})[\"“”]")
_TOKEN = re.compile(r"[^\W_](?:[\w'’-]*\w)?")
_COPIED, _CAPITALS = 3, 2  # words in a row of a title, and with capitals, that are copied from it
_BEGUN = 2  # words of content with which a title begins that mean it
_PAPER_OF = re.compile(
    r"\bthe (?:original |first )?(?P<name>[\w.-]*\w) (?:paper|article|study)\b", re.IGNORECASE
)
_HELD = (STOP_WORDS - {"who", "what", "which", "when", "where", "how", "why"}) | frozenset(
    "have got hold here collection corpus library database list included among papers one".split()
)
_TELLS_A_MATTER = 4  # words of content
_ANY_PAPER = frozenset(index_terms("one ones paper papers method model work study system approach"))
_AGES = "newer newest latest recent older oldest earliest"
POINTING = frozenset(
    index_terms(f"{' '.join((*ORDINALS, *NUMERALS))} both either other another keep show {_AGES}")
)


@dataclass(frozen=True, slots=True)
class Mention:
    """What a message says of a paper ("German clinical"), or of so many that are alike (`number`,
    0: it does not say); `tagged` where the network took it for that, not only what it is joined to;
    `plain` where it is a name, said as of a paper ("the … one") or beside others, and `definite`
    where it points at one ("the …").
    """

    words: str
    number: int = 1
    tagged: bool = True
    plain: bool = True
    definite: bool = True


def mentions_in(text: str, spans: Sequence[str], names: NameIndex) -> list[Mention]:
    """Return what a message says of papers one by one, in its order, by the `spans` of it that do;
    what is joined to these is parted, but for the `names` of papers.
    """
    named = [(one.start, one.end) for one in names.find(text)]
    tagged = _places(text, spans)
    found = []
    for start, end in _regions(text, tagged, named):
        for at, to in _parts(text, start, end, named, tagged):
            if _DENIED.search(text[:at]):
                continue
            within = any(first < to and at < last for first, last in tagged)
            sure = (at, to) != (start, end) or any(one[0] < to and at < one[1] for one in named)
            if mention := _mention(text[at:to], within, sure):
                found.append(mention)
    return found


def with_pronouns(text: str, spans: Sequence[str], names: NameIndex) -> str:
    """Return a message with "it" in the place of all that `mentions_in` finds: what it asks of each
    paper.
    """
    named = [(one.start, one.end) for one in names.find(text)]
    for start, end in reversed(_regions(text, _places(text, spans), named)):
        text = f"{text[:start]}it{text[end:]}"
    return text


def with_joined(text: str, clause: str) -> str:
    """Return a clause of a message with the papers that it goes on with.

    >>> with_joined("drop SimDA, OPT and the survey one. Which is newest?", "drop SimDA, OPT and")
    'drop SimDA, OPT and the survey one'
    """
    start = text.find(clause)
    end = start + len(_ENDS_JOINED.sub("", clause))
    while start >= 0 and (behind := _BEHIND.match(text, end)) and _DEFINITE.match(behind[1]):
        end = behind.end(1)
    return text[start:end] if start >= 0 and end > start + len(clause) else clause


def _places(text: str, spans: Sequence[str]) -> list[tuple[int, int]]:
    """Return where stretches stand in a text, those that do, in its order."""
    places = ((text.find(one), len(one)) for one in spans)
    return sorted((start, start + length) for start, length in places if start >= 0)


def _regions(
    text: str, tagged: Sequence[tuple[int, int]], named: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return the stretches of a text that are tagged, with the names that they have a part of and
    with what they are joined to; those that are joined to each other as one.
    """
    regions: list[tuple[int, int]] = []
    for start, end in (_with_neighbours(text, *_whole(span, named)) for span in tagged):
        if regions and (start <= regions[-1][1] or _JOINED.fullmatch(text[regions[-1][1] : start])):
            first, last = regions.pop()
            regions.append((min(first, start), max(last, end)))
        else:
            regions.append((start, end))
    return regions


def _whole(span: tuple[int, int], named: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return a stretch with all of the names that it has a part of."""
    start, end = span
    parts = [one for one in named if one[0] < end and start < one[1]]
    return min(start, *(one[0] for one in parts), end), max(end, *(one[1] for one in parts), start)


def _with_neighbours(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a stretch of `text` with the papers that it is joined to."""
    while before := _BEFORE.search(text[:start]):
        start = before.start(1)
    while behind := _BEHIND.match(text, end):
        end = behind.end(1)
    return start, end


def _parts(
    text: str,
    start: int,
    end: int,
    named: Sequence[tuple[int, int]],
    tagged: Sequence[tuple[int, int]],
) -> Iterator[tuple[int, int]]:
    """Yield the parts of a stretch between what joins them outside of names, where what is `tagged`
    as one speaks of several ("the gender and the tweets one", "Dutch, Thai and Polish models").
    """
    at = start
    for join in _JOINED.finditer(text, start, end):
        whole = [
            span for span in (*named, *tagged) if span[0] < join.end() and join.start() < span[1]
        ]
        if not any(span in named or not _speaks_of_several(text[slice(*span)]) for span in whole):
            yield at, join.start()
            at = join.end()
    yield at, end


def _speaks_of_several(said: str) -> bool:
    """Tell whether what is joined in some words are several papers, not matters of one.

    >>> [_speaks_of_several(words) for words in ("the Thai and Dutch ones", "Maltese and Thai")]
    [True, True]
    >>> [_speaks_of_several(words) for words in ("the one on age and sex", "the A and the B one")]
    [False, True]
    """
    parts = [part for part in _JOINED.split(said) if part]
    return bool(_MANY.search(said)) or all(map(_BEGINS_ONE.match, parts))


def _mention(said: str, tagged: bool, sure: bool) -> Mention | None:
    """Return what words say of a paper, None where they only point or count."""
    (number,) = _POINTS.findall(said)
    rest = _POINTS.sub("", said)
    words = _ENDS.sub("", rest.strip(" ?.!:;"))
    if not words:
        return None
    definite = rest != said
    new = said.lower().startswith(("a ", "an ", "any ", "some "))
    plain = (tagged and sure and not new) or (definite and _AS_ONE.search(said) is not None)
    many = 0 if _MANY.search(said) else 1
    return Mention(words, NUMERALS.get(number.lower(), many), tagged, plain, definite)


def content_of(description: str) -> frozenset[str]:
    """Return the terms of some words that say anything of a paper that not any paper is."""
    content = " ".join(word for word in words(description) if is_content(word))
    return frozenset(stem for stem in index_terms(content) if len(stem) > 1) - _ANY_PAPER


def tells_apart(description: str) -> bool:
    """Tell whether words say anything of a paper that not any paper is, and do more than point.

    >>> [tells_apart(text) for text in ("the second paper", "the newer one", "the DINO one")]
    [False, False, True]
    """
    return bool(content_of(description) - POINTING)


def tells_a_matter(text: str) -> bool:
    """Tell whether a message says so much that it is on a matter of its own, whatever is tagged."""
    return len(content_of(text) - POINTING) >= _TELLS_A_MATTER


def is_any_paper(word: str) -> bool:
    """Tell whether a word stands for any paper: "one", "method"."""
    return set(index_terms(word)) <= _ANY_PAPER


def fits(description: str, paper: Paper) -> bool:
    """Tell whether a paper has all that tells of a few words."""
    stems = content_of(description)
    return bool(stems) and stems == said_of(description, paper)


def said_of(description: str, paper: Paper) -> frozenset[str]:
    """Return what of that which tells of a few words a paper has."""
    own = f"{paper.title} {paper.abstract}"
    return content_of(description) & {*index_terms(own), *index_terms(own.replace("-", " "))}


def most_said(description: str, papers: Sequence[Paper]) -> list[Paper]:
    """Return those of some papers that have most of what tells of a few words, [] for none."""
    said = [len(said_of(description, one)) for one in papers]
    most = max(said, default=0)
    return [one for one, number in zip(papers, said, strict=True) if number == most > 0]


def named_by_title(description: str, papers: Sequence[Paper]) -> list[Paper]:
    """Return those of `papers` whose titles have all that tells of a few words ("the DINO one")."""
    stems = content_of(description)
    return [one for one in papers if stems and stems <= set(index_terms(one.title))]


def named_in_order(description: str, papers: Sequence[Paper]) -> list[Paper]:
    """Return those of several papers whose titles have what tells of a few words as these have it
    ("dense video captioning", not "video dense captioning"), any fewer as they are.
    """
    if len(papers) < 2:
        return list(papers)
    said = content_of(description)
    phrase = " ".join(term for term in index_terms(description) if term in said)
    return [one for one in papers if f" {phrase} " in f" {' '.join(index_terms(one.title))} "]


def named_as_unwanted(text: str, names: NameIndex) -> tuple[str, ...]:
    """Return the ids of the papers that a text names as those it does not ask for ("…, not SimDA",
    "besides SimDA and OPT").
    """
    unwanted: list[PaperMention] = []
    for one in names.find_firm(text):
        beside = unwanted and _AND.fullmatch(text[unwanted[-1].end : one.start])
        if beside or _UNWANTED.search(text[: one.start]):
            unwanted.append(one)
    return tuple(one.paper_id for one in unwanted)


def names_of_papers(text: str) -> list[str]:
    """Return the names of which a text speaks as of papers.

    >>> names_of_papers("is the MAE paper here?")
    ['MAE']
    """
    return [match["name"] for match in _PAPER_OF.finditer(text)]


def asks_if_held(text: str) -> bool:
    """Tell whether a text asks of nothing but the paper of a name whether that is there.

    >>> asks_if_held("so is the MAE paper here?"), asks_if_held("do you have the CLIP paper?")
    (True, True)
    >>> asks_if_held("who wrote the MAE paper?")
    False
    """
    named = _PAPER_OF.search(text)
    return named is not None and {*words(text.replace(named[0], " "))} <= _HELD


def copied_stretches(text: str, titles: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places of what a text copies out of `titles`, the longest first: what it quotes of
    one, three words in a row that are written as there, two of them with capitals, or the words
    that one begins with, two of them of content.

    >>> text, title = 'and "multi-sentence inference"?', "Pre-training for Multi-Sentence Inference"
    >>> [text[start:end] for start, end in copied_stretches(text, [title])]
    ['multi-sentence inference']
    >>> copied_stretches("multi-sentence inference with pre-training for it", [title])
    []
    >>> copied_stretches("token boosting: who?", ["Token Boosting for Robust Training"])
    [(0, 14)]
    """
    quoted = [match.span(1) for match in _QUOTED.finditer(text) if " " in match[1]]
    folded = [title.lower() for title in titles]
    found = [(a, b) for a, b in quoted if any(text[a:b].lower() in one for one in folded)]
    tokens = list(_TOKEN.finditer(text))
    for first, token in enumerate(tokens):
        if sum(one[0][0].isupper() for one in tokens[first : first + _COPIED]) < _CAPITALS:
            continue
        for last in tokens[first + _COPIED - 1 :]:
            if not any(text[token.start() : last.end()] in title for title in titles):
                break
            found.append((token.start(), last.end()))
    begun = (_begun(text, tokens, title) for title in titles)
    return sorted({*found, *filter(None, begun)}, key=lambda place: place[0] - place[1])


def _begun(text: str, tokens: Sequence[re.Match[str]], title: str) -> tuple[int, int] | None:
    """Return the place in `text` of as many words that a title begins with as there are, two of
    them of content; None where it has fewer.
    """
    begins = [word[0].lower() for word in _TOKEN.finditer(title)]
    said = [token[0].lower() for token in tokens]
    for first in range(len(said)):
        same = takewhile(lambda pair: pair[0] == pair[1], zip(said[first:], begins, strict=False))
        alike = [n for n, (word, _) in enumerate(same) if is_content(word)]
        if len(alike) >= _BEGUN:
            return tokens[first].start(), tokens[first + alike[-1]].end()
    return None
