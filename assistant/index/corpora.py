"""The corpora in a data folder: which there are, and what is said where one is not there."""

import os
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from assistant.errors import StoreError
from assistant.index.layout import Folder, Server, State, ingest_command
from assistant.index.papers import PaperRecords, embedder_in
from assistant.settings import CLOUD, CORPORA, DEFAULT_CORPUS, Settings, cloud_names
from assistant.types import NO_FILTERS, Filters, Paper


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus that has an index: its name, how many papers it holds, when it last changed, and
    what embedded them.

    Of one that cannot be read, `papers` and `embedder` are None.
    """

    name: str
    papers: int | None
    changed: datetime
    embedder: str | None

    @property
    def record(self) -> dict[str, str | int | None]:
        """The corpus as a JSON object."""
        changed = self.changed.isoformat(timespec="seconds")
        return {
            "name": self.name,
            "papers": self.papers,
            "changed": changed,
            "embedder": self.embedder,
        }


def folder_of(settings: Settings) -> Folder:
    """Return the folder of the corpus in use, which need not have an index."""
    if settings.store is None:
        return Folder(settings.corpus_dir)
    from assistant.index.server import RemoteCorpus

    return Folder(settings.corpus_dir, RemoteCorpus(_server(settings), settings.corpus))


def state(settings: Settings) -> State | None:
    """Return the state of the corpus in use, None where the default corpus has no index yet.

    StoreError names the corpora that exist, where another one is asked for: nothing but the user's
    files can make it.
    """
    folder = folder_of(settings)
    found = folder.state()
    if found is None and settings.corpus != DEFAULT_CORPUS:
        raise _missing(settings, folder)
    return found


def existing(settings: Settings) -> Folder:
    """Return the folder of the corpus in use, which has an index or had one before it was damaged;
    StoreError names the corpora that exist, where this one does not.
    """
    folder = folder_of(settings)
    if folder.corpus not in _names(settings):
        raise _missing(settings, folder)
    return folder


def _missing(settings: Settings, folder: Folder) -> StoreError:
    known = ", ".join(_names(settings)) or "none yet"
    return StoreError(
        f"there is no corpus {settings.corpus} (there is: {known}); run: {ingest_command(folder)}"
    )


def names(settings: Settings) -> list[str]:
    """Return the names of the corpora that have an index, the default one first; while a server
    does not answer, of those that this machine has something of.
    """
    try:
        return _names(settings)
    except StoreError:
        return [folder.corpus for folder in _folders(settings)]


def listed(settings: Settings) -> list[Corpus]:
    """Return every corpus that has an index, the default one first, then by name."""
    if settings.store is not None:
        return _on_server(settings)
    return [_described(folder) for folder in _folders(settings)]


def _names(settings: Settings) -> list[str]:
    if settings.store is not None:
        return [one.name for one in _on_server(settings)]
    return [folder.corpus for folder in _folders(settings)]


def _folders(settings: Settings) -> list[Folder]:
    root = settings.corpora_folder
    paths = [root / DEFAULT_CORPUS, *sorted((root / CORPORA).glob("[!.]*"))]
    return [Folder(path) for path in paths if os.path.isfile(_current(path))]


def _current(root: Path) -> Path:
    return root / "current.json"


def _on_server(settings: Settings) -> list[Corpus]:
    from assistant.index.server import corpora

    found = corpora(_server(settings))
    return [
        Corpus(
            name,
            found[name]["papers"],
            datetime.fromisoformat(found[name]["changed"]),
            embedder_in(found[name]["built_with"]),
        )
        for name in sorted(found, key=lambda name: (name != DEFAULT_CORPUS, name))
    ]


def _server(settings: Settings) -> Server:
    if settings.store != CLOUD:
        return Server(settings.store or "", settings.store_token)
    key = os.environ.get("CHROMA_API_KEY", "").strip()
    if not key:
        raise StoreError("--store cloud is Chroma Cloud, which asks for a key; set CHROMA_API_KEY")
    return Server(CLOUD, SecretStr(key), *cloud_names())


def described(settings: Settings) -> Corpus:
    """Return what is told of the corpus in use, which has an index."""
    if settings.store is None:
        return _described(Folder(settings.corpus_dir))
    return next(one for one in _on_server(settings) if one.name == settings.corpus)


def _described(folder: Folder) -> Corpus:
    changed = datetime.fromtimestamp(_current(folder.root).stat().st_mtime).astimezone()
    try:
        papers, embedder = _held(folder)
    except StoreError:
        papers, embedder = None, None
    return Corpus(folder.corpus, papers, changed, embedder)


def papers(settings: Settings, filters: Filters = NO_FILTERS) -> dict[str, Paper]:
    """Return the papers of the corpus in use that satisfy filters, by id; neither Chroma nor an
    embedder is loaded.
    """
    folder = folder_of(settings)
    if (reading := folder.opened()) is None:
        return {}
    with closing(reading), closing(PaperRecords(folder.papers(reading.state), None)) as records:
        return records.papers(filters)


def _held(folder: Folder) -> tuple[int | None, str | None]:
    """Return how many papers a corpus holds and what embedded them."""
    if (reading := folder.opened()) is None:
        return None, None
    with closing(reading), closing(PaperRecords(folder.papers(reading.state), None)) as records:
        return records.count(), embedder_in(records.built_with)
