"""The answers to several questions of one message → one answer, numbered through."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from assistant.checking.annotations import shifted, with_numbers
from assistant.composing.stream import Piece, Pieces
from assistant.reading.places import sentences_of
from assistant.reading.references import without_lead
from assistant.retrieval.hybrid import LIMIT
from assistant.text.markdown import escape
from assistant.types import QUOTES, Answer, Candidate, Check, Citation, Paper


def heading(question: str) -> str:
    """Return the line that stands above the answer to one question of several, without what is
    said around it.

    >>> heading("ok. who wrote it,"), heading("I see. Lovely! so, how large is OPT?")
    ('## Who wrote it\\n\\n', '## How large is OPT?\\n\\n')
    >>> heading("That gives me hope. Is it free? I have no money."), heading("I see. it is big")
    ('## Is it free?\\n\\n', '## It is big\\n\\n')
    """
    said = without_lead(_asked(question)).rstrip(" ,;:") or question
    first = said.partition(" ")[0]
    return f"## {escape((said[0].upper() if first.islower() else said[0]) + said[1:])}\n\n"


def _asked(text: str) -> str:
    """Return of several sentences those from the first to the last that ask, else the last."""
    sentences = sentences_of(text)
    asking = [n for n, sentence in enumerate(sentences) if sentence.endswith("?")]
    return " ".join(sentences[asking[0] : asking[-1] + 1]) if asking else sentences[-1]


def unheard(pieces: Pieces) -> Generator[Piece, None, Answer]:
    """Yield only what is being done, and return the answer: its numbers are not yet final."""
    while True:
        try:
            yield Piece(status=next(pieces).status)
        except StopIteration as end:
            answer: Answer = end.value
            return answer


def join_answers(questions: Sequence[str], answers: Sequence[Answer]) -> Answer:
    """Return one answer of several, each under its question; a paper has one number throughout.

    What can be there only once, such as a table, is that of the first one that answers.
    """
    cited: dict[str, Citation] = {}
    text, checks = "", list[Check]()
    for question, answer in zip(questions, answers, strict=True):
        numbers = {one.number: number_among(cited, one) for one in answer.citations}
        text += ("\n\n" if text else "") + heading(question)
        renumbered, moved = with_numbers(answer.text, answer.checks, numbers)
        checks += shifted(moved, len(text))
        text += renumbered
    first = next((one for one in answers if not one.abstained), answers[0])
    return replace(
        first,
        question=" ".join(one.question for one in answers),
        text=text,
        citations=tuple(cited.values()),
        retrieved=_in_turn([one.retrieved for one in answers])[:LIMIT],
        considered=tuple(
            paper for paper in _papers(one.considered for one in answers) if paper.id not in cited
        ),
        nearest=_papers(one.nearest for one in answers),
        given=_papers(one.given for one in answers),
        model=next((one.model for one in answers if one.model != QUOTES), QUOTES),
        notes=tuple(dict.fromkeys(note for one in answers for note in one.notes)),
        checks=tuple(checks),
        withheld="\n\n".join(one.withheld for one in answers if one.withheld),
        judged=tuple(judged for one in answers for judged in one.judged),
        usage=answers[-1].usage,
        stopped=any(one.stopped for one in answers),
        hedged=first.hedged or any(one.may_mean for one in answers),
        may_mean=(),  # which of the questions would be asked of the one chosen?
    )


def number_among(cited: dict[str, Citation], citation: Citation) -> int:
    """Return the number of a citation among `cited`, by paper id, to which it is added."""
    identifier = citation.paper.id
    before = cited.get(identifier)
    number = before.number if before else len(cited) + 1
    quotes = dict.fromkeys((*(before.quotes if before else ()), *citation.quotes))
    cited[identifier] = replace(citation, number=number, quotes=tuple(quotes))
    return number


def _in_turn(rankings: Sequence[Sequence[Candidate]]) -> tuple[Candidate, ...]:
    """Return the papers of all rankings: the best of each, then the second of each, and so on."""
    merged: dict[str, Candidate] = {}
    for rank in zip_longest(*rankings):
        for one in filter(None, rank):
            merged.setdefault(one.paper.id, one)
    return tuple(merged.values())


def _papers(groups: Iterator[tuple[Paper, ...]]) -> tuple[Paper, ...]:
    return tuple({paper.id: paper for group in groups for paper in group}.values())
