"""Collections in BEIR layout (Thakur et al. 2021): queries and judgements → how well the product ranks, beside baselines."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.assistant import LONGEST_QUESTION
from assistant.composing.context import without_filters
from assistant.errors import EvaluationError
from assistant.evaluation.jsonl_io import records, text_of
from assistant.evaluation.metrics import Measure
from assistant.evaluation.ranking import per_question
from assistant.evaluation.report import Report
from assistant.retrieval.hybrid import NO_FILTERS
from assistant.retrieval.snapshot import IndexSnapshot

METRICS = {"ndcg10": "nDCG@10", "recall20": "Recall@20", "recall100": "Recall@100"}
BASELINES = ("bm25", "vectors", "rrf")
_PREFIX = "beir:"
_DEPTH = 100
_POOL = 1000
_RRF = 60  # Cormack, Clarke & Büttcher 2009

Judgements = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Collection:
    """The judged queries of a split: their texts, and the grades of papers, by query."""

    split: str
    texts: Mapping[str, str]
    grades: Judgements


def read(folder: Path, split: str | None = None, limit: int | None = None) -> Collection:
    """Return the first `limit` judged queries of `folder`; EvaluationError says what is missing."""
    path = _judgements_of(folder, split)
    grades = _grades(path)
    texts = {}
    for place, record in records(folder / "queries.jsonl"):
        identifier, text = record.get("_id"), record.get("text")
        if not isinstance(identifier, str | int) or not isinstance(text, str) or not text.strip():
            raise EvaluationError(f'{place}: expected {{"_id": "…", "text": "…"}}')
        texts[str(identifier)] = text
    judged = [key for key, found in grades.items() if max(found.values()) > 0]
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


def _judgements_of(folder: Path, split: str | None) -> Path:
    present = sorted(folder.glob("qrels/*.tsv"))
    if not present:
        raise EvaluationError(
            f"{folder} holds no qrels/*.tsv; give a folder in BEIR layout: queries.jsonl and qrels/test.tsv"
        )
    wanted = split or ("test" if any(one.stem == "test" for one in present) else present[0].stem)
    if found := next((one for one in present if one.stem == wanted), None):
        return found
    raise EvaluationError(
        f"{folder} holds no qrels/{wanted}.tsv; there is --split {' or '.join(one.stem for one in present)}"
    )


def _grades(path: Path) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for number, line in enumerate(text_of(path).splitlines(), 1):
        fields = line.split("\t")
        if not line.strip() or (number == 1 and fields[-1].strip() == "score"):
            continue
        try:
            query, paper, grade = fields
            found[query][paper] = int(grade)
        except ValueError as error:
            raise EvaluationError(
                f"{path}:{number}: expected query-id, corpus-id and a whole number, with tabs between"
            ) from error
    return found


def measured(
    collection: Collection, view: IndexSnapshot, advance: Callable[[int], None] = lambda _: None
) -> Report:
    """Search for every query, by the product and by each baseline, and return what that measures."""
    grades, missing = _known(collection.grades, view)
    rankings: dict[str, dict[str, Sequence[str]]] = {name: {} for name in ("product", *BASELINES)}
    milliseconds = {}
    for key, text in collection.texts.items():
        text = text[:LONGEST_QUESTION]
        rankings["product"][key], milliseconds[key] = _product(view, text)
        for name, ranked in _baselines(view, text).items():
            rankings[name][key] = ranked
        advance(1)
    measures = [one for name, ranked in rankings.items() for one in _measures(name, grades, ranked)]
    times = {key: (spent, 1.0) for key, spent in milliseconds.items()}
    measures.append(Measure("product", "ms", "milliseconds a query, median", times, "p50", "lower"))
    papers = len(view.retriever.papers)
    about: dict[str, str | int] = {
        "kind": "beir",
        "split": collection.split,
        "questions": len(grades),
        "papers": papers,
    }
    return Report({**about, "not_indexed": missing}, tuple(measures), collection.texts)


def _known(grades: Judgements, view: IndexSnapshot) -> tuple[Judgements, int]:
    """Return the grades by the index's own ids, and how many relevant papers it lacks; these count as not found."""
    papers = view.retriever.papers

    def called(identifier: str) -> str:
        return identifier if identifier in papers else _PREFIX + identifier

    found = {
        key: {called(paper): grade for paper, grade in some.items()} for key, some in grades.items()
    }
    relevant = {paper for some in found.values() for paper, grade in some.items() if grade > 0}
    missing = len(relevant - set(papers))
    if missing == len(relevant):
        raise EvaluationError(
            "none of the judged papers is in this index; ingest the collection's corpus.jsonl first"
        )
    return found, missing


def _product(view: IndexSnapshot, text: str) -> tuple[list[str], float]:
    """Return what `paper-assistant search` finds, and in how many milliseconds."""
    started = time.perf_counter()
    asked, filters = without_filters(view, text, NO_FILTERS)
    found = view.retriever.search(asked or "papers", filters, _DEPTH).candidates
    return [one.paper.id for one in found], 1000 * (time.perf_counter() - started)


def _baselines(view: IndexSnapshot, text: str) -> dict[str, list[str]]:
    query = view.retriever.understand(text)
    words = _best(query.keywords.scores)
    near = _best(view.retriever.store.abstracts(query.vector, _POOL))
    return {"bm25": words[:_DEPTH], "vectors": near[:_DEPTH], "rrf": fused(words, near)[:_DEPTH]}


def fused(*rankings: Sequence[str]) -> list[str]:
    """Return papers by reciprocal rank fusion (k = 60): twice second is better than first and fourth.

    >>> fused(["a", "b", "c", "d"], ["c", "b", "d", "a"])
    ['c', 'b', 'a', 'd']
    >>> fused(["a", "b", "c", "d"], ["d", "b", "c", "a"])[0]
    'b'
    """
    scores: dict[str, float] = defaultdict(float)
    for ranked in rankings:
        for place, paper in enumerate(ranked, 1):
            scores[paper] += 1 / (_RRF + place)
    return _best(scores)


def _best(scores: Mapping[str, float]) -> list[str]:
    return sorted(scores, key=lambda paper: (-scores[paper], paper))[:_POOL]


def _measures(
    system: str, grades: Judgements, ranked: Mapping[str, Sequence[str]]
) -> Iterator[Measure]:
    for name, values in per_question(list(METRICS), grades, ranked).items():
        yield Measure(
            system, name, METRICS[name], {key: (value, 1.0) for key, value in values.items()}
        )
