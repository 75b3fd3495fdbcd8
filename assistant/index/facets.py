"""What papers can be filtered by, in the file that lists them: a row for each author, keyword and
other fact of a record, so that a filter reads these and no paper.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from assistant.index.sqlite import LISTED
from assistant.text.words import fold
from assistant.types import Filters, Paper

SCHEMA = """
CREATE TABLE facets (kind TEXT NOT NULL, value TEXT NOT NULL, number INTEGER NOT NULL,
    shown TEXT NOT NULL, PRIMARY KEY (kind, value, number)) WITHOUT ROWID;
CREATE INDEX facets_number ON facets (number);
CREATE TABLE figures (number INTEGER PRIMARY KEY, year INTEGER, cited_by INTEGER,
    retracted INTEGER NOT NULL);
CREATE INDEX figures_year ON figures (year);
"""
Condition = tuple[str, Sequence[object]]
"""A condition on a paper's `number` and `id` in SQL, and the values in it."""
# What people call the kinds of publication that have another name in CSL, where a preprint is an
# "article", and an article in a journal is not; a review is an article too.
_EVERYDAY_TYPES = {
    "article": ("article-journal", "article-magazine", "article-newspaper", "review"),
    "journal": ("article-journal", "review"),
    "preprint": ("article", "preprint"),
    "conference": ("paper-conference",),
    "proceedings": ("paper-conference",),
    "survey": ("review",),
    "book-review": ("review-book",),
}


def put(connection: sqlite3.Connection, papers: Iterable[tuple[int, Paper]]) -> None:
    """Add papers with their numbers, or replace what is there of these."""
    for number, paper in papers:
        connection.execute("DELETE FROM facets WHERE number = ?", (number,))
        connection.executemany(
            "INSERT OR IGNORE INTO facets VALUES (?, ?, ?, ?)",
            [(kind, value, number, shown) for kind, value, shown in _facets(paper)],
        )
        figures = (number, paper.year, paper.facts.cited_by, paper.facts.retracted)
        connection.execute("INSERT OR REPLACE INTO figures VALUES (?, ?, ?, ?)", figures)


def remove(connection: sqlite3.Connection, ids: Sequence[str]) -> None:
    """Drop what is there of papers; they are listed still."""
    for table in ("facets", "figures"):
        statement = f"DELETE FROM {table} WHERE number = (SELECT number FROM papers WHERE id = ?)"
        connection.executemany(statement, [(identifier,) for identifier in ids])


def conditions(filters: Filters) -> Iterator[Condition]:
    """Return the conditions that a paper must satisfy, see `filters.matches_filters`."""
    if filters.only:
        yield f"id IN {LISTED}", [json.dumps(filters.only)]
    if filters.without:
        yield f"id NOT IN {LISTED}", [json.dumps(filters.without)]
    bounds = {
        "year >= ?": filters.year_from, "year <= ?": filters.year_to,
        "cited_by >= ?": filters.cited_from, "cited_by <= ?": filters.cited_to,
        "retracted = ?": filters.retracted,
    }  # fmt: skip
    for bound, value in bounds.items():
        if value is not None:
            yield f"number IN (SELECT number FROM figures WHERE {bound})", [value]
    yield from _facet_conditions(filters)
    for text in filters.texts:
        said = " OR ".join(f"instr(folded(record ->> {place}), ?)" for place in (0, 1))
        yield f"({said})", [flatten(text)] * 2
    for text in filters.words:
        yield "(says(record ->> 0, ?) OR says(record ->> 1, ?))", [text] * 2


def _facet_conditions(filters: Filters) -> Iterator[Condition]:
    """Return the conditions on what stands in the table of facets."""
    parts = {"author": filters.authors, "keyword": filters.keywords}
    for kind, texts in parts.items():
        for text in texts:
            yield _of_facet("instr(value, ?)"), [kind, flatten(text)]
    choices = {"title": filters.titles, "venue": filters.venues}
    for kind, texts in choices.items():
        for text in texts:
            names = alternatives(text)
            said = " OR ".join(["instr(value, ?)"] * len(names))
            yield _of_facet(f"({said})"), [kind, *names]
    for text in filters.categories:
        yield _of_facet("has_words(value, ?)"), ["category", text]
    for text in filters.types:
        yield _of_facet(f"value IN {LISTED}"), ["type", json.dumps(types_called(text))]


def prepare(connection: sqlite3.Connection) -> None:
    """Teach a connection the functions that `conditions` use."""
    connection.create_function("folded", 1, flatten, deterministic=True)
    connection.create_function("says", 2, says, deterministic=True)
    connection.create_function("has_words", 2, has_words, deterministic=True)


def flatten(text: str) -> str:
    """Return `text` folded and on one line."""
    return " ".join(fold(text).split())


def alternatives(text: str) -> list[str]:
    """Return the texts, folded, of which a venue, a title or an abstract is to have one.

    >>> alternatives("CVPR or ICCV")
    ['cvpr', 'iccv']
    """
    return flatten(text).split(" or ")


def says(value: str, text: str) -> bool:
    """Tell whether a title or an abstract has one of the texts in `text` from the beginning of a
    word on.

    >>> [says("An organ of zero-shot\\nGANs", text) for text in ("gan", "Shot  GAN", "rgan or an")]
    [True, True, True]
    >>> says("An organ", "GAN")
    False
    """
    return bool(_beginnings(text).search(flatten(value)))


def has_words(category: str, text: str) -> bool:
    """Tell whether a category, or a title, has `text`, from word to word.

    >>> [has_words(name, "cs") for name in ("cs.CV", "physics.optics")]
    [True, False]
    """
    return bool(_whole_words(text).search(category))


def types_called(name: str) -> tuple[str, ...]:
    """Return the types that `name` stands for, in CSL's words."""
    folded = name.lower()
    return _EVERYDAY_TYPES.get(folded, (folded,))


@lru_cache
def _whole_words(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(text)}(?!\w)", re.IGNORECASE)


@lru_cache
def _beginnings(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, alternatives(text)))})")


def _of_facet(condition: str) -> str:
    return f"number IN (SELECT number FROM facets WHERE kind = ? AND {condition})"


def _facets(paper: Paper) -> Iterator[tuple[str, str, str]]:
    """Return each facet's kind, its value as it is looked for, and as it is shown."""
    facts = paper.facts
    yield "title", flatten(paper.title), ""
    for author in paper.authors:
        yield "author", flatten(author), author
    if paper.venue:
        yield "venue", flatten(paper.venue), paper.venue
    for keyword in facts.keywords:
        yield "keyword", flatten(keyword), keyword
    for category in facts.categories:
        yield "category", category, category
    if facts.type:
        yield "type", facts.type.lower(), facts.type
    for name, fact in (("DOI", facts.doi), ("arXiv id", facts.arxiv_id), ("PMID", facts.pmid)):
        if fact:
            yield name, fact, fact
    if facts.shown():
        yield "record", "", ""
