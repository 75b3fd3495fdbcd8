"""Which papers a question names: by title, system name ("SimDA") or abbreviation."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice, pairwise
from typing import Protocol

from assistant.text.abbreviations import definitions
from assistant.text.citation_markers import without_retraction
from assistant.text.words import ASKING_WORDS, STOP_WORDS, fold, joined, surface_words
from assistant.types import Paper

_INTRODUCES = re.compile(
    r"\b(?:we|this (?:paper|work|study|article)|paper) (?:\w+"
    r" ){0,4}?(?:propos|present|introduc|develop|releas|publish|design|"
    r"construct|curat|build|built|call|name|term|dub|devis|describ|suggest|offer|provid)\w*|"
    r"\b(?:called|named|termed|dubbed|namely|denoted|referred to"
    r" as|abbreviated|introducing|coined)\b",
    re.IGNORECASE,
)
# "Otter-Knowledge", "ERNIE 3.0": before the colon of a title, with what it begins with.
_BEGINS = re.compile(r"(?P<name>[A-Z][^\W\d_]{3,})(?:-[A-Z][\w-]*| \d+(?:\.\d+)*)$")
# "Step-Video-T2V", "OpenVid-1M", "ptt5-v2" at the beginning: without its last part, which has a
# digit; "VideoCrafter1", "DocFormerv2": without the number.
_VERSIONED = re.compile(r"(?P<name>\w*[A-Z\d]\w*(?:-[A-Z]\w*)*)-(?=\w*\d)[\w.]+(?=[:,]|\s|$)")
_NUMBERED = re.compile(r"(?P<name>[A-Za-z-]{5,}?(?<=[a-uw-z]))v?\d+(?=[:,]|\s|$)")
# "The SloT5 models mostly …": of what no other paper speaks of.
_OWN = re.compile(r"(?:(?:^|[.,;:] )[Tt]he|\b[Oo]ur) (?P<name>[\w.-]+) models\b")
_INDEFINITE = re.compile(r"\b(?:an?|any|some|every|each|no)\s+$", re.IGNORECASE)
_SAMPLE = 2000
_REACH = 160
_BEFORE = 24  # characters before a name that may hold an article
_LONGEST = 7
_LONG_HEAD = 5  # words of what stands before a title's colon, above which it is no phrase of others
SHORTEST_TITLE = 16
TITLE, INTRODUCED, UNIQUE = 3, 2, 1
_ADDRESS = re.compile(r"\bhttps?://\S+")
# The address of a work's own code or page, which ends in its name.
_LINKED = re.compile(
    r"\b(?:(?:github|gitlab)\.com|huggingface\.co)/(?:(?:spaces|datasets|collections)/)?"
    r"[\w.-]+/(?P<code>[\w-]+)"
    r"|\baka\.ms/(?P<short>[\w-]+)|\b[\w-]+\.github\.io/(?P<page>[\w-]+)",
    re.IGNORECASE,
)
# Before the address of what another work made.
_OF_OTHERS = re.compile(
    r"\b(?:extend\w*|bas(?:ed|es) (?:up)?on|buil\w+ (?:up)?on|using|uses?|follow\w*)\b",
    re.IGNORECASE,
)
_BEFORE_LINK = 48  # characters
VERSION = "9"
"""Changes whenever `collect_names` may find other names: an ingest finds them anew."""
_SHARED_BY = 2
_USED_BY = 3


@dataclass(frozen=True, slots=True)
class Mention:
    """A paper named in a question, where, and how firmly: TITLE, INTRODUCED or UNIQUE."""

    paper_id: str
    start: int
    end: int
    strength: int


@dataclass(frozen=True, slots=True)
class Name:
    """What a corpus says of a name: its owners' ids, each with TITLE, INTRODUCED or UNIQUE.

    `is_ordinary`: some paper also writes it in small letters. `is_shared`: more than two use it.
    """

    owners: Mapping[str, int]
    is_ordinary: bool = False
    is_shared: bool = False


class Names(Protocol):
    """Where a NameIndex looks names up; a key is a name's folded letters and digits."""

    def name(self, key: str) -> Name:
        """Return what is known of a name, without owners where it is no name."""

    def titled(self, key: str) -> str:
        """Return the id of the paper with the title of this key, "" for none."""

    def titles_in(self, key: str) -> list[tuple[str, str]]:
        """Return the keys of the titles, of 16 letters at least, that stand in that of a text, each
        with its paper's id, in the papers' order.
        """


