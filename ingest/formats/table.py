"""Tables, as CSV, Excel's .xlsx or Parquet: which column holds what is guessed, and told."""

import csv
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant.errors import SourceError
from assistant.extras import how_to_install
from ingest.formats.format import Format, Record, person_of, record_of
from ingest.plain_text import from_markup
from ingest.record_facts import NOTED_ARXIV, arxiv_id_in, doi_at, doi_of, noted, words_in, year_in
from ingest.source import Source

# asreview's names of columns, and those of Scopus, Web of Science, PubMed, Zotero and OpenAlex; the
# first that a table has counts.
_COLUMNS = {
    "title": "title|primary title|article title|document title|paper title|ti|t1|display name",
    "abstract": "abstract|notes abstract|abstract note|abstract text|ab|n2|summary",
    "authors": "author full names|authors|first authors|author names|author s|author|af|au|creator"
    "|authorships author display name",
    "year": "year|publication year|year published|pub year|py|date|publication date|published"
    "|publication date yyyy mm dd|y1",
    "venue": "venue|journal|source title|publication title|journal title|journal book"
    "|secondary title|journal name|publication name|container title|booktitle|host venue|source"
    "|primary location source display name|so|jf|t2",
    "doi": "doi|di|do|doi link",
    "url": "url|link|urls|ur|article url|landing page url",
    "arxiv_id": "arxiv id|arxiv|arxivid",
    "pmid": "pmid|pubmed id|pubmedid|pm",
    "openalex_id": "openalex id|openalexid",
    "s2_id": "s2 id|paperid|semantic scholar id|corpusid|corpus id",
    "type": "type|document type|publication type|item type|type of reference|dt",
    "keywords": "keywords|author keywords|manual tags|tags|de|kw",
    "more_keywords": "automatic tags|index keywords|keywords plus|mesh terms",
    "categories": "categories|arxiv categories|primary category",
    "cited_by": "cited by|cited by count|citation count|citations|times cited"
    "|times cited all databases|times cited wos core|citationcount|z9|tc",
    "id": "id",
    "retracted": "retracted|is retracted|withdrawn",
    "note": "note|extra",
}  # fmt: skip
FIELDS = tuple(_COLUMNS)
NEEDED = ("title", "abstract")
_DELIMITERS = ",\t;|"
_FORMULA = re.compile(r"'\s*[=+\-@＝＋－＠\t]")
_FAMILY_FIRST = re.compile(r"[^.,]*[^\W\d_]{2,} (?:[^\W\d_]\.[ -]?){1,4}")
_NUMBER = re.compile(r"\s*\(\d{5,}\)")  # Scopus: "Lee, Ann (57190000000)"
_MOST_SHOWN = 12
_SEPARATOR = re.compile(r"sep=(.)\s*", re.IGNORECASE)  # tells Excel what parts the columns
_LARGEST = 200_000_000  # bytes, unpacked
_DENSEST, _SMALL = 100, 1_000_000
"""How often larger than packed a part may be, and the size up to which it may be any."""
_FIRST_ROWS = 20
_EXCEL = re.compile(r"PK\x03\x04.*(?:\[Content_Types\]\.xml|xl/)", re.DOTALL)
_ROWS = 256  # of Parquet, read at once

Columns = Mapping[str, int]
"""Where in a row a field stands."""


def guess_columns(header: Sequence[str], given: Mapping[str, str]) -> Columns:
    """Return where fields stand, by `given` or usual names; SourceError for a given one missing.

    >>> dict(guess_columns(["Article Title", "Abstract", "DOI", "Notes"], {"abstract": "Notes"}))
    {'title': 0, 'abstract': 3, 'doi': 2}
    """
    keys = [_key(name) for name in header]
    found: dict[str, int] = {}
    for field, names in _COLUMNS.items():
        if wanted := given.get(field):
            if wanted not in header and _key(wanted) not in keys:
                raise SourceError(f"there is no column {wanted!r}; the columns are {shown(header)}")
            found[field] = header.index(wanted) if wanted in header else keys.index(_key(wanted))
        elif place := next((name for name in names.split("|") if name in keys), None):
            found[field] = keys.index(place)
    return found


