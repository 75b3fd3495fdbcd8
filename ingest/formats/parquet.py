"""Parquet, as Hugging Face's data sets come: columns are guessed as those of other tables."""

from collections.abc import Iterator, Sequence
from typing import Any

from assistant.errors import SourceError
from assistant.extras import how_to_install
from ingest.formats.format import Format, Record
from ingest.formats.table import guess_columns, records_in_rows
from ingest.record_fields import Tell
from ingest.source import Source

_ROWS = 256


def _read(source: Source, tell: Tell) -> Iterator[Record]:
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
            yield from records_in_rows(source, header or names, _rows(file, header), tell)
        except (ArrowException, OSError) as error:
            problem = f"no Parquet file that can be read ({error})"
            raise SourceError(f"{source.name}: {problem}") from error


def _rows(file: Any, header: Sequence[str]) -> Iterator[tuple[int, list[Any]]]:
    number = 1
    for batch in file.iter_batches(batch_size=_ROWS, columns=list(header)):
        for row in batch.to_pylist():
            yield number, [row[name] for name in header]
            number += 1


FORMAT = Format("Parquet", (".parquet",), lambda head: head.startswith("PAR1"), _read)
