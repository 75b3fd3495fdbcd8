"""Papers that were read, and an index → what it is to hold, records of one paper merged."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from assistant.types import Paper
from ingest.enrich import unasked
from ingest.merging import Merging
from ingest.same_paper import MergedPaper, SourceRecord, keys_of, origins_of
from ingest.source_records import SourceRecords
from ingest.spool import Held, PaperSpool


def merge_into(
    known: SourceRecords,
    papers: Sequence[Paper],
    prune: bool = False,
    stored: Iterable[MergedPaper] = (),
) -> Merging:
    """Return what the index of `known` papers is to hold after `papers` were read.

    `stored` are those of the index before where it is made anew; to `prune` is to leave out what is
    stored of files that were not read.
    """
    if isinstance(papers, PaperSpool) and not stored and not known.count():
        return Merging(papers)
    found = Merging(PaperSpool(known), prune=prune)
    spool = found.papers
    for one in stored:
        spool.append_stored(one, read=not prune)
    for held in _all_held(papers):
        same = None if prune else as_stored(known, held)
        if same is not None and not spool.holds(same):
            found.same.add(same)
        elif told := found.join(held, keys_of(held.paper), _origins(held)):
            found.odd.append(f"{held.place}: {told}")
    found.same -= spool.ids() | spool.joined()
    return found


def merge_looked_up(known: SourceRecords, papers: Iterable[Paper]) -> Merging:
    """Return what the index is to hold after services said more of some of its papers."""
    found = Merging(PaperSpool(known))
    for paper in papers:
        if there := known.paper(paper.id):
            keys = (*there.keys, *keys_of(paper))
            found.papers.append_stored(replace(there, paper=paper, keys=keys), read=True)
    return found


def changes_nothing(known: SourceRecords, papers: Sequence[Paper], prune: bool) -> set[str] | None:
    """Return the ids of the papers read where an index knows all that they say, else None."""
    found = set[str]()
    for held in _all_held(papers):
        same = as_stored(known, held, whole=prune)
        if same is None:
            return None
        found.add(same)
    return found


def as_stored(known: SourceRecords, held: Held, whole: bool = False) -> str | None:
    """Return the id of the paper that has these records (as a `whole`: and no others), or None."""
    ids = {found for key in origins_of(held.records) for found in known.by_key(key, most=2)}
    if len(ids) != 1:
        return None
    (identifier,) = ids
    there, read = _said(known.said(identifier)), _said(held.records)
    same = there == read if whole else read <= there
    return identifier if same else None


def _said(records: Iterable[SourceRecord]) -> set[tuple[str, str, str]]:
    return {(one.source, one.paper.id, one.paper.content_hash) for one in records}


def _origins(held: Held) -> list[str]:
    """Return the keys of records by file and id, also for where nobody knows the file."""
    nowhere = [SourceRecord("", one.paper) for one in held.records]
    return list(dict.fromkeys(origins_of([*held.records, *nowhere])))


def _all_held(papers: Sequence[Paper]) -> Iterator[Held]:
    if isinstance(papers, PaperSpool):
        yield from papers.all_held()
        return
    for paper in papers:
        yield Held(-1, paper.id, paper, (SourceRecord("", unasked(paper)),))
