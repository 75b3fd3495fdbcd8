"""Files → papers: one reader per format, one line on each record that cannot be used."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from assistant.errors import SourceError
from assistant.types import IngestReport, Paper
from ingest.formats import FORMAT_NAMES, hint_at, recognise_content, recognise_format
from ingest.formats.format import Format, Record
from ingest.formats.json_objects import read_objects
from ingest.merging import Merging
from ingest.record_fields import Tell, check_facts, paper_of, repair, title_key
from ingest.source import STANDARD_INPUT, Source, open_source
from ingest.spool import ABSTRACT, OTHER, PAPER, Halves
from ingest.zotero import Changes

CORPUS_NAME = "corpus.jsonl"
BIBLIOGRAPHY_NAME = "bibliography.jsonl"
MOST_NOTES = 1_000
_MOST_NAMED = 3
_OTHER_HALF = (
    "Semantic Scholar's data sets hold papers and abstracts in files of their own; name both"
)

Watch = Callable[[int, int], None]
"""Called with how many records, and how many bytes of the files, have just been read."""


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What files hold: papers once each, numbers of other records and files, and what was odd."""

    papers: Sequence[Paper]
    skipped: int = 0
    refused: int = 0
    repeated: int = 0
    notes: tuple[str, ...] = ()
    merged: int = 0
    failed: int = 0

    def check_whole(self) -> None:
        """Raise SourceError where something could not be read: its papers would be dropped."""
        lost = {"record": self.refused, "file": self.failed}
        if told := [f"{n:,} {what}{'s' if n > 1 else ''}" for what, n in lost.items() if n]:
            first = next((note for note in self.notes if note.endswith("left out)")), "")
            raise SourceError(
                f"--prune would drop the papers of what cannot be read, {' and '.join(told)};"
                f" mend that or leave --prune out: {first}"
            )

    def added_to(self, report: IngestReport) -> IngestReport:
        """Return the report of an ingest of these papers with what was found in reading them."""
        return replace(
            report,
            skipped=self.skipped,
            refused=self.refused,
            repeated=self.repeated + report.repeated,
            merged=self.merged + report.merged,
            notes=tuple(dict.fromkeys((*self.notes, *report.notes))),
        )


def bundled_papers() -> Sequence[Paper]:
    """Return the 219 papers that come with the package."""
    folder = resources.files("ingest") / "corpus"
    with resources.as_file(folder) as path:
        return read([path / "huggingface-papers.txt"]).papers


def read(
    files: Iterable[Path | Changes],
    bibliography: Path | None = None,
    strict: bool = False,
    columns: Mapping[str, str] | None = None,
    watch: Watch = lambda _records, _bytes: None,
) -> ReadResult:
    """Return what all `files` hold, each paper once, and what of it was odd.

    Of a folder all files of known formats are read, `-` is standard input. Records of one paper are
    merged (see `same_paper`). Facts for a page are joined by title from `bibliography`, else from a
    `bibliography.jsonl` beside it; `columns` name those of tables ({"title": "Name"}). SourceError
    names the file and line where a file cannot be read, none of its records can be used (of what
    only changed there need be none), or, if `strict`, one cannot.
    """
    reading = _Reading(bibliography, strict, columns or {}, watch)
    partial = False
    for path in files:
        if isinstance(path, Changes):
            _read_records(path.records, path.source, reading, source="")
            partial = partial or path.partial
        elif _is_folder(path):
            _read_folder(path, reading)
        else:
            _read_file(_corpus_in(path), reading)
    _tell_halves(reading)
    if reading.skipped and not reading.papers.papers and not partial:
        lack = "an abstract" if reading.without_abstract else "words"
        todo = _OTHER_HALF if reading.halves.count else "nothing to ingest"
        raise SourceError(f"none of the {reading.skipped} records has {lack}; {todo}")
    counts = (reading.skipped, reading.refused, reading.papers.repeated)
    more = [f"{reading.unnoted:,} more such records"] if reading.unnoted else []
    notes = (*reading.notes, *more, *reading.papers.notes())
    return ReadResult(reading.papers.papers, *counts, notes, reading.papers.merged, reading.failed)


def size_of(files: Iterable[Path]) -> int | None:
    """Return how many bytes some files and folders have, None where one cannot be known."""
    found = [one for path in files for one in _files_in(path)]
    known = all(one.is_file() for one in found)
    return sum(one.stat().st_size for one in found) if found and known else None


