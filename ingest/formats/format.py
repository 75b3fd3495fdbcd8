"""What a file format is: its name, its suffixes, how its files are recognised and read."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.source import Source

_NO_ABSTRACT = re.compile(
    r"\W*(?:no abstract(?: is| was)?(?: available| provided)?|abstract (?:is )?not available"
    r"|n/?a|none|nan|null)\W*",
    re.IGNORECASE,
)
_INITIALS_LAST = re.compile(r"((?:\S.*)?[^\W\d_]{2,}) ((?:[^\W\d_]\.-?){1,4}|[A-Z]{1,3})")


@dataclass(frozen=True, slots=True)
class Record:
    """One paper as its file has it.

    `where` is file and line; `fields` are what `record_fields.paper_of` takes, None where the
    record `lacks_abstract` or has a `problem`; `paper_id` is the file's own id, or "". `half` is
    what a record of title and facts, or of an abstract, shares with its other half elsewhere.
    """

    where: str
    fields: Mapping[str, Any] | None
    paper_id: str = ""
    problem: str = ""
    lacks_abstract: bool = False
    half: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: its name in the plural, and its functions.

    `recognises` takes the head of a file; where none returns a sign, the suffix decides. `read`
    yields records one by one; SourceError where the file cannot be read. `lacks_facts`: years,
    authors and the like are joined by title from a bibliography.
    """

    name: str
    suffixes: tuple[str, ...]
    recognises: Callable[[str], object]
    read: Callable[[Source], Iterator[Record]]
    lacks_facts: bool = False


def record_of(where: str, fields: Mapping[str, Any]) -> Record:
    """Return the record of some fields; no title is a problem, no abstract is told as such.

    >>> record_of("a:1", {"title": "A", "abstract": "No abstract available."}).lacks_abstract
    True
    """
    title, abstract = (
        " ".join(str(fields.get(name) or "").split()) for name in ("title", "abstract")
    )
    if not abstract or _NO_ABSTRACT.fullmatch(abstract):
        return Record(where, None, lacks_abstract=True)
    if not title:
        return Record(where, None, problem="the record has no title")
    return Record(where, {**fields, "title": title, "abstract": abstract})


def person(given: str, family: str, suffix: str = "") -> dict[str, str]:
    """Return a name as `author_names` takes it, with no comma to be misread."""
    return {"given": given.strip(), "family": " ".join(f"{family} {suffix}".split())}


def person_of(name: str) -> dict[str, str]:
    """Return a name that stands family first: "Lee, Ann", "Smith, J., Jr.", "Lee A.B.", "Lee AB".

    >>> [" ".join(person_of(name).values()) for name in ("Smith, J., Jr.", "O'Hara Lee A.B.")]
    ['J. Smith Jr.', "A.B. O'Hara Lee"]
    """
    family, _, rest = " ".join(name.split()).rstrip(",;").partition(",")
    given, _, suffix = rest.partition(",")
    initials = None if given else _INITIALS_LAST.fullmatch(family)
    return person(initials[2], initials[1]) if initials else person(given, family, suffix)
