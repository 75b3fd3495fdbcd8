"""What each mechanism of retrieval adds, one at a time: `python -m tests.ablation [QUESTIONS …] [--beir FOLDER=DATA_DIR …]`.

Every row is the product with the mechanisms named so far; the weights of the fusion are scaled to one sum, so that thresholds
keep their meaning. Figures carry bootstrap 95 % intervals; `ms` is the median time of a search, alone on the row.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace

from assistant.assistant import Assistant
from assistant.composing import context
from assistant.evaluation import beir
from assistant.evaluation.intervals import estimate
from assistant.evaluation.questions import Question, read_questions, read_titles
from assistant.evaluation.run import measure_questions
from assistant.index.layout import Folder
from assistant.models.minilm import MiniLM
from assistant.reading.criteria import Criteria
from assistant.retrieval.fusion import Weights
from assistant.retrieval.snapshot import IndexSnapshot, open_snapshot
from assistant.settings import load_settings

PARTS = ("keywords", "abstract", "window", "sentence", "late", "feedback")
SHOWN = (
    ("known_item", "r1"), ("known_item", "mrr"), ("facts", "answer_in_text"), ("lists", "f1"), ("lists", "map"), ("lists", "recall20"),
    ("summaries", "must_cite"), ("summaries", "precision"),
)  # fmt: skip


def weights(parts: tuple[str, ...]) -> Weights:
    """Return the product's weights with only `parts`, scaled to the sum of all."""
    whole = Weights()
    total = sum(getattr(whole, part) for part in PARTS)
    kept = {part: getattr(whole, part) for part in parts}
    scale = total / sum(kept.values())
    return Weights(**{one.name: kept.get(one.name, 0.0) * scale for one in fields(whole)})


def with_weights(view: IndexSnapshot, chosen: Weights) -> IndexSnapshot:
    """Return `view` searching with other weights."""
    return IndexSnapshot(view.state, replace(view.retriever, weights=chosen), view.names)


@contextmanager
def criteria_off() -> Iterator[None]:
    """Leave questions whole while this lasts."""
    kept = context.criteria
    context.criteria = SimpleNamespace(split=Criteria, applied=lambda asked, found, keywords: found)  # type: ignore[assignment]
    try:
        yield
    finally:
        context.criteria = kept


def main(arguments: list[str]) -> None:
    """Print one table for the questions and one for each collection."""
    collections = [one.split("=", 1) for one in arguments if "=" in one]
    folders = [Path(one) for one in arguments if "=" not in one and not one.startswith("--")] or [
        Path("tests/questions")
    ]
    assistant = Assistant(Folder(load_settings().corpus_dir), MiniLM())
    whole = assistant._view
    for folder in folders:
        asked = read_questions(folder), read_titles(folder)
        print(
            f"\n{folder}\n| | {' | '.join(f'{family} {name}' for family, name in SHOWN)} | ms |\n|{'---|' * (len(SHOWN) + 2)}"
        )
        for number in range(1, len(PARTS) + 1):
            assistant._view = with_weights(whole, weights(PARTS[:number]))
            with criteria_off():
                row("+ " + PARTS[number - 1] if number > 1 else PARTS[0], asked, assistant)
        assistant._view = whole
        row("+ criteria", asked, assistant)
    for folder, data in collections:
        public(Path(folder), Path(data))


def row(name: str, asked: tuple[list[Question], dict[str, str]], assistant: Assistant) -> None:
    """Print one configuration's figures on the questions."""
    report = measure_questions(*asked, assistant)
    found = {(one.family, one.name): estimate(one) for one in report.measures}
    cells = [
        f"{one.value:.3f} ({one.low:.2f}–{one.high:.2f})" if (one := found.get(key)) else "–"
        for key in SHOWN
    ]
    texts = [question.asks[0].text for question in asked[0]][:60]
    print(
        f"| {name} | {' | '.join(cells)} | {milliseconds(assistant._view, texts):.0f} |", flush=True
    )


def milliseconds(view: IndexSnapshot, texts: list[str]) -> float:
    """Return the median time of a search, in milliseconds."""
    times = []
    for text in texts:
        view.retriever.embedder.embed_query.__self__._remembered.cache_clear()  # type: ignore[attr-defined]
        start = time.perf_counter()
        view.retriever.search(text)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def public(folder: Path, data: Path) -> None:
    """Print nDCG@10 and recall of every configuration and the baselines on a BEIR collection."""
    collection = beir.read_collection(folder)
    whole = open_snapshot(Folder(data), MiniLM())
    print(f"\n{folder.name}")
    for number in range(1, len(PARTS) + 1):
        report = beir.measure_collection(collection, with_weights(whole, weights(PARTS[:number])))
        for one in report.measures:
            value = estimate(one)
            if number == len(PARTS) or one.family == "product":
                print(
                    f"{'+ ' if number > 1 else ''}{PARTS[number - 1]}: {one.family} {one.name} {value.value:.3f} ({value.low:.3f}–{value.high:.3f})",
                    flush=True,
                )
    whole.close()


if __name__ == "__main__":
    main(sys.argv[1:])
