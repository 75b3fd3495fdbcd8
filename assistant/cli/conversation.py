"""`paper-assistant ask` without a question: a conversation in the terminal."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from assistant.cli import terminal
from assistant.cli.kept import KeptConversation
from assistant.cli.preview import follow
from assistant.errors import AssistantError
from assistant.settings import DEFAULT_CORPUS
from assistant.types import QUOTES, Citation

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.composing.stream import AnswerStream

_PROMPT = "> "
_LEAVING = ("exit", "quit", "/exit", "/quit")
_HELP = """\
/source N   the abstract of source N, quoted words marked; without N: of the first
/new        begin another conversation; this one stays kept
/help       this
Ctrl-C stops an answer, Ctrl-D or exit ends. A question may refer to the answers
before it ("and the second one?") and hold filters (year>=2023)."""


def converse(assistant: Assistant, kept: KeptConversation) -> None:
    """Answer what is typed, a line each, until its end; `kept` is what it goes on with."""
    editor = _line_editor()
    papers = assistant.count()
    who = "quotations" if assistant.model == QUOTES else f"written by {assistant.model}"
    print(f"{papers:,} papers of the corpus {assistant.corpus}; answers are {who}.")
    print("/help tells more, Ctrl-D ends.")
    for turn in kept.turns if editor else ():
        editor.add_history(" ".join(turn.user.split()))
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


def _line_editor() -> Any:
    """Return what edits lines and recalls them by arrow keys, None where Python has it not."""
    try:
        import readline
    except ImportError:  # on Windows, whose console does it itself
        return None
    return readline


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
    """Let the first Ctrl-C stop an answer, so that what is written so far becomes it; another one
    raises KeyboardInterrupt."""

    def stop(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stream.stop()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
