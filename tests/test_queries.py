"""The queries that papers are known to answer: stored, found by, and never shown."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.api.records import paper_record
from assistant.assistant import Assistant
from assistant.errors import StoreError
from assistant.index import query_vectors
from assistant.index.layout import Folder
from assistant.index.query_vectors import QueryVectors
from assistant.models.minilm import MiniLM
from assistant.models.question_encoder.network import QuestionEncoder, identity
from assistant.retrieval.snapshot import open_snapshot
from assistant.types import Paper, RecordFacts
from ingest.embed import embed_queries
from ingest.index import Plan, index
from ingest.read import read
from ingest.shipped import key, shipped_queries

SUBJECTS = "soil rivers bees glass bridges tides yeast maps clocks roads kites salt".split()
PAPERS = [
    Paper(f"p{n}", f"A study of {one}", f"We report measurements of {one}. They agree with theory.")
    for n, one in enumerate(SUBJECTS)
]
LAY = "why do my tomatoes taste of nothing"


def answering(paper: Paper, *queries: str) -> Paper:
    return replace(paper, facts=RecordFacts(queries=queries))


def test_the_queries_of_just_the_papers_there_are_held() -> None:
    asked: list[list[str]] = []

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        asked.append([*texts])
        return embed_queries(texts)

    first, second = answering(PAPERS[0], "a", "b"), answering(PAPERS[1], "c")
    with closing(QueryVectors(None)) as held:
        held.complete({one.id: one for one in (first, second, PAPERS[2])}, embed)
        held.complete({one.id: one for one in (first, second)}, embed)
        assert asked == [["a", "b", "c"]]  # what is known is not embedded again
        changed = answering(PAPERS[1], "d")
        held.complete({changed.id: changed}, embed)
        assert asked[1:] == [["d"]]
        near = held.nearness(embed_queries(["d"])[0], ["p0", "p1", "p2"])
    assert [*near] == ["p1"]
    assert near["p1"] == pytest.approx(1.0, abs=0.01)


def test_the_two_nearest_queries_tell() -> None:
    paper = answering(PAPERS[0], "cheap bread", "tall bridges", "cheap loaves")
    question = embed_queries(["cheap bread"])[0]
    vectors = embed_queries(paper.facts.queries)
    with closing(QueryVectors(None)) as held:
        held.complete({paper.id: paper}, embed_queries)
        near = held.nearness(question, [paper.id])[paper.id]
    assert near == pytest.approx(float(np.sort(vectors @ question)[1:].mean()), abs=0.01)


def test_a_paper_is_found_by_a_query_that_it_answers_and_its_words_are_not_shown(
    tmp_path: Path, embedder: MiniLM
) -> None:
    plain, asked = Folder(tmp_path / "plain"), Folder(tmp_path / "asked")
    with_queries = [
        answering(one, LAY, "vegetables without flavour")
        if "clocks" in one.title
        else answering(one, one.title)
        for one in PAPERS
    ]
    index(Plan(PAPERS), plain, embedder)
    index(Plan(with_queries), asked, embedder)
    question = "tomatoes that taste of nothing"
    places = []
    for folder in (plain, asked):
        with closing(open_snapshot(folder, embedder)) as view:
            found = [one.paper.id for one in view.retriever.search(question).candidates]
            places.append(found.index("p8"))
            record = json.dumps(paper_record(view.retriever.papers["p8"]))
            assert "tomatoes" not in record
    assert places[1] == 0 < places[0]
    answer = Assistant(asked, embedder).ask(question)
    assert LAY not in answer.text


def test_what_changes_of_queries_alone_is_stored_and_papers_without_any_are_as_usual(
    tmp_path: Path, embedder: MiniLM
) -> None:
    folder = Folder(tmp_path / "papers")
    index(Plan(PAPERS), folder, embedder)
    some = [answering(one, f"all about {n}") for n, one in enumerate(PAPERS[:-1])]
    report = index(Plan([*some, PAPERS[-1]]), folder, embedder)
    assert report.changed == len(some)
    with closing(open_snapshot(folder, embedder)) as view:
        near = view.retriever.queries.nearness(view.retriever.understand("x").asked, SUBJECTS)
        assert near == {}
        vector = view.retriever.understand("all about 3").asked
        near = view.retriever.queries.nearness(vector, [one.id for one in PAPERS])
        assert len(near) == len(some)
        assert max(near, key=lambda key: near[key]) == "p3"
        assert any(one.paper.id == "p11" for one in view.retriever.search("all").candidates)


def test_how_near_a_query_comes_is_told_where_nearly_all_papers_have_some(
    tmp_path: Path, embedder: MiniLM
) -> None:
    def to_query(papers: Sequence[Paper], name: str) -> float | None:
        folder = Folder(tmp_path / name)
        index(Plan(papers), folder, embedder)
        with closing(open_snapshot(folder, embedder)) as view:
            return view.retriever.search("all about 3").to_query

    some = [answering(one, f"all about {n}") for n, one in enumerate(PAPERS)]
    assert to_query(some, "all") == pytest.approx(1.0, abs=0.01)
    assert to_query([*some[:10], *PAPERS[10:]], "most") is None
    assert to_query(PAPERS, "none") is None


def test_a_damaged_file_of_queries_is_made_anew_by_an_ingest(
    tmp_path: Path, embedder: MiniLM
) -> None:
    folder = Folder(tmp_path / "papers")
    some = [answering(one, one.title) for one in PAPERS]
    index(Plan(some), folder, embedder)
    state = folder.state()
    assert state
    folder.queries(state).write_bytes(b"no database" * 100)
    with closing(open_snapshot(folder, embedder)) as view:
        assert view.retriever.search("bees").candidates[0].paper.id == "p2"
    index(Plan([*some, Paper("new", "On wool", "We spin wool.")]), folder, embedder)
    state = folder.state()
    assert state
    with closing(QueryVectors(folder.queries(state))) as held:
        assert held.nearness(np.ones(384, np.float32), ["p2"])


def test_vectors_that_are_cut_off_are_told(tmp_path: Path) -> None:
    path = tmp_path / "queries.sqlite3"
    paper = answering(PAPERS[0], "a", "b")
    held = QueryVectors(path)
    held.complete({paper.id: paper}, embed_queries)
    with held._connection as connection:
        connection.execute("UPDATE queries SET vectors = x'0102'")
    with closing(held), pytest.raises(StoreError, match="damaged"):
        held.nearness(np.ones(384, np.float32), [paper.id])


def test_queries_are_read_from_a_file(tmp_path: Path) -> None:
    said = ["Is  it\ncheap?", "Is it cheap?", 7, "", "half \ud83d", "ding \a", "x" * 400]
    said += [f"query {n}" for n in range(40)]
    record = {"title": "A study", "abstract": "We study much.", "queries": said}
    file = tmp_path / "mine.jsonl"
    file.write_text(json.dumps(record) + "\n")
    (paper,) = read([file]).papers
    assert paper.facts.queries[:2] == ("Is it cheap?", "x" * 300)
    assert len(paper.facts.queries) == 24


def test_every_bundled_paper_has_queries_with_shipped_vectors(corpus: list[Paper]) -> None:
    made_by, shipped = shipped_queries()
    assert made_by == identity()
    every = [query for paper in corpus for query in paper.facts.queries]
    assert len(every) == 12 * len(corpus)
    assert {key(query) for query in every} == set(shipped)
    encoder = QuestionEncoder()
    for query in random.Random(7).sample(every, 25):
        # Kept in half precision; int8 arithmetic differs a little between processors.
        assert encoder.read(query).vector @ shipped[key(query)] > 0.99


def test_queries_by_another_network_are_not_compared_and_made_anew_by_an_ingest(
    tmp_path: Path, embedder: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path / "papers")
    some = [answering(one, one.title) for one in PAPERS]
    with monkeypatch.context() as patched:
        patched.setattr(query_vectors, "identity", lambda: "another")
        index(Plan(some), folder, embedder)
    with closing(open_snapshot(folder, embedder)) as view:
        assert view.retriever.queries.nearness(np.ones(384, np.float32), ["p2"]) == {}
    assert index(Plan(some), folder, embedder).unchanged == len(some)
    with closing(open_snapshot(folder, embedder)) as view:
        assert view.retriever.queries.nearness(np.ones(384, np.float32), ["p2"])


def test_a_paper_without_queries_is_scored_as_papers_like_it_are(
    tmp_path: Path, embedder: MiniLM
) -> None:
    bare, asked = Folder(tmp_path / "bare"), Folder(tmp_path / "asked")
    some = [
        one if "clocks" in one.title else answering(one, f"the {one.title.split()[-1]} of old")
        for one in PAPERS
    ]
    index(Plan(PAPERS), bare, embedder)
    index(Plan(some), asked, embedder)
    scores = []
    for folder in (bare, asked):
        with closing(open_snapshot(folder, embedder)) as view:
            found = view.retriever.search("measurements of clocks").candidates
            assert found[0].paper.id == "p8"
            scores.append([one.score for one in found[:2]])
    (first, second), (own, next_best) = scores
    assert own - next_best > first - second
