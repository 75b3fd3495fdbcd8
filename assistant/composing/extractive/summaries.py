"""Summarise …: quotes under short headings by sub-topic, most central first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.composing.extractive.draft import Draft, Request
from assistant.composing.extractive.numbering import Composer, title_link
from assistant.judging.membership import chances, expected_best
from assistant.retrieval.sentence_ranking import Sentence, telling
from assistant.text import rhetorical_roles
from assistant.text.markdown import escape
from assistant.text.paper_names import is_name
from assistant.text.rhetorical_roles import Role
from assistant.text.words import STOP_WORDS, fold, joined, stem, surface_words
from assistant.types import Paper

FEWEST, MOST = 3, 9
_UNLIKELY = 0.08
# A summary that leaves out a central paper is worse than one with a paper too many.
_RECALL_WEIGHS = 1.8
_CONSIDERED = 15
_SECOND_QUOTE = 0.95
_LONGEST_HEADING = 4
_TRIED = 6
_TOLD: tuple[Role, ...] = ("problem", "approach", "data", "results")


def write(request: Request) -> Draft:
    """Return quotes from the most relevant papers grouped by sub-topic, or of the papers that the question names."""
    if focus := request.focus():
        return _of_named(request, focus)
    members = _members(request)
    sentences = request.sentences(members)
    composer = Composer()
    used_headings: set[str] = set()
    sections = []
    for group in _groups(request, members):
        heading = _heading(request, group, members, used_headings)
        lines = [line for paper in group for line in _lines(paper, sentences, composer)]
        sections.append(f"### {heading}\n\n" + "\n".join(lines))
    rest = [one.paper for one in request.retrieval.candidates if one.paper not in members][
        :_CONSIDERED
    ]
    closing = (
        f"*From {len(members)} of {request.corpus_size} papers; {len(rest)} more were considered.*"
    )
    return Draft(
        "summary", "\n\n".join([*sections, closing]), composer.citations, considered=tuple(rest)
    )


def _of_named(request: Request, papers: list[Paper]) -> Draft:
    """Return what the abstracts of `papers` say in short: the strongest sentence for each role, in their order."""
    composer = Composer(papers)
    sections = []
    for paper in papers:
        sentences = request.sentences([paper])
        chosen = {
            best.position: best
            for role in _TOLD
            if (
                best := max(
                    sentences,
                    key=lambda one: rhetorical_roles.strength(
                        role, one.span.text, one.position, one.count
                    ),
                )
            )
            and rhetorical_roles.strength(role, best.span.text, best.position, best.count) > 0
        } or {0: sentences[0]}
        quotes = "\n".join(
            f"- {composer.quote(paper, one.span)}" for _, one in sorted(chosen.items())
        )
        sections.append(f"### {title_link(paper)}\n\n{quotes}")
    return Draft("summary", "\n\n".join(sections), composer.citations)


def _members(request: Request) -> list[Paper]:
    candidates = request.retrieval.candidates
    likely = chances(request)
    number = min(expected_best(likely, _RECALL_WEIGHS), MOST)
    return [
        one.paper
        for place, (one, chance) in enumerate(zip(candidates[:MOST], likely, strict=False))
        if place < number or (place < FEWEST and chance >= _UNLIKELY)
    ]


def _lines(paper: Paper, sentences: Sequence[Sentence], composer: Composer) -> list[str]:
    own = sorted(
        (one for one in sentences if one.paper.id == paper.id), key=lambda one: -telling(one)
    )
    chosen = own[:1] + [one for one in own[1:2] if telling(one) >= _SECOND_QUOTE]
    quotes = " ".join(
        composer.quote(paper, one.span) for one in sorted(chosen, key=lambda one: one.position)
    )
    return [f"- {quotes} — {title_link(paper)}"]


def _groups(request: Request, papers: list[Paper]) -> list[list[Paper]]:
    """Return the papers by sub-topic: agglomerative clusters (average linkage) of their abstracts' vectors.

    Groups, and papers within a group, keep the order of relevance.
    """
    wanted = 1 if len(papers) < 3 else 2 if len(papers) < 5 else 3 if len(papers) < 8 else 4
    vectors = request.retriever.store.abstract_vectors([paper.id for paper in papers])
    matrix = np.stack([vectors[paper.id] for paper in papers])
    similar = matrix @ matrix.T
    groups = [[n] for n in range(len(papers))]
    while len(groups) > wanted:
        first, second = max(
            ((a, b) for a in range(len(groups)) for b in range(a + 1, len(groups))),
            key=lambda pair: _linkage(similar, groups[pair[0]], groups[pair[1]]),
        )
        groups[first] = sorted(groups[first] + groups.pop(second))
    return [[papers[n] for n in group] for group in sorted(_without_strays(groups, similar))]


def _without_strays(groups: list[list[int]], similar: NDArray[np.float32]) -> list[list[int]]:
    """Return the groups with every paper that stands alone put to the group nearest to it."""
    whole = [group for group in groups if len(group) > 1]
    if len(whole) < 2:
        return groups
    for group in groups:
        if len(group) == 1 and whole:
            nearest = max(whole, key=lambda one: _linkage(similar, group, one))
            whole[whole.index(nearest)] = sorted(nearest + group)
    return whole


def _linkage(similar: NDArray[np.float32], first: list[int], second: list[int]) -> float:
    # A little is taken off for size, so that one group does not swallow the rest.
    return float(similar[np.ix_(first, second)].mean()) - 0.02 * (len(first) + len(second))


def _heading(request: Request, group: list[Paper], members: list[Paper], used: set[str]) -> str:
    """Return the phrase that most sets the group's papers apart: frequent in them, rare beside them."""
    if len(group) == 1:
        return escape(request.names.display(group[0]))
    asked = {phrase for concept in request.retrieval.query.concepts for phrase in concept.phrases}
    inside = [_phrases(paper, asked) for paper in group]
    outside = Counter(
        key for paper in members if paper not in group for key in _phrases(paper, asked)
    )
    shared = Counter(key for phrases in inside for key in phrases)

    def weight(key: str) -> float:
        in_titles = sum(key in _stems(paper.title) for paper in group)
        length = len(key.split())
        return (
            shared[key] / len(group) - 0.7 * outside[key] / max(len(members) - len(group), 1)
        ) * (1.0 + 0.35 * min(length, 3)) + 0.6 * in_titles / len(group)

    common = [key for key in shared if shared[key] > 1]
    ranked = sorted(
        (key for key in common or shared if key not in used), key=lambda key: (-weight(key), key)
    )[:_TRIED]
    if not ranked:
        return escape(request.names.display(group[0]))
    surfaces = {key: next(phrases[key] for phrases in inside if key in phrases) for key in ranked}
    best = max(ranked, key=lambda key: _fits(request, surfaces[key], group, members))
    used.add(best)
    return escape(surfaces[best][0].upper() + surfaces[best][1:])


