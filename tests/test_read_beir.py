"""Collections in BEIR layout: reading, and what becomes of odd records on the way to an answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import SourceError
from assistant.index.layout import Folder
from assistant.models.minilm import MiniLM
from assistant.retrieval.snapshot import open_snapshot
from assistant.types import Paper
from ingest.index import Plan, index
from ingest.read import read
from tests.conftest import Run, read_papers, write_records


def only(folder: Path, **record: Any) -> Paper:
    (paper,) = read_papers(
        [
            write_records(
                folder / "corpus.jsonl",
                [{"_id": "1", "title": "A Title", "text": "A text.", **record}],
            )
        ]
    )
    return paper


def test_a_record_and_its_metadata(tmp_path: Path) -> None:
    paper = only(
        tmp_path,
        metadata={"url": "https://a.org/x", "year": "1987", "pubmed_id": 3},
        text="See https://b.org/y here.",
    )
    assert (paper.id, paper.title, paper.abstract) == (
        "beir:1",
        "A Title",
        "See https://b.org/y here.",
    )
    assert (paper.url, paper.page, paper.year, paper.links) == (
        "https://a.org/x",
        "https://a.org/x",
        1987,
        ("https://b.org/y",),
    )


@pytest.mark.parametrize(
    ("facts", "url"),
    [
        ({"url": "https://a.org/1"}, "https://a.org/1"),
        ({"url": "https://a.org/1", "metadata": {"url": "http://b.org/2"}}, "http://b.org/2"),
        ({"url": "https://a.org/1", "metadata": {"url": "javascript:alert(1)"}}, "https://a.org/1"),
        ({"url": "ftp://a.org/1", "metadata": {"url": 7}}, None),
        ({"metadata": {}}, None),
        ({"metadata": None}, None),
        ({"metadata": "https://a.org/1"}, None),
        ({"metadata": ["url"]}, None),
    ],
)
def test_address(tmp_path: Path, facts: dict[str, Any], url: str | None) -> None:
    paper = only(tmp_path, **facts)
    assert paper.page == (url or "")


@pytest.mark.parametrize(
    ("given", "year"),
    [(1999, 1999), ("2001", 2001), ("", None), (0, None), ("soon", None), (2999, None)],
)
def test_a_year_in_metadata_never_keeps_a_collection_out(
    tmp_path: Path, given: object, year: int | None
) -> None:
    assert only(tmp_path, metadata={"year": given}).year == year


@pytest.mark.parametrize(
    ("metadata", "year"),
    [
        ({"publication_date": "2016-05-01"}, 2016),
        ({"publicationDate": "May 1999"}, 1999),
        ({"year": 1987, "date": "2016-05-01"}, 1987),
        ({"year": "n. d.", "published": "2003/11"}, 2003),
        ({"date": 1262304000}, None),
        ({"date": ["2001"]}, 2001),
        ({"date": "in press", "published": "2020"}, 2020),
        ({"date": {}}, None),
    ],
)
def test_the_year_of_a_date_of_publication(
    tmp_path: Path, metadata: dict[str, Any], year: int | None
) -> None:
    assert only(tmp_path, metadata=metadata).year == year


def test_the_collection_s_id_wins(tmp_path: Path) -> None:
    paper = only(tmp_path, arxiv_id="2212.11565", doi="10.1145/3292500")
    assert (paper.id, paper.page) == ("beir:1", "")


@pytest.mark.parametrize(
    "identifier",
    ["a#b@c", "two words", " lead", "#0@1-2", "é/ü", "MED-10", "a:b", "'; --", "%$in", 4983, 0],
)
def test_ids_are_kept_exactly(tmp_path: Path, identifier: str | int) -> None:
    assert only(tmp_path, _id=identifier).id == f"beir:{identifier}"


@pytest.mark.parametrize("identifier", ["a\x1b[2J", "a\nb", "\ud800", "a\u202eb"])
def test_ids_that_cannot_be_printed_are_named(tmp_path: Path, identifier: str) -> None:
    with pytest.raises(SourceError, match=r"corpus.jsonl:1: the _id .* cannot be printed"):
        only(tmp_path, _id=identifier)


@pytest.mark.parametrize("empty", ["", None, " \n", "…", "___"])
def test_a_title_without_a_text_stands_for_it(tmp_path: Path, empty: str | None) -> None:
    paper = only(tmp_path, text=empty)
    assert (paper.title, paper.abstract) == ("A Title", "A Title")


@pytest.mark.parametrize("empty", ["", None, " \n", "…", "___"])
def test_a_text_without_a_title_begins_with_it(tmp_path: Path, empty: str | None) -> None:
    words = [f"word{number}" for number in range(20)]
    paper = only(tmp_path, title=empty, text=" ".join(words))
    assert paper.title == " ".join(words[:12]) + "…"
    assert paper.abstract == " ".join(words)
    assert only(tmp_path, title=empty, text="A short text.").title == "A short text."
    assert len(only(tmp_path, title=empty, text="字" * 5000).title) < 200


def test_records_without_words_are_skipped_and_counted(tmp_path: Path) -> None:
    empty = [
        {"_id": str(n), "title": title, "text": text}
        for n, (title, text) in enumerate([("", ""), ("…", None), ("_", "--")])
    ]
    found = read(
        [
            write_records(
                tmp_path / "corpus.jsonl", [*empty, {"_id": "9", "title": "Words", "text": ""}]
            )
        ]
    )
    assert ([paper.id for paper in found.papers], found.skipped) == (["beir:9"], 3)
    with pytest.raises(SourceError, match="none of the 3 records has words"):
        read([write_records(tmp_path / "corpus.jsonl", empty)])


def test_what_is_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"corpus.jsonl:1: the record's title is not text"):
        only(tmp_path, title=["A"])


def test_duplicate_titles_are_kept_and_duplicate_ids_are_not(tmp_path: Path) -> None:
    records: list[dict[str, object]] = [
        {"_id": one, "title": "Same", "text": f"Text {n}."} for n, one in enumerate("aba")
    ]
    papers = read_papers([write_records(tmp_path / "corpus.jsonl", records)])
    assert [(paper.id, paper.abstract) for paper in papers] == [
        ("beir:a", "Text 0."),
        ("beir:b", "Text 1."),
    ]


def test_a_folder_that_holds_a_corpus_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "collection"
    folder.mkdir()
    with pytest.raises(SourceError, match="this is a folder"):
        read_papers([folder])
    write_records(folder / "corpus.jsonl", [{"_id": "1", "title": "A", "text": "B is here."}])
    assert read_papers([folder]) == read_papers([folder / "corpus.jsonl"])


@pytest.mark.parametrize(
    "extra", [{}, {"_id": None}, {"_id": ""}, {"_id": {"$oid": "7"}}, {"id": "7"}]
)
def test_lines_without_an_id_stay_as_they_were(tmp_path: Path, extra: dict[str, object]) -> None:
    path = tmp_path / "papers.jsonl"
    write_records(
        path,
        [
            {
                "title": "A",
                "text": "B is here.",
                "doi": "10.1145/3292500",
                "metadata": {"year": 1999},
                **extra,
            }
        ],
    )
    (paper,) = read_papers([path])
    assert (paper.id, paper.url, paper.year) == (
        "doi:10.1145/3292500",
        "https://doi.org/10.1145/3292500",
        None,
    )
    write_records(path, [{"title": "A", "text": "", **extra}])
    with pytest.raises(SourceError, match="papers.jsonl:1: the record has no abstract"):
        read_papers([path])


def test_odd_records_are_found_again(tmp_path: Path, embedder: MiniLM) -> None:
    records: list[dict[str, object]] = [
        {
            "_id": "a#b@c",
            "title": "Same title",
            "text": "We count walruses on ice. They are counted in satellite images.",
        },
        {
            "_id": "two words",
            "title": "Same title",
            "text": "Sourdough rises slowly. Wild yeast gives loaves their flavour.",
        },
        {"_id": "t", "title": "Moulting of harbour seals", "text": ""},
    ]
    papers = read_papers([write_records(tmp_path / "corpus.jsonl", records)])
    folder = Folder(tmp_path / "corpora" / "odd")
    assert index(Plan(papers), folder, embedder).added == 3
    assert index(Plan(papers), folder, embedder).unchanged == 3
    view = open_snapshot(folder, embedder)
    try:
        for query, first in (
            ("walruses", "beir:a#b@c"),
            ("wild yeast", "beir:two words"),
            ("moulting seals", "beir:t"),
        ):
            assert view.retriever.search(query).candidates[0].paper.id == first
        paper = view.retriever.papers["beir:a#b@c"]
        query = view.retriever.understand("walruses")
        match = view.retriever.late.matches(query.tokens, [paper.id])[paper.id]
        assert [paper.abstract[start:end] for start, end in match.spans] == [
            "We count walruses on ice.",
            "They are counted in satellite images.",
        ]
    finally:
        view.close()


@pytest.mark.slow
def test_a_collection_is_ingested_and_measured(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "collection"
    (folder / "qrels").mkdir(parents=True)
    texts = {
        "1": "Walruses on ice.",
        "a b": "Sourdough with wild yeast.",
        "x#y@z": "Tides in estuaries.",
        "4": "",
        "5": "",
    }
    titles = {"4": "Polar bears"}
    write_records(
        folder / "corpus.jsonl",
        [{"_id": key, "title": titles.get(key, ""), "text": text} for key, text in texts.items()],
    )
    write_records(
        folder / "queries.jsonl",
        [{"_id": "q", "text": "wild yeast"}, {"_id": "r", "text": "tides"}],
    )
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq\ta b\t1\nr\tx#y@z\t1\n", "utf-8"
    )
    done = run("ingest", folder, "--corpus", "small")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("4 papers: 4 added")
    assert "1 record without an abstract was skipped" in done.stdout
    measured = run("eval", "--beir", folder, "--corpus", "small", "--json")
    assert measured.returncode == 0, measured.stderr
    assert json.loads(measured.stdout)["about"]["not_indexed"] == 0
    lost = run("eval", "--beir", folder, "--corpus", "other")
    assert (lost.returncode, "no corpus other (there is: small)" in lost.stderr) == (2, True)
