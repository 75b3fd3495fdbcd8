"""Records → papers, each once: records of one paper are merged, field by field."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.types import Paper
from ingest.enrich import carried
from ingest.record_fields import slug_id
from ingest.same_paper import (
    SourceRecord,
    combine,
    have_other_ids,
    have_other_people,
    keys_of,
    merge,
    merged_from,
    share_title_or_author,
    tell_apart,
)
from ingest.spool import Held, PaperSpool

MOST_TOLD = 20
_SAYS = {
    "doi": "DOI", "arxiv": "arXiv id", "pmid": "PMID", "title": "title and first author",
    "from": "id", "id": "id",
}  # fmt: skip


@dataclass(slots=True)
class Merging:
    """A spool into which records go, and what was merged: counts, and the first ones told.

    `prune` leaves out what an index knows of papers by files that were not read; `same` are the ids
    of its papers that stay as they are, `odd` is what else is to be told.
    """

    papers: PaperSpool = field(default_factory=PaperSpool)
    repeated: int = 0
    merged: int = 0
    untold: int = 0
    told: list[str] = field(default_factory=list)
    prune: bool = False
    same: set[str] = field(default_factory=set)
    odd: list[str] = field(default_factory=list)

    def add(self, paper: Paper, place: str, source: str) -> str:
        """Add a record's paper, or merge it with what is known of it; return what is odd, or ""."""
        return self.join(Held(-1, place, paper, (SourceRecord(source, paper),)), keys_of(paper))

    def join(self, one: Held, keys: Sequence[str], origins: Sequence[str] = ()) -> str:
        """Add a paper, or merge it by `origins`, else by `keys`; return what is odd, or ""."""
        paper, place = one.paper, one.place
        same, why = self._same(paper, [*origins, *keys])
        if same:
            self._merge(same, why, one, keys)
            return ""
        known = self.papers.held(paper.id)
        if known is None:
            self.papers.append(paper, place, keys, one.records)
            return self._shared(keys, paper)
        for own in _own_ids(paper) if _are_two(known, one) else ():
            taken = self.papers.held(own)
            if taken is None:
                renamed = replace(paper, id=own)
                # In one file two papers may have this id; beside an index, its record has it alone.
                records = [
                    each if self.papers.over else replace(each, paper=replace(each.paper, id=own))
                    for each in one.records
                ]
                self.papers.append(renamed, place, keys, records)
                return f"not the paper of {known.place}, though of one id; this one is {own}"
            known = taken
            if taken.paper.content_hash == paper.content_hash:
                break
        if self.papers.over:
            self._merge([known], _SAYS["id"], one, keys)
            return ""
        self.repeated += 1
        differs = known.paper.content_hash != paper.content_hash
        return f"another record of {paper.id}; the first one is kept" if differs else ""

    def _shared(self, keys: Sequence[str], paper: Paper) -> str:
        """Return that another paper gives an id of this one, "" where none does."""
        for key in keys:
            kind, _, value = key.partition(":")
            numbers = self.papers.by_key(key) if kind in ("doi", "arxiv", "pmid") else []
            for number in numbers if len(numbers) > 1 else ():
                held = self.papers.numbered(number)
                if held and held.paper.id != paper.id:
                    also = f"the paper of {held.place} has its {_SAYS[kind]} {value} too"
                    return f"{also}, but neither its title nor its first author; both are kept"
        return ""

    def notes(self) -> list[str]:
        """Return what was odd and what was merged, a line each, and how much more."""
        more = f"… and {self.untold:,} more records were merged"
        return [*self.odd[:MOST_TOLD], *self.told, *([more] if self.untold else [])]

    def _same(self, paper: Paper, keys: Sequence[str]) -> tuple[list[Held], str]:
        """Return the papers that a record is of, by its surest key, and by what one is known."""
        found: dict[int, Held] = {}
        surest, why = None, ""
        for key in keys:
            kind = key.partition(":")[0]
            for number in self.papers.by_key(key):
                held = None if number in found else self.papers.numbered(number)
                if held is None or not _is_one(kind, held.paper, paper):
                    continue
                if surest is None or not have_other_ids(surest.paper, held.paper):
                    found[number] = held
                    surest, why = surest or held, why or _SAYS[kind]
        return [found[number] for number in sorted(found)], why

    def _merge(self, same: Sequence[Held], why: str, one: Held, keys: Sequence[str]) -> None:
        """Merge a paper with those that it is the same as, which become the first of them."""
        first, *others = same
        before = self._kept(first)
        records = combine(before, one.records)
        for other in others:
            records = combine(records, self._kept(other))
            self.papers.drop(other, first.number)
        whole = merged_from(records, first.paper.id)
        for each in (first, *others, one):
            whole = carried(each.paper, whole)
        self.papers.change(first, whole, [*keys, *keys_of(whole)], records)
        again = len(combine(first.records, one.records)) == len(first.records)
        if self.papers.over and again and not others:
            return  # a file that was read before
        self.repeated += len(same)
        if not others and first.paper.content_hash == one.paper.content_hash:
            return
        self.merged += len(same)
        if len(self.told) == MOST_TOLD:
            self.untold += 1
            return
        self.told.append(_told(first, others, why, one, whole))

    def _kept(self, one: Held) -> tuple[SourceRecord, ...]:
        """Return the records of a paper that still count."""
        return tuple(each for each in one.records if not (self.prune and each.stored))


