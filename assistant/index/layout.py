"""Where one corpus lives on disk: which index is current, and who may write."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from assistant.errors import StoreError
from assistant.settings import CORPORA, DEFAULT_CORPUS


@dataclass(frozen=True, slots=True)
class State:
    """What `current.json` says: the index folder in use, and a number that grows with every finished write."""

    index: str
    generation: int


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of one corpus.

    `current.json` names the index folder in use and is replaced in one step, so a reader always finds a whole
    index; `writer.lock` admits one writing process; `unfinished` exists while a write is under way or was cut off.
    """

    root: Path

    @property
    def corpus(self) -> str:
        """The name of the corpus."""
        return self.root.name if self.root.parent.name == CORPORA else DEFAULT_CORPUS

    def state(self) -> State | None:
        """Return the current state, None when no index was ever finished; StoreError when it cannot be read."""
        try:
            found = json.loads((self.root / "current.json").read_text("utf-8"))
            if not re.fullmatch(r"index-\d+", found["index"]):
                raise ValueError(found["index"])
            return State(found["index"], int(found["generation"]))
        except FileNotFoundError:
            return None
        except (PermissionError, NotADirectoryError) as error:
            raise StoreError(
                f"the folder {self.root} cannot be read ({error.strerror}); choose another with --data-dir"
            ) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            command = ingest_command(self, rebuild=True)
            raise StoreError(f"{self.root / 'current.json'} is damaged; run: {command}") from error

    def publish(self, state: State) -> None:
        """Make `state` the current one, in one step."""
        path = self.root / "current.json"
        beside = path.with_suffix(".new")
        try:
            with beside.open("w", encoding="utf-8") as file:
                json.dump({"index": state.index, "generation": state.generation}, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except OSError as error:
            raise StoreError(
                f"{path} cannot be written ({error.strerror}); move it away and try again"
            ) from error

    def chroma(self, state: State) -> Path:
        """Return where the Chroma store of an index lies."""
        return self.root / state.index / "chroma"

    def keywords(self, state: State) -> Path:
        """Return where the keyword index of an index lies."""
        return self.root / state.index / "keywords.sqlite3"

    def tokens(self, state: State) -> Path:
        """Return where the token vectors of an index lie."""
        return self.root / state.index / "tokens.sqlite3"

    def atlas(self, state: State) -> Path:
        """Return where the map of an index lies."""
        return self.root / state.index / "atlas.json"

    @property
    def unfinished(self) -> Path:
        """The marker of a write that is under way or was cut off."""
        return self.root / "unfinished"

    def drop_others(self, *keep: State) -> None:
        """Delete all index folders but those of `keep`."""
        for path in self.root.glob("index-*"):
            if path.name not in {state.index for state in keep}:
                shutil.rmtree(path, ignore_errors=True)

    def copy_index(self, old: State, new: State) -> None:
        """Make the index folder of `new` a copy of that of `old`, unless a cut-off write already did."""
        whole = self.root / new.index / f"copy-of-{old.index}"
        if whole.exists():
            return
        shutil.rmtree(self.root / new.index, ignore_errors=True)
        shutil.copytree(
            self.root / old.index, self.root / new.index, ignore=shutil.ignore_patterns("copy-of-*")
        )
        whole.touch()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to write; StoreError at once, naming the holder, when another process has it."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.root / "writer.lock")
            lock.acquire(timeout=0)
        except Timeout as error:
            raise StoreError(
                f"another process is writing this index ({self._holder()}); wait for it to finish"
            ) from error
        except OSError as error:
            raise StoreError(
                f"the folder {self.root} cannot be written ({error.strerror}); use --data-dir"
            ) from error
        holder = self.root / "writer.json"
        try:
            holder.write_text(json.dumps(_this_process()), "utf-8")
            yield
        finally:
            holder.unlink(missing_ok=True)
            lock.release()

    def _holder(self) -> str:
        try:
            found = json.loads((self.root / "writer.json").read_text("utf-8"))
            return f"process {found['pid']} on {found['host']}, {found['command']!r}, since {found['since']}"
        except (OSError, ValueError, KeyError):
            return "it has just started"


def ingest_command(folder: Folder, rebuild: bool = False) -> str:
    """Return the command that brings the index in `folder` up to date; what is stored suffices for a rebuild.

    >>> ingest_command(Folder(Path("data/default"))), ingest_command(Folder(Path("data/corpora/mine")))
    ('paper-assistant ingest', 'paper-assistant ingest FILE … --corpus mine')
    """
    if folder.corpus == DEFAULT_CORPUS:
        return "paper-assistant ingest --rebuild" if rebuild else "paper-assistant ingest"
    return f"paper-assistant ingest {'--rebuild' if rebuild else 'FILE …'} --corpus {folder.corpus}"


def _this_process() -> dict[str, str | int]:
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:100],
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
