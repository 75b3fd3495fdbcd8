"""A question split into its criteria."""

from __future__ import annotations

import pytest

from assistant.criteria import applied, makes, split
from assistant.keywords import KeywordIndex
from assistant.types import Candidate, Paper

FILMS = Paper("films", "Films in words", "We introduce a large dataset of films with their plots.")
PHOTOS = Paper("photos", "Photos in words", "We train on public datasets of photos. Films are left for later.")
SOUNDS = Paper("sounds", "Hearing", "This paper presents an open-source toolkit for sound.")


@pytest.mark.parametrize(
    ("question", "topic", "excluded", "kind"),
    [
        ("papers on captions (not films)", "papers on captions", "films", None),
        ("papers on captions, but not on films", "papers on captions", "films", None),
        ("captions (excluding the films)?", "captions?", "films", None),
        ("who releases a new dataset of films", "who releases a new dataset of films", "", "data"),
        ("any toolkit for sound?", "any toolkit for sound?", "", "tool"),
        ("which need no video data?", "which need no video data?", "", None),
        ("models that are not trained on text, which?", "models that are not trained on text, which?", "", None),
        ("what was trained on this dataset?", "what was trained on this dataset?", "", None),
    ],
)
def test_split(question: str, topic: str, excluded: str, kind: str | None) -> None:
    found = split(question)
    assert (found.topic, found.excluded, found.makes) == (topic, excluded, kind)


def test_makes() -> None:
    assert makes(FILMS, "data")
    assert not makes(PHOTOS, "data")
    assert makes(SOUNDS, "tool")
    assert not makes(FILMS, "tool")


def test_what_is_ruled_out_comes_last_and_what_is_made_first() -> None:
    keywords = KeywordIndex.rebuilt(None, {one.id: one for one in (FILMS, PHOTOS, SOUNDS)})
    candidates = [Candidate(one, score, 0.0, 0.0, 0.0, ()) for one, score in ((FILMS, 9.0), (PHOTOS, 8.0), (SOUNDS, 1.0))]
    without_films = applied(split("captions (not films)"), candidates, keywords)
    assert [one.paper.id for one in without_films] == ["photos", "sounds", "films"]
    assert without_films[-1].score <= 0
    data = applied(split("who builds a new dataset of photos?"), candidates[::-1], keywords)
    assert data[0].paper.id == "films"
