"""`paper-assistant ingest`: files → index."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from assistant.cli.common import check_models, with_options
from assistant.cli.help import argument, flag, option
from assistant.errors import SourceError, StoreError
from ingest.formats import FORMAT_NAMES
from ingest.source import is_zotero

if TYPE_CHECKING:
    from assistant.index.layout import Folder
    from assistant.settings import Settings
    from ingest.embed import Encoder
    from ingest.index import Plan
    from ingest.zotero import Changes

_LOOK_EVERY = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Order:
    """What the command line asks for."""

    files: Sequence[Path]
    prune: bool = False
    rebuild: bool = False
    bibliography: Path | None = None
    strict: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    encoder: Encoder | None = None


@with_options("data_dir", "store", "corpus", "embedder")
def ingest(
    settings: Settings,
    files: Annotated[
        list[Path] | None,
        argument(
            "FILE",
            f"Files ({FORMAT_NAMES}), also packed as .gz or .zst, folders of them, - for"
            " standard input, zotero:, zotero:COLLECTION or zotero:GROUP for what changed in"
            " Zotero; none: the bundled papers.",
        ),
    ] = None,
    prune: Annotated[bool, flag("Drop papers that the files do not hold.", "--prune")] = False,
    rebuild: Annotated[
        bool, flag("Embed every paper again, also after changing the embedder.", "--rebuild")
    ] = False,
    bibliography: Annotated[
        Path | None, option("FILE", "JSON Lines of facts to join by title.")
    ] = None,
    strict: Annotated[bool, flag("Stop at a record that cannot be used.", "--strict")] = False,
    column: Annotated[
        list[str] | None,
        option(
            "FIELD=NAME",
            "Take a field from that column of a table, as in title=Name; may be repeated.",
            "--column",
        ),
    ] = None,
    watch: Annotated[
        bool, flag("Go on, and read the files again whenever they change.", "--watch")
    ] = False,
    ray: Annotated[
        str | None,
        option(
            "ADDRESS",
            "Run the networks on a Ray cluster (extra: ray): HOST:PORT, auto for the one that"
            " this machine is in, else on its own cores, or local for these.",
        ),
    ] = None,
) -> None:
    """Bring the index up to date with some files."""
    if bibliography is not None and not files:
        raise SourceError("--bibliography goes with a saved page; name the page too")
    columns = _columns(column or (), files)
    check_models(settings)
    order = Order(files or (), prune, rebuild, bibliography, strict, columns)
    with _encoder(ray, settings) as encoder:
        (_watch if watch else ingest_files)(replace(order, encoder=encoder), settings)


def _encoder(ray: str | None, settings: Settings) -> AbstractContextManager[Encoder | None]:
    """Return who runs the networks, None for this process."""
    if ray is None:
        return nullcontext()
    from ingest.ray_encoder import connected

    return connected(ray, settings.embedder, settings.threads)


def ingest_files(order: Order, settings: Settings) -> None:
    """Read the files, index what they hold, and print what that changed."""
    from assistant.cli import terminal
    from ingest.read import ReadResult, read, size_of

    files, prune, rebuild = order.files, order.prune, order.rebuild
    # Before Chroma and the embedder are imported: a file that cannot be read is told at once.
    found, named = ReadResult(()), _with_zotero(files, settings, prune or rebuild)
    libraries = [one for one in named if not isinstance(one, Path)]
    if files:
        with terminal.reading(size_of(files)) as advance_reading:
            found = read(named, order.bibliography, order.strict, order.columns, advance_reading)
    if prune:
        found.check_whole()
    from assistant.index.corpora import folder_of
    from assistant.models.providers import make_embedder
    from ingest.index import Plan, index
    from ingest.zotero import forget, remember

    folder = folder_of(settings)
    if prune or rebuild:
        forget(folder.root)  # what is dropped must be read again
    plan = Plan(found.papers, prune, rebuild) if files else _without_files(folder, prune, rebuild)
    plan = replace(plan, encoder=order.encoder)
    with terminal.progress("papers", len(plan.papers) or None) as advance:
        report = index(plan, folder, make_embedder(settings.embedder, settings.threads), advance)
    if any(one.partial for one in libraries):
        report = replace(report, absent=0)  # most of them are in Zotero as they were
    for one in libraries:
        remember(folder.root, one)
    terminal.show_report(found.added_to(report))


def _watch(order: Order, settings: Settings) -> None:
    """Ingest now and after every change of the files, until Ctrl-C; failures are told."""
    from ingest.source import STANDARD_INPUT

    paths = order.files
    if not paths or order.rebuild or any(one == STANDARD_INPUT or is_zotero(one) for one in paths):
        raise SourceError("--watch goes with files and folders, and without --rebuild")
    for one in paths:
        if not one.exists():
            raise SourceError(f"{one}: no such file; check the path")
    print("watching; stop with Ctrl-C", file=sys.stderr, flush=True)
    try:
        for _ in changes_of(paths, lambda: time.sleep(_LOOK_EVERY)):
            try:
                ingest_files(order, settings)
            except (SourceError, StoreError) as error:
                print(f"paper-assistant: {error}", file=sys.stderr, flush=True)
            sys.stdout.flush()
    except KeyboardInterrupt:
        print("no longer watching", file=sys.stderr)


def changes_of(files: Sequence[Path], wait: Callable[[], None]) -> Iterator[None]:
    """Yield at once, and whenever files have changed and then stayed alike for one `wait`."""
    from ingest.read import stamps_of

    seen = stamps_of(files)
    yield
    before = seen
    while True:
        wait()
        now = stamps_of(files)
        if now == before != seen:
            seen = now
            yield
        before = now


def _with_zotero(files: Sequence[Path], settings: Settings, whole: bool) -> list[Path | Changes]:
    """Return the files, Zotero's libraries among them as what changed there since they were read
    into the corpus; all there is where the `whole` is asked for.
    """
    if not any(map(is_zotero, files)):
        return list(files)
    from assistant.index.corpora import folder_of
    from ingest.zotero import changes, recall

    root = settings.corpus_dir
    whole = whole or folder_of(settings).state() is None
    return [
        changes(str(one), settings.zotero, None if whole else recall(root, str(one)))
        if is_zotero(one)
        else one
        for one in files
    ]


def _columns(given: Sequence[str], files: Sequence[Path] | None) -> dict[str, str]:
    """Return the columns that were named, by field.

    >>> _columns(["title=Article Title"], [Path("a.csv")])
    {'title': 'Article Title'}
    """
    from ingest.formats.table import FIELDS

    if given and not files:
        raise SourceError("--column goes with a table; name the file too")
    columns = {}
    for one in given:
        field, _, name = one.partition("=")
        if field.strip() not in FIELDS or not name.strip():
            raise SourceError(
                f"--column {one}: give it as FIELD=NAME, the field one of {', '.join(FIELDS)}"
            )
        columns[field.strip()] = name.strip()
    return columns


def _without_files(folder: Folder, prune: bool, rebuild: bool) -> Plan:
    """Return what to do without files: the bundled papers, or a rebuild of what is stored."""
    from assistant.settings import DEFAULT_CORPUS
    from ingest.index import Plan
    from ingest.read import bundled_papers

    # A rebuild is of what is stored, whoever put it there; with --prune it is of the bundled papers
    # alone.
    stored = rebuild and not prune and any(folder.root.glob("index-*"))
    if folder.corpus != DEFAULT_CORPUS:
        if not stored:
            raise SourceError(
                f"name the files of the corpus {folder.corpus}; {_with_files(folder)}"
            )
        _check_stored(folder)
        return Plan([], rebuild=True)
    return Plan(
        [] if stored else bundled_papers(),
        prune,
        rebuild,
        otherwise=bundled_papers() if stored else (),
    )


def _check_stored(folder: Folder) -> None:
    """Raise SourceError where papers that a rebuild would lose cannot be read."""
    from ingest.index import stored_papers

    try:
        if state := folder.state():
            stored_papers(folder, state)
            return
    except StoreError as error:
        unreadable = (
            f"the papers of the corpus {folder.corpus} cannot be read back; {_with_files(folder)}"
        )
        raise SourceError(unreadable) from error
    raise SourceError(f"the corpus {folder.corpus} was never finished; {_with_files(folder)}")


def _with_files(folder: Folder) -> str:
    return (
        f"run: paper-assistant ingest FILE … --corpus {folder.corpus} (the bundled papers are the"
        " default corpus')"
    )
