"""Where one corpus lives on disk: which index is current, and who may write."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout
from pydantic import SecretStr

from assistant.errors import StoreError, WriteError
from assistant.settings import CLOUD, CORPORA, DEFAULT_CORPUS

if sys.platform != "win32":
    import fcntl

CHROMA = "chroma"
"""The folder of the vectors in that of an index."""
COLLECTION = "collection"
"""The file that says of which collection of a server the others are."""
_IN_USE, _ATLAS, _COPY = "in-use", "atlas.json", "copy-of-"
# From linux/fs.h; Python names it from 3.14 on.
_FICLONE = 0x40049409


@dataclass(frozen=True, slots=True)
class State:
    """What `current.json` says: the index in use, and a number that grows with every write."""

    index: str
    generation: int

    @property
    def number(self) -> int:
        """The index folder's number, which grows with every write into a new one."""
        return int(self.index.rpartition("-")[2])


@dataclass(frozen=True, slots=True)
class Server:
    """The address of a Chroma server, and the token that it, or a proxy before it, asks for; or
    Chroma Cloud, a key to it, and its tenant and database where the key does not tell them.
    """

    url: str
    token: SecretStr | None = None
    tenant: str | None = None
    database: str | None = None

    @property
    def is_cloud(self) -> bool:
        """Tell whether this is Chroma Cloud."""
        return self.url == CLOUD

    @property
    def address(self) -> str:
        """Where it is, for people."""
        return "Chroma Cloud" if self.is_cloud else self.url


@dataclass(frozen=True, slots=True)
class Place:
    """Where a collection lies: in the database in a folder of an index, or on a server."""

    folder: Path
    server: Server | None = None
    name: str = "papers"


