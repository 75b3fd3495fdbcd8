"""A "trending papers" page of Hugging Face as text: a banner, then title and abstract in turn."""

import itertools
from collections.abc import Iterator

from assistant.errors import SourceError
from ingest.formats.format import Format, Record
from ingest.source import Source

_BANNER = "Get trending papers in your email inbox"
_GLUED = "Subscribe"
_BANNER_LINES = 2
# Longest title and shortest abstract seen are 143 and 507 characters; a line on the wrong side of
# these bounds means that a title or an abstract before it is missing.
_LONGEST_TITLE = 300


def _read(source: Source) -> Iterator[Record]:
    """Yield titles with abstracts; SourceError names the file and line that does not fit."""
    filled = ((number, line.strip()) for number, line in source.lines() if line.strip())
    begun = _without_banner(list(itertools.islice(filled, _BANNER_LINES + 1)), source.name)
    rest = itertools.chain(begun, filled)
    for number, title in rest:
        if len(title) > _LONGEST_TITLE:
            raise SourceError(
                f"{source.name}:{number}: a title was expected here, but the line has {len(title)}"
                " characters like an abstract; a title or an abstract is missing before it"
            )
        _, abstract = next(rest, (0, ""))
        if not abstract:
            raise SourceError(
                f"{source.name}:{number}: the title {title[:60]!r} has no abstract after it; add it"
                " or drop the line"
            )
        yield Record(f"{source.name}: {title[:60]!r}", {"title": title, "abstract": abstract})


def _without_banner(lines: list[tuple[int, str]], name: str) -> list[tuple[int, str]]:
    number = 1
    for position, (number, line) in enumerate(lines):
        if line.startswith(_GLUED):
            title = line.removeprefix(_GLUED).strip()
            return ([(number, title)] if title else []) + lines[position + 1 :]
        if not line.startswith(_BANNER):
            break
    raise SourceError(
        f"{name}:{number}: this is not a saved Hugging Face papers page: expected {_BANNER_LINES}"
        f" lines '{_BANNER}…' and then '{_GLUED}' before the first title"
    )


FORMAT = Format(
    "saved Hugging Face papers pages",
    (".txt",),
    lambda head: head.lstrip("\ufeff \r\n\t").startswith((_BANNER, _GLUED)),
    _read,
    lacks_facts=True,
)
