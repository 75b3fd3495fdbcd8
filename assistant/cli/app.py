"""The command line: an edge. Imports what a command needs when it runs, for a quick --help."""

import logging
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.ask import ask, search
from assistant.cli.batch import batch
from assistant.cli.common import Options, open_corpus, pass_on, with_options
from assistant.cli.config import config
from assistant.cli.corpora import corpora
from assistant.cli.enrich import enrich
from assistant.cli.evaluate import OptionalFile, evaluate
from assistant.cli.expand import expand
from assistant.cli.export import export
from assistant.cli.feedback import feedback
from assistant.cli.fetch import fetch
from assistant.cli.help import Command, examples, flag
from assistant.cli.ingest import ingest
from assistant.cli.mcp import mcp
from assistant.cli.papers import doctor, papers
from assistant.errors import AssistantError
from assistant.web.server import memory

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.settings import Settings

cli = typer.Typer(
    name="paper-assistant",
    help=(
        "Ask a corpus of paper abstracts questions and get answers you can check. Without a"
        " command: chat."
    ),
    epilog=examples(""),
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

SERVING = ("data_dir", "store", "corpus", "embedder", "model", "host", "port", "reranker")

# An answer says itself why its model failed, and an error why an embedder did; whoever serves the
# page sees only the log.
_CALLS = [
    logging.getLogger(name)
    for name in ("assistant.composing", "assistant.models.langchain_embedder")
]


def main() -> None:
    """Run the command line; what the user can mend ends in one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    logging.basicConfig(format="paper-assistant: %(message)s")
    for log in _CALLS:
        log.setLevel(logging.ERROR)
    try:
        cli()
    except AssistantError as error:
        print(f"paper-assistant: {error}", file=sys.stderr)
        raise SystemExit(2) from None


@cli.callback(invoke_without_command=True)
@with_options(*SERVING)
def default(
    options: Options,
    context: typer.Context,
    version: Annotated[bool, flag("Print the version.", "--version")] = False,
) -> None:
    """Chat when no command is given."""
    if version:
        from importlib.metadata import version as installed

        print(installed("paper-assistant"))
        raise typer.Exit
    if context.invoked_subcommand is None:
        chat(**options)
        return
    pass_on(context, options)


@cli.command(cls=Command, epilog=examples("chat"))
@with_options(*SERVING)
def chat(settings: "Settings") -> None:
    """Open the chat page.

    The bundled papers are indexed first where the default corpus has no index."""
    from assistant.settings import refuse_open_address

    refuse_open_address(settings)
    memory.share_arenas()
    # Whoever stops a container, or a service, means what Ctrl-C means.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    assistant = open_corpus(settings)
    if sys.stderr.isatty():
        print("Getting the page ready …", file=sys.stderr, flush=True)
    from assistant.web.server import app

    for log in _CALLS:
        log.setLevel(logging.WARNING)
    page = app.launch(assistant, settings)
    print(f"Paper Assistant is at {page.url} (stop with Ctrl-C)", flush=True)
    if not page.url.rstrip("/").endswith(f":{settings.port}"):
        print(f"port {settings.port} is taken, so another one is used", file=sys.stderr, flush=True)
    warming = threading.Thread(target=_warm_up, args=(assistant,))
    warming.start()
    try:
        page.wait()
    finally:
        warming.join()
        assistant.close()


def _warm_up(assistant: "Assistant") -> None:
    """Have the first question answered as quickly as the next; there its failures are told."""
    with suppress(AssistantError):
        assistant.warm_up()
    memory.give_back()


for _command in (
    ask, search, papers, export, ingest, fetch, enrich, expand, doctor, batch, mcp, feedback,
):  # fmt: skip
    cli.command(cls=Command, epilog=examples(_command.__name__))(_command)
cli.command("eval", cls=OptionalFile, epilog=examples("eval"))(evaluate)
cli.add_typer(corpora, name="corpora")
cli.add_typer(config, name="config")
