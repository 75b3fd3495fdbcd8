"""What each mechanism of retrieval adds, one at a time: `python -m tests.ablation [QUESTIONS …]
[FOLDER=DATA_DIR …]`.

Every row is the product with the mechanisms named so far; the weights of the fusion are scaled to
one sum, so that thresholds keep their meaning. Figures carry bootstrap 95 % intervals; `ms` is the
median time of a search, alone on the row. FOLDER is a BEIR collection, DATA_DIR its index.
"""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

from assistant.assistant import Assistant
from assistant.evaluation import beir
from assistant.evaluation.intervals import estimate
from assistant.evaluation.questions import Question, read_questions, read_titles
from assistant.evaluation.run import measure_questions
from assistant.index.layout import Folder
from assistant.models.minilm import MiniLM
from assistant.retrieval.fusion import Weights
from assistant.retrieval.snapshot import IndexSnapshot, open_snapshot
from assistant.settings import load_settings

PARTS = ("keywords", "abstract", "passage", "sentence", "queries", "feedback")
SHOWN = (
    ("known_item", "r1"),
    ("known_item", "mrr"),
    ("facts", "answer_in_text"),
    ("lists", "f1"),
    ("lists", "map"),
    ("lists", "recall20"),
    ("summaries", "must_cite"),
    ("summaries", "precision"),
)


def weigh_parts(parts: tuple[str, ...]) -> Weights:
    """Return the product's weights with only `parts`, scaled to the sum of all."""
    product = Weights()
    total = sum(getattr(product, part) for part in PARTS)
    scale = total / sum(getattr(product, part) for part in parts)
    return replace(
        product,
        **{part: getattr(product, part) * scale if part in parts else 0.0 for part in PARTS},
    )


def with_weights(snapshot: IndexSnapshot, weights: Weights) -> IndexSnapshot:
    """Return `snapshot` searching with other weights."""
    return replace(snapshot, retriever=replace(snapshot.retriever, weights=weights))


def main(arguments: list[str]) -> None:
    """Print one table for the questions and one for each collection."""
    collections = [argument.split("=", 1) for argument in arguments if "=" in argument]
    folders = [Path(argument) for argument in arguments if "=" not in argument]
    assistant = Assistant(Folder(load_settings().corpus_dir), MiniLM())
    product = assistant._index.snapshot()
    for folder in folders or [Path("tests/questions")]:
        asked = read_questions(folder), read_titles(folder)
        names = " | ".join(f"{family} {name}" for family, name in SHOWN)
        print(f"\n{folder}\n| | {names} | ms |\n|{'---|' * (len(SHOWN) + 2)}")
        for number in range(1, len(PARTS) + 1):
            assistant._index._snapshot = with_weights(product, weigh_parts(PARTS[:number]))
            print_row(name_row(number), asked, assistant)
        assistant._index._snapshot = product
    for folder, data in collections:
        print_collection(Path(folder), Path(data))


def name_row(number: int) -> str:
    """Return what the first `number` parts add to those before."""
    return f"{'+ ' if number > 1 else ''}{PARTS[number - 1]}"


def print_row(
    name: str, asked: tuple[list[Question], dict[str, str]], assistant: Assistant
) -> None:
    """Print one configuration's figures on the questions."""
    report = measure_questions(*asked, assistant)
    figures = {(measure.family, measure.name): estimate(measure) for measure in report.measures}
    cells = [
        f"{figure.value:.3f} ({figure.low:.2f}–{figure.high:.2f})"
        if (figure := figures.get(key))
        else "–"
        for key in SHOWN
    ]
    texts = [question.asks[0].text for question in asked[0]][:60]
    print(
        f"| {name} | {' | '.join(cells)} | {time_search(assistant._index.snapshot(), texts):.0f} |",
        flush=True,
    )


def time_search(snapshot: IndexSnapshot, texts: list[str]) -> float:
    """Return the median time of a search, in milliseconds."""
    times = []
    for text in texts:
        snapshot.retriever.questions.read.cache_clear()
        start = time.perf_counter()
        snapshot.retriever.search(text)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def print_collection(folder: Path, data: Path) -> None:
    """Print nDCG@10 and recall of every configuration and the baselines on a BEIR collection."""
    collection = beir.read_collection(folder)
    product = open_snapshot(Folder(data), MiniLM())
    print(f"\n{folder.name}")
    for number in range(1, len(PARTS) + 1):
        snapshot = with_weights(product, weigh_parts(PARTS[:number]))
        for measure in beir.measure_collection(collection, snapshot).measures:
            if number == len(PARTS) or measure.family == "product":
                figure = estimate(measure)
                told = f"{figure.value:.3f} ({figure.low:.3f}–{figure.high:.3f})"
                print(f"{name_row(number)}: {measure.family} {measure.name} {told}", flush=True)
    product.close()


if __name__ == "__main__":
    main(sys.argv[1:])
