"""`paper-assistant corpora`: listed, renamed, removed, packed, unpacked, verified."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.common import (
    Json,
    Options,
    kept_conversations,
    load,
    pass_on,
    print_json,
    with_options,
)
from assistant.cli.help import Command, argument, examples, flag

if TYPE_CHECKING:
    from assistant.index.layout import Folder
    from assistant.settings import Settings

Name = Annotated[str, argument("NAME", "The corpus.")]
corpora = typer.Typer(
    invoke_without_command=True, rich_markup_mode=None, epilog=examples("corpora")
)


@corpora.callback()
@with_options("data_dir", "store")
def list_corpora(options: Options, context: typer.Context, as_json: Json = False) -> None:
    """List the corpora; rename, delete, pack, unpack, verify them."""
    if context.invoked_subcommand is not None:
        pass_on(context, options)
        return
    from assistant.index.corpora import listed

    found = listed(load(options))
    if as_json:
        print_json([one.record for one in found])
        return
    from assistant.cli import terminal

    terminal.show_corpora(found)


@corpora.command(cls=Command, epilog=examples("corpora rename"))
@with_options("data_dir", "store")
def rename(
    settings: Settings,
    old: Annotated[str, argument("OLD", "The corpus.")],
    new: Annotated[str, argument("NEW", "Its new name.")],
) -> None:
    """Give a corpus another name; its conversations go with it."""
    from assistant.index import corpus_files

    corpus_files.rename(_folder(settings, old), _folder(settings, new, new=True))
    with kept_conversations(settings) as conversations:
        if conversations:
            conversations.rename_corpus(old, new)
    print(f"{old} is called {new} now")


@corpora.command("rm", cls=Command, epilog=examples("corpora rm"))
@with_options("data_dir", "store")
def remove(
    settings: Settings, name: Name, yes: Annotated[bool, flag("Do not ask.", "--yes")] = False
) -> None:
    """Delete a corpus, after asking.

    Of the default corpus the index is deleted, which is built again at the next start."""
    from assistant.index import corpus_files
    from assistant.settings import DEFAULT_CORPUS

    folder = _folder(settings, name)
    again = "; the bundled papers are indexed again at the next start, others are not"
    after = again if name == DEFAULT_CORPUS else ", with its papers"
    if not yes:
        typer.confirm(f"Delete the index of the corpus {name}{after}?", abort=True)
    corpus_files.remove(folder)
    print(f"{name} is deleted{after}")


@corpora.command(cls=Command, epilog=examples("corpora pack"))
@with_options("data_dir", "store")
def pack(
    settings: Settings,
    name: Name,
    file: Annotated[Path, argument("FILE.zip", "The file to write.")],
) -> None:
    """Write a corpus, papers and index, into one file."""
    from assistant.index import corpus_files

    corpus_files.pack(_folder(settings, name), file)
    print(f"{name} is packed into {file} ({file.stat().st_size / 1e6:,.1f} MB)")


@corpora.command(cls=Command, epilog=examples("corpora unpack"))
@with_options("data_dir", "store")
def unpack(
    settings: Settings,
    file: Annotated[Path, argument("FILE.zip", "A packed corpus.")],
    name: Annotated[str | None, argument("NAME", "Its name here; without: as it was.")] = None,
) -> None:
    """Make a corpus of the file it was packed into."""
    from assistant.index import corpus_files
    from assistant.index.corpora import described
    from assistant.settings import with_corpus

    folder = corpus_files.unpack(file, lambda named: _folder(settings, name or named, new=True))
    made = described(with_corpus(settings, folder.corpus))
    print(f"the corpus {made.name} has {made.papers} papers, embedded by {made.embedder}")


@corpora.command(cls=Command, epilog=examples("corpora verify"))
@with_options("data_dir", "store", "embedder")
def verify(
    settings: Settings,
    name: Name,
    repair: Annotated[
        bool, flag("Make again what does not fit, from what is whole.", "--repair")
    ] = False,
) -> None:
    """Compare a corpus' papers, vectors, keywords and map.

    Exit code 1 where they do not fit."""
    from assistant.cli import terminal
    from assistant.models.providers import make_embedder
    from ingest import verify as checking

    folder = _folder(settings, name)
    embedder = make_embedder(settings.embedder, settings.threads)
    checks = checking.verify(folder, embedder)
    if repair and any(one.problem for one in checks):
        terminal.show_checks(checks)
        with terminal.progress("papers", None) as advance:
            report, lost = checking.repair(checks, folder, embedder, advance)
        terminal.show_report(report)
        for identifier in lost:
            print(f"  {identifier} is whole nowhere; ingest its file again")
        checks = checking.verify(folder, embedder)
    terminal.show_checks(checks)
    if any(one.problem for one in checks):
        print(f"run: paper-assistant corpora verify {name} --repair")
        raise typer.Exit(1)


def _folder(settings: Settings, name: str, new: bool = False) -> Folder:
    """Return the folder of a corpus; StoreError where it is not there and not to be `new`."""
    from assistant.index.corpora import existing, folder_of
    from assistant.settings import with_corpus

    return (folder_of if new else existing)(with_corpus(settings, name))
