"""What a file format is: its name, its suffixes, how its files are recognised and read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.record_fields import Tell


@dataclass(frozen=True, slots=True)
class Record:
    """One paper as its file has it.

    `where` is file and line, for messages; `fields` are what `record_fields.paper_of` takes, None
    where the record has no words, or cannot be used for its `problem`; `paper_id` is the id that
    the file gives, "" where it gives none.
    """

    where: str
    fields: Mapping[str, Any] | None
    paper_id: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: its name in the plural, as people are told it, and its functions.

    `recognises` takes the text of a file; where no format does, the suffix decides. `read` takes
    the text, the file's name and what is called with oddities; it yields the records, and raises
    SourceError naming file and line where the file as a whole cannot be read. `lacks_facts`: years,
    authors and the like are joined by title from a bibliography.
    """

    name: str
    suffixes: tuple[str, ...]
    recognises: Callable[[str], bool]
    read: Callable[[str, str, Tell], Iterator[Record]]
    lacks_facts: bool = False
