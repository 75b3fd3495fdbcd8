"""What is exported is ingested as the same papers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.history.export.files import export_papers
from assistant.types import Paper, RecordFacts
from ingest.read import read_papers

NASTY = (
    Paper(
        "doi:10.1000/a_1", "100% of R&D: “é” {α} & $5?", "It costs 5% & more; {x} $y$ \\ ~.",
        ("Ludwig van Beethoven", "Martin Luther King Jr.", "Zoë O'Neil-Straße", "OpenAI"), 2021,
        "Nature Machine Intelligence", "https://doi.org/10.1000/a_1",
        facts=RecordFacts(doi="10.1000/a_1", pmid="123", type="article-journal", keywords=("deep learning", "x, y")),
    ),
    Paper("arxiv:hep-th/9901001", "Old", "An old one.", ("Bo Li",), 1999, None, "https://arxiv.org/abs/hep-th/9901001"),
)  # fmt: skip
# What TeX makes of two letters, so that BibTeX holds no difference.
LIGATURES = {"``": "“", "''": "”", "--": "–", "^": "ˆ"}
ENDINGS = {"bib": "bib", "ris": "ris", "csl-json": "json", "csv": "csv"}


def told(paper: Paper, form: str) -> tuple[object, ...]:
    """What a form must keep of a paper: all but how a name that is cut off is said."""
    names = tuple(name for name in paper.authors if name not in ("et al.", "others"))
    title, abstract = paper.title, paper.abstract
    for letters, one in LIGATURES.items() if form == "bib" else ():
        title, abstract = title.replace(letters, one), abstract.replace(letters, one)
    return paper.id, title, abstract, names, paper.year, paper.venue, paper.url


@pytest.mark.parametrize("form", ENDINGS)
def test_export_and_ingest_give_the_same_papers(
    form: str, tmp_path: Path, corpus: list[Paper]
) -> None:
    papers = [*corpus, *NASTY]
    path = tmp_path / f"papers.{ENDINGS[form]}"
    path.write_bytes(export_papers(form, papers).content)
    again = {paper.id: paper for paper in read_papers([path])}
    for paper in papers:
        assert paper.id in again
        assert told(again[paper.id], form) == told(paper, form)
    assert len(again) == len(papers)


@pytest.mark.parametrize("form", ENDINGS)
def test_facts_survive(form: str, tmp_path: Path) -> None:
    [paper, _] = NASTY
    paper = replace(paper, facts=replace(paper.facts, keywords=("deep learning", "video")))
    path = tmp_path / f"papers.{ENDINGS[form]}"
    path.write_bytes(export_papers(form, [paper]).content)
    [again] = read_papers([path])
    assert (again.facts.doi, again.facts.keywords) == (paper.facts.doi, paper.facts.keywords)
