"""A capable model's recorded replies, replayed: what it wrote truly stands, unmarked and shown with
the words that prove it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.assistant import Assistant
from assistant.checking.annotations import DOUBTFUL
from assistant.composing.written.replies import find_object, find_objects, locate_words
from assistant.models.chat import make_chat
from assistant.settings import load_settings
from assistant.types import Answer, Turn
from tests.openai_server import Request, Server, form, ids, prompt, running

pytestmark = pytest.mark.model
HERE = Path(__file__).parent / "replies"
Recorded = dict[str, Any]


def _lines(name: str) -> list[Recorded]:
    return [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines()]


class Replay:
    """Answers prompts as recorded; `lost` are those that nothing was recorded for."""

    def __init__(self) -> None:
        self._by: dict[tuple[str, str], list[Recorded]] = defaultdict(list)
        self._verdicts: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in _lines("replies.jsonl"):
            self._by[row["form"], row["question"]].append(row)
            for said in find_objects(row["reply"], ["statement"]) if "statements" in row else ():
                if 1 <= said["statement"] <= len(row["statements"]):
                    text = row["statements"][said["statement"] - 1]
                    self._verdicts[text].append(said)
        self.lost: list[tuple[str, str]] = []

    def __call__(self, request: Request) -> str:
        """Return the reply to a prompt, "{}" where none was recorded."""
        kind, text = form(request), prompt(request)
        if kind == "verify":
            return self._verify(text)
        asked = re.findall(r"(?:Last question|The table is for|Question): (.*)", text)
        question = asked[-1] if asked else text.rpartition("wrong:")[2].strip()
        rows = self._by.get((kind, question), [])
        given = set(ids(request))
        if kind == "list":
            return self._judge(rows, given)
        before = re.findall(r"(?m)^Reader: (.*)$", text)[-1:]
        fitting = [row for row in rows if row.get("before", before) == before] or rows
        if not fitting:
            self.lost.append((kind, question))
            return "{}"
        best = max(fitting, key=lambda row: len(given & set(row["given"])))
        return str(best["reply"])

    def doubts(self, statement: str) -> bool:
        """Tell whether the model itself found a statement not entailed when it was asked again."""
        said = self._verdicts.get(statement, [])
        return any(one["verdict"] != "entailed" for one in said)

    def _judge(self, rows: list[Recorded], given: set[str]) -> str:
        said = {str(one["id"]): one for row in rows for one in find_objects(row["reply"], ["id"])}
        return json.dumps({"judgements": [said[one] for one in sorted(given & set(said))]})

    def _verify(self, text: str) -> str:
        told = []
        for line in text.rpartition("Statements:")[2].strip().splitlines():
            number, _, statement = line.partition(". ")
            statement = re.sub(r"(?: \[k[0-9a-f]{4}\])+$", "", statement)
            if known := self._verdicts.get(statement):
                told.append(known[0] | {"statement": int(number)})
            else:
                self.lost.append(("verify", statement))
        return json.dumps({"verdicts": told})


@pytest.fixture(scope="module")
def replayed(
    assistant: Assistant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[list[tuple[Recorded, list[Answer]]], Replay, Server]]:
    """Every turn, answered with the recorded replies."""
    patch, replay = pytest.MonkeyPatch(), Replay()
    with running() as server:
        patch.setenv("OPENAI_BASE_URL", server.url)
        server.reply, server.reads = replay, None
        data = tmp_path_factory.mktemp("replies")
        chat = make_chat(
            load_settings(
                model="openai:m", profile="strong", cache=False, data_dir=data,
                day_tokens=10**9, answer_tokens=10**7,
            )
        )  # fmt: skip
        told: list[tuple[Recorded, list[Answer]]] = []
        for row in _lines("turns.jsonl"):
            turns: list[Turn] = []
            for question in row["turns"]:
                stream = assistant.stream(question, turns, chat=chat)
                list(stream)
                turns.append(Turn(question, stream.answer))
            told.append((row, [turn.answer for turn in turns]))
        yield told, replay, server
    patch.undo()


def _recorded_replies_still_fit_what_is_asked(replayed: Any) -> None:
    told, replay, server = replayed
    assert sum(len(answers) for _, answers in told) == 85
    assert len(replay.lost) <= 0.02 * len(server.requests), replay.lost


def _true_sentences_stand_unmarked(replayed: Any) -> None:
    told, _, _ = replayed
    checks = [
        (answer, check) for _, answers in told for answer in answers for check in answer.checks
    ]
    marked = [answer.text[one.start : one.end] for answer, one in checks if one.verdict in DOUBTFUL]
    assert len(checks) > 200
    assert len(marked) <= 0.02 * len(checks), marked


def _reasons_with_words_of_the_abstract_stand(replayed: Any) -> None:
    told, replay, _ = replayed
    given = shown = 0
    for row, answers in told:
        said = {
            one["reason"].rstrip(". ")
            for rows in replay._by.values()
            for recorded in rows
            if recorded["form"] == "list" and recorded["question"] in row["turns"][0]
            for one in find_objects(recorded["reply"], ["id"])
            if one["match"] != "no" and one["reason"] and not replay.doubts(one["reason"])
            if any(locate_words(one["words"], judged.paper) for judged in answers[0].judged)
        }
        given += len(said) if row["family"] == "lists" else 0
        shown += (
            sum(one.reason in said for one in answers[0].judged if one.match != "no")
            if row["family"] == "lists"
            else 0
        )
    assert given > 10
    assert shown >= 0.98 * given


def _cells_with_words_of_the_abstract_stand(replayed: Any) -> None:
    told, replay, _ = replayed
    lost: list[str] = []
    filled = 0
    for row, answers in told:
        table = answers[0].table
        if row["family"] != "compare" or table is None:
            continue
        for recorded in replay._by["comparison", answers[0].question]:
            keys = [aspect.lower() for aspect in table.aspects]
            for aspect, said in find_object(recorded["reply"], keys).items():
                says = said.get("says", "").rstrip(". ") if isinstance(said, dict) else ""
                papers = [one for one in table.papers if locate_words(said.get("words", ""), one)]
                if not says or not papers:
                    continue
                filled += 1
                cells = [cell for (_, name), cell in table.cells.items() if name.lower() == aspect]
                if not any("“" not in cell for cell in cells):
                    lost.append(says)
    assert filled > 20
    assert len(lost) <= 0.02 * filled, lost


def _words_shown_under_a_fact_state_it(replayed: Any) -> None:
    told, _, _ = replayed
    facts = [(row, answers[0]) for row, answers in told if row["family"] == "facts"]
    proved = [
        any(quote.text in row["evidence"] or row["evidence"] in quote.text for quote in one.quotes)
        for row, answer in facts
        for one in answer.citations[:1]
    ]
    assert len(proved) == len(facts)
    assert sum(proved) >= 0.95 * len(facts)


def _the_model_is_asked_wherever_something_may_answer(replayed: Any) -> None:
    told, _, _ = replayed
    unasked = [
        answer.question
        for row, answers in told
        for answer in answers
        if row["family"] in ("facts", "lists", "compare", "summaries")
        and not (answer.usage and answer.usage.calls)
    ]
    assert unasked == []


def test_what_a_capable_model_wrote_truly_stands(replayed: Any) -> None:
    # In one test, so that the turns are answered once and not by every worker.
    _recorded_replies_still_fit_what_is_asked(replayed)
    _true_sentences_stand_unmarked(replayed)
    _reasons_with_words_of_the_abstract_stand(replayed)
    _cells_with_words_of_the_abstract_stand(replayed)
    _words_shown_under_a_fact_state_it(replayed)
    _the_model_is_asked_wherever_something_may_answer(replayed)
