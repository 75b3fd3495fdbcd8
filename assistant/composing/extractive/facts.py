"""A fact: the sentence that states it, then at most two more."""

from assistant.composing.extractive.citing import Composer, title_link
from assistant.judging.evidence import Evidence
from assistant.retrieval.sentence_ranking import Sentence
from assistant.types import Draft

_CONSIDERED = 5
_NOT_IN_SO_MANY_WORDS = "The abstract does not say this in so many words; the nearest it comes:"


def write(evidence: Evidence) -> Draft:
    """Return the sentences that answer, the best one first and apart."""
    composer = Composer()
    first, *more = evidence.answers
    text = _line(first, composer, apart=True)
    if more:
        text += "\n\nAlso:\n\n" + "\n".join(f"- {_line(each, composer)}" for each in more)
    if evidence.hedged:
        text = f"*{_NOT_IN_SO_MANY_WORDS}*\n\n{text}"
    used = {sentence.paper.id for sentence in evidence.answers}
    considered = tuple(paper for paper in evidence.candidates[:_CONSIDERED] if paper.id not in used)
    return Draft("fact", text, composer.citations, considered=considered, hedged=evidence.hedged)


def write_description(evidence: Evidence) -> Draft:
    """Answer "what is X?": what each paper's abstract says that it does."""
    composer = Composer()
    alone = len(evidence.answers) == 1
    lines = [_line(sentence, composer, apart=alone) for sentence in evidence.answers]
    text = lines[0] if alone else "\n".join(f"- {line}" for line in lines)
    return Draft("fact", text, composer.citations)


def _line(sentence: Sentence, composer: Composer, apart: bool = False) -> str:
    quote = composer.quote(sentence.paper, sentence.span)
    source = f"— {title_link(sentence.paper)}"
    return f"{quote}\n\n{source}" if apart else f"{quote} {source}"
