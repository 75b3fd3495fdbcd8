"""`paper-assistant fetch`: a query to a service on the network → papers in a corpus, or a file."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.common import Options, check_models, check_target, with_options
from assistant.cli.help import argument, option
from assistant.cli.ingest import Order, ingest_files
from assistant.errors import SourceError

if TYPE_CHECKING:
    from assistant.settings import Settings
    from ingest.services.arxiv import Found

_MOST = 30_000
Email = Annotated[str, option("ADDRESS", "Where you can be reached; sent along with each request.")]


class From(StrEnum):
    """The services that can be fetched from."""

    arxiv = "arxiv"


@with_options("data_dir", "store", "corpus", "embedder", "timeout")
def fetch(
    settings: Settings,
    options: Options,
    service: Annotated[From, argument("arxiv", "What to ask: arxiv.")],
    query: Annotated[str, argument("QUERY", 'In its own syntax, as in "cat:cs.CV AND abs:video".')],
    most: Annotated[
        int, option("NUMBER", "The most papers, the newest first.", "--max", min=1, max=_MOST)
    ] = 100,
    out: Annotated[Path | None, option("FILE", "Write an Atom file, and ingest nothing.")] = None,
    email: Email = "",
) -> None:
    """Ask arXiv for the newest papers that match, and ingest them.

    Nothing else asks arXiv."""
    query = " ".join(query.split())
    if not query or not query.isprintable():
        raise SourceError('the query has no words; give one such as "cat:cs.CV AND abs:video"')
    check_email(email)
    if out is not None:
        if options["corpus"]:
            raise SourceError("--out writes a file and ingests nothing; leave out it or --corpus")
        check_target(out, hint="name another file")
    check_models(settings)
    with told_when_stopped():
        file = _fetched(settings, query, most, email, out)
    if out is None:
        ingest_files(Order([file]), settings)


def _fetched(settings: Settings, query: str, most: int, email: str, out: Path | None) -> Path:
    """Return the file with what was found, and print how much that is."""
    from assistant.cli import terminal
    from ingest.services import arxiv
    from ingest.services.client import Client

    folder = arxiv.folder_of(settings.cache_dir, settings.arxiv, query)
    file = out or folder / "arxiv.atom"
    seconds = (math.ceil(most / arxiv.PAGE) - 1) * arxiv.INTERVAL
    about = (
        f" for the newest {most:,} papers that match, {arxiv.PAGE} at a time, {arxiv.INTERVAL:g} s"
        f" apart: {seconds:.0f} s or more"
    )
    place = arxiv.service(settings.arxiv), settings.cache_dir
    client = Client(*place, settings.timeout, terminal.tell, about, email)
    with closing(client), terminal.steps("papers") as progress:
        found = arxiv.search(client, query, most, folder, progress)
    if not found.entries:
        raise SourceError(f"no paper on arXiv matches {query!r}; nothing to ingest")
    arxiv.write_feed(file, found.entries)
    print(_told(found, most, out))
    return file


def _told(found: Found, most: int, out: Path | None) -> str:
    count, wanted = len(found.entries), min(most, found.total)
    told = f"arXiv: {count:,} of the {found.total:,} papers that match"
    if count < wanted:
        told += f", though {wanted:,} were asked for: some of its pages are short, or repeat papers"
    if found.kept:
        pages = "page was" if found.kept == 1 else "pages were"
        told += f"; {found.kept:,} {pages} kept from the last 24 hours"
    return f"{told}; written to {out}" if out else told


def check_email(email: str) -> None:
    """Raise SourceError for what is no address of mail, and so cannot stand in a request."""
    if email and not (email.isascii() and re.fullmatch(r"[^\s@<>()]+@[^\s@<>()]+", email)):
        raise SourceError(f"--email {email!r}: give an address such as me@example.org")


@contextmanager
def told_when_stopped(done: str = "fetched") -> Iterator[None]:
    """Tell on Ctrl-C that nothing is lost, and end with the exit code of an interrupt."""
    from assistant.cli import terminal

    try:
        yield
    except KeyboardInterrupt:
        terminal.tell(f"stopped; what was {done} is kept, the same command goes on from there")
        raise typer.Exit(130) from None
