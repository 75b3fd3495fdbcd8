"""The pointer: on conversations of writers that it never saw, and what an edit leaves of a list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant.models.fine_tuning import read_rows
from assistant.reading import pointing
from assistant.reading.pointing.network import COUNTED, SAID, Pointed, Pointer, Shown, encode, group

TALKS = Path(pointing.__file__).parent / "data" / "talks.jsonl"
LIST = Shown(
    "which papers make videos from text?",
    (
        "Tuning a Diffusion Model on One Video",
        "A Benchmark of Generated Video",
        "Captions for Films in Sign Language",
        "Video from a Single Photograph",
    ),
    ("Upscaling Old Footage",),
)


@pytest.fixture(scope="module")
def pointer() -> Pointer:
    return Pointer()


def point(pointer: Pointer, message: str, *turns: Shown, marked: Sequence[str] = ()) -> Pointed:
    titles = {title: title for turn in turns for title in (*turn.papers, *turn.near)}
    return pointer.point(message, turns, titles, dict.fromkeys(marked, COUNTED + SAID))


def test_what_strangers_mean_is_found(pointer: Pointer) -> None:
    turns: list[Shown] = []
    told: list[bool] = []
    talk = None
    for row in read_rows(TALKS):
        if not row["hand"].startswith("ch"):
            continue
        if (row["hand"], row["talk"]) != talk:
            talk, turns = (row["hand"], row["talk"]), []
        if turns:
            found = point(pointer, row["q"], *turns)
            told.append({*found.about} == {*row["m"]} and {*found.out} == {*row["d"]})
        if row["shown"]:
            turns.append(Shown(row["q"], tuple(row["shown"]), tuple(row["near"])))
    assert len(told) == 396
    assert sum(told) / len(told) >= 0.43


@pytest.mark.parametrize(
    ("message", "counted", "places"),
    [
        ("what does the second one measure?", (1,), (1,)),
        ("and the last?", (3,), (3,)),
        ("numbers 1 and 4, who wrote them?", (0, 3), (0, 3)),
        ("the sign language one, how many hours of film?", (), (2,)),
        ("which of them have code?", (), (0, 1, 2, 3)),
        ("something on protein folding?", (), ()),
    ],
)
def test_papers_are_meant_by_what_grammar_counts_and_by_what_they_are_about(
    pointer: Pointer, message: str, counted: tuple[int, ...], places: tuple[int, ...]
) -> None:
    found = point(pointer, message, LIST, marked=[LIST.papers[n] for n in counted])
    assert found.about == tuple(LIST.papers[n] for n in places)


def test_of_a_list_longer_than_is_read_all_are_meant_where_all_read_are(pointer: Pointer) -> None:
    papers = tuple(f"Video Model {n} for Films" for n in range(30))
    assert point(pointer, "which of them have code?", Shown("videos?", papers)).about == papers


def test_an_edit_puts_aside_and_puts_back(pointer: Pointer) -> None:
    found = point(pointer, "strike the benchmark, and add the one on old footage", LIST)
    assert (found.out, found.into) == ((LIST.papers[1],), LIST.near)
    assert {*found.about} == {*LIST.papers} - {LIST.papers[1]}


def test_papers_have_their_places_of_the_last_answers_the_lists_and_what_was_left_out() -> None:
    alone = [Shown("", (name,)) for name in "abc"]
    groups = group([Shown("", ("a", "b", "c", "d"), ("e",)), Shown("", ("x", "y")), *alone])
    assert groups == (
        ("now", ("c",)),
        ("before", ("b",)),
        ("before that", ("a",)),
        ("list", ("x", "y")),
        ("first list", ("a", "b", "c", "d")),
        ("left out", ("e",)),
    )
    assert group([]) == ()


def test_many_long_titles_are_cut_to_what_the_network_can_read() -> None:
    long = tuple(f"{n} {'supercalifragilistic ' * 30}" for n in range(40))
    turns = [Shown("why? " * 200, long[n : n + 12]) for n in range(0, 40, 12)]
    groups = group(turns)
    encoded = encode("which? " * 200, turns[-1].question, groups, {one: one for one in long}, {})
    assert len(encoded.ids) <= 512
    assert encoded.spans[-1][1] < 512
    assert len(encoded.spans) > 12
