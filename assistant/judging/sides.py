"""Evidence → the papers that a question sets against each other or means, named or described."""

import re
from collections.abc import Sequence

from assistant.judging.evidence import Evidence
from assistant.text.paper_names import is_name
from assistant.types import Paper

MOST_COMPARED = 6
# A description must come this near to something (see `Retrieval.nearness`), or its paper stand out
# this far for the whole question.
_NEARNESS, _STANDS_OUT = 0.8, 2.0


_THE_ONE = re.compile(
    r"^(?:the |that |this )?(?:one|paper|work|study|method|model|approach)s? "
    r"(?:that|which|who|on|about|with|from|for|using|by)\b",
    re.IGNORECASE,
)


def compared_papers(evidence: Evidence) -> tuple[list[Paper], list[str]]:
    """Return the papers to compare as they are named, and descriptions that fit no paper."""
    chosen, unknown = list(evidence.focus), []
    for text in evidence.parsed.described:
        # A name that no paper of the corpus has describes none.
        paper = None if is_lone_name(text) else described_paper(evidence, text, chosen)
        if paper:
            chosen.append(paper)
        else:
            unknown.append(text)
    return chosen[:MOST_COMPARED], unknown


def is_lone_name(text: str) -> bool:
    """Tell whether a description is nothing but a name ("GPT-3")."""
    return len(text.split()) == 1 and is_name(text)


def described_paper(evidence: Evidence, text: str, taken: Sequence[Paper]) -> Paper | None:
    """Return the paper that fits a description best in the light of the question, or None."""
    found = evidence.retriever.search(_THE_ONE.sub("", text), evidence.parsed.bounds)
    context = {one.paper.id: one.score for one in evidence.found.candidates}
    free = [one for one in found.candidates if one.paper not in taken]
    if not free:
        return None
    best = max(free, key=lambda one: one.score + context.get(one.paper.id, 0.0))
    stands_out = evidence.found.z_score(context.get(best.paper.id, 0.0)) >= _STANDS_OUT
    return best.paper if found.nearness >= _NEARNESS or stands_out else None
