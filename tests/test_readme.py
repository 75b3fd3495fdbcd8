"""README tells the truth about commands and files."""

from __future__ import annotations

import re
from pathlib import Path

from typer.main import get_command

from assistant.cli.app import cli
from assistant.evaluation.questions import Resolver, read_questions
from assistant.types import Paper

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def section(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_command_is_listed_and_none_besides() -> None:
    listed = re.findall(r"^paper-assistant (\w+)", section("Ask"), re.MULTILINE)
    commands = getattr(get_command(cli), "commands")  # noqa: B009 - a group has them, its type does not say so
    assert sorted(listed) == sorted(set(commands) - {"chat"})
    assert "paper-assistant chat" in section("Ask")


def test_every_option_in_the_readme_is_one_of_a_command() -> None:
    commands = getattr(get_command(cli), "commands").values()  # noqa: B009
    known = {name for command in commands for option in command.params for name in option.opts}
    # Of pip and of the servers in the examples.
    others = {"--help", "--quiet", "--editable", "--no-deps", "--port"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) <= known | others


def test_the_questions_shown_are_questions_about_the_bundled_papers(
    corpus: list[Paper], tmp_path: Path
) -> None:
    document = (ROOT / "docs" / "evaluation.md").read_text("utf-8")
    lines = re.findall(r'^\{"id": .*"query".*\}$', document, re.MULTILINE)
    for family, line in zip(("known_item", "facts", "unanswerable"), lines, strict=True):
        (tmp_path / f"{family}.jsonl").write_text(line, "utf-8")
    known, fact, other = Resolver(corpus, {}).resolve(read_questions(tmp_path))
    assert (known.relevant, fact.relevant) == ({"arxiv:2212.11565"}, {"arxiv:2308.09710"})
    assert other.off_topic


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 180
