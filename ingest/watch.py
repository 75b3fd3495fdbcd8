"""Files → a sign whenever they change."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ingest.read import stamps_of


def changes_of(files: Sequence[Path], wait: Callable[[], None]) -> Iterator[None]:
    """Yield at once, and whenever files, or those in folders, have changed since and were then as
    they are twice in a row, `wait` between the looks: one may still be being written.
    """
    seen = stamps_of(files)
    yield
    before = seen
    while True:
        wait()
        now = stamps_of(files)
        if now == before != seen:
            seen = now
            yield
        before = now