@dataclass(frozen=True, slots=True)
class NameTable:
    """The names of a corpus in memory; see `Names`."""

    by_key: Mapping[str, Name]
    by_title: Mapping[str, str]

    def name(self, key: str) -> Name:
        """Return what is known of a name."""
        return self.by_key.get(key, Name({}))

    def titled(self, key: str) -> str:
        """Return the id of the paper with the title of this key."""
        return self.by_title.get(key, "")

    def titles_in(self, key: str) -> list[tuple[str, str]]:
        """Return the titles that stand in a text."""
        titles = self.by_title.items()
        return [(one, paper) for one, paper in titles if len(one) >= SHORTEST_TITLE and one in key]


def collect_names(papers: Mapping[str, Paper]) -> NameTable:
    """Return the names in the titles and abstracts of a corpus.

    A paper owns what stands before the colon of its title (of many words as it does the title), the
    system names in its title, the names its abstract introduces ("we propose …") unless many other
    papers use them, that of its code unless another owns it, and names no other paper uses.
    """
    return _Collector(papers).table()


class _Collector:
    """The names of some papers as they are gathered: who uses each, then who owns it."""

    def __init__(self, papers: Mapping[str, Paper]) -> None:
        self._papers = papers
        self._owners: dict[str, dict[str, int]] = defaultdict(dict)
        self._ordinary: set[str] = set()
        self._users: dict[str, set[str]] = defaultdict(set)
        self._text = "".join(
            f" {' '.join(surface_words(paper.abstract))} \n"
            for paper in islice(papers.values(), _SAMPLE)
        )

    def table(self) -> NameTable:
        for paper in self._papers.values():
            text = f"{without_retraction(paper.title)} {paper.abstract}"
            named = {
                token
                for token in surface_words(text)
                if is_name(token) and not _is_adjective(token)
            }
            for token in named:
                self._users[_singular(token)].add(paper.id)
            # ".../vilt" is no word, nor is what a citation leaves behind: "beside BLIP blip".
            said = pairwise(("", *surface_words(_ADDRESS.sub(" ", text))))
            self._ordinary |= {
                _key(one)
                for before, one in said
                if one.islower() and one not in named and _key(before) != _key(one)
            }
        for paper in self._papers.values():
            self._add_own(paper)
        for key, identifier, strength in (*self._beginnings(), *self._linked()):
            self._own(key, identifier, strength)
        for key, ids in self._users.items():
            if len(ids) == 1:
                self._own(key, next(iter(ids)), UNIQUE)
        titles = {
            _key(head): paper.id
            for paper in self._papers.values()
            for head, colon, _ in [without_retraction(paper.title).partition(":")]
            if colon and len(head.split()) > _LONG_HEAD
        }
        titles |= {_key(without_retraction(one.title)): one.id for one in self._papers.values()}
        titles |= {_key(paper.title): paper.id for paper in self._papers.values()}
        shared = {key for key, ids in self._users.items() if len(ids) > _SHARED_BY}
        names = {
            key: Name(self._owners.get(key, {}), key in self._ordinary, key in shared)
            for key in {**self._owners, **dict.fromkeys(self._ordinary | shared)}
        }
        return NameTable(names, titles)

    def _add_own(self, paper: Paper) -> None:
        title = without_retraction(paper.title)
        head, colon, _ = title.partition(":")
        if colon and len(head.split()) <= _LONG_HEAD and not self._is_phrase(head):
            self._own(_key(head), paper.id, TITLE)
        own = [(token, token) for token in surface_words(title) if is_name(token)]
        for short, name in (*own, *_introduced(paper.abstract)):
            if not _is_adjective(name) and len(self._users[_singular(short)]) <= _USED_BY:
                self._own(_key(name), paper.id, INTRODUCED)
        for name in (match["name"] for match in _OWN.finditer(paper.abstract)):
            if is_name(name) and self._users[_singular(name)] == {paper.id}:
                self._own(_key(name), paper.id, INTRODUCED)

    def _beginnings(self) -> list[tuple[str, str, int]]:
        """Return what names before the colons of titles begin with ("Otter" of "Otter-Knowledge",
        "ERNIE" of "ERNIE 3.0") and titles without what counts at their end ("OpenVid" of
        "OpenVid-1M", "VideoCrafter" of "VideoCrafter1"), where it is no word and no paper but the
        two at most that are so called uses it, each with its paper's id and strength.
        """
        found: dict[str, set[str]] = defaultdict(set)
        for paper in self._papers.values():
            title = without_retraction(paper.title)
            head, colon, _ = title.partition(":")
            begins = _BEGINS.match(head) if colon else None
            counted = _VERSIONED.match(title) or _NUMBERED.match(title)
            for match in filter(None, (begins, counted)):
                found[_key(match["name"])].add(paper.id)
        own = {
            key: ids
            for key, ids in found.items()
            if len(ids) <= _SHARED_BY
            and key not in self._ordinary
            and self._users.get(key, set()) <= ids
            and self._owners.get(key, {}).keys() <= ids
        }
        return [
            (key, one, TITLE if len(ids) > 1 else INTRODUCED)
            for key, ids in own.items()
            for one in sorted(ids)
        ]

    def _linked(self) -> list[tuple[str, str, int]]:
        """Return the names in the addresses of code and pages that no other paper owns or links to,
        each with its paper's id and strength.
        """
        linked: dict[str, set[str]] = defaultdict(set)
        for paper in self._papers.values():
            for match in _LINKED.finditer(paper.abstract):
                before = paper.abstract[max(match.start() - _BEFORE_LINK, 0) : match.start()]
                name = match[match.lastgroup or 0]
                if is_name(name) and not _OF_OTHERS.search(before):
                    linked[_key(name)].add(paper.id)
        return [
            (key, next(iter(ids)), INTRODUCED)
            for key, ids in linked.items()
            if len(ids) == 1 and self._owners.get(key, {}).keys() <= ids
        ]

    def _is_phrase(self, head: str) -> bool:
        """Tell whether what stands before a title's colon is used by others too."""
        words = surface_words(head)
        if len(words) < 2 or any(is_name(word) for word in words):
            return False
        # As it stands within a sentence: "pre-trained models", "vitamin D".
        phrases = {" ".join(words).lower(), " ".join((words[0].lower(), *words[1:]))}
        return any(self._held_by_others(f" {phrase} ") for phrase in phrases)

    def _held_by_others(self, phrase: str) -> bool:
        place = -1
        for _ in range(_USED_BY + 1):
            place = self._text.find(phrase, place + 1)
            if place < 0:
                return False
            place = self._text.find("\n", place)  # once in an abstract is enough
        return True

    def _own(self, key: str, identifier: str, strength: int) -> None:
        if len(key) > 1 and not key.isdigit():
            self._owners[key][identifier] = max(strength, self._owners[key].get(identifier, 0))


