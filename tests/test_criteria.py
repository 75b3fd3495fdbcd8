"""A question split into its criteria."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.assistant import Assistant
from assistant.index.bm25 import KeywordIndex
from assistant.judging.criteria_ranking import apply_criteria, makes_contribution
from assistant.reading.answer_form import read_form
from assistant.reading.criteria import split_criteria
from assistant.reading.parsed_question import ParsedQuestion
from assistant.retrieval.hybrid import Query, Retrieval
from assistant.types import Candidate, Paper

FILMS = Paper("films", "Films in words", "We introduce a large dataset of films with their plots.")
PHOTOS = Paper(
    "photos", "Photos in words", "We train on public datasets of photos. Films are left for later."
)
SOUNDS = Paper("sounds", "Hearing", "This paper presents an open-source toolkit for sound.")


@pytest.mark.parametrize(
    ("question", "topic", "excluded", "kind"),
    [
        ("papers on captions (not films)", "papers on captions", ("films",), None),
        ("papers on captions, but not on films", "papers on captions", ("films",), None),
        ("captions (excluding the films)?", "captions?", ("films",), None),
        ("captions – not films or plays", "captions", ("films", "plays"), None),
        ("captions (no sound) (not films)", "captions", ("sound", "films"), None),
        ("papers other than Acme about captions", "papers about captions", ("Acme",), None),
        ("papers about tests rather than a new model", "papers about tests", ("model",), None),
        (
            "papers about films, not only short ones",
            "papers about films, not only short ones",
            (),
            None,
        ),
        (
            "predict places rather than the pixels",
            "predict places rather than the pixels",
            (),
            None,
        ),
        ("if-not-else parsing papers", "if-not-else parsing papers", (), None),
        ("who releases a new dataset of films", "who releases a new dataset of films", (), "data"),
        ("any toolkit for sound?", "any toolkit for sound?", (), "tool"),
        (
            "which methods improve results on new datasets?",
            "which methods improve results on new datasets?",
            (),
            None,
        ),
        (
            "which models lead on a new kind of benchmark?",
            "which models lead on a new kind of benchmark?",
            (),
            None,
        ),
        ("papers that use a library of skills", "papers that use a library of skills", (), None),
        ("which need no video data?", "which need no video data?", (), None),
        (
            "models that are not trained on text, which?",
            "models that are not trained on text, which?",
            (),
            None,
        ),
        ("what was trained on this dataset?", "what was trained on this dataset?", (), None),
    ],
)
def test_split(question: str, topic: str, excluded: tuple[str, ...], kind: str | None) -> None:
    found = split_criteria(question, read_form(question))
    assert (found.topic, found.excluded, found.makes) == (topic, excluded, kind)


def test_makes() -> None:
    assert makes_contribution(FILMS, "data")
    assert not makes_contribution(PHOTOS, "data")
    assert makes_contribution(SOUNDS, "tool")
    assert not makes_contribution(FILMS, "tool")


def parsed(question: str) -> ParsedQuestion:
    form = read_form(question)
    criteria = split_criteria(question, form)
    return ParsedQuestion(
        question,
        question,
        question,
        form,
        criteria.topic,
        excluded=criteria.excluded,
        makes=criteria.makes,
    )


def retrieval(keywords: KeywordIndex, *scored: tuple[Paper, float]) -> Retrieval:
    query = Query("", (), keywords.score([]), np.zeros(1, np.float32))
    return Retrieval(
        query,
        tuple(Candidate(one, score, 0.0, 0.0, 0.0, ()) for one, score in scored),
        1.0,
        0.0,
        4.0,
    )


def test_what_is_ruled_out_is_gone_and_what_is_made_comes_first() -> None:
    keywords = KeywordIndex.rebuilt(None, {one.id: one for one in (FILMS, PHOTOS, SOUNDS)})
    found = retrieval(keywords, (FILMS, 9.0), (PHOTOS, 8.0), (SOUNDS, 1.0))
    assert [
        one.paper.id
        for one in apply_criteria(parsed("captions (not films)"), found, keywords).candidates
    ] == ["photos", "sounds"]
    both = apply_criteria(parsed("captions (not films in sound)"), found, keywords).candidates
    assert [one.paper.id for one in both] == ["films", "photos", "sounds"]  # no paper is about both
    found = retrieval(keywords, (PHOTOS, 9.0), (FILMS, 8.0))
    data = apply_criteria(parsed("which papers build a new dataset of photos?"), found, keywords)
    assert data.candidates[0].paper.id == "films"


def test_a_paper_that_is_ruled_out_is_not_what_is_asked_about(assistant: Assistant) -> None:
    answer = assistant.ask("efficient adapters for video generation (not SimDA)")
    titles = [one.paper.title for one in answer.citations]
    assert titles
    assert not any(title.startswith("SimDA") for title in titles)
