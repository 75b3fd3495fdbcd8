"""Papers → index: only what changed is written, in batches that survive a kill."""

import itertools
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace

from langchain_core.embeddings import Embeddings

from assistant.errors import StoreError
from assistant.index.bm25 import KeywordIndex
from assistant.index.late_interaction import LateIndex
from assistant.index.layout import Folder, State
from assistant.index.paper_store import Store
from assistant.index.papers import PaperRecords
from assistant.index.query_vectors import QueryVectors
from assistant.index.records import built_with
from assistant.types import IngestReport, Paper
from ingest.corpus_merge import changes_nothing, merge_into, merge_looked_up
from ingest.embed import EncodedPaper, Encoder
from ingest.merging import Merging
from ingest.record_fields import repair
from ingest.same_paper import MergedPaper
from ingest.source_records import SourceRecords, of_no_file, open_records
from ingest.writer import IndexWriter, complete_map

_log = logging.getLogger(__name__)
Progress = Callable[[int], None]
"""Called with the number of papers that have just been stored."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an ingest is to do.

    `otherwise` stands in where a rebuild can read no paper back; `anew` are files of the index to
    make of the others again; `looked_up`: the papers are the index's, with what services said.
    """

    papers: Sequence[Paper]
    prune: bool = False
    rebuild: bool = False
    otherwise: Sequence[Paper] = ()
    anew: Sequence[str] = ()
    looked_up: bool = False
    encoder: Encoder | None = None


def index(
    plan: Plan, folder: Folder, embedder: Embeddings, progress: Progress = lambda _: None
) -> IngestReport:
    """Bring the index in `folder` to hold `plan.papers`; return what changed.

    Known papers are merged with what was read of them; unchanged text is not embedded again. Others
    stay unless `prune`. Changes go into a copy, a `rebuild` into an empty folder, which readers see
    when it is whole. StoreError at once when another process is writing.
    """
    started = time.perf_counter()
    with folder.writing():
        old = _readable_state(folder) if plan.rebuild else folder.state()
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
    with (
        closing(IndexWriter(folder, state, embedder, plan.encoder)) as writer,
        closing(_brought_up(folder, state, writer)) as known,
    ):
        folder.begin_write()
        merged = _merged(plan, folder, old, known)
        report = _apply(merged, plan.prune, writer, known, progress)
        writer.complete()
    folder.publish(State(state.index, state.generation + 1))
    folder.unfinished.unlink(missing_ok=True)
    folder.drop_others(state)
    return report


def _brought_up(folder: Folder, state: State, writer: IndexWriter) -> SourceRecords:
    """Return the records of the papers being written, without what a cut-off ingest joined."""
    known = open_records(folder, state, writer.records, writing=True)
    writer.remove(known.joined())
    known.complete()
    return known


def _nothing_to_do(
    plan: Plan, folder: Folder, state: State, embedder: Embeddings
) -> IngestReport | None:
    """Return the report of an ingest that changes nothing, None when something is to change."""
    if plan.anew or plan.looked_up:
        return None
    mark = built_with(embedder)
    with (
        closing(PaperRecords(folder.papers(state), mark)) as records,
        closing(Store(folder.vectors(state), mark)) as store,
    ):
        store.check()
        with closing(open_records(folder, state, records)) as known:
            wanted = changes_nothing(known, plan.papers, plan.prune)
        absent = records.hashes().keys() - (wanted or set())
        pruned = plan.prune and absent
        if wanted is None or pruned:
            return None
        papers = records.papers()
        if not _is_whole(folder, state, records, papers):
            return None
        # A map is replaced in one step, so that this alone may be mended where it is read.
        complete_map(folder.atlas(state), store, papers, embedder)
        total = records.count()
    return IngestReport(unchanged=len(wanted), absent=len(absent), total=total)


def _is_whole(
    folder: Folder, state: State, records: PaperRecords, papers: Mapping[str, Paper]
) -> bool:
    """Tell whether what lies beside the papers fits them."""
    beside = (folder.keywords(state), folder.tokens(state), folder.queries(state))
    if not all(path.is_file() for path in beside):
        return False
    try:
        with closing(KeywordIndex(folder.keywords(state))) as keywords:
            fits = keywords.holds(records.fingerprint)
        with closing(QueryVectors(folder.queries(state))) as queries:
            fits = fits and queries.holds(papers)
        with closing(LateIndex(folder.tokens(state))) as tokens:
            return fits and records.is_current and tokens.fingerprint == records.fingerprint
    except sqlite3.DatabaseError:
        return False


