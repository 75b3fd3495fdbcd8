"""The checker: does each sentence of an answer rest on the words it cites? Pure functions, no
language model.

`check_answer` takes an answer apart and judges every sentence; `check` judges one.
"""

from collections.abc import Container, Mapping

from assistant.checking.claims import Claim, claims, links
from assistant.checking.coverage import Similarity
from assistant.checking.verdict import Finding, check
from assistant.types import Check, Paper

__all__ = ["Claim", "Finding", "Similarity", "check", "check_answer", "claims"]


def check_answer(
    text: str,
    papers: Mapping[int, Paper],
    similarity: Similarity | None = None,
    known: Container[str] = (),
    ours: bool = True,
) -> tuple[Check, ...]:
    """Return a check of every sentence of an answer, in order; `papers` are those its markers [n]
    stand for.

    `ours`: the text is the assistant's own, so its lines about sources and counts claim nothing.
    """
    found = claims(text, ours)
    joining = links(found)
    return tuple(
        Check(claim.start, claim.end, "no citation needed")
        if claim.start in joining
        else check_claim(claim, papers, similarity, known)
        for claim in found
    )


def check_claim(
    claim: Claim,
    papers: Mapping[int, Paper],
    similarity: Similarity | None = None,
    known: Container[str] = (),
) -> Check:
    """Return the check of one sentence of an answer."""
    if claim.is_connective:
        return Check(claim.start, claim.end, "no citation needed")
    cited = {number: papers[number] for number in claim.cited if number in papers}
    finding = check(claim.text, list(cited.values()), similarity, known)
    if len(cited) < len(claim.cited) and finding.verdict != "not supported":
        reason = "it cites a source that does not exist"
        finding = Finding("not supported", reason, finding.paper, finding.quote, exact=True)
    number = next((number for number, paper in cited.items() if paper is finding.paper), None)
    return Check(
        claim.start,
        claim.end,
        finding.verdict,
        finding.reason,
        number,
        finding.quote,
        finding.exact,
    )
