"""Files → a sign whenever they change."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ingest.read import stamps_of


def changes_of(files: Sequence[Path], wait: Callable[[], None]) -> Iterator[None]:
    """Yield at once, and whenever files have changed and then stayed alike for one `wait`."""
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
