"""Evidence → the cells of a comparison: for each aspect the sentences that state it."""

import re
from collections.abc import Callable, Sequence
from functools import cache

from assistant.composing.tables.table import Cell, quoted
from assistant.judging.cross_encoder.network import Statement, readable_sentences
from assistant.judging.evidence import Evidence
from assistant.reading.references import tells_apart
from assistant.reading.table_edits import role_named
from assistant.retrieval.bibliography import asked_record, recorded_facts
from assistant.retrieval.sentence_scores import concepts_in, score_sentences
from assistant.text.markdown import escape
from assistant.text.rhetorical_roles import OWN, ROLES, Role, strength
from assistant.types import Paper, Span

Fill = Callable[[Paper, str], Cell | None]
"""Works out a cell for a paper and an aspect from its abstract; None when the abstract does not
say.
"""
AS_ASKED = "As asked"
ASPECTS = tuple(role.capitalize() for role in ROLES)
_ROOM: dict[Role, int] = {"problem": 1, "approach": 2, "data": 1, "results": 2, "availability": 1}
_RELEVANCE = 0.8
_MOST_ASKED = 6
_BARE = 2  # words of an aspect up to which it is no question
_COMMAS = re.compile(r"\s*[,;]\s*(?:and\s+)?")
_STATES = -2.0  # log-odds, of paper and sentence, from which one counts as an answer
_NEAREST = "*not plainly stated; nearest:* "
_COMPARES = re.compile(
    r".*\b(?:compar|differ|contrast|versus|vs\b).*|\b(?:(?:dis)?agree|contradict)\b", re.IGNORECASE
)
_RECORDS = {
    "year": re.compile(
        r"(?:publication |publishing )?(?:year|date)s?(?: of publication|.* published)?",
        re.IGNORECASE,
    ),
    "authors": re.compile(r"authors?|who wrote (?:it|them)", re.IGNORECASE),
    "venue": re.compile(r"venues?|conferences?|journals?|where .* published", re.IGNORECASE),
}


def quote_cells(evidence: Evidence, paper: Paper) -> dict[str, Cell]:
    """Return the cells of `paper` by aspect, and what its abstract says of what is asked."""
    rows = _sentences_by_role(evidence, paper)
    cells = {role.capitalize(): quoted(paper, row) for role, row in rows.items()}
    asked = {
        row: _asked_cell(evidence, paper, text, named=row != AS_ASKED)
        for row, text in rows_asked(evidence).items()
        if row not in ASPECTS
    }
    return {aspect: cell for aspect, cell in (asked | cells).items() if cell}


def rows_asked(evidence: Evidence) -> dict[str, str]:
    """Return what a question asks of those it compares, by the name of its row: one for each of
    what it enumerates ("cost, tasks and data"), else one for all.
    """
    aspects = (part for text in evidence.parsed.aspects for part in _parts(text))
    asked = [text for text in aspects if text and tells_apart(_COMPARES.sub("", text))]
    rows = {role_named(text) or f"{text[0].upper()}{text[1:]}": text for text in asked}
    joined = r"\W+(?:(?:and|or|also|what|is|are|the)\W+)*".join(map(re.escape, asked))
    enumerated = re.search(joined, evidence.parsed.question, re.IGNORECASE)
    if 1 < len(asked) <= _MOST_ASKED and enumerated:
        return rows
    if evidence.parsed.own:
        asked = [evidence.parsed.own]
    elif not asked and evidence.unfound:
        asked = [evidence.parsed.question]  # what it says of the side that no paper is about
    return {AS_ASKED: " ".join(asked)} if asked else {}


def _parts(aspect: str) -> list[str]:
    """Return what an aspect enumerates: after "and" only what has a row of its own."""
    parts = _COMMAS.split(aspect)
    *_, last = parts
    both = last.split(" and ")
    own = all(role_named(part) or _record_named(part) for part in both)
    return [*parts[:-1], *both] if own else parts


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
    if not rows["data"]:
        # What it was tested on stands in the sentence of its results.
        rows["data"] = [n for _, n, role in offers if role == "data"][:1]
    if not rows["approach"]:  # no abstract is without one
        rows["approach"] = [n for _, n, role in offers if role == "approach"][:1]
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
        return _asked_cell(evidence, paper, aspect)

    return fill


def _asked_cell(evidence: Evidence, paper: Paper, asked: str, named: bool = True) -> Cell | None:
    """Return what a paper's record or else its abstract says of what is asked, which may be `named`
    only ("size"): the sentence that states it or has its words, else the nearest where papers are
    compared by that alone or it has half of them ("better AP on COCO").
    """
    if recorded := _recorded_cell(paper, asked):
        return recorded
    bare = named and len(asked.split()) <= _BARE
    question = f"What is its {asked}?" if bare else asked
    (judged,) = evidence.network.judge("question", question, [paper])
    query = evidence.retriever.understand(asked)
    best = max(_of_own_work(judged.sentences), key=evidence.value([paper], query))
    said, wanted = len(concepts_in(best.span.text, query.concepts)), len(query.concepts)
    if said == wanted or judged.answers + best.answers > _STATES:
        return quoted(paper, [best.span])
    near = evidence.parsed.own or 2 * said >= wanted
    return quoted(paper, [best.span], _NEAREST) if near else None


def _of_own_work(sentences: Sequence[Statement]) -> list[Statement]:
    """Return the sentences of an abstract that do not only tell what others' work lacks."""
    texts = [one.span.text for one in sentences]
    own = [
        one
        for n, one in enumerate(sentences)
        if not strength("problem", texts[n], n, len(texts)) or OWN.search(texts[n])
    ]
    return own or list(sentences)


def _recorded_cell(paper: Paper, aspect: str) -> Cell | None:
    """Return what a paper's record says of an aspect, None where that may stand in its abstract."""
    name = _record_named(aspect)
    fact = escape(recorded_facts(paper)[name]) if name else ""
    known = fact or ("not known" if name in _RECORDS else "")
    return Cell(f"{known} *(from the bibliography)*", ()) if known else None


def _record_named(aspect: str) -> str | None:
    """Return what of a paper's record an aspect is."""
    names = (name for name, words in _RECORDS.items() if words.fullmatch(aspect))
    return next(names, None) or asked_record(aspect)
