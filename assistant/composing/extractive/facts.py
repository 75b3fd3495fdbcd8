"""A fact: the sentence that states it, then at most two more."""

from assistant.composing.extractive.citing import Composer, title_link
from assistant.judging.cross_encoder.network import Statement
from assistant.judging.evidence import Evidence
from assistant.types import Draft

_CONSIDERED = 5
_COMES_NEAR = "No abstract says this in so many words; the nearest that one comes:"
_NOT_IN_SO_MANY_WORDS = "The abstract does not say this in so many words; the nearest it comes:"


def write(evidence: Evidence) -> Draft:
    """Return the sentences that answer, the best one first and apart."""
    composer = Composer()
    first, *more = evidence.answers[: 1 if evidence.parsed.length == "short" else None]
    text = _line(first, composer, apart=True)
    if more:
        text += "\n\nAlso:\n\n" + "\n".join(f"- {_line(each, composer)}" for each in more)
    if evidence.hedged:
        text = f"*{_NOT_IN_SO_MANY_WORDS if evidence.focus else _COMES_NEAR}*\n\n{text}"
    used = {sentence.paper.id for sentence in evidence.answers}
    considered = tuple(paper for paper in evidence.candidates[:_CONSIDERED] if paper.id not in used)
    return Draft("fact", text, composer.citations, considered=considered, hedged=evidence.hedged)


def _line(sentence: Statement, composer: Composer, apart: bool = False) -> str:
    quote = composer.quote(sentence.paper, sentence.span)
    source = f"— {title_link(sentence.paper)}"
    return f"{quote}\n\n{source}" if apart else f"{quote} {source}"