def stamps_of(files: Iterable[Path]) -> frozenset[tuple[Path, int, int]]:
    """Return each file that is there, also of folders, with its size and when it was changed."""
    stamps = set()
    with suppress(SourceError):  # a folder that is just being renamed
        for path in files:
            for one in _files_in(path):
                with suppress(OSError):
                    found = one.stat()
                    stamps.add((one, found.st_size, found.st_mtime_ns))
    return frozenset(stamps)


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    bibliography: Path | None
    strict: bool
    columns: Mapping[str, str]
    watch: Watch
    papers: Merging = field(default_factory=Merging)
    halves: Halves = field(default_factory=Halves)
    skipped: int = 0
    without_abstract: int = 0
    refused: int = 0
    failed: int = 0
    notes: list[str] = field(default_factory=list)
    unnoted: int = 0

    def tell(self, text: str) -> None:
        if len(self.notes) < MOST_NOTES:
            self.notes.append(text)
        else:
            self.unnoted += 1

    def tell_of(self, where: str) -> Tell:
        return lambda text: self.tell(f"{where}: {text}")

    @property
    def used(self) -> int:
        halves = self.halves.count
        return len(self.papers.papers) + self.skipped + self.papers.repeated + halves


def _is_folder(path: Path) -> bool:
    return path != STANDARD_INPUT and path.is_dir() and _corpus_in(path) == path


def _corpus_in(path: Path) -> Path:
    return path / CORPUS_NAME if os.path.isfile(path / CORPUS_NAME) else path


def _files_in(path: Path) -> Iterator[Path]:
    """Yield the files at a path, sorted, without facts of a page and links to folders."""
    if not _is_folder(path):
        yield _corpus_in(path)
        return
    try:
        inside = sorted(path.iterdir())
    except OSError as error:
        problem = f"cannot be read ({error.strerror}); check its permissions"
        raise SourceError(f"{path}: {problem}") from error
    for one in inside:
        hidden = one.name.startswith(".") or one.name == BIBLIOGRAPHY_NAME
        if not hidden and (one.is_file() or one.is_dir() and not one.is_symlink()):
            yield from _files_in(one)


def _read_folder(folder: Path, reading: _Reading) -> None:
    """Read the files of known formats in a folder; others, and unreadable ones, are counted."""
    before, others, failed = reading.used, list[Path](), list[str]()
    for file in _files_in(folder):
        try:
            if not _read_file(file, reading, in_folder=True):
                others.append(file)
        except SourceError as error:
            if reading.strict:
                raise
            failed.append(str(error))
            reading.failed += 1
            reading.tell(f"{error} (the file is left out)")
    if reading.used == before:
        if failed:
            raise SourceError(failed[0])
        raise SourceError(
            f"{folder}: this is a folder with no file of a known format (but {len(others)} others);"
            f" known are {FORMAT_NAMES}"
        )
    if others:
        named = ", ".join(one.name for one in others[:_MOST_NAMED])
        more = " …" if others[_MOST_NAMED:] else ""
        count = f"{len(others):,} file{'s' if others[1:] else ''} of no known format"
        reading.tell(f"{folder.name}: {count} passed over ({named}{more})")


def _read_file(file: Path, reading: _Reading, in_folder: bool = False) -> bool:
    """Read a file; return False, in a folder, where it is of no known format."""

    def seen(size: int) -> None:
        reading.watch(0, size)

    with open_source(file, reading.columns, seen, reading.tell) as source:
        known = _format_of(source, in_folder)
        if known is None and in_folder:
            return False
        if known is None:
            raise SourceError(_unknown(source))
        _read_source(source, known, _facts_for(file, known, reading.bibliography), reading)
    return True


def _format_of(source: Source, in_folder: bool) -> Format | None:
    # In a folder a text says by its content alone that it is a page of papers.
    if in_folder and source.suffix in ("", ".txt"):
        return recognise_content(source.head)
    return recognise_format(source.head, source.suffix)


