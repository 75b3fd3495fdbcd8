"""Files that are read for measuring: whole texts, and JSON Lines with the place of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.errors import EvaluationError

PICTURES = (".png", ".svg", ".pdf")


def text_of(path: Path) -> str:
    """Return a file's text; EvaluationError names the file when it cannot be read."""
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EvaluationError(f"{path}: not UTF-8 text; convert the file to UTF-8") from error
    except OSError as error:
        raise EvaluationError(
            f"{path}: cannot be read ({error.strerror or error}); check the path"
        ) from error


def records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects of a JSON Lines file, each with its place ("facts.jsonl:3")."""
    for number, line in enumerate(text_of(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise EvaluationError(
                f"{path}:{number}: not a JSON object on one line ({error})"
            ) from error
        if not isinstance(record, dict):
            raise EvaluationError(
                f"{path}:{number}: expected a JSON object, found {type(record).__name__}"
            )
        yield f"{path}:{number}", record


def check_target(path: Path, force: bool = True) -> None:
    """Raise EvaluationError unless a file can be written at `path`, and without `force` unless none is there."""
    if path.is_dir():
        raise EvaluationError(f"{path} is a folder; name a file to write")
    if not path.parent.is_dir():
        raise EvaluationError(f"{path}: there is no folder {path.parent}; make it first")
    if not force and path.exists():
        raise EvaluationError(f"{path} exists already; --force overwrites it")


def check_picture(path: Path) -> None:
    """Raise EvaluationError for a file name that is no picture's."""
    if path.suffix.lower() not in PICTURES:
        raise EvaluationError(
            f"{path}: a picture is written as {', '.join(PICTURES)}; name the file so"
        )


def write_text(path: Path, text: str) -> None:
    """Write a file; EvaluationError names it when that fails."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise EvaluationError(
            f"{path}: cannot be written ({error.strerror or error}); check the path"
        ) from error
