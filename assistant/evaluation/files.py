"""Files of a measurement: whole texts and JSON Lines, read and written; failures name the file."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.errors import EvaluationError

PICTURES = (".png", ".svg", ".pdf")


def read_text(path: Path) -> str:
    """Return a file's text."""
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EvaluationError(f"{path}: not UTF-8 text; convert the file to UTF-8") from error
    except OSError as error:
        raise EvaluationError(
            f"{path}: cannot be read ({error.strerror or error}); check the path"
        ) from error


def read_records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects of a JSON Lines file, each with its file and line ("facts.jsonl:3")."""
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        source = f"{path}:{number}"
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise EvaluationError(f"{source}: not a JSON object on one line ({error})") from error
        if not isinstance(record, dict):
            raise EvaluationError(
                f"{source}: expected a JSON object, found {type(record).__name__}"
            )
        yield source, record


def check_target(path: Path, force: bool = True) -> None:
    """Raise EvaluationError unless a file can be written; without `force` none may be there."""
    if path.is_dir():
        raise EvaluationError(f"{path} is a folder; name a file to write")
    if not path.parent.is_dir():
        raise EvaluationError(f"{path}: there is no folder {path.parent}; make it first")
    if not force and path.exists():
        raise EvaluationError(f"{path} exists already; --force overwrites it")


def write_text(path: Path, text: str) -> None:
    """Write a file."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise EvaluationError(
            f"{path}: cannot be written ({error.strerror or error}); check the path"
        ) from error


def write_records(
    folder: Path, files: Mapping[str, Sequence[Mapping[str, Any]]], force: bool
) -> None:
    """Write NAME.jsonl for each of `files` into `folder`, or none when one may not be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EvaluationError(
            f"{folder}: cannot be made ({error.strerror or error}); name another folder"
        ) from error
    for name in files:
        check_target(folder / f"{name}.jsonl", force)
    for name, records in files.items():
        lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        write_text(folder / f"{name}.jsonl", "".join(lines))
