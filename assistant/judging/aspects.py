"""Evidence → the sentences of one abstract for each row of a comparison: problem, approach, data,
results, availability.
"""

import re

from assistant.judging.evidence import Evidence
from assistant.reading.answer_form import COMPARES
from assistant.reading.parsed_question import Expectation
from assistant.retrieval.sentence_ranking import Sentence, telling
from assistant.text.rhetorical_roles import ROLES, Role, main_role, strength
from assistant.types import Paper

AS_ASKED = "As asked"
ASPECTS = tuple(role.capitalize() for role in ROLES)
_ROOM: dict[Role, int] = {"problem": 1, "approach": 2, "data": 1, "results": 2, "availability": 1}
_RELEVANCE = 0.8
# Read off the corpus with eighteen aspects that people ask for: below these the sentences are of
# something else.
_STATED_SCORE, _STATED_COVERAGE, _VALUE_SCORE = 0.5, 0.6, 0.25
_DIGIT, _ANYTHING = re.compile(r"(?<![\w.-])\d"), re.compile("")
_ASKED_SCORE = 0.45


def aspect_sentences(evidence: Evidence, paper: Paper) -> dict[str, list[Sentence]]:
    """Return the sentences of `paper` by aspect, and the one about anything particular that is
    asked; each used once.
    """
    asked = _asked_sentence(evidence, paper)
    rows = {role.capitalize(): row for role, row in _sentences_by_role(evidence, paper).items()}
    return ({AS_ASKED: [asked]} if asked else {}) | rows


def stating_sentence(evidence: Evidence, paper: Paper, expects: Expectation) -> Sentence | None:
    """Return the sentence of `paper` that states what is asked, None when none does.

    What is said of other work, as a problem, is not said of this paper; an amount is stated by a
    number.
    """
    value = expects.value
    pattern = value or (_DIGIT if expects.number else _ANYTHING)
    near = [
        sentence
        for sentence in evidence.sentences([paper])
        if pattern.search(sentence.span.text) and _is_near(sentence, value is not None)
    ]
    return max(near, key=telling, default=None)


def _is_near(sentence: Sentence, has_value: bool) -> bool:
    if main_role(sentence.span.text, sentence.position, sentence.count) == "problem":
        return False
    if has_value:
        return sentence.score >= _VALUE_SCORE
    return sentence.coverage >= _STATED_COVERAGE and sentence.score >= _STATED_SCORE


def _sentences_by_role(evidence: Evidence, paper: Paper) -> dict[Role, list[Sentence]]:
    """Return the sentences of each row: the strongest for their role, and nearest to
    the question.
    """
    sentences = evidence.sentences([paper])
    offers = [
        (cue + _RELEVANCE * sentence.score, role, sentence)
        for sentence in sentences
        for role in ROLES
        if (cue := strength(role, sentence.span.text, sentence.position, sentence.count)) > 0
    ]
    rows: dict[Role, list[Sentence]] = {role: [] for role in ROLES}
    used: set[int] = set()
    for _, role, sentence in sorted(offers, key=lambda offer: -offer[0]):
        if sentence.position not in used and len(rows[role]) < _ROOM[role]:
            rows[role].append(sentence)
            used.add(sentence.position)
    if not rows["data"] and (shared := [offer for offer in offers if offer[1] == "data"]):
        # What it was tested on stands in the sentence of its results.
        rows["data"] = [max(shared, key=lambda offer: offer[0])[2]]
    if not any(rows.values()):
        rows["approach"] = [max(sentences, key=lambda sentence: sentence.score)]
    return {role: sorted(row, key=lambda sentence: sentence.position) for role, row in rows.items()}


def _asked_sentence(evidence: Evidence, paper: Paper) -> Sentence | None:
    """Return the sentence nearest to what is asked beside the names, None when nothing particular
    is asked.
    """
    if not any(not COMPARES.search(word) for word in evidence.open_concepts()):
        return None
    sentences = evidence.attribute_sentences([paper])
    best = max(sentences, key=lambda sentence: sentence.score, default=None)
    return best if best is not None and best.score >= _ASKED_SCORE else None
