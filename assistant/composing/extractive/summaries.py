"""Summarise …: quotes under short headings by sub-topic, most central first."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from assistant.composing.extractive.bibliography import state_record
from assistant.composing.extractive.citing import (
    LESS_CERTAIN,
    Composer,
    closing_line,
    name_papers,
    title_link,
)
from assistant.composing.extractive.facts import asked_of_record
from assistant.judging.cross_encoder.network import Statement, readable_sentences
from assistant.judging.evidence import Evidence
from assistant.text.markdown import escape
from assistant.text.prompt_injection import cleaned
from assistant.text.rhetorical_roles import says_only_where, strength
from assistant.text.words import STOP_WORDS, fold, index_terms
from assistant.types import Draft, Paper

_CONSIDERED = 15
_TOLD = {"short": 1, "usual": 3, "long": 5}
_COMES_NEAR = "I am not sure that an abstract is about this; what comes nearest:"
_NEAREST = 3
_OTHERS = "Also"  # above papers that share no phrase
_FEW = 2  # so few papers that surely belong are told as those that are asked about
# From so many papers on there are so many groups.
_GROUPS = ((8, 4), (5, 3), (3, 2), (0, 1))


def write(evidence: Evidence) -> Draft:
    """Return quotes from the members by sub-topic, or of the papers that the question names."""
    if evidence.focus:
        return _write_named(evidence)
    so_many = evidence.parsed.sentences or None
    members = evidence.members[: _NEAREST if evidence.hedged else so_many]
    if so_many:  # a sentence of each
        short = replace(evidence.parsed, length="short", sentences=1)
        unsure = tuple(paper for paper in members if paper in evidence.doubtful)
        evidence = replace(evidence, parsed=short, members=members, doubtful=unsure)
    composer = Composer()
    told = (
        _nearest(evidence, members, composer) if evidence.hedged else _grouped(evidence, composer)
    )
    left_out = [paper for paper in evidence.candidates if paper not in members]
    rest = tuple(left_out[:_CONSIDERED])
    papers = name_papers(evidence.corpus_size, evidence.parsed.bounds)
    closing = closing_line(f"From {len(members)} of {papers}", len(rest))
    text = "\n\n".join([*told, closing])
    return Draft("summary", text, composer.citations, considered=rest, hedged=evidence.hedged)


def write_abstracts(evidence: Evidence) -> Draft:
    """Return the abstracts that are asked for, whole but for orders to software in them."""
    composer, sections = Composer(evidence.members), []
    for paper in evidence.members:
        quotes = "\n".join(f"- {composer.quote(paper, one)}" for one in readable_sentences(paper))
        sections.append(f"### {title_link(paper)}\n\n{quotes}")
    return Draft("summary", "\n\n".join(sections), composer.citations)


def _nearest(evidence: Evidence, papers: Sequence[Paper], composer: Composer) -> list[str]:
    """Return that no paper may be on it, and a sentence of each of those that come nearest."""
    told = evidence.best_sentences(papers)
    lines = "\n".join(f"- {composer.entry(one.paper, one.span)}" for one in told)
    return [f"*{_COMES_NEAR}*", lines]


def _grouped(evidence: Evidence, composer: Composer) -> list[str]:
    """Return quotes from the members under headings, those from the less certain ones last."""
    sure = [paper for paper in evidence.members if paper not in evidence.doubtful]
    return [
        (f"### {heading}\n\n" if heading else "")
        + "\n".join(_line(evidence, paper, composer) for paper in group)
        for heading, group in [*_sections(evidence, sure), (LESS_CERTAIN, evidence.doubtful)]
        if group
    ]


def _sections(evidence: Evidence, papers: Sequence[Paper]) -> list[tuple[str, list[Paper]]]:
    """Return papers under headings, most central first; those without one come first where the most
    central is among them, else last.
    """
    groups = _group(evidence, papers)
    pairs = list(zip(_head(evidence, groups), groups, strict=True))
    headed = [(heading, group) for heading, group in pairs if heading]
    others = [paper for heading, group in pairs if not heading for paper in group]
    if not headed or (others and others[0] == papers[0]):
        return [("", others), *headed]
    return [*headed, (_OTHERS, others)]


def _write_named(evidence: Evidence) -> Draft:
    """Return of each abstract asked about the sentences that tell most, in their order, below what
    is asked of the paper's record.
    """
    composer = Composer(evidence.focus)
    sections = []
    for paper in evidence.focus:
        lines = [f"- {composer.quote(paper, one.span)}" for one in _telling_of(evidence, paper)]
        asked = () if evidence.parsed.rejected else asked_of_record(evidence, paper)
        if asked:
            lines.insert(0, f"{state_record(paper, asked)} {composer.cite(paper)}\n")
        sections.append("\n".join((f"### {title_link(paper)}\n", *lines)))
    return Draft("summary", "\n\n".join(sections), composer.citations)


def _telling_of(evidence: Evidence, paper: Paper) -> list[Statement]:
    """Return the sentences of a paper asked about that tell most, in their order: where it is asked
    about as a whole, half of them what it does, and half what comes of it.
    """
    most = evidence.parsed.sentences or _TOLD[evidence.parsed.length]
    if evidence.focus and any(not ask.fields for ask in evidence.parsed.asks):
        return _telling(evidence, paper, most, fewest=most)
    half = (most + 1) // 2
    does = evidence.approach(paper, half)
    more = most - len(does) if evidence.parsed.sentences or most == 1 else half
    (judged,) = evidence.judged([paper])
    count = len(judged.sentences)
    rest = [
        one
        for one in judged.sentences
        if one.position not in does
        and not says_only_where(one.span.text, one.position, count)
        and not strength("problem", one.span.text, one.position, count)
    ]
    comes_of_it = sorted(rest, key=lambda one: -one.answers)[:more]
    told = (*(judged.sentences[place] for place in does), *comes_of_it)
    return sorted(told, key=lambda sentence: sentence.position)


def _telling(evidence: Evidence, paper: Paper, most: int, fewest: int = 1) -> list[Statement]:
    """Return the sentences of a paper that tell most of what is asked, in their order: so many at
    the least, and more, up to `most`, where they answer.
    """
    (judged,) = evidence.judged([paper])
    ranked = sorted(judged.sentences, key=lambda sentence: -sentence.answers)
    chosen = ranked[:fewest] + [one for one in ranked[fewest:most] if one.answers > 0]
    return sorted(chosen, key=lambda sentence: sentence.position)


def _line(evidence: Evidence, paper: Paper, composer: Composer) -> str:
    """Return what a paper says of the topic: of few that surely belong as much as of one asked
    about, of a doubtful one a sentence.
    """
    doubtful = paper in evidence.doubtful
    most = 1 if doubtful else max(_TOLD[evidence.parsed.length] - 1, 1)
    few = len(evidence.members) - len(evidence.doubtful) <= _FEW
    whole = few and not doubtful
    told = _telling_of(evidence, paper) if whole else _telling(evidence, paper, most)
    quotes = " ".join(composer.quote(paper, sentence.span) for sentence in told)
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

    vectors = evidence.retriever.store.vectors([paper.id for paper in papers])
    similar = np.stack([vectors[paper.id] for paper in papers])
    similar = similar @ similar.T
    clusters = AgglomerativeClustering(number, metric="precomputed", linkage="average")
    labels = _join_strays(clusters.fit_predict(1.0 - similar), similar)
    return [
        [paper for paper, other in zip(papers, labels, strict=True) if other == label]
        for label in dict.fromkeys(labels)
    ]


def _head(evidence: Evidence, groups: Sequence[Sequence[Paper]]) -> list[str]:
    """Return a heading for each group: the phrase that a map would name it by, where most of its
    papers have it and it says more than the question, else "".
    """
    from assistant.corpus_map.topic_names import name_topics  # takes half a second

    asked = {phrase for concept in evidence.found.query.concepts for phrase in concept.phrases}
    papers = [cleaned(paper) for group in groups for paper in group]
    topics = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    headings = []
    for topic, name in enumerate(name_topics(papers, topics)):
        phrase = f" {' '.join(index_terms(name))} "
        texts = [
            f"{one.title} {one.abstract}"
            for one, of in zip(papers, topics, strict=True)
            if of == topic
        ]
        having = sum(phrase in f" {' '.join(index_terms(text))} " for text in texts)
        shared = 2 * having > len(texts) > 1 and " " in name and _is_whole(name, texts)
        fits = shared and not asked.issuperset(phrase.split())
        headings.append(escape(name[0].upper() + name[1:]) if fits else "")
    return headings


def _is_whole(phrase: str, texts: Sequence[str]) -> bool:
    """Tell whether any text goes on after a phrase as after a noun: with a stop word or a stop.

    >>> _is_whole("Enhancing medical", ["Enhancing medical vision"]), _is_whole("rays", ["X-rays."])
    (False, True)
    """
    written = r"[\s-]+".join(map(re.escape, phrase.split()))
    ends = re.compile(rf"\b{written}(?:\W*$|[.,;:!?)]|\s+(\w+))", re.IGNORECASE)
    matches = (match for text in texts for match in ends.finditer(text))
    return any(not match[1] or fold(match[1]) in STOP_WORDS for match in matches)


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
