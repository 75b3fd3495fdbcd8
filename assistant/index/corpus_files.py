"""A corpus as files: renamed, removed, packed into one file, unpacked from it."""

import json
import os
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from assistant.errors import ExportError, SourceError, StoreError
from assistant.index.layout import CHROMA, Folder, Place, State
from assistant.index.paper_store import Store
from assistant.index.papers import PaperRecords
from assistant.settings import DEFAULT_CORPUS

PACKED = ".zip"
_ABOUT, _INDEX, _FORMAT = "corpus.json", "index", 1
_LONGEST_ABOUT = 10_000
_MOST_FILES = 10_000
# What an index's files are called: no way out of a folder can be spelt with it.
_MEMBER = re.compile(rf"{_INDEX}(?:/[A-Za-z0-9][A-Za-z0-9_.-]{{0,120}}){{1,4}}")
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip


def rename(old: Folder, new: Folder) -> None:
    """Give a corpus another name, in one step; StoreError where somebody reads or writes it, or
    where the name is taken.
    """
    if DEFAULT_CORPUS in (old.corpus, new.corpus):
        raise StoreError(
            f"the corpus {DEFAULT_CORPUS} has the bundled papers and keeps its name; to have them"
            " under another one, pack it and unpack it as that"
        )
    if old.remote:
        raise StoreError(
            "a corpus on a Chroma server keeps its name; to have it under another one, pack it and"
            " unpack it as that"
        )
    _check_free(new)
    with old.writing(), old.unread():
        _move(old, new)


def remove(folder: Folder) -> None:
    """Delete a corpus, all of it or nothing; StoreError where somebody reads or writes it."""
    for left in folder.root.parent.glob(".removed-*"):
        shutil.rmtree(left, ignore_errors=True)
    with folder.writing(), folder.unread():
        if folder.remote:
            folder.remote.remove()
        gone = Path(tempfile.mkdtemp(prefix=".removed-", dir=folder.root.parent))
        try:
            os.rename(folder.root, gone / "corpus")
        except OSError:
            gone.rmdir()
            raise
    shutil.rmtree(gone, ignore_errors=True)


def pack(folder: Folder, file: Path) -> None:
    """Write a corpus, papers and index, into one file in one step.

    StoreError where it has no index, ExportError where the file cannot be written or is there.
    """
    if file.suffix.lower() != PACKED:
        raise ExportError(f"{file}: a corpus is packed into a {PACKED} file; name it so")
    if file.exists():
        raise ExportError(f"{file} is there already; remove it, or name another file")
    if (reading := folder.opened()) is None:
        raise StoreError(f"the corpus {folder.corpus} has no index yet; there is nothing to pack")
    with closing(reading), _written(file) as beside, _new_archive(beside) as archive:
        about = {"format": _FORMAT, "corpus": folder.corpus}
        archive.writestr(_ABOUT, json.dumps(about))
        for path, name in folder.files(reading.state):
            archive.write(path, f"{_INDEX}/{name.as_posix()}")
        if folder.remote:
            _pack_records(folder, reading.state, archive)


def _pack_records(folder: Folder, state: State, archive: zipfile.ZipFile) -> None:
    """Write what a server has of a corpus as the files that it would be without one."""
    with tempfile.TemporaryDirectory() as root:
        place = Place(Path(root) / CHROMA)
        with closing(PaperRecords(folder.papers(state), None)) as records:
            mark = records.built_with
        with (
            closing(Store(folder.vectors(state), mark)) as source,
            closing(Store(place, mark, create=True)) as target,
        ):
            source.copy_to(target)
        for path in sorted(place.folder.rglob("*")):
            if path.is_file():
                archive.write(path, f"{_INDEX}/{path.relative_to(root).as_posix()}")


def unpack(file: Path, folder_of: Callable[[str], Folder]) -> Folder:
    """Make the corpus that a file was packed of, in the folder that `folder_of` gives for its name;
    return that.

    It is seen only when it is whole. SourceError for a file that is no such corpus, StoreError
    where the name is taken or there is no room.
    """
    with _opened(file) as archive:
        members = _members(archive, file)
        folder = folder_of(_name_in(archive, file))
        _check_free(folder)
        beside = Folder(folder.root.with_name(f".{folder.corpus}.new"))
        with beside.writing():
            try:
                _extract(archive, members, beside)
                _check_whole(beside, file)
                (_upload if folder.remote else _move)(beside, folder)
            finally:
                shutil.rmtree(beside.root, ignore_errors=True)
    return folder


