"""A fact: the sentence that states it, then at most two more."""

from __future__ import annotations

from assistant.composing.extractive import abstentions
from assistant.composing.extractive.draft import Draft, Request
from assistant.composing.extractive.expected_answer import wanted
from assistant.composing.extractive.numbering import Composer, title_link
from assistant.retrieval.sentence_ranking import Sentence
from assistant.text import rhetorical_roles
from assistant.types import Paper

_PAPERS = 3
_MORE = 2
_MORE_SHARE = 0.6
_PAPER_WEIGHT = 0.06
_LATE_WEIGHT = 0.8
_NAMED_WEIGHT = 0.3
_NOT_IN_SO_MANY_WORDS = "The abstract does not say this in so many words; the nearest it comes:"


def write(request: Request) -> Draft:
    """Return the sentences that answer, or say that the abstract asked about does not."""
    focus = request.focus()
    if focus and not request.open_concepts() and not request.aspect():
        return _described(request, focus)
    if focus and (missing := abstentions.missing_attribute(request, focus)):
        return missing
    if not focus and not request.follow_up and (unknown := abstentions.unknown_names(request)):
        return unknown
    ranked = rank(request, focus)
    chosen = _choose(ranked, focus)
    composer = Composer()
    lines = [_line(sentence, composer, first=not n) for n, (sentence, _) in enumerate(chosen)]
    text = (
        lines[0]
        if len(lines) == 1
        else lines[0] + "\n\nAlso:\n\n" + "\n".join(f"- {line}" for line in lines[1:])
    )
    hedged = (
        bool(focus)
        and max(abstentions.support(request, paper) for paper in focus)
        < abstentions.ATTRIBUTE_SCORE
    )
    if hedged:
        text = f"*{_NOT_IN_SO_MANY_WORDS}*\n\n{text}"
    return Draft(
        "fact", text, composer.citations, considered=_considered(request, chosen), hedged=hedged
    )


def rank(request: Request, focus: list[Paper]) -> list[tuple[Sentence, float]]:
    """Return the sentences of the papers in question with their values, best answer first.

    Where papers are named, what counts is the question without the names: every sentence of theirs is about them.
    """
    candidates = request.retrieval.candidates[:_PAPERS]
    papers = focus or [one.paper for one in candidates]
    standing = {
        one.paper.id: one.score - candidates[0].score for one in request.retrieval.candidates
    }
    sort = wanted(request.question, request.aspect())
    bare = {one.span: one for one in request.sentences_without_names(papers)} if focus else {}

    def value(sentence: Sentence) -> float:
        own = bare.get(sentence.span, sentence)
        total = own.score + _LATE_WEIGHT * own.late + sort.bonus(sentence)
        if focus:
            return total + _NAMED_WEIGHT * sentence.score
        return total + _PAPER_WEIGHT * standing.get(sentence.paper.id, 0.0)

    valued = [(one, value(one)) for one in request.sentences(papers)]
    return sorted(valued, key=lambda pair: -pair[1])


def _choose(
    ranked: list[tuple[Sentence, float]], focus: list[Paper]
) -> list[tuple[Sentence, float]]:
    """Return the best sentence, of each paper when several are named, then at most two more that come near it."""
    several = [next(pair for pair in ranked if pair[0].paper.id == paper.id) for paper in focus]
    chosen = several if len(several) > 1 else ranked[:1]
    more = [pair for pair in ranked if pair not in chosen and pair[1] >= _MORE_SHARE * chosen[0][1]]
    return chosen + more[: max(1 + _MORE - len(chosen), 0)]


def _described(request: Request, focus: list[Paper]) -> Draft:
    """Answer "what is X?": what each paper's abstract says that it does."""
    composer = Composer()
    lines = []
    for paper in focus:
        sentences = request.sentences([paper])
        best = max(sentences, key=_describes)
        lines.append(_line(best, composer, first=len(focus) == 1))
    text = lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
    return Draft("fact", text, composer.citations)


def _describes(sentence: Sentence) -> float:
    text, position, count = sentence.span.text, sentence.position, sentence.count
    available = rhetorical_roles.strength("availability", text, position, count) > 0
    return (
        rhetorical_roles.strength("approach", text, position, count)
        + 2.0 * sentence.score
        - (2.0 if available else 0.0)
    )


def _line(sentence: Sentence, composer: Composer, first: bool) -> str:
    quote = composer.quote(sentence.paper, sentence.span)
    source = f"— {title_link(sentence.paper)}"
    return f"{quote}\n\n{source}" if first else f"{quote} {source}"


def _considered(request: Request, chosen: list[tuple[Sentence, float]]) -> tuple[Paper, ...]:
    used = {one.paper.id for one, _ in chosen}
    return tuple(one.paper for one in request.retrieval.candidates[:5] if one.paper.id not in used)
