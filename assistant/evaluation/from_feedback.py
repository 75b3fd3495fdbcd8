"""What people said of answers → questions for `paper-assistant eval`, in the form of `assistant.evaluation.questions`.

Only a thumb up says what a right answer is. All else goes into a file for a person to complete, which eval does not read.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.errors import KeepingError
from assistant.evaluation.jsonl_io import check_target, write_text
from assistant.history.feedback import Feedback
from assistant.history.serialization import answer_keys
from assistant.text.markdown import escape
from assistant.types import Answer

TO_REVIEW = "to_review"
_FAMILIES = {"list": "lists", "fact": "facts", "summary": "summaries", "comparison": "compare"}
_OFF_TOPIC = "I found nothing about this"


def write(said: Sequence[Feedback], folder: Path, force: bool = False) -> dict[str, int]:
    """Write one file for each family and `to_review.jsonl` into `folder`; return how many lines each has.

    Of the same question twice in a family, what was said last counts. EvaluationError when a file is there already,
    unless `force`; then nothing is written.
    """
    found = drafted(said)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KeepingError(
            f"{folder}: cannot be made ({error.strerror or error}); name another folder"
        ) from error
    for name in found:
        check_target(folder / f"{name}.jsonl", force)
    for name, records in found.items():
        text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        write_text(folder / f"{name}.jsonl", text)
    return {name: len(records) for name, records in found.items()}


def drafted(said: Sequence[Feedback]) -> dict[str, list[dict[str, Any]]]:
    """Return the lines of each file, those of what was said last first."""
    right = frozenset(one.answer for one in said if one.remark.kind == "up")
    found: dict[str, dict[object, dict[str, Any]]] = defaultdict(dict)
    for one in sorted(said, key=lambda one: one.when, reverse=True):
        family, record = _drafted(one, right)
        asked = (
            (one.answer, one.remark)
            if family == TO_REVIEW
            else tuple(turn.user for turn in one.turns)
        )
        found[family].setdefault(asked, record)
    return {family: _with_ids(list(records.values())) for family, records in found.items()}


def _drafted(one: Feedback, right: frozenset[str]) -> tuple[str, dict[str, Any]]:
    """Return the file that a remark belongs into, and its line; `right` are the keys of all answers with a thumb up."""
    turn, answer = one.turns[-1], one.turns[-1].answer
    if one.remark.kind != "up":
        return TO_REVIEW, _to_review(one, "")
    if len(one.turns) > 1:
        if not answer.citations:
            return TO_REVIEW, _to_review(
                one,
                "a follow-up that was rightly answered without a paper: eval cannot measure that",
            )
        return "chats", {"id": one.answer, "turns": _turns(one, right)}
    if answer.abstained:
        off_topic = {"kind": "off-topic"} if answer.text.startswith(_OFF_TOPIC) else {}
        return "unanswerable", {
            "id": one.answer,
            "query": turn.user,
            **off_topic,
            "why": "not answered, and rightly so",
        }
    family, quotes = _FAMILIES.get(answer.kind), _quotes(answer)
    if family is None or not answer.citations or (family == "facts" and not quotes):
        return TO_REVIEW, _to_review(
            one, "a right answer without words of a paper: eval cannot tell another one by it"
        )
    record = {"id": one.answer, "query": turn.user, "relevant": _cited(answer)}
    return family, {**record, "answer": quotes} if family == "facts" else record


def _turns(one: Feedback, right: frozenset[str]) -> list[dict[str, Any]]:
    """Return all turns; those before the last have papers only if a thumb was up for them too."""
    known = [*(key in right for key in answer_keys(one.turns)[:-1]), True]
    return [
        {"user": turn.user, "relevant": _cited(turn.answer) if is_right else []}
        for turn, is_right in zip(one.turns, known, strict=True)
    ]


def _to_review(one: Feedback, why: str) -> dict[str, Any]:
    answer, remark = one.turns[-1].answer, one.remark
    return {
        "id": one.answer,
        "said": remark.kind,
        "query": one.turns[-1].user,
        "turns": [turn.user for turn in one.turns],
        "why": why or remark.comment,
        "sentence": remark.sentence,
        "paper": next(
            (
                citation.paper.id
                for citation in answer.citations
                if citation.number == remark.number
            ),
            None,
        ),
        "quote": remark.quote,
        "comment": remark.comment,
        "kind": answer.kind,
        "text": answer.text,
        "cited": _cited(answer),
        "retrieved": [candidate.paper.id for candidate in answer.retrieved],
    }


def _with_ids(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return lines whose ids are short, and each another."""
    seen: dict[str, int] = defaultdict(int)
    named = []
    for record in records:
        short = f"fb-{record['id'][:12]}"
        seen[short] += 1
        named.append({**record, "id": short if seen[short] == 1 else f"{short}-{seen[short]}"})
    return named


def _cited(answer: Answer) -> list[str]:
    return [citation.paper.id for citation in answer.citations]


def _quotes(answer: Answer) -> list[str]:
    """Return the words quoted, as they are and as they stand in an answer's Markdown."""
    texts = [
        quote.text
        for citation in answer.citations
        for quote in citation.quotes
        if quote.text.strip()
    ]
    return list(dict.fromkeys(form for text in texts for form in (text, escape(text))))
