"""What several commands take, and do first and last: options, settings, the open corpus, JSON."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer
from typer.core import TyperGroup

from assistant.cli.help import flag, option
from assistant.errors import ExportError

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.history.conversations import Conversations
    from assistant.settings import Settings

Json = Annotated[bool, flag("Print JSON for machines.", "--json")]
Force = Annotated[bool, flag("Of --make: overwrite files.", "--force")]
LOCAL = "local"
"""Whose conversations those of the terminal are, and of a page without a password."""
Options = dict[str, Any]
"""What was given of the options below, by name, None where an option was not."""
_OPTIONS: dict[str, Any] = {
    "data_dir": Annotated[
        Path | None, option("FOLDER", "Where everything is kept (PAPER_ASSISTANT_DATA_DIR).")
    ],
    "store": Annotated[
        str | None, option("URL", "The Chroma server of the corpora (PAPER_ASSISTANT_STORE).")
    ],
    "corpus": Annotated[
        str | None,
        option("NAME", "Which corpus; see paper-assistant corpora (PAPER_ASSISTANT_CORPUS)."),
    ],
    "embedder": Annotated[
        str | None,
        option("NAME", "minilm, openai:NAME or PROVIDER:NAME (PAPER_ASSISTANT_EMBEDDER)."),
    ],
    "model": Annotated[
        str | None,
        option(
            "NAME",
            "Who writes answers: openai:NAME, gguf:FILE or PROVIDER:NAME; without it they are"
            " quotations (PAPER_ASSISTANT_MODEL).",
        ),
    ],
    "cache": Annotated[
        bool | None,
        flag(
            "Keep the model's replies, and use those kept (PAPER_ASSISTANT_CACHE).",
            "--cache/--no-cache",
        ),
    ],
    "timeout": Annotated[float | None, option("SECONDS", "How long to wait for an answer (60).")],
    "host": Annotated[str | None, option("ADDRESS", "Address to serve on.")],
    "port": Annotated[
        int | None,
        option("NUMBER", "Port to serve on; the next free one if taken.", min=1, max=65535),
    ],
    "reranker": Annotated[
        str | None,
        option(
            "NAME",
            "Who reorders what is found: cross-encoder:NAME_OR_FOLDER or PROVIDER:NAME"
            " (PAPER_ASSISTANT_RERANKER).",
        ),
    ],
}
ANSWERING = ("data_dir", "store", "corpus", "embedder", "model", "cache", "reranker")


def with_options(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options `names` beside its own: as its parameter `options` those that are
    given, as `settings` the settings with them."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(command, localns={"Settings": object}, include_extras=True)
        parameters = inspect.signature(command).parameters
        makers: dict[str, Callable[[Options], Any]] = {"options": dict, "settings": load}
        made = {name: make for name, make in makers.items() if name in parameters}
        own = [
            one.replace(annotation=hints[name])
            for name, one in parameters.items()
            if name not in made
        ]
        shared = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_OPTIONS[name]
            )
            for name in names
        ]

        @wraps(command)
        def run(**given: Any) -> None:
            options = {name: given.pop(name, None) for name in names}
            command(**{name: make(options) for name, make in made.items()}, **given)

        # What Typer reads a command's parameters from.
        run.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in (*own, *shared)}
        return run

    return decorate


def pass_on(context: typer.Context, given: Options) -> None:
    """Give the command what stands before it: `--model M ask …` is `ask --model M …`."""
    name = str(context.invoked_subcommand)
    command = (
        context.command.get_command(context, name)
        if isinstance(context.command, TyperGroup)
        else None
    )
    known = {one.name for one in command.params} if command else set()
    named = {one: str(value) for one, value in given.items() if value is not None}
    for one in named:
        if one not in known:
            raise typer.BadParameter(f"{name} takes no --{one.replace('_', '-')}")
    context.default_map = {name: named}


def load(options: Options) -> Settings:
    """Return the settings with what the command line gives; imports `assistant.settings` late."""
    from assistant.settings import exposed_secret, load_settings

    settings = load_settings(**options)
    if exposed := exposed_secret(settings):
        print(f"paper-assistant: {exposed}", file=sys.stderr)
    return settings


def open_corpus(settings: Settings) -> Assistant:
    """Open the corpus, with a progress bar where the bundled papers have to be indexed first."""
    from assistant.index import corpora

    corpora.state(settings)  # what is unknown is refused before anything heavy is imported
    check_models(settings)
    from assistant.assistant import Assistant
    from assistant.cli import terminal

    return Assistant.open(settings, watch=terminal.progress)


def check_models(settings: Settings) -> None:
    """Raise ModelError where the settings name a model, embedder or reranker of no provider."""
    from assistant.models.providers import BUNDLED, check_name

    for kind in ("embedder", "model", "reranker"):
        name = getattr(settings, kind)
        if name and (kind, name) != ("embedder", BUNDLED):
            check_name(kind, name)


@contextmanager
def kept_conversations(settings: Settings) -> Iterator[Conversations | None]:
    """Yield what is kept of conversations, None where nothing is; makes no file."""
    from assistant.history.conversations import FILE, Conversations
    from assistant.history.database import is_there, place_of

    place = place_of(settings, FILE)
    with closing(Conversations(place)) if is_there(place) else nullcontext() as store:
        yield store


def check_target(file: Path, force: bool = False, hint: str = "--force overwrites it") -> None:
    """Raise ExportError where a file cannot be written, or is there and not to be overwritten."""
    if file.is_dir():
        raise ExportError(f"{file} is a folder; name a file")
    if file.exists() and not force:
        raise ExportError(f"{file} exists already; {hint}")
    if not file.absolute().parent.is_dir():
        raise ExportError(f"the folder {file.parent} does not exist; make it first")


def print_json(record: Any) -> None:
    """Print one line of JSON."""
    print(json.dumps(record, ensure_ascii=False), flush=True)
