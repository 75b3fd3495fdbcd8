"""A fact: the sentence that states it, then what else of its abstract, and of others, may."""

from assistant.composing.extractive.citing import Composer, title_link
from assistant.judging.cross_encoder.network import Statement, readable_sentences
from assistant.judging.evidence import Evidence
from assistant.text.discourse import with_context
from assistant.types import Draft, Paper

_CONSIDERED = 5
_COMES_NEAR = "I am not sure that an abstract says this; the nearest that one comes:"
_ALSO, _OTHERS = "Also:", "Other papers that come near:"
_NAMED_COMES_NEAR = "I am not sure that the abstract says this; the nearest it comes:"


def write(evidence: Evidence) -> Draft:
    """Return the sentences that answer, the best one first and apart."""
    composer = Composer()
    first, *more = evidence.answers[: 1 if evidence.parsed.length == "short" else None]
    text = _line(first, composer)
    own = [one for one in more if one.paper == first.paper or one.paper in evidence.focus]
    for heading, sentences in ((_ALSO, own), (_OTHERS, [one for one in more if one not in own])):
        lines = [line for one in sentences if (line := _line(one, composer, first.paper))]
        if lines:
            text += f"\n\n{heading}\n\n" + "\n".join(f"- {line}" for line in lines)
    if evidence.hedged:
        text = f"*{_NAMED_COMES_NEAR if evidence.focus else _COMES_NEAR}*\n\n{text}"
    used = {sentence.paper.id for sentence in evidence.answers}
    considered = tuple(paper for paper in evidence.candidates[:_CONSIDERED] if paper.id not in used)
    return Draft("fact", text, composer.citations, considered=considered, hedged=evidence.hedged)


def _line(sentence: Statement, composer: Composer, known: Paper | None = None) -> str:
    """Return a sentence, with those that belong to it, and its paper, which is not said again where
    it is the one `known`; "" where it stands there already.
    """
    paper, spans = sentence.paper, readable_sentences(sentence.paper)
    quoted = [span for one in composer.citations if one.paper == paper for span in one.quotes]
    if sentence.span in quoted:
        return ""
    around = with_context([span.text for span in spans], sentence.position)
    new = (spans[n] for n in around if spans[n] not in quoted)
    quote = " ".join(composer.quote(paper, span) for span in new)
    if paper == known:
        return quote
    source = f"— {title_link(paper)}"
    return f"{quote} {source}" if known else f"{quote}\n\n{source}"
