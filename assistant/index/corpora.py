"""The corpora in a data folder: which there are, and what is said where one is not there."""

import os
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assistant.errors import StoreError
from assistant.index.layout import Folder, State, ingest_command
from assistant.index.papers import PaperRecords, embedder_in
from assistant.settings import CORPORA, DEFAULT_CORPUS, Settings
from assistant.types import Paper


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


def state(settings: Settings) -> State | None:
    """Return the state of the corpus in use, None where the default corpus has no index yet.

    StoreError names the corpora that exist, where another one is asked for: nothing but the user's
    files can make it.
    """
    folder = Folder(settings.corpus_dir)
    found = folder.state()
    if found is None and settings.corpus != DEFAULT_CORPUS:
        raise _missing(settings, folder)
    return found


def existing(settings: Settings) -> Folder:
    """Return the folder of the corpus in use, which has an index or had one before it was damaged;
    StoreError names the corpora that exist, where this one does not.
    """
    folder = Folder(settings.corpus_dir)
    if not os.path.isfile(_current(folder.root)):
        raise _missing(settings, folder)
    return folder


def _missing(settings: Settings, folder: Folder) -> StoreError:
    known = ", ".join(one.corpus for one in _folders(settings.data_folder)) or "none yet"
    return StoreError(
        f"there is no corpus {settings.corpus} (there is: {known}); run: {ingest_command(folder)}"
    )


def names(data_dir: Path) -> list[str]:
    """Return the names of the corpora in `data_dir` that have an index, the default one first."""
    return [folder.corpus for folder in _folders(data_dir)]


def listed(data_dir: Path) -> list[Corpus]:
    """Return every corpus in `data_dir` that has an index, the default one first, then by name."""
    return [described(folder) for folder in _folders(data_dir)]


def _folders(data_dir: Path) -> list[Folder]:
    paths = [data_dir / DEFAULT_CORPUS, *sorted((data_dir / CORPORA).glob("[!.]*"))]
    return [Folder(path) for path in paths if os.path.isfile(_current(path))]


def _current(root: Path) -> Path:
    return root / "current.json"


def described(folder: Folder) -> Corpus:
    """Return what is told of the corpus in a folder that has an index."""
    changed = datetime.fromtimestamp(_current(folder.root).stat().st_mtime).astimezone()
    try:
        papers, embedder = _held(folder)
    except StoreError:
        papers, embedder = None, None
    return Corpus(folder.corpus, papers, changed, embedder)


def papers(settings: Settings) -> dict[str, Paper]:
    """Return the papers of the corpus in use by id; neither Chroma nor an embedder is loaded."""
    folder = Folder(settings.corpus_dir)
    if (reading := folder.opened()) is None:
        return {}
    with closing(reading), closing(PaperRecords(folder.papers(reading.state), None)) as records:
        return records.papers()


def _held(folder: Folder) -> tuple[int | None, str | None]:
    """Return how many papers a corpus holds and what embedded them."""
    if (reading := folder.opened()) is None:
        return None, None
    with closing(reading), closing(PaperRecords(folder.papers(reading.state), None)) as records:
        return records.count(), embedder_in(records.built_with)
