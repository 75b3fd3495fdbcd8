"""Whether a written text is better than the quotations it would stand in the place of, and the words put beside a fact."""

from __future__ import annotations

from dataclasses import replace

from assistant.checking.claims import plain
from assistant.checking.coverage import content, held
from assistant.checking.numbers import figures
from assistant.composing.written.postprocess import GOOD, Finished
from assistant.composing.written.task import Task
from assistant.errors import ModelError
from assistant.reading.answer_form import asks_quantity
from assistant.text.markdown import escape
from assistant.types import Check, Span

# A summary says something where it has as many words of content that the question does not have, and of as many papers.
_FEWEST_NEW, _FEWEST_PAPERS, _LEAST_SHARE = 3, 2, 0.2
_TRY = "ask again or choose another model"


def stand(task: Task, finished: Finished) -> None:
    """Raise ModelError, in one line, unless the text rests on the papers it was given, mostly, and says something."""
    good = sum(one.verdict in GOOD for one in finished.checks)
    bad = sum(one.verdict == "not supported" for one in finished.checks)
    if not finished.citations:
        raise ModelError(f"nothing that the model wrote rests on the papers it was given; {_TRY}")
    if not good:
        raise ModelError(f"nothing that the model wrote is supported by the abstracts; {_TRY}")
    if bad > good:
        raise ModelError(
            f"{bad} of the {bad + good} sentences that the model wrote are not supported by the abstracts; {_TRY}"
        )
    if task.quotes.kind == "fact":
        _answers(task, finished)
    if task.quotes.kind == "summary":
        _covers(task, finished)


def _covers(task: Task, finished: Finished) -> None:
    """Raise ModelError where a summary says something of far fewer papers than the quotations do."""
    asked = content(task.question)
    telling = {
        one.number
        for one in finished.checks
        if one.verdict in GOOD
        and len(content(plain(finished.text[one.start : one.end])) - asked) >= _FEWEST_NEW
    } - {None}
    found = len(task.quotes.citations)
    if len(telling) < min(found, max(_FEWEST_PAPERS, round(found * _LEAST_SHARE))):
        raise ModelError(
            f"the model says something of only {len(telling)} of the {found} papers that were found; {_TRY}"
        )


def _answers(task: Task, finished: Finished) -> None:
    """Raise ModelError where a fact is of another paper than the one asked about, or only says the question again."""
    asked = {paper.id for paper in task.request.focus()}
    if asked and not asked & {one.paper.id for one in finished.citations}:
        raise ModelError(f"the model answered from other papers than the one asked about; {_TRY}")
    left_out = asked & {one.paper.id for one in task.quotes.citations} - {
        one.paper.id for one in finished.citations
    }
    if left_out:
        raise ModelError(
            f"the model left out {len(left_out)} of the {len(asked)} papers asked about; {_TRY}"
        )
    told = " ".join(
        plain(finished.text[one.start : one.end]) for one in finished.checks if one.verdict in GOOD
    )
    new_figures = {one.value for one in figures(told)} - {
        one.value for one in figures(task.question)
    }
    if not content(told) - content(task.question) - {"answer"} and not new_figures:
        raise ModelError(f"the model only said the question again; {_TRY}")
    stated = any(figures(one.quotes[0].text) for one in task.quotes.citations[:1])
    if asks_quantity(task.question) and stated and not new_figures:
        raise ModelError(f"the model gave no figure, though the abstract has one; {_TRY}")


def _stating(task: Task, finished: Finished, number: int, best: Span) -> Span:
    """Return the sentence to show: what the first supported statement rests on, unless `best` has more of the question."""
    wanted, counts = content(task.question), asks_quantity(task.question)
    rested = (
        one.quote
        for one in finished.checks
        if one.number == number and one.verdict in ("quoted", "supported")
    )
    found = next((quote for quote in rested if quote and (figures(quote.text) or not counts)), best)
    return best if len(held(wanted, best.text)) > len(held(wanted, found.text)) else found


def beside_its_words(task: Task, finished: Finished) -> Finished:
    """Return a fact with the sentence of the abstract that states it below, so that the answer can be read off it."""
    best = next(iter(task.quotes.citations), None)
    cited = next(
        (one for one in finished.citations if best and one.paper.id == best.paper.id), None
    )
    if task.quotes.kind != "fact" or task.quotes.hedged or best is None or cited is None:
        return finished
    span = _stating(task, finished, cited.number, best.quotes[0])
    if " ".join(span.text.split()).rstrip(".") in plain(finished.text):  # the model copied it
        return finished
    words = f"“{escape(span.text)}” [{cited.number}]"
    start = len(finished.text) + 2
    check = Check(start, start + len(words), "quoted", "", cited.number, span)
    quotes = cited.quotes if span in cited.quotes else (*cited.quotes, span)
    citations = tuple(
        replace(one, quotes=quotes) if one is cited else one for one in finished.citations
    )
    return Finished(f"{finished.text}\n\n{words}", citations, (*finished.checks, check))
