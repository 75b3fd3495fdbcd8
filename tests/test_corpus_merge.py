"""Ingests one after the other: records of one paper become one paper, as in a single ingest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assistant.index.layout import Folder, State
from assistant.index.papers import PaperRecords
from assistant.models.minilm import MiniLM
from assistant.types import IngestReport, Paper
from ingest.enrich import enrich
from ingest.index import Plan, index
from ingest.read import read
from ingest.same_paper import MergedPaper
from ingest.source_records import SourceRecords, open_records, path_of
from ingest.verify import verify
from ingest.writer import IndexWriter
from tests.conftest import Run, write_records
from tests.test_index import dump

TITLE = "How Large Whales Sing at night"
SONG = "Whales sing low. We recorded them for a year."
A: dict[str, Any] = {"title": TITLE, "abstract": SONG, "authors": ["Ann Lee"], "year": 2020}
B: dict[str, Any] = {
    "title": "How large whales sing at night!", "abstract": "Whales sing low.",
    "authors": ["Lee, A."], "doi": "10.1000/w", "venue": "ICCV", "cited_by": 9,
}  # fmt: skip
OTHER: dict[str, Any] = {"title": "Bats fly by night", "abstract": "They hear what they miss."}
FIRST = {"title": "Whales", "abstract": "One.", "doi": "10.1000/1"}
SECOND = {"title": "On whales", "abstract": "Two.", "arxiv_id": "2001.00001", "year": 2020}
BOTH = {"title": "Whales!", "abstract": "3.", "doi": "10.1000/1", "arxiv_id": "2001.00001"}


class Corpus:
    """A corpus into which records are ingested, as from files of some names."""

    def __init__(self, folder: Path, embedder: MiniLM) -> None:
        self.folder, self.files, self.embedder = Folder(folder / "corpus"), folder, embedder

    def ingest(
        self, prune: bool = False, rebuild: bool = False, **files: Sequence[dict[str, Any]]
    ) -> IngestReport:
        paths = [
            write_records(self.files / f"{name}.jsonl", list(records))
            for name, records in files.items()
        ]
        found = read(paths) if paths else None
        plan = Plan(found.papers if found else [], prune, rebuild)
        report = index(plan, self.folder, self.embedder)
        return found.added_to(report) if found else report

    def state(self) -> State:
        state = self.folder.state()
        assert state
        return state

    def papers(self) -> list[Paper]:
        with closing(PaperRecords(self.folder.papers(self.state()), None)) as records:
            return list(records.papers().values())

    def merged(self) -> list[MergedPaper]:
        with (
            closing(PaperRecords(self.folder.papers(self.state()), None)) as records,
            closing(open_records(self.folder, self.state(), records)) as known,
        ):
            return list(known.papers())

    def sources(self) -> list[list[str]]:
        return [[one.source for one in paper.records] for paper in self.merged()]


@pytest.fixture
def corpus(tmp_path: Path, embedder: MiniLM) -> Corpus:
    return Corpus(tmp_path, embedder)


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that the embedder reads, while it reads it."""
    texts: list[str] = []
    states = MiniLM.token_states

    def seen(self: MiniLM, text: str) -> Any:
        texts.append(text)
        return states(self, text)

    monkeypatch.setattr(MiniLM, "token_states", seen)
    return texts


def test_a_later_record_is_merged_into_the_corpus(corpus: Corpus, embedded: list[str]) -> None:
    corpus.ingest(a=[A, OTHER])
    (before, other) = corpus.papers()
    embedded.clear()
    report = corpus.ingest(b=[B])
    (found,) = [one for one in corpus.papers() if one.id == before.id]
    assert (found.title, found.abstract, found.year) == (TITLE, SONG, 2020)
    assert (found.venue, found.facts.doi, found.facts.cited_by) == ("ICCV", "10.1000/w", 9)
    assert other in corpus.papers()
    assert (report.changed, report.added, report.total, report.merged) == (1, 0, 2, 1)
    assert report.notes == (
        "b.jsonl:1: the paper of a.jsonl by its title and first author;"
        " venue, url, doi, cited_by from b.jsonl, the rest from a.jsonl",
    )
    assert (report.chunks, embedded) == (0, [])  # its text is as it was
    assert corpus.sources() == [["a.jsonl", "b.jsonl"], ["a.jsonl"]]


def test_what_was_merged_is_as_if_read_at_once(corpus: Corpus, tmp_path: Path) -> None:
    corpus.ingest(a=[A, OTHER])
    corpus.ingest(b=[B])
    once = Corpus(tmp_path / "once", corpus.embedder)
    once.files.mkdir()
    once.ingest(a=[A, OTHER], b=[B])
    assert dump(corpus.folder, corpus.embedder) == dump(once.folder, once.embedder)
    assert sorted(corpus.sources()) == sorted(once.sources())
    assert [(one.paper, one.records, sorted(one.keys)) for one in corpus.merged()] == [
        (one.paper, one.records, sorted(one.keys)) for one in once.merged()
    ]


