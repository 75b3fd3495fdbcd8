"""A corpus on a Chroma server, which several machines write and read.

Each state is a collection, its number in its name. The one that is being written is called "new":
only one process can make a collection of that name, so that is the lock. It is published by being
renamed to the number after the last, which the server refuses where that is there: whatever became
of the lock, nobody writes over another's state. Clocks are not asked; a writer that no longer
counts up is taken for dead.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from assistant.errors import StoreError, WriteError
from assistant.index import blocks, chroma
from assistant.index.bm25 import KeywordIndex
from assistant.index.layout import (
    CHROMA,
    COLLECTION,
    Folder,
    Place,
    Server,
    State,
    described,
    this_process,
    write_failure,
)
from assistant.index.papers import PaperRecords

if TYPE_CHECKING:
    from assistant.index.chroma import Client, Collection

BEAT = 5.0
"""Seconds after which a writer counts up."""
DEAD = 20.0
"""Seconds without a count after which another takes its place."""
_PREFIX, _NEW, _FILES = "paper-assistant.", "new", "files-"
_LEASE = "lease.json"
_TRIES = 3


def corpora(server: Server) -> dict[str, dict[str, Any]]:
    """Return what is known of every corpus on a server, by name: `papers`, `changed`,
    `built_with`.
    """
    with chroma.translated(Place(Path(), server)):
        return {
            corpus: dict(one.metadata or {})
            for corpus, _, one in sorted(_published(server), key=lambda found: found[:2])
        }


def _published(server: Server) -> Iterator[tuple[str, int, Collection]]:
    for one in chroma.collections(chroma.opened(Place(Path(), server))):
        corpus, _, number = one.name.removeprefix(_PREFIX).rpartition(".")
        if one.name.startswith(_PREFIX) and number.isdigit():
            yield corpus, int(number), one


@dataclass(slots=True)
class _Lease:
    """The right to write: the new collection, the number it is to have, and who counts up."""

    server: Server
    collection: Collection
    number: int
    published: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Count no more."""
        self._stop.set()
        self._thread.join()

    def _count(self) -> None:
        known, beat = dict(self.collection.metadata or {}), 0
        while not self._stop.wait(BEAT):
            beat += 1
            # Where the server is away or the lease is lost, the next write tells so.
            with suppress(StoreError), chroma.translated(Place(Path(), self.server)):
                self.collection.modify(metadata=known | {"beat": beat})


