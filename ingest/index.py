"""Papers → index: skip what is there, replace what changed, drop what is gone, in batches that
survive a kill.
"""

import itertools
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace

from langchain_core.embeddings import Embeddings

from assistant.errors import StoreError
from assistant.index.bm25 import KeywordIndex
from assistant.index.late_interaction import LateIndex
from assistant.index.layout import Folder, State
from assistant.index.paper_store import Store
from assistant.index.papers import PaperRecords
from assistant.index.records import built_with
from assistant.types import IngestReport, Paper
from ingest.embed import minilm_of
from ingest.enrich import carried
from ingest.record_fields import repair
from ingest.writer import IndexWriter, complete_map

_log = logging.getLogger(__name__)
BATCH = 16
Progress = Callable[[int], None]
"""Called with the number of papers that have just been stored."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an ingest is to do; `otherwise` are the papers of a rebuild that can read none back and
    is given none, `anew` the files of the index, by name, that are made of the others again.
    `looked_up`: what services said of the papers is in them; else what is stored of that is kept.
    """

    papers: Sequence[Paper]
    prune: bool = False
    rebuild: bool = False
    otherwise: Sequence[Paper] = ()
    anew: Sequence[str] = ()
    looked_up: bool = False


def index(
    plan: Plan, folder: Folder, embedder: Embeddings, progress: Progress = lambda _: None
) -> IngestReport:
    """Bring the index in `folder` to hold `plan.papers`; return what changed.

    Papers already there stay unless `prune`. An index in use is never written to: changes go into a
    copy, a `rebuild` into an empty folder, and readers see either only when it is whole. Raises
    StoreError at once when another process is writing.
    """
    started = time.perf_counter()
    with folder.writing():
        old = _readable_state(folder) if plan.rebuild else folder.state()
        if old and not plan.looked_up:
            plan = _with_looked_up(plan, folder, old)
        if plan.rebuild and old:
            plan = _with_stored(plan, folder, old)
        if old and not plan.rebuild and (report := _nothing_to_do(plan, folder, old, embedder)):
            folder.drop_others(old)
            progress(len(plan.papers))
        else:
            report = _write(plan, folder, old, embedder, progress)
    report = replace(report, seconds=time.perf_counter() - started)
    _log.info("ingest into %s: %s", folder.root, report)
    return report


def _write(
    plan: Plan, folder: Folder, old: State | None, embedder: Embeddings, progress: Progress
) -> IngestReport:
    state = _target_state(folder, old, plan.rebuild)
    for name in plan.anew:
        (folder.root / state.index / name).unlink(missing_ok=True)
    with closing(IndexWriter(folder, state, embedder)) as writer:
        folder.unfinished.touch()
        report = _apply(plan, writer, progress)
        writer.complete()
    folder.publish(State(state.index, state.generation + 1))
    folder.unfinished.unlink(missing_ok=True)
    folder.drop_others(state)
    return report


def _nothing_to_do(
    plan: Plan, folder: Folder, state: State, embedder: Embeddings
) -> IngestReport | None:
    """Return the report of an ingest that changes nothing, None when something is to change."""
    if plan.anew:
        return None
    mark = built_with(embedder)
    with (
        closing(PaperRecords(folder.papers(state), mark)) as records,
        closing(Store(folder.chroma(state), mark)) as store,
    ):
        store.check()
        held = records.hashes()
        absent = held.keys() - {paper.id for paper in plan.papers}
        differs = any(held.get(paper.id) != paper.content_hash for paper in plan.papers)
        if differs or (plan.prune and absent) or not _is_whole(folder, state, records, embedder):
            return None
        # A map is replaced in one step, so that this alone may be mended where it is read.
        complete_map(folder.atlas(state), store, records.papers(), embedder)
    return IngestReport(unchanged=len(plan.papers), absent=len(absent), total=len(held))


