"""An answer and the papers it cites → questions to ask next, kept only where the corpus answers.
Pure.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from assistant.reading.references import put_names
from assistant.text.paper_names import NameIndex
from assistant.types import Answer, Paper, Table

MOST = 3
_LONGEST_NAME = 40
_CODE = r"\bcode\b|\bgithub\b|publicly available|open-source"
_RESULTS = r"\b(?:outperform|achiev|improv|surpass)\w*|\d%"
_DATA = r"\btrained on\b|\bdatasets?\b|\bcorpus\b|\bcorpora\b"
# What the abstracts of some papers, but not of all, must say for a question to be worth asking.
_FACETS = (
    (_CODE, "which of those release their code?"),
    (r"\bzero-shot\b", "which of those work zero-shot?"),
    (r"\bmultilingual\b|\blow-resource\b", "which of those are multilingual?"),
    (
        r"\btraining-free\b|\bwithout (?:any )?(?:additional |further )?training\b",
        "which of those need no training?",
    ),
    (r"\bbenchmark\b", "which of those introduce a benchmark?"),
    (r"\bparameter[- ]efficient\b|\bfewer parameters\b", "which of those are parameter-efficient?"),
)
# The same for one paper, by its name.
_ASPECTS = (
    (_DATA, "what data was {} trained on?"),
    (_RESULTS, "what are the results of {}?"),
    (r"\b(?:we|this paper) (?:propose|present|introduce|develop)s?\b", "how does {} work?"),
    (r"\bhowever\b|\bchalleng\w+|\black\b|\bexpensive\b", "what problem does {} address?"),
)
_COLUMNS = (
    ("availability", _CODE, "code"),
    ("data", _DATA, "data"),
    ("results", _RESULTS, "results"),
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question, and the ids of the papers that its answer must cite, none where any will do."""

    question: str
    papers: frozenset[str] = frozenset()


def suggest_questions(
    answer: Answer, ask: Callable[[str], Answer], names: NameIndex
) -> tuple[str, ...]:
    """Return up to three questions that `ask` answers by the papers meant, unlike `answer`; `names`
    are those of all papers.
    """
    questions: list[str] = []
    for suggestion in _find_suggestions(answer, names):
        if len(questions) == MOST:
            break
        reply = ask(suggestion.question)
        cited = {citation.paper.id for citation in reply.citations}
        if reply.answers and reply.text != answer.text and suggestion.papers <= cited:
            questions.append(suggestion.question)
    return tuple(questions)


def short_name(paper: Paper, names: NameIndex) -> str:
    """Return what a paper is called in a question by the `names` of all papers, "" where it has no
    short name of its own.

    >>> simda = Paper("p", "SimDA: Simple Diffusion Adapter for Video", "We propose SimDA.")
    >>> other = Paper("q", "On the efficiency of pre-training", "We study it.")
    >>> names = NameIndex.of({"p": simda, "q": other})
    >>> short_name(simda, names), short_name(other, names)
    ('SimDA', '')
    """
    name = names.display(paper)
    return name if name != paper.title and len(name) <= _LONGEST_NAME else ""


def _find_suggestions(answer: Answer, names: NameIndex) -> Iterator[Suggestion]:
    """Yield what may be worth asking after an answer, best first."""
    papers = [citation.paper for citation in answer.citations] or list(answer.nearest)
    for paper in (one for one in answer.may_mean if short_name(one, names)):
        asked = put_names(answer.question, [paper], names)
        yield Suggestion(asked, frozenset((paper.id,)))
    if answer.table is not None:
        yield from map(Suggestion, _suggest_edits(answer.table))
    elif answer.kind in ("list", "summary"):
        yield from _ask_of_several(papers, answer.question, names)
    elif answer.counts is not None and answer.counts.total > 1:
        others = [by for by in ("year", "venue") if by != answer.counts.by]
        yield from (Suggestion(f"and per {by}?") for by in others)
    for paper in papers[:2]:
        yield from _ask_of_one(paper, answer.question, names)


def _ask_of_several(
    papers: Sequence[Paper], question: str, names: NameIndex
) -> Iterator[Suggestion]:
    """Yield a comparison of the first two with short names, and what some of the papers have."""
    named = [(paper, name) for paper in papers if (name := short_name(paper, names))][:2]
    if len(named) == 2:
        both = " with ".join(name for _, name in named)
        yield Suggestion(f"compare {both}", frozenset(paper.id for paper, _ in named))
    for pattern, facet in _FACETS:
        having = sum(_says(paper, pattern) for paper in papers)
        if 0 < having < len(papers) and not re.search(pattern, question, re.IGNORECASE):
            yield Suggestion(facet)
            break
    years = {paper.year for paper in papers if paper.year}
    if len(years) > 1:
        yield Suggestion(f"which of those are from {max(years)}?")


def _ask_of_one(paper: Paper, question: str, names: NameIndex) -> Iterator[Suggestion]:
    """Yield what its abstract tells of a paper and has not been asked."""
    name = short_name(paper, names)
    for pattern, form in _ASPECTS if name else ():
        text = form.format(name)
        if _says(paper, pattern) and text.lower() != question.lower():
            yield Suggestion(text, frozenset((paper.id,)))


def _suggest_edits(table: Table) -> Iterator[str]:
    """Yield edits of a comparison that would change it."""
    years = [paper.year or 0 for paper in table.papers]
    if years != sorted(years):
        yield "sort by year"
    line = "row" if table.papers_as == "columns" else "column"
    aspects = " ".join(table.aspects).lower()
    for aspect, pattern, name in _COLUMNS:
        told = any(_says(paper, pattern) for paper in table.papers)
        if told and aspect not in aspects and name not in aspects:
            yield f"add a {line} for {name}"
    yield "swap rows and columns"


def _says(paper: Paper, pattern: str) -> bool:
    return re.search(pattern, paper.abstract, re.IGNORECASE) is not None
