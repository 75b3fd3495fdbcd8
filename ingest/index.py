"""Papers → index: skip what is there, replace what changed, drop what is gone, in batches that survive a kill."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from langchain_core.embeddings import Embeddings

from assistant.errors import StoreError
from assistant.folder import Folder, State
from assistant.keywords import KeywordIndex
from assistant.models import as_counting
from assistant.store import Embedded, EmbeddedPaper, Store, Vector, built_with
from assistant.types import IngestReport, Paper
from ingest import vectors
from ingest.chunk import WINDOW_TOKENS, split

BATCH = 16
Progress = Callable[[int], None]
"""Called with the number of papers that have just been stored."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an ingest is to do."""

    papers: Sequence[Paper]
    prune: bool = False
    rebuild: bool = False


def index(plan: Plan, folder: Folder, embedder: Embeddings, progress: Progress = lambda _: None) -> IngestReport:
    """Bring the index in `folder` to hold `plan.papers`; return what changed.

    Papers already there stay unless `prune`. `rebuild` embeds everything again into a new folder and switches to
    it at the end. Raises StoreError at once when another process is writing.
    """
    started = time.perf_counter()
    with folder.writing():
        old = folder.state() if not plan.rebuild else _readable_state(folder)
        papers = _with_stored(plan, folder, old) if plan.rebuild and old else list(plan.papers)
        state = _target(folder, old, plan.rebuild)
        store = _create(folder, state, built_with(embedder), published=not plan.rebuild and old is not None)
        try:
            if folder.unfinished.exists():
                store.remove_orphans()
            report = _apply(replace(plan, papers=papers), folder, store, embedder, progress)
            _sync_keywords(store, folder.keywords(state))
        finally:
            store.close()
        if state != old or report.added or report.changed or report.removed:
            folder.publish(State(state.index, state.generation + 1))
        folder.unfinished.unlink(missing_ok=True)
        folder.drop_others(state)
    return replace(report, seconds=time.perf_counter() - started)


def _readable_state(folder: Folder) -> State | None:
    """Return the state, None also when it is damaged: a rebuild mends that."""
    try:
        return folder.state()
    except StoreError:
        return None


def _target(folder: Folder, old: State | None, rebuild: bool) -> State:
    """Return the index folder to write to: the current one, the one a first ingest left, or a new one."""
    if old is None:
        return State("index-1", 0)
    if not rebuild:
        return old
    number = int(old.index.rpartition("-")[2]) + 1
    return State(f"index-{number}", old.generation)


def _create(folder: Folder, state: State, mark: str, published: bool) -> Store:
    """Open the index to write to; one that was never published and does not fit is begun again."""
    path = folder.chroma(state)
    if published:
        return Store(path, mark)
    try:
        return Store(path, mark, create=True)
    except StoreError:
        shutil.rmtree(path, ignore_errors=True)
        return Store(path, mark, create=True)


def _with_stored(plan: Plan, folder: Folder, old: State) -> list[Paper]:
    """Return the plan's papers and, unless pruning, those that only the old index knows, in its order."""
    papers = {paper.id: paper for paper in plan.papers}
    if plan.prune:
        return list(papers.values())
    try:
        store = Store(folder.chroma(old), built_with=None)
    except StoreError:
        return list(papers.values())
    try:
        return list({**store.papers(), **papers}.values())
    except StoreError:
        return list(papers.values())
    finally:
        store.close()


def _apply(plan: Plan, folder: Folder, store: Store, embedder: Embeddings, progress: Progress) -> IngestReport:
    papers, prune = plan.papers, plan.prune
    held = store.hashes()
    wanted = {paper.id for paper in papers}
    fresh = [paper for paper in papers if held.get(paper.id) != paper.content_hash]
    absent = [identifier for identifier in held if identifier not in wanted]
    if fresh or (prune and absent):
        folder.unfinished.touch()
    progress(len(papers) - len(fresh))
    chunks = 0
    if prune:
        store.remove(absent)
    order = store.next_order()
    for batch in _batches(fresh):
        embedded = [_embed(paper, embedder) for paper in batch]
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


def _embed(paper: Paper, embedder: Embeddings) -> EmbeddedPaper:
    counting = as_counting(embedder)
    parts = split(paper, counting.count_tokens, min(counting.window_tokens, WINDOW_TOKENS))
    chunks = (parts.abstract, *parts.windows, *parts.sentences)
    found = _vectors([chunk.text for chunk in chunks], embedder)
    embedded = [Embedded(chunk, vector) for chunk, vector in zip(chunks, found, strict=True)]
    windows = len(parts.windows)
    return EmbeddedPaper(paper, embedded[0], tuple(embedded[1 : 1 + windows]), tuple(embedded[1 + windows :]))


def _vectors(texts: list[str], embedder: Embeddings) -> list[Vector]:
    """Return a vector per text, shipped where one is, else computed."""
    identity, shipped = vectors.shipped()
    known = shipped if identity == as_counting(embedder).identity else {}
    missing = [text for text in texts if vectors.key(text) not in known]
    computed: dict[str, Vector] = dict(zip(missing, embedder.embed_documents(missing) if missing else [], strict=True))
    return [computed[text] if text in computed else known[vectors.key(text)] for text in texts]


def _sync_keywords(store: Store, path: Path) -> None:
    keywords = KeywordIndex(path)
    try:
        keywords.sync(store.papers())
    finally:
        keywords.close()


def _batches(papers: Sequence[Paper]) -> Iterator[Sequence[Paper]]:
    for first in range(0, len(papers), BATCH):
        yield papers[first : first + BATCH]
