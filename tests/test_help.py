"""`--help` of every command: examples that parse, and names that people use."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from typer.main import get_command

from assistant.cli.app import cli
from assistant.cli.help import EXAMPLES


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every command and group with its words after `paper-assistant`."""
    waiting: list[tuple[str, Any]] = [("", get_command(cli))]
    while waiting:
        name, command = waiting.pop()
        yield name, command
        inner = getattr(command, "commands", {})
        waiting += [(f"{name} {one}".strip(), inner[one]) for one in inner]


def shown(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setenv("COLUMNS", "80")
    root: Any = get_command(cli)
    root.main([*name.split(), "--help"], "paper-assistant", standalone_mode=False)
    return capsys.readouterr().out


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_help_ends_in_examples_and_names_what_is_given_plainly(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(name, monkeypatch, capsys)
    examples = text.partition("\n  Examples:\n")[2].splitlines()
    assert [one.strip() for one in examples] == list(EXAMPLES[name])
    assert 2 <= len(examples) <= 4
    assert all(len(line) < 80 for line in text.splitlines())
    head = text.partition("\n  Examples:\n")[0]
    assert not re.search(r"\b(TEXT|PATH|INTEGER|FLOAT|DIRECTORY)\b|<[a-z]+", head)
    listed = head.partition("\nCommands:\n")[2]
    assert "..." not in listed, "the first sentence of a command is longer than its line"


def test_there_are_no_examples_of_other_commands() -> None:
    assert EXAMPLES.keys() == dict(commands()).keys()


@pytest.mark.parametrize(
    ("name", "example"), [(name, one) for name in EXAMPLES for one in EXAMPLES[name]]
)
def test_the_command_line_of_an_example_is_one(name: str, example: str) -> None:
    """Run the example as the shell would, up to where a command begins its work."""
    part = next(one for one in example.split(" | ") if "paper-assistant" in one)
    words = shlex.split(re.sub(r"^\S+ \"\$\((.*)\)\"$", r"\1", re.sub(r" [<>] .*", "", part)))
    while "=" in words[0]:
        del words[0]  # a variable before the command
    program, *arguments = words
    assert program == "paper-assistant"
    root: Any = get_command(cli)
    begun: list[str] = []
    todo = [root]
    while todo:
        command = todo.pop()
        command.callback = partial(lambda called, **given: begun.append(called), command.name)
        todo += getattr(command, "commands", {}).values()
    root.main(arguments, program, standalone_mode=False)
    assert begun[0] == root.name
    assert " ".join(begun[1:]).startswith(name)
