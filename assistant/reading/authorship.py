"""Message → what it asks of the people who wrote papers spoken of: how many they are, whom papers
share, or what else they wrote.

A message asks that where it speaks of people, and of nothing but people, papers and writing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from assistant.reading.places import last_sentence, sentences_of
from assistant.text.words import STOP_WORDS, fold, words
from assistant.types import Paper


def _set(said: str) -> frozenset[str]:
    return frozenset(said.split())


_AUTHORS = _set(
    "author authors coauthor coauthors co-author co-authors inventor inventors writer writers team "
    "group lab people someone anyone makers signers"
)
_HE_OR_SHE = _set("he she him her his hers")
_THEY = _HE_OR_SHE | _set("they them who whom those")
_WRITING = _set(
    "write writes wrote written publish published author authored coauthored co-authored sign "
    "signs signed worked behind made built created developed"
)
_ELSE = _set("else other others another more further also")
_SHARED = _set("share shares shared sharing same common overlap overlaps overlapping")
_PAPERS = _set(
    "paper papers article articles work works study studies one ones anything something list any "
    "collection corpus library database here name names first last senior lead joint apart"
)
_DOING = _set("say says use used uses using doing")  # what papers do, too
_ALLOWED = _AUTHORS | _THEY | _WRITING | _ELSE | _SHARED | _PAPERS | (STOP_WORDS - _DOING)
_SEVERAL = re.compile(r"\b(?:more than|at least) (?:just )?(?:one|two)\b", re.IGNORECASE)
_ON_BOTH = re.compile(
    r"\b(?:on|behind|wr(?:ote|itten)) (?:both|several|(?:more than|at least) (?:just )?"
    r"(?:one|two))\b",
    re.IGNORECASE,
)
_SHARES_WITH = re.compile(
    r"\b(?:which|what|any|other|papers?|ones?)\b.*\b(?:with|(?:who|that) (?:is|are) also (?:on|"
    r"behind|author of)) (?:it|this|that)\b",
    re.IGNORECASE,
)
_PLACE = {"first": slice(1), "lead": slice(1), "last": slice(-1, None), "senior": slice(-1, None)}
_PLACED = re.compile(r"\b(first|lead|last|senior) (?:co-?)?authors?\b", re.IGNORECASE)
_HOW_MANY = re.compile(r"\b(?:how many|number of) ", re.IGNORECASE)
_PERSONS = _AUTHORS | _set("researchers scientists persons")
_COUNTING = _PERSONS | _set("how many number count so")
_OF_WHAT = re.compile(r"\b(?:write|wrote|written|publish|published) (?:about|on)\b", re.IGNORECASE)


def asks_shared_authors(text: str) -> bool:
    """Tell whether a message asks who wrote several of some papers.

    >>> said = "do they share inventors?", "who wrote more than one of these?", "who's on both?"
    >>> list(map(asks_shared_authors, said)), asks_shared_authors("what do they share?")
    ([True, True, True], False)
    """
    said = {*words(text.lower())}
    shares = said & _AUTHORS and said & _SHARED
    return bool(shares or _ON_BOTH.search(text)) and not _asks_for_others(text)


def asks_how_many_wrote(text: str) -> bool:
    """Tell whether a message asks how many people wrote what is spoken of, and nothing else.

    >>> asks = "how many authors does it have?", "how many people wrote it? A big team."
    >>> list(map(asks_how_many_wrote, asks)), asks_how_many_wrote("how many people use it?")
    ([True, True], False)
    """
    for sentence in sentences_of(text):
        said = {*words(sentence.lower())}
        people = said & _PERSONS
        if _HOW_MANY.search(sentence) and people and not said - _ALLOWED - _COUNTING:
            return bool(said & (_WRITING | _PAPERS | _AUTHORS))
    return False


def authors_meant(text: str, papers: Sequence[Paper]) -> tuple[str, ...]:
    """Return the authors of papers spoken of whose other papers a message asks for, () for none:
    those whom it names or counts, or "he" who is on all of several.

    >>> paper = Paper("p", "A", "", ("Ann Lee", "Bo Chen"))
    >>> authors_meant("what else have they written?", [paper])
    ('Ann Lee', 'Bo Chen')
    >>> authors_meant("any other papers by the first author?", [paper])
    ('Ann Lee',)
    >>> authors_meant("which ones share an inventor with it?", [paper])
    ('Ann Lee', 'Bo Chen')
    >>> authors_meant("So that is Chen's. Which others here is he an author of?", [paper])
    ('Bo Chen',)
    >>> authors_meant("what else does it say of authors?", [paper])
    ()
    """
    theirs = [name for paper in papers for name in paper.authors]
    named = [name for name in theirs if _is_named(name, text)]
    if not _asks_for_others(text, named):
        return ()
    if place := _PLACED.search(last_sentence(text)):
        theirs = [name for paper in papers for name in paper.authors[_PLACE[place[1].lower()]]]
    elif named:
        theirs = named
    elif len(papers) > 1 and {*words(text.lower())} & _HE_OR_SHE:
        shared = Counter(theirs)
        theirs = [name for name in theirs if shared[name] == len(papers)] or theirs
    return tuple(dict.fromkeys(theirs))


def _asks_for_others(text: str, named: Sequence[str] = ()) -> bool:
    """Tell whether a message asks for other papers by some people, who may be `named`."""
    asked = last_sentence(text)
    said = {*words(asked.lower().replace("’", "'").replace("'s", ""))}
    own = {part for name in named for part in words(fold(name))}
    if said - _ALLOWED - own or _OF_WHAT.search(asked):
        return False
    who = said & _AUTHORS or said & _HE_OR_SHE or (said & _THEY and said & _WRITING)
    shares_with = bool(said & _SHARED) and bool(_SHARES_WITH.search(asked))
    more = said & _ELSE and not (_SEVERAL.search(asked) or said & _SHARED)
    return bool(who and (more or shares_with))


def _is_named(name: str, text: str) -> bool:
    """Tell whether a message names an author, whole or by the last name."""
    own = name.split()
    return bool(own) and re.search(rf"\b{re.escape(own[-1])}\b", text) is not None