class NameIndex:
    """Names → papers; a name owned by more than two papers names none."""

    def __init__(self, names: Names) -> None:
        self._name = lru_cache(maxsize=16384)(names.name)
        self._names = names

    @classmethod
    def of(cls, papers: Mapping[str, Paper]) -> NameIndex:
        """Return the index of the names in some papers."""
        return cls(collect_names(papers))

    def find(self, text: str) -> list[Mention]:
        """Return the papers named in `text`, each once, in the order in which they are named."""
        titles = self._titles_in(text)
        mentions = list(titles)
        tokens = [
            (match, key)
            for match in re.finditer(r"[^\s,;:?!()\"“”/]+", text)
            if (key := _key(match[0]))
        ]
        place, reached = 0, 0
        while place < len(tokens):
            named = self._longest(text, tokens[place : place + _LONGEST])
            if not named:
                place += 1
                continue
            start, end = named[0].start, named[0].end
            if start >= reached and not any(title.start <= start < title.end for title in titles):
                mentions += named
                reached = end
            place += max(1, len(text[start:end].split()))
        unique: dict[str, Mention] = {}
        for mention in sorted(mentions, key=lambda one: (one.start, -one.strength)):
            if (
                mention.paper_id not in unique
                or unique[mention.paper_id].strength < mention.strength
            ):
                unique[mention.paper_id] = mention
        return sorted(unique.values(), key=lambda one: one.start)

    def user(self, token: str) -> str:
        """Return the id of the one paper that uses a name, "" where several do or none."""
        owners = self._name(_key(token)).owners
        return next(iter(owners)) if len(owners) == 1 else ""

    def owners(self, name: str) -> tuple[str, ...]:
        """Return the ids of the papers that own a name, or a title that is one."""
        titled = self._names.titled(_key(name))
        return tuple(dict.fromkeys([*self._name(_key(name)).owners, *([titled] if titled else [])]))

    def is_word(self, token: str) -> bool:
        """Tell whether some paper writes `token` in small letters, and so as no name."""
        return self._name(_key(token)).is_ordinary

    def find_firm(self, text: str) -> list[Mention]:
        """Return the papers that `text` names firmly: by title, or a name that they introduce."""
        return [one for one in self.find(text) if one.strength >= INTRODUCED]

    @staticmethod
    def without(text: str, mentions: Iterable[Mention]) -> str:
        """Return `text` with the mentions and their possessive endings taken out."""
        return " ".join(_replaced(text, mentions, " ", " ").split())

    def with_pronoun(self, text: str, paper: Paper) -> str:
        """Return `text` with "it" or "its" in the place of each name of a paper."""
        own = (one for one in self.find(text) if one.paper_id == paper.id)
        return _replaced(text, own, "it", "its")

    def display(self, paper: Paper) -> str:
        """Return a paper's short name: before its title's colon, introduced, or its title."""
        head, colon, _ = without_retraction(paper.title).partition(":")
        if colon and len(head.split()) <= 5:
            return head.strip()
        own = (
            name
            for short, name in _introduced(paper.abstract)
            if short == name and is_name(name) and not _is_kind(name, paper.abstract)
        )
        firm = (
            name for name in own if self._name(_key(name)).owners.get(paper.id, 0) >= INTRODUCED
        )
        return next(
            (name for name in firm if [one[0] for one in self._owners_of(name)] == [paper.id]),
            paper.title,
        )

    def _longest(self, text: str, tokens: list[tuple[re.Match[str], str]]) -> list[Mention]:
        keys = list(accumulate(key for _, key in tokens))
        for length in range(len(tokens), 0, -1):
            if not self._may_be_owned(keys[length - 1]):
                continue
            start, end = tokens[0][0].start(), tokens[length - 1][0].end()
            surface = re.sub(r"['’]s$", "", text[start:end].rstrip(".'’"))
            if (owners := self._owners_of(surface)) and not self._is_common_here(
                text, start, surface
            ):
                return [
                    Mention(identifier, start, start + len(surface), strength)
                    for identifier, strength in owners
                ]
        return []

    def _may_be_owned(self, key: str) -> bool:
        """Tell whether a key, with or without a plural or possessive s, is a name."""
        forms = (key, key + "s", key.removesuffix("s"), key.removesuffix("s").removesuffix("s"))
        return any(self._name(form).owners for form in dict.fromkeys(forms))

    def _is_common_here(self, text: str, start: int, surface: str) -> bool:
        """Tell whether a name stands for no paper here: "a VLM", "Finetuning" as first word."""
        key = _key(surface)
        if not is_name(surface) and not text[:start].strip() and self._name(key).is_ordinary:
            return True
        shared = self._name(_singular(surface)).is_shared
        return shared and _INDEFINITE.search(text[max(start - _BEFORE, 0) : start]) is not None

    def _owners_of(self, surface: str) -> list[tuple[str, int]]:
        key = _key(surface)
        spellings = dict.fromkeys((key, key.removesuffix("s"), key + "s"))
        owned = next((one for one in map(self._name, spellings) if one.owners), None)
        if len(key) < 2 or owned is None:
            return []
        # "moto" or "places" in small letters is a word before it is a name.
        if surface == surface.lower() and owned.is_ordinary:
            return []
        owners = owned.owners
        if fold(surface) in STOP_WORDS or fold(surface) in ASKING_WORDS:
            return []
        best = max(owners.values())
        head = _key(surface.partition("-")[0])
        if (
            best == UNIQUE
            and "-" in surface
            and self._name(head).owners.get(next(iter(owners)), 0) >= INTRODUCED
        ):
            best = INTRODUCED  # "OPT-175B" in the paper that introduces OPT
            owners = dict.fromkeys(owners, best)
        chosen = [identifier for identifier, strength in owners.items() if strength == best]
        return (
            [(identifier, best) for identifier in chosen]
            if len(chosen) <= (1 if best < TITLE else _SHARED_BY)
            else []
        )

    def _titles_in(self, text: str) -> list[Mention]:
        closed, places = _closed(text)
        mentions = []
        for key, identifier in self._names.titles_in(closed):
            at = closed.find(key)
            end = places[at + len(key) - 1] + 1
            mentions.append(Mention(identifier, places[at], end, TITLE + 1))
        return mentions


