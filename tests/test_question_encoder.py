"""What reads questions: beside the abstracts that MiniLM has encoded."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.models import minilm
from assistant.models.minilm import MAX_TOKENS, MiniLM, bundled_tokenizer, piece_vectors
from assistant.models.question_encoder.network import QuestionEncoder

ABSTRACTS = {
    "cheap": "Budget pre-training. We train a language model from scratch on a single GPU in 16 hours.",
    "masked": "Masked image modelling. We mask random patches of an image and predict their tokens.",
    "speech": "Low-resource speech recognition. We adapt a multilingual acoustic model to Ainu.",
}


@pytest.fixture(scope="module")
def questions() -> QuestionEncoder:
    return QuestionEncoder()


def test_a_vector_is_of_unit_length_and_does_not_depend_on_the_threads(
    questions: QuestionEncoder,
) -> None:
    read = questions.read("which ones get by with one graphics card?")
    assert np.linalg.norm(read.vector) == pytest.approx(1.0, abs=1e-5)
    again = QuestionEncoder(threads=1).read("which ones get by with one graphics card?")
    assert np.array_equal(read.vector, again.vector)


def test_each_word_keeps_its_place(questions: QuestionEncoder) -> None:
    words = questions.read("Hide a part, then guess it!").words
    assert words.words == ("hide", "a", "part", "then", "guess", "it")
    assert words.starts == (0, 5, 7, 13, 18, 24)
    assert words.vectors.shape == (6, 384)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("we own no more than one graphics card and have little money", "cheap"),
        ("hide a piece of the picture and let the computer guess it", "masked"),
        ("tongues that only few people still talk", "speech"),
    ],
)
def test_everyday_words_lie_near_the_abstract_that_fits(
    questions: QuestionEncoder, embedder: MiniLM, question: str, meant: str
) -> None:
    vectors = np.array(embedder.embed_documents(list(ABSTRACTS.values())))
    near = dict(zip(ABSTRACTS, vectors @ questions.read(question).vector, strict=True))
    assert max(near, key=lambda key: near[key]) == meant


def test_the_vectors_of_pieces_are_those_in_the_embedders_file() -> None:
    ids = [bundled_tokenizer().token_to_id(word) for word in ("cat", "dog", "treaty")]
    cat, dog, treaty = (one / np.linalg.norm(one) for one in piece_vectors(ids))
    assert cat @ dog > cat @ treaty + 0.1


def test_what_is_longer_than_the_network_reads_is_cut(questions: QuestionEncoder) -> None:
    longest = questions.read("one two three " * MAX_TOKENS)
    assert len(longest.words.words) <= MAX_TOKENS
    assert np.isfinite(longest.vector).all()


def test_without_the_embedders_file_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "MODEL_SHA256", "0" * 64)
    minilm._piece_table.cache_clear()
    with pytest.raises(ModelError, match="not the expected one; reinstall"):
        QuestionEncoder().read("a question")
