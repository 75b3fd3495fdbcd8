"""What a citation processor prints → text in its forms.

The text carries marks, letters of Unicode's private use, by which a style's punctuation is told
from an author's own.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal

Form = Literal["italic", "bold", "sup", "sub"]
MARKS = re.compile("[\ue000-\uf8ff]")
ASKED, QUOTE, KEPT, HYPHEN, ELSE = (chr(code) for code in range(0xE005, 0xE00A))
"""Marks: the end of a title that asks, before a closing quotation mark, before a letter that keeps
its case, in place of a hyphen that is one, before "et al."."""
_OPEN: dict[str, Form] = {"\ue000": "italic", "\ue001": "bold", "\ue002": "sup", "\ue003": "sub"}
_CLOSE = "\ue004"
_AFTER_ASKED = re.compile(f"(?<=[?!]{ASKED})([{_CLOSE}]*)[.]")
_AFTER_ASKED_QUOTE = re.compile(f"(?<=[?!]{ASKED})([{_CLOSE}]*{QUOTE}.[{_CLOSE}]*)[.]")
_INTO_QUOTE = re.compile(f"({_CLOSE}*{QUOTE}.{_CLOSE}*)([.,])")
_TWICE = re.compile(f"([.,;:])((?:{_CLOSE}|{QUOTE}.)+)\\1")
_COMMA_LAST = re.compile(f"[,;:]([{_CLOSE}\\s]*)$")


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one form."""

    text: str
    forms: frozenset[Form] = frozenset()


Runs = tuple[Run, ...]


def plain(runs: Sequence[Run]) -> str:
    """Return runs as plain text."""
    return "".join(run.text for run in runs)


def runs_of(text: str, into_quotes: bool = False) -> Runs:
    """Return a processor's text as runs, its punctuation mended where two marks met; `into_quotes`:
    with comma and full stop inside quotation marks."""
    text = _AFTER_ASKED_QUOTE.sub(r"\1", _AFTER_ASKED.sub(r"\1", text))
    if into_quotes:
        text = _INTO_QUOTE.sub(r"\2\1", text)
    text = _TWICE.sub(r"\1\2", text)
    # A style's comma before what is not known.
    text = _COMMA_LAST.sub(r".\1", text)
    return tuple(_runs(text))


def _runs(text: str) -> Iterator[Run]:
    forms: list[Form] = []
    for piece in re.split("([\ue000-\uf8ff])", text):
        if piece in _OPEN:
            forms.append(_OPEN[piece])
        elif piece == _CLOSE:
            forms.pop()
        elif piece == HYPHEN:
            yield Run("-", frozenset(forms))
        elif piece and not MARKS.match(piece):
            yield Run(piece, frozenset(forms))


def _formatter() -> Any:
    def form(opening: str) -> Any:
        return lambda text: f"{opening}{text}{_CLOSE}"

    def same(text: Any) -> Any:
        return text

    italic, bold, sup, sub = map(form, _OPEN)
    return SimpleNamespace(
        preformat=same, Italic=italic, Oblique=italic, Bold=bold, Superscript=sup, Subscript=sub,
        Light=same, Underline=same, SmallCaps=same,
    )  # fmt: skip


FORMATTER = _formatter()
"""What a processor forms its text by: with marks."""
