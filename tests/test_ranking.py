"""Feedback, membership, and what sort of sentence a question wants."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.assistant import Assistant
from assistant.index.bm25 import KeywordIndex
from assistant.index.layout import Folder
from assistant.judging.calibration import expected_best, membership
from assistant.models.minilm import MiniLM
from assistant.models.question_encoder.network import INPUT
from assistant.retrieval.fusion import Weights
from assistant.retrieval.pseudo_relevance import score_by_feedback
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.types import Paper
from ingest.index import Plan, index
from tests import ablation

FOUND = Paper("found", "Raft building", "Rafts are tied from bamboo and rope by islanders.")
ALIKE = Paper("alike", "Rope craft", "Islanders knot rope from bamboo fibre.")
OTHER = Paper("other", "Trains", "Trains run on rails through tunnels.")


def test_feedback_brings_up_what_is_alike_and_keeps_what_was_found() -> None:
    papers = {one.id: one for one in (FOUND, ALIKE, OTHER)} | {
        f"f{n}": Paper(f"f{n}", f"T {n}", f"Filler {n}.") for n in range(9)
    }
    keywords = KeywordIndex.rebuilt(None, papers)
    (found,) = keywords.numbered(["found"])
    scores = keywords.best(score_by_feedback(keywords, [(found, 5.0)], keywords.every))
    assert scores["found"] > scores["alike"] > scores.get("other", 0.0)


def test_feedback_of_nothing_is_nothing() -> None:
    keywords = KeywordIndex.rebuilt(None, {"found": FOUND})
    assert keywords.best(score_by_feedback(keywords, [], keywords.every)) == {}


def test_every_part_of_the_fusion_changes_a_ranking(view: IndexSnapshot) -> None:
    whole = view.retriever
    question = "which papers train on noisy captions?"
    base = [one.score for one in whole.search(question).candidates]
    for part in ("keywords", "abstract", "sentence", "passage", "queries", "feedback"):
        without = replace(whole, weights=Weights(**{part: 0.0}))
        assert [one.score for one in without.search(question).candidates] != base, part


def test_a_question_embeds_no_text_twice(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[bytes] = []
    session = assistant.snapshot.retriever.questions._session

    class Watched:
        def run(self, outputs: None, feeds: dict[str, NDArray[np.float32]]) -> list[Any]:
            read.append(feeds[INPUT].tobytes())
            return session.run(outputs, feeds)

    monkeypatch.setitem(vars(assistant.snapshot.retriever.questions), "_session", Watched())
    answer = assistant.ask(
        "compare the one that edits a video by text without training with the one on sparse weights"
    )
    assert answer.table
    assert len(read) > 1
    assert len(read) == len(set(read))


def test_an_ablation_scales_the_rest_of_the_weights_and_searches_by_the_rest(
    view: IndexSnapshot,
) -> None:
    parts = ablation.PARTS
    weights = ablation.weigh_parts(parts[:2])
    total = sum(getattr(Weights(), part) for part in parts)
    assert sum(getattr(weights, part) for part in parts) == pytest.approx(total)
    assert (weights.sentence, weights.reranker) == (0.0, Weights().reranker)
    question = "papers about images"
    few = ablation.with_weights(view, weights).retriever.search(question)
    assert few.candidates != view.retriever.search(question).candidates


def test_what_stands_out_further_is_likelier() -> None:
    likely = [membership(z_score, 2.0, 0.0) for z_score in (0.0, 1.0, 2.0, 4.0)]
    assert likely == sorted(likely)
    assert likely[0] < 0.05
    assert likely[-1] > 0.5


def test_where_no_passage_leads_more_papers_belong() -> None:
    assert membership(2.0, lead=0.5, over=0.0) > 2 * membership(2.0, lead=4.0, over=0.0)
    assert membership(4.0, lead=4.0, over=0.0) > membership(4.0, lead=0.5, over=0.0)


def test_what_the_network_says_counts_by_how_much_more_than_of_others() -> None:
    likely = [membership(2.0, 2.0, over) for over in (-2.5, 0.0, 2.5)]
    assert likely == sorted(likely)
    assert likely[0] < 0.1
    assert likely[-1] > 0.3


def test_in_a_handful_of_papers_words_decide(tmp_path: Path, embedder: MiniLM) -> None:
    papers = [
        Paper("a", "Video generation", "We generate videos from text with diffusion."),
        Paper("b", "Editing films", "A method to edit videos by text."),
        Paper("c", "Short clips", "Videos are made from one photo."),
        Paper("d", "Soil", "Tomatoes grow in wet soil."),
        Paper("e", "Bridges", "Steel bridges carry trains."),
    ]
    index(Plan(papers), Folder(tmp_path), embedder)
    few = Assistant(Folder(tmp_path), embedder)
    assert {one.paper.id for one in few.ask("which papers are about video?").citations} == {
        "a",
        "b",
        "c",
    }
    few.close()


def test_a_summary_of_a_handful_of_papers_has_all_that_are_about_it(
    tmp_path: Path, embedder: MiniLM
) -> None:
    about = {
        "Video generation": "We generate videos from text with diffusion models.",
        "Editing films": "We edit videos by text without any training.",
        "Short clips": "Videos are made from one photo by our method.",
        "Long films": "Videos of minutes are generated scene by scene.",
        "Fast video": "We generate videos in four steps by distillation.",
        "Video faces": "Videos keep the face of a person from one image.",
    }
    papers = [Paper(title, title, abstract) for title, abstract in about.items()]
    index(Plan(papers), Folder(tmp_path), embedder)
    few = Assistant(Folder(tmp_path), embedder)
    answer = few.ask("summarise what is known about videos")
    assert {one.paper.id for one in answer.citations} == set(about)
    few.close()


def test_z_score_is_of_those_nearest(view: IndexSnapshot) -> None:
    found = view.retriever.search("which papers train on noisy captions?")
    z_scores = [found.z_score(one.score) for one in found.candidates]
    assert z_scores == sorted(z_scores, reverse=True)
    assert z_scores[0] > 1


@pytest.mark.parametrize(
    ("chances", "beta", "number"),
    [
        ((0.9, 0.9, 0.05), 1.0, 2),
        ((0.2,) * 10, 1.0, 10),
        ((0.9, 0.3, 0.3), 1.0, 1),
        ((0.9, 0.3, 0.3), 2.0, 3),
        ((0.01,), 1.0, 1),
    ],
)
def test_expected_best(chances: tuple[float, ...], beta: float, number: int) -> None:
    assert expected_best(chances, beta) == number
