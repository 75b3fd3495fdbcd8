"""Sentences and chunks: verbatim spans that the embedder reads whole."""

from __future__ import annotations

import json

import pytest

from assistant.models.minilm import MAX_TOKENS, MiniLM
from assistant.text.sentences import LONGEST_SENTENCE, sentences
from assistant.types import Paper
from ingest.chunk import split
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


def test_an_abstract_that_the_embedder_reads_whole_is_one_chunk(
    corpus: list[Paper], embedder: MiniLM
) -> None:
    for paper in corpus:
        (chunk,) = split(paper, embedder.count_tokens, MAX_TOKENS)
        assert chunk.text == f"{paper.title}. {paper.abstract.strip()}"
        assert chunk.text.endswith(paper.abstract[chunk.start : chunk.end])


def test_a_longer_abstract_is_cut_between_sentences_and_nothing_is_lost(
    corpus: list[Paper], embedder: MiniLM
) -> None:
    for paper in corpus[::10]:
        chunks = split(paper, embedder.count_tokens, 192)
        assert max(embedder.count_tokens(one.text) for one in chunks) <= 192
        assert " ".join(paper.abstract[one.start : one.end] for one in chunks) == paper.abstract
        ends = {one.end for one in sentences(paper.abstract)}
        assert all(one.end in ends for one in chunks)
        assert all(
            one.text == f"{paper.title}. {paper.abstract[one.start : one.end]}" for one in chunks
        )


@pytest.mark.parametrize("abstract", ["word " * 2000 + "end.", "a" * 50_000])
def test_a_sentence_longer_than_a_chunk_is_cut_not_dropped(embedder: MiniLM, abstract: str) -> None:
    chunks = split(Paper("x", "T", abstract), embedder.count_tokens, MAX_TOKENS)
    assert max(embedder.count_tokens(one.text) for one in chunks) <= MAX_TOKENS
    joined = "".join(abstract[one.start : one.end] for one in chunks)
    assert joined.replace(" ", "") == abstract.replace(" ", "")
