"""Which papers …: every paper that matches, best first, each with the sentence that shows why."""

from assistant.composing.extractive.citing import Composer, closing_line
from assistant.judging.evidence import Evidence
from assistant.judging.membership import CONSIDERED, MOST_LISTED
from assistant.retrieval.filters import describe_filters
from assistant.text.markdown import escape
from assistant.types import Draft, Paper


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


def write_negation(evidence: Evidence) -> Draft:
    """Return who says to do without it, and whose abstracts do not mention it; the others are left
    out.
    """
    composer = Composer()
    denied, searched = escape(evidence.parsed.denied), len(evidence.candidates)
    says, silent = evidence.members, evidence.silent
    if not says and not silent:
        text = (
            f"None of the {searched} abstracts says so: each speaks of “{denied}” without "
            f"denying it."
        )
        return Draft("none", text, nearest=tuple(evidence.candidates))
    blocks = [_entries(evidence, says, composer)] if says else []
    if silent:
        blocks.append(
            f"The abstracts of these do not mention it (“{denied}”), which is not the same as "
            f"saying no:"
        )
        blocks.append(_entries(evidence, silent, composer, first=len(says) + 1))
    blocks.append(f"*{len(says) + len(silent)} of the {searched} papers under discussion.*")
    considered = tuple(paper for paper in _left_out(evidence) if paper not in silent)
    return Draft("list", "\n\n".join(blocks), composer.citations, considered=considered)


def _entries(
    evidence: Evidence, papers: tuple[Paper, ...], composer: Composer, first: int = 1
) -> str:
    shown = evidence.shown or evidence.best_sentences(papers)
    return "\n".join(
        f"{number}. {composer.entry(paper, shown[paper.id].span)}"
        for number, paper in enumerate(papers, first)
    )


def _left_out(evidence: Evidence) -> tuple[Paper, ...]:
    return tuple(paper for paper in evidence.candidates if paper not in evidence.members)
