"""A corpus' files → what of them does not fit the others, made again from what is whole."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from langchain_core.embeddings import Embeddings

from assistant.corpus_map import storage
from assistant.errors import StoreError
from assistant.index.bm25 import KeywordIndex
from assistant.index.late_interaction import LateIndex
from assistant.index.layout import Folder, State
from assistant.index.paper_store import Store
from assistant.index.papers import PaperRecords, fingerprint_of
from assistant.index.query_vectors import QueryVectors
from assistant.types import IngestReport, Paper
from ingest.index import Plan, Progress, index
from ingest.source_records import SourceRecords, path_of

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Check:
    """A part, what is wrong with it, or "", and the `file` that can be made again, or ""."""

    part: str
    problem: str
    file: str = ""


def verify(folder: Folder, embedder: Embeddings) -> list[Check]:
    """Return what each part of the current index is worth; StoreError where there is none."""
    if (reading := folder.opened()) is None:
        raise StoreError(f"the corpus {folder.corpus} has no index yet; there is nothing to verify")
    with closing(reading):
        state = reading.state
        try:
            with closing(PaperRecords(folder.papers(state), None)) as records:
                papers, recorded = records.papers(), records.hashes()
                checks = [_papers(records, papers, recorded)]
                sources = _checked(
                    "sources", path_of(folder, state), lambda path: _sources(path, records)
                )
                vectors = Check("vectors", _vectors(folder, state, records.built_with, papers))
        except StoreError as error:
            return [Check("papers", _reason(error))]
        words = _checked(
            "keywords", folder.keywords(state), lambda path: _differs(KeywordIndex(path), recorded)
        )
        tokens = _checked(
            "token vectors", folder.tokens(state), lambda path: _differs(LateIndex(path), recorded)
        )
        queries = _checked(
            "queries", folder.queries(state), lambda path: _lacks_queries(path, papers)
        )
        drawn = storage.read(folder.atlas(state))
        problem = "" if drawn and drawn.fits(papers) else "missing, damaged or of other papers"
        atlas = Check("map", problem, folder.atlas(state).name)
        return [*checks, sources, vectors, words, tokens, queries, atlas]


def repair(
    checks: Sequence[Check], folder: Folder, embedder: Embeddings, progress: Progress
) -> tuple[IngestReport, list[str]]:
    """Make again what `checks` found wrong; return what was done, and the papers that are lost."""
    wrong = [one for one in checks if one.problem]
    if all(one.file for one in wrong):
        return index(Plan([], anew=[one.file for one in wrong]), folder, embedder, progress), []
    whole, lost = _whole_papers(folder)
    if not whole:
        raise StoreError(
            f"no paper of the corpus {folder.corpus} can be read back; ingest its files again"
        )
    listed = any(one.part == "papers" and not one.problem for one in checks)
    # Read from a sound list they keep which files they are from.
    plan = Plan([] if listed else list(whole.values()), prune=not listed, rebuild=True)
    return index(plan, folder, embedder, progress), lost


def _lacks_queries(path: Path, papers: Mapping[str, Paper]) -> str:
    with closing(QueryVectors(path)) as queries:
        return "" if queries.holds(papers) else "not those of the papers"


def _papers(
    records: PaperRecords, papers: Mapping[str, Paper], recorded: Mapping[str, str]
) -> Check:
    wrong = [key for key, paper in papers.items() if paper.content_hash != recorded[key]]
    if wrong:
        return Check("papers", f"{_counted(wrong)} not as they were stored")
    if records.fingerprint != fingerprint_of(recorded):
        return Check("papers", "the list of them was never finished")
    told = "" if records.is_current else "the names in them were read by another version"
    return Check("papers", told, "" if not told else "names")


def _vectors(folder: Folder, state: State, mark: str, papers: Mapping[str, Paper]) -> str:
    try:
        with closing(Store(folder.vectors(state), mark)) as store:
            store.check()
            held = store.papers()
            cut = store.in_part()
    except StoreError as error:
        return _reason(error)
    other = {key for key in papers.keys() & held.keys()
             if papers[key].content_hash != held[key].content_hash}  # fmt: skip
    return "; ".join(
        f"{_counted(some)} {what}"
        for some, what in (
            (papers.keys() - held.keys(), "missing"),
            (held.keys() - papers.keys(), "beside those that are listed"),
            (other, "other than listed"),
            (cut & held.keys(), "without some of their chunks"),
        )
        if some
    )


def _checked(part: str, path: Path, check: Callable[[Path], str]) -> Check:
    if not path.is_file():  # to open it would make it
        return Check(part, "missing", path.name)
    try:
        return Check(part, check(path), path.name)
    except sqlite3.DatabaseError as error:
        reason = " ".join(str(error).split())[:120]
        return Check(part, f"damaged ({reason})", path.name)


def _differs(index: KeywordIndex | LateIndex, recorded: Mapping[str, str]) -> str:
    """Return what in an index differs from the papers `recorded`, "" for nothing."""
    mark = fingerprint_of(recorded)
    with closing(index):
        fits = index.holds(mark) if isinstance(index, KeywordIndex) else index.fingerprint == mark
        index.check()
        differing = {key for key, _ in index.hashes().items() ^ recorded.items()}
    if differing:
        return f"{_counted(differing)} missing, too many, or as they were once"
    return "" if fits else "never finished"


def _sources(path: Path, papers: PaperRecords) -> str:
    with closing(SourceRecords(path, papers)) as sources:
        sources.check()
    return ""


def _reason(error: StoreError) -> str:
    return str(error).partition("; run:")[0]


def _counted(ids: Sequence[str] | set[str]) -> str:
    named = ", ".join(sorted(ids)[:_MOST_NAMED]) + (" …" if len(ids) > _MOST_NAMED else "")
    return f"{len(ids):,} paper{'' if len(ids) == 1 else 's'} ({named})"


def _whole_papers(folder: Folder) -> tuple[dict[str, Paper], list[str]]:
    """Return papers as they were stored, by the list or by Chroma, and the ids of the lost."""
    if (reading := folder.opened()) is None:
        return {}, []
    listed: dict[str, Paper] = {}
    recorded: dict[str, str] = {}
    embedded: dict[str, Paper] = {}
    with closing(reading):
        with suppress(StoreError), closing(PaperRecords(folder.papers(reading.state), None)) as one:
            recorded, listed = one.hashes(), one.papers()
        with suppress(StoreError), closing(Store(folder.vectors(reading.state), None)) as store:
            embedded = store.papers()
    wanted = recorded or {key: paper.content_hash for key, paper in embedded.items()}
    whole = {
        key: papers[key]
        for key in wanted
        for papers in (embedded, listed)  # of a paper that is whole in both the list's counts
        if key in papers and papers[key].content_hash == wanted[key]
    }
    return whole, [key for key in wanted if key not in whole]
