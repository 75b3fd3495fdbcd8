"""Read a "trending papers" page of Hugging Face that was saved as text.

Two banner lines, then `Subscribe` glued to the first title, then title and abstract in turn, one
line each.
"""

import re
from collections.abc import Iterator

from assistant.errors import SourceError
from ingest.formats.format import Format, Record
from ingest.record_fields import Tell

_BANNER = "Get trending papers in your email inbox"
_GLUED = "Subscribe"
_BANNER_LINES = 2
# Longest title and shortest abstract seen are 143 and 507 characters; a line on the wrong side of
# these bounds means that a title or an abstract before it is missing.
_LONGEST_TITLE = 300


def _is_page(text: str) -> bool:
    """Tell whether `text` begins as a saved papers page does."""
    return text.lstrip("\ufeff \r\n\t").startswith((_BANNER, _GLUED))


def read_page(text: str, name: str) -> list[tuple[str, str]]:
    """Return (title, abstract) pairs in page order; SourceError names the file and line that does
    not fit.

    Blank lines, CRLF and a byte-order mark are tolerated.
    """
    # Not splitlines(): it also splits at separators that may stand inside an abstract.
    lines = [
        (number, line.strip())
        for number, line in enumerate(re.split(r"\r?\n", text.lstrip("\ufeff")), 1)
    ]
    lines = _without_banner([(number, line) for number, line in lines if line], name)
    for number, title in lines[::2]:
        if len(title) > _LONGEST_TITLE:
            raise SourceError(
                f"{name}:{number}: a title was expected here, but the line has {len(title)}"
                " characters like an abstract; a title or an abstract is missing before it"
            )
    if len(lines) % 2:
        number, title = lines[-1]
        raise SourceError(
            f"{name}:{number}: the title {title[:60]!r} has no abstract after it; add it or drop"
            " the line"
        )
    return [
        (title, abstract) for (_, title), (_, abstract) in zip(lines[::2], lines[1::2], strict=True)
    ]


def _without_banner(lines: list[tuple[int, str]], name: str) -> list[tuple[int, str]]:
    for position, (number, line) in enumerate(lines[: _BANNER_LINES + 1]):
        if line.startswith(_GLUED):
            title = line.removeprefix(_GLUED).strip()
            return ([(number, title)] if title else []) + lines[position + 1 :]
        if not line.startswith(_BANNER):
            break
    number = lines[min(len(lines) - 1, _BANNER_LINES)][0] if lines else 1
    for candidate, line in lines[:_BANNER_LINES]:
        if not line.startswith(_BANNER):
            number = candidate
            break
    raise SourceError(
        f"{name}:{number}: this is not a saved Hugging Face papers page: expected {_BANNER_LINES}"
        f" lines '{_BANNER}…' and then '{_GLUED}' before the first title"
    )


def _read(text: str, name: str, tell: Tell) -> Iterator[Record]:
    for title, abstract in read_page(text, name):
        yield Record(f"{name}: {title[:60]!r}", {"title": title, "abstract": abstract})


FORMAT = Format("saved Hugging Face papers pages", (".txt",), _is_page, _read, lacks_facts=True)
