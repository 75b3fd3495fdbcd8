"""The machine interface over the development questions: its records, and what holds of each."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from assistant.assistant import Assistant
from assistant.cli.batch import run
from assistant.types import Paper
from tests.conftest import QUESTIONS

FAMILIES = ("known_item", "facts", "lists", "compare", "summaries", "unanswerable", "chats")
OPTIONAL = ("notes", "may_mean")
KEYS = [
    "id",
    "turn",
    "question",
    "kind",
    "text",
    "abstained",
    "hedged",
    "citations",
    "retrieved",
    "model",
    "seconds",
]


@dataclass(frozen=True)
class Batch:
    """Lines of a question file, and the records that answer them."""

    lines: list[str]
    records: list[dict[str, Any]]


@pytest.fixture(
    scope="module",
    params=[10, pytest.param(1, marks=pytest.mark.slow)],
    ids=["every tenth question", "every question"],
)
def batches(assistant: Assistant, request: pytest.FixtureRequest) -> list[Batch]:
    batches = []
    for family in FAMILIES:
        lines = (QUESTIONS / f"{family}.jsonl").read_text("utf-8").splitlines()[:: request.param]
        records = list(run(lines, assistant))
        kept = [record for record in records if isinstance(record, dict)]
        assert len(kept) == len(records)
        batches.append(Batch(lines, kept))
    return batches


def test_one_record_per_question_or_turn_in_order(batches: list[Batch]) -> None:
    for batch in batches:
        items = [json.loads(line) for line in batch.lines]
        expected = [
            (item["id"], turn)
            for item in items
            for turn in range(1, len(item.get("turns", [0])) + 1)
        ]
        assert [(record["id"], record["turn"]) for record in batch.records] == expected
        told = [[key for key in record if key not in OPTIONAL] for record in batch.records]
        assert all(keys == KEYS for keys in told)


def test_invariants_hold_for_every_answer(batches: list[Batch], corpus: list[Paper]) -> None:
    papers = {paper.id: paper for paper in corpus}
    for record in (record for batch in batches for record in batch.records):
        marked = {int(number) for number in re.findall(r"\[(\d+)\]", record["text"])}
        assert marked == {citation["number"] for citation in record["citations"]}, record[
            "question"
        ]
        # What abstains may quote what comes nearest; whatever else cites nothing is a count.
        assert record["citations"] or record["abstained"] or record["kind"] == "count"
        if record["abstained"]:
            quotes = [quote["text"] for one in record["citations"] for quote in one["quotes"]]
            assert all(quote in record["text"] for quote in quotes), record["question"]
        assert record["kind"] in {"list", "summary", "comparison", "fact", "count", "none"}
        assert (record["kind"] == "none") == record["abstained"]
        assert 0 < len(record["retrieved"]) <= 50
        assert len({one["paper_id"] for one in record["retrieved"]}) == len(record["retrieved"])
        for one in record["retrieved"]:
            assert one["title"] == papers[one["paper_id"]].title
        for citation in record["citations"]:
            paper = papers[citation["paper_id"]]
            assert (citation["title"], citation["url"]) == (paper.title, paper.url)
            # The bibliography's answers, lists, are no words of an abstract.
            assert citation["quotes"] or record["kind"] == "list"
            for quote in citation["quotes"]:
                assert paper.abstract[quote["start"] : quote["end"]] == quote["text"]


BAD = ["not json", "[]", '{"query": "no id"}', '{"id": "a"}', '{"id": "a", "query": " "}', '{"id": "a", "turns": []}',
       '{"id": "a", "turns": [{"user": 3}]}', '{"id": "a", "query": "' + "x" * 100_000 + '"}',
       '{"id": "a", "query": "video year>=soon"}']  # fmt: skip


def test_bad_lines_are_numbered_and_the_others_answered(assistant: Assistant) -> None:
    good = '{"id": 7, "query": "how many parameters does SimDA tune?", "more": 1}'
    results = list(run([line for bad in BAD for line in (bad, "", good)], assistant))
    errors = [result for result in results if isinstance(result, str)]
    assert [error.partition(":")[0] for error in errors] == [
        f"line {3 * n + 1}" for n in range(len(BAD))
    ]
    assert [result["id"] for result in results if isinstance(result, dict)] == ["7"] * len(BAD)


def test_lone_surrogates_do_no_harm(assistant: Assistant) -> None:
    (record,) = run(['{"id": "a", "query": "text-to-video \\ud800 generation"}'], assistant)
    assert isinstance(record, dict)
    json.dumps(record, ensure_ascii=False).encode("utf-8")