def _fits(request: Request, phrase: str, group: list[Paper], members: list[Paper]) -> float:
    """Return how much nearer in meaning a phrase is to the group's papers than to the others (KeyBERT; Grootendorst 2020)."""
    vector = np.asarray(request.retriever.embedder.embed_query(phrase), dtype=np.float32)
    vectors = request.retriever.store.abstract_vectors([paper.id for paper in members])
    own = np.mean([float(vectors[paper.id] @ vector) for paper in group])
    others = [float(vectors[paper.id] @ vector) for paper in members if paper not in group]
    return float(own - 0.5 * np.mean(others)) if others else float(own)


def _phrases(paper: Paper, asked: set[str]) -> dict[str, str]:
    """Return the phrases of two to four words in a paper that can stand as a heading: stems → surface.

    Runs of content words between stop words and punctuation, after RAKE (Rose et al., "Automatic Keyword
    Extraction from Individual Documents", 2010).
    """
    found: dict[str, str] = {}
    for text in (paper.title.rpartition(":")[2], paper.abstract):
        for clause in re.split(r"[.,;:!?()\[\]—\"“”]\s|\s[(\[]|[)\]]", text):
            for run in _runs(clause):
                stems = [stem(joined(fold(word))) for word in run]
                if (
                    2 <= len(run) <= _LONGEST_HEADING
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
            and fold(word) not in _WEAK
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


_WEAK = frozenset(
    """achieve achieves approach available best better code demonstrate different existing experimental experiments
    extensive however improve improves large-scale method methods new novel our outperforms paper present
    propose proposed recent result results several show shows significantly state-of-the-art various we work find found
    investigate investigates explore explores introduce introduces develop leverage leverages utilize enable enables
    effective effectively including allow allows first second third one two three many generally widely train trains
    learn learns make makes suggest suggests evaluate evaluates conduct benefit lead leads provide provides focus
    substantially remarkable impressive great promising success successful progress important powerful simple
    wide range variety setting settings number amount kind kinds set sets popular original extra additional rich well-established
    approaches task tasks performance study studies presents address issue issues""".split()
)
