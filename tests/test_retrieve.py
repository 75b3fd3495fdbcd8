"""Keyword search, abbreviations and fusion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assistant.assistant import Assistant
from assistant.index.bm25 import KeywordIndex
from assistant.retrieval.fusion import Weights
from assistant.types import Paper

PAPERS = {
    one.id: one
    for one in (
        Paper(
            "define",
            "A",
            "We adapt text-to-image (T2I) models. Neural machine translation (NMT) is not used.",
        ),
        Paper("short", "B", "T2I models are adapted here."),
        Paper("long", "C", "Text-to-image models are adapted here."),
        Paper("closed", "D", "Pretraining and finetuning on behaviour."),
        Paper("open", "E", "Pre-training and fine-tuning on behavior."),
        Paper("other", "F", "A raft floats on the sea."),
        *(
            Paper(f"filler{n}", f"Filler {n}", f"Nothing of note number {n} stands here.")
            for n in range(20)
        ),
    )
}


@pytest.fixture(scope="module")
def keywords() -> KeywordIndex:
    index = KeywordIndex(None)
    index.sync(PAPERS)
    return index


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("T2I", {"define", "short", "long"}),
        ("t2i models", {"define", "short", "long"}),
        ("text-to-image", {"define", "short", "long"}),
        ("text to image adaptation", {"define", "short", "long"}),
        ("nmt", {"define"}),
        ("pretraining", {"closed", "open"}),
        ("pre-training", {"closed", "open"}),
        ("fine tuning", {"closed", "open"}),
        ("behavioural", {"closed", "open"}),
        ("a raft", {"other"}),
        ("what is the", set()),
        ('"quotes" OR (brackets) AND NEAR*', set()),
    ],
)
def test_variants_meet(keywords: KeywordIndex, question: str, found: set[str]) -> None:
    assert set(keywords.best(keywords.score(keywords.concepts(question)).scores)) == found


def test_a_rare_word_weighs_more_than_a_common_one(keywords: KeywordIndex) -> None:
    scores = keywords.score(keywords.concepts("raft note"))
    other, filler = (np.array([*keywords.numbered([one])]) for one in ("other", "filler1"))
    assert scores.scores[other] > scores.scores[filler]
    assert scores.coverage(other) > 0.5 > scores.coverage(filler)


def test_a_word_said_twice_counts_twice(keywords: KeywordIndex) -> None:
    once = keywords.score(keywords.concepts("a raft on the sea"))
    twice = keywords.score(keywords.concepts("a raft on the sea, the open sea"))
    (sea,) = [
        n for n, one in enumerate(keywords.concepts("a raft on the sea")) if one.surface == "sea"
    ]
    other = np.array([*keywords.numbered(["other"])])
    assert twice.scores[other] > once.scores[other] > 0
    assert once.weights[sea] == twice.weights[sea]
    assert once.coverage(other) == 1.0


def test_abbreviation_in_a_question_finds_papers_that_spell_it_out(assistant: Assistant) -> None:
    spelt_out_only = [
        paper
        for paper in assistant.papers()
        if "T2I" not in paper.abstract + paper.title and "text-to-image" in paper.abstract.lower()
    ]
    by_words = replace(assistant.snapshot.retriever, weights=Weights(queries=0.0))
    ranking = [one.paper.id for one in by_words.search("T2I").candidates]
    assert spelt_out_only
    assert {paper.id for paper in spelt_out_only} <= set(ranking[:40])


def test_spelt_out_question_finds_papers_that_abbreviate(assistant: Assistant) -> None:
    short_only = [
        paper
        for paper in assistant.papers()
        if "MIM " in paper.abstract
        and "masked image model" not in (paper.title + paper.abstract).lower()
    ]
    ranking = [one.paper.id for one in assistant.search("masked image modeling").retrieved]
    assert {paper.id for paper in short_only} <= set(ranking)


def test_ranking_has_fifty_papers_and_passages_from_their_abstracts(assistant: Assistant) -> None:
    found = assistant.search("vision transformers").retrieved
    assert len(found) == 50
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:
        assert all(one.paper.abstract[span.start : span.end] == span.text for span in one.passages)
    assert all(one.passages for one in found[:10])