def _unknown(source: Source) -> str:
    if hint := hint_at(source.head):
        return f"{source.name}: {hint}; understood are {FORMAT_NAMES}"
    if "\0" in source.head:
        return f"{source.name}: this is a binary file; give text in UTF-8"
    looked = f"nor does {source.suffix!r} name one" if source.suffix else "and it has no suffix"
    return (
        f"{source.name}: unknown format; understood are {FORMAT_NAMES}; its beginning looks like"
        f" none of them, {looked}"
    )


def _read_source(
    source: Source, known: Format, facts: Mapping[str, Mapping[str, Any]], reading: _Reading
) -> None:
    before, refused = reading.used, reading.refused
    records = known.read(source)
    problem = _read_records(records, source.name, reading, source.name, facts)
    if reading.used > before:
        return
    if not problem:
        raise SourceError(f"{source.name}: no record in it, though it looks like {known.name}")
    more = reading.refused - refused - 1
    raise SourceError(problem + (f"; {more} more records cannot be used" if more else ""))


def _read_records(
    records: Iterable[Record],
    name: str,
    reading: _Reading,
    source: str,
    facts: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> str:
    """Add the papers of records; return what keeps the first unusable one out, or ""."""
    problem, lacking, first = "", 0, ""
    for record in records:
        reading.watch(1, 0)
        found = _read_record(record, facts, reading, source)
        problem = problem or found
        lacking += record.lacks_abstract
        first = first or (record.where if record.lacks_abstract else "")
    if lacking:
        reading.without_abstract += lacking
        have = "record has" if lacking == 1 else "records have"
        reading.tell(f"{name}: {lacking:,} {have} no abstract (the first: {first})")
    return problem


def _tell_halves(reading: _Reading) -> None:
    """Tell which papers lack the file of their abstract; SourceError for no paper at all."""
    for name, number, place in reading.halves.alone(PAPER):
        reading.skipped += number
        reading.without_abstract += number
        have = "paper has" if number == 1 else "papers have"
        reading.tell(f"{name}: {number:,} {have} no abstract in the files named (as {place})")
    for kind, what in (
        (ABSTRACT, "abstracts of papers that are in no file named"),
        (OTHER, "records with neither title nor abstract are left out"),
    ):
        for name, number, place in reading.halves.alone(kind):
            told = f"{name}: {number:,} {what} (as {place})"
            if not reading.papers.papers and not reading.skipped:
                raise SourceError(f"{told}; {_OTHER_HALF}")
            reading.tell(told)


def _read_record(
    record: Record, facts: Mapping[str, Mapping[str, Any]], reading: _Reading, source: str
) -> str:
    """Add a record's paper, with `facts` of its title; return what keeps it out, or ""."""
    problem = f"{record.where}: {record.problem}" if record.problem else ""
    if not problem and record.fields is None:
        reading.skipped += 1
        return ""
    if record.half and not problem:
        if (whole := reading.halves.join(record, source)) is None:
            return ""
        reading.without_abstract += whole[0].lacks_abstract
        return _read_record(whole[0], facts, reading, whole[1])
    if record.fields is not None:
        title = str(record.fields.get("title"))
        joined = (
            facts.get(title_key(repair(title))) or facts.get(title_key(title)) if facts else None
        )
        tell = reading.tell_of(record.where)
        try:
            paper = paper_of(record.fields, tell, joined, record.paper_id)
        except SourceError as error:
            problem = f"{record.where}: {error}"
        else:
            if odd := reading.papers.add(paper, record.where, source or record.where):
                tell(odd)
            return ""
    if reading.strict:
        raise SourceError(problem)
    reading.refused += 1
    reading.tell(f"{problem} (left out)")
    return problem


def _facts_for(
    file: Path, known: Format, bibliography: Path | None
) -> dict[str, Mapping[str, Any]]:
    """Return the facts that pages are joined with, by title."""
    beside = file.parent / BIBLIOGRAPHY_NAME
    path = bibliography or (beside if beside.is_file() else None)
    facts: dict[str, Mapping[str, Any]] = {}
    if not known.lacks_facts or path is None:
        return facts
    with open_source(path) as source:
        for line, record in read_objects(source):
            if isinstance(record, str):
                raise SourceError(f"{path.name}:{line}: {record}")
            if record.get("title"):
                try:
                    check_facts(record)
                except SourceError as error:
                    raise SourceError(f"{path.name}:{line}: {error}") from error
                facts[title_key(str(record["title"]))] = record
    return facts
