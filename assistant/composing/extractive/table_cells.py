"""Evidence → the cells of a comparison: for each aspect the sentences that state it."""

import re
from collections.abc import Callable
from functools import cache

from assistant.composing.extractive.bibliography import IN_RECORDS, state_record
from assistant.composing.extractive.citing import NEAREST
from assistant.composing.tables.table import Cell, quoted
from assistant.judging.asked import as_question, weigh_asked
from assistant.judging.availability import kinds_asked, says_where
from assistant.judging.cross_encoder.network import readable_sentences
from assistant.judging.evidence import Evidence
from assistant.reading.asks import Ask, asks_outright, fields_named
from assistant.reading.authorship import with_authors_asked
from assistant.reading.mentions import tells_apart
from assistant.reading.table_edits import asks_availability, role_named
from assistant.retrieval.bibliography import recorded_facts
from assistant.retrieval.sentence_scores import score_sentences
from assistant.text.rhetorical_roles import ROLES, Role, strength
from assistant.types import Paper, Span

Fill = Callable[[Paper, str], Cell | None]
"""Works out a cell for a paper and an aspect from its abstract; None when the abstract does not
say.
"""
AS_ASKED = "As asked"
ASPECTS = tuple(role.capitalize() for role in ROLES)
_ROOM: dict[Role, int] = {"problem": 1, "approach": 2, "data": 1, "results": 2, "availability": 1}
_RELEVANCE = 0.8
_MOST_ASKED, _HAD = 6, "Availability"
_NAME = 2  # words of a row's name that may stand beside "and"
_COMMAS = re.compile(r"\s*[,;]\s*(?:and\s+)?")
_OF_EACH = re.compile(r"[, ]+(?:(?:for|of|from|in|by) )?(?:each|respectively)(?: one| paper)?$")
_COMPARES = re.compile(
    r".*\b(?:compar|differ|contrast|versus|vs\b).*|\b(?:(?:dis)?agree|contradict)\b", re.IGNORECASE
)


def quote_cells(evidence: Evidence, paper: Paper) -> dict[str, Cell]:
    """Return the cells of `paper` by aspect, and what its abstract says of what is asked."""
    rows = _sentences_by_role(evidence, paper)
    found = ((role.capitalize(), quoted(paper, row)) for role, row in rows.items())
    cells = {aspect: cell for aspect, cell in found if cell}
    asked = (
        (row, _asked_cell(evidence, paper, ask, named=row != AS_ASKED))
        for row, ask in rows_asked(evidence).items()
        if row not in cells
    )
    return {row: cell for row, cell in asked if cell} | cells


def rows_asked(evidence: Evidence) -> dict[str, Ask]:
    """Return what a question asks of those it compares, by the name of its row: one for each of
    several things ("cost, tasks and data"), else one for all.
    """
    parts = (part for ask in evidence.parsed.asks for part in _parts(ask))
    asked = [one for one in parts if one.fields or _names_aspect(one.words)]
    rows = {_row_named(one.words): one for one in asked}
    if 1 < len(rows) <= _MOST_ASKED:
        return rows
    if evidence.parsed.own:
        return {AS_ASKED: Ask(evidence.parsed.own)}
    if not asked and evidence.unfound:
        return {AS_ASKED: Ask(evidence.parsed.question)}  # of the side that no paper is about
    whole = asked[0] if len(asked) == 1 else Ask(" ".join(one.words for one in asked))
    return {AS_ASKED: whole} if asked else {}


def _names_aspect(text: str) -> bool:
    """Tell whether words say what is compared, and not only that something is."""
    rest = _COMPARES.sub("", text)
    return role_named(rest) is not None or tells_apart(rest)


def _row_named(text: str) -> str:
    """Return the name of the row for what is asked: that of every comparison where it is no more
    than that, but of one kind of what is to be had: a licence is one thing and code another.
    """
    role = role_named(text)
    of_every = role and not (role == _HAD and kinds_asked(text))
    return role if role and of_every else f"{text[0].upper()}{text[1:]}"


