"""Whether a written text is better than the quotations, and the words put beside a fact."""

import re
from dataclasses import replace

from assistant.checking.annotations import shifted, with_numbers
from assistant.checking.claims import plain
from assistant.checking.coverage import content, held, share
from assistant.checking.numbers import figures
from assistant.composing.several import number_among
from assistant.composing.written.postprocess import ACCEPTED, GOOD, CheckedText
from assistant.composing.written.task import Task
from assistant.errors import ModelError
from assistant.text.markdown import escape
from assistant.types import Check, Span


class Unacceptable(ModelError):
    """What a model wrote (`written`) is worth less than the quotations."""

    def __init__(self, why: str, written: str) -> None:
        super().__init__(why)
        self.written = written


# A summary says something by as many words of content beside the question's, of as many papers.
_FEWEST_NEW, _FEWEST_PAPERS, _LEAST_SHARE = 3, 2, 0.2
_IN_ITS_WORDS = "In the model's words: "
_LEAST_SUBJECT = 0.5  # of the question's words of content


def require_acceptable(task: Task, checked: CheckedText) -> None:
    """Raise ModelError unless the text mostly rests on the papers given, and says something."""
    good = sum(check.verdict in GOOD for check in checked.checks)
    bad = sum(check.verdict == "not supported" for check in checked.checks)
    if not checked.citations:
        raise _refusal("nothing that the model wrote rests on the papers it was given")
    if not good:
        raise _refusal("nothing that the model wrote is supported by the abstracts")
    if bad > good:
        sentences = f"{bad} of the {bad + good} sentences that the model wrote"
        raise _refusal(f"{sentences} are not supported by the abstracts")
    if task.quotes.abstained:
        _require_subject(task, checked)
    if task.kind == "fact":
        _require_answer(task, checked)
    if task.kind == "summary":
        _require_coverage(task, checked)


def show_source(task: Task, checked: CheckedText) -> CheckedText:
    """Return a fact with the words of the abstract that its first supported sentence rests on; what
    a small model wrote, below the whole quoting answer.
    """
    if task.kind != "fact":
        return checked
    if not task.client.strong:
        return _below_quotations(task, checked)
    stating = _stating(task, checked)
    # Where the model copied them they are there already.
    if stating is None or _is_in(stating[1].text, plain(checked.text)):
        return checked
    number, span = stating
    words = f"“{escape(span.text)}” [{number}]"
    citations = tuple(
        replace(one, quotes=tuple(dict.fromkeys((*one.quotes, span))))
        if one.number == number
        else one
        for one in checked.citations
    )
    start = len(checked.text) + 2
    check = Check(start, start + len(words), "quoted", "", number, span)
    return CheckedText(f"{checked.text}\n\n{words}", citations, (*checked.checks, check))


def _below_quotations(task: Task, checked: CheckedText) -> CheckedText:
    """Return the quoting answer, and below it what the model wrote, under one numbering."""
    if all(_is_in(one, task.quotes.text) for one in plain(checked.text).splitlines() if one):
        return CheckedText(task.quotes.text, task.quotes.citations, ())
    known = {one.paper.id: one for one in task.quotes.citations}
    numbers = {one.number: number_among(known, one) for one in checked.citations}
    text, checks = with_numbers(checked.text, checked.checks, numbers)
    above = f"{task.quotes.text}\n\n{_IN_ITS_WORDS}"
    return CheckedText(above + text, tuple(known.values()), shifted(checks, len(above)))


def _is_in(words: str, text: str) -> bool:
    return " ".join(words.split()).rstrip(".") in text


def _refusal(why: str) -> ModelError:
    return ModelError(f"{why}; ask again or choose another model")


def _require_subject(task: Task, checked: CheckedText) -> None:
    """Raise ModelError where the papers cited speak of something else than the question: nothing
    but the model says that they answer it.
    """
    asked = content(task.question)
    sources = " ".join(f"{one.paper.title} {one.paper.abstract}" for one in checked.citations)
    if share(held(asked, sources), asked) < _LEAST_SUBJECT:
        raise _refusal("the model answered from papers on something else")


def _require_coverage(task: Task, checked: CheckedText) -> None:
    """Raise ModelError where a summary speaks of far fewer papers than the quotations do."""
    asked = content(task.question)
    telling = {
        check.number
        for check in checked.checks
        if check.verdict in GOOD and len(content(_words(checked, check)) - asked) >= _FEWEST_NEW
    } - {None}
    quoted = len(task.quotes.citations)
    if len(telling) < min(quoted, max(_FEWEST_PAPERS, round(quoted * _LEAST_SHARE))):
        of = f"only {len(telling)} of the {quoted} papers that were found"
        raise _refusal(f"the model says something of {of}")


def _require_answer(task: Task, checked: CheckedText) -> None:
    """Raise ModelError where a fact is of another paper, or only says the question again."""
    asked = {paper.id for paper in task.evidence.focus}
    cited = {citation.paper.id for citation in checked.citations}
    if asked and not asked & cited:
        raise _refusal("the model answered from other papers than the one asked about")
    left_out = asked & {citation.paper.id for citation in task.quotes.citations} - cited
    # "One of them does without it, right?" is answered by one; a small model drops what it can.
    if left_out and not task.client.strong:
        papers = f"{len(left_out)} of the {len(asked)} papers asked about"
        raise _refusal(f"the model left out {papers}")
    told = " ".join(_words(checked, check) for check in checked.checks if check.verdict in GOOD)
    known = {figure.value for figure in figures(task.question)}
    new_figures = {figure.value for figure in figures(told)} - known
    if not content(told) - content(task.question) - {"answer"} and not new_figures:
        raise _refusal("the model only said the question again")
    stated = any(figures(citation.quotes[0].text) for citation in task.quotes.citations[:1])
    if _asks_figure(task.question) and stated and not new_figures:
        raise _refusal("the model gave no figure, though the abstract has one")


def _stating(task: Task, checked: CheckedText) -> tuple[int, Span] | None:
    """Return what the first supported sentence rests on, and its number; with a figure where one is
    asked for and the sentence has one.
    """
    counts = _asks_figure(task.question)
    rested = [
        (check.number, check.quote)
        for check in checked.checks
        if check.verdict in ACCEPTED and check.number and check.quote
    ]
    return next((one for one in rested if figures(one[1].text) or not counts), None)


def _asks_figure(question: str) -> bool:
    return re.search(r"\bhow (?:many|much|large|big|long)\b", question, re.IGNORECASE) is not None


def _words(checked: CheckedText, check: Check) -> str:
    return plain(checked.text[check.start : check.end])
