"""`paper-assistant batch`, the machine interface: JSON Lines of questions → of answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.common import ANSWERING, Options, load, open_corpus, print_json, with_options
from assistant.errors import AssistantError, QuestionError, SourceError

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.types import Answer, Counts, Paper


@with_options(*ANSWERING)
def batch(
    options: Options,
    questions: Annotated[
        Path,
        typer.Argument(
            help='JSON Lines of {"id", "query"} or {"id", "turns"}; - reads standard input.'
        ),
    ],
) -> None:
    """Answer a file of questions as JSON Lines on standard output."""
    lines = _lines(questions)
    bad = 0
    for result in run(lines, open_corpus(load(options))):
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


@dataclass(frozen=True, slots=True)
class Item:
    """One input line: an id and the turns of its conversation, a single question being one turn."""

    id: str
    turns: tuple[str, ...]


def read_item(line: str) -> Item:
    """Return the item on `line`; QuestionError when it is not one."""
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
    texts = tuple(_whole(text) for text in found if isinstance(text, str) and text.strip())
    if len(texts) < len(found):
        raise QuestionError(
            'expected a "query", or "turns" that each have a "user", as text that is not empty'
        )
    return Item(_whole(str(record["id"])), texts)


def _whole(text: str) -> str:
    """Return text without halves of surrogate pairs, which neither tokenizers nor files bear."""
    return text.encode("utf-8", "replace").decode("utf-8")


def run(lines: Iterable[str], assistant: Assistant) -> Iterator[dict[str, Any] | str]:
    """Yield one record per question or turn, in order, and a string for a bad line."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            item = read_item(line)
            yield from _answers(item, assistant)
        except AssistantError as error:
            yield f"line {number}: {error}"


def _answers(item: Item, assistant: Assistant) -> Iterator[dict[str, Any]]:
    from assistant.types import Turn

    history: list[Turn] = []
    for number, user in enumerate(item.turns, 1):
        answer = assistant.ask(user, history)
        history.append(Turn(user, answer))
        yield {"id": item.id, "turn": number, **to_record(answer)}


def to_record(answer: Answer) -> dict[str, Any]:
    """Return an answer as the interface fixes it."""
    return {
        "question": answer.question,
        "kind": answer.kind,
        "text": answer.text,
        "abstained": answer.abstained,
        "hedged": answer.hedged,
        "citations": [
            {
                "number": citation.number,
                "paper_id": citation.paper.id,
                "title": citation.paper.title,
                "url": citation.paper.url,
                **_retraction(citation.paper),
                "quotes": [
                    {"text": one.text, "start": one.start, "end": one.end}
                    for one in citation.quotes
                ],
            }
            for citation in answer.citations
        ],
        "retrieved": [
            {
                "paper_id": one.paper.id,
                "title": one.paper.title,
                **_retraction(one.paper),
                "score": round(one.score, 4),
            }
            for one in answer.retrieved
        ],
        "model": answer.model,
        "seconds": answer.seconds,
        **({"warnings": list(answer.warnings)} if answer.warnings else {}),
        **({"counts": _counts_record(answer.counts)} if answer.counts else {}),
        **(_of_writing(answer) if answer.usage else {}),
    }


def _retraction(paper: Paper) -> dict[str, Any]:
    return {"retracted": True} if paper.facts.retracted else {}


def _counts_record(counts: Counts) -> dict[str, Any]:
    return {**asdict(counts), "filters": counts.filters.record()}


def _of_writing(answer: Answer) -> dict[str, Any]:
    """Return what there is to tell of an answer that a model wrote, or should have written."""
    return {
        "notes": list(answer.notes),
        "withheld": answer.withheld,
        "checks": [
            {
                "start": one.start,
                "end": one.end,
                "verdict": one.verdict,
                "reason": one.reason,
                "number": one.number,
            }
            for one in answer.checks
        ],
        "judged": [
            {
                "paper_id": one.paper.id,
                "match": one.match,
                "reason": one.reason,
                "words": one.snippet.text if one.snippet else "",
            }
            for one in answer.judged
        ],
        "given": [paper.id for paper in answer.given],
        "usage": asdict(answer.usage) if answer.usage else None,
    }
