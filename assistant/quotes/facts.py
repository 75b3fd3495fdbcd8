"""A fact: the sentence that states it, then at most two more."""

from __future__ import annotations

import re

from assistant import intent, roles
from assistant.evidence import Sentence
from assistant.quotes import abstentions
from assistant.quotes.compose import Composer, title_link
from assistant.quotes.draft import Draft, Request
from assistant.types import Paper

_PAPERS = 3
_MORE = 2
_MORE_SHARE = 0.72
_PAPER_WEIGHT = 0.06
_NUMBER_BONUS = 0.08
_ROLE_WEIGHT = 0.15


def write(request: Request) -> Draft:
    """Return the sentences that answer, or say that the abstract asked about does not."""
    focus = request.focus()
    if focus and not request.open_concepts() and not request.aspect():
        return _described(request, focus)
    if focus and (missing := abstentions.missing_attribute(request, focus)):
        return missing
    ranked = rank(request, focus)
    chosen = _choose(ranked, focus)
    composer = Composer()
    lines = [_line(sentence, composer, first=not n) for n, sentence in enumerate(chosen)]
    text = lines[0] if len(lines) == 1 else lines[0] + "\n\nAlso:\n\n" + "\n".join(f"- {line}" for line in lines[1:])
    return Draft("fact", text, composer.citations, considered=_considered(request, chosen))


def rank(request: Request, focus: list[Paper]) -> list[Sentence]:
    """Return the sentences of the papers in question, best answer first."""
    candidates = request.retrieval.candidates[:_PAPERS]
    papers = focus or [one.paper for one in candidates]
    standing = {one.paper.id: one.score - candidates[0].score for one in request.retrieval.candidates}
    aspect = request.aspect()
    number = intent.asks_quantity(request.question)

    def value(sentence: Sentence) -> float:
        text = sentence.span.text
        total = sentence.score
        if not focus:
            total += _PAPER_WEIGHT * standing.get(sentence.paper.id, 0.0)
        if number and re.search(r"\d", text):
            total += _NUMBER_BONUS
        if aspect:
            total += _ROLE_WEIGHT * roles.strength(aspect, text, sentence.position, sentence.count)
        return total

    return sorted(request.sentences(papers), key=lambda one: -value(one))


def _choose(ranked: list[Sentence], focus: list[Paper]) -> list[Sentence]:
    """Return the best sentence, of each paper when several are named, then at most two more that come near it."""
    chosen = [next(one for one in ranked if one.paper.id == paper.id) for paper in focus] if len(focus) > 1 else ranked[:1]
    for sentence in ranked:
        if len(chosen) >= max(1 + _MORE, len(focus)):
            break
        if sentence not in chosen and sentence.score >= _MORE_SHARE * chosen[0].score:
            chosen.append(sentence)
    return chosen


def _described(request: Request, focus: list[Paper]) -> Draft:
    """Answer "what is X?": what each paper's abstract says that it does."""
    composer = Composer()
    lines = []
    for paper in focus:
        sentences = request.sentences([paper])
        best = max(sentences, key=lambda one: roles.strength("approach", one.span.text, one.position, one.count))
        lines.append(_line(best, composer, first=len(focus) == 1))
    text = lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
    return Draft("fact", text, composer.citations)


def _line(sentence: Sentence, composer: Composer, first: bool) -> str:
    quote = composer.quote(sentence.paper, sentence.span)
    source = f"— {title_link(sentence.paper)}"
    return f"{quote}\n\n{source}" if first else f"{quote} {source}"


def _considered(request: Request, chosen: list[Sentence]) -> tuple[Paper, ...]:
    used = {one.paper.id for one in chosen}
    return tuple(one.paper for one in request.retrieval.candidates[:5] if one.paper.id not in used)


