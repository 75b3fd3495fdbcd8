"""An answer under way, as a terminal shows it until it is whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.markdown import Markdown
from rich.segment import Segment
from rich.spinner import Spinner
from rich.text import Text

from assistant.checking.annotations import with_numbers
from assistant.composing.stream import AnswerStream
from assistant.history.citations import continue_numbers
from assistant.types import Answer, Turn

_DRAWN = 8  # times a second


def follow(stream: AnswerStream, turns: Sequence[Turn], quiet: bool = False) -> Answer:
    """Return the finished answer of a stream; what is done and written meanwhile is shown in a
    terminal, with the numbers that papers have after `turns`, unless it shall be `quiet`."""
    console = Console()
    if quiet or not console.is_terminal:
        return stream.read()
    preview = _Preview(stream, turns)
    with Live(preview, console=console, transient=True, refresh_per_second=_DRAWN):
        for piece in stream:
            preview.text += piece
    return stream.answer


@dataclass
class _Preview:
    """The end of an unfinished answer, as far as it fits on the screen, and what is being done."""

    stream: AnswerStream
    turns: Sequence[Turn]
    text: str = ""
    spinner: Spinner = field(default_factory=lambda: Spinner("line"))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        numbers = continue_numbers(self.stream.cited, self.turns)
        text, _ = with_numbers(self.text, (), numbers)
        lines = console.render_lines(Markdown(text), options, pad=False) if text.strip() else []
        for line in lines[-max(console.height - 3, 1) :]:
            yield from line
            yield Segment.line()
        self.spinner.update(text=Text(self.stream.status or "writing", style="dim"))
        yield self.spinner