def _parts(ask: Ask) -> list[Ask]:
    """Return what an aspect enumerates: questions ("what is trained, how many parameters"), or else
    names, after "and" only what has a row of its own, or is as short as a name.

    >>> [part.words for part in _parts(Ask("cost, and speedup for each"))]
    ['cost', 'speedup']
    >>> [part.words for part in _parts(Ask("what it adapts to, result, code"))]
    ['what it adapts to', 'result', 'code']
    >>> [part.words for part in _parts(Ask("one line for each"))]
    ['one line for each']
    """
    parts = list(filter(None, _COMMAS.split(ask.words)))
    if asks_outright(ask.words):
        each = len(parts) > 1 and all(
            asks_outright(part) or role_named(part) or fields_named(part) for part in parts
        )
        return [Ask(part, fields_named(part)) for part in parts] if each else [ask]
    *_, last = parts or [""]
    both = last.split(" and ")
    own = all(role_named(part) or fields_named(part) or len(part.split()) <= _NAME for part in both)
    parts = [*parts[:-1], *both] if own else parts
    if len(parts) < 2:
        return [ask]
    parts = [_OF_EACH.sub("", part) or part for part in parts]  # "cost, and speedup for each"
    return [Ask(part, fields_named(part)) for part in parts]


def _sentences_by_role(evidence: Evidence, paper: Paper) -> dict[Role, list[Span]]:
    """Return each row's sentences, each in one row: strongest in role, nearest to the question."""
    spans = readable_sentences(paper)
    words = score_sentences(evidence.found.query, evidence.retriever, [paper])
    near = [words.get((paper.id, span.text), 0.0) for span in spans]
    offers = sorted(
        (-cue - _RELEVANCE * near[n], n, role)
        for n, span in enumerate(spans)
        for role in ROLES
        if (cue := strength(role, span.text, n, len(spans))) > 0
    )
    rows: dict[Role, list[int]] = {role: [] for role in ROLES}
    used: set[int] = set()
    for _, n, role in offers:
        if n not in used and len(rows[role]) < _ROOM[role]:
            rows[role].append(n)
            used.add(n)
    for role in ROLES:  # what it was tested on stands in the sentence of its results
        rows[role] = rows[role] or [n for _, n, played in offers if played == role][:1]
    # No abstract is without one.
    rows["approach"] = rows["approach"] or evidence.approach(paper, most=1)
    return {role: [spans[n] for n in sorted(row)] for role, row in rows.items()}


def quoting(evidence: Evidence) -> Fill:
    """Return how cells are worked out without a model: as in the comparison of `evidence`, else the
    sentence that answers the aspect's words.
    """
    compared = cache(lambda paper: quote_cells(evidence, paper))

    def fill(paper: Paper, aspect: str) -> Cell | None:
        if aspect in (AS_ASKED, *ASPECTS) or aspect in rows_asked(evidence):
            return compared(paper).get(aspect)
        return _asked_cell(evidence, paper, Ask(aspect, fields_named(aspect)))

    return fill


def _asked_cell(evidence: Evidence, paper: Paper, ask: Ask, named: bool = True) -> Cell | None:
    """Return what a paper's record says of what is asked, which may be `named` only ("size"), of
    what few records have only where it does, or else its abstract, None for nothing: where papers
    are compared by that alone at least what comes nearest.
    """
    known = recorded_facts(paper)
    if ask.fields and any(name in IN_RECORDS or known[name] for name in ask.fields):
        return Cell(state_record(with_authors_asked(paper, ask.words), ask.fields), ())
    asked, own = ask.words, evidence.parsed.own
    if asks_availability(asked):
        said = says_where(evidence, paper, kinds_asked(asked))
        return quoted(paper, [said.span] if said else [])
    question = as_question(asked) if named else asked
    told, near = weigh_asked(evidence, paper, question, asked, least=0.0 if own else 0.5)
    most = None if asks_outright(asked) else 1
    return quoted(paper, [one.span for one in told[:most]], NEAREST if near else "")
