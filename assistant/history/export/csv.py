"""Rows → CSV text that a spreadsheet takes as text: no cell is a formula. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from assistant.history.serialization import clean

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def sheet(rows: Iterable[Iterable[str | int]]) -> str:
    r"""Return rows as CSV with lines that end in CR LF; write it as "utf-8-sig" where Excel shall read it.

    >>> sheet([["=1+1", "a, b"], [1, "x"]])
    '\'=1+1,"a, b"\r\n1,x\r\n'
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([_cell(one) for one in row] for row in rows)
    return out.getvalue()


def _cell(value: str | int) -> str | int:
    """Return a cell; before what a spreadsheet would take for a formula stands an apostrophe."""
    if isinstance(value, int):
        return value
    text = clean(value)
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text
