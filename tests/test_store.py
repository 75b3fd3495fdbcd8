"""The store by itself: who imports Chroma, which ids papers may have, what a replaced paper leaves
behind."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.errors import StoreError
from assistant.index import chroma
from assistant.index.layout import Folder, Place
from assistant.index.paper_store import Store
from assistant.index.papers import PaperRecords
from assistant.index.records import EmbeddedPaper
from assistant.types import Chunk, Paper
from tests.conftest import Run, write_records

ROOT = Path(__file__).parent.parent


@pytest.fixture
def store(folder: Folder) -> Iterator[Store]:
    with folder.writing():
        state = folder.next_state(None)
        folder.begin_index(state)
        opened = Store(folder.vectors(state), "test", create=True)
        yield opened
        opened.close()


def embedded(identifier: str, abstract: str) -> EmbeddedPaper:
    """A paper all of whose vectors are the same; a chunk ends at each full stop."""
    paper = Paper(identifier, "A Title", abstract, url="https://a.org/1")
    vector = np.eye(4, dtype=np.float32)[0]
    spans = [match.span() for match in re.finditer(r"[^.]+\.", abstract)]
    chunks = [Chunk(identifier, n, abstract[a:b], a, b) for n, (a, b) in enumerate(spans)]
    return EmbeddedPaper(paper, vector, tuple((one, vector) for one in chunks))


def test_one_module_imports_chromadb() -> None:
    importing = re.compile(r"^\s*(?:import|from) chromadb\b", re.MULTILINE)
    files = [path for folder in ("assistant", "ingest") for path in (ROOT / folder).rglob("*.py")]
    found = [
        path.relative_to(ROOT).as_posix()
        for path in files
        if importing.search(path.read_text("utf-8"))
    ]
    assert found == ["assistant/index/chroma.py"]


@pytest.mark.parametrize(
    "identifier", ["arxiv:2212.11565", "beir:a#b@c", "beir:#0@1-2", "beir:two words", "beir:é/ü"]
)
def test_a_found_chunk_names_its_paper_whatever_the_id(store: Store, identifier: str) -> None:
    store.put([embedded(identifier, "One. Two."), embedded("other", "Three.")], 0)
    found = store.nearest(np.eye(4, dtype=np.float32)[0], 10)
    assert found == pytest.approx({identifier: 1.0, "other": 1.0})
    assert (store.count(), store.in_part()) == (2, set())


def test_a_replaced_paper_leaves_none_of_its_chunks(store: Store) -> None:
    store.put([embedded("a", "One. Two. Three."), embedded("b", "Other.")], 0)
    store.put([embedded("a", "New.")], 2)
    held = store._papers.get()["documents"]
    assert sorted(held or []) == ["New.", "New.", "Other.", "Other."]
    assert list(store.papers()) == ["b", "a"]


def test_new_papers_cost_no_deletion(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    remove = store.remove
    monkeypatch.setattr(store, "remove", lambda ids: (asked.append(list(ids)), remove(ids)))
    store.put([embedded("a", "One."), embedded("b", "Two.")], 0)
    store.put([embedded("b", "Three."), embedded("c", "Four.")], 2)
    assert asked == [[], ["b"]]


def test_an_index_of_another_version_is_called_that(tmp_path: Path) -> None:
    path = tmp_path / "papers.sqlite3"
    PaperRecords(path, None, create=True).close()
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE about SET value = '0' WHERE name = 'format'")
    with pytest.raises(StoreError, match="was made by another version: .*; run: .* --rebuild"):
        PaperRecords(path, None)


@pytest.mark.slow
def test_no_memory_of_the_process_is_written_into_an_index(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    # glibc fills what it gives out and takes back, as earlier use of the memory would.
    monkeypatch.setenv("MALLOC_PERTURB_", "85")
    records: list[dict[str, object]] = [
        {"title": "Walruses", "abstract": "We count walruses on ice."}
    ]
    path = write_records(tmp_path / "own.jsonl", records)
    for command in (["ingest", path], ["ask", "who counts walruses?"]):
        result = run(*command)
        assert result.returncode == 0, result.stderr
        [graph] = (tmp_path / "data").glob("default/index-*/chroma/*/")
        saved = {name: (graph / name).read_bytes() for name in ("data_level0.bin", "length.bin")}
        assert all(len(one) > 100 for one in saved.values())
        assert not any(map(any, saved.values())), command[0]


def test_a_store_that_nobody_has_is_closed_from_within_the_opening_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import chromadb

    left, made = chroma.opened(Place(tmp_path / "left")), chromadb.PersistentClient

    def collecting(*args: Any, **given: Any) -> Any:
        """Open as Chroma does, while the garbage collector finds what nobody has."""
        chroma.close(left, Place(tmp_path / "left"))
        return made(*args, **given)

    monkeypatch.setattr(chromadb, "PersistentClient", collecting)
    opened: list[chroma.Client] = []
    thread = threading.Thread(
        target=lambda: opened.append(chroma.opened(Place(tmp_path / "new"))), daemon=True
    )
    thread.start()
    thread.join(30)
    (new,) = opened
    assert new.list_collections() == []
    with pytest.raises(AttributeError, match="bindings"):  # it is closed
        left.list_collections()
    chroma.close(new, Place(tmp_path / "new"))