def _readable_state(folder: Folder) -> State | None:
    """Return the state or, when it is damaged, the newest index, which a rebuild mends."""
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
    """Return the folder to write to: a first ingest's, a copy of the current one, or empty."""
    state = folder.next_state(old)
    if old is None:
        return state
    if rebuild:
        folder.clear_index(state)
    else:
        folder.copy_index(old, state)
    return state


def _merged(plan: Plan, folder: Folder, old: State | None, known: SourceRecords) -> Merging:
    """Return what the index is to hold; a rebuild begins with what the old one has, if readable."""
    if plan.looked_up:
        return merge_looked_up(known, plan.papers)
    if not (plan.rebuild and old):
        return merge_into(known, plan.papers, plan.prune)
    with (
        suppress(StoreError),
        closing(PaperRecords(folder.papers(old), None)) as records,
        closing(open_records(folder, old, records)) as before,
    ):
        return merge_into(known, plan.papers, plan.prune, map(_mended, before.papers()))
    try:
        found = stored_papers(folder, old).values()
    except StoreError:
        return merge_into(known, plan.papers or plan.otherwise, plan.prune)
    stored = (MergedPaper(one, of_no_file(one), place=place) for place, one in enumerate(found))
    return merge_into(known, plan.papers, plan.prune, map(_mended, stored))


def _mended(one: MergedPaper) -> MergedPaper:
    """Return a paper of an index as it would be read today."""
    records = (replace(each, paper=_repaired(each.paper)) for each in one.records)
    return replace(one, paper=_repaired(one.paper), records=tuple(records))


def _repaired(paper: Paper) -> Paper:
    return replace(paper, title=repair(paper.title), abstract=repair(paper.abstract))


def stored_papers(folder: Folder, state: State) -> dict[str, Paper]:
    """Return the papers of an index by id, of its list or of Chroma; StoreError without either."""
    for opened in (
        lambda: PaperRecords(folder.papers(state), built_with=None),
        lambda: Store(folder.vectors(state), built_with=None),
    ):
        with suppress(StoreError), closing(opened()) as file:
            return file.papers()
    raise StoreError(f"the papers in {folder.root} cannot be read back")


def _apply(
    merged: Merging, prune: bool, writer: IndexWriter, known: SourceRecords, progress: Progress
) -> IngestReport:
    held = writer.records.hashes()
    spool = merged.papers
    absent = held.keys() - merged.same - spool.ids() - spool.joined()
    _remove(absent if prune else (), writer, known)
    progress(len(merged.same))
    number = writer.records.next_number()
    chunks = added = changed = 0
    unchanged = len(merged.same)
    for batch, anew, encoded in _encoded(spool.merged(), held, writer):
        chunks += writer.put(anew, encoded, number)
        known.put(batch)
        number += len(anew)
        unchanged += len(batch) - len(anew)
        changed += sum(paper.id in held for paper in anew)
        added += sum(paper.id not in held for paper in anew)
        progress(len(batch))
    _remove(spool.joined(), writer, known)
    return IngestReport(
        added=added,
        changed=changed,
        unchanged=unchanged,
        removed=len(absent) if prune else 0,
        absent=0 if prune else len(absent),
        total=writer.records.count(),
        chunks=chunks,
        repeated=merged.repeated,
        merged=merged.merged,
        notes=tuple(merged.notes()),
    )


def _remove(ids: Iterable[str], writer: IndexWriter, known: SourceRecords) -> None:
    writer.remove(list(ids))
    known.remove(ids)


def _encoded(
    papers: Iterable[MergedPaper], held: Mapping[str, str], writer: IndexWriter
) -> Iterator[tuple[list[MergedPaper], list[Paper], list[EncodedPaper]]]:
    """Yield batches, the papers in each that are not as `held`, and the new ones' encodings."""
    encoder = writer.encoder
    for some in _batches(papers, encoder.at_once):
        planned = []
        for batch in _batches(some, encoder.batch):
            anew = [one.paper for one in batch if held.get(one.paper.id) != one.paper.content_hash]
            planned.append((batch, anew, writer.lacking(anew)))
        encoded = encoder([one for _, _, lacking in planned for one in lacking])
        for batch, anew, lacking in planned:
            yield batch, anew, list(itertools.islice(encoded, len(lacking)))


def _batches(papers: Iterable[MergedPaper], size: int) -> Iterator[list[MergedPaper]]:
    rest = iter(papers)
    while batch := list(itertools.islice(rest, size)):
        yield batch
