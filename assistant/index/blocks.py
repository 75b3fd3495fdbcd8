"""Files as blocks of bytes that a Chroma server keeps beside the records: what another machine
needs of an index and could not make from those in little time.

A file is cut every 128 KiB, so that of one which changed in places a reader fetches those.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.index import chroma

if TYPE_CHECKING:
    from assistant.index.chroma import Collection

Manifest = Mapping[str, Sequence[str]]
"""The blocks of each file, in order, by the file's name."""
_SIZE = 131_072
_AT_ONCE = 32  # blocks a request, 6 MB
_MANIFEST = "manifest"


def put(files: Iterable[Path], target: Collection) -> None:
    """Keep files as blocks in a collection, whatever else is there already."""
    known = set(target.get(include=[])["ids"])
    manifest: dict[str, list[str]] = {}
    lacking: dict[str, bytes] = {}
    for path in files:
        names = manifest[path.name] = []
        for name, data in _blocks(path):
            names.append(name)
            if name not in known:
                known.add(name)
                lacking[name] = data
            if len(lacking) == _AT_ONCE:
                _add(target, lacking)
                lacking = {}
    _add(target, lacking)
    target.delete(ids=[_MANIFEST])
    _add(target, {_MANIFEST: json.dumps(manifest).encode()})


def get(source: Collection, folder: Path, before: Path | None) -> None:
    """Write the files kept in a collection into `folder`, whose blocks may be found in the files of
    the same names in `before`; ValueError where some are not there.
    """
    manifest: Manifest = json.loads(_fetched(source, [_MANIFEST])[_MANIFEST])
    for file, names in manifest.items():
        old = before / file if before else None
        with ExitStack() as opened:
            target = opened.enter_context((folder / Path(file).name).open("wb"))
            held: dict[str, int] = {}
            if old and old.is_file():
                held = {name: place * _SIZE for place, (name, _) in enumerate(_blocks(old))}
                there = opened.enter_context(old.open("rb"))
            for some in chroma.batches(names, _AT_ONCE):
                found = _fetched(source, [one for one in some if one not in held])
                for name in some:
                    if name in held:
                        there.seek(held[name])
                    target.write(there.read(_SIZE) if name in held else found[name])


def _blocks(path: Path) -> Iterator[tuple[str, bytes]]:
    with path.open("rb") as file:
        while data := file.read(_SIZE):
            yield hashlib.sha256(data).hexdigest()[:32], data


def _add(target: Collection, blocks: Mapping[str, bytes]) -> None:
    if not blocks:
        return
    facts: list[Any] = [
        {"data": base64.b64encode(zlib.compress(data)).decode()} for data in blocks.values()
    ]
    # Nothing searches for them; a record has a vector.
    vectors: Any = [[1.0, n] for n in range(len(blocks))]
    target.add(ids=list(blocks), embeddings=vectors, metadatas=facts)


def _fetched(source: Collection, names: Sequence[str]) -> dict[str, bytes]:
    """Return blocks by name; ValueError where one is not there, or not as it was stored."""
    if not names:
        return {}
    rows = source.get(ids=list(dict.fromkeys(names)), include=["metadatas"])
    found = {
        key: zlib.decompress(base64.b64decode(str(facts["data"])))
        for key, facts in zip(rows["ids"], rows["metadatas"] or [], strict=True)
    }
    for name in names:
        data = found.get(name)
        if data is None or name not in (_MANIFEST, hashlib.sha256(data).hexdigest()[:32]):
            raise ValueError(f"the block {name} is not as it was stored")
    return found
