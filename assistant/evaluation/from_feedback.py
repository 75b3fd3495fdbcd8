"""What people said of answers → questions for `paper-assistant eval`.

Only a thumb up says what a right answer is. All else goes into a file for a person to complete,
which eval does not read.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.evaluation.files import write_records
from assistant.history.feedback import Feedback
from assistant.history.serialization import answer_keys
from assistant.text.markdown import escape
from assistant.types import Answer

TO_REVIEW = "to_review"
_FAMILIES = {"list": "lists", "fact": "facts", "summary": "summaries", "comparison": "compare"}
_OFF_TOPIC = "I found nothing about this"
_NO_PAPER = "a follow-up that was rightly answered without a paper: eval cannot measure that"
_NO_WORDS = "a right answer without words of a paper: eval cannot tell another one by it"

Record = dict[str, Any]
"""A line of a question file."""


def write(feedback: Sequence[Feedback], folder: Path, force: bool = False) -> dict[str, int]:
    """Write a file for each family and `to_review.jsonl`; return how many lines each has.

    EvaluationError when a file is there already, unless `force`; then nothing is written.
    """
    files = draft(feedback)
    write_records(folder, files, force)
    return {name: len(records) for name, records in files.items()}


def draft(feedback: Sequence[Feedback]) -> dict[str, list[Record]]:
    """Return the lines of each file, the newest first; of one question twice the newest counts."""
    right = frozenset(one.answer for one in feedback if one.remark.kind == "up")
    files: dict[str, dict[object, Record]] = defaultdict(dict)
    for one in sorted(feedback, key=lambda one: one.when, reverse=True):
        family, record = _draft(one, right)
        remark, asked = (one.answer, one.remark), tuple(turn.user for turn in one.turns)
        files[family].setdefault(remark if family == TO_REVIEW else asked, record)
    return {family: _with_ids(list(records.values())) for family, records in files.items()}


def _draft(one: Feedback, right: frozenset[str]) -> tuple[str, Record]:
    """Return a remark's file and line; `right` are the keys of all answers with a thumb up."""
    turn, answer = one.turns[-1], one.turns[-1].answer
    if one.remark.kind != "up":
        return TO_REVIEW, _to_review(one, "")
    if len(one.turns) > 1:
        if not answer.citations:
            return TO_REVIEW, _to_review(one, _NO_PAPER)
        return "chats", {"id": one.answer, "turns": _turns(one, right)}
    record: Record = {"id": one.answer, "query": turn.user}
    if answer.abstained:
        off_topic = {"kind": "off-topic"} if answer.text.startswith(_OFF_TOPIC) else {}
        return "unanswerable", {**record, **off_topic, "why": "not answered, and rightly so"}
    family, quotes = _FAMILIES.get(answer.kind), _quotes(answer)
    if family is None or not answer.citations or (family == "facts" and not quotes):
        return TO_REVIEW, _to_review(one, _NO_WORDS)
    record["relevant"] = _cited(answer)
    return family, {**record, "answer": quotes} if family == "facts" else record


def _turns(one: Feedback, right: frozenset[str]) -> list[Record]:
    """Return all turns; one before the last has papers only if a thumb was up for it too."""
    known = [*(key in right for key in answer_keys(one.turns)[:-1]), True]
    return [
        {"user": turn.user, "relevant": _cited(turn.answer) if is_right else []}
        for turn, is_right in zip(one.turns, known, strict=True)
    ]


def _to_review(one: Feedback, why: str) -> Record:
    answer, remark = one.turns[-1].answer, one.remark
    numbered = {citation.number: citation.paper.id for citation in answer.citations}
    return {
        "id": one.answer,
        "said": remark.kind,
        "query": one.turns[-1].user,
        "turns": [turn.user for turn in one.turns],
        "why": why or remark.comment,
        "sentence": remark.sentence,
        "paper": numbered.get(remark.number or 0),
        "quote": remark.quote,
        "comment": remark.comment,
        "kind": answer.kind,
        "text": answer.text,
        "cited": _cited(answer),
        "retrieved": [candidate.paper.id for candidate in answer.retrieved],
    }


def _with_ids(records: Sequence[Record]) -> list[Record]:
    """Return lines whose ids are short, and each another."""
    seen: Counter[str] = Counter()
    renamed = []
    for record in records:
        short = f"fb-{record['id'][:12]}"
        seen[short] += 1
        renamed.append({**record, "id": short if seen[short] == 1 else f"{short}-{seen[short]}"})
    return renamed


def _cited(answer: Answer) -> list[str]:
    return [citation.paper.id for citation in answer.citations]


def _quotes(answer: Answer) -> list[str]:
    """Return the words quoted, as they are and as they stand in an answer's Markdown."""
    quotes = [quote.text for citation in answer.citations for quote in citation.quotes]
    return list(
        dict.fromkeys(form for text in quotes if text.strip() for form in (text, escape(text)))
    )
