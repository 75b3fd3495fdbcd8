"""Which papers …: every paper that matches, best first, each with the sentence that shows why."""

from assistant.composing.extractive.citing import Composer, closing_line
from assistant.judging.evidence import Evidence
from assistant.judging.judge import MOST_LISTED
from assistant.retrieval.filters import describe_filters
from assistant.types import Draft, Paper

CONSIDERED = 20
_RECOMMENDED = 3


def write(evidence: Evidence) -> Draft:
    """Return the list of matching papers with the number considered."""
    composer = Composer()
    entries = _entries(evidence, evidence.members, composer)
    rest = _left_out(evidence)[:CONSIDERED]
    papers = "paper" if evidence.corpus_size == 1 else "papers"
    counted = f"{len(evidence.members)} of {evidence.corpus_size} {papers}"
    closing = closing_line(counted, len(rest))
    return Draft("list", f"{entries}\n\n{closing}", composer.citations, considered=rest)


def write_all(evidence: Evidence) -> Draft:
    """Return the papers that satisfy the filters, for a question that says nothing else."""
    papers = evidence.members[:MOST_LISTED]
    composer = Composer()
    entries = _entries(evidence, papers, composer)
    bound = describe_filters(evidence.parsed.bounds) or "under discussion"
    size = evidence.corpus_size
    closing = f"*{len(papers)} of the {size} paper{'s' if size != 1 else ''} {bound}.*"
    return Draft("list", f"{entries}\n\n{closing}", composer.citations)


def write_recommendation(evidence: Evidence) -> Draft:
    """Return which papers to read first: those whose abstracts answer best what was asked."""
    composer = Composer()
    first, *more = evidence.members[:_RECOMMENDED]
    text = (
        "Judged by its abstract alone, this one answers most of what you asked:\n\n"
        f"{_entries(evidence, (first,), composer)}"
    )
    if more:
        text += f"\n\nThen:\n\n{_entries(evidence, tuple(more), composer, first=2)}"
    return Draft("list", text, composer.citations)


def _entries(
    evidence: Evidence, papers: tuple[Paper, ...], composer: Composer, first: int = 1
) -> str:
    return "\n".join(
        f"{number}. {composer.entry(sentence.paper, sentence.span)}"
        for number, sentence in enumerate(evidence.best_sentences(papers), first)
    )


def _left_out(evidence: Evidence) -> tuple[Paper, ...]:
    return tuple(paper for paper in evidence.candidates if paper not in evidence.members)
