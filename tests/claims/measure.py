"""Measure the checker: `python -m tests.claims.measure [FILE …]`, by default dev.jsonl and
test.jsonl beside this file.

A file holds the claims of tests/claims/README.md, or public ones: {"claim", "evidence", "label"}
with labels SUPPORT, CONTRADICT, NOT_ENOUGH_INFO (SciFact, Wadden et al. 2020), or true/false
(ScholarQABench). Prints Markdown tables: verdicts by kind, then precision and recall of each
verdict.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from assistant.checking import check
from assistant.composing.written.postprocess import embedding_similarity
from assistant.models.minilm import MiniLM
from assistant.types import Paper
from ingest.read import bundled_papers

VERDICTS = ("supported", "partly supported", "not supported")
_PUBLIC = {"SUPPORT": "supported", "CONTRADICT": "not supported", "NOT_ENOUGH_INFO": "not supported", "true": "supported",
           "false": "not supported", "True": "supported", "False": "not supported"}  # fmt: skip


def main(files: list[Path]) -> None:
    """Print the tables of each file, with the embedder and without."""
    papers = {paper.title: paper for paper in bundled_papers()}
    similarity = embedding_similarity(MiniLM())
    for file in files:
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        sentences = {row["id"]: row.get("sentence", "") for row in rows}
        for name, used in (("words and MiniLM", similarity), ("words alone", None)):
            found = [
                (row, check(row.get("sentence") or row["claim"], [_paper(row, papers)], used))
                for row in rows
            ]
            print(f"\n### {file.name}, {len(rows)} pairs, {name}\n")
            _by_kind([(_kind(row, papers, sentences), one.verdict) for row, one in found])
            _by_verdict(
                [
                    (_PUBLIC.get(str(row["label"]), str(row["label"])), one.verdict)
                    for row, one in found
                ]
            )


def _paper(row: dict[str, Any], papers: dict[str, Paper]) -> Paper:
    return papers[row["paper"]] if "paper" in row else Paper("x", "", row["evidence"])


def _kind(row: dict[str, Any], papers: dict[str, Paper], sentences: dict[str, str]) -> str:
    """Return the kind of a pair; corruptions of figures and names by whether the abstract holds
    every word that was put in."""
    kind = row.get("kind") or str(row["label"])
    if kind not in ("number", "name"):
        return kind
    before, after = (
        set(re.findall(r"[\w.%/-]*\w", text.lower()))
        for text in (sentences[row["original"]], row["sentence"])
    )
    abstract = f"{row['paper']} {_paper(row, papers).abstract}".lower()
    foreign = any(word not in abstract for word in after - before)
    return f"{kind}, {'foreign to' if foreign else 'elsewhere in'} the abstract"


def _by_kind(found: list[tuple[str, str]]) -> None:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for kind, verdict in found:
        table[kind]["supported" if verdict == "quoted" else verdict] += 1
    print(f"| kind | pairs | {' | '.join(VERDICTS)} | flagged |\n|---|---|---|---|---|---|")
    for kind, counts in sorted(table.items()):
        total = sum(counts.values())
        flagged = total - counts["supported"]
        print(
            f"| {kind} | {total} | {' | '.join(str(counts[one]) for one in VERDICTS)} |"
            f" {flagged / total:.3f} |"
        )


def _by_verdict(found: list[tuple[str, str]]) -> None:
    print("\n| verdict | precision | recall |\n|---|---|---|")
    for verdict in VERDICTS:
        given = [
            label for label, one in found if (one if one != "quoted" else "supported") == verdict
        ]
        true = [one for label, one in found if label == verdict]
        right = sum(label == verdict for label in given)
        precision = f"{right / len(given):.3f}" if given else "–"
        print(f"| {verdict} | {precision} | {f'{right / len(true):.3f}' if true else '–'} |")


if __name__ == "__main__":
    here = Path(__file__).parent
    main([Path(one) for one in sys.argv[1:]] or [here / "dev.jsonl", here / "test.jsonl"])
