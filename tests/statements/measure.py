"""Statements in free words, checked: `python -m tests.statements.measure [--model NAME] [dev|held]`."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

from assistant.assistant import Assistant
from assistant.checking import check
from assistant.composing.written.postprocess import ACCEPTED, embedding_similarity

HERE = Path(__file__).parent


def main(name: str) -> None:
    """Print by kind how many wrong statements pass, and how many right ones are flagged."""
    assistant = Assistant.open()
    papers = {paper.id: paper for paper in assistant.papers()}
    similarity, known = embedding_similarity(assistant.embedder), assistant.snapshot.systems
    told: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for line in (HERE / f"{name}.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        finding = check(row["statement"], [papers[row["paper"]]], similarity, known)
        passes = finding.verdict in ACCEPTED
        for kind in (row["kind"], "all"):
            told[row["label"], kind].append(passes == (row["label"] == "wrong"))
    for (label, kind), failed in sorted(told.items()):
        what = "passed as supported" if label == "wrong" else "flagged"
        print(f"{label:5} {kind:8} {sum(failed) / len(failed):.2f} of {len(failed)} {what}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", nargs="?", choices=("dev", "held"), default="dev")
    main(parser.parse_args().set)