def _check_free(folder: Folder) -> None:
    if folder.state() if folder.remote else (folder.root / "current.json").exists():
        raise StoreError(f"there is a corpus {folder.corpus} already; give another name")
    if folder.remote is None and any(folder.root.glob("index-*")):
        raise StoreError(
            f"an ingest into the corpus {folder.corpus} was cut off; give another name, or delete"
            f" {folder.root}"
        )


def _move(old: Folder, new: Folder) -> None:
    """Rename a corpus' folder that this process may write, without what says that it does."""
    new.root.parent.mkdir(parents=True, exist_ok=True)
    # What a command that was refused left there: a lock, which nobody holds.
    with new.writing():
        pass
    with suppress(OSError):
        (new.root / "writer.lock").unlink(missing_ok=True)
        new.root.rmdir()
    os.rename(old.root, new.root)
    (new.root / "writer.json").unlink(missing_ok=True)


def _upload(beside: Folder, folder: Folder) -> None:
    """Publish a corpus' folder on a server."""
    with folder.writing():
        old, state = State("index-1", 1), folder.next_state(folder.state())
        folder.clear_index(state)
        folder.begin_index(state)
        for path, name in beside.files(old):
            if name.parts[0] != CHROMA:
                shutil.copyfile(path, folder.root / state.index / name)
        with (
            closing(Store(beside.vectors(old), None)) as source,
            closing(Store(folder.vectors(state), None, create=True)) as target,
        ):
            source.copy_to(target)
        folder.publish(state)


def _clear(folder: Folder) -> None:
    for path in folder.root.glob("*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif not path.name.startswith("writer."):
            path.unlink(missing_ok=True)


@contextmanager
def _written(file: Path) -> Iterator[Path]:
    """Yield a file beside `file` that takes its place when all went well."""
    try:
        number, name = tempfile.mkstemp(prefix=f".{file.name[:60]}-", dir=file.parent)
        os.close(number)
        beside = Path(name)
        try:
            yield beside
            os.replace(beside, file)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExportError(f"{file} cannot be written ({reason}); choose another place") from error


def _new_archive(path: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False)


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except FileNotFoundError as error:
        raise SourceError(f"{file}: no such file; check the path") from error
    except OSError as error:
        raise SourceError(f"{file}: cannot be read ({error.strerror})") from error
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:120]
        raise SourceError(f"{file}: no packed corpus, or a damaged one ({reason})") from error


def _members(archive: zipfile.ZipFile, file: Path) -> dict[str, zipfile.ZipInfo]:
    """Return what is packed, by name; SourceError for what `pack` would not write."""
    members = {one.filename: one for one in archive.infolist()}
    if len(members) != len(archive.infolist()) or len(members) > _MOST_FILES:
        raise SourceError(f"{file}: no packed corpus; it holds too much, or a file twice")
    for name, one in members.items():
        kind = stat.S_IFMT(one.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or name != _ABOUT and not _MEMBER.fullmatch(name):
            raise SourceError(f"{file}: no packed corpus; it holds {name[:80]!r}")
    if not {_ABOUT, f"{_INDEX}/papers.sqlite3", f"{_INDEX}/chroma/chroma.sqlite3"} <= set(members):
        raise SourceError(f"{file}: no packed corpus; make one with paper-assistant corpora pack")
    return members


def _name_in(archive: zipfile.ZipFile, file: Path) -> str:
    with archive.open(_ABOUT) as member:
        about = json.loads(member.read(_LONGEST_ABOUT))
    if not isinstance(about, dict) or about.get("format") != _FORMAT:
        raise SourceError(f"{file}: packed by another version of Paper Assistant; use that one")
    return str(about.get("corpus"))


def _extract(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], folder: Folder) -> None:
    """Write the files of an index into an empty folder, and make it the current one there."""
    _clear(folder)
    size, free = sum(one.file_size for one in members.values()), shutil.disk_usage(folder.root).free
    if size > free:
        raise StoreError(
            f"the corpus takes {size / 1e6:,.0f} MB, and {free / 1e6:,.0f} MB are free; make room,"
            " or use --data-dir"
        )
    state = State("index-1", 1)
    folder.begin_index(state)
    for name, member in members.items():
        if name == _ABOUT:
            continue
        target = folder.root / state.index / name.removeprefix(f"{_INDEX}/")
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as source, target.open("xb") as copy:
            shutil.copyfileobj(source, copy)
    folder.publish(state)


def _check_whole(folder: Folder, file: Path) -> None:
    state = State("index-1", 1)
    try:
        with closing(PaperRecords(folder.papers(state), None)) as records:
            records.papers()
            with closing(Store(folder.vectors(state), records.built_with)) as store:
                store.check()
    except StoreError as error:
        raise SourceError(f"{file}: the index in it is damaged; get, or pack, it anew") from error
