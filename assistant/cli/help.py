"""What `--help` shows beside descriptions: examples, and arguments by plain names."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand

EXAMPLES: dict[str, tuple[str, ...]] = {
    "": (
        "paper-assistant",
        'paper-assistant ask "which papers adapt T2I models to video?"',
        "paper-assistant ingest library.bib --corpus library",
        "paper-assistant --corpus library",
    ),
    "chat": (
        "paper-assistant chat",
        "paper-assistant chat --corpus library --port 8000",
        "OPENAI_API_KEY=… paper-assistant chat --model openai:gpt-4o-mini",
    ),
    "ask": (
        'paper-assistant ask "how many parameters does SimDA tune?"',
        'paper-assistant ask --continue "and on which data?"',
        "paper-assistant ask",
        "paper-assistant ask --json < question.txt",
    ),
    "search": (
        'paper-assistant search "one-shot video tuning" --limit 5',
        'paper-assistant search "speech author:baevski year>=2019"',
    ),
    "papers": (
        "paper-assistant papers",
        "paper-assistant papers 'year>=2023' venue:cvpr sort:newest",
        "paper-assistant papers author:'Ying Shan' --json",
    ),
    "export": (
        "paper-assistant export",
        "paper-assistant export --last --output answer.html",
        "paper-assistant export 'year>=2023' venue:cvpr --output cvpr.bib",
    ),
    "ingest": (
        "paper-assistant ingest",
        "paper-assistant ingest library.bib papers.csv --corpus library",
        "paper-assistant ingest folder/ --corpus library --watch",
        'paper-assistant ingest "zotero:To read" --corpus reading',
    ),
    "fetch": (
        'paper-assistant fetch arxiv "cat:cs.CV AND abs:video" --max 500',
        'paper-assistant fetch arxiv "au:baevski" --out baevski.atom',
    ),
    "enrich": (
        "paper-assistant enrich --corpus library --dry-run",
        "paper-assistant enrich --from openalex --email me@example.org",
    ),
    "expand": (
        "paper-assistant expand --corpus library --model openai:NAME --dry-run",
        "paper-assistant expand --corpus library --limit 500",
    ),
    "doctor": ("paper-assistant doctor", "paper-assistant doctor --model openai:gpt-4o-mini"),
    "batch": (
        "paper-assistant batch questions.jsonl > answers.jsonl",
        """echo '{"id": 1, "query": "what is SimDA?"}' | paper-assistant batch -""",
    ),
    "mcp": ("paper-assistant mcp", "paper-assistant mcp --corpus library"),
    "feedback": ("paper-assistant feedback", "paper-assistant feedback --make my-questions"),
    "eval": (
        "paper-assistant eval --make my-questions --limit 50",
        "paper-assistant eval my-questions --json before.json",
        "paper-assistant eval --compare before.json after.json",
    ),
    "config": (
        "paper-assistant config",
        "paper-assistant config set model openai:gpt-4o-mini",
        "paper-assistant config unset model",
    ),
    "config path": ("paper-assistant config path", 'nano "$(paper-assistant config path)"'),
    "config set": (
        "paper-assistant config set corpus library",
        "paper-assistant config set day_dollars 1.50",
        "paper-assistant config set password",
    ),
    "config unset": (
        "paper-assistant config unset corpus",
        "paper-assistant config unset day_dollars",
    ),
    "corpora": ("paper-assistant corpora", "paper-assistant corpora --json"),
    "corpora rename": (
        "paper-assistant corpora rename library reading",
        "paper-assistant corpora rename scifact claims",
    ),
    "corpora rm": (
        "paper-assistant corpora rm library",
        "paper-assistant corpora rm library --yes",
    ),
    "corpora pack": (
        "paper-assistant corpora pack default papers.zip",
        "paper-assistant corpora pack library library.zip",
    ),
    "corpora unpack": (
        "paper-assistant corpora unpack library.zip",
        "paper-assistant corpora unpack library.zip copy",
    ),
    "corpora verify": (
        "paper-assistant corpora verify default",
        "paper-assistant corpora verify library --repair",
    ),
}
"""By command; what a shell would run."""


def argument(metavar: str, text: str) -> Any:
    """Return an argument for `Annotated`: what stands for it in the help, and what it is."""
    return typer.Argument(metavar=metavar, help=text)


def option(metavar: str, text: str, *names: str, **limits: Any) -> Any:
    """Return an option for `Annotated`: what stands for its value in the help, and what it is."""
    return typer.Option(*names, metavar=metavar, help=text, **limits)


def flag(text: str, *names: str) -> Any:
    """Return an option without a value for `Annotated`: what it does, and what it is called."""
    return typer.Option(*names, help=text)


class Command(TyperCommand):
    """A command whose arguments are shown by their names, without Typer's types."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters."""
        parameters = super().get_params(ctx)
        for one in parameters:
            if one.param_type_name == "argument":
                vars(one)["display_type_rich"] = lambda ctx: ""
        return parameters


def examples(command: str) -> str:
    """Return the examples of a command as they stand below its options, not to be wrapped."""
    return "\n".join(("\b", "Examples:", *(f"  {one}" for one in EXAMPLES[command])))
