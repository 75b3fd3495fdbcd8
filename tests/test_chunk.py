"""Sentences and chunks: verbatim spans that the embedder reads whole."""

from __future__ import annotations

import json

import pytest

from assistant.models.minilm import WINDOW_TOKENS as EMBEDDER_TOKENS
from assistant.models.minilm import MiniLM
from assistant.text.prompt_injection import research
from assistant.text.sentences import LONGEST_SENTENCE, sentences
from assistant.types import Paper
from ingest.chunk import WINDOW_TOKENS, split
from ingest.shipped import key, shipped_vectors
from tests.conftest import QUESTIONS


def texts(text: str) -> list[str]:
    return [one.text for one in sentences(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "It reaches Rank-1 accuracy of, i.e., 68.50%, 60.09%, and 51.85% on three sets.",
        "We follow Devlin et al. (2019) and Smith et al. in this.",
        "As shown in Fig. 2 and Eq. (3), T5-v1.1 is better, e.g. on GLUE.",
        "Code is at https://github.com/a/b.c?d=e and more.",
        "It can (i) answer questions, (ii) search the web, and (iii) plan.",
        "A 2.5x reduction vs. BERT, cf. the appendix, was seen.",
    ],
)
def test_one_sentence_stays_one(sentence: str) -> None:
    assert texts(f"Before it. {sentence} After it.") == ["Before it.", sentence, "After it."]


def test_sentences_end_at_ideographic_full_stops() -> None:
    assert texts("他问：“好吗？”我们训练。 它很快！Then BERT。") == [
        "他问：“好吗？”",
        "我们训练。",
        "它很快！",
        "Then BERT。",
    ]


@pytest.mark.parametrize("text", ["token " * 900 + "end.", "字" * 4_500, "a, b; " * 700])
def test_an_endless_sentence_is_parted_into_verbatim_spans(text: str) -> None:
    spans = sentences(text)
    assert max(len(span.text) for span in spans) <= LONGEST_SENTENCE
    assert len(spans) <= 2 * len(text) // LONGEST_SENTENCE
    assert all(text[span.start : span.end] == span.text.strip() for span in spans)
    assert "".join(span.text for span in spans).replace(" ", "") == text.replace(" ", "")


def test_the_vectors_of_every_bundled_sentence_ship(corpus: list[Paper]) -> None:
    _, shipped = shipped_vectors()
    spans = [span for paper in corpus for span in research(paper.abstract)]
    assert [span.text for span in spans if key(span.text) not in shipped] == []


def test_sentences_of_the_corpus_are_verbatim_and_complete(corpus: list[Paper]) -> None:
    for paper in corpus:
        found = sentences(paper.abstract)
        assert all(paper.abstract[one.start : one.end] == one.text for one in found)
        between = [paper.abstract[a.end : b.start] for a, b in zip(found, found[1:], strict=False)]
        assert not "".join(between).strip()
        assert found[0].start == 0
        assert not paper.abstract[found[-1].end :].strip()


def test_gold_evidence_sentences_are_sentences(corpus: list[Paper]) -> None:
    known = {one.text for paper in corpus for one in sentences(paper.abstract)}
    facts = [
        json.loads(line) for line in (QUESTIONS / "facts.jsonl").read_text("utf-8").splitlines()
    ]
    assert [one["evidence"] for one in facts if one["evidence"] not in known] == []


def test_no_window_of_the_corpus_is_truncated(corpus: list[Paper], embedder: MiniLM) -> None:
    for paper in corpus:
        chunks = split(paper, embedder.count_tokens)
        assert (
            max(embedder.count_tokens(one.text) for one in chunks.windows)
            <= WINDOW_TOKENS
            <= EMBEDDER_TOKENS
        )
        assert embedder.count_tokens(chunks.abstract.text) <= embedder.max_tokens


def test_windows_overlap_by_a_sentence_and_cover_the_abstract(
    corpus: list[Paper], embedder: MiniLM
) -> None:
    overlapping = []
    for paper in corpus:
        windows = split(paper, embedder.count_tokens).windows
        assert windows[0].start == 0
        assert windows[-1].end == len(paper.abstract.rstrip())
        pairs = list(zip(windows, windows[1:], strict=False))
        assert all(b.start <= a.end + 2 and a.end < b.end for a, b in pairs)
        overlapping += [b.start < a.end for a, b in pairs]
        assert all(
            one.text == f"{paper.title}. {paper.abstract[one.start : one.end]}" for one in windows
        )
    assert sum(overlapping) > 0.95 * len(overlapping)


def test_a_sentence_longer_than_a_window_is_cut_not_dropped(embedder: MiniLM) -> None:
    abstract = "word " * 2000 + "end."
    chunks = split(Paper("x", "T", abstract), embedder.count_tokens)
    assert max(embedder.count_tokens(one.text) for one in chunks.windows) <= WINDOW_TOKENS
    assert chunks.windows[0].start == 0
    assert chunks.windows[-1].end == len(abstract)


def test_a_word_of_fifty_thousand_letters(embedder: MiniLM) -> None:
    chunks = split(Paper("x", "T", "a" * 50_000), embedder.count_tokens)
    assert max(embedder.count_tokens(one.text) for one in chunks.windows) <= WINDOW_TOKENS
    assert chunks.windows[-1].end == 50_000
