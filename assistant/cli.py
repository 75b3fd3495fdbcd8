"""The command line: an edge. Imports what a command needs when it runs, so that --help answers at once."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from assistant.errors import AssistantError, QuestionError, SourceError
from assistant.evaluation.command import OptionalFile, evaluate
from assistant.options import DataDir, Embedder, Json, Model, Reranker

if TYPE_CHECKING:
    from assistant.pipeline import Assistant
    from assistant.settings import Settings

cli = typer.Typer(
    name="paper-assistant",
    help="Ask a corpus of paper abstracts questions and get answers you can check. Without a command: chat.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Host = Annotated[str | None, typer.Option(help="Address to serve on.")]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="Port to serve on; the next free one if taken.")]


def main() -> None:
    """Run the command line; what the user can mend ends in one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        cli()
    except AssistantError as error:
        print(f"paper-assistant: {error}", file=sys.stderr)
        raise SystemExit(2) from None


@cli.callback(invoke_without_command=True)
def default(
    context: typer.Context,
    data_dir: DataDir = None,
    embedder: Embedder = None,
    model: Model = None,
    host: Host = None,
    port: Port = None,
    reranker: Reranker = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Chat when no command is given."""
    if version:
        from importlib.metadata import version as installed

        print(installed("paper-assistant"))
        raise typer.Exit
    if context.invoked_subcommand is None:
        chat(data_dir, embedder, model, host, port, reranker)
        return
    given = {"data_dir": data_dir, "embedder": embedder, "model": model, "host": host, "port": port, "reranker": reranker}
    _pass_on(context, {name: value for name, value in given.items() if value is not None})


def _pass_on(context: typer.Context, given: dict[str, Any]) -> None:
    """Give the command what stands before it: `paper-assistant --model M ask …` is `paper-assistant ask --model M …`."""
    name = str(context.invoked_subcommand)
    command = context.command.get_command(context, name) if isinstance(context.command, TyperGroup) else None
    known = {one.name for one in command.params} if command else set()
    for option in given:
        if option not in known:
            raise typer.BadParameter(f"{name} takes no --{option.replace('_', '-')}")
    context.default_map = {name: {option: str(value) for option, value in given.items()}}


@cli.command()
def chat(
    data_dir: DataDir = None,
    embedder: Embedder = None,
    model: Model = None,
    host: Host = None,
    port: Port = None,
    reranker: Reranker = None,
) -> None:
    """Open the chat page; build the index from the bundled papers first where there is none."""
    settings = _settings(data_dir, embedder, model, host=host, port=port, reranker=reranker)
    assistant = _open(settings)
    from assistant import app

    page = app.launch(assistant, settings)
    print(f"Paper Assistant is at {page.url} (stop with Ctrl-C)", flush=True)
    if not page.url.rstrip("/").endswith(f":{settings.port}"):
        print(f"port {settings.port} is taken, so another one is used", file=sys.stderr, flush=True)
    try:
        page.wait()
    finally:
        assistant.close()


@cli.command()
def ask(
    question: Annotated[str, typer.Argument(help="A question; filters such as year>=2023 may stand in it.")],
    data_dir: DataDir = None,
    embedder: Embedder = None,
    model: Model = None,
    reranker: Reranker = None,
    as_json: Json = False,
) -> None:
    """Answer one question in the terminal, sources below."""
    answer = _open(_settings(data_dir, embedder, model, reranker=reranker)).ask(question)
    if as_json:
        from assistant.batch import to_record

        _print_json(to_record(answer))
        return
    from assistant import terminal

    terminal.show_answer(answer)


@cli.command()
def search(
    question: Annotated[str, typer.Argument(help="What to look for; filters such as author:shan may stand in it.")],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many papers.")] = 20,
    data_dir: DataDir = None,
    embedder: Embedder = None,
    reranker: Reranker = None,
    as_json: Json = False,
) -> None:
    """Rank papers for a question, without an answer."""
    answer = _open(_settings(data_dir, embedder, None, reranker=reranker)).search(question, limit=limit)
    if as_json:
        from assistant.batch import to_record

        _print_json(to_record(answer)["retrieved"])
        return
    from assistant import terminal

    terminal.show_ranking(answer.retrieved)


@cli.command()
def papers(
    filters: Annotated[list[str] | None, typer.Argument(help="Filters: year>=2023 author:… venue:… title:…")] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """List what is in the corpus."""
    from assistant import filters as bounds

    rest, wanted = bounds.parse(" ".join(_quoted(one) for one in filters or []))
    if rest:
        raise QuestionError(f"{rest!r} is not a filter; write for example year>=2023, author:shan or title:video")
    found = _open(_settings(data_dir, None, None)).papers(wanted)
    from assistant import terminal

    if as_json:
        for paper in found:
            _print_json(terminal.paper_record(paper))
    else:
        terminal.show_papers(found)


@cli.command()
def ingest(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Saved Hugging Face papers pages or JSON Lines; none: the bundled corpus.")
    ] = None,
    prune: Annotated[bool, typer.Option(help="Drop papers that the files do not hold.")] = False,
    rebuild: Annotated[bool, typer.Option(help="Embed every paper again, also after changing the embedder.")] = False,
    bibliography: Annotated[Path | None, typer.Option(help="JSON Lines of facts to join by title.")] = None,
    data_dir: DataDir = None,
    embedder: Embedder = None,
) -> None:
    """Bring the index up to date with some files."""
    if bibliography is not None and not files:
        raise SourceError("--bibliography goes with a saved page; name the page too")
    from assistant import terminal
    from assistant.folder import Folder
    from assistant.models import make_embedder
    from ingest.index import Plan, index
    from ingest.read import bundled_papers, read_papers

    settings = _settings(data_dir, embedder, None)
    folder = Folder(settings.corpus_dir)
    # A rebuild without files is of what is stored, whoever put it there; with --prune it is of the bundled papers alone.
    stored = rebuild and not prune and not files and any(folder.root.glob("index-*"))
    found = read_papers(files, bibliography) if files else [] if stored else bundled_papers()
    plan = Plan(found, prune, rebuild, otherwise=bundled_papers() if stored else ())
    with terminal.progress("papers", len(found) or None) as advance:
        report = index(plan, folder, make_embedder(settings.embedder), advance)
    terminal.show_report(report)


@cli.command()
def doctor(data_dir: DataDir = None, embedder: Embedder = None, model: Model = None, reranker: Reranker = None) -> None:
    """Say which model, embedder, reranker and index would be used and why, try each, and name the fix for what fails."""
    from assistant import doctor as examination

    findings = examination.examine(_settings(data_dir, embedder, model, reranker=reranker))
    examination.show(findings)
    raise typer.Exit(examination.exit_code(findings))


@cli.command()
def batch(
    questions: Annotated[Path, typer.Argument(help='JSON Lines of {"id", "query"} or {"id", "turns"}; - reads standard input.')],
    data_dir: DataDir = None,
    embedder: Embedder = None,
    model: Model = None,
    reranker: Reranker = None,
) -> None:
    """Answer a file of questions as JSON Lines on standard output."""
    from assistant.batch import run

    lines = _lines(questions)
    bad = 0
    for result in run(lines, _open(_settings(data_dir, embedder, model, reranker=reranker))):
        if isinstance(result, str):
            bad += 1
            print(f"paper-assistant: {questions}: {result}", file=sys.stderr)
        else:
            _print_json(result)
    if bad:
        raise typer.Exit(2)


cli.command("eval", cls=OptionalFile)(evaluate)


def _settings(data_dir: Path | None, embedder: str | None, model: str | None, **more: Any) -> Settings:
    from assistant import settings

    return settings.load(data_dir=data_dir, embedder=embedder, model=model, **more)


def _open(settings: Settings) -> Assistant:
    """Open the corpus, with a progress bar where the bundled papers have to be indexed first."""
    from assistant.folder import Folder
    from assistant.pipeline import Assistant

    folder = Folder(settings.corpus_dir)
    if folder.state() is None:
        from assistant import terminal
        from assistant.models import make_embedder
        from ingest.index import Plan, index
        from ingest.read import bundled_papers

        found = bundled_papers()
        with terminal.progress("papers", len(found)) as advance:
            index(Plan(found), folder, make_embedder(settings.embedder), advance)
    return Assistant.open(settings)


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


def _quoted(text: str) -> str:
    """Return a shell word as a filter again: the shell took the quotation marks of author:"Ying Shan"."""
    name, colon, value = text.partition(":")
    return f'{name}:"{value}"' if colon and " " in value and not value.startswith('"') else text


def _print_json(record: Any) -> None:
    print(json.dumps(record, ensure_ascii=False), flush=True)
