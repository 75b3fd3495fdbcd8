"""Message → what it asks of the people who wrote papers spoken of: how many they are, whom papers
share, or what else they wrote.

A message asks that where it speaks of people, and of nothing but people, papers and writing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from assistant.reading.places import last_sentence, sentences_of
from assistant.text.words import STOP_WORDS, fold, words
from assistant.types import Paper


def _set(said: str) -> frozenset[str]:
    return frozenset(said.split())


_AUTHORS = _set(
    "author authors coauthor coauthors co-author co-authors inventor inventors writer writers team "
    "group lab people person someone anyone anybody makers signers"
)
_HE_OR_SHE = _set("he she him her his hers")
_THEY = _HE_OR_SHE | _set("they them who whom those")
_WRITING = _set(
    "write writes wrote written publish published author authored coauthored co-authored sign "
    "signs signed worked behind made built created developed"
)
_INVOLVED = _set("involved responsible")
_ELSE = _set("else other others another more further also")
_OTHERS = _set("other others another")
_AS_MANY = re.compile(r"\b(?:so|as|that|this) many\b", re.IGNORECASE)
_SHARED = _set("share shares shared sharing same common overlap overlaps overlapping")
_PAPERS = _set(
    "paper papers article articles work works study studies one ones anything something list any "
    "collection corpus library database here name names first last senior lead joint apart"
)
_DOING = _set("say says use used uses using doing")  # what papers do, too
_ALLOWED = _AUTHORS | _THEY | _WRITING | _ELSE | _SHARED | _PAPERS | (STOP_WORDS - _DOING)
_SEVERAL = re.compile(r"\b(?:more than|at least) (?:just )?(?:one|two|three|\d)\b", re.IGNORECASE)
_BOTH = _set("both several")
_APPEARING = _set(
    "appear appears appearing occur occurs show shows up recur recurs repeat repeated"
)
_SHARES_WITH = re.compile(
    r"\b(?:which|what|any|other|papers?|ones?)\b.*\b(?:with|(?:who|that) (?:is|are) also (?:on|"
    r"behind|author of)) (?:it|this|that)\b",
    re.IGNORECASE,
)
_MOST = _set("most top often frequent frequently common prolific productive busiest")
_HAVING = _set("have has had list rank ranking count counts number many so far")
_NUMBERS = _set("two three four five six seven eight nine ten")
_OF_MOST = re.compile(
    r"\b(?:most|fewest) (?:co-?)?(?:authors|people|writers|researchers)\b"
    r"|\b(?:largest|longest|biggest|smallest) (?:author list|list of authors|team)\b",
    re.IGNORECASE,
)
_CLAUSES = re.compile(r"(?<=[.!?:])\s+|,? and (?=how many\b)", re.IGNORECASE)
_PLACE = {"first": slice(1), "lead": slice(1), "last": slice(-1, None), "senior": slice(-1, None)}
_PLACED = re.compile(r"\b(first|lead|last|senior) (?:co-?)?authors?\b", re.IGNORECASE)
_HOW_MANY = re.compile(r"\b(?:how many|number of) ", re.IGNORECASE)
_PERSONS = _AUTHORS | _set("researcher researchers scientist scientists persons")
_COUNTING = _PERSONS | _set(
    "how many number count so most fewest longest largest biggest smallest has have"
)
# Where it is said of authors, or of whose something is, it is of them whatever else is said.
_SHARED_AUTHORS = re.compile(
    r"\b(?:same|shar(?:e|es|ed|ing)|common) (?:(?:any|an?|the|its|their|same|first|last|senior) )*"
    r"(?:co-?)?(?:authors?|inventors?)\b|"
    r"\bauthors?\b.*\b(?:in common|overlap)|"
    r"\b(?:by|from|are|those) the same (?:people|persons|team|group|lab)\b",
    re.IGNORECASE,
)
_OF_WHAT = re.compile(r"\b(?:write|wrote|written|publish|published) (?:about|on)\b", re.IGNORECASE)


def asks_shared_authors(text: str) -> bool:
    """Tell whether a message asks who wrote several of some papers.

    >>> said = "do they share inventors?", "who wrote more than one of these?", "who's on both?"
    >>> list(map(asks_shared_authors, said)), asks_shared_authors("what do they share?")
    ([True, True, True], False)
    >>> asks_shared_authors("Which authors appear in at least two of them?")
    True
    >>> said = "same team?", "has anyone done the same for Dutch?", "what share of people agreed?"
    >>> list(map(asks_shared_authors, said))
    [True, False, False]
    """
    shares = bool(_SHARED_AUTHORS.search(text)) or any(map(_says_shared, _CLAUSES.split(text)))
    return (shares and not _asks_for_others(text)) or asks_who_is_on_several(text)


def _says_shared(clause: str) -> bool:
    """Tell whether a clause is of nothing but people whom papers share."""
    said = {*words(_plain(clause))}
    return bool(said & _AUTHORS and said & _SHARED) and not (
        said - _ALLOWED - _PERSONS - _APPEARING - _HAVING - _BOTH - _NUMBERS
    )


def asks_who_is_on_several(text: str) -> bool:
    """Tell whether a message asks who wrote more than one paper, and nothing else."""
    return any(map(_says_of_several, _CLAUSES.split(text))) and not _asks_for_others(text)


def _plain(text: str) -> str:
    return text.lower().replace("’", "'").replace("'s", "")


def _says_of_several(clause: str) -> bool:
    """Tell whether a clause is of nothing but people who are on several papers."""
    said = {*words(_SEVERAL.sub(" several ", _plain(clause)))}
    who = said & (_PERSONS | {"who"}) and said & _BOTH
    return bool(who) and not said - _ALLOWED - _PERSONS - _APPEARING - _BOTH - _NUMBERS


def asks_who_wrote(clause: str) -> bool:
    """Tell whether a clause asks who wrote what is spoken of, and nothing else.

    >>> asks = "who made it", "who's behind both", "who are the people involved"
    >>> list(map(asks_who_wrote, asks)), asks_who_wrote("who rated it")
    ([True, True, True], False)
    """
    said = {*words(_plain(clause))}
    wrote = said & (_WRITING | _AUTHORS | _INVOLVED)
    whose = "whose" in said and not wrote  # "whose is it?"
    asks = whose or bool("who" in said and wrote)
    return asks and not said - _ALLOWED - _INVOLVED - _BOTH


def asks_how_many_wrote(text: str) -> bool:
    """Tell whether a message asks how many people wrote what is spoken of, and nothing else.

    >>> asks = "how many authors does it have?", "how many people wrote it? A big team."
    >>> list(map(asks_how_many_wrote, asks)), asks_how_many_wrote("how many people use it?")
    ([True, True], False)
    >>> asks_how_many_wrote("And which of the three has the most authors?")
    True
    """
    for sentence in sentences_of(text):
        said = {*words(sentence.lower())} - _NUMBERS
        people = said & _PERSONS
        asks = _HOW_MANY.search(sentence) or _OF_MOST.search(sentence)
        if asks and people and not said - _ALLOWED - _COUNTING:
            return bool(said & (_WRITING | _PAPERS | _AUTHORS))
    return False


def asks_who_wrote_most(text: str) -> bool:
    """Tell whether a message asks who wrote the most papers, and nothing else.

    >>> asks_who_wrote_most("For a report: which researcher appears most often, and how many here?")
    True
    >>> asks = "who appears most often here?", "top authors of these", "who wrote most of them?"
    >>> list(map(asks_who_wrote_most, asks)), asks_who_wrote_most("which has the most authors?")
    ([True, True, True], False)
    """
    return any(map(_says_most, _CLAUSES.split(text)))


def _says_most(clause: str) -> bool:
    """Tell whether a clause is of nothing but who wrote the most."""
    said = {*words(_plain(clause))}
    who = said & (_PERSONS | {"who"}) and said & _MOST
    rest = said - _ALLOWED - _PERSONS - _MOST - _APPEARING - _HAVING - _NUMBERS
    return bool(who) and not rest and not _OF_MOST.search(clause)


def speaks_of_people(text: str) -> bool:
    """Tell whether words speak of people: "are they at a university?"."""
    return bool({*words(_plain(text))} & (_AUTHORS | _THEY - {"who", "whom", "them"}))


def with_authors_asked(paper: Paper, text: str) -> Paper:
    """Return a paper with no more than its first, or last, author where a text asks for that one.

    >>> paper = Paper("p", "A", "", ("Ann Lee", "Bo Chen"))
    >>> [with_authors_asked(paper, text).authors for text in ("last author", "authors")]
    [('Bo Chen',), ('Ann Lee', 'Bo Chen')]
    """
    place = _PLACED.search(text)
    return replace(paper, authors=paper.authors[_PLACE[place[1].lower()]]) if place else paper


def by_number_of_authors(text: str, papers: Sequence[Paper]) -> Sequence[Paper]:
    """Return papers as they are, those with the most, or the fewest, authors first where a message
    asks which these are.
    """
    if not (said := _OF_MOST.search(text)):
        return papers
    fewest = said[0].lower().startswith(("fewest", "smallest"))
    return sorted(papers, key=lambda paper: len(paper.authors), reverse=not fewest)


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
    >>> authors_meant("is it by the same people who have other works here?", [paper])
    ('Ann Lee', 'Bo Chen')
    >>> authors_meant("is there another paper with so many authors?", [paper])
    ()
    >>> authors_meant("Has any of these people another paper here? Ann Lee, for example.", [paper])
    ('Ann Lee',)
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
    asking = [one for one in sentences_of(text) if one.endswith("?")]
    return any(_is_for_others(one, named) for one in dict.fromkeys((*asking, last_sentence(text))))


def _is_for_others(asked: str, named: Sequence[str]) -> bool:
    """Tell whether a sentence asks for other papers by some people, who may be `named`."""
    said = {*words(_plain(asked))}
    own = {part for name in named for part in words(fold(name))}
    if said - _ALLOWED - _HAVING - _NUMBERS - own or _OF_WHAT.search(asked):
        return False
    who = said & _AUTHORS or said & _HE_OR_SHE or (said & _THEY and said & _WRITING)
    shares_with = bool(said & _SHARED) and bool(_SHARES_WITH.search(asked))
    alike = said & _SHARED - ({"same"} if said & _OTHERS else set())  # "others by the same team"
    more = said & _ELSE and not (_SEVERAL.search(asked) or alike or _AS_MANY.search(asked))
    return bool(who and (more or shares_with))


def _is_named(name: str, text: str) -> bool:
    """Tell whether a message names an author, whole or by the last name."""
    own = name.split()
    return bool(own) and re.search(rf"\b{re.escape(own[-1])}\b", text) is not None