def _is_whole(folder: Folder, state: State, records: PaperRecords, embedder: Embeddings) -> bool:
    """Tell whether what lies beside the papers fits them."""
    if not (folder.keywords(state).is_file() and folder.tokens(state).is_file()):
        return False
    try:
        with closing(KeywordIndex(folder.keywords(state))) as keywords:
            fits = keywords.holds(records.fingerprint)
        with closing(LateIndex(folder.tokens(state), minilm_of(embedder))) as tokens:
            return fits and records.is_current and tokens.fingerprint == records.fingerprint
    except sqlite3.DatabaseError:
        return False


def _readable_state(folder: Folder) -> State | None:
    """Return the state or, when it is damaged, one that names the newest index there is: a rebuild
    mends that.
    """
    try:
        return folder.state()
    except StoreError:
        numbers = [
            int(path.name.rpartition("-")[2])
            for path in folder.root.glob("index-*")
            if path.name[6:].isdigit()
        ]
        return State(f"index-{max(numbers)}", 0) if numbers else None


def _target_state(folder: Folder, old: State | None, rebuild: bool) -> State:
    """Return the index folder to write to: the one a first ingest left, a copy of the current one,
    or an empty one.
    """
    if old is None:
        return State("index-1", 0)
    state = State(f"index-{old.number + 1}", old.generation)
    if rebuild:
        folder.clear_index(state)
    else:
        folder.copy_index(old, state)
    return state


def _with_stored(plan: Plan, folder: Folder, old: State) -> Plan:
    """Return the plan with, unless pruning, the papers that only the old index knows, in its order.

    Where these cannot be read and the plan has none of its own, its `otherwise` stands in.
    """
    if plan.prune:
        return plan
    try:
        stored = stored_papers(folder, old)
    except StoreError:
        return replace(plan, papers=plan.papers or plan.otherwise)
    mended = {
        key: replace(paper, title=repair(paper.title), abstract=repair(paper.abstract))
        for key, paper in stored.items()
    }
    return replace(
        plan, papers=list({**mended, **{paper.id: paper for paper in plan.papers}}.values())
    )


def _with_looked_up(plan: Plan, folder: Folder, old: State) -> Plan:
    """Return the plan, its papers with what services said of them; see `ingest.enrich`."""
    held: dict[str, Paper] = {}
    with suppress(StoreError), closing(PaperRecords(folder.papers(old), None)) as records:
        held = records.looked_up()
    if not held:
        return plan
    papers = [carried(held[one.id], one) if one.id in held else one for one in plan.papers]
    return replace(plan, papers=papers)


def stored_papers(folder: Folder, state: State) -> dict[str, Paper]:
    """Return the papers of an index by id, whatever embedded them; StoreError where neither of its
    files has them.

    Chroma has them as well, and alone has them in an index of an earlier layout.
    """
    for opened in (
        lambda: PaperRecords(folder.papers(state), built_with=None),
        lambda: Store(folder.chroma(state), built_with=None),
    ):
        with suppress(StoreError), closing(opened()) as file:
            return file.papers()
    raise StoreError(f"the papers in {folder.root} cannot be read back")


def _apply(plan: Plan, writer: IndexWriter, progress: Progress) -> IngestReport:
    held = writer.records.hashes()
    wanted = {paper.id for paper in plan.papers}
    absent = [identifier for identifier in held if identifier not in wanted]
    unchanged = sum(held.get(paper.id) == paper.content_hash for paper in plan.papers)
    progress(unchanged)
    if plan.prune:
        writer.remove(absent)
    number = writer.records.next_number()
    chunks = added = changed = 0
    for batch in _batches(
        paper for paper in plan.papers if held.get(paper.id) != paper.content_hash
    ):
        chunks += writer.put(batch, number)
        number += len(batch)
        changed += sum(paper.id in held for paper in batch)
        added += sum(paper.id not in held for paper in batch)
        progress(len(batch))
    return IngestReport(
        added=added,
        changed=changed,
        unchanged=unchanged,
        removed=len(absent) if plan.prune else 0,
        absent=0 if plan.prune else len(absent),
        total=writer.records.count(),
        chunks=chunks,
    )


def _batches(papers: Iterable[Paper]) -> Iterator[list[Paper]]:
    rest = iter(papers)
    while batch := list(itertools.islice(rest, BATCH)):
        yield batch
