"""A conversation in the terminal: an answer as it comes, what is asked, and what is kept of it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.markdown import Markdown
from rich.segment import Segment
from rich.spinner import Spinner
from rich.text import Text

from assistant.checking.annotations import with_numbers
from assistant.cli import terminal
from assistant.cli.common import LOCAL, kept_conversations
from assistant.composing.stream import AnswerStream
from assistant.errors import AssistantError, KeepingError
from assistant.history.citations import continue_numbers, renumber
from assistant.history.conversations import FILE, Conversations
from assistant.history.database import place_of
from assistant.settings import DEFAULT_CORPUS
from assistant.types import QUOTES, Answer, Citation, Turn
from assistant.web.sessions.live_conversations import only_answered

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.settings import Settings

_PROMPT = "> "
_LEAVING = ("exit", "quit", "/exit", "/quit")
_HELP = """\
/source N   the abstract of source N, quoted words marked; without N: of the first
/new        begin another conversation; this one stays kept
/help       this
Ctrl-C stops an answer, Ctrl-D or exit ends. A question may refer to the answers
before it ("and the second one?") and hold filters (year>=2023)."""
_MARK = "terminal"
_MOST_SINGLES = 20
"""Single questions that stay, of all that were asked in the terminal; the oldest go."""
_DRAWN = 8  # times a second


def converse(assistant: Assistant, kept: KeptConversation) -> None:
    """Answer what is typed, a line each, until its end; `kept` is what it goes on with."""
    papers = assistant.count()
    who = "quotations" if assistant.model == QUOTES else f"written by {assistant.model}"
    print(f"{papers:,} papers of the corpus {assistant.corpus}; answers are {who}.")
    print("/help tells more, Ctrl-D ends.")
    with suppress(ImportError):  # on Windows, whose console edits and recalls lines itself
        import readline

        for turn in kept.turns:
            readline.add_history(" ".join(turn.user.split()))
    if kept.turns:
        print(f"Going on after: {' '.join(kept.turns[-1].user.split())}")
    while (line := _read_line()) is not None and line.lower() not in _LEAVING:
        if line.startswith("/"):
            kept = _obey(line, kept)
        elif line:
            _answer(line, assistant, kept)
    if kept.turns:
        corpus = assistant.corpus
        named = "" if corpus == DEFAULT_CORPUS else f" --corpus {corpus}"
        print(f"go on with: paper-assistant ask --continue{named}")


def _read_line() -> str | None:
    """Return the next line typed, None at the end; Ctrl-C takes back what was typed."""
    try:
        print()
        return input(_PROMPT).strip()
    except EOFError:
        print()
        return None
    except KeyboardInterrupt:
        print("\nCtrl-D ends", end="")
        return ""
    except UnicodeDecodeError:
        print("that is not UTF-8 text")
        return ""


def _obey(line: str, kept: KeptConversation) -> KeptConversation:
    """Do what a line beginning with / says; return the conversation to go on with."""
    command, _, rest = line[1:].partition(" ")
    if command == "new":
        print("a new conversation")
        return KeptConversation(kept.settings)
    if command == "source":
        _show_source(rest.strip(" []"), kept)
    elif command == "help":
        print(_HELP)
    else:
        print(f"there is no /{command}; there are /source, /new, /help")
    return kept


def _show_source(number: str, kept: KeptConversation) -> None:
    cited: dict[str, Citation] = {}
    for turn in reversed(kept.turns):
        for citation in turn.answer.citations:
            known = cited.get(str(citation.number))
            if known is None or citation.quotes and not known.quotes:
                cited[str(citation.number)] = citation
    number = number or next(iter(cited), "")
    if number in cited:
        terminal.show_abstract(cited[number])
    else:
        numbers = ", ".join(sorted(cited, key=int))
        print(f"no source {number}; there are: {numbers}" if cited else "nothing is cited yet")


def _answer(question: str, assistant: Assistant, kept: KeptConversation) -> None:
    """Answer a question; what goes wrong is told in a line, and the conversation goes on."""
    try:
        stream = assistant.stream(question, kept.turns)
        with _stopped_by_interrupt(stream):
            answer = follow(stream, kept.turns)
        terminal.show_answer(kept.add(question, answer), hint=False)
    except AssistantError as error:
        print(f"paper-assistant: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped; this question is not kept")


@contextmanager
def _stopped_by_interrupt(stream: AnswerStream) -> Iterator[None]:
    """Let the first Ctrl-C stop an answer where it is; another one raises KeyboardInterrupt."""

    def stop(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stream.stop()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass
class KeptConversation:
    """A conversation about the corpus in use; `identifier` is "" before its first question."""

    settings: Settings
    identifier: str = ""
    turns: tuple[Turn, ...] = ()
    _fails: bool = False

    @classmethod
    def last(cls, settings: Settings) -> KeptConversation:
        """Return the conversation that was gone on with last of those begun in the terminal about
        the corpus; KeepingError where there is none."""
        with kept_conversations(settings) as store:
            found = store.last(LOCAL, settings.corpus, _MARK) if store else None
        if found is None or not found.turns:
            raise KeepingError(
                f"nothing was asked here about the corpus {settings.corpus} yet; ask without"
                " --continue first"
            )
        return cls(settings, found.id, only_answered(found).turns)

    def add(self, question: str, answer: Answer) -> Answer:
        """Keep a question and its answer; return that with the numbers that its papers have in the
        conversation. What cannot be kept is told once, on standard error."""
        answer = renumber(answer, self.turns)
        self.turns = (*self.turns, Turn(question, answer))
        if self._fails:
            return answer
        try:
            with closing(Conversations(place_of(self.settings, FILE))) as store:
                if not self.identifier:
                    self.identifier = store.begin(LOCAL, self.settings.corpus, question)
                    store.set_up(LOCAL, self.identifier, **{_MARK: True})
                store.save(LOCAL, self.identifier, self.turns)
                store.thin_out(LOCAL, _MARK, _MOST_SINGLES)
        except KeepingError as error:
            self._fails = True
            print(f"paper-assistant: this is not kept: {error}", file=sys.stderr)
        return answer


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
