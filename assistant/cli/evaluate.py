"""`paper-assistant eval`: an edge. Imports what it needs when it runs: --help answers at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from importlib.util import find_spec
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from assistant.cli.common import ANSWERING, Force, check_models, with_options
from assistant.cli.help import Command, argument, option
from assistant.errors import EvaluationError
from assistant.extras import how_to_install

if TYPE_CHECKING:
    from assistant.evaluation.questions import Question
    from assistant.evaluation.report import Report
    from assistant.settings import Settings

EXTRA = ("ir_measures", "matplotlib")
DEFAULT_FOLDER = Path("tests/questions")


class OptionalFile(Command):
    """A command whose --json may stand without a file: that is standard output."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the command line with a dash after a --json that has no file."""
        given: list[str] = []
        for word, following in zip_longest(args, args[1:], fillvalue="--"):
            given.append(word)
            if word == "--json" and following.startswith("--"):
                given.append("-")
        return super().parse_args(ctx, given)


@with_options(*ANSWERING)
def evaluate(
    settings: Settings,
    folder: Annotated[
        Path | None,
        argument("FOLDER", "A folder of question files; none: tests/questions, if it is here."),
    ] = None,
    family: Annotated[
        list[str] | None,
        option("NAME", "Only this kind of question, e.g. facts; may be repeated.", "--family"),
    ] = None,
    limit: Annotated[
        int | None,
        option(
            "NUMBER",
            "At most so many questions: of each family, or in all of --beir and --make.",
            min=1,
        ),
    ] = None,
    papers: Annotated[
        Path | None, option("FILE", "JSON Lines of {id, title}: what the questions' ids stand for.")
    ] = None,
    as_json: Annotated[
        Path | None, option("[FILE]", "Write JSON, with every question's values.", "--json")
    ] = None,
    plot: Annotated[
        Path | None, option("FILE.png", "Draw precision and recall by kind of question.")
    ] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        option("A.json B.json", "Compare two such reports, question by question."),
    ] = None,
    make: Annotated[
        Path | None, option("FOLDER", "Draft questions from the corpus instead.")
    ] = None,
    beir: Annotated[
        Path | None, option("FOLDER", "Measure retrieval by queries.jsonl and qrels/ instead.")
    ] = None,
    split: Annotated[str | None, option("NAME", "Of --beir: which file of qrels/ (test).")] = None,
    seed: Annotated[int, option("NUMBER", "Of --make: another number makes another draft.")] = 0,
    force: Force = False,
) -> None:
    """Measure answers by questions with known answers.

    Also compare measurements, and draft questions."""
    if any(find_spec(package) is None for package in EXTRA):
        raise EvaluationError(
            f"measuring needs packages that are not installed; run: {how_to_install('eval')}"
        )
    modes = {"a folder of questions": folder, "--compare": compare, "--make": make, "--beir": beir}
    _check_together(modes, as_json, plot)
    if compare:
        from assistant.evaluation.compare import show as show_both
        from assistant.evaluation.report import read_report

        before, after = map(read_report, compare)
        show_both(before, after, compare)
        return
    if make:
        _make(make, settings, limit, seed, force)
    elif beir:
        from assistant.evaluation.beir import show

        _write(_measure_collection(beir, settings, split, limit), as_json, show)
    else:
        from assistant.evaluation.questions import read_questions, read_titles

        chosen = folder or DEFAULT_FOLDER
        if folder is None and not chosen.is_dir():
            raise EvaluationError(
                f"there is no {DEFAULT_FOLDER} here; give a folder of questions, "
                "or draft one with: paper-assistant eval --make FOLDER"
            )
        check_models(settings)
        questions = read_questions(chosen, family or (), limit)
        from assistant.evaluation.report import show

        report = _measure_questions(questions, read_titles(chosen, papers), settings)
        _write(report, as_json, show)
        if plot is not None:
            from assistant.evaluation.plot import draw

            draw(report, plot)


def _check_together(modes: Mapping[str, object], as_json: Path | None, plot: Path | None) -> None:
    """Raise EvaluationError for options that clash, and for files not to be written."""
    from assistant.evaluation.files import PICTURES, check_target

    given = [name for name, value in modes.items() if value is not None]
    if len(given) > 1:
        raise EvaluationError(f"{' and '.join(given)} do not go together; give one")
    for name, target, goes_with in (("--json", as_json, ("a", "--beir")), ("--plot", plot, ("a",))):
        if target is not None and given and not given[0].startswith(goes_with):
            raise EvaluationError(f"{name} does not go with {given[0]}")
        if target is not None and str(target) != "-":
            check_target(target)
    if plot is not None and plot.suffix.lower() not in PICTURES:
        raise EvaluationError(
            f"{plot}: a picture is written as {', '.join(PICTURES)}; name the file so"
        )


def _measure_questions(
    questions: Sequence[Question], titles: Mapping[str, str], settings: Settings
) -> Report:
    from assistant.assistant import Assistant
    from assistant.cli import terminal
    from assistant.evaluation.run import measure_questions

    with (
        closing(Assistant.open(settings)) as assistant,
        terminal.progress("questions", len(questions)) as advance,
    ):
        return measure_questions(questions, titles, assistant, advance)


def _measure_collection(
    folder: Path, settings: Settings, split: str | None, limit: int | None
) -> Report:
    from assistant.cli import terminal
    from assistant.evaluation.beir import measure_collection, read_collection
    from assistant.index import corpora
    from assistant.index.corpora import folder_of
    from assistant.models.providers import make_embedder
    from assistant.models.rerankers import make_reranker
    from assistant.retrieval.snapshot import open_snapshot

    collection = read_collection(folder, split, limit)
    corpora.state(settings)
    embedder = make_embedder(settings.embedder, settings.threads)
    reranker = make_reranker(settings.reranker, settings.threads)
    with (
        closing(open_snapshot(folder_of(settings), embedder, reranker)) as index,
        terminal.progress("queries", len(collection.texts)) as advance,
    ):
        return measure_collection(collection, index, advance)


def _make(folder: Path, settings: Settings, limit: int | None, seed: int, force: bool) -> None:
    from assistant.assistant import Assistant
    from assistant.evaluation.draft_questions import write

    with closing(Assistant.open(settings)) as assistant:
        number = write(assistant.papers(), folder, limit, seed, force)
    path = folder / "known_item.jsonl"
    print(f"{number} questions drafted in {path}; read them: they are easier than people's")


def _write(report: Report, as_json: Path | None, show: Callable[[Report], None]) -> None:
    """Write a report where wanted; print it, unless it was written to standard output."""
    if as_json is not None:
        from assistant.evaluation.files import write_text
        from assistant.evaluation.report import to_json

        text = to_json(report)
        if str(as_json) == "-":
            print(text)
            return
        write_text(as_json, text + "\n")
    show(report)
