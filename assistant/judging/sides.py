"""Evidence → the papers that a question describes, and which of its descriptions none fits."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from assistant.index.facets import has_words
from assistant.judging.evidence import Evidence
from assistant.reading.mentions import is_any_paper, names_of_papers
from assistant.reading.places import count_described
from assistant.retrieval.hybrid import Retrieval
from assistant.text.paper_names import is_name
from assistant.text.words import STOP_WORDS, fold, index_terms, surface_words
from assistant.types import Paper

MOST_COMPARED, MOST_TABULATED = 6, 12
"""Papers that are set side by side, and in a table of what is asked alone."""
# How much speaks for a paper being the one that is described, by how far it stands out among those
# found for the description, and for the question without its other sides: conditional logit on 425
# sides by the hands of tests/comparison_questions (`python -m tests.calibration`).
_OF_ITS_WORDS, _IN_THE_QUESTION = 0.57, 0.63
# By folds over the hands, of 338 sides whose likeliest paper is surer than that .97 are right, of
# 87 others .46, and there a second as likely as that in .31 of 72.
SURE_OF_SIDE, MAY_BE_MEANT = 0.8, 0.12
_SIDES = 2
_COUNTING = 3  # words at the start of a description that may count its papers: "the two works on …"
RIVALS = 8  # of the papers found for a description, how many may be meant
_THE_ONE = re.compile(
    r"^(?:the |that |this )?(?:one|paper|work|study|method|model|approach)s? "
    r"(?:that|which|who|on|about|with|from|for|using|by)\b",
    re.IGNORECASE,
)
_LISTED = re.compile(r",|\b(?:and|or)\b")
_PLURAL = re.compile(r"[A-Z]s\b")
_VERSION = re.compile(r"v?[\d.]+", re.IGNORECASE)
_OF_TWO = re.compile(
    r"(?P<first>the [\w-]+) and (?P<second>the [\w-]+) (?P<what>[\w-]+(?: [\w-]+)?)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Described:
    """The papers named and described, `missing` the descriptions that no paper fits, and `unsure`
    those that may mean another paper than the one or two taken for them; `apart` is how much more
    speaks for a paper of its own for each description than for one paper for all.
    """

    papers: tuple[Paper, ...]
    missing: tuple[str, ...]
    unsure: tuple[tuple[str, tuple[Paper, ...]], ...]
    apart: float

    @property
    def sure(self) -> tuple[Paper, ...]:
        """Return the papers without those that another may be meant for."""
        guessed = [paper for _, papers in self.unsure for paper in papers]
        return tuple(paper for paper in self.papers if paper not in guessed)


@dataclass(frozen=True, slots=True)
class Description:
    """Words for so many papers (`number`), and how much speaks for each paper found (by id, most
    first), of a name that several have in their titles (`shared`) for each of these.
    """

    text: str
    number: int
    fits: Mapping[str, float]
    shared: bool = False

    def likely(self, taken: Collection[str]) -> list[tuple[str, float]]:
        """Return the papers not yet taken with their chances of being meant, likeliest first."""
        left = [key for key in self.fits if key not in taken][:RIVALS]
        weights = [math.exp(self.fits[key]) for key in left]
        return [(key, weight / sum(weights)) for key, weight in zip(left, weights, strict=True)]


def described_papers(evidence: Evidence) -> Described:
    """Return the papers named, and for each description that for which most speaks, the surest
    description first, so that no two descriptions mean one paper; a second that one may mean stands
    behind all these.
    """
    parsed, named = evidence.parsed, [paper.id for paper in evidence.focus]
    missing: dict[str, None] = {}
    descriptions: list[Description] = []
    sides = [text for text in parsed.described if not _is_common(evidence, text)]
    if named and parsed.follow_up:
        sides = [text for text in sides if not _is_kind(text)]
    said = [part for text in sides for part in _parts(evidence, text)]
    for text in dict.fromkeys(said):
        found = find_side(evidence, text)
        of_several = len(sides) < len(parsed.described) and not _is_bare(text)
        # "the GPT one" of two papers is called so for what it does.
        absent = "" if of_several else _unowned_name(evidence, text, found)
        if absent:
            missing[absent] = None
        else:
            descriptions.append(_weighed(evidence, text, found))
    counted = any(one.number > 1 for one in descriptions)
    meant: dict[str, list[str]] = {}
    rivals: list[str] = []
    unsure: list[tuple[str, tuple[Paper, ...]]] = []
    for one in sorted(descriptions, key=_chance, reverse=True):
        likely = one.likely([*named, *chain.from_iterable(meant.values()), *rivals])
        best = [key for key, _ in likely[: one.number]]
        doubtful = likely and (likely[0][1] < SURE_OF_SIDE or one.shared)
        if one.number == 1 and doubtful:
            if counted:
                continue  # "the two toolkits": no third
            second = [key for key, chance in likely[1:2] if chance >= MAY_BE_MEANT]
            unsure.append((one.text, evidence.corpus.papers([*best, *second])))
            rivals += second
        meant[one.text] = best
    in_order = chain.from_iterable(meant.get(one.text, ()) for one in descriptions)
    chosen = [*named, *in_order, *rivals]
    lacking = _SIDES - len(chosen) - len(missing)
    new = parsed.form == "comparison" and not parsed.follow_up
    if new and lacking > 0 and _says_more(evidence):
        others = [paper.id for paper in evidence.candidates if paper.id not in chosen]
        chosen += others[:lacking]
    most = MOST_TABULATED if parsed.tabular and parsed.asks else MOST_COMPARED
    papers = evidence.corpus.papers(chosen[:most])
    return Described(papers, tuple(missing), tuple(unsure), _apart(descriptions))


def _says_more(evidence: Evidence) -> bool:
    """Tell whether the question says what else is compared than the papers that it names: "compare
    it with SimDA" does not.
    """
    question, names = evidence.parsed.question, evidence.names
    rest = names.without(question, list(names.find(question)))
    return bool(evidence.retriever.keywords.concepts(rest))


def _apart(descriptions: Sequence[Description]) -> float:
    papers = {key for one in descriptions for key in one.fits}
    each = sum(max(one.fits.values(), default=0.0) for one in descriptions)
    return each - max(
        (sum(one.fits.get(key, 0.0) for one in descriptions) for key in papers), default=0.0
    )


def _chance(description: Description) -> float:
    return max((chance for _, chance in description.likely(())), default=0.0)


def _weighed(evidence: Evidence, text: str, found: Retrieval) -> Description:
    own, rest = found.z_scores, find_in_place(evidence, text).z_scores
    fits = {
        key: _OF_ITS_WORDS * own.get(key, 0.0) + _IN_THE_QUESTION * rest.get(key, 0.0)
        for key in {**own, **rest}
    }
    alone = len(surface_words(text)) == 1 and is_name(text)
    entitled = _entitled(evidence, text, found) if alone else []
    if name := _name_of_paper(text):
        entitled = [key for key, title in _titles(found) if has_words(title, name)]
    shared = len(entitled) > 1
    if entitled:
        fits = {key: fits.get(key, 0.0) for key in entitled}
    best_first = dict(sorted(fits.items(), key=lambda one: -one[1]))
    return Description(text, _number(text), best_first, shared)


def find_side(evidence: Evidence, text: str) -> Retrieval:
    """Return what is found for the description `text`."""
    return evidence.retriever.search(_THE_ONE.sub("", text), evidence.parsed.bounds)


def find_in_place(evidence: Evidence, text: str) -> Retrieval:
    """Return what is found for the question without its sides other than `text`."""
    return evidence.retriever.search(_place(evidence, text), evidence.parsed.bounds)


def _place(evidence: Evidence, text: str) -> str:
    """Return the question without its sides other than `text`."""
    parsed = evidence.parsed
    before, own, after = parsed.question.partition(text)
    rest = []
    for part in (before, after):
        for other in parsed.described:
            if not _is_common(evidence, other):
                part = part.replace(other, " ")
        named = [one for one in evidence.names.find(part) if one.paper_id in parsed.about]
        rest.append(evidence.names.without(part, named))
    return f"{rest[0]} {own or text} {rest[1]}"


def _is_common(evidence: Evidence, text: str) -> bool:
    """Tell whether a description is of all those after it: "the two papers that switch off weights,
    the GPT one and the biomedical one".
    """
    parsed = evidence.parsed
    before, found, after = parsed.question.partition(text)
    said = [*before.split()[-1:], *text.split()[:_COUNTING]]
    counted = count_described(" ".join(word for word in said if "-" not in word))
    others = [other for other in parsed.described if other != text]
    if not found or counted != len(parsed.about) + len(others):
        return False
    if any(other not in after or is_of_several(other) for other in others):
        return False
    named = [one for one in evidence.names.find(after) if one.paper_id in parsed.about]
    return counted > 1 and len(named) == len(parsed.about)


def _is_kind(description: str) -> bool:
    """Tell whether a description is of papers or models of a kind, however many.

    >>> _is_kind("the big LLM-based ones"), _is_kind("the two LLM-based ones"), _is_kind("CLIP")
    (True, False, False)
    """
    last = [word for word in surface_words(description)[-1:] if word.endswith("s")]
    return any(map(is_any_paper, last)) and not is_of_several(description)


def is_of_several(description: str) -> bool:
    """Tell whether a description is for more than one paper."""
    return _number(description) > 1


def _number(description: str) -> int:
    """Return how many papers a description is for.

    >>> _number("the two works on law"), _number("the one with an encoder and two towers")
    (2, 1)
    """
    return count_described(" ".join(description.split()[:_COUNTING]))


def parts_of_two(description: str) -> list[str]:
    """Return a description of two papers by one noun as two, any other as it is.

    >>> parts_of_two("the maltese and the algerian bert"), parts_of_two("the ups and the downs")
    (['the maltese bert', 'the algerian bert'], ['the ups and the downs'])
    """
    two = _OF_TWO.fullmatch(description)
    return (
        [f"{side} {two['what']}" for side in two.group("first", "second")] if two else [description]
    )


def _parts(evidence: Evidence, text: str) -> list[str]:
    """Return a description cut at its commas and "and" where it lists names and nothing else: "the
    Danish, Thai and Polish models"; or where it is of two.
    """
    if len(two := parts_of_two(text)) > 1:
        return two
    parts = [part for part in _LISTED.split(text) if part.strip()]
    listed = [_names_in(part) for part in parts]
    are_names = all(
        names and all(_is_name_here(evidence, name, False) for name in names) for names in listed
    )
    return parts if are_names else [text]


def _names_in(text: str) -> list[str]:
    """Return the words of a description that may be names."""
    tokens = [word.removesuffix("'s") for word in surface_words(text)]
    return [word for word in tokens if not is_any_paper(word) and fold(word) not in STOP_WORDS]


def _is_bare(text: str) -> bool:
    """Tell whether a description is nothing but a name: "Flamingo", not "the Flemish one"."""
    return len(_names_in(text)) == len(surface_words(text))


def _unowned_name(evidence: Evidence, text: str, found: Retrieval) -> str:
    """Return the name that a description is, begins or ends with, and no paper of the corpus has;
    "" where it is words, or the name of what the paper found first speaks of more than once.
    """
    names = _names_in(text)
    if not names or _PLURAL.search(text):
        return ""  # "CNNs" are a kind, not a name
    paper = _name_of_paper(text)
    if is_name(paper) and not evidence.names.user(paper):
        return "" if sum(has_words(title, paper) for _, title in _titles(found)) == 1 else paper
    bare = _is_bare(text)
    named = all(_is_name_here(evidence, name, bare and len(names) == 1) for name in names)
    if named and any(_is_unheard(evidence, name) for name in names):
        return " ".join(names)
    heads = [name for name in names if not _VERSION.fullmatch(name)]
    if named and len(heads) == 1 and (bare or is_name(heads[0])):
        return "" if _is_spoken_of(evidence, heads[0], found) else " ".join(names)
    ends = dict.fromkeys((names[0], names[-1]))  # "pretraining in FooBarNet-9"
    return next((one for one in ends if is_name(one) and _is_unheard(evidence, one)), "")


def _name_of_paper(text: str) -> str:
    """Return the name of whose paper a description speaks: "MAE" of "the MAE paper"."""
    return next(iter(names_of_papers(text)), "")


def _is_name_here(evidence: Evidence, token: str, alone: bool) -> bool:
    """Tell whether a word is a name: by its letters, or because it has a capital, or stands
    `alone`, and no paper writes it as a word.
    """
    *_, last = token.split("-")
    if last != token and last.islower() and not _is_unheard(evidence, last):
        return False  # "3D-structure", "BERT-based"
    if is_name(token) or _VERSION.fullmatch(token):
        return True
    return (alone or token[0].isupper()) and not evidence.names.is_word(token)


def _is_spoken_of(evidence: Evidence, name: str, found: Retrieval) -> bool:
    """Tell whether one of the first papers found has a name, or what it is short for, in its title,
    or the first says more than once what is no name by its letters ("BERT") that others have, too.
    """
    if _entitled(evidence, name, found):
        return True
    papers = [one.paper for one in found.candidates[:RIVALS]]
    (term, *_) = index_terms(name)
    owned = papers and (not is_name(name) or evidence.names.user(name) == papers[0].id)
    return bool(owned) and index_terms(papers[0].abstract).count(term) > 1


def _entitled(evidence: Evidence, name: str, found: Retrieval) -> list[str]:
    """Return the ids of the first papers found that have a name, or what it is short for, in their
    titles.
    """
    concepts = evidence.retriever.keywords.concepts(name)
    said = [f" {phrase} " for concept in concepts for phrase in concept.phrases]
    titles = ((key, f" {' '.join(index_terms(one))} ") for key, one in _titles(found)[:RIVALS])
    return [key for key, title in titles if any(phrase in title for phrase in said)]


def _titles(found: Retrieval) -> list[tuple[str, str]]:
    """Return the ids and titles of the papers found."""
    return [(one.paper.id, one.paper.title) for one in found.candidates]


def _is_unheard(evidence: Evidence, text: str) -> bool:
    """Tell whether no abstract has the words of `text`."""
    keywords = evidence.retriever.keywords
    concepts = keywords.concepts(text)
    return bool(concepts) and not any(keywords.score(concepts).frequencies)
