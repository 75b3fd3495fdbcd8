"""What a record says of a paper, as it is kept."""

from __future__ import annotations

import re
from typing import Any

from assistant.errors import SourceError

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    """Return `text` without what no reader sees and a terminal may obey: control characters, halves of surrogate pairs."""
    return _CONTROL.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))


def authors(value: Any) -> tuple[str, ...]:
    """Return names given as a list, or with semicolons or "and" between them.

    >>> authors("Ann Lee; Bo Yu and Cy")
    ('Ann Lee', 'Bo Yu', 'Cy')
    """
    if isinstance(value, str):
        value = value.replace(" and ", ";").split(";")
    if not isinstance(value, list):
        return ()
    return tuple(name for name in (" ".join(printable(str(one)).split()) for one in value) if name)


def year(value: Any) -> int | None:
    """Return a year, None where there is none; SourceError for what is no year."""
    if value is None or value == "":
        return None
    try:
        found = int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise SourceError(f"{value!r} is not a year") from error
    if not 1000 <= found <= 2200:
        raise SourceError(f"{value!r} is not a year")
    return found


def text(value: Any) -> str | None:
    """Return `value` on one line, None for nothing."""
    return " ".join(printable(str(value)).split()) or None if value is not None else None