class Remote(Protocol):
    """The corpus on a server whose files on this machine a `Folder` holds."""

    server: Server

    def fetch(self, folder: Folder) -> None:
        """Make `folder` have the state that is current on the server, or none where none is."""

    def place(self, folder: Folder, state: State) -> Place:
        """Return where the vectors of a state are."""

    def writing(self, folder: Folder) -> AbstractContextManager[None]:
        """Hold the right to write; StoreError where another has it."""

    def number_after(self, old: State | None) -> int:
        """Return the number of the state that is being written, after `old`."""

    def copy(self) -> None:
        """Copy the records of the current state into the one that is being written."""

    def clear(self) -> None:
        """Empty the state that is being written."""

    def publish(self, folder: Folder, state: State) -> None:
        """Make what was written the current state, in one request."""

    def drop_others(self) -> None:
        """Drop all states but the current one and the one before."""

    def remove(self) -> None:
        """Delete the corpus."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of one corpus; of one on a Chroma server, what this machine has of it.

    `current.json` names the index folder in use and is replaced in one step, so a reader always
    finds a whole index; `writer.lock` admits one writing process; `unfinished` exists while a write
    is under way or was cut off.
    """

    root: Path
    remote: Remote | None = field(default=None, compare=False)

    @property
    def corpus(self) -> str:
        """The name of the corpus."""
        return self.root.name if self.root.parent.name == CORPORA else DEFAULT_CORPUS

    @property
    def where(self) -> str:
        """Where the corpus is kept, for people."""
        return self.remote.server.address if self.remote else str(self.root)

    def state(self) -> State | None:
        """Return the current state, None when none was ever finished; may raise StoreError.

        What others have published on a server since is fetched first.
        """
        if self.remote:
            self.remote.fetch(self)
        return self.state_here()

    def state_here(self) -> State | None:
        """Return the current state as this machine knows it, None for none."""
        try:
            found = json.loads((self.root / "current.json").read_text("utf-8"))
            if not re.fullmatch(r"index-\d+", found["index"]):
                raise ValueError(found["index"])
            return State(found["index"], int(found["generation"]))
        except FileNotFoundError:
            return None
        except (PermissionError, NotADirectoryError) as error:
            raise StoreError(
                f"the folder {self.root} cannot be read ({error.strerror}); choose another with"
                " --data-dir"
            ) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            command = ingest_command(self, rebuild=True)
            raise StoreError(f"{self.root / 'current.json'} is damaged; run: {command}") from error

    def next_state(self, old: State | None) -> State:
        """Return the state that a write after `old` makes."""
        following = old.number + 1 if old else 1
        number = self.remote.number_after(old) if self.remote else following
        return State(f"index-{number}", old.generation if old else 0)

    def publish(self, state: State) -> None:
        """Make `state` the current one, in one step."""
        if self.remote:
            self.remote.publish(self, state)
        self.publish_here(state)

    def publish_here(self, state: State) -> None:
        """Make `state` the current one of this machine, once a power cut would leave it whole."""
        path = self.root / "current.json"
        current = {"index": state.index, "generation": state.generation}
        try:
            _sync_all(self.root / state.index)
            replace_file(path, json.dumps(current), sync=True)
            # A corpus that is new has names in the folders above, too.
            for folder in (self.root, *self.root.parents[:2]):
                _sync(folder)
        except OSError as error:
            raise StoreError(
                f"{path} cannot be written ({error.strerror}); move it away and try again"
            ) from error

    def opened(self) -> Reading | None:
        """Return the current state, kept on disk until closed; None when none was ever finished."""
        while (state := self.state()) is not None:
            with suppress(BlockingIOError):
                reading = Reading(self, state, _locked(self.root / state.index / _IN_USE, False))
                # Meanwhile a writer may have published another state and dropped this one.
                if self.state_here() == state:
                    return reading
                reading.close()
        return None

    def chroma(self, state: State) -> Path:
        """Return where the Chroma store of an index lies."""
        return self.root / state.index / CHROMA

    def vectors(self, state: State) -> Place:
        """Return where the vectors of an index lie, there or on a server."""
        return self.remote.place(self, state) if self.remote else Place(self.chroma(state))

    def papers(self, state: State) -> Path:
        """Return where the papers of an index are listed."""
        return self.root / state.index / "papers.sqlite3"

    def keywords(self, state: State) -> Path:
        """Return where the keyword index of an index lies."""
        return self.root / state.index / "keywords.sqlite3"

    def tokens(self, state: State) -> Path:
        """Return where the token vectors of an index lie."""
        return self.root / state.index / "tokens.sqlite3"

    def queries(self, state: State) -> Path:
        """Return where the vectors of the queries that papers answer lie."""
        return self.root / state.index / "queries.sqlite3"

    def atlas(self, state: State) -> Path:
        """Return where the map of an index lies."""
        return self.root / state.index / _ATLAS

    @property
    def unfinished(self) -> Path:
        """The marker of a write that is under way or was cut off."""
        return self.root / "unfinished"

    def begin_write(self) -> None:
        """Mark that a write is under way, which also a power cut does not undo."""
        self.unfinished.touch()
        _sync(self.root)

    def begin_index(self, state: State) -> None:
        """Make the index folder of `state`, empty where it is not there."""
        (self.root / state.index).mkdir(parents=True, exist_ok=True)
        (self.root / state.index / _IN_USE).touch()

    def clear_index(self, state: State) -> None:
        """Delete what a cut-off write left in the index folder of `state`, and on the server."""
        if self.remote:
            self.remote.clear()
        self.clear_here(state)

    def clear_here(self, state: State) -> None:
        """Delete the index folder of `state` on this machine."""
        shutil.rmtree(self.root / state.index, ignore_errors=True)

    def copy_index(self, old: State, new: State) -> None:
        """Make the index folder of `new` a copy of that of `old`, unless a cut-off write already
        did.

        SQLite and Chroma write their files in place, so those are copied (at no cost where the file
        system shares blocks); a map is only ever replaced, so it is linked. OSError, and no copy,
        where the disk is full.
        """
        target = self.root / new.index
        whole = target / f"{_COPY}{old.index}"
        if whole.exists():
            return
        self.clear_index(new)
        try:
            self.begin_index(new)
            for path, name in self.files(old):
                beside = target / name
                beside.parent.mkdir(parents=True, exist_ok=True)
                if path.name == _ATLAS:
                    _link(path, beside)
                else:
                    _copy(path, beside)
            _sync_all(target)
            if self.remote:
                self.remote.copy()
        except OSError:
            self.clear_index(new)
            raise
        whole.touch()

    def drop_others(self, keep: State) -> None:
        """Delete all index folders but that of `keep` and those that somebody reads; of a server's
        states, all but the last two.
        """
        if self.remote:
            self.remote.drop_others()
        self.drop_others_here(keep)

    def drop_others_here(self, keep: State) -> None:
        """Delete this machine's index folders but that of `keep` and those that somebody reads."""
        for path in (*self.root.glob("index-*"), *self.root.glob("dropped-*")):
            if path.name != keep.index:
                _drop(path)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to write; StoreError at once when another process has it."""
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
            holder.write_text(json.dumps(this_process()), "utf-8")
            with self.remote.writing(self) if self.remote else nullcontext():
                yield
        except (OSError, sqlite3.OperationalError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise WriteError(write_failure(self.root, reason)) from error
        finally:
            holder.unlink(missing_ok=True)
            lock.release()

    @contextmanager
    def unread(self) -> Iterator[None]:
        """Keep readers out; StoreError at once where a page, or another program, reads."""
        with ExitStack() as held:
            for path in self.root.glob("index-*"):
                try:
                    lock = _locked(path / _IN_USE, exclusive=True)
                except BlockingIOError as error:
                    raise StoreError(
                        f"the corpus {self.corpus} is in use; close the page, or whatever else has"
                        " it open, and try again"
                    ) from error
                if lock is not None:
                    held.callback(os.close, lock)
            yield

    def files(self, state: State) -> Iterator[tuple[Path, Path]]:
        """Yield the files of an index, without marks: where each lies, its name in the folder."""
        root = self.root / state.index
        for path in sorted(root.rglob("*")):
            if (
                path.is_file()
                and path.name not in (_IN_USE, COLLECTION)
                and not path.name.startswith(_COPY)
            ):
                yield path, path.relative_to(root)

    def _holder(self) -> str:
        try:
            return described(json.loads((self.root / "writer.json").read_text("utf-8")))
        except (OSError, ValueError, KeyError):
            return "it has just started"


@dataclass(slots=True)
class Reading:
    """A state that is being read: its index folder stays until this is closed."""

    folder: Folder
    state: State
    _lock: int | None

    def close(self) -> None:
        """Let go of the state, and drop its index folder where a later one has taken its place."""
        if self._lock is None:
            return
        os.close(self._lock)
        self._lock = None
        try:
            current = self.folder.state_here()
        except StoreError:
            return
        if current and current.number > self.state.number:
            _drop(self.folder.root / self.state.index)


def _locked(path: Path, exclusive: bool) -> int | None:
    """Return an open file that holds a lock on `path`; BlockingIOError where somebody else's lock
    forbids it.

    None where there is no file, or no lock: Windows needs none, since nothing that is open can be
    renamed there. A lock ends with its process, however that ends.
    """
    if sys.platform == "win32":
        return None
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError as error:
        os.close(file)
        if isinstance(error, BlockingIOError):
            raise
        return None
    return file


def _drop(path: Path) -> None:
    """Delete an index folder, as a whole or not at all, unless somebody reads it."""
    try:
        lock = _locked(path / _IN_USE, exclusive=True)
    except BlockingIOError:
        return
    gone = path.with_name(f"dropped-{path.name.removeprefix('dropped-')}")
    with suppress(OSError):
        path.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
    if lock is not None:
        os.close(lock)


def _copy(source: Path, target: Path) -> None:
    """Copy a file, sharing its blocks where the file system can."""
    if sys.platform == "linux":
        with source.open("rb") as old, target.open("wb") as new, suppress(OSError):
            fcntl.ioctl(new, _FICLONE, old.fileno())
            return
    shutil.copyfile(source, target)


def _sync_all(folder: Path) -> None:
    """Have a folder with all that is in it outlive a power cut."""
    for path in (*folder.rglob("*"), folder):
        _sync(path)


def _sync(path: Path) -> None:
    """Have a file, or the names in a folder, outlive a power cut; Windows sees to names itself."""
    windows = sys.platform == "win32"
    if windows and path.is_dir():
        return
    file = os.open(path, os.O_RDWR if windows else os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def replace_file(path: Path, content: str | bytes, mode: int = 0o666, sync: bool = False) -> None:
    """Write a file beside `path` that takes its place when it is whole, with `sync` also after a
    power cut; OSError where it cannot be written.
    """
    beside = path.with_name(f".{path.name}.part")
    beside.unlink(missing_ok=True)
    try:
        with open(beside, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content.encode() if isinstance(content, str) else content)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def write_failure(path: Path, reason: str) -> str:
    """Return what to say of a failed write to `path`, most often since the disk is full."""
    return (
        f"{path} cannot be written ({reason}); make room or use --data-dir, then run the same"
        " command again"
    )


def rebuild_hint(index: Path) -> str:
    """Return what to do about a damaged index folder, which lies in its corpus' folder."""
    return f"run: {ingest_command(Folder(index.parent), rebuild=True)}"


def check_built_with(found: str, wanted: str | None, index: Path) -> None:
    """Raise StoreError where an index was built with something else; None is not checked."""
    if wanted not in (None, found):
        raise StoreError(
            f"the index in {index} was built with {found}, not with {wanted}; {rebuild_hint(index)}"
        )


def ingest_command(folder: Folder, rebuild: bool = False) -> str:
    """Return the command that brings the index in `folder` up to date; what is stored suffices for
    a rebuild.

    >>> ingest_command(Folder(Path("data/default")))
    'paper-assistant ingest'
    >>> ingest_command(Folder(Path("data/corpora/mine")))
    'paper-assistant ingest FILE … --corpus mine'
    """
    if folder.corpus == DEFAULT_CORPUS:
        return "paper-assistant ingest --rebuild" if rebuild else "paper-assistant ingest"
    return f"paper-assistant ingest {'--rebuild' if rebuild else 'FILE …'} --corpus {folder.corpus}"


def described(process: Mapping[str, object]) -> str:
    """Return what is told of a process that writes, given what `this_process` says of it."""
    return "process {pid} on {host}, {command!r}, since {since}".format_map(process)


def this_process() -> dict[str, str | int]:
    """Return what others are told of this process while it writes."""
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:100],
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
