"""The papers of an index and what ingest read out of them: an SQLite file, so that to list them
needs no Chroma.

Beside each paper stand the instructions to software in its text, and beside all of them the index
of their names: to find both anew takes milliseconds a paper.
"""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from assistant.errors import StoreError
from assistant.index import facets
from assistant.index.layout import check_built_with, rebuild_hint
from assistant.index.sqlite import LISTED, connect, get_fact, put_fact, told_as_damage
from assistant.text import paper_names, prompt_injection
from assistant.text.paper_names import SHORTEST_TITLE, Name, NameTable, collect_names
from assistant.types import NO_FILTERS, Filters, Paper, RecordFacts, Span

_FORMAT = "2"
CACHED = 4096
"""Papers of a file that are kept, once read."""
_SCHEMA = f"""
CREATE TABLE papers (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, hash TEXT NOT NULL,
    record TEXT NOT NULL, instructions TEXT NOT NULL);
CREATE TABLE names (key TEXT PRIMARY KEY, owners TEXT NOT NULL, ordinary INTEGER NOT NULL,
    shared INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE titles (key TEXT PRIMARY KEY, paper_id TEXT NOT NULL) WITHOUT ROWID;
{facets.SCHEMA}"""


class PaperRecords:
    """The papers in the file at `path`, by id and in the order in which they were added.

    A paper is put here after all else that is stored of it, and removed from here first: what is
    listed is whole. Raises StoreError for a file that is missing, damaged, or of papers that
    something other than `built_with` embedded.
    """

    def __init__(self, path: Path, built_with: str | None, create: bool = False) -> None:
        """Open the file; `built_with` (see `records.built_with`) is not checked when None."""
        if not create and not path.is_file():
            raise StoreError(f"the index in {path.parent} is missing; {rebuild_hint(path.parent)}")
        self._path = path
        self._lock = threading.RLock()
        with told_as_damage(path.parent, writing=create):
            self._connection = connect(path, _SCHEMA, _FORMAT, "list of papers")
            facets.prepare(self._connection)
            if create and get_fact(self._connection, "built with") is None:
                put_fact(self._connection, "built with", built_with or "")
        try:
            check_built_with(self.built_with, built_with, path.parent)
        except StoreError:
            self.close()
            raise

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._connection.close()

    @property
    def built_with(self) -> str:
        """What embedded the papers, and the layout in which they are stored."""
        return self._fact("built with") or "unknown"

    @property
    def fingerprint(self) -> str:
        """What stands for exactly these papers as they are; "" while they are being changed."""
        return self._fact("fingerprint") or ""

    @property
    def is_current(self) -> bool:
        """Whether what was read out of the papers is what this code would read."""
        return bool(self.fingerprint) and self._fact("reading") == _reading()

    def count(self) -> int:
        """Return the number of papers."""
        return int(self._rows("SELECT count(*) FROM papers")[0][0])

    def hashes(self) -> dict[str, str]:
        """Return the content hash of every paper by id."""
        return dict(self._rows("SELECT id, hash FROM papers ORDER BY number"))

    def numbers(self) -> dict[str, int]:
        """Return the number of every paper by id."""
        return dict(self._rows("SELECT id, number FROM papers ORDER BY number"))

    def next_number(self) -> int:
        """Return the number after the last paper's."""
        return int(self._rows("SELECT coalesce(max(number), -1) + 1 FROM papers")[0][0])

    def papers(self, filters: Filters = NO_FILTERS) -> dict[str, Paper]:
        """Return the papers that satisfy filters by id, in one pass; their instructions are then
        known without a search.
        """
        rows = self._selected("id, record, instructions", filters)
        return {row[0]: self._read(*row) for row in rows}

    def of(self, ids: Sequence[str]) -> dict[str, Paper]:
        """Return those of some papers that are there, by id."""
        query = f"SELECT id, record FROM papers WHERE id IN {LISTED}"
        rows = self._rows(query, (json.dumps(ids),))
        with told_as_damage(self._path.parent):
            return {
                identifier: _paper(identifier, json.loads(record)) for identifier, record in rows
            }

    def paper(self, identifier: str) -> Paper:
        """Return a paper, its instructions then known without a search; KeyError where it is not
        there.
        """
        query = "SELECT id, record, instructions FROM papers WHERE id = ?"
        for row in self._rows(query, (identifier,)):
            return self._read(*row)
        raise KeyError(identifier)

    def _read(self, identifier: str, record: str, instructions: str) -> Paper:
        with told_as_damage(self._path.parent):
            paper = _paper(identifier, json.loads(record))
            if self._reads_alike:
                _remember(paper, instructions)
            return paper

    @cached_property
    def _reads_alike(self) -> bool:
        return self._fact("reading") == _reading()

    def selected(self, filters: Filters) -> dict[int, str]:
        """Return the ids of the papers that satisfy filters by their numbers, ascending."""
        return dict(self._selected("number, id", filters))

    def _selected(self, columns: str, filters: Filters) -> list[tuple[Any, ...]]:
        wanted = list(facets.conditions(filters))
        where = " AND ".join(condition for condition, _ in wanted) or "1"
        values = [value for _, some in wanted for value in some]
        return self._rows(f"SELECT {columns} FROM papers WHERE {where} ORDER BY number", values)

    def shown(self, kind: str, part: str = "") -> list[str]:
        """Return every author, venue, … that has `part` (folded) in it, as papers write it."""
        query = "SELECT DISTINCT shown FROM facets WHERE kind = ? AND instr(value, ?) ORDER BY 1"
        return [shown for (shown,) in self._rows(query, (kind, part))]

    def tells(self, kind: str) -> bool:
        """Tell whether any paper has a facet of a kind, or a "year", or a number "cited_by"."""
        if kind in ("year", "cited_by"):
            return bool(self._rows(f"SELECT 1 FROM figures WHERE {kind} NOTNULL LIMIT 1"))
        return bool(self._rows("SELECT 1 FROM facets WHERE kind = ? LIMIT 1", (kind,)))

    def restate(self, papers: Sequence[Paper]) -> None:
        """Replace papers whose title and abstract are as they were, where they stand."""
        rows = [(paper.content_hash, _record(paper), paper.id) for paper in papers]
        with self._connection:
            put_fact(self._connection, "fingerprint", "")
            self._connection.executemany(
                "UPDATE papers SET hash = ?, record = ? WHERE id = ?", rows
            )
            by_id = {paper.id: paper for paper in papers}
            there = self.selected(Filters(only=tuple(by_id) or ("",)))
            facets.put(self._connection, ((number, by_id[key]) for number, key in there.items()))

    def put(self, papers: Sequence[Paper], first_number: int) -> None:
        """Add papers, or replace those that are there."""
        rows = [
            (first_number + n, paper.id, paper.content_hash, _record(paper), _instructions(paper))
            for n, paper in enumerate(papers)
        ]
        with self._connection:
            put_fact(self._connection, "fingerprint", "")
            self._remove([paper.id for paper in papers])
            self._connection.executemany("INSERT INTO papers VALUES (?, ?, ?, ?, ?)", rows)
            facets.put(self._connection, enumerate(papers, first_number))

    def remove(self, ids: Sequence[str]) -> None:
        """Drop papers; unknown ids are ignored."""
        with self._connection:
            put_fact(self._connection, "fingerprint", "")
            self._remove(ids)

    def _remove(self, ids: Sequence[str]) -> None:
        facets.remove(self._connection, ids)
        self._connection.executemany("DELETE FROM papers WHERE id = ?", [(id_,) for id_ in ids])

    def complete(self) -> dict[str, Paper]:
        """Bring what is read out of the papers up to date; return the papers."""
        stale = self._fact("reading") != _reading()
        papers = self.papers()
        if stale or not self.fingerprint:
            names = collect_names(
                {key: prompt_injection.cleaned(one) for key, one in papers.items()}
            )
            with self._connection:
                if stale:
                    told = [(_instructions(paper), paper.id) for paper in papers.values()]
                    self._connection.executemany(
                        "UPDATE papers SET instructions = ? WHERE id = ?", told
                    )
                self._put_names(names)
                put_fact(self._connection, "reading", _reading())
                put_fact(self._connection, "fingerprint", fingerprint_of(self.hashes()))
        return papers

    def name(self, key: str) -> Name:
        """Return what is known of a name; only where `is_current`, see `paper_names.Names`."""
        for owners, ordinary, shared in self._rows(
            "SELECT owners, ordinary, shared FROM names WHERE key = ?", (key,)
        ):
            return Name(json.loads(owners), bool(ordinary), bool(shared))
        return Name({})

    def titled(self, key: str) -> str:
        """Return the id of the paper with the title of this key, "" for none."""
        rows = self._rows("SELECT paper_id FROM titles WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else ""

    def titles_in(self, key: str) -> list[tuple[str, str]]:
        """Return the titles that stand in a text, see `paper_names.Names`."""
        begins = {key[n : n + SHORTEST_TITLE] for n in range(len(key) - SHORTEST_TITLE + 1)}
        query = """SELECT titles.key, paper_id FROM json_each(?) JOIN titles
            ON titles.key >= json_each.value AND titles.key < json_each.value || char(1114111)
            JOIN papers ON papers.id = paper_id ORDER BY number"""
        rows = self._rows(query, (json.dumps(sorted(begins)),)) if begins else []
        return [(title, identifier) for title, identifier in rows if title in key]

    def _put_names(self, names: NameTable) -> None:
        self._connection.execute("DELETE FROM names")
        self._connection.execute("DELETE FROM titles")
        rows = [
            (key, json.dumps(one.owners), one.is_ordinary, one.is_shared)
            for key, one in names.by_key.items()
        ]
        self._connection.executemany("INSERT INTO names VALUES (?, ?, ?, ?)", rows)
        self._connection.executemany("INSERT INTO titles VALUES (?, ?)", names.by_title.items())

    def _fact(self, name: str) -> str | None:
        with self._lock, told_as_damage(self._path.parent):
            return get_fact(self._connection, name)

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock, told_as_damage(self._path.parent):
            return self._connection.execute(query, values).fetchall()


class Papers(Mapping[str, Paper]):
    """The papers of a file by id, in their order, each read when it is first asked for; those last
    asked for are kept.
    """

    def __init__(self, records: PaperRecords) -> None:
        """Read from `records`."""
        self.records = records
        self._paper = lru_cache(CACHED)(records.paper)

    def __getitem__(self, identifier: str) -> Paper:
        """Return a paper."""
        return self._paper(identifier)

    def __iter__(self) -> Iterator[str]:
        """Return the ids of all."""
        return iter(self.records.hashes())

    def __len__(self) -> int:
        """Return their number."""
        return self._number

    @cached_property
    def _number(self) -> int:
        return self.records.count()


def fingerprint_of(hashes: Mapping[str, str]) -> str:
    """Return what stands for exactly these papers, given their content hashes by id."""
    return hashlib.sha256(json.dumps(sorted(hashes.items())).encode()).hexdigest()[:32]


def embedder_in(mark: str) -> str:
    """Return the embedder's identity that `records.built_with` put into `mark`.

    >>> embedder_in("minilm-int8:afdb6f1a0e45, layout 3")
    'minilm-int8:afdb6f1a0e45'
    """
    return mark.rpartition(", layout ")[0] or mark


def _reading() -> str:
    return f"{prompt_injection.version()}, {paper_names.VERSION}"


def _record(paper: Paper) -> str:
    fields: list[Any] = [paper.title, paper.abstract, paper.authors, paper.year, paper.venue,
                         paper.url, paper.url_is_search, paper.links]  # fmt: skip
    if known := paper.facts.known():
        fields.append(known)
    return json.dumps(fields, ensure_ascii=False)


def _paper(identifier: str, fields: Sequence[Any]) -> Paper:
    title, abstract, authors, year, venue, url, url_is_search, links, *known = fields
    about = (tuple(authors), year, venue, url, url_is_search, tuple(links))
    return Paper(identifier, title, abstract, *about, *map(RecordFacts.of, known))


def _instructions(paper: Paper) -> str:
    """Return where the instructions in title and abstract lie, as JSON; "" where there are none."""
    found = [
        [(span.start, span.end) for span in prompt_injection.instructions(text)]
        for text in (paper.title, paper.abstract)
    ]
    return json.dumps(found) if any(found) else ""


def _remember(paper: Paper, instructions: str) -> None:
    bounds = json.loads(instructions) if instructions else ((), ())
    for text, found in zip((paper.title, paper.abstract), bounds, strict=True):
        spans = tuple(Span(text[start:end], start, end) for start, end in found)
        prompt_injection.remember(text, spans)
