"""Questions to ask next, by rule: from the form of an answer and the papers it cites, kept only where the corpus answers. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from assistant.text.paper_names import NameIndex
from assistant.types import Answer, Paper, Table

MOST = 3
_LONGEST_NAME = 40
_FACETS = (
    (r"\bcode\b|\bgithub\b|publicly available|open-source", "which of those release their code?"),
    (r"\bzero-shot\b", "which of those work zero-shot?"),
    (r"\bmultilingual\b|\blow-resource\b", "which of those are multilingual?"),
    (
        r"\btraining-free\b|\bwithout (?:any )?(?:additional |further )?training\b",
        "which of those need no training?",
    ),
    (r"\bbenchmark\b", "which of those introduce a benchmark?"),
    (r"\bparameter[- ]efficient\b|\bfewer parameters\b", "which of those are parameter-efficient?"),
)
_ABOUT_ONE = (
    (
        r"\b(?:trained|pre-?trained) on\b|\bdatasets?\b|\bcorpus\b|\bcorpora\b",
        "what data was {} trained on?",
    ),
    (r"\b(?:outperform|achiev|improv|surpass)\w*|\d%", "what are the results of {}?"),
    (
        r"\bwe (?:propose|present|introduce|develop)\b|\bthis paper (?:proposes|presents|introduces)\b",
        "how does {} work?",
    ),
    (r"\bhowever\b|\bchalleng\w+|\black\b|\bexpensive\b", "what problem does {} address?"),
)
_COLUMNS = (
    ("availability", r"\bcode\b|\bgithub\b|publicly available|open-source", "code"),
    ("data", r"\bdatasets?\b|\bcorpus\b|\bcorpora\b|\btrained on\b", "data"),
    ("results", r"\boutperform\w*|\bachiev\w*|\d%", "results"),
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question, and the ids of the papers that an answer to it must cite, none where any will do."""

    question: str
    papers: frozenset[str] = frozenset()


def by_rule(answer: Answer, ask: Callable[[str], Answer]) -> tuple[str, ...]:
    """Return up to three follow-up questions to an answer, such as `ask` finds another answer to, from the papers meant."""
    found: list[str] = []
    for one in suggestions(answer):
        if len(found) == MOST:
            break
        reply = ask(one.question)
        told = not reply.abstained and reply.text != answer.text
        if told and one.papers <= {citation.paper.id for citation in reply.citations}:
            found.append(one.question)
    return tuple(found)


def suggestions(answer: Answer) -> Iterator[Suggestion]:
    """Yield what may be worth asking after an answer, best first."""
    papers = [one.paper for one in answer.citations] or list(answer.nearest)
    if answer.table is not None:
        yield from _edits(answer.table)
    elif answer.kind in ("list", "summary"):
        yield from _of_several(papers, answer.question)
    elif answer.counts is not None:
        yield from (
            Suggestion(f"and per {by}?")
            for by in ("year", "venue")
            if by != answer.counts.by and answer.counts.total > 1
        )
    for paper in papers[:2]:
        yield from _of_one(paper, answer.question)


def _of_several(papers: Sequence[Paper], question: str) -> Iterator[Suggestion]:
    """Yield a comparison of the first two that have short names, and what some of the papers, but not all, have."""
    named = [(paper, name) for paper in papers if (name := short_name(paper))][:2]
    if len(named) == 2:
        (one, first), (other, second) = named
        yield Suggestion(f"compare {first} with {second}", frozenset((one.id, other.id)))
    yield from _facets(papers, question)
    years = sorted({paper.year for paper in papers if paper.year})
    if len(years) > 1:
        yield Suggestion(f"which of those are from {years[-1]}?")


def _facets(papers: Sequence[Paper], question: str) -> Iterator[Suggestion]:
    for pattern, text in _FACETS:
        having = [paper for paper in papers if re.search(pattern, paper.abstract, re.IGNORECASE)]
        if 0 < len(having) < len(papers) and not re.search(pattern, question, re.IGNORECASE):
            yield Suggestion(text)
            return


def _of_one(paper: Paper, question: str) -> Iterator[Suggestion]:
    """Yield what its abstract tells of a paper and has not been asked."""
    name = short_name(paper)
    for pattern, form in _ABOUT_ONE if name else ():
        text = form.format(name)
        if re.search(pattern, paper.abstract, re.IGNORECASE) and text.lower() != question.lower():
            yield Suggestion(text, frozenset((paper.id,)))


def _edits(table: Table) -> Iterator[Suggestion]:
    """Yield changes of a comparison that would change it."""
    years = [paper.year or 0 for paper in table.papers]
    if years != sorted(years):
        yield Suggestion("sort by year")
    for aspect, pattern, name in _COLUMNS:
        told = any(re.search(pattern, paper.abstract, re.IGNORECASE) for paper in table.papers)
        if told and not any(aspect in one.lower() or name in one.lower() for one in table.aspects):
            yield Suggestion(
                f"add a {'row' if table.papers_as == 'columns' else 'column'} for {name}"
            )
    yield Suggestion("swap rows and columns")


def short_name(paper: Paper) -> str:
    """Return what a paper is called in a question, "" where it has no short name.

    >>> short_name(Paper("p", "SimDA: Simple Diffusion Adapter for Efficient Video Generation", "We propose SimDA."))
    'SimDA'
    >>> short_name(Paper("p", "On the efficiency of pre-training", "We study it."))
    ''
    """
    name = NameIndex.of({paper.id: paper}).display(paper)
    return name if name != paper.title and len(name) <= _LONGEST_NAME else ""
