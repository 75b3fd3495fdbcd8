"""Late interaction: token vectors, their index, and what it finds."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from assistant.assistant import Assistant
from assistant.errors import StoreError
from assistant.index.late_interaction import (
    DIMENSIONS,
    LateIndex,
    QueryTokens,
    _coded,
    _decoded,
    _projected,
)
from assistant.index.layout import Folder
from assistant.models.minilm import MAX_TOKENS, MiniLM
from assistant.models.question_encoder.network import QuestionEncoder
from assistant.types import Paper
from ingest.chunk import split
from ingest.embed import tokens_of
from ingest.index import Plan, index
from tests.conftest import Run

QUESTIONS = QuestionEncoder()
PAPERS = [
    Paper("clips", "Generating short films", "We make videos from text. They are watched by many."),
    Paper(
        "speech",
        "Hearing words",
        "We transcribe recordings of people who talk. Errors become fewer.",
    ),
    Paper("cells", "Looking at tissue", "We count cells under a microscope. Doctors are helped."),
]


@pytest.fixture(scope="module")
def late(embedder: MiniLM) -> LateIndex:
    made = LateIndex(None)
    made.put(
        {one.id: tokens_of(one, embedder) for one in PAPERS},
        {one.id: one.content_hash for one in PAPERS},
    )
    return made


def even(word: str) -> float:
    return 1.0


def scores_of(late: LateIndex, query: QueryTokens, ids: list[str]) -> dict[str, float]:
    return {key: match.score for key, match in late.matches(query, ids).items()}


@pytest.mark.parametrize(
    ("question", "best"),
    [("footage", "clips"), ("speaking", "speech"), ("medical biopsies", "cells")],
)
def test_words_meet_words_of_the_same_meaning(late: LateIndex, question: str, best: str) -> None:
    matches = late.matches(
        late.understand(QUESTIONS.read(question), even), [one.id for one in PAPERS]
    )
    assert max(matches, key=lambda key: matches[key].score) == best
    assert all(-1.1 <= match.score <= 1.1 for match in matches.values())


def test_a_sentence_is_scored_by_its_own_words(late: LateIndex) -> None:
    match = late.matches(late.understand(QUESTIONS.read("mistakes"), even), ["speech"])["speech"]
    assert [PAPERS[1].abstract[start:end] for start, end in match.spans] == [
        "We transcribe recordings of people who talk.",
        "Errors become fewer.",
    ]
    assert match.sentences[1] > match.sentences[0] + 0.1
    assert match.score == match.passage == match.sentences[1]


def test_a_vector_survives_two_bits(embedder: MiniLM) -> None:
    states = embedder.token_states("Diffusion models make videos out of noise, frame by frame.")
    vectors = _projected(states.vectors)
    near = _decoded(_coded(vectors))
    assert np.sum(near * vectors, axis=1) == pytest.approx(np.ones(len(vectors)), abs=0.12)


def test_the_heavier_word_decides(late: LateIndex) -> None:
    ids = ["clips", "speech"]
    video = scores_of(
        late,
        late.understand(
            QUESTIONS.read("videos recordings"), lambda word: 5.0 if word == "videos" else 0.1
        ),
        ids,
    )
    speech = scores_of(
        late,
        late.understand(
            QUESTIONS.read("videos recordings"), lambda word: 5.0 if word == "recordings" else 0.1
        ),
        ids,
    )
    assert video["clips"] > video["speech"]
    assert speech["speech"] > speech["clips"]


def test_tokens_are_small(embedder: MiniLM) -> None:
    tokens = tokens_of(PAPERS[0], embedder)
    assert tokens.codes.dtype == np.uint8
    assert tokens.codes.shape == (tokens.parts[:, 2].sum(), DIMENSIONS // 4)


def test_the_end_of_a_long_abstract_is_read(embedder: MiniLM) -> None:
    filler = " ".join(
        f"Sentence number {n} says that nothing of interest happened on that day."
        for n in range(60)
    )
    paper = Paper("long", "A long story", f"{filler} At last a giraffe appeared.")
    assert len(split(paper, embedder.count_tokens, MAX_TOKENS)) > 1
    long = LateIndex(None)
    long.put({"long": tokens_of(paper, embedder)}, {"long": "1"})
    match = long.matches(long.understand(QUESTIONS.read("giraffe"), even), ["long"])["long"]
    assert match.passage == pytest.approx(match.score) == pytest.approx(match.sentences[-1])
    assert match.score > 0.6
    assert paper.abstract[slice(*match.spans[-1])] == "At last a giraffe appeared."
    (start, end), *others = match.best(3)
    assert paper.abstract[start:end].endswith("At last a giraffe appeared.")
    assert len(others) == 2


def test_shipped_tokens_are_what_the_network_makes(embedder: MiniLM, corpus: list[Paper]) -> None:
    for paper in corpus[::60]:
        shipped, made = tokens_of(paper, embedder), tokens_of(paper, embedder, use_shipped=False)
        assert np.array_equal(shipped.parts, made.parts)
        # Processors round differently: here and there a coordinate is of another level.
        assert (shipped.codes == made.codes).mean() > 0.97


def test_a_paper_without_words_is_near_to_nothing(embedder: MiniLM) -> None:
    tokens = tokens_of(Paper("signs", "?!", "…"), embedder)
    assert tokens.parts.tolist() == [[0, 0, 1]]
    assert np.linalg.norm(_decoded(tokens.codes)) < 0.6
    silent = LateIndex(None)
    silent.put({"signs": tokens}, {"signs": "1"})
    for question in ("video", "speaking", "medical biopsies"):
        match = silent.matches(silent.understand(QUESTIONS.read(question), even), ["signs"])[
            "signs"
        ]
        assert abs(match.score) < 0.15
        assert match.passage == match.score


def test_nothing_asked_scores_nothing(late: LateIndex) -> None:
    assert late.matches(late.understand(QUESTIONS.read("?!"), even), ["clips"]) == {}
    assert late.matches(late.understand(QUESTIONS.read("video"), even), ["unknown"]) == {}


def test_damage_that_a_question_meets_is_told_with_what_mends_it(
    tmp_path: Path, data_dir: Path, run: Run
) -> None:
    shutil.copytree(data_dir, tmp_path / "data")
    (path,) = (tmp_path / "data").rglob("tokens.sqlite3")
    data, chance = bytearray(path.read_bytes()), random.Random(5)
    pages = range(4096, len(data), 4096)
    for page in chance.sample(pages, len(pages) // 6):
        data[page : page + 4096] = chance.randbytes(4096)
    path.write_bytes(data)
    told = run("ask", "Which papers generate video?")
    assert (told.returncode, told.stdout, told.stderr.count("\n")) == (2, "", 1), told.stderr
    assert "ingest --rebuild" in told.stderr


@pytest.mark.parametrize("value", ["x'0102'", "7", "x''"])
def test_a_row_that_nobody_stored_is_damage(tmp_path: Path, embedder: MiniLM, value: str) -> None:
    path = tmp_path / "tokens.sqlite3"
    held = LateIndex(path)
    held.put({"clips": tokens_of(PAPERS[0], embedder)}, {"clips": PAPERS[0].content_hash})
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE tokens SET vectors = {value}")
    question = held.understand(QUESTIONS.read("video"), even)
    with pytest.raises(StoreError, match=r"is damaged \(.*; run: .*ingest --rebuild"):
        held.matches(question, ["clips"])
    held.close()


def test_a_change_reaches_the_tokens_and_a_damaged_file_is_told_then_mended(
    tmp_path_factory: pytest.TempPathFactory, embedder: MiniLM
) -> None:
    folder = Folder(tmp_path_factory.mktemp("late"))
    index(Plan(PAPERS), folder, embedder)
    changed = [Paper("clips", "Generating short films", "We grow tomatoes."), *PAPERS[1:]]
    index(Plan(changed[:2], prune=True), folder, embedder)
    state = folder.state()
    assert state is not None
    held = LateIndex(folder.tokens(state))
    assert held.hashes() == {one.id: one.content_hash for one in changed[:2]}
    found = scores_of(
        held, held.understand(QUESTIONS.read("vegetables"), even), ["clips", "speech"]
    )
    assert found["clips"] > found["speech"] + 0.1
    held.close()
    folder.tokens(state).write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError, match="run: paper-assistant ingest"):
        Assistant(folder, embedder)
    index(Plan(changed[:2]), folder, embedder)
    Assistant(folder, embedder).close()
