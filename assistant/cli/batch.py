"""`paper-assistant batch`, the machine interface: JSON Lines of questions → of answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.common import ANSWERING, open_corpus, print_json, with_options
from assistant.cli.help import argument
from assistant.errors import AssistantError, QuestionError, SourceError

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.settings import Settings


@with_options(*ANSWERING)
def batch(
    settings: Settings,
    questions: Annotated[
        Path,
        argument(
            "FILE", 'JSON Lines of {"id", "query"} or {"id", "turns"}; - reads standard input.'
        ),
    ],
) -> None:
    """Answer a file of questions as JSON Lines on standard output."""
    lines = _lines(questions)
    bad = 0
    for result in run(lines, open_corpus(settings)):
        if isinstance(result, str):
            bad += 1
            print(f"paper-assistant: {questions}: {result}", file=sys.stderr)
        else:
            print_json(result)
    if bad:
        raise typer.Exit(2)


def _lines(path: Path) -> list[str]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not UTF-8 text; give JSON Lines") from error
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}; check the path") from error
    if not text.strip():
        raise SourceError(f'{path}: the file is empty; give lines of {{"id": "…", "query": "…"}}')
    return text.split("\n")


def _read(line: str) -> tuple[str, list[str]]:
    """Return the id on a line, and the turns of its conversation; a single question is one turn."""
    try:
        record = json.loads(line.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise QuestionError(f"not JSON ({error})") from error
    if not isinstance(record, dict) or not isinstance(record.get("id"), str | int):
        raise QuestionError('expected an object with an "id"')
    turns = record["turns"] if "turns" in record else [{"user": record.get("query")}]
    if not isinstance(turns, list) or not turns:
        raise QuestionError('"turns" must be a list of {"user": "…"}')
    found = [turn.get("user") if isinstance(turn, dict) else None for turn in turns]
    texts = [_whole(text) for text in found if isinstance(text, str) and text.strip()]
    if len(texts) < len(found):
        raise QuestionError(
            'expected a "query", or "turns" that each have a "user", as text that is not empty'
        )
    return _whole(str(record["id"])), texts


def _whole(text: str) -> str:
    """Return text without halves of surrogate pairs, which neither tokenizers nor files bear."""
    return text.encode("utf-8", "replace").decode("utf-8")


def run(lines: Iterable[str], assistant: Assistant) -> Iterator[dict[str, Any] | str]:
    """Yield one record per question or turn, in order, and a string for a bad line."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield from _answers(*_read(line), assistant)
        except AssistantError as error:
            yield f"line {number}: {error}"


def _answers(
    identifier: str, turns: Sequence[str], assistant: Assistant
) -> Iterator[dict[str, Any]]:
    from assistant.api.records import answer_record
    from assistant.types import Turn

    history: list[Turn] = []
    for number, user in enumerate(turns, 1):
        answer = assistant.ask(user, history)
        history.append(Turn(user, answer))
        yield {"id": identifier, "turn": number, **answer_record(answer)}
