"""Evidence → the cells of a comparison, as quotations."""

import re
from collections.abc import Callable
from functools import cache

from assistant.composing.tables import Cell, quoted
from assistant.judging.aspects import AS_ASKED, ASPECTS, aspect_sentences, stating_sentence
from assistant.judging.evidence import Evidence
from assistant.judging.heuristic import gather_for
from assistant.reading.expected_answer import read_expectation
from assistant.retrieval.bibliography import recorded_facts
from assistant.text.markdown import escape
from assistant.types import Paper

Fill = Callable[[Paper, str], Cell | None]
"""Works out a cell for a paper and an aspect from its abstract; None when the abstract does not
say.
"""
_COUNT = re.compile(r"^(?:number|amount) of (?:the )?", re.IGNORECASE)
_RECORDS = {
    "year": re.compile(
        r"(?:publication |publishing )?(?:year|date)s?(?: of publication|.* published)?",
        re.IGNORECASE,
    ),
    "authors": re.compile(r"authors?|who wrote (?:it|them)", re.IGNORECASE),
    "venue": re.compile(r"venues?|conferences?|journals?|where .* published", re.IGNORECASE),
}


def quote_cells(evidence: Evidence, paper: Paper) -> dict[str, Cell]:
    """Return the cells of `paper` by aspect, and what its abstract says of anything particular that
    is asked.
    """
    cells = {
        aspect: quoted(paper, [sentence.span for sentence in row])
        for aspect, row in aspect_sentences(evidence, paper).items()
    }
    return {aspect: cell for aspect, cell in cells.items() if cell}


def quoting(evidence: Evidence) -> Fill:
    """Return how cells are worked out without a model: as in the comparison of `evidence`, else by
    the aspect's words.
    """
    compared = cache(lambda paper: quote_cells(evidence, paper))
    gathered = cache(lambda text: gather_for(text, evidence))

    def fill(paper: Paper, aspect: str) -> Cell | None:
        if aspect == AS_ASKED or aspect in ASPECTS:
            return compared(paper).get(aspect)
        if recorded := _recorded_cell(paper, aspect):
            return recorded
        about = gathered(_COUNT.sub("", aspect))
        sentence = stating_sentence(about, paper, read_expectation(aspect, aspect))
        return quoted(paper, [sentence.span]) if sentence else None

    return fill


def _recorded_cell(paper: Paper, aspect: str) -> Cell | None:
    """Return what the bibliography has of a paper's year, authors or venue, where the aspect is one
    of these.
    """
    name = next((name for name, words in _RECORDS.items() if words.fullmatch(aspect)), None)
    fact = recorded_facts(paper)[name] if name else ""
    return Cell(f"{escape(fact)} *(from the bibliography)*", ()) if fact else None
