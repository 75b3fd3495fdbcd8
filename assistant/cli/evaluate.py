"""`paper-assistant eval`: an edge. Imports what it needs when it runs, so that --help answers at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from assistant.cli.options import Corpus, DataDir, Embedder, Model, Reranker
from assistant.errors import EvaluationError

DEFAULT_FOLDER = Path("tests/questions")

Folder = Annotated[
    Path | None,
    typer.Argument(help="A folder of question files; none: tests/questions, if it is here."),
]
Families = Annotated[
    list[str] | None,
    typer.Option("--family", help="Only this kind of question, e.g. facts; may be repeated."),
]
Limit = Annotated[
    int | None,
    typer.Option(
        min=1, help="At most so many questions: of each family, or in all of --beir and --make."
    ),
]
Papers = Annotated[
    Path | None, typer.Option(help="JSON Lines of {id, title}: what the questions' ids stand for.")
]
JsonFile = Annotated[
    Path | None,
    typer.Option("--json", metavar="[FILE]", help="Write JSON, with every question's values."),
]
Plot = Annotated[
    Path | None,
    typer.Option(metavar="FILE.png", help="Draw precision and recall by kind of question."),
]
Compare = Annotated[
    tuple[Path, Path] | None,
    typer.Option(metavar="A.json B.json", help="Compare two such reports, question by question."),
]
Make = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Draft questions from the corpus instead.")
]
Beir = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Measure retrieval by queries.jsonl and qrels/ instead."),
]
Split = Annotated[str | None, typer.Option(help="Of --beir: which file of qrels/ (test).")]
Seed = Annotated[int, typer.Option(help="Of --make: another number makes another draft.")]
Force = Annotated[bool, typer.Option("--force", help="Of --make: overwrite files.")]


class OptionalFile(TyperCommand):
    """A command whose --json may stand without a file: that is standard output."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the command line with a dash after a --json that has no file."""
        given = list(args)
        for place in reversed([n for n, one in enumerate(given) if one == "--json"]):
            if place + 1 == len(given) or given[place + 1].startswith("--"):
                given.insert(place + 1, "-")
        return super().parse_args(ctx, given)


def evaluate(
    folder: Folder = None,
    family: Families = None,
    limit: Limit = None,
    papers: Papers = None,
    as_json: JsonFile = None,
    plot: Plot = None,
    compare: Compare = None,
    make: Make = None,
    beir: Beir = None,
    split: Split = None,
    seed: Seed = 0,
    force: Force = False,
    data_dir: DataDir = None,
    corpus: Corpus = None,
    embedder: Embedder = None,
    model: Model = None,
    reranker: Reranker = None,
) -> None:
    """Measure answers by questions whose answers are known, with intervals; compare two measurements; draft questions."""
    _check_together(
        {"a folder of questions": folder, "--compare": compare, "--make": make, "--beir": beir},
        as_json,
        plot,
    )
    from assistant.evaluation import commands
    from assistant.settings import load_settings

    if compare:
        commands.compare(compare)
        return
    settings = load_settings(
        data_dir=data_dir, corpus=corpus, embedder=embedder, model=model, reranker=reranker
    )
    if make:
        commands.make(make, settings, limit, seed, force)
    elif beir:
        commands.beir(beir, settings, split, limit, as_json)
    else:
        asked = commands.read(folder or _default(), family or (), limit, papers)
        commands.questions(asked, settings, as_json, plot)


def _check_together(modes: Mapping[str, object], as_json: Path | None, plot: Path | None) -> None:
    """Raise EvaluationError for options that do not go together, and for files that could not be written in the end."""
    given = [name for name, value in modes.items() if value is not None]
    if len(given) > 1:
        raise EvaluationError(f"{' and '.join(given)} do not go together; give one")
    for name, target, goes_with in (("--json", as_json, ("a", "--beir")), ("--plot", plot, ("a",))):
        if target is not None and given and not given[0].startswith(goes_with):
            raise EvaluationError(f"{name} does not go with {given[0]}")
    from assistant.evaluation import jsonl_io

    for target in (as_json, plot):
        if target is not None and str(target) != "-":
            jsonl_io.check_target(target)
    if plot is not None:
        jsonl_io.check_picture(plot)


def _default() -> Path:
    if not DEFAULT_FOLDER.is_dir():
        raise EvaluationError(
            f"there is no {DEFAULT_FOLDER} here; give a folder of questions, or draft one with: paper-assistant eval --make FOLDER"
        )
    return DEFAULT_FOLDER
