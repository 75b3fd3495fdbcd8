"""The machine interface over every development question: its invariants, and the figures the README promises."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from assistant.assistant import Assistant
from assistant.cli.batch import run
from assistant.types import Paper
from tests import score
from tests.conftest import QUESTIONS

FAMILIES = ("known_item", "facts", "lists", "compare", "summaries", "unanswerable", "chats")
KEYS = [
    "id",
    "turn",
    "question",
    "kind",
    "text",
    "abstained",
    "citations",
    "retrieved",
    "model",
    "seconds",
]


@pytest.fixture(scope="module")
def answers(assistant: Assistant) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for family in FAMILIES:
        records = list(
            run((QUESTIONS / f"{family}.jsonl").read_text("utf-8").splitlines(), assistant)
        )
        found[family] = [record for record in records if isinstance(record, dict)]
        assert len(found[family]) == len(records)
    return found


def test_one_record_per_question_or_turn_in_order(answers: dict[str, list[dict[str, Any]]]) -> None:
    for family, records in answers.items():
        items = [
            json.loads(line)
            for line in (QUESTIONS / f"{family}.jsonl").read_text("utf-8").splitlines()
        ]
        expected = [
            (item["id"], turn)
            for item in items
            for turn in range(1, len(item.get("turns", [0])) + 1)
        ]
        assert [(record["id"], record["turn"]) for record in records] == expected
        assert all(list(record) == KEYS for record in records)


def test_invariants_hold_for_every_answer(
    answers: dict[str, list[dict[str, Any]]], corpus: list[Paper]
) -> None:
    papers = {paper.id: paper for paper in corpus}
    for record in (one for records in answers.values() for one in records):
        marked = {int(number) for number in re.findall(r"\[(\d+)\]", record["text"])}
        assert marked == {citation["number"] for citation in record["citations"]}, record[
            "question"
        ]
        assert record["abstained"] == (not record["citations"] and record["kind"] != "count")
        assert record["kind"] in {"list", "summary", "comparison", "fact", "count", "none"}
        assert (record["kind"] == "none") == record["abstained"]
        assert 0 < len(record["retrieved"]) <= 50
        assert len({one["paper_id"] for one in record["retrieved"]}) == len(record["retrieved"])
        for one in record["retrieved"]:
            assert one["title"] == papers[one["paper_id"]].title
        for citation in record["citations"]:
            paper = papers[citation["paper_id"]]
            assert (citation["title"], citation["url"]) == (paper.title, paper.url)
            assert citation["quotes"]
            for quote in citation["quotes"]:
                assert paper.abstract[quote["start"] : quote["end"]] == quote["text"]


def test_figures_reach_the_bars(
    answers: dict[str, list[dict[str, Any]]], corpus: list[Paper], tmp_path: Path
) -> None:
    for family, records in answers.items():
        (tmp_path / f"{family}.jsonl").write_text(
            "".join(json.dumps(record) + "\n" for record in records), "utf-8"
        )
    page = tmp_path / "corpus.jsonl"
    lines = [
        {"id": f"p{n:03}", "title": one.title, "abstract": one.abstract}
        for n, one in enumerate(corpus, 1)
    ]
    page.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    figures = score.main(str(QUESTIONS), str(tmp_path), str(page))
    assert figures["known_item"]["r1"] >= 0.85
    assert figures["known_item"]["r5"] >= 0.97
    assert figures["known_item"]["false_abstain"] <= 0.03
    assert figures["facts"]["answer_in_text"] >= 0.93
    assert figures["lists"]["f1"] >= 0.55
    assert figures["compare"]["all_sides_cited"] >= 0.95
    assert figures["compare"]["points"] >= 0.85
    assert figures["summaries"]["must_cite"] >= 0.8
    assert figures["unanswerable"]["off_topic"] == 1.0
    assert figures["unanswerable"]["near_miss"] >= 0.75
    assert figures["chats"]["follow_up_recall"] >= 0.85
    zero = {name: 0 for name in figures["integrity"] if name not in {"quotes", "citations"}}
    assert {name: figures["integrity"][name] for name in zero} == zero


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
