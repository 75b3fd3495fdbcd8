"""How often a comparison's cell quotes a right sentence: `python -m tests.roles.measure`.

`labelled.jsonl` holds 40 abstracts of the bundled papers; for each row a careful reader (a language model that had not seen
the product) named the `best` sentences and those that are `ok`; none means that "not stated" is right.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from assistant.assistant import Assistant
from assistant.composing.extractive.table_cells import quote_cells
from assistant.composing.tables.table import Cell
from assistant.index.layout import Folder
from assistant.judging.cross_encoder.network import CrossEncoder
from assistant.judging.judge import gather
from assistant.models.providers import make_embedder
from assistant.reading.parsed_question import ParsedQuestion
from assistant.retrieval.snapshot import IndexSnapshot, open_snapshot
from assistant.settings import load_settings

LABELLED = Path(__file__).parent / "labelled.jsonl"


def measure(view: IndexSnapshot) -> dict[str, Counter[str]]:
    """Return by row how many cells are `best`, `ok`, rightly `empty`, `wrong`, `missing` or said
    though not stated."""
    by_title = {paper.title: paper for paper in view.retriever.papers.values()}
    found: dict[str, Counter[str]] = {}
    network = CrossEncoder()
    for line in LABELLED.read_text("utf-8").splitlines():
        record = json.loads(line)
        paper = by_title[record["title"]]
        question = f"Compare {paper.title}"
        parsed = ParsedQuestion(question, question, question, "comparison", question)
        evidence = gather(parsed, view.retriever.search(question), view, network)
        got = quote_cells(evidence, paper)
        for row, labels in record["labels"].items():
            places = _places(got.get(row.capitalize()), record["sentences"])
            found.setdefault(row, Counter())[_verdict(places, labels)] += 1
    return found


def right(counts: Counter[str]) -> float:
    """Return the share of cells that a careful reader would accept."""
    return (counts["best"] + counts["ok"] + counts["empty"]) / counts.total()


def _places(cell: Cell | None, sentences: list[str]) -> set[int]:
    quotes = (
        {quote.text.replace("\\", "") for source in cell.sources for quote in source.quotes}
        if cell
        else set()
    )
    return {n for n, sentence in enumerate(sentences) if sentence.replace("\\", "") in quotes}


def _verdict(places: set[int], labels: dict[str, list[int]]) -> str:
    if not places:
        return "missing" if labels["best"] else "empty"
    if places & set(labels["best"]):
        return "best"
    if places & set(labels["ok"]):
        return "ok"
    return "wrong" if labels["best"] or labels["ok"] else "said though not stated"


if __name__ == "__main__":
    settings = load_settings()
    Assistant.open(settings).close()  # builds the index where there is none
    for row, counts in measure(
        open_snapshot(Folder(settings.corpus_dir), make_embedder(settings.embedder))
    ).items():
        print(f"{row:14} right {right(counts):.3f}  {dict(counts)}")
