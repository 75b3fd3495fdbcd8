"""Files → papers: one reader per format, one line on each record that cannot be used."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from assistant.errors import SourceError
from assistant.types import Paper
from ingest.formats import FORMAT_NAMES, recognise_format
from ingest.formats.format import Record
from ingest.formats.json_lines import read_objects
from ingest.record_fields import Tell, check_facts, paper_of, repair, title_key

CORPUS_NAME = "corpus.jsonl"
BIBLIOGRAPHY_NAME = "bibliography.jsonl"
_LARGEST_FILE = 2_000_000_000


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What files hold: papers once each; records without words, unusable, repeated, odd."""

    papers: Sequence[Paper]
    skipped: int = 0
    refused: int = 0
    repeated: int = 0
    notes: tuple[str, ...] = ()


def bundled_papers() -> list[Paper]:
    """Return the 219 papers that come with the package."""
    folder = resources.files("ingest") / "corpus"
    with resources.as_file(folder) as path:
        return read_papers([path / "huggingface-papers.txt"])


def read_papers(files: Iterable[Path], bibliography: Path | None = None) -> list[Paper]:
    """Return the papers of all `files`; see `read`."""
    return list(read(files, bibliography).papers)


def read(
    files: Iterable[Path], bibliography: Path | None = None, strict: bool = False
) -> ReadResult:
    """Return what all `files` hold, each id once (the first wins), and what of it was odd.

    What is understood stands in `ingest.formats`. Facts for the papers of a page are joined by
    title from `bibliography`, else from a `bibliography.jsonl` beside it. A record that cannot be
    used is left out and named in the notes. Raises SourceError naming the file and line where a
    file cannot be read, none of its records can be used, or, if `strict`, one of them cannot.
    """
    reading = _Reading(strict)
    for file in files:
        _read_file(file, bibliography, reading)
    if reading.skipped and not reading.papers:
        raise SourceError(f"none of the {reading.skipped} records has words; nothing to ingest")
    counts = (reading.skipped, len(reading.problems), reading.repeated)
    return ReadResult(tuple(reading.papers.values()), *counts, tuple(reading.notes))


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    strict: bool
    papers: dict[str, Paper] = field(default_factory=dict)
    skipped: int = 0
    problems: list[str] = field(default_factory=list)
    repeated: int = 0
    notes: list[str] = field(default_factory=list)

    def tell_of(self, where: str) -> Tell:
        return lambda text: self.notes.append(f"{where}: {text}")

    def refuse(self, problem: SourceError) -> None:
        if self.strict:
            raise problem
        self.problems.append(str(problem))
        self.notes.append(f"{problem} (left out)")

    @property
    def used(self) -> int:
        return len(self.papers) + self.skipped + self.repeated

    def add(self, paper: Paper, where: str) -> None:
        known = self.papers.setdefault(paper.id, paper)
        if known is paper:
            return
        self.repeated += 1
        if known.content_hash != paper.content_hash:
            self.notes.append(f"{where}: another record of {paper.id}; the first one is kept")


def _read_file(file: Path, bibliography: Path | None, reading: _Reading) -> None:
    file = file / CORPUS_NAME if os.path.isfile(file / CORPUS_NAME) else file
    text = _text_of(file)
    known = recognise_format(text, file.suffix)
    if known is None:
        raise SourceError(f"{file.name}: unknown format; understood are {FORMAT_NAMES}")
    facts: dict[str, Mapping[str, Any]] = {}
    if known.lacks_facts:
        beside = file.parent / BIBLIOGRAPHY_NAME
        facts = _facts_by_title(bibliography or (beside if beside.is_file() else None))
    before, first = reading.used, len(reading.problems)
    for record in known.read(text, file.name, reading.notes.append):
        _read_record(record, facts, reading)
    problems = reading.problems[first:]
    if problems and reading.used == before:
        more = f"; {len(problems) - 1} more records cannot be used" if problems[1:] else ""
        raise SourceError(problems[0] + more)


def _read_record(record: Record, facts: Mapping[str, Mapping[str, Any]], reading: _Reading) -> None:
    """Add the paper of a record, with what `facts` know of its title; one without words is
    skipped.
    """
    if record.problem:
        reading.refuse(SourceError(f"{record.where}: {record.problem}"))
        return
    if record.fields is None:
        reading.skipped += 1
        return
    title = str(record.fields.get("title"))
    joined = facts.get(title_key(repair(title))) or facts.get(title_key(title)) if facts else None
    tell = reading.tell_of(record.where)
    try:
        paper = paper_of(record.fields, tell, joined, record.paper_id)
    except SourceError as error:
        reading.refuse(SourceError(f"{record.where}: {error}"))
        return
    reading.add(paper, record.where)


def _facts_by_title(path: Path | None) -> dict[str, Mapping[str, Any]]:
    if path is None:
        return {}
    facts = {}
    for line, record in read_objects(_text_of(path), path.name, lambda _: None):
        if isinstance(record, str):
            raise SourceError(f"{path.name}:{line}: {record}")
        if record.get("title"):
            try:
                check_facts(record)
            except SourceError as error:
                raise SourceError(f"{path.name}:{line}: {error}") from error
            facts[title_key(str(record["title"]))] = record
    return facts


def _text_of(file: Path) -> str:
    if not file.exists():
        raise SourceError(f"{file}: no such file; check the path")
    if file.is_dir():
        raise SourceError(
            f"{file}: this is a folder; name the files in it (one that holds {CORPUS_NAME} can be"
            " named itself)"
        )
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise SourceError(f"{file}: larger than 2 GB; split it")
        data = file.read_bytes()
    except OSError as error:
        raise SourceError(
            f"{file}: cannot be read ({error.strerror}); check its permissions"
        ) from error
    if not data.removeprefix(b"\xef\xbb\xbf").strip():
        raise SourceError(f"{file}: the file is empty; nothing to ingest")
    if b"\0" in data:
        raise SourceError(f"{file}: this is a binary file; give text in UTF-8")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SourceError(f"{file}:{line}: not UTF-8 text; convert the file to UTF-8") from error