def _replaced(text: str, mentions: Iterable[Mention], word: str, owning: str) -> str:
    """Return `text` with a word in the place of each mention, another where that has an ending of
    possession.
    """
    for one in sorted(mentions, key=lambda one: -one.start):
        rest, owns = re.subn(r"^['’]s\b", "", text[one.end :])
        text = f"{text[: one.start]}{owning if owns else word}{rest}"
    return text


@lru_cache(maxsize=65536)  # the words of a corpus recur
def is_name(token: str) -> bool:
    """Tell whether a word is a name: capitals inside, digits among letters, or all capitals.

    >>> [is_name(word) for word in ("SimDA", "T5-v1.1", "wav2vec", "GLUE")]
    [True, True, True, True]
    >>> [is_name(word) for word in ("Transformers", "pre-training", "2.0")]
    [False, False, False]
    """
    letters = [c for c in token if c.isalpha()]
    if len(letters) < 2:
        return False
    inner_capital = any(c.isupper() and token[n - 1].isalnum() for n, c in enumerate(token) if n)
    return inner_capital or any(c.isdigit() for c in token)


def _is_kind(name: str, abstract: str) -> bool:
    """Tell whether an abstract speaks of several of a name in capitals: what "MLPs" are is a kind,
    and no paper is called by it.
    """
    one = name.removesuffix("s")
    return one.isupper() and re.search(rf"\b{re.escape(one)}s\b", abstract) is not None


