"""Summarise …: quotes under short headings by sub-topic, most central first."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.composing.extractive.citing import Composer, closing_line, title_link
from assistant.composing.extractive.headings import choose_heading
from assistant.judging.evidence import Evidence
from assistant.retrieval.sentence_ranking import Sentence, telling
from assistant.text.rhetorical_roles import Role, strength
from assistant.types import Draft, Paper

_CONSIDERED = 15
_SECOND_QUOTE = 0.95
_TOLD: tuple[Role, ...] = ("problem", "approach", "data", "results")
# From so many papers on there are so many groups.
_GROUPS = ((8, 4), (5, 3), (3, 2), (0, 1))


def write(evidence: Evidence) -> Draft:
    """Return quotes from the members grouped by sub-topic, or of the papers that the question
    names.
    """
    if evidence.focus:
        return _write_named(evidence)
    members = evidence.members
    sentences = evidence.sentences(members)
    composer = Composer()
    used_headings: set[str] = set()
    sections = []
    for group in _group(evidence, members):
        heading = choose_heading(evidence, group, used_headings)
        lines = [_line(paper, sentences, composer) for paper in group]
        sections.append(f"### {heading}\n\n" + "\n".join(lines))
    left_out = [paper for paper in evidence.candidates if paper not in members]
    rest = tuple(left_out[:_CONSIDERED])
    size = evidence.corpus_size
    closing = closing_line(f"From {len(members)} of {size} papers", len(rest))
    text = "\n\n".join([*sections, closing])
    return Draft("summary", text, composer.citations, considered=rest)


def _write_named(evidence: Evidence) -> Draft:
    """Return what the abstracts asked about say in short: the strongest sentence for each role, in
    their order.
    """
    composer = Composer(evidence.focus)
    sections = []
    for paper in evidence.focus:
        told = _told(evidence.sentences([paper]))
        quotes = "\n".join(f"- {composer.quote(paper, sentence.span)}" for sentence in told)
        sections.append(f"### {title_link(paper)}\n\n{quotes}")
    return Draft("summary", "\n\n".join(sections), composer.citations)


def _told(sentences: Sequence[Sentence]) -> list[Sentence]:
    def cue(role: Role, sentence: Sentence) -> float:
        return strength(role, sentence.span.text, sentence.position, sentence.count)

    strongest = [(role, max(sentences, key=lambda sentence: cue(role, sentence))) for role in _TOLD]
    chosen = {best.position: best for role, best in strongest if cue(role, best) > 0}
    return [sentence for _, sentence in sorted(chosen.items())] or [sentences[0]]


def _line(paper: Paper, sentences: Sequence[Sentence], composer: Composer) -> str:
    own = sorted(
        (each for each in sentences if each.paper.id == paper.id), key=lambda s: -telling(s)
    )
    chosen = own[:1] + [each for each in own[1:2] if telling(each) >= _SECOND_QUOTE]
    in_order = sorted(chosen, key=lambda sentence: sentence.position)
    quotes = " ".join(composer.quote(paper, sentence.span) for sentence in in_order)
    return f"- {quotes} — {title_link(paper)}"


def _group(evidence: Evidence, papers: Sequence[Paper]) -> list[list[Paper]]:
    """Return the papers by sub-topic: clusters (average linkage) of their abstracts' vectors.

    Groups, and papers within a group, keep the order of relevance; none has one paper alone where
    others have more.
    """
    number = next(groups for least, groups in _GROUPS if len(papers) >= least)
    if number == 1:
        return [list(papers)]
    from sklearn.cluster import AgglomerativeClustering  # takes half a second

    vectors = evidence.retriever.store.abstract_vectors([paper.id for paper in papers])
    similar = np.stack([vectors[paper.id] for paper in papers])
    similar = similar @ similar.T
    clusters = AgglomerativeClustering(number, metric="precomputed", linkage="average")
    labels = _join_strays(clusters.fit_predict(1.0 - similar), similar)
    return [
        [paper for paper, other in zip(papers, labels, strict=True) if other == label]
        for label in dict.fromkeys(labels)
    ]


def _join_strays(labels: NDArray[np.int64], similar: NDArray[np.float32]) -> list[int]:
    """Return `labels` with every paper that is alone given the label of the group nearest to it."""
    sizes = Counter(labels.tolist())
    whole = [label for label, size in sizes.items() if size > 1]
    return [
        label
        if sizes[label] > 1 or len(whole) < 2
        else max(whole, key=lambda group: similar[row, labels == group].mean())
        for row, label in enumerate(labels.tolist())
    ]
