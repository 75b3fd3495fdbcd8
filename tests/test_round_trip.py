"""What is exported is ingested as the same papers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.history.export.files import export_papers
from assistant.types import Paper, RecordFacts
from ingest.record_facts import CSL_TYPES
from tests.conftest import read_papers

NASTY = (
    Paper(
        "doi:10.1000/a_1", "100% of R&D: “é” {α} & $5?", "It costs 5% & more; {x} $y$ \\ ~, 5′ of −28 ⅓·10⁻⁵ at 37 °C.",
        ("Ludwig van Beethoven", "Martin Luther King Jr.", "Zoë O'Neil-Straße", "OpenAI"), 2021,
        "Nature Machine Intelligence", "https://doi.org/10.1000/a_1",
        facts=RecordFacts(doi="10.1000/a_1", pmid="123", type="article-journal", keywords=("deep learning", "x, y")),
    ),
    Paper("a-thesis-3efb85", "A Thesis", "Ödön űrt lát.", ("Ödön Szűcs",), 2019, "ELTE", "", facts=RecordFacts(type="thesis")),
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


FACTS = RecordFacts(
    "10.1000/a<b>_1", "2001.00001", "123", "W123", "456", "article-journal",
    ("deep learning", "video"), ("cs.CV", "cs.LG"), 7, retracted=True,
)  # fmt: skip
# What a form has no field for.
LOST: dict[str, dict[str, Any]] = {
    "bib": {"openalex_id": "", "s2_id": "", "categories": ("cs.CV",), "cited_by": None},
    "ris": {"openalex_id": "", "s2_id": "", "categories": ()},
    "csl-json": {},
    "csv": {},
}


def facts_after(folder: Path, form: str, facts: RecordFacts) -> RecordFacts:
    paper = replace(NASTY[0], id="arxiv:2001.00001", facts=facts)
    path = folder / f"papers.{ENDINGS[form]}"
    path.write_bytes(export_papers(form, [paper]).content)
    [again] = read_papers([path])
    return again.facts


@pytest.mark.parametrize("form", ENDINGS)
def test_facts_survive(form: str, tmp_path: Path) -> None:
    assert facts_after(tmp_path, form, FACTS) == replace(FACTS, **LOST[form])
    plain = replace(FACTS, retracted=False, cited_by=None)
    assert facts_after(tmp_path, form, plain) == replace(plain, **LOST[form])


@pytest.mark.parametrize("form", ["csl-json", "csv"])
def test_every_type_survives(form: str, tmp_path: Path) -> None:
    for kind in CSL_TYPES:
        assert facts_after(tmp_path, form, replace(FACTS, type=kind)).type == kind
