"""A cell of a comparison: which sentences of one abstract it quotes."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from assistant.composing.extractive.draft import Request
from assistant.composing.tables import Cell, quoted
from assistant.reading import answer_form
from assistant.retrieval.sentence_ranking import Sentence, telling
from assistant.text import rhetorical_roles
from assistant.text.markdown import escape
from assistant.text.rhetorical_roles import ROLES, Role
from assistant.types import Paper

AS_ASKED = "As asked"
Fill = Callable[[Paper, str], Cell | None]
"""Works out a cell for a paper and an aspect from its abstract; None when the abstract does not say."""
_ROOM: dict[Role, int] = {"problem": 1, "approach": 2, "data": 1, "results": 2, "availability": 1}
_RELEVANCE = 0.8
# Read off the corpus with eighteen aspects that people ask for: below these the sentences are of something else.
_STATED_SCORE, _STATED_COVERAGE, _VALUE_SCORE = 0.5, 0.6, 0.25
_COUNT = re.compile(r"^(?:number|amount) of (?:the )?", re.IGNORECASE)
_DIGIT, _ANYTHING = re.compile(r"(?<![\w.-])\d"), re.compile("")
_ASKED_SCORE = 0.45
_RECORDS = {
    "year": re.compile(
        r"(?:publication |publishing )?(?:year|date)s?(?: of publication|.* published)?",
        re.IGNORECASE,
    ),
    "authors": re.compile(r"authors?|who wrote (?:it|them)", re.IGNORECASE),
    "venue": re.compile(r"venues?|conferences?|journals?|where .* published", re.IGNORECASE),
}
LEAD = re.compile(
    r"^.*?\b(?:compare|contrast|differences? between|comparison (?:of|between)|distinguishes)\b|"
    r"^\s*how (?:do|does|is|are|did)\b|\b(?:compares?|differs?|different)\b|\b(?:them|they)\b",
    re.IGNORECASE,
)


def aspects() -> tuple[str, ...]:
    """Return the aspects of every comparison, as a table names them."""
    return tuple(role.capitalize() for role in ROLES)


def of_paper(request: Request, paper: Paper) -> dict[str, Cell]:
    """Return the cells of `paper` by aspect, and what its abstract says of anything particular that is asked."""
    rows = {role.capitalize(): row for role, row in _by_role(request, paper).items()}
    asked = _asked(request, paper)
    filled = {AS_ASKED: [asked] if asked else [], **rows}
    found = {aspect: quoted(paper, [one.span for one in row]) for aspect, row in filled.items()}
    return {aspect: cell for aspect, cell in found.items() if cell}


def quoting(request_for: Callable[[str], Request], question: str) -> Fill:
    """Return how cells are worked out without a model: as in a comparison for `question`, else by the aspect's words.

    `request_for` makes a request of a text.
    """
    request = cache(request_for)

    @cache
    def compared(paper: Paper) -> dict[str, Cell]:
        return of_paper(request(question), paper)

    def fill(paper: Paper, aspect: str) -> Cell | None:
        if aspect == AS_ASKED or aspect in aspects():
            return compared(paper).get(aspect)
        if recorded := _recorded(paper, aspect):
            return recorded
        return _stated(request(_COUNT.sub("", aspect)), paper, aspect)

    return fill


def _recorded(paper: Paper, aspect: str) -> Cell | None:
    """Return what the bibliography has of a paper's year, authors or venue, where the aspect is one of these."""
    known = {
        "year": str(paper.year or ""),
        "authors": ", ".join(paper.authors),
        "venue": paper.venue or "",
    }
    name = next((name for name, words in _RECORDS.items() if words.fullmatch(aspect)), None)
    return (
        Cell(f"{escape(known[name])} *(from the bibliography)*", ())
        if name and known[name]
        else None
    )


def _stated(request: Request, paper: Paper, aspect: str) -> Cell | None:
    """Return the sentence that states `aspect`, which `request` asks for, None when none does.

    What is said of other work, as a problem, is not said of this paper; an amount is stated by a number.
    """
    value = answer_form.expected_value(aspect)
    number = value or (_DIGIT if answer_form.asks_quantity(aspect) else _ANYTHING)
    near = [
        one
        for one in request.sentences([paper])
        if number.search(one.span.text)
        and (
            one.score >= _VALUE_SCORE
            if value
            else one.coverage >= _STATED_COVERAGE and one.score >= _STATED_SCORE
        )
        and rhetorical_roles.main_role(one.span.text, one.position, one.count) != "problem"
    ]
    return quoted(paper, [max(near, key=telling).span]) if near else None


def _by_role(request: Request, paper: Paper) -> dict[Role, list[Sentence]]:
    """Return the sentences of each row: the strongest for their role, and nearest to the question, each used once."""
    sentences = request.sentences([paper])
    offers = [
        (strength + _RELEVANCE * sentence.score, role, sentence)
        for sentence in sentences
        for role in ROLES
        if (
            strength := rhetorical_roles.strength(
                role, sentence.span.text, sentence.position, sentence.count
            )
        )
        > 0
    ]
    rows: dict[Role, list[Sentence]] = {role: [] for role in ROLES}
    used: set[int] = set()
    for _, role, sentence in sorted(offers, key=lambda offer: -offer[0]):
        if sentence.position not in used and len(rows[role]) < _ROOM[role]:
            rows[role].append(sentence)
            used.add(sentence.position)
    if not rows["data"] and (shared := [offer for offer in offers if offer[1] == "data"]):
        rows["data"] = [
            max(shared, key=lambda offer: offer[0])[2]
        ]  # what it was tested on stands in the sentence of its results
    if not any(rows.values()):
        rows["approach"] = [max(sentences, key=lambda one: one.score)]
    return {role: sorted(row, key=lambda one: one.position) for role, row in rows.items()}


def _asked(request: Request, paper: Paper) -> Sentence | None:
    """Return the sentence nearest to what is asked beside the names, None when nothing particular is asked."""
    words = [word for word in request.open_concepts() if not LEAD.search(word)]
    if not words:
        return None
    sentences = request.sentences_without_names([paper])
    best = max(sentences, key=lambda one: one.score, default=None)
    return best if best is not None and best.score >= _ASKED_SCORE else None
