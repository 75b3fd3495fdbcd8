"""A fact: the sentence that states it, then what else of its abstract, and of others, may."""

from assistant.composing.extractive.citing import Composer, title_link
from assistant.judging.cross_encoder.network import Statement
from assistant.judging.evidence import Evidence
from assistant.types import Draft, Paper

_CONSIDERED = 5
_COMES_NEAR = "I am not sure that an abstract says this; the nearest that one comes:"
_NAMED_COMES_NEAR = "I am not sure that the abstract says this; the nearest it comes:"


def write(evidence: Evidence) -> Draft:
    """Return the sentences that answer, the best one first and apart."""
    composer = Composer()
    first, *more = evidence.answers[: 1 if evidence.parsed.length == "short" else None]
    text = _line(first, composer)
    if more:
        lines = (_line(each, composer, first.paper) for each in more)
        text += "\n\nAlso:\n\n" + "\n".join(f"- {line}" for line in lines)
    if evidence.hedged:
        text = f"*{_NAMED_COMES_NEAR if evidence.focus else _COMES_NEAR}*\n\n{text}"
    used = {sentence.paper.id for sentence in evidence.answers}
    considered = tuple(paper for paper in evidence.candidates[:_CONSIDERED] if paper.id not in used)
    return Draft("fact", text, composer.citations, considered=considered, hedged=evidence.hedged)


def _line(sentence: Statement, composer: Composer, known: Paper | None = None) -> str:
    """Return a sentence with its paper, which is not said again where it is the one `known`."""
    quote = composer.quote(sentence.paper, sentence.span)
    if sentence.paper == known:
        return quote
    source = f"— {title_link(sentence.paper)}"
    return f"{quote} {source}" if known else f"{quote}\n\n{source}"
