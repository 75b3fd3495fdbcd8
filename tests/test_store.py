"""The store by itself: who imports Chroma, which ids papers may have, what a replaced paper leaves
behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant.index.paper_store import Store
from assistant.index.records import Embedded, EmbeddedPaper
from assistant.types import Chunk, Paper

ROOT = Path(__file__).parent.parent


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "chroma", "test", create=True)
    yield opened
    opened.close()


def embedded(identifier: str, abstract: str) -> EmbeddedPaper:
    """A paper whose every part has the same vector; each sentence ends with a full stop."""
    paper = Paper(identifier, "A Title", abstract, url="https://a.org/1")
    vector = np.eye(4, dtype=np.float32)[0]
    spans = [match.span() for match in re.finditer(r"[^.]+\.", abstract)]
    parts = [
        Embedded(Chunk(identifier, n, abstract[a:b], a, b), vector)
        for n, (a, b) in enumerate(spans)
    ]
    whole = Embedded(Chunk(identifier, 0, abstract, 0, len(abstract)), vector)
    return EmbeddedPaper(paper, whole, (whole,), tuple(parts))


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
def test_a_found_sentence_names_its_paper_whatever_the_id(store: Store, identifier: str) -> None:
    store.put([embedded(identifier, "One. Two.")], 0)
    found = store.sentences(np.eye(4, dtype=np.float32)[0], 10)
    assert sorted(place[:3] for place in found) == [(identifier, 0, 4), (identifier, 4, 9)]


def test_a_replaced_paper_leaves_none_of_its_sentences(store: Store) -> None:
    store.put([embedded("a", "One. Two. Three."), embedded("b", "Other.")], 0)
    store.put([embedded("a", "New.")], 2)
    replaced = embedded("a", "New.").paper
    assert [span.text for span, _ in store.sentence_vectors([replaced])["a"]] == ["New."]
    assert len(store.sentences(np.eye(4, dtype=np.float32)[0], 10)) == 2
    assert list(store.papers()) == ["b", "a"]


def test_new_papers_cost_no_deletion(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    remove = store.remove
    monkeypatch.setattr(store, "remove", lambda ids: (asked.append(list(ids)), remove(ids)))
    store.put([embedded("a", "One."), embedded("b", "Two.")], 0)
    store.put([embedded("b", "Three."), embedded("c", "Four.")], 2)
    assert asked == [[], ["b"]]