def shown(header: Sequence[str]) -> str:
    """Return the names of columns as people are told them."""
    more = f" and {len(header) - _MOST_SHOWN} more" if len(header) > _MOST_SHOWN else ""
    return ", ".join(f"“{name[:40]}”" for name in header[:_MOST_SHOWN]) + more


def _key(name: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", name.lower().lstrip("\ufeff")).split())


def records_in_rows(
    source: Source, header: Sequence[str], rows: Iterable[tuple[int, Sequence[Any] | str]]
) -> Iterator[Record]:
    """Yield the records of numbered rows, or of what is wrong with one; the columns are told."""
    try:
        columns = guess_columns(header, source.columns)
    except SourceError as error:
        raise SourceError(f"{source.name}: {error}") from error
    for field in NEEDED:
        if field not in columns:
            raise SourceError(
                f"{source.name}: no column for the {field}; call one of them so, or name it by"
                f" --column {field}=NAME (the columns are {shown(header)})"
            )
    told = ", ".join(f"{field} from “{header[place][:40]}”" for field, place in columns.items())
    source.tell(f"{source.name}: {told} (--column FIELD=NAME takes another)")
    for number, row in rows:
        where = f"{source.name}:{number}"
        if isinstance(row, str):
            yield Record(where, None, problem=row)
        elif any(cell not in (None, "") for cell in row):
            yield _record(where, row, columns)


def _record(where: str, row: Sequence[Any], columns: Columns) -> Record:
    fields = {field: _cell(row[place]) for field, place in columns.items() if place < len(row)}
    text: dict[str, Any] = {
        field: value for field, value in fields.items() if isinstance(value, str)
    }
    markup: dict[str, Any] = {
        field: from_markup(text[field]) for field in ("title", "abstract", "venue") if field in text
    }
    doi, url, own, note = (text.get(field, "") for field in ("doi", "url", "id", "note"))
    more = words_in(fields.get("more_keywords"))
    return record_of(
        where,
        {
            **fields,
            **markup,
            "authors": _people(text["authors"]) if "authors" in text else fields.get("authors"),
            "year": year_in(text.get("year")) or fields.get("year"),
            "doi": doi_of(doi, own, noted("DOI", note)) or doi_at(url),
            "arxiv_id": arxiv_id_in(
                *(text.get("arxiv_id"), doi, own if ":" in own else "", url),
                noted(NOTED_ARXIV, note),
            ),
            "pmid": fields.get("pmid") or noted("PMID", note),
            "keywords": [*words_in(fields.get("keywords")), *more],
            "openalex_id": text.get("openalex_id") or own,
            "url": url if url.startswith(("http://", "https://")) else None,
        },
    )


def _people(authors: str) -> str | list[dict[str, str]]:
    """Return names as their list is taken apart; Scopus writes the family first, with no comma.

    >>> _people("Lee A.; de Yu B.-C."), _people("Lee, Ann (57190000000)")
    ([{'given': 'A.', 'family': 'Lee'}, {'given': 'B.-C.', 'family': 'de Yu'}], 'Lee, Ann')
    """
    text = _NUMBER.sub("", authors)
    names = [name.strip() for name in re.split(r";" if ";" in text else r",", text)]
    return [*map(person_of, names)] if all(map(_FAMILY_FIRST.fullmatch, names)) else text


def _cell(value: Any) -> Any:
    """Return a cell; the apostrophe that keeps a spreadsheet from computing it is no part of it.

    >>> _cell("'=1+1"), _cell("'tis"), _cell(2020.0), _cell(None)
    ('=1+1', "'tis", '2020', '')
    """
    if isinstance(value, list | bool):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None else str(value).strip()
    return text[1:] if _FORMULA.match(text) else text


def _delimiter(head: str, suffix: str) -> str:
    """Return what parts the columns: by which the first row has most names that are known."""
    if suffix in (".tsv", ".tab"):
        return "\t"
    line = _header_in(head)

    def known(delimiter: str) -> tuple[int, int]:
        header = next(csv.reader([line], delimiter=delimiter), [])
        return len(guess_columns(header, {})), len(header)

    return max(_DELIMITERS, key=known)


def _read_csv(source: Source) -> Iterator[Record]:
    lines = ("\n" if _SEPARATOR.fullmatch(line) else f"{line}\n" for _, line in source.lines())
    reader = csv.reader(lines, delimiter=_delimiter(source.head, source.suffix))
    rows = _csv_rows(reader)
    for number, row in rows:
        if isinstance(row, str):
            raise SourceError(f"{source.name}:{number}: {row}")
        if any(row):
            header = [name.strip().lstrip("\ufeff") for name in row]
            yield from records_in_rows(source, header, rows)
            return


def _csv_rows(reader: Any) -> Iterator[tuple[int, Sequence[str] | str]]:
    """Yield line and cells of each row, of a bad one what is wrong with it."""
    while True:
        number = reader.line_num + 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, f"a row that cannot be read ({error}); is a quotation mark left open?"


def _header_in(head: str) -> str:
    lines = (line for line in head.splitlines() if not _SEPARATOR.fullmatch(line))
    return next((line for line in lines if line.strip()), "")


def _is_table(head: str) -> bool:
    line = _header_in(head)
    if len(line) > 20_000 or line.lstrip().startswith(("{", "[", "<")):
        return False
    found = guess_columns(next(csv.reader([line], delimiter=_delimiter(head, "")), []), {})
    return all(field in found for field in NEEDED)


def _read_excel(source: Source) -> Iterator[Record]:
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
            yield from records_in_rows(sheet, header, rows)


def _is_bomb(parts: Sequence[zipfile.ZipInfo]) -> bool:
    dense = (part.file_size > max(_SMALL, _DENSEST * part.compress_size) for part in parts)
    return sum(part.file_size for part in parts) > _LARGEST or any(dense)


def _sheet(
    source: Source, sheet: Any
) -> tuple[int, Sequence[str], Iterator[tuple[int, Sequence[Any]]], str]:
    """Return how many columns of a sheet are known, its header, the rows below it, its name."""
    rows = enumerate(sheet.iter_rows(values_only=True), 1)
    best: tuple[int, list[str], int] = (0, [], 0)
    for number, row in enumerate(sheet.iter_rows(max_row=_FIRST_ROWS, values_only=True), 1):
        header = [str(cell or "").strip() for cell in row]
        known = len(guess_columns(header, {}))
        best = max(best, (known, header, number), key=lambda one: one[0])
    below = ((number, row) for number, row in rows if number > best[2])
    return best[0], best[1], below, sheet.title


def _read_parquet(source: Source) -> Iterator[Record]:
    try:
        import pyarrow.parquet as parquet
        from pyarrow import ArrowException
    except ImportError as error:
        problem = f"Parquet needs one more package; run: {how_to_install('parquet')}"
        raise SourceError(f"{source.name}: {problem}") from error
    with source.seekable() as stream:
        try:
            file = parquet.ParquetFile(
                stream, memory_map=False, buffer_size=1 << 20, pre_buffer=False
            )
            names = [str(name) for name in file.schema_arrow.names]
            taken = sorted(set(guess_columns(names, source.columns).values()))
            header = [names[place] for place in taken]
            yield from records_in_rows(source, header or names, _parquet_rows(file, header))
        except (ArrowException, OSError) as error:
            problem = f"no Parquet file that can be read ({error})"
            raise SourceError(f"{source.name}: {problem}") from error


def _parquet_rows(file: Any, header: Sequence[str]) -> Iterator[tuple[int, list[Any]]]:
    number = 1
    for batch in file.iter_batches(batch_size=_ROWS, columns=list(header)):
        for row in batch.to_pylist():
            yield number, [row[name] for name in header]
            number += 1


TABLE = Format("tables (CSV, TSV)", (".csv", ".tsv", ".tab"), _is_table, _read_csv)
EXCEL = Format("Excel (.xlsx)", (".xlsx", ".xlsm"), _EXCEL.match, _read_excel)
PARQUET = Format("Parquet", (".parquet",), lambda head: head.startswith("PAR1"), _read_parquet)
