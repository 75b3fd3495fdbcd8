"""Collections in BEIR layout (Thakur et al. 2021) → how well the product ranks."""

import csv
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from assistant.errors import EvaluationError
from assistant.evaluation.files import read_records, read_text
from assistant.evaluation.intervals import difference, estimate
from assistant.evaluation.measures import Measure, measure_rankings
from assistant.evaluation.report import Report, family_name, figure, headline, interval
from assistant.reading.question import LONGEST_QUESTION
from assistant.retrieval.filters import parse_filters
from assistant.retrieval.fusion import fuse_ranks
from assistant.retrieval.snapshot import IndexSnapshot

METRICS = {"ndcg10": "nDCG@10", "recall20": "Recall@20", "recall100": "Recall@100"}
BASELINES = ("bm25", "vectors", "rrf")
_PREFIX = "beir:"
_DEPTH = 100
_POOL = 1000

Judgements = Mapping[str, Mapping[str, int]]
"""The grades of papers, by query."""


@dataclass(frozen=True, slots=True)
class Collection:
    """The judged queries of a split: their texts, and the grades of papers, by query."""

    split: str
    texts: Mapping[str, str]
    grades: Judgements


def read_collection(folder: Path, split: str | None = None, limit: int | None = None) -> Collection:
    """Return the first `limit` judged queries of `folder`; EvaluationError says what is missing."""
    path = _judgements_path(folder, split)
    grades = _read_grades(path)
    texts = {}
    for source, record in read_records(folder / "queries.jsonl"):
        identifier, text = record.get("_id"), record.get("text")
        if not isinstance(identifier, str | int) or not isinstance(text, str) or not text.strip():
            raise EvaluationError(f'{source}: expected {{"_id": "…", "text": "…"}}')
        texts[str(identifier)] = text
    judged = [key for key, some in grades.items() if max(some.values()) > 0]
    if unknown := [key for key in judged if key not in texts]:
        raise EvaluationError(
            f"{path}: the query {unknown[0]!r} is not in {folder / 'queries.jsonl'}"
        )
    if not judged:
        raise EvaluationError(f"{path}: no query has a relevant paper")
    chosen = judged[:limit]
    return Collection(
        path.stem, {key: texts[key] for key in chosen}, {key: grades[key] for key in chosen}
    )


def _judgements_path(folder: Path, split: str | None) -> Path:
    paths = {path.stem: path for path in sorted(folder.glob("qrels/*.tsv"))}
    if not paths:
        raise EvaluationError(
            f"{folder} holds no qrels/*.tsv; "
            "give a folder in BEIR layout: queries.jsonl and qrels/test.tsv"
        )
    wanted = split or ("test" if "test" in paths else next(iter(paths)))
    if wanted not in paths:
        raise EvaluationError(
            f"{folder} holds no qrels/{wanted}.tsv; there is --split {' or '.join(paths)}"
        )
    return paths[wanted]


