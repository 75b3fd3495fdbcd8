"""Evidence → the papers that a comparison sets against each other, named or described."""

import re

from assistant.judging.evidence import Evidence
from assistant.reading.parsed_question import Side
from assistant.retrieval.hybrid import Retrieval
from assistant.text.paper_names import is_name
from assistant.types import Candidate, Paper

MOST_COMPARED = 4
# A described side must come this near to some paper (see `Retrieval.nearness`).
_NEARNESS = 1.0
_CONTEXT = 1.0
_CONTEXT_Z = 2.0
_COVERED = 0.99
_PAPER = re.compile(r"\b(?:paper|one)\b")


def compared_papers(evidence: Evidence) -> tuple[list[Paper], list[str]]:
    """Return the papers to compare, in the order in which they are named, and the descriptions that
    fit no paper.
    """
    parsed, papers = evidence.parsed, evidence.retriever.papers
    named = [papers[key] for key in parsed.introduced if papers[key] not in evidence.outside]
    if len(named) >= 2 and not parsed.sides:
        return named[:MOST_COMPARED], []
    if not (named or parsed.phrasing.compares_openly):
        return [], []
    chosen, unknown = list(named), []
    for side in parsed.sides:
        if paper := _described_paper(evidence, side, chosen):
            chosen.append(paper)
        else:
            unknown.append(side.text)
    if len(chosen) < 2 and not unknown and not named:
        chosen = evidence.candidates[:2]
    return chosen[:MOST_COMPARED], unknown


def _described_paper(evidence: Evidence, side: Side, chosen: list[Paper]) -> Paper | None:
    """Return the paper that fits a description best, in the light of the whole question; None when
    none fits.
    """
    found = evidence.retriever.search(side.text, evidence.parsed.bounds)
    scores = {one.paper.id: one.score for one in evidence.found.candidates}
    free = [candidate for candidate in found.candidates if candidate.paper not in chosen]
    best = max(
        free, key=lambda one: one.score + _CONTEXT * scores.get(one.paper.id, 0.0), default=None
    )
    if best is None or _is_bare_name(found, side):
        return None
    if found.nearness < _NEARNESS and not _in_context(evidence, best, scores):
        return None
    return best.paper


def _is_bare_name(found: Retrieval, side: Side) -> bool:
    """Tell whether a side is a name that no paper owns ("LoRA"), however many mention it, or a
    single common word.
    """
    query = found.query
    names = [concept for concept in query.concepts if is_name(concept.surface)]
    if len(query.concepts) <= len(names):
        return True
    if len(query.concepts) < 2 and not side.explicit and not _PAPER.search(side.text):
        return True
    frequencies = zip(query.concepts, query.keywords.frequencies, strict=True)
    known = any(frequency for concept, frequency in frequencies if concept in names)
    return bool(names) and not known


def _in_context(evidence: Evidence, best: Candidate, scores: dict[str, float]) -> bool:
    """Tell whether the paper stands out for the whole question, or holds all words of the side."""
    z_score = evidence.found.z_score(scores.get(best.paper.id, 0.0))
    return z_score >= _CONTEXT_Z or best.coverage > _COVERED