def _told(first: Held, others: Sequence[Held], why: str, one: Held, whole: Paper) -> str:
    """Return what was merged with what, and which fields are whose, in a line."""
    asked = {name.partition(":")[0] for name in whole.facts.looked_up}
    _, added = merge(merged_from(first.records, first.paper.id), one.paper)
    taken = [name for name in added if name not in asked]
    later, former = _sources(one.place, first.place)
    took = f"{', '.join(taken)} from {later}, the rest from" if taken else "all of it from"
    also = f" and of {', '.join(other.place for other in others)}" if others else ""
    return f"{one.place}: the paper of {first.place}{also} by its {why}; {took} {former}"


def _sources(*places: str) -> list[str]:
    """Return the files of some places, of one file the lines.

    >>> _sources("b.bib:1", "a.bib:7"), _sources("a.bib:9", "a.bib:7")
    (['b.bib', 'a.bib'], ['line 9', 'line 7'])
    """
    files = [re.sub(r":\d+$", "", place) for place in places]
    if len(set(files)) == len(files):
        return files
    return [f"line {place.rpartition(':')[2]}" for place in places]


def _is_one(kind: str, known: Paper, paper: Paper) -> bool:
    """Tell whether two records that share a key are of one paper."""
    if kind == "from":
        return True
    if kind == "title":
        return not tell_apart(known, paper)
    return share_title_or_author(known, paper)


def _are_two(known: Held, one: Held) -> bool:
    """Tell whether two papers of one id differ; an id given in one file is taken at its word."""
    first, second = known.paper, one.paper
    files, others = ({each.source for each in held.records} for held in (known, one))
    if "" in files | others:
        return False  # nobody knows whether it is the same file
    in_one_file = bool(files & others)
    if second.id == slug_id(second.title):
        if first.authors and second.authors or not in_one_file:
            return tell_apart(first, second)
        return have_other_ids(first, second) or have_other_people(first, second)
    is_given = not second.id.startswith(("doi:", "arxiv:"))
    return not (is_given and in_one_file) and not share_title_or_author(first, second)


def _own_ids(paper: Paper) -> list[str]:
    """Return ids for a paper that cannot have its own, the plainest first."""
    told = f"{paper.title} {' '.join(paper.authors[:1])} {paper.year or ''}"
    return [slug_id(text) for text in (paper.title, told, f"{told} {paper.abstract}")]
