"""Papers → index: skip what is there, replace what changed, drop what is gone, in batches that survive a kill."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant.errors import StoreError
from assistant.index.bm25 import KeywordIndex
from assistant.index.layout import Folder, State
from assistant.index.paper_store import Store
from assistant.index.records import Embedded, EmbeddedPaper, Vector, built_with
from assistant.models.providers import as_counting
from assistant.types import IngestReport, Paper
from ingest import corpus_map
from ingest.bundled import vectors
from ingest.chunk import WINDOW_TOKENS, split
from ingest.record_fields import repair
from ingest.token_vectors import TokenWriter

BATCH = 16
Progress = Callable[[int], None]
"""Called with the number of papers that have just been stored."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an ingest is to do; `otherwise` are the papers of a rebuild that can read none back and is given none."""

    papers: Sequence[Paper]
    prune: bool = False
    rebuild: bool = False
    otherwise: Sequence[Paper] = ()


@dataclass(frozen=True, slots=True)
class _Making:
    """What an index is made with."""

    store: Store
    tokens: TokenWriter
    embedder: Embeddings


def index(
    plan: Plan, folder: Folder, embedder: Embeddings, progress: Progress = lambda _: None
) -> IngestReport:
    """Bring the index in `folder` to hold `plan.papers`; return what changed.

    Papers already there stay unless `prune`. An index in use is never written to: changes go into a copy, a `rebuild`
    into an empty folder, and readers see either only when it is whole. Raises StoreError at once when another process
    is writing.
    """
    started = time.perf_counter()
    with folder.writing():
        old = _readable_state(folder) if plan.rebuild else folder.state()
        if plan.rebuild and old:
            plan = _with_stored(plan, folder, old)
        if old and not plan.rebuild and (report := _nothing_to_do(plan, folder, old, embedder)):
            progress(len(plan.papers))
            return replace(report, seconds=time.perf_counter() - started)
        state = _target(folder, old, plan.rebuild)
        store = _create(folder.chroma(state), built_with(embedder))
        try:
            if folder.unfinished.exists():
                store.remove_orphans()
            folder.unfinished.touch()
            tokens = TokenWriter(folder.tokens(state), embedder)
            making = _Making(store, tokens, embedder)
            report = _apply(plan, making, progress)
            _complete(folder, state, making)
        finally:
            store.close()
        folder.publish(State(state.index, state.generation + 1))
        folder.unfinished.unlink(missing_ok=True)
        folder.drop_others(state, old or state)
    return replace(report, seconds=time.perf_counter() - started)


def _nothing_to_do(
    plan: Plan, folder: Folder, state: State, embedder: Embeddings
) -> IngestReport | None:
    """Return the report of an ingest that changes nothing, None when something is to change."""
    store = Store(folder.chroma(state), built_with(embedder))
    try:
        store.check()
        held = store.hashes()
        absent = held.keys() - {paper.id for paper in plan.papers}
        if any(held.get(paper.id) != paper.content_hash for paper in plan.papers) or (
            plan.prune and absent
        ):
            return None
        _complete(
            folder, state, _Making(store, TokenWriter(folder.tokens(state), embedder), embedder)
        )
    finally:
        store.close()
    return IngestReport(unchanged=len(plan.papers), absent=len(absent), total=len(held))


def _complete(folder: Folder, state: State, making: _Making) -> None:
    """Make the indexes and the map beside the store hold its papers."""
    papers = making.store.papers()
    KeywordIndex.rebuilt(folder.keywords(state), papers).close()
    making.tokens.complete(papers)
    corpus_map.complete(folder.atlas(state), making.store, papers, making.embedder)


def _readable_state(folder: Folder) -> State | None:
    """Return the state or, when it is damaged, one that names the newest index there is: a rebuild mends that."""
    try:
        return folder.state()
    except StoreError:
        numbers = [
            int(path.name.rpartition("-")[2])
            for path in folder.root.glob("index-*")
            if path.name[6:].isdigit()
        ]
        return State(f"index-{max(numbers)}", 0) if numbers else None


def _target(folder: Folder, old: State | None, rebuild: bool) -> State:
    """Return the index folder to write to: the one a first ingest left, a copy of the current one, or an empty one."""
    if old is None:
        return State("index-1", 0)
    number = int(old.index.rpartition("-")[2]) + 1
    state = State(f"index-{number}", old.generation)
    if rebuild:
        shutil.rmtree(folder.root / state.index, ignore_errors=True)
    else:
        folder.copy_index(old, state)
    return state


