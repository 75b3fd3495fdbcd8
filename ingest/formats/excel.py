"""Excel's .xlsx: the sheets that have a column for titles and one for abstracts."""

import itertools
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from assistant.errors import SourceError
from ingest.formats.format import Format, Record
from ingest.formats.table import NEEDED, guess_columns, records_in_rows
from ingest.record_fields import Tell
from ingest.source import Source

_LARGEST = 200_000_000  # bytes, unpacked
_DENSEST, _SMALL = 100, 1_000_000
"""How often larger than packed a part may be, and the size up to which it may be any."""
_FIRST_ROWS = 20


def _read(source: Source, tell: Tell) -> Iterator[Record]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    with source.seekable() as file:
        try:
            with zipfile.ZipFile(file) as archive:
                if _is_bomb(archive.infolist()):
                    problem = f"unpacks to too much (over {_LARGEST // 1_000_000} MB, or"
                    raise SourceError(
                        f"{source.name}: {problem} {_DENSEST} times its size); save it as CSV"
                    )
            book = load_workbook(file, read_only=True, data_only=True)
        except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
            problem = f"no Excel file that can be read ({error}); save it as CSV"
            raise SourceError(f"{source.name}: {problem}") from error
        found = [_sheet(source, sheet) for sheet in book.worksheets]
        whole = [one for one in found if {*NEEDED} <= guess_columns(one[1], {}).keys()]
        whole = [] if source.columns else whole
        # Where no sheet has both columns, what is said of the one that has most helps.
        best = max(found, key=lambda one: one[0], default=None)
        if best is None or not best[1]:
            raise SourceError(f"{source.name}: no sheet with a row of column names")
        for _, header, rows, name in whole or [best]:
            sheet = replace(source, name=f"{source.name}, sheet {name}") if whole[1:] else source
            yield from records_in_rows(sheet, header, rows, tell)


def _is_bomb(parts: Sequence[zipfile.ZipInfo]) -> bool:
    dense = (part.file_size > max(_SMALL, _DENSEST * part.compress_size) for part in parts)
    return sum(part.file_size for part in parts) > _LARGEST or any(dense)


def _sheet(
    source: Source, sheet: Any
) -> tuple[int, Sequence[str], Iterator[tuple[int, Sequence[Any]]], str]:
    """Return how many columns of a sheet are known, its header, the rows below it, its name."""
    rows = enumerate(sheet.iter_rows(values_only=True), 1)
    best: tuple[int, list[str], int] = (0, [], 0)
    for number, row in itertools.islice(
        enumerate(sheet.iter_rows(values_only=True), 1), _FIRST_ROWS
    ):
        header = [str(cell or "").strip() for cell in row]
        known = len(guess_columns(header, {}))
        best = max(best, (known, header, number), key=lambda one: one[0])
    below = ((number, row) for number, row in rows if number > best[2])
    return best[0], best[1], below, sheet.title


def _is_excel(head: str) -> bool:
    return head.startswith("PK\x03\x04") and ("[Content_Types].xml" in head or "xl/" in head)


FORMAT = Format("Excel (.xlsx)", (".xlsx", ".xlsm"), _is_excel, _read)