def test_the_same_files_again_change_nothing(corpus: Corpus, embedded: list[str]) -> None:
    corpus.ingest(a=[A, OTHER])
    corpus.ingest(b=[B])
    embedded.clear()
    before = corpus.state().generation
    for files, unchanged in (
        ({"b": [B]}, 1),
        ({"a": [A, OTHER]}, 2),
        ({"a": [A, OTHER], "b": [B]}, 2),
    ):
        report = corpus.ingest(**files)
        assert (report.unchanged, report.changed, report.added) == (unchanged, 0, 0)
        assert (corpus.state().generation, embedded) == (before, [])


def test_a_longer_abstract_is_embedded(corpus: Corpus, embedded: list[str]) -> None:
    corpus.ingest(b=[B])
    embedded.clear()
    assert corpus.ingest(a=[A]).chunks == 1
    (found,) = corpus.papers()
    assert (found.id, found.abstract) == ("doi:10.1000/w", SONG)
    assert any(SONG in text for text in embedded)


def test_a_changed_file_takes_the_place_of_what_it_said(corpus: Corpus) -> None:
    corpus.ingest(a=[A])
    corpus.ingest(b=[B])
    (before,) = corpus.papers()
    report = corpus.ingest(a=[{**A, "year": 2021, "pmid": 7}])
    (found,) = corpus.papers()
    assert (found.id, found.year, found.facts.pmid) == (before.id, 2021, "7")
    assert found.venue == "ICCV"
    assert (report.changed, report.merged, report.notes) == (1, 0, ())
    # An id that was wrong is no sign of another paper where the file says so itself.
    corpus.ingest(a=[{**A, "pmid": 8}])
    (found,) = corpus.papers()
    assert (found.id, found.year, found.facts.pmid) == (before.id, 2020, "8")
    corpus.ingest(b=[{**B, "venue": None, "cited_by": 10}])
    (found,) = corpus.papers()
    assert (found.venue, found.facts.cited_by) == (None, 10)


def test_a_record_may_join_two_papers_of_the_corpus(corpus: Corpus) -> None:
    corpus.ingest(a=[FIRST, OTHER])
    corpus.ingest(b=[SECOND])
    report = corpus.ingest(c=[BOTH])
    joined, other = corpus.papers()
    assert (joined.id, other.title) == ("doi:10.1000/1", OTHER["title"])
    assert (joined.facts.arxiv_id, joined.year) == ("2001.00001", 2020)
    assert (report.changed, report.removed, report.total) == (1, 0, 2)
    assert "the paper of a.jsonl and of b.jsonl by its DOI" in report.notes[0]
    again = corpus.ingest(b=[SECOND])
    assert (again.total, again.added, again.changed) == (2, 0, 0)
    assert len(dump(corpus.folder, corpus.embedder)["papers"]) == 2


def test_two_records_of_one_file_join_a_paper(corpus: Corpus) -> None:
    both = {"title": "Whales!", "abstract": "3.", "doi": "10.1000/1", "arxiv_id": "2001.00001"}
    corpus.ingest(a=[both])
    records = [
        {"title": "Whales", "abstract": "One.", "doi": "10.1000/1", "venue": "ICCV"},
        {"title": "On whales", "abstract": "Two.", "arxiv_id": "2001.00001", "year": 2020},
    ]
    corpus.ingest(b=records)
    (paper,) = corpus.papers()
    assert (paper.abstract, paper.venue, paper.year) == ("3.", "ICCV", 2020)
    assert (corpus.ingest(b=records).changed, corpus.ingest(a=[both]).changed) == (0, 0)


def test_two_papers_under_one_id_stay_two(corpus: Corpus) -> None:
    other = {**OTHER, "doi": "10.1000/w"}
    corpus.ingest(b=[B])
    report = corpus.ingest(c=[other])
    assert (report.added, report.total, report.merged) == (1, 2, 0)
    assert report.notes[0].startswith("c.jsonl:1: not the paper of b.jsonl, though of one id")
    again = corpus.ingest(c=[other])
    assert (again.unchanged, again.total, again.notes) == (1, 2, ())


def test_records_of_a_title_alone_are_merged(corpus: Corpus) -> None:
    corpus.ingest(a=[OTHER])
    longer = f"{OTHER['abstract']} We show how."
    report = corpus.ingest(b=[{**OTHER, "abstract": longer, "year": 2019}])
    (paper,) = corpus.papers()
    assert (paper.abstract, paper.year, report.merged) == (longer, 2019, 1)


