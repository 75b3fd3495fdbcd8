"""Words and patterns as data: the files in `assistant/text/data`, one entry a line."""

from functools import cache
from importlib.resources import files


@cache
def read_lines(name: str) -> tuple[str, ...]:
    """Return the entries of a data file in order, without comments ("# …") and empty lines."""
    text = files("assistant.text").joinpath("data", name).read_text("utf-8")
    return tuple(
        line for line in text.split("\n") if line and line != "#" and not line.startswith("# ")
    )


def read_words(name: str) -> frozenset[str]:
    """Return the words of a data file, however many stand in a line."""
    return frozenset(word for line in read_lines(name) for word in line.split())
