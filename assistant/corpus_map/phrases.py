"""Phrases that a text uses of its subject: runs of content words, as they are written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.text.words import STOP_WORDS, fold, joined, stem, surface_words

LONGEST = 3
_EDGE = re.compile(r"[.,;:!?]\s|[()\[\]{}—–\"“”/|]|\s-\s|[.,;:!?]$|https?://\S+")
_DETERMINERS = frozenset(
    "a an the this that these those its it their our your his her each any all both such".split()
)
_FEWEST = 3
_NOUN_ENDS, _VERB_TAKES = 0.2, 0.15
# What any abstract in any field may say of its research rather than of its subject.
_SCAFFOLD = frozenset(
    """ability able academic accurate accuracy achieve achieved achieves achieving additional additionally address adopt advance
    advanced advances advantage aim aims allow allows amount analyses analysis analyze apply applied application applications
    applying approach approaches appropriate art aspect aspects author authors available based baseline baselines best better
    benchmark benchmarks benefit benefits bring build capabilities capability capable capture captures case cases challenge
    challenges challenging choice code collect combination combine common community competitive complex component components
    comprehensive conduct consider consistent consistently construct contribution contributions conventional corresponding cost
    costs create crucial current currently dataset datasets demonstrate demonstrated demonstrates depend design designed desired
    detail detailed details develop developed development difficult direct diverse downstream due easily effect effective
    effectively effectiveness effects efficacy efficiency efficient efficiently employ enable enables end enhance enhanced
    enhances ensure entire especially essential evaluate evaluated evaluation evaluations evidence examine examples existing
    experiment experimental experiments explicitly exploit explore explored extensive extra extend fact factor factors fail
    fairly feasible field fields finally finding findings first focus follow following former framework frameworks fully
    fundamental furthermore future gain gains gap general generally github given goal good great greatly hard help helps hence
    high higher highly hope https http huge hypothesis idea identify impact important importance impressive improve improved
    improvement improvements improves improving include includes including increase increasing increasingly insight insights
    inspire inspired instance interest interesting introduce introduced introduces introducing investigate investigated
    investigation issue issues key known lack large larger large-scale largest latter lead leading leads less level leverage
    leverages leveraging limit limitation limitations limited literature low lower main mainly make makes making maintain meet
    method methodology methods metric metrics million model models moreover motivated multiple namely natural necessary need
    needs new newly notable notably novel number numerous observe obtain obtained offer offers open open-source original
    outperform outperforming outperforms outstanding overall overcome page part particular particularly pass perform
    performance performances performing performs perspective perspectives popular possible potential potentials powerful practical
    practice present presented presents previous previously prior problem problems procedure process progress project promising
    propose proposed proposes prove proven provide provided provides providing public publicly purpose quality quantitative
    question questions range reach reason recent recently reduce reduces reducing related release released relevant reliable
    remain remains remarkable report require required requires requirement resource resources respectively result resulting
    results reveal review rich robust role scale scenario scenarios second serve set sets setting settings setup several
    significance significant significantly similar simple simply single small so-called solution solutions solve some source
    specific specifically standard state state-of-the-art stage step steps straightforward strategy strategies strong study
    studies substantial substantially success successful successfully suffer suggest suggests suitable superior support surpass
    system systems target task tasks technique techniques term terms test tests third thorough traditional try type types typical
    typically understand underlying unique unified unprecedented useful usually utilize utilizes utilizing valuable value values
    variety various verify version vast vital way well well-established well-known wide widely wider work works world worse yield
    yields zero one two three four five six seven eight nine ten""".split()
)
# Nouns of the scaffold that make a fine last word: "video diffusion models", "question answering systems".
_HEADS = frozenset(
    "model models system systems analysis evaluation dataset datasets benchmark benchmarks framework".split()
)
_OPENERS = frozenset("natural open open-source multiple large general".split())


_folded = lru_cache(maxsize=65536)(fold)  # a word comes again and again


@lru_cache(maxsize=65536)
def key(word: str) -> str:
    """Return what all forms of a word share: "Pre-training", "pretraining" → "pretrain"."""
    return stem(joined(fold(word)))


@dataclass(frozen=True, slots=True)
class Words:
    """What a corpus shows of its words: how each is written within a sentence, which can end a phrase, and which are verbs."""

    written: Mapping[str, str]
    nouns: frozenset[str]
    verbs: frozenset[str]


def words_of(texts: Iterable[str]) -> Words:
    """Return what `texts` show of their words, by counting what stands after each.

    A noun ends its run of content words often, an adjective hardly ever; a verb is often followed by a determiner.
    """
    written: dict[str, Counter[str]] = {}
    total: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    takes: Counter[str] = Counter()
    for clause in (clause for text in texts for clause in _EDGE.split(text)):
        words = surface_words(clause)
        for place, (word, after) in enumerate(zip(words, [*words[1:], ""], strict=False)):
            lower = _folded(word)
            total[lower] += 1
            takes[lower] += after.lower() in _DETERMINERS
            ends[lower] += after.lower() not in _DETERMINERS and (
                not after or _folded(after) in STOP_WORDS
            )
            if place:
                written.setdefault(lower, Counter())[word] += 1
    return Words(
        {
            lower: max(forms, key=lambda form: (forms[form], form))
            for lower, forms in written.items()
        },
        frozenset(word for word, count in total.items() if ends[word] >= _NOUN_ENDS * count),
        frozenset(
            word
            for word, count in total.items()
            if count >= _FEWEST and takes[word] >= _VERB_TAKES * count
        ),
    )


def phrases(text: str, words: Words) -> dict[str, str]:
    """Return the phrases of one to three words in `text` that can name a subject, keys → as written.

    Runs of content words between stop words and punctuation, after RAKE (Rose et al., "Automatic Keyword Extraction from
    Individual Documents", 2010).
    """
    whole: dict[str, str] = {}
    pieces: dict[str, str] = {}
    for run in (run for clause in _EDGE.split(text) for run in _runs(clause, words)):
        keys = [key(word) for word in run]
        forms = [words.written.get(word, word) for word in run]
        for start, end in _spans(len(run)):
            if _names_a_subject(run[start:end], words) and len(set(keys[start:end])) == end - start:
                kept = (
                    whole if end == len(run) else pieces
                )  # "medical images" rather than "medical image" of "… segmentation"
                kept.setdefault(" ".join(keys[start:end]), " ".join(forms[start:end]))
    return {**pieces, **whole}


@lru_cache(maxsize=256)
def _spans(length: int) -> tuple[tuple[int, int], ...]:
    """Return every (start, end) of one to three words among `length`."""
    return tuple(
        (start, end)
        for start in range(length)
        for end in range(start + 1, min(start + LONGEST, length) + 1)
    )


def _runs(clause: str, words: Words) -> Iterator[list[str]]:
    """Yield the runs of content words, folded."""
    run: list[str] = []
    for word in [*surface_words(clause), ""]:
        lower = _folded(word)
        if (
            word
            and lower not in STOP_WORDS
            and lower not in words.verbs
            and not lower.endswith("ly")
            and not lower[0].isdigit()
        ):
            run.append(lower)
        elif run:
            yield run
            run = []


def _names_a_subject(part: Sequence[str], words: Words) -> bool:
    first, last = part[0], part[-1]
    if last not in words.nouns or len(last) < 3 or len(first) < 2 or last.endswith("ed"):
        return False
    if len(part) == 1:
        return first not in _SCAFFOLD
    plain = last not in _SCAFFOLD or last in _HEADS
    return (
        plain
        and (first not in _SCAFFOLD or first in _OPENERS)
        and not any(word in _SCAFFOLD for word in part[1:-1])
    )
