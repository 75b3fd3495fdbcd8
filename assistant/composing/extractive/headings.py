"""A group of papers → the phrase to head it with."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources

import numpy as np

from assistant.judging.evidence import Evidence
from assistant.text.markdown import escape
from assistant.text.paper_names import is_name
from assistant.text.words import STOP_WORDS, fold, joined, stem, surface_words
from assistant.types import Paper

_LONGEST = 4
_TRIED = 6


def choose_heading(evidence: Evidence, group: Sequence[Paper], used: set[str]) -> str:
    """Return the phrase that most sets the group's papers apart among those that more than half of
    them have, "" where they share none.
    """
    asked = {phrase for concept in evidence.found.query.concepts for phrase in concept.phrases}
    inside = [_phrases(paper, asked) for paper in group]
    outside = Counter(
        key for paper in evidence.members if paper not in group for key in _phrases(paper, asked)
    )
    shared = Counter(key for phrases in inside for key in phrases)

    def weight(key: str) -> float:
        in_titles = sum(key in _stems(paper.title) for paper in group)
        length = len(key.split())
        return (
            shared[key] / len(group)
            - 0.7 * outside[key] / max(len(evidence.members) - len(group), 1)
        ) * (1.0 + 0.35 * min(length, 3)) + 0.6 * in_titles / len(group)

    held = [key for key in shared if 2 * shared[key] > len(group) > 1 and key not in used]
    ranked = sorted(held, key=lambda key: (-weight(key), key))[:_TRIED]
    if not ranked:
        return ""
    surfaces = {key: next(phrases[key] for phrases in inside if key in phrases) for key in ranked}
    best = max(ranked, key=lambda key: _fits(evidence, surfaces[key], group))
    used.add(best)
    return escape(surfaces[best][0].upper() + surfaces[best][1:])


def _fits(evidence: Evidence, phrase: str, group: Sequence[Paper]) -> float:
    """Return how much nearer in meaning a phrase is to the group's papers than to the others
    (KeyBERT; Grootendorst 2020).
    """
    vector = np.asarray(evidence.retriever.embedder.embed_query(phrase), dtype=np.float32)
    vectors = evidence.retriever.store.abstract_vectors([paper.id for paper in evidence.members])
    own = np.mean([float(vectors[paper.id] @ vector) for paper in group])
    others = [float(vectors[paper.id] @ vector) for paper in evidence.members if paper not in group]
    return float(own - 0.5 * np.mean(others)) if others else float(own)


def _phrases(paper: Paper, asked: set[str]) -> dict[str, str]:
    """Return the phrases of two to four words in a paper that can stand as a heading: stems →
    surface.

    Runs of content words between stop words and punctuation, after RAKE (Rose et al., "Automatic
    Keyword Extraction from Individual Documents", 2010).
    """
    found: dict[str, str] = {}
    for text in (paper.title.rpartition(":")[2], paper.abstract):
        for clause in re.split(r"[.,;:!?()\[\]—\"“”]\s|\s[(\[]|[)\]]", text):
            for run in _runs(clause):
                stems = [stem(joined(fold(word))) for word in run]
                if (
                    2 <= len(run) <= _LONGEST
                    and _can_head(run)
                    and not all(one in asked for one in stems)
                ):
                    found.setdefault(" ".join(stems), " ".join(run))
    return found


def _runs(clause: str) -> Iterator[list[str]]:
    """Yield the longest runs of words that can stand in a heading."""
    run: list[str] = []
    for word in [*surface_words(clause), ""]:
        if (
            word
            and fold(word) not in STOP_WORDS
            and fold(word) not in _weak_words()
            and not fold(word).endswith("ly")
        ):
            run.append(word)
        elif run:
            yield run
            run = []


def _can_head(words: list[str]) -> bool:
    if any(len(word) < 3 or is_name(word) or word[0].isdigit() for word in (words[0], words[-1])):
        return False
    verb_first = fold(words[0]).endswith(("izes", "ates", "ing")) and "-" not in words[0]
    return not verb_first and not fold(words[-1]).endswith(("ing", "ed"))


def _stems(text: str) -> str:
    return " ".join(stem(joined(fold(word))) for word in surface_words(text))


@cache
def _weak_words() -> frozenset[str]:
    """Return the words that no heading is made of."""
    path = resources.files("assistant.composing.extractive") / "weak_heading_words.txt"
    return frozenset(path.read_text("utf-8").split())