def _is_adjective(token: str) -> bool:
    """Tell whether a word only has a name in it.

    >>> [_is_adjective(word) for word in ("LLM-based", "T5-style", "Still-Moving", "ptt5-v2")]
    [True, True, False, False]
    """
    head, hyphen, last = token.rpartition("-")
    return bool(hyphen) and " " not in head and last.isalpha() and last.islower()


def _introduced(abstract: str) -> Iterable[tuple[str, str]]:
    """Yield the names an abstract introduces, spelt-out ones beside their short form."""
    for match in _INTRODUCES.finditer(abstract):
        after = abstract[match.end() : match.end() + _REACH]
        stop = re.search(r"[.!?]\s", after)
        after = _ADDRESS.sub(" ", after[: stop.start()] if stop else after)
        yield from (
            (pair[0], name) for pair in definitions(after) if _names_system(*pair) for name in pair
        )
        names = [token for token in surface_words(after) if is_name(token)]
        yield from ((name, name) for name in names[:1])


def _names_system(short: str, long: str) -> bool:
    """Tell whether a definition names a system: "unified pipeline (UniPT)" does."""
    return not joined(short).removesuffix("s").isupper() or any(c.isupper() for c in long)


@lru_cache(maxsize=65536)
def _key(text: str) -> str:
    return joined(fold(text))


def _singular(text: str) -> str:
    return _key(text).removesuffix("s")


def _closed(text: str) -> tuple[str, list[int]]:
    """Return folded letters and digits of `text` run together, and where each stands."""
    closed: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for one in _key(character):
            closed.append(one)
            places.append(place)
    return "".join(closed), places
