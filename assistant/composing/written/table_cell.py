"""What a model says of one aspect of a paper, sentence by sentence: only those that the abstract supports make a cell."""

from __future__ import annotations

from dataclasses import replace

from assistant.checking import Claim, check_answer, check_claim, claims
from assistant.checking.coverage import content
from assistant.checking.names import names
from assistant.checking.numbers import figures
from assistant.composing.tables import Cell
from assistant.composing.written import json_objects
from assistant.composing.written.postprocess import Rules
from assistant.composing.written.quote_location import located
from assistant.text import rhetorical_roles
from assistant.text.markdown import escape
from assistant.types import Check, Citation, Paper

_LONGEST = 300
_ACCEPTED = ("quoted", "supported")
_FEWEST = (
    2  # words of content that a sentence needs to say something, unless it has a figure or a name
)


def supported(said: object, aspect: str, paper: Paper, rules: Rules) -> Cell | None:
    """Return the cell of what a model said of an aspect, `{"says": …, "words": …}`, None when nothing of it stands.

    A sentence that the abstract does not support, or that says nothing, or nothing but the title, is left out; so is what
    makes the cell too long, and under availability what speaks of none.
    """
    if not isinstance(said, dict):
        return None
    told = json_objects.lowered(said)
    written = escape(str(told.get("says") or ""))
    kept: list[tuple[str, Check]] = []
    for one in claims(written):
        found = check_claim(replace(one, cited=(1,)), {1: paper}, rules.similarity, rules.known)
        sentence = _cited(written[one.start : one.end])
        if found.verdict not in _ACCEPTED or found.quote is None or not _says_something(one, paper):
            continue
        if aspect.lower() == "availability" and not any(
            map(_of_availability, (one.text, found.quote.text))
        ):
            continue
        if len(" ".join([*(text for text, _ in kept), sentence])) > _LONGEST:
            break
        kept.append((sentence, found))
    return _cell(kept, str(told.get("words") or ""), paper, rules)


def _cell(kept: list[tuple[str, Check]], words: str, paper: Paper, rules: Rules) -> Cell | None:
    text = " ".join(sentence for sentence, _ in kept)
    # As it will be shown: what joins two sentences into one when put together is no cell.
    checks = check_answer(text, {1: paper}, rules.similarity, rules.known)
    if not checks or any(one.verdict not in _ACCEPTED for one in checks):
        return None
    spans = [found.quote for _, found in kept if found.quote is not None]
    if len(kept) == 1 and (span := located(words, paper)):
        spans = [span]
    return Cell(text, (Citation(1, paper, tuple(dict.fromkeys(spans))),))


def _cited(sentence: str) -> str:
    """Return a sentence with its marker, and a full stop after it."""
    return f"{sentence.strip().rstrip('.!?;, ')} [1]."


def _says_something(one: Claim, paper: Paper) -> bool:
    said = content(one.text)
    named = bool(figures(one.text) or names(one.text))
    return (named or len(said) >= _FEWEST) and bool(
        said - content(paper.title) or figures(one.text)
    )


def _of_availability(text: str) -> bool:
    return rhetorical_roles.strength("availability", text, 1, 2) > 0