def test_prune_leaves_what_the_files_say_under_the_ids_of_the_corpus(corpus: Corpus) -> None:
    corpus.ingest(a=[A, OTHER])
    corpus.ingest(b=[B])
    kept = next(one.id for one in corpus.papers() if one.year == 2020)
    report = corpus.ingest(b=[B], prune=True)
    (paper,) = corpus.papers()
    assert (paper.id, paper.title, paper.year) == (kept, B["title"], None)
    assert (report.removed, report.total, corpus.sources()) == (1, 1, [["b.jsonl"]])
    assert corpus.ingest(b=[B], prune=True).unchanged == 1


@pytest.mark.parametrize("prune", [False, True])
def test_rebuild_keeps_ids_and_sources(corpus: Corpus, prune: bool) -> None:
    corpus.ingest(a=[A, OTHER])
    corpus.ingest(b=[B])
    before = corpus.papers()
    if prune:
        corpus.ingest(a=[A, OTHER], b=[B], rebuild=True, prune=True)
    else:
        corpus.ingest(rebuild=True)
    assert {one.id: one for one in corpus.papers()} == {one.id: one for one in before}
    corpus.ingest(a=[{**A, "year": 2021}], c=[{**B, "pmid": 7}], rebuild=True)
    assert sorted(corpus.sources()) == [["a.jsonl"], ["a.jsonl", "b.jsonl", "c.jsonl"]]
    (paper,) = [one for one in corpus.papers() if one.facts.doi]
    assert (paper.year, paper.venue, paper.facts.pmid) == (2021, "ICCV", "7")


def test_an_index_of_before_is_merged_into(corpus: Corpus, embedded: list[str]) -> None:
    corpus.ingest(a=[{**A, "pmid": 7}, OTHER])
    path_of(corpus.folder, corpus.state()).unlink()
    embedded.clear()
    report = corpus.ingest(b=[B])
    assert (report.changed, report.total, report.chunks) == (1, 2, 0)
    assert "the paper of the corpus by its title" in report.notes[0]
    report = corpus.ingest(a=[{**A, "pmid": 8}, OTHER])
    assert (report.changed, report.unchanged, report.merged) == (1, 1, 0)
    assert corpus.sources() == [["a.jsonl", "b.jsonl"], ["a.jsonl"]]
    assert embedded == []


def test_a_rebuild_reads_an_index_of_before(corpus: Corpus) -> None:
    corpus.ingest(a=[A, OTHER])
    path_of(corpus.folder, corpus.state()).unlink()
    assert corpus.ingest(b=[B], rebuild=True).total == 2


def test_ids_that_files_give_are_theirs_alone(corpus: Corpus) -> None:
    whales = {"_id": "1", "title": TITLE, "text": SONG}
    bats = {"_id": "1", "title": OTHER["title"], "text": OTHER["abstract"]}
    corpus.ingest(a=[whales, {"_id": "2", "title": "Editorial", "text": "Whales."}])
    editorial = {"title": "Editorial", "abstract": "On bread we wrote nothing yet."}
    report = corpus.ingest(b=[bats], c=[editorial])
    assert (report.added, report.changed, report.total) == (2, 0, 4)
    assert report.notes == (
        "b.jsonl:1: not the paper of a.jsonl, though of one id; this one is"
        " bats-fly-by-night-403f27",
    )
    assert corpus.papers()[0].title == TITLE
    assert corpus.ingest(b=[bats], c=[editorial]).unchanged == 2
    report = corpus.ingest(b=[{**bats, "text": "They see well."}])
    assert (report.changed, report.added) == (1, 0)
    assert [one.abstract for one in corpus.papers()][2] == editorial["abstract"]


def look_up(corpus: Corpus, found: dict[str, dict[str, Any]]) -> IngestReport:
    """Bring into the corpus what a service says of the papers of some ids."""
    papers = {one.id: one for one in corpus.papers()}
    answers = {key: {"title": papers[key].title, **one} for key, one in found.items()}
    made = enrich(papers.values(), {"openalex": answers})
    plan = Plan([after for _, after in made.changed], looked_up=True)
    return index(plan, corpus.folder, corpus.embedder)