def _read_grades(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    lines = csv.reader(read_text(path).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    for number, fields in enumerate(lines, 1):
        if not fields or (number == 1 and fields[-1].strip() == "score"):
            continue
        try:
            query, paper, grade = fields
            grades[query][paper] = int(grade)
        except ValueError as error:
            raise EvaluationError(
                f"{path}:{number}: expected query-id, corpus-id and a whole number, "
                "with tabs between"
            ) from error
    return grades


def measure_collection(
    collection: Collection, index: IndexSnapshot, advance: Callable[[int], None] = lambda _: None
) -> Report:
    """Search for every query, by the product and by each baseline."""
    grades, missing = _indexed(collection.grades, index)
    rankings: dict[str, dict[str, Sequence[str]]] = {name: {} for name in ("product", *BASELINES)}
    milliseconds = {}
    for key, text in collection.texts.items():
        text = text[:LONGEST_QUESTION]
        started = time.perf_counter()
        rankings["product"][key] = _search(index, text)
        milliseconds[key] = (1000 * (time.perf_counter() - started), 1.0)
        for name, ranked in _baselines(index, text).items():
            rankings[name][key] = ranked
        advance(1)
    measures = [
        Measure(system, name, METRICS[name], {key: (value, 1.0) for key, value in values.items()})
        for system, ranked in rankings.items()
        for name, values in measure_rankings(METRICS, grades, ranked).items()
    ]
    label = "milliseconds a query, median"
    measures.append(Measure("product", "ms", label, milliseconds, "p50", "lower"))
    about: dict[str, str | int] = {
        "kind": "beir",
        "split": collection.split,
        "questions": len(grades),
        "papers": len(index.retriever.papers),
        "not_indexed": missing,
    }
    return Report(about, tuple(measures), collection.texts)


def _indexed(grades: Judgements, index: IndexSnapshot) -> tuple[Judgements, int]:
    """Return grades by the index's ids, and how many relevant papers it lacks: never found."""
    papers = index.retriever.papers

    def own(paper: str) -> str:
        return paper if paper in papers else _PREFIX + paper

    known = {
        key: {own(paper): grade for paper, grade in some.items()} for key, some in grades.items()
    }
    relevant = {paper for some in known.values() for paper, grade in some.items() if grade > 0}
    missing = len(relevant - set(papers))
    if missing == len(relevant):
        raise EvaluationError(
            "none of the judged papers is in this index; ingest the collection's corpus.jsonl first"
        )
    return known, missing


def _search(index: IndexSnapshot, text: str) -> list[str]:
    question, filters = parse_filters(text)
    candidates = index.retriever.search(question or "papers", filters, _DEPTH).candidates
    return [candidate.paper.id for candidate in candidates]


def _baselines(index: IndexSnapshot, text: str) -> dict[str, list[str]]:
    query = index.retriever.understand(text)
    keywords = index.retriever.keywords
    words = list(keywords.best(query.keywords.scores, _POOL))
    near = _best(index.retriever.store.nearest(query.vector, _POOL))
    fused = _best(fuse_ranks(words, near))
    return {"bm25": words[:_DEPTH], "vectors": near[:_DEPTH], "rrf": fused[:_DEPTH]}


def _best(scores: Mapping[str, float]) -> list[str]:
    return sorted(scores, key=lambda paper: (-scores[paper], paper))[:_POOL]


def show(report: Report) -> None:
    """Print a row per system, the gain over the best baseline by each measure, the time."""
    console = Console(highlight=False)
    measures = report.by_name()
    console.print(headline(report), style="bold")
    if missing := report.about.get("not_indexed"):
        console.print(f"{missing} relevant papers are not in this index; they count as not found")
    table = Table(box=None, pad_edge=False)
    table.add_column("", no_wrap=True)
    for label in METRICS.values():
        table.add_column(label, justify="right", no_wrap=True)
    for system in ("product", *BASELINES):
        table.add_row(family_name(system), *(_cell(measures[system, name]) for name in METRICS))
    table.add_row("over best", *(_gain(measures, name) for name in METRICS))
    console.print(table)
    console.print("RRF: both fused by rank; over best: product − the best of the others")
    time_taken = figure(estimate(measures["product", "ms"]).value, "p50")
    console.print(f"{time_taken} ms a query (median)")


def best_baseline(measures: Mapping[tuple[str, str], Measure], name: str) -> Measure:
    """Return the baseline that is best by the measure called `name`."""
    of_baselines = (measures[system, name] for system in BASELINES)
    return max(of_baselines, key=lambda measure: estimate(measure).value)


def _cell(measure: Measure) -> str:
    found = estimate(measure)
    return f"{figure(found.value, 'mean')} ({interval(found, 'mean', to='–')})"


def _gain(measures: Mapping[tuple[str, str], Measure], name: str) -> str:
    gain = difference(best_baseline(measures, name), measures["product", name])
    return f"{figure(gain.value, 'mean', True)} ({interval(gain, 'mean', True, to='…')})"
