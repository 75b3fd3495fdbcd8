"""Evidence → which of the papers under discussion say that they do without something, and which are
silent about it.
"""

from dataclasses import replace

from assistant.judging.evidence import Evidence
from assistant.reading.criteria import is_negated
from assistant.retrieval.sentence_ranking import Sentence, score_sentences, telling

# A sentence speaks of what is denied when it holds this share of its weight.
_SHARE = 0.75


def weigh_negation(evidence: Evidence) -> Evidence:
    """Return who says to do without it as members, and those whose abstracts do not mention it as
    silent.

    Silence is not a "no"; papers that speak of it without denying it are neither.
    """
    says: dict[str, Sentence] = {}
    silent: dict[str, Sentence] = {}
    query = evidence.retriever.understand(evidence.parsed.denied)
    weights = query.keywords.weights
    enough = _SHARE * (sum(weights) or 1.0)
    papers = {paper.id: paper for paper in evidence.candidates}
    for paper in papers.values():
        sentences = score_sentences(query, evidence.retriever, [paper])
        speaking = [one for one in sentences if sum(weights[n] for n in one.found) >= enough]
        if denying := [one for one in speaking if is_negated(one.span.text)]:
            says[paper.id] = max(denying, key=lambda sentence: sentence.score)
        elif not speaking:
            silent[paper.id] = max(evidence.sentences([paper]), key=telling)
    return replace(
        evidence,
        members=tuple(papers[key] for key in says),
        silent=tuple(papers[key] for key in silent),
        shown=says | silent,
    )
