"""Files as blocks of bytes that a Chroma server keeps beside the records: what another machine
needs of an index and could not make from those in little time.

A file is cut every 80 kB, so that of one which changed in places a reader fetches those. A block
is kept as facts of a record, as long and as many as Chroma Cloud takes of one.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from assistant.index import chroma

if TYPE_CHECKING:
    from assistant.index.chroma import Collection

Manifest = Mapping[str, Sequence[str]]
"""The blocks of each file, in order, by the file's name."""
_SIZE = 81_920  # of which at worst 28 facts are made
_AT_ONCE = 48  # blocks a request, 5 MB
_MANIFEST = "manifest"


def put(files: Iterable[Path], target: Collection) -> None:
    """Keep files as blocks in a collection, whatever else is there already."""
    known = set(chroma.rows(target)["ids"])
    manifest: dict[str, list[str]] = {}
    lacking: dict[str, bytes] = {}

    def put_block(data: bytes) -> str:
        name = _name(data)
        if name not in known:
            known.add(name)
            lacking[name] = data
        if len(lacking) == _AT_ONCE:
            _add(target, lacking)
            lacking.clear()
        return name

    for path in files:
        with path.open("rb") as file:
            manifest[path.name] = [put_block(data) for data in _blocks(file)]
    listed = io.BytesIO(json.dumps(manifest).encode())
    names = [put_block(data) for data in _blocks(listed)]
    _add(target, lacking)
    target.delete(ids=[_MANIFEST])
    _add(target, {_MANIFEST: json.dumps(names).encode()})


def get(source: Collection, folder: Path, before: Path | None) -> None:
    """Write the files kept in a collection into `folder`, whose blocks may be found in the files of
    the same names in `before`; ValueError where some are not there.
    """
    manifest: Manifest | list[str] = json.loads(_fetched(source, [_MANIFEST])[_MANIFEST])
    if isinstance(manifest, list):  # before it was one record, whatever its length
        listed = _fetched(source, manifest)
        manifest = dict(json.loads(b"".join(listed[name] for name in manifest)))
    for file, names in manifest.items():
        old = before / file if before else None
        with ExitStack() as opened:
            target = opened.enter_context((folder / Path(file).name).open("wb"))
            held: dict[str, int] = {}
            if old and old.is_file():
                there = opened.enter_context(old.open("rb"))
                held = {_name(data): n * _SIZE for n, data in enumerate(_blocks(there))}
            for some in chroma.batches(names, _AT_ONCE):
                found = _fetched(source, [one for one in some if one not in held])
                for name in some:
                    if name in held:
                        there.seek(held[name])
                    target.write(there.read(_SIZE) if name in held else found[name])


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while data := file.read(_SIZE):
        yield data


def _name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _add(target: Collection, blocks: Mapping[str, bytes]) -> None:
    if not blocks:
        return
    facts: list[Any] = [*map(_as_facts, blocks.values())]
    # Nothing searches for them; a record has a vector.
    vectors: Any = [[1.0, n] for n in range(len(blocks))]
    target.add(ids=list(blocks), embeddings=vectors, metadatas=facts)


def _as_facts(data: bytes) -> dict[str, str]:
    """Return a block as facts of a record, in the order of their names."""
    text, size = base64.b64encode(zlib.compress(data)).decode(), chroma.VALUE_BYTES
    places = range(0, len(text), size)
    return {f"data{n:02}": text[place : place + size] for n, place in enumerate(places)}


def _fetched(source: Collection, names: Sequence[str]) -> dict[str, bytes]:
    """Return blocks by name; ValueError where one is not there, or not as it was stored."""
    if not names:
        return {}
    rows = source.get(ids=list(dict.fromkeys(names)), include=["metadatas"])
    found = {
        key: zlib.decompress(base64.b64decode("".join(str(facts[one]) for one in sorted(facts))))
        for key, facts in zip(rows["ids"], rows["metadatas"] or [], strict=True)
    }
    for name in names:
        data = found.get(name)
        if data is None or name not in (_MANIFEST, _name(data)):
            raise ValueError(f"the block {name} is not as it was stored")
    return found
