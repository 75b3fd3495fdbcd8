"""Papers that were read, each once, kept in a temporary file: records of one paper are merged,
field by field.
"""

import pickle
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any, overload

from assistant.errors import SourceError
from assistant.types import Paper, RecordFacts
from ingest.record_facts import arxiv_id_in
from ingest.record_fields import title_key

MOST_TOLD = 20
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -32000;
CREATE TABLE papers (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, hash TEXT NOT NULL,
    place TEXT NOT NULL, paper BLOB NOT NULL);
CREATE TABLE keys (key TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
"""
_SLICE = 500
# "Lee A." and "A. Lee" are of one family.
_INITIALS = re.compile(r"(?:[^\W\d_]\.?-?){1,2}|(?:[^\W\d_]\.-?){1,4}|[^\W\d_a-z]{1,3}")
_SUFFIXES = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"})
# Servers of preprints give DOIs of their own to what is published later under another one.
_PREPRINT_DOI = re.compile(
    r"10\.(?:48550|1101|21203|2139|31234|20944|26434|36227|31219|2196/preprints)\b"
)
_SAYS = {"doi": "DOI", "arxiv": "arXiv id", "pmid": "PMID", "title": "title and first author"}


class PaperSpool(Sequence[Paper]):
    """Papers in the order in which they were read, in a file that goes when nobody holds them."""

    def __init__(self) -> None:
        """Make the file."""
        # The empty name is SQLite's for a file of its own in the temporary folder.
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._connection.executescript(_SCHEMA)
        self._connection.execute("BEGIN")
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Paper]:
        last = -1
        while rows := self._rows(
            "SELECT number, paper FROM papers WHERE number > ? ORDER BY number LIMIT ?",
            last,
            _SLICE,
        ):
            yield from (pickle.loads(data) for _, data in rows)
            last = rows[-1][0]

    @overload
    def __getitem__(self, place: int) -> Paper: ...
    @overload
    def __getitem__(self, place: slice) -> list[Paper]: ...
    def __getitem__(self, place: int | slice) -> Paper | list[Paper]:
        wanted = range(len(self))[place]
        if isinstance(wanted, range):
            return [self[one] for one in wanted]
        row = self._row("SELECT paper FROM papers ORDER BY number LIMIT 1 OFFSET ?", wanted)
        paper: Paper = pickle.loads(row[0])
        return paper

    def held(self, identifier: str) -> "Held | None":
        """Return the paper of an id."""
        return self._held("SELECT number, hash, place, paper FROM papers WHERE id = ?", identifier)

    def numbered(self, number: int) -> "Held | None":
        """Return the paper of a number."""
        return self._held("SELECT number, hash, place, paper FROM papers WHERE number = ?", number)

    def _held(self, query: str, value: object) -> "Held | None":
        rows = self._rows(query, value)
        for number, digest, place, data in rows:
            return Held(number, digest, place, pickle.loads(data))
        return None

    def by_key(self, key: str) -> int | None:
        """Return the number of the paper that a key is known of."""
        rows = self._rows("SELECT number FROM keys WHERE key = ?", key)
        return int(rows[0][0]) if rows else None

    def append(self, paper: Paper, place: str, keys: Sequence[str]) -> None:
        """Add a paper of a new id."""
        row = (paper.id, paper.content_hash, place, pickle.dumps(paper))
        self._rows("INSERT INTO papers (id, hash, place, paper) VALUES (?, ?, ?, ?)", *row)
        self._count += 1
        self._know(keys, int(self._row("SELECT last_insert_rowid()")[0]))

    def change(self, number: int, paper: Paper, keys: Sequence[str]) -> None:
        """Put another paper in the place of one."""
        row = (paper.content_hash, pickle.dumps(paper), number)
        self._rows("UPDATE papers SET hash = ?, paper = ? WHERE number = ?", *row)
        self._know(keys, number)

    def drop(self, number: int, into: int) -> None:
        """Take a paper out that is the same as another one."""
        self._rows("DELETE FROM papers WHERE number = ?", number)
        self._count -= 1
        self._rows("UPDATE keys SET number = ? WHERE number = ?", into, number)

    def _know(self, keys: Sequence[str], number: int) -> None:
        for key in keys:
            self._rows("INSERT OR IGNORE INTO keys VALUES (?, ?)", key, number)

    def _row(self, query: str, *values: object) -> Any:
        return self._rows(query, *values)[0]

    def _rows(self, query: str, *values: object) -> list[Any]:
        with _told_as_full():
            return self._connection.execute(query, values).fetchall()


@contextmanager
def _told_as_full() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        problem = f"what was read cannot be kept in the temporary folder ({error})"
        raise SourceError(f"{problem}; make room, or set TMPDIR to another one") from error


@dataclass(frozen=True, slots=True)
class Held:
    """A paper in a spool: its number there, its content hash, and the place of its first record."""

    number: int
    hash: str
    place: str
    paper: Paper


@dataclass(slots=True)
class Merging:
    """A spool into which records go: how many were of a paper that was there, and what was made of
    them, a line each of the first.
    """

    papers: PaperSpool = field(default_factory=PaperSpool)
    repeated: int = 0
    merged: int = 0
    told: list[str] = field(default_factory=list)

    def add(self, paper: Paper, place: str) -> str:
        """Add a record's paper, or merge it with what is known of it; return what is odd, or ""."""
        keys = keys_of(paper)
        same, why = self._same(paper, keys)
        if same:
            self.repeated += 1
            self._merge(same, why, paper, place, keys)
            return ""
        known = self.papers.held(paper.id)
        if known is None:
            self.papers.append(paper, place, keys)
            return ""
        self.repeated += 1
        differs = known.hash != paper.content_hash
        return f"another record of {paper.id}; the first one is kept" if differs else ""

    def notes(self) -> list[str]:
        """Return what was merged, a line each, and how much more."""
        more = self.merged - len(self.told)
        return [*self.told, *([f"… and {more:,} more records were merged"] if more else [])]

    def _same(self, paper: Paper, keys: Sequence[str]) -> tuple[list[Held], str]:
        """Return the papers that a record is of, in their order, and by what the first is known."""
        found: dict[int, Held] = {}
        why = ""
        for key in keys:
            number = self.papers.by_key(key)
            held = None if number is None or number in found else self.papers.numbered(number)
            kind = key.partition(":")[0]
            if held and not (kind == "title" and _differ(held.paper, paper)):
                found[held.number] = held
                why = why or _SAYS[kind]
        return [found[number] for number in sorted(found)], why

    def _merge(
        self, same: Sequence[Held], why: str, paper: Paper, place: str, keys: Sequence[str]
    ) -> None:
        first, *others = same
        if first.hash == paper.content_hash and not others:
            return
        whole, taken = merge(first.paper, paper)
        for other in others:
            whole, _ = merge(whole, other.paper)
            self.papers.drop(other.number, first.number)
            self.repeated += 1
        self.papers.change(first.number, whole, [*keys, *keys_of(whole)])
        self.merged += 1
        if len(self.told) < MOST_TOLD:
            file = place.partition(":")[0]
            took = f"{', '.join(taken)} from {file}, the rest from" if taken else "all of it from"
            also = f" and of {', '.join(one.place for one in others)}" if others else ""
            self.told.append(
                f"{place}: the paper of {first.place}{also} by its {why}; {took}"
                f" {first.place.partition(':')[0]}"
            )


def keys_of(paper: Paper) -> list[str]:
    """Return what a paper is known by, the surest first.

    >>> keys_of(Paper("doi:10.1000/X", "A Title", "", ("Ann van Dam",)))
    ['doi:10.1000/x', 'title:atitle|dam']
    """
    facts, scheme, own = paper.facts, *paper.id.partition(":")[::2]
    doi = facts.doi or (own if scheme == "doi" else "")
    arxiv = facts.arxiv_id or (own if scheme == "arxiv" else arxiv_id_in(doi))
    family = _family(paper.authors[0]) if paper.authors else ""
    return [
        *([f"doi:{doi.lower()}"] if doi else []),
        *([f"arxiv:{arxiv.lower()}"] if arxiv else []),
        *([f"pmid:{facts.pmid}"] if facts.pmid else []),
        *([f"title:{title_key(paper.title)}|{family}"] if family else []),
    ]


def _family(name: str) -> str:
    """Return the family name, or what stands for it, of a name in any order.

    >>> _family("Ann B. Lee"), _family("Lee A. B."), _family("John Smith Jr."), _family("Bo Yu")
    ('lee', 'lee', 'smith', 'yu')
    """
    words = [word for word in name.split() if word.lower() not in _SUFFIXES]
    long = [word for word in words[:-1] if not _INITIALS.fullmatch(word)]
    last = words[-1] if words else ""
    turned = long and _INITIALS.fullmatch(last) and last.isupper() or last.endswith(".") and long
    return title_key(long[-1] if turned else last)


def _differ(one: Paper, other: Paper) -> bool:
    """Tell whether two records of one title and first author are of two papers by what they give as
    PMID, or as DOI where neither is a preprint's.
    """
    first, second = one.facts, other.facts
    dois = {doi.lower() for doi in (first.doi, second.doi) if doi and not _PREPRINT_DOI.match(doi)}
    return len(dois) > 1 or bool(first.pmid and second.pmid and first.pmid != second.pmid)


def merge(first: Paper, second: Paper) -> tuple[Paper, list[str]]:
    """Return the paper of two records, and which fields are the second's: the longer abstract, and
    what the first lacks.

    >>> whole, taken = merge(Paper("a", "T", "Short."), Paper("b", "T", "A long one.", year=2020))
    >>> whole.id, whole.abstract, whole.year, taken
    ('a', 'A long one.', 2020, ['abstract', 'year'])
    """
    changes: dict[str, Any] = {}
    if len(second.abstract) > len(first.abstract):
        changes = {"abstract": second.abstract, "links": second.links}
    for name in ("authors", "year", "venue"):
        if not getattr(first, name) and getattr(second, name):
            changes[name] = getattr(second, name)
    if first.url_is_search and not second.url_is_search:
        changes |= {"url": second.url, "url_is_search": False}
    facts: dict[str, Any] = {
        one.name: value
        for one in fields(RecordFacts)
        if not getattr(first.facts, one.name)
        and (value := getattr(second.facts, one.name)) not in ("", (), None, False)
    }
    told = [name for name in changes if name not in ("links", "url_is_search")]
    whole = replace(first, **changes, facts=replace(first.facts, **facts))
    return whole, [*told, *facts]
