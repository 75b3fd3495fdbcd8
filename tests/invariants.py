"""Count broken invariants in answers that `paper-assistant batch` wrote: `python -m
tests.invariants FILE.jsonl …`.

Per file, and in all: answers, those a model wrote, citations, invented ones (papers or numbers that
are not there), quotes that are not the words of the abstract at their place, citations that nothing
uses, sentences, marked ones, and unmarked ones that do not pass the checker (anything but quoted,
supported, or no citation needed).
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from assistant.checking import check_answer, claims
from assistant.composing.written.postprocess import embedding_similarity
from assistant.models.minilm import MiniLM
from assistant.text.citation_markers import MARK, MARKER
from assistant.types import QUOTES, Paper
from ingest.read import bundled_papers

COLUMNS = (
    "answers",
    "by a model",
    "citations",
    "invented",
    "quotes",
    "not verbatim",
    "unused",
    "sentences",
    "marked",
    "failing",
)
PASSES = ("quoted", "supported", "no citation needed")


def main(files: list[Path]) -> None:
    """Print one row per file and one for all."""
    papers = {paper.id: paper for paper in bundled_papers()}
    similarity = embedding_similarity(MiniLM())
    print(f"| answers to | {' | '.join(COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 1)}")
    total: Counter[str] = Counter()
    for file in files:
        found: Counter[str] = Counter()
        for line in file.read_text("utf-8").splitlines():
            found += _counts(json.loads(line), papers, similarity)
        total += found
        _row(file.stem, found)
    _row("all", total)


def _counts(record: dict[str, Any], papers: dict[str, Paper], similarity: Any) -> Counter[str]:
    text, cited = record["text"], {one["number"]: one for one in record["citations"]}
    found: Counter[str] = Counter(answers=1, citations=len(cited))
    found["by a model"] = record["model"] != QUOTES
    used = {int(number) for number in MARKER.findall(MARK.sub("", text))}
    found["unused"] = len(set(cited) - used)
    found["invented"] = len(used - set(cited)) + sum(
        one["paper_id"] not in papers for one in cited.values()
    )
    for one in cited.values():
        abstract = papers[one["paper_id"]].abstract if one["paper_id"] in papers else ""
        found["quotes"] += len(one["quotes"])
        found["not verbatim"] += sum(
            abstract[span["start"] : span["end"]] != span["text"] for span in one["quotes"]
        )
    if record["abstained"] or record["kind"] == "count":
        return found  # it claims nothing of a paper, or only what the bibliography says
    sources = {
        number: papers[one["paper_id"]]
        for number, one in cited.items()
        if one["paper_id"] in papers
    }
    for claim, one in zip(claims(text), check_answer(text, sources, similarity), strict=True):
        marked = MARK.match(text, claim.end) is not None
        found["sentences"] += 1
        found["marked"] += marked
        found["failing"] += not marked and one.verdict not in PASSES
    return found


def _row(name: str, found: Counter[str]) -> None:
    print(f"| {name} | {' | '.join(str(found[column]) for column in COLUMNS)} |")


if __name__ == "__main__":
    main([Path(one) for one in sys.argv[1:]])
