"""Evidence, a paper and one thing asked of it → the sentences that state it, or come nearest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.checking.numbers import counts, figures
from assistant.judging.cross_encoder.network import Judgement, Statement
from assistant.judging.evidence import Evidence
from assistant.reading.asks import asks_outright
from assistant.reading.question import asks_number, thing_counted
from assistant.retrieval.sentence_scores import concepts_in
from assistant.text.rhetorical_roles import OWN, strength
from assistant.types import Paper

_DETERMINER = re.compile(r"(?:the|its|their|an?) ", re.IGNORECASE)
# Log-odds of paper and sentence: from which it counts as an answer, and above which it comes near
# (of 360 questions of `asked_h` that the abstract answers .07 and .03 lie below, of 40 that it does
# not .70 and .53).
_STATES, _COMES_NEAR = -2.0, -4.0
_BARE = 2  # words of what is asked up to which it is no question
# From where on the network is sure that a paper states a number that counts no such thing by its
# words (of 30 that do so 27 lie there or have it, of 15 near misses of which neither is said 5).
_SURE_OF_COUNT = 2.4
_MARGIN, _TOLD = 1.5, 2  # how near to the best a second sentence comes, and how many are told


def as_question(asked: str) -> str:
    """Return what is asked as a question, where it only names a thing.

    >>> as_question("the size"), as_question("how large is it")
    ('What is its size?', 'how large is it')
    """
    named = _DETERMINER.sub("", asked)
    return f"What is its {named}?" if len(named.split()) <= _BARE else asked


def weigh_asked(
    evidence: Evidence, paper: Paper, question: str, asked: str, least: float
) -> tuple[tuple[Statement, ...], bool]:
    """Return what the abstract of a paper says of its own work in answer to a question, with the
    words `asked`: the sentences that state it, or have these words, and False; else the nearest
    where it has the `least` share of them or may state it, or none, and True.
    """
    question = evidence.names.with_pronoun(question, paper)
    (judged,) = evidence.network.judge("question", question, [paper])
    query = evidence.retriever.understand(asked)
    value = evidence.value([paper], query)
    ranked = sorted(_of_own_work(judged.sentences), key=value, reverse=True)
    best = ranked[0]
    said, wanted = len(concepts_in(best.span.text, query.concepts)), len(query.concepts)
    unheard = wanted > 0 and not any(query.keywords.frequencies)  # a word that no abstract has
    # Of a mere name the network says too readily that some sentence states it.
    sure = judged.answers + best.answers > _STATES and (said > 0 or asks_outright(asked))
    states = 0 < wanted == said or sure
    if states and not unheard and not lacks_number(question, [best], judged):
        more = (one for one in ranked[1:_TOLD] if value(best) - value(one) < _MARGIN)
        return (best, *more), False
    has = said >= least * wanted and (wanted > 0 or not least)
    near = has or (judged.states > _COMES_NEAR and not unheard)
    return ((best,) if near else ()), True


def lacks_number(question: str, told: Sequence[Statement], judged: Judgement) -> bool:
    """Tell whether a number is asked for and no sentence told has one (of 53 such facts with an
    answer one has none, of 26 without one six), or none that counts the thing asked about, and the
    network is not sure.
    """
    if not asks_number(question):
        return False
    if not any(figures(one.span.text) for one in told):
        return True
    thing = thing_counted(question)
    if not thing or any(counts(one.span.text, thing) for one in told):
        return False
    return judged.states < _SURE_OF_COUNT


def _of_own_work(sentences: Sequence[Statement]) -> list[Statement]:
    """Return the sentences of an abstract that do not only tell what others' work lacks."""
    texts = [one.span.text for one in sentences]
    own = [
        one
        for n, one in enumerate(sentences)
        if not strength("problem", texts[n], n, len(texts)) or OWN.search(texts[n])
    ]
    return own or list(sentences)