class RemoteCorpus:
    """What a `Folder` asks of the server; StoreError where that does not answer."""

    def __init__(self, server: Server, corpus: str) -> None:
        """Name the corpus; nothing is asked yet."""
        self.server, self._corpus = server, corpus
        self._lease: _Lease | None = None

    def number_after(self, old: State | None) -> int:
        """Return the number of the state that is being written, after `old`."""
        if old and old.number >= self._held.number:
            raise self._overtaken()
        return self._held.number

    def place(self, folder: Folder, state: State) -> Place:
        """Return where the records of a state are."""
        lease = self._lease
        new = lease and not lease.published and lease.number == state.number
        return Place(folder.chroma(state), self.server, self._name(_NEW if new else state.number))

    def fetch(self, folder: Folder) -> None:
        """Make `folder` have the state that is current on the server, or none where none is."""
        for tries_left in reversed(range(_TRIES)):
            try:
                with chroma.translated(Place(folder.root, self.server)):
                    self._fetch(folder)
                return
            except (OSError, sqlite3.Error) as error:
                raise WriteError(write_failure(folder.root, str(error))) from error
            except StoreError:
                # Another may have been published, and this one dropped, meanwhile.
                if not tries_left:
                    raise

    def _fetch(self, folder: Folder) -> None:
        if self._lacking(folder) is None:
            return
        folder.root.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.root / "fetch.lock"):
            # Meanwhile others of this machine may have fetched it, or written and published more.
            if lacking := self._lacking(folder):
                self._copy_here(folder, *lacking)

    def _lacking(self, folder: Folder) -> tuple[State, Collection] | None:
        """Return the state that is current on the server where it is neither here nor what a
        process of this machine is about to make current here.
        """
        before = self._here(folder)
        if (found := self._current()) is None:
            (folder.root / "current.json").unlink(missing_ok=True)
            return None
        number, collection = found
        state, mark = State(f"index-{number}", number), str(collection.id)
        # Between asking what is here and asking the server, a process of this machine may have
        # published: seen from before it nothing is lacking, and neither is from after it.
        if before == mark or not self._may_replace(folder, state) or self._here(folder) == mark:
            return None
        return state, collection

    def _here(self, folder: Folder) -> str | None:
        """Return of which collection the files of this machine's current state are."""
        with suppress(OSError, StoreError):
            if here := folder.state_here():
                return (folder.root / here.index / COLLECTION).read_text("utf-8")
        return None

    def _may_replace(self, folder: Folder, state: State) -> bool:
        """Tell whether no process of this machine writes a state of this number, as one that was
        overtaken may until it notices.
        """
        if (lease := self._lease) is not None:
            return state.number < lease.number
        if not (folder.root / state.index).exists():
            return True
        try:
            with FileLock(folder.root / "writer.lock").acquire(timeout=0):
                return True
        except Timeout:
            return False

    def _copy_here(self, folder: Folder, state: State, collection: Collection) -> None:
        before = None
        with suppress(StoreError):
            before = folder.state_here()
        folder.clear_here(state)
        folder.begin_index(state)
        root, old = folder.root / state.index, folder.root / before.index if before else None
        blocks.get(self._files(collection), root, old)
        keywords = folder.keywords(state)
        if old and (old / keywords.name).is_file():
            shutil.copyfile(old / keywords.name, keywords)
        with closing(PaperRecords(folder.papers(state), None)) as records:
            KeywordIndex.rebuilt(keywords, records.papers(), records.numbers()).close()
        self._mark(folder, state, collection)
        folder.publish_here(state)
        folder.drop_others_here(state)

    @contextmanager
    def writing(self, folder: Folder) -> Iterator[None]:
        """Hold the right to write, in `folder` and on the server; StoreError where another has
        it. What was written stays for the same command to go on with, unless another takes over.
        """
        place = Place(folder.root, self.server)
        with chroma.translated(place, writing=True):
            lease = self._lease = self._taken(folder)
        whole = False
        try:
            yield
            whole = True
        finally:
            lease.stop()
            self._lease = None
            if not lease.published:
                with suppress(StoreError), chroma.translated(place):
                    mine = (now := self._new()) is not None and now.id == lease.collection.id
                    if mine and (whole or lease.collection.count() == 0):
                        self._drop(_NEW, lease.collection)

    def _taken(self, folder: Folder) -> _Lease:
        client, path = self._client, folder.root / _LEASE
        following = found[0] + 1 if (found := self._current()) else None
        if (held := self._new()) is not None:
            known: dict[str, Any] = {}
            with suppress(OSError, ValueError):
                known = json.loads(path.read_text("utf-8"))
            # This machine's writers exclude each other: the one that left it is dead.
            mine = known.get("collection") == str(held.id)
            if mine and following in (None, known["number"]):
                return _Lease(self.server, held, known["number"])
            if not mine:
                self._check_dead(held)
            self._drop(_NEW, held)
        # Not from 1 on: other machines may still have what a corpus deleted since was called.
        number = following or time.time_ns() // 1_000_000
        facts = {"beat": 0, "by": json.dumps(this_process())}
        created = chroma.made(client, self._name(_NEW), facts)
        if created is None:
            raise self._refusal(self._new())
        folder.clear_here(State(f"index-{number}", 0))
        path.write_text(json.dumps({"collection": str(created.id), "number": number}), "utf-8")
        return _Lease(self.server, created, number)

    def _check_dead(self, held: Collection) -> None:
        """Raise StoreError unless the writer of a collection counts no more."""
        beat, until = (held.metadata or {}).get("beat"), time.monotonic() + DEAD
        while time.monotonic() < until:
            time.sleep(min(1.0, DEAD / 4))
            now = self._new()
            if now is None or now.id != held.id or (now.metadata or {}).get("beat") != beat:
                raise self._refusal(now or held)

    def _refusal(self, other: Collection | None) -> StoreError:
        by = "it has just finished"
        with suppress(ValueError, KeyError, TypeError):
            by = described(json.loads(str(((other and other.metadata) or {})["by"])))
        return StoreError(
            f"another process is writing the corpus {self._corpus} at {self.server.address} ({by});"
            " wait for it to finish"
        )

    def _overtaken(self) -> StoreError:
        return StoreError(
            f"another process has written the corpus {self._corpus} at {self.server.address}"
            " meanwhile; run the same command again"
        )

    def copy(self) -> None:
        """Copy the records of the current state into the new one."""
        with self._writing():
            if found := self._current():
                chroma.copy(found[1], self._held.collection)

    def clear(self) -> None:
        """Empty the new state."""
        with self._writing():
            target = self._held.collection
            for some in chroma.batches(chroma.rows(target)["ids"], chroma.COPIED_AT_ONCE):
                target.delete(ids=some)

    def publish(self, folder: Folder, state: State) -> None:
        """Make what was written the current state, in one request; StoreError where another has
        published since the right to write was taken.
        """
        lease = self._held
        with closing(PaperRecords(folder.papers(state), None)) as records:
            facts = {"papers": records.count(), "built_with": records.built_with}
        changed = datetime.now().astimezone().isoformat(timespec="seconds")
        with self._writing():
            kept = [
                path
                for path, name in folder.files(state)
                if name.parts[0] not in (CHROMA, folder.keywords(state).name)
            ]
            blocks.put(kept, self._files(lease.collection, create=True))
            lease.stop()
            name = self._name(state.number)
            if not chroma.renamed(
                self._client, lease.collection, name, facts | {"changed": changed}
            ):
                raise self._overtaken()
            lease.published = True
        self._mark(folder, state, lease.collection)

    def drop_others(self) -> None:
        """Drop all states but the current one and the one before, which somebody may be reading."""
        with self._writing():
            for number, collection in self._states()[:-2]:
                self._drop(number, collection)

    def remove(self) -> None:
        """Delete the corpus."""
        with self._writing():
            for number, collection in self._states():
                self._drop(number, collection)

    def _drop(self, name: str | int, collection: Collection) -> None:
        for each in (self._name(name), self._name(f"{_FILES}{collection.id.hex}")):
            chroma.drop(self._client, each)

    def _states(self) -> list[tuple[int, Collection]]:
        """Return the published states, the current one last."""
        found = [(n, one) for corpus, n, one in _published(self.server) if corpus == self._corpus]
        return sorted(found, key=lambda state: state[0])

    def _current(self) -> tuple[int, Collection] | None:
        states = self._states()
        return states[-1] if states else None

    def _new(self) -> Collection | None:
        return chroma.found(self._client, self._name(_NEW))

    def _files(self, collection: Collection, create: bool = False) -> Collection:
        name = self._name(f"{_FILES}{collection.id.hex}")
        if create and (made := chroma.made(self._client, name, {"of": collection.name})):
            return made
        return chroma.existing(self._client, name)

    def _mark(self, folder: Folder, state: State, collection: Collection) -> None:
        """Note of which collection the files of a state are."""
        (folder.root / state.index / COLLECTION).write_text(str(collection.id), "utf-8")

    def _name(self, state: str | int) -> str:
        return f"{_PREFIX}{self._corpus}.{state}"

    @property
    def _client(self) -> Client:
        return chroma.opened(Place(Path(), self.server))

    @property
    def _held(self) -> _Lease:
        if self._lease is None:
            raise RuntimeError("nobody has the right to write")
        return self._lease

    def _writing(self) -> chroma.translated:
        return chroma.translated(Place(Path(), self.server), writing=True)
