"""What an index costs, and how that grows with its papers: `python -m tests.bench.growth
FOLDER=DATA_DIR:CORPUS …`.

FOLDER is a BEIR collection (its queries are searched for), DATA_DIR:CORPUS its index, made by
`paper-assistant ingest FOLDER/corpus.jsonl --corpus CORPUS --data-dir DATA_DIR`. A law needs the
same texts in several sizes: parts of one collection. Each index is opened in a process of its own.
Prints disk by part, seconds to open, memory, milliseconds of CPU
and of the clock of a search, and of answers, one at a time and eight at once; with two or more indexes of each the law a·papers^b that fits best
(least squares of logarithms), and what it says of larger corpora.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from assistant.assistant import Assistant
from assistant.evaluation.beir import read_collection
from assistant.settings import load_settings

PARTS = (
    "chroma", "papers.sqlite3", "sources.sqlite3", "keywords.sqlite3", "tokens.sqlite3",
    "queries.sqlite3", "atlas.json",
)  # fmt: skip
SEARCHED = 60
FORETOLD = (10_000, 100_000)
_LAWS = ("MB on disk", "seconds to open", "MB of memory", "search p50 ms", "search p95 ms")


def main(arguments: list[str]) -> None:
    """Measure each index, print the rows and the laws."""
    rows = []
    for argument in arguments:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.growth", "--one", argument],
            capture_output=True,
            text=True,
            check=True,
        )
        rows.append(json.loads(done.stdout.splitlines()[-1]))
    for name in rows[0]:
        print(f"{name:22}", *(f"{row[name]:>12,.4g}" for row in rows))
    papers = np.log([row["papers"] for row in rows])
    for name in _LAWS if len(rows) > 1 else ():
        power, factor = np.polyfit(papers, np.log([row[name] for row in rows]), 1)
        told = ", ".join(f"{np.exp(factor) * n**power:,.4g} at {n:,}" for n in FORETOLD)
        print(f"{name}: {np.exp(factor):.3g} · papers^{power:.2f}; {told}")


def measure(folder: Path, data_dir: Path, corpus: str) -> dict[str, float]:
    """Return the figures of one index, opened in this process."""
    settings = load_settings(data_dir=data_dir, corpus=corpus)
    started = time.perf_counter()
    assistant = Assistant.open(settings)
    opened = time.perf_counter() - started
    retriever = assistant.snapshot.retriever
    texts = list(read_collection(folder).texts.values())[: SEARCHED + 5]
    for text in texts[:5]:
        retriever.search(text)
    clock, cpu = [], []
    for text in texts[5:]:
        began, busy = time.perf_counter(), time.process_time()
        retriever.search(text)
        clock.append(1000 * (time.perf_counter() - began))
        cpu.append(1000 * (time.process_time() - busy))
    memory = _most_memory()
    alone, eight = _answered(assistant, texts)
    index = assistant.snapshot.state.index
    root = settings.corpus_dir / index
    sizes = {name: _megabytes(root / name) for name in PARTS}
    return {
        "papers": len(retriever.papers),
        "MB on disk": sum(sizes.values()),
        **{f"  {name}": size for name, size in sizes.items()},
        "seconds to open": opened,
        "MB of memory": memory,
        "search p50 ms": float(np.percentile(clock, 50)),
        "search p95 ms": float(np.percentile(clock, 95)),
        "search p50 ms of CPU": float(np.percentile(cpu, 50)),
        "answer p50 ms": float(np.percentile(alone, 50)),
        "answer p95 ms": float(np.percentile(alone, 95)),
        "eight at once p95 ms": float(np.percentile(eight, 95)),
        "MB of memory then": _most_memory(),
    }


def _answered(assistant: Assistant, texts: list[str]) -> tuple[list[float], list[float]]:
    """Return the milliseconds that answers by quotation take, one at a time and eight at once."""

    def answer(text: str) -> float:
        began = time.perf_counter()
        assistant.ask(text)
        return 1000 * (time.perf_counter() - began)

    for text in texts[:5]:
        answer(text)
    half = len(texts) // 2
    alone = [answer(text) for text in texts[5:half]]
    with ThreadPoolExecutor(8) as eight:
        return alone, list(eight.map(answer, texts[half:]))


def _most_memory() -> float:
    """Return the most memory of this process so far (Linux): what getrusage says counts what the
    process that began it had.
    """
    status = Path("/proc/self/status").read_text("utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _megabytes(path: Path) -> float:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(one.stat().st_size for one in files if one.is_file()) / 1e6


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        name, _, place = sys.argv[2].partition("=")
        data, _, corpus_name = place.rpartition(":")
        print(json.dumps(measure(Path(name), Path(data), corpus_name)))
    else:
        main(sys.argv[1:])