def _create(path: Path, mark: str) -> Store:
    """Open the index to write to; what a cut-off ingest left that does not fit is begun again."""
    try:
        return Store(path, mark, create=True)
    except StoreError:
        shutil.rmtree(path, ignore_errors=True)
        return Store(path, mark, create=True)


def _with_stored(plan: Plan, folder: Folder, old: State) -> Plan:
    """Return the plan with, unless pruning, the papers that only the old index knows, in its order.

    Where these cannot be read and the plan has none of its own, its `otherwise` stands in.
    """
    if plan.prune:
        return plan
    try:
        store = Store(folder.chroma(old), built_with=None)
        try:
            stored = store.papers()
        finally:
            store.close()
    except StoreError:
        return replace(plan, papers=plan.papers or plan.otherwise)
    mended = {
        key: replace(paper, title=repair(paper.title), abstract=repair(paper.abstract))
        for key, paper in stored.items()
    }
    return replace(
        plan, papers=list({**mended, **{paper.id: paper for paper in plan.papers}}.values())
    )


def _apply(plan: Plan, making: _Making, progress: Progress) -> IngestReport:
    papers, prune, store = plan.papers, plan.prune, making.store
    held = store.hashes()
    wanted = {paper.id for paper in papers}
    fresh = [paper for paper in papers if held.get(paper.id) != paper.content_hash]
    absent = [identifier for identifier in held if identifier not in wanted]
    progress(len(papers) - len(fresh))
    chunks = 0
    if prune:
        store.remove(absent)
    order = store.next_order()
    for batch in _batches(fresh):
        embedded = [_embedded(paper, making) for paper in batch]
        store.put(embedded, order)
        order += len(batch)
        chunks += sum(1 + len(one.windows) + len(one.sentences) for one in embedded)
        progress(len(batch))
    changed = sum(paper.id in held for paper in fresh)
    return IngestReport(
        added=len(fresh) - changed,
        changed=changed,
        unchanged=len(papers) - len(fresh),
        removed=len(absent) if prune else 0,
        absent=0 if prune else len(absent),
        total=store.count(),
        chunks=chunks,
    )


def _embedded(paper: Paper, making: _Making) -> EmbeddedPaper:
    making.tokens.add(
        [paper]
    )  # first: its abstract's run through the network is remembered for the vector
    return _embed(paper, making.embedder)


def _embed(paper: Paper, embedder: Embeddings) -> EmbeddedPaper:
    counting = as_counting(embedder)
    parts = split(paper, counting.count_tokens, min(counting.window_tokens, WINDOW_TOKENS))
    chunks = (parts.abstract, *parts.windows, *parts.sentences)
    found = _vectors([chunk.text for chunk in chunks], embedder)
    if counting.count_tokens(parts.abstract.text) > counting.max_tokens:
        # Longer than the embedder reads: the mean of its windows stands for the whole, so that nothing is dropped.
        found[0] = _unit(
            np.mean(np.asarray(found[1 : 1 + len(parts.windows)], dtype=np.float32), axis=0)
        )
    embedded = [Embedded(chunk, vector) for chunk, vector in zip(chunks, found, strict=True)]
    windows = len(parts.windows)
    return EmbeddedPaper(
        paper, embedded[0], tuple(embedded[1 : 1 + windows]), tuple(embedded[1 + windows :])
    )


def _vectors(texts: list[str], embedder: Embeddings) -> list[Vector]:
    """Return a vector per text, shipped where one is, else computed."""
    identity, shipped = vectors.shipped()
    known = shipped if identity == as_counting(embedder).identity else {}
    missing = [text for text in texts if vectors.key(text) not in known]
    made = embedder.embed_documents(missing) if missing else []
    computed: dict[str, Vector] = {
        text: _unit(vector) for text, vector in zip(missing, made, strict=True)
    }
    return [computed[text] if text in computed else known[vectors.key(text)] for text in texts]


def _unit(vector: Vector) -> NDArray[np.float32]:
    """Return `vector` at unit length: every cosine threshold relies on it, and not every embedder sees to it."""
    array = np.asarray(vector, dtype=np.float32)
    return array / np.float32(max(float(np.linalg.norm(array)), 1e-12))


def _batches(papers: Sequence[Paper]) -> Iterator[Sequence[Paper]]:
    for first in range(0, len(papers), BATCH):
        yield papers[first : first + BATCH]