def test_what_a_service_said_outlives_a_merge(corpus: Corpus, embedded: list[str]) -> None:
    corpus.ingest(a=[{**A, "cited_by": 3}, OTHER])
    embedded.clear()
    report = look_up(
        corpus, {corpus.papers()[0].id: {"venue": "Of It", "pmid": "7", "cited_by": 12}}
    )
    assert (report.changed, report.total) == (1, 2)
    assert corpus.ingest(a=[{**A, "cited_by": 3}, OTHER]).unchanged == 2
    report = corpus.ingest(b=[{**B, "retracted": True}])
    found = corpus.papers()[0]
    assert (found.venue, found.facts.pmid, found.facts.cited_by) == ("ICCV", "7", 12)
    assert (found.facts.doi, found.facts.retracted) == ("10.1000/w", True)
    assert found.facts.looked_up == ("cited_by:openalex", "pmid:openalex")
    assert "; venue, url, doi, retracted from b.jsonl, the rest from a.jsonl" in report.notes[0]
    assert corpus.sources() == [["a.jsonl", "b.jsonl"], ["a.jsonl"]]
    assert corpus.merged()[0].records[0].paper.facts.cited_by == 3
    # By an id that only the service gave a record is known.
    seven = {"title": "How whales sing", "abstract": "Whales.", "pmid": 7, "keywords": ["song"]}
    report = corpus.ingest(c=[seven])
    assert (report.changed, report.total, corpus.papers()[0].facts.keywords) == (1, 2, ("song",))
    corpus.ingest(b=[{**B, "venue": None}])
    found = corpus.papers()[0]
    assert (found.venue, found.facts.retracted, found.facts.cited_by) == (None, False, 12)
    corpus.ingest(a=[A], b=[B], prune=True)
    corpus.ingest(rebuild=True)
    (found,) = corpus.papers()
    assert (found.facts.cited_by, found.facts.looked_up) == (12, ("cited_by:openalex",))
    assert corpus.sources() == [["a.jsonl", "b.jsonl"]]


def test_papers_that_are_joined_keep_what_services_said_of_either(corpus: Corpus) -> None:
    corpus.ingest(a=[FIRST], b=[SECOND])
    look_up(corpus, {"doi:10.1000/1": {"venue": "Venue"}})
    look_up(corpus, {"arxiv:2001.00001": {"retracted": True, "cited_by": 5}})
    corpus.ingest(c=[BOTH])
    (found,) = corpus.papers()
    assert (found.venue, found.facts.retracted, found.facts.cited_by) == ("Venue", True, 5)
    assert found.facts.looked_up == ("cited_by:openalex", "retracted:openalex", "venue:openalex")


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        pytest.param(IndexWriter, "put", marks=pytest.mark.slow),
        pytest.param(SourceRecords, "put", marks=pytest.mark.slow),
        (IndexWriter, "remove"),
    ],
)
def test_a_join_that_was_cut_off_is_completed(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch, kind: type, step: str
) -> None:
    def cut(self: Any, papers: Sequence[Any], *_: Any) -> None:
        if papers:
            raise KeyboardInterrupt

    corpus.ingest(a=[FIRST], b=[SECOND])
    with monkeypatch.context() as patch:
        patch.setattr(kind, step, cut)
        with pytest.raises(KeyboardInterrupt):
            corpus.ingest(c=[BOTH])
    assert len(corpus.papers()) == 2
    corpus.ingest(c=[BOTH])
    (found,) = corpus.papers()
    assert (found.id, found.facts.arxiv_id, found.year) == ("doi:10.1000/1", "2001.00001", 2020)
    assert corpus.sources() == [["a.jsonl", "c.jsonl", "b.jsonl"]]
    assert corpus.ingest(a=[FIRST], b=[SECOND], c=[BOTH]).changed == 0
    assert not any(one.problem for one in verify(corpus.folder, corpus.embedder))


@pytest.mark.slow
def test_the_commands_say_what_was_merged(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.bib").write_text(
        "@article{w, title={How Large Whales Sing at Night}, author={Lee, Ann}, doi={10.1000/W},\n"
        " abstract={Whales sing low.}}\n"
    )
    (tmp_path / "b.ris").write_text(
        "TY  - JOUR\nTI  - How large whales sing at night\nAU  - Lee, A.\nPY  - 2020\n"
        "JO  - Whale Letters\nDO  - 10.1000/w\nAB  - Whales sing.\nER  - \n"
    )
    assert run("ingest", "a.bib", "--corpus", "same").returncode == 0
    done = run("ingest", "b.ris", "--corpus", "same")
    assert done.stdout.startswith("1 papers: 1 changed; 1 merged with a record of the same paper")
    assert "b.ris:1: the paper of a.bib by its DOI; year, venue" in done.stdout
    (shown,) = run("papers", "--corpus", "same", "--json").stdout.splitlines()
    assert json.loads(shown)["sources"] == {
        "a.bib": ["title", "abstract", "authors", "url", "doi", "type"],
        "b.ris": ["year", "venue"],
    }
    again = run("ingest", "b.ris", "--corpus", "same")
    assert again.stdout.startswith("1 papers: 1 unchanged (")
    pruned = run("ingest", "b.ris", "--corpus", "same", "--prune")
    assert pruned.stdout.startswith("1 papers: 1 changed")
    rebuilt = run("ingest", "--corpus", "same", "--rebuild")
    assert rebuilt.stdout.startswith("1 papers: 1 added")
