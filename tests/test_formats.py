"""Every file format: what is read of a real-shaped sample, what is left out and how it is told,
merging, hostile files, and memory."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import textwrap
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest
import zstandard

from assistant.cli.terminal import show_report
from assistant.errors import SourceError
from assistant.history.export.bibtex import bibtex
from assistant.history.export.csv import csv_of
from assistant.history.export.references import ris
from assistant.types import Citation, IngestReport, Paper, RecordFacts, Span
from assistant.web.events.upload import describe_report
from ingest.formats import FORMATS, recognise_content
from ingest.merging import MOST_TOLD
from ingest.plain_text import from_latex, from_markup
from ingest.read import MOST_NOTES, ReadResult, read, size_of
from ingest.source import HEAD_SIZE, LONGEST_LINE, open_source
from tests.conftest import Run, write_records

SAMPLES = Path(__file__).parent / "formats"
FORMULA = "=cmd()"


def known(paper: Paper) -> dict[str, Any]:
    """Return what is known of a paper, its abstract and links aside."""
    fields = {
        "id": paper.id,
        "title": paper.title,
        "authors": "|".join(paper.authors),
        "year": paper.year,
        "venue": paper.venue,
        "url": paper.page,
        **paper.facts.known(),
    }
    return {name: value for name, value in fields.items() if value}


SIMDA = {
    "id": "doi:10.1000/simda_1",
    "title": "SimDA: A Simple Diffusion Adapter for α-VAEs & More",
    "authors": "Ann Lee|The ATLAS Collaboration|Jérôme Böhm|Bo van der Berg",
    "year": 2020,
    "venue": "Journal of Machine Learning Research",
    "url": "https://example.org/~lee/simda",
    "doi": "10.1000/simda_1",
    "type": "article-journal",
    "keywords": ["video", "diffusion models"],
}


@pytest.mark.parametrize(
    ("name", "kind", "papers", "skipped", "refused"),
    [
        (
            "library.bib",
            "BibTeX",
            [
                (SIMDA, "We tune 24M parameters, 1.5% of all; that is 50% less than before, by adapters. Code: https://github.com/x/~y"),
                ({"id": "arxiv:2103.00001", "title": "A Preprint of Ours", "authors": "Cy Zhou|Di Wu", "year": 2021, "url": "https://arxiv.org/abs/2103.00001", "arxiv_id": "2103.00001", "type": "article", "categories": ["cs.CV"]}, "Zebras are counted from above."),
                ({"id": "a-thesis-3efb85", "title": "A Thesis", "authors": "Fay Hu Jr.", "year": 2019, "venue": "Some University", "url": "https://pubmed.ncbi.nlm.nih.gov/123456/", "pmid": "123456", "type": "thesis"}, "Whales sing."),
                ({"id": "on-the-same-line-cd8d95", "title": "On the Same Line", "authors": "G. Li", "type": "article-journal"}, "Bats fly."),
            ],
            1,
            ["library.bib:18: its braces do not close"],
        ),
        (
            "pubmed.ris",
            "RIS",
            [
                ({"id": "doi:10.1000/lungs.1", "title": "Lungs of H2O & Air", "authors": "Ann Lee|Bo Yu", "year": 2020, "venue": "Journal of Air", "url": "https://pubmed.example/31234567", "doi": "10.1000/lungs.1", "pmid": "31234567", "type": "article-journal", "keywords": ["lung", "water"]}, "BACKGROUND: Lungs breathe. RESULTS: They do so in water - at times TV - and in the sea."),
                ({"id": "never-ended-e1afae", "title": "Never Ended", "authors": "Cy Zhou", "year": 2019, "type": "paper-conference"}, "A record whose end is missing."),
            ],
            1,
            ["pubmed.ris:28: the record has no title"],
        ),
        (
            "embase.ris",
            "RIS",
            [({"id": "doi:10.1000/sleep-1", "title": "RETRACTED: Statins and sleep", "authors": "A. Müller|P. O'Hara", "year": 2021, "venue": "Sleep Medicine", "url": "https://www.embase.example/search?id=L2003456789", "doi": "10.1000/sleep-1", "pmid": "33445566", "type": "article-journal", "retracted": True}, "Objective: To see whether statins disturb sleep. Methods: We asked.")],
            0,
            [],
        ),
        (
            "savedrecs.ciw",
            "Web of Science's tagged files",
            [({"id": "doi:10.1000/wos.1", "title": "Adapters for video: a long title that goes on", "authors": "Ann Lee|Bo Yu", "year": 2022, "venue": "JOURNAL OF VIDEO", "url": "https://doi.org/10.1000/wos.1", "doi": "10.1000/wos.1", "pmid": "30303030", "type": "article-journal", "keywords": ["video", "adapters", "ATTENTION"], "cited_by": 9}, "We adapt. It works.")],
            1,
            [],
        ),
        (
            "endnote.enw",
            "EndNote's .enw",
            [({"id": "doi:10.1000/enw.1", "title": "A Paper from EndNote", "authors": "Ann Lee|Bo Yu", "year": 2018, "venue": "Journal of Notes", "url": "https://notes.example/1", "doi": "10.1000/enw.1", "type": "article-journal", "keywords": ["notes", "reading"]}, "We write notes and read them."), ({"id": "from-pubmed-b503cc", "title": "From PubMed", "authors": "Ed Xu", "year": 2019, "url": "https://pubmed.example/32012345", "pmid": "32012345", "type": "article-journal"}, "We ask.")],
            1,
            [],
        ),
        (
            "scopus.csv",
            "tables (CSV, TSV)",
            [({"id": "doi:10.1000/scopus.1", "title": 'Video, "Adapters" & more', "authors": "Ann Lee|Bo Yu", "year": 2021, "venue": "Journal of Video", "url": "https://www.scopus.example/1", "doi": "10.1000/scopus.1", "type": "paper-conference", "keywords": ["video", "adapters"], "cited_by": 1012}, "We adapt & run. It works, twice.")],
            1,
            ["scopus.csv:5: the record has no title"],
        ),
        (
            "asreview.csv",
            "tables (CSV, TSV)",
            [
                ({"id": "ein-titel-1e48e2", "title": "Ein Titel", "authors": "Ann Lee", "year": 2019}, "Wale singen"),
                ({"id": "noch-einer-db36e4", "title": "Noch einer", "authors": "Bo Yu", "year": 2020}, "Wölfe heulen"),
            ],
            0,
            [],
        ),
        (
            "wos_tabs.txt",
            "tables (CSV, TSV)",
            [({"id": "doi:10.1000/tab.1", "title": "A Tabbed Title", "authors": "A Lee|B Yu", "year": 2017, "venue": "J TABS", "url": "https://doi.org/10.1000/tab.1", "doi": "10.1000/tab.1", "cited_by": 3}, "Tabs part columns.")],
            0,
            [],
        ),
        (
            "zotero.json",
            "CSL-JSON",
            [
                ({"id": "doi:10.1000/csl.1", "title": "Counting whales", "authors": "Ludwig van Beethoven|The Whale Group", "year": 2015, "venue": "Journal of Whales", "url": "https://whales.example/1", "doi": "10.1000/csl.1", "pmid": "22222222", "type": "article-journal", "keywords": ["whales", "counting"]}, "Aims: We count < 5 whales."),
                ({"id": "arxiv:2001.00001", "title": "A Preprint", "year": 2020, "url": "https://arxiv.org/abs/2001.00001", "doi": "10.48550/arXiv.2001.00001", "arxiv_id": "2001.00001", "type": "article"}, "Owls see."),
            ],
            1,
            ["zotero.json:17: a field is not as it should be"],
        ),
        (
            "crossref.json",
            "CSL-JSON",
            [({"id": "doi:10.1000/cr.1", "title": "From Crossref", "authors": "Ann Lee", "year": 2016, "venue": "Journal of C", "url": "https://doi.org/10.1000/cr.1", "doi": "10.1000/cr.1", "type": "article-journal", "keywords": ["C"], "cited_by": 4}, "It says so.")],
            0,
            [],
        ),
        (
            "arxiv_snapshot.json",
            "arXiv's metadata snapshot",
            [
                ({"id": "arxiv:0704.0001", "title": "Calculation of prompt diphoton production cross sections at Tevatron and LHC energies", "authors": "C. Balázs|E. L. Berger|P. M. Nadolsky Jr|C.-P. Yuan", "year": 2007, "venue": "Phys.Rev.D76:013009,2007", "url": "https://arxiv.org/abs/0704.0001", "doi": "10.1103/PhysRevD.76.013009", "arxiv_id": "0704.0001", "type": "article-journal", "categories": ["hep-ph", "cs.LG"]}, "A fully differential calculation in perturbative QCD is presented for γγ pairs, with 10% errors & more."),
                ({"id": "arxiv:hep-th/9901001", "title": "Gone", "authors": "X. Y", "year": 1999, "url": "https://arxiv.org/abs/hep-th/9901001", "arxiv_id": "hep-th/9901001", "type": "article", "categories": ["hep-th"], "retracted": True}, "We err."),
            ],
            1,
            ["arxiv_snapshot.json:4: not a JSON object"],
        ),
        (
            "arxiv.atom",
            "arXiv's Atom feed",
            [({"id": "arxiv:2308.09710", "title": "SimDA: Simple Diffusion Adapter", "authors": "Zhen Xing|Qi Dai", "year": 2023, "url": "https://arxiv.org/abs/2308.09710", "doi": "10.1000/simda", "arxiv_id": "2308.09710", "type": "article", "categories": ["cs.CV", "cs.LG"]}, "We tune α < 2 parameters.")],
            0,
            [],
        ),
        (
            "openalex.json",
            "OpenAlex works",
            [({"id": "doi:10.7717/peerj.4375", "title": "The state of OA", "authors": "Heather Piwowar|Jason Priem", "year": 2018, "venue": "PeerJ", "url": "https://doi.org/10.7717/peerj.4375", "doi": "10.7717/peerj.4375", "pmid": "29456894", "openalex_id": "W2741809807", "type": "article-journal", "keywords": ["Open access"], "cited_by": 1022, "retracted": True}, "Despite interest, OA is OA")],
            1,
            [],
        ),
        (
            "s2_api.json",
            "Semantic Scholar's papers (API, datasets)",
            [({"id": "arxiv:1805.02262", "title": "Construction of the Literature Graph", "authors": "Waleed Ammar", "year": 2018, "venue": "NAACL", "url": "https://www.semanticscholar.org/paper/649d", "doi": "10.18653/v1/N18-3011", "arxiv_id": "1805.02262", "pmid": "123", "s2_id": "649def34f8be52c8b66281af98ae884c09aef38b", "type": "paper-conference", "keywords": ["Computer Science"], "cited_by": 453}, "We describe a system.")],
            1,
            ["s2_api.json:5: the record has no title"],
        ),
        (
            "s2_papers.jsonl",
            "Semantic Scholar's papers (API, datasets)",
            [({"id": "doi:10.1000/s2ds", "title": "From the Data Set", "authors": "Ann Lee", "year": 2001, "venue": "Journal of Sets", "url": "https://doi.org/10.1000/s2ds", "doi": "10.1000/s2ds", "s2_id": "19170988", "cited_by": 3}, "Sets are given.")],
            0,
            [],
        ),
        (
            "pubmed.nbib",
            "PubMed's .nbib",
            [({"id": "doi:10.1000/nbib.1", "title": "Counting whales from above: a long title that goes on", "authors": "Ann B Lee|Bo Yu|Whale Group", "year": 2019, "venue": "Journal of whales", "url": "https://pubmed.ncbi.nlm.nih.gov/31234567/", "doi": "10.1000/nbib.1", "pmid": "31234567", "type": "article-journal", "keywords": ["counting", "Whales"], "retracted": True}, "BACKGROUND: Whales are many. METHODS: We counted them.")],
            1,
            [],
        ),
        (
            "pubmed.xml",
            "PubMed XML",
            [({"id": "doi:10.1000/px.1", "title": "A trial of H2O", "authors": "Ann B Lee|Water Group", "year": 2019, "venue": "Journal of trials", "url": "https://pubmed.ncbi.nlm.nih.gov/33333333/", "doi": "10.1000/px.1", "pmid": "33333333", "type": "article-journal", "keywords": ["trials", "Water"], "retracted": True}, "BACKGROUND: Water is wet. RESULTS: It was."), ({"id": "hereditary-cancer-9cf847", "title": "Hereditary Cancer", "authors": "Ann Lee", "year": 1993, "venue": "Gene Reviews", "url": "https://pubmed.ncbi.nlm.nih.gov/20301425/", "pmid": "20301425", "type": "chapter"}, "SUMMARY: It is inherited.")],
            1,
            ["pubmed.xml:22: a record of no article"],
        ),
        (
            "article.nxml",
            "JATS (PubMed Central)",
            [({"id": "doi:10.1000/jats.1", "title": "Genes of C. elegans", "authors": "Ann Lee|Worm Group", "year": 2010, "venue": "PLoS Something", "url": "https://doi.org/10.1000/jats.1", "doi": "10.1000/jats.1", "pmid": "44444444", "type": "article-journal", "keywords": ["worms"]}, "Background: Worms move. Results: They do.")],
            0,
            [],
        ),
        (
            "variants.bib",
            "BibTeX",
            [
                ({"id": "doi:10.1038/s41586-1", "title": "From Web of Science", "authors": "J. Garcia", "year": 2018, "venue": "NATURE", "url": "https://doi.org/10.1038/s41586-1", "doi": "10.1038/s41586-1", "type": "article-journal", "keywords": ["lines", "BREAKS", "REPORTS"], "cited_by": 1137, "retracted": True}, "We report that lines break."),
                ({"id": "doi:10.3390/s1", "title": "From Scopus", "authors": "Wei Chen", "year": 2020, "venue": "Sensors", "url": "https://doi.org/10.3390/s1", "doi": "10.3390/s1", "type": "review", "keywords": ["lidar", "radar"], "cited_by": 12}, "Sensors sense."),
                ({"id": "a-part-1d4097", "title": "A Part", "authors": "Ann Lee", "year": 2017, "venue": "Proceedings of a Meeting", "type": "paper-conference"}, "It says no year."),
                ({"id": "a-part-of-nothing-122ede", "title": "A Part of Nothing", "authors": "Ann Lee", "type": "paper-conference"}, "Nor does this."),
            ],
            1,
            [],
        ),
        (
            "variants.ris",
            "RIS",
            [
                ({"id": "doi:10.1000/ris.1", "title": "From Scopus", "authors": "A. Lee", "year": 2021, "venue": "Proceedings of a Meeting", "url": "https://doi.org/10.1000/ris.1", "doi": "10.1000/ris.1", "type": "paper-conference", "keywords": ["zebras"], "cited_by": 57}, "Zebras are counted."),
                ({"id": "doi:10.1136/bmj.l1234", "title": "From Ovid", "authors": "BC Brown", "year": 2019, "venue": "BMJ", "url": "https://doi.org/10.1136/bmj.l1234", "doi": "10.1136/bmj.l1234", "pmid": "31234567", "type": "review", "keywords": ["CT/MRI", "Asthma"]}, "BACKGROUND: Ovid asks."),
                ({"id": "from-web-of-science-6e0dbe", "title": "From Web of Science", "authors": "X Li", "year": 2018, "venue": "PHYSICAL REVIEW LETTERS", "type": "article-journal", "cited_by": 90}, "We measure."),
            ],
            0,
            [],
        ),
        (
            "formulae.nxml",
            "JATS (PubMed Central)",
            [({"id": "doi:10.1000/jats.2", "title": "Zebras at α2 and more", "authors": "The Group", "year": 2020, "venue": "BMC Zebras", "url": "https://doi.org/10.1000/jats.2", "doi": "10.1000/jats.2", "type": "article-journal", "retracted": True}, "Background: We count with β_i. Results: Energy E=1; two herds.")],
            0,
            [],
        ),
        (
            "endnote.xml",
            "EndNote's XML",
            [({"id": "doi:10.1000/enx.1", "title": "Effects of E. coli", "authors": "Ann Lee|Jörg Müller", "year": 2020, "venue": "Nature Gut", "url": "https://pubmed.example/32012345", "doi": "10.1000/enx.1", "pmid": "32012345", "type": "review", "keywords": ["gut", "bacteria"], "cited_by": 7}, "They do it."), ({"id": "from-elsewhere-cde57c", "title": "From Elsewhere", "type": "article-journal"}, "It has a number.")],
            1,
            [],
        ),
        (
            "zotero.csv",
            "tables (CSV, TSV)",
            [
                ({"id": "doi:10.1000/zot.1", "title": "From Zotero", "authors": "Ann Lee|Jörg Müller", "year": 2020, "venue": "Journal of Tags", "url": "https://tags.example/1", "doi": "10.1000/zot.1", "pmid": "31234567", "type": "article-journal", "keywords": ["to read", "zebras", "lions"], "cited_by": 7}, 'We tag; "often".'),
                ({"id": "arxiv:2101.00001", "title": "A Preprint", "authors": "Bo Yu", "year": 2021, "url": "https://arxiv.org/abs/2101.00001", "arxiv_id": "2101.00001", "type": "article"}, "Owls see."),
            ],
            0,
            [],
        ),
    ],
)  # fmt: skip
def test_every_format(
    name: str, kind: str, papers: list[tuple[dict[str, Any], str]], skipped: int, refused: list[str]
) -> None:
    with open_source(SAMPLES / name) as source:
        recognised = recognise_content(source.head)
    assert recognised
    assert recognised.name == kind
    found = read([SAMPLES / name])
    assert [(known(paper), paper.abstract) for paper in found.papers] == papers
    assert (found.skipped, found.refused) == (skipped, len(refused))
    for start in refused:
        assert any(note.startswith(start) for note in found.notes), found.notes
    lacking = [note for note in found.notes if "no abstract (the first: " in note]
    assert len(lacking) == (skipped > 0)
    if refused:
        with pytest.raises(SourceError, match=f"^{re.escape(refused[0])}"):
            read([SAMPLES / name], strict=True)


def test_every_format_has_a_sample() -> None:
    shown = set()
    for path in SAMPLES.iterdir():
        with open_source(path) as source:
            shown.add(recognised.name if (recognised := recognise_content(source.head)) else "")
    elsewhere = {"Excel (.xlsx)", "Parquet"}  # made by the tests below, since they are binary
    elsewhere |= {"JSON Lines (also in BEIR's layout)", "saved Hugging Face papers pages"}
    assert {one.name for one in FORMATS} == shown | elsewhere


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
@pytest.mark.parametrize("name", ["library.bib", "openalex.json", "pubmed.xml", "scopus.csv"])
def test_packed_files_are_read_as_they_are(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / f"{name}.{'gz' if pack is gzip.compress else 'zst'}"
    path.write_bytes(pack((SAMPLES / name).read_bytes()))
    assert list(read([path]).papers) == list(read([SAMPLES / name]).papers)


def test_files_packed_one_after_the_other_are_read_as_one(tmp_path: Path) -> None:
    first, second = ('{"title": "A", "abstract": "Bats."}\n', '{"title": "B", "abstract": "Owls."}')
    for suffix, pack in (("gz", gzip.compress), ("zst", zstandard.ZstdCompressor().compress)):
        path = tmp_path / f"a.jsonl.{suffix}"
        path.write_bytes(pack(first.encode()) + pack(second.encode()))
        assert [one.title for one in read([path]).papers] == ["A", "B"]


def test_a_file_without_a_telling_name_is_known_by_its_content(tmp_path: Path) -> None:
    for sample in SAMPLES.iterdir():
        path = tmp_path / "download"
        path.write_bytes(sample.read_bytes())
        assert list(read([path]).papers) == list(read([sample]).papers), sample.name


def test_other_encodings_and_ends_of_lines(tmp_path: Path) -> None:
    text = (SAMPLES / "asreview.csv").read_text("utf-8")
    expected = list(read([SAMPLES / "asreview.csv"]).papers)
    for name, data in (
        ("unicode.csv", text.encode("utf-16")),
        ("mac.csv", text.replace("\n", "\r").encode()),
        ("bom.csv", b"\xef\xbb\xbf" + text.encode()),
    ):
        (tmp_path / name).write_bytes(data)
        assert list(read([tmp_path / name]).papers) == expected
    (tmp_path / "windows.csv").write_bytes(text.encode("cp1252"))
    found = read([tmp_path / "windows.csv"])
    assert list(found.papers) == expected
    assert found.notes[0] == "windows.csv:3: no UTF-8; read as Windows-1252, check its accents"
    (tmp_path / "cyrillic.csv").write_bytes("title,abstract\na,Волки воют\n".encode("cp1251"))
    with pytest.raises(SourceError, match=r"cyrillic.csv:2: not UTF-8 text"):
        read([tmp_path / "cyrillic.csv"])


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_excel_s_best_sheet_is_read(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "papers.xlsx",
        {
            "About": [["exported on", 2024]],
            "Papers": [
                ["My search", None],
                ["Article Title", "Abstract", "Authors", "Publication Year", "DOI"],
                ["A Title", "Whales sing.", "Lee, Ann; Yu, Bo", 2019, "10.1000/x.1"],
                [None, None, None, None, None],
                ["No Abstract", None, "Xu, Ed", 2020, None],
            ],
        },
    )
    found = read([path])
    (paper,) = found.papers
    assert known(paper) == {
        "id": "doi:10.1000/x.1",
        "title": "A Title",
        "authors": "Ann Lee|Bo Yu",
        "year": 2019,
        "url": "https://doi.org/10.1000/x.1",
        "doi": "10.1000/x.1",
    }
    assert found.skipped == 1
    assert found.notes[0].startswith("papers.xlsx: title from “Article Title”, abstract from")
    path.write_bytes(path.read_bytes()[:3_000])
    with pytest.raises(SourceError, match=r"papers.xlsx: no Excel file that can be read"):
        read([path])
    with pytest.raises(SourceError, match=r"no column for the abstract; .* “Name”"):
        read([workbook(tmp_path / "other.xlsx", {"S": [["Title", "Name"], ["a", "b"]]})])


def test_every_sheet_of_papers_is_read(tmp_path: Path) -> None:
    sheets: dict[str, list[list[object]]] = {
        "2020": [["Title", "Abstract"], ["One", "Whales sing."]],
        "Notes": [["Title"], ["What to read"]],
        "2021": [["Title", "Abstract", "Year"], ["Two", "Wolves howl.", 2021], [None, "Owls see."]],
    }
    path = workbook(tmp_path / "years.xlsx", sheets)
    found = read([path])
    assert [(one.title, one.year) for one in found.papers] == [("One", None), ("Two", 2021)]
    assert "years.xlsx, sheet 2021:3: the record has no title (left out)" in found.notes
    assert len(read([path], columns={"abstract": "Abstract"}).papers) == 1  # of the sheet meant


def test_a_table_may_tell_excel_what_parts_its_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "sep=;\nTitle;Abstract;Keywords\nA;B, c;['x', 'y']\n;d\n", "utf-8"
    )
    found = read([tmp_path / "a.csv"])
    assert [(one.title, one.facts.keywords) for one in found.papers] == [("A", ("x", "y"))]
    assert found.notes[-1].startswith("a.csv:4: the record has no title")


def test_parquet_is_read_in_batches(tmp_path: Path) -> None:
    count = 1_000
    table = pyarrow.table(
        {
            "title": [f"Title {n}" for n in range(count)],
            "abstract": [f"Whale {n} sings." if n else None for n in range(count)],
            "authors": [["Ann Lee", "Bo Yu"]] * count,
            "year": list(range(1_000, 1_000 + count)),
            "doi": [f"10.1000/p.{n}" for n in range(count)],
            "embedding": [[0.5] * 8] * count,
        }
    )
    path = tmp_path / "papers.parquet"
    pyarrow.parquet.write_table(table, path, row_group_size=300)
    found = read([path])
    assert (len(found.papers), found.skipped) == (count - 1, 1)
    assert found.papers[-1].authors == ("Ann Lee", "Bo Yu")
    assert (found.papers[-1].id, found.papers[-1].year) == ("doi:10.1000/p.999", 1_999)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SourceError, match=r"papers.parquet: no Parquet file that can be read"):
        read([path])


def test_columns_are_named_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("Überschrift,title,Text\nWhales,x,They sing.\n", "utf-8")
    with pytest.raises(SourceError, match="no column for the abstract; .*“Überschrift”, “title”"):
        read([path])
    (paper,) = read([path], columns={"title": "Überschrift", "abstract": "Text"}).papers
    assert (paper.title, paper.abstract) == ("Whales", "They sing.")
    with pytest.raises(SourceError, match="own.csv: there is no column 'Body'; the columns are"):
        read([path], columns={"abstract": "Body"})


# What is written comes back.


def exported() -> list[Paper]:
    return [
        Paper(
            "arxiv:2308.09710", "SimDA: 50% of α & {β} for R_D", "We tune 24M parameters.",
            ("Zhen Xing", "Hervé Jégou", "Ludwig van Beethoven"), 2024, "CVPR 2024",
            "https://arxiv.org/abs/2308.09710",
        ),
        Paper(
            "doi:10.1000/a_b.1", "What is $5 worth?", "Half of $10, i.e. 5%.", ("Plato",), 1999,
            "Journal of Prices", "https://doi.org/10.1000/a_b.1",
        ),
        Paper(
            "beir:7", f"{FORMULA}: a title", "Whales sing.", ("Ann Lee",), 2020, None,
            "https://a.org/x?y=1",
        ),
    ]  # fmt: skip


def told(papers: Sequence[Paper]) -> list[tuple[Any, ...]]:
    return [(one.title, one.abstract, one.authors, one.year, one.venue, one.url) for one in papers]


def test_ris_that_was_written_is_read_back(tmp_path: Path) -> None:
    (tmp_path / "out.ris").write_text(ris(exported()), "utf-8")
    found = read([tmp_path / "out.ris"]).papers
    assert told(found) == told(exported())
    assert [one.id for one in found[:2]] == [one.id for one in exported()[:2]]


def test_bibtex_that_was_written_is_read_back(tmp_path: Path) -> None:
    # Entries have no abstract; one that a reference manager would add is put into each.
    text = bibtex(exported())
    for paper in exported():
        abstract = re.sub(r"[%$&]", r"\\\g<0>", paper.abstract)
        text = text.replace("\n}\n", f",\n\tabstract  = {{{abstract}}} }}\n", 1)
    (tmp_path / "out.bib").write_text(text, "utf-8")
    found = read([tmp_path / "out.bib"]).papers
    assert told(found) == told(exported())
    assert [one.id for one in found[:2]] == [one.id for one in exported()[:2]]


def test_csv_that_was_written_is_read_back(tmp_path: Path) -> None:
    sources = [
        Citation(number, paper, (Span(paper.abstract, 0, len(paper.abstract)),))
        for number, paper in enumerate(exported(), 1)
    ]
    (tmp_path / "out.csv").write_text(csv_of(sources), "utf-8-sig")
    found = read([tmp_path / "out.csv"], columns={"abstract": "quotes"}).papers
    assert told(found) == told(exported())
    assert [one.id for one in found[:2]] == [one.id for one in exported()[:2]]


# Records of one paper.


def merged(folder: Path, *records: dict[str, object]) -> ReadResult:
    """Read each record out of a file of its own."""
    return read(
        write_records(folder / f"{chr(97 + place)}.jsonl", [record])
        for place, record in enumerate(records)
    )


def test_records_of_one_paper_are_merged_field_by_field(tmp_path: Path) -> None:
    title, abstract = "How Large Whales Sing at night", "Whales sing low."
    longer = "Whales sing low, and others hear them."
    found = merged(
        tmp_path,
        {"title": title, "abstract": abstract, "doi": "10.1000/X", "authors": ["Ann Lee"]},
        {"title": "Other words", "abstract": longer, "doi": "https://doi.org/10.1000/x", "year": 2020, "authors": ["A. Lee", "B. Yu"], "cited_by": 3},
        {"title": "how large whales sing at night!", "abstract": "Tiny.", "authors": ["Lee, Ann"], "venue": "ICCV", "pmid": 7},
        {"title": "Third words of whales", "abstract": "None.", "authors": ["Lee, A"], "pmid": 7, "keywords": ["whales"]},
    )  # fmt: skip
    (paper,) = found.papers
    assert (paper.id, paper.title, paper.abstract) == ("doi:10.1000/X", title, longer)
    assert (paper.authors, paper.year, paper.venue) == (("Ann Lee",), 2020, "ICCV")
    assert paper.facts == RecordFacts("10.1000/X", pmid="7", keywords=("whales",), cited_by=3)
    assert found.repeated == 3
    assert found.notes == (
        "b.jsonl:1: the paper of a.jsonl:1 by its DOI; abstract, year, cited_by from b.jsonl, the rest from a.jsonl",
        "c.jsonl:1: the paper of a.jsonl:1 by its title and first author; venue, pmid from c.jsonl, the rest from a.jsonl",
        "d.jsonl:1: the paper of a.jsonl:1 by its PMID; keywords from d.jsonl, the rest from a.jsonl",
    )  # fmt: skip


def test_a_record_may_join_two_papers(tmp_path: Path) -> None:
    found = merged(
        tmp_path,
        {"title": "Whales", "abstract": "One.", "doi": "10.1000/1"},
        {"title": "On whales", "abstract": "Two.", "arxiv_id": "2001.00001"},
        {"title": "Whales!", "abstract": "Three.", "doi": "10.1000/1", "arxiv_id": "2001.00001v2"},
    )
    (paper,) = found.papers
    assert (paper.id, paper.facts.arxiv_id, found.repeated) == ("doi:10.1000/1", "2001.00001", 2)
    assert "the paper of a.jsonl:1 and of b.jsonl:1 by its DOI" in found.notes[0]


def test_a_record_joins_no_papers_of_other_ids(tmp_path: Path) -> None:
    found = merged(
        tmp_path,
        {"title": "Whales", "abstract": "One.", "doi": "10.1000/1", "authors": ["Ann Lee"]},
        {"title": "Whales", "abstract": "Two.", "pmid": 7, "doi": "10.1000/2"},
        {"title": "Whales", "abstract": "Three.", "doi": "10.1000/1", "pmid": 7, "year": 2020},
    )
    assert [(one.facts.doi, one.abstract, one.year) for one in found.papers] == [
        ("10.1000/1", "One.", 2020),
        ("10.1000/2", "Two.", None),
    ]


LEE = {"authors": ["A Lee"]}


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ({"authors": ["Ann Lee"]}, {"authors": ["A. Lee"]}, True),
        ({"authors": ["Ann Lee"]}, {"authors": ["Lee A."]}, True),
        ({"authors": ["Ann Lee"]}, {"authors": ["Lee"]}, True),
        ({"authors": ["Ann Lee"]}, {"authors": ["Bo Lee"]}, False),
        ({"authors": ["Ann B. Lee"]}, {"authors": ["Ann C. Lee"]}, False),
        ({"authors": ["Ann Lee"]}, {"authors": ["Bo Yu"], "doi": "10.1000/1"}, False),
        ({"doi": "10.1000/1"}, {"doi": "10.1000/2"}, False),
        ({**LEE, "doi": "10.1000/1"}, {**LEE, "doi": "10.1000/2"}, False),
        ({**LEE, "doi": "10.1000/1"}, {**LEE, "doi": "10.48550/arXiv.2001.00001"}, True),
        ({"doi": "10.48550/arXiv.2001.00001"}, {"arxiv_id": "2001.00001"}, True),
        ({**LEE, "arxiv_id": "2001.00001"}, {**LEE, "arxiv_id": "2001.00002"}, False),
        ({**LEE, "pmid": 1, "doi": "10.1000/1"}, {**LEE, "pmid": 2}, False),
        ({**LEE, "year": 2018}, {**LEE, "year": 2020}, True),
        ({**LEE, "year": 2018}, {**LEE, "year": 2021}, False),
        ({**LEE, "year": 2018, "arxiv_id": "2001.00001"}, {**LEE, "year": 2021}, True),
        ({**LEE, "title": "Editorial"}, {**LEE, "title": "Editorial"}, False),
        ({**LEE, "title": "Editorial"}, {**LEE, "title": "Editorial", "abstract": "One paper."}, True),
        ({"doi": "10.1000/1"}, {"doi": "10.1000/1", "title": "Bats fly by night"}, False),
        ({**LEE, "doi": "10.1000/1"}, {"doi": "10.1000/1", "title": "Bats fly by night", "authors": ["Bo Yu"]}, False),
        ({**LEE, "doi": "10.1000/1"}, {**LEE, "doi": "10.1000/1", "title": "Bats fly by night"}, True),
        ({"pmid": 7}, {"pmid": 7, "title": "Bats fly by night"}, False),
        ({"pmid": 7}, {"pmid": 7, "title": "Whales Sing"}, True),
    ],
)  # fmt: skip
def test_what_makes_two_records_one_paper(
    tmp_path: Path, first: dict[str, object], second: dict[str, object], one: bool
) -> None:
    found = merged(
        tmp_path,
        {"title": "How Large Whales Sing at night", "abstract": "One paper on whales.", **first},
        {"title": "How large whales sing at night", "abstract": "Two.", **second},
    )
    assert len(found.papers) == (1 if one else 2)
    assert len({paper.id for paper in found.papers}) == len(found.papers)


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.nbib", "PMID- 1\nTI  - T\nAB  - A.\nPT  - Journal Article\nPT  - Systematic Review\n", "review"),
        ("a.nbib", "PMID- 1\nTI  - T\nAB  - A.\nPT  - Journal Article\nPT  - Meta-Analysis\n", "article-journal"),
        ("a.json", '{"id": "https://openalex.org/W12", "title": "T", "type": "review", "abstract_inverted_index": {"A": [0]}}', "review"),
        ("a.json", '{"paperId": "1", "title": "T", "abstract": "A.", "publicationTypes": ["JournalArticle", "Review"]}', "review"),
        ("a.csv", "title,abstract,document type\nT,A.,Review\n", "review"),
        ("a.csv", "title,abstract,document type\nT,A.,Article; Proceedings Paper\n", "article-journal"),
        ("a.csv", "title,abstract,document type\nT,A.,Book Review\n", "review-book"),
        ("a.json", '[{"type": "review", "title": "T", "abstract": "A.", "DOI": "10.1000/1"}]', "review-book"),
        ("a.json", '[{"type": "article-journal", "genre": "review article", "title": "T", "abstract": "A.", "DOI": "10.1000/1"}]', "review"),
    ],
)  # fmt: skip
def test_a_review_article_is_no_review_of_a_book(
    tmp_path: Path, name: str, text: str, kind: str
) -> None:
    (tmp_path / name).write_text(text)
    (paper,) = read([tmp_path / name]).papers
    assert paper.facts.type == kind


def test_that_an_article_is_a_review_is_taken_from_whoever_says_so(tmp_path: Path) -> None:
    record = {"title": "Whales", "abstract": "They sing.", "doi": "10.1000/1"}
    found = merged(tmp_path, {**record, "type": "article"}, {**record, "type": "Review"})
    assert [one.facts.type for one in found.papers] == ["review"]
    assert "type from b.jsonl" in found.notes[0]


# Records that are half of a paper: Semantic Scholar's data sets.


def s2_paper(number: int, **more: object) -> dict[str, object]:
    return {
        "corpusid": number, "externalids": {"DOI": f"10.1000/{number}", "ArXiv": None},
        "url": f"https://www.semanticscholar.org/paper/{number}", "title": f"Paper {number}",
        "authors": [{"authorId": "1", "name": "Ann Lee"}], "venue": "", "year": 2020,
        "citationcount": number, "publicationtypes": ["JournalArticle"],
        "journal": {"name": "Whale Letters"}, **more,
    }  # fmt: skip


def s2_abstract(number: int) -> dict[str, object]:
    about: dict[str, object] = {"externalids": {"DOI": f"10.1000/{number}"}, "status": "GREEN"}
    return {"corpusid": number, "openaccessinfo": about, "abstract": f"We count {number} whales."}


def s2_files(folder: Path, papers: Sequence[int], abstracts: Sequence[int]) -> list[Path]:
    found = []
    for name, records in (
        ("papers", [s2_paper(one) for one in papers]),
        ("abstracts", [s2_abstract(one) for one in abstracts]),
    ):
        found.append(folder / f"{name}.jsonl.gz")
        lines = "".join(json.dumps(record) + "\n" for record in records)
        found[-1].write_bytes(gzip.compress(lines.encode()))
    return found


@pytest.mark.parametrize("turned", [False, True])
def test_papers_and_abstracts_of_two_files_are_joined(tmp_path: Path, turned: bool) -> None:
    files = s2_files(tmp_path, [1, 2, 3], [4, 3, 1, 5])
    found = read(reversed(files) if turned else files)
    papers = {one.id: one for one in found.papers}
    assert sorted(papers) == ["doi:10.1000/1", "doi:10.1000/3"]
    one = papers["doi:10.1000/3"]
    assert (one.title, one.abstract, one.year) == ("Paper 3", "We count 3 whales.", 2020)
    assert (one.venue, one.facts.s2_id, one.facts.cited_by) == ("Whale Letters", "3", 3)
    assert (found.skipped, found.refused) == (1, 0)
    assert found.notes == (
        "papers.jsonl.gz: 1 paper has no abstract in the files named (as papers.jsonl.gz:2)",
        "abstracts.jsonl.gz: 2 abstracts of papers that are in no file named"
        " (as abstracts.jsonl.gz:1)",
    )
    sources = [one.source for held in found.papers.all_held() for one in held.records]
    assert sources == ["papers.jsonl.gz"] * 2
    found.check_whole()


def test_summaries_by_a_model_are_no_abstracts(tmp_path: Path) -> None:
    tldrs = tmp_path / "tldrs.jsonl"
    records = [{"corpusid": n, "model": "tldr@v2.0.0", "text": "It counts."} for n in (1, 2)]
    tldrs.write_text("".join(json.dumps(one) + "\n" for one in records))
    with pytest.raises(SourceError, match="2 records with neither title nor abstract .* name both"):
        read([tldrs])
    papers, abstracts = s2_files(tmp_path, [1, 2, 1], [1, 1])
    found = read([tldrs, papers, abstracts])
    assert [one.abstract for one in found.papers] == ["We count 1 whales."]
    assert "tldrs.jsonl: 2 records with neither title nor abstract are left out" in found.notes[1]


@pytest.mark.slow
def test_half_of_the_data_sets_names_the_other_half(run: Run, tmp_path: Path) -> None:
    papers, abstracts = s2_files(tmp_path, [1, 2], [1, 2])
    done = run("ingest", papers, "--corpus", "s2")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "none of the 2 records has an abstract; Semantic Scholar's data sets" in done.stderr
    done = run("ingest", abstracts, "--corpus", "s2")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "2 abstracts of papers that are in no file named" in done.stderr
    assert "in files of their own; name both" in done.stderr
    done = run("ingest", abstracts, papers, "--corpus", "s2")
    assert done.stdout.startswith("2 papers: 2 added"), done.stderr
    assert run("ingest", papers, abstracts, "--corpus", "s2").stdout.startswith(
        "2 papers: 2 unchanged ("
    )


def test_a_reply_of_semantic_scholar_s_api_waits_for_no_other_half(tmp_path: Path) -> None:
    path = tmp_path / "reply.json"
    whole = {"paperId": "a" * 40, "corpusId": 7, "title": "Seals", "abstract": "Seals sleep."}
    lacking = {"paperId": "b" * 40, "corpusId": 8, "title": "Bats", "abstract": None}
    path.write_text(json.dumps({"data": [whole, lacking]}))
    found = read([path])
    assert ([one.title for one in found.papers], found.skipped) == (["Seals"], 1)
    assert found.notes == ("reply.json: 1 record has no abstract (the first: reply.json:1)",)


def test_two_papers_under_one_id_are_both_kept_and_told(tmp_path: Path) -> None:
    records: list[dict[str, object]] = [
        {"title": "Whales sing", "abstract": "They do.", "doi": "10.1000/1"},
        {"title": "Bats fly by night", "abstract": "They too.", "doi": "10.1000/1"},
        {"title": "Editorial", "abstract": "We welcome.", "authors": ["Ann Lee"]},
        {"title": "Editorial", "abstract": "We regret.", "authors": ["Bo Yu"]},
    ]
    found = read([write_records(tmp_path / "a.jsonl", records * 2)])
    assert [one.abstract for one in found.papers] == [one["abstract"] for one in records]
    second, fourth = (found.papers[place].id for place in (1, 3))
    assert second.startswith("bats-fly-by-night-")
    assert fourth.startswith("editorial-bo-yu-")
    assert found.repeated == 4
    assert found.notes == (
        f"a.jsonl:2: not the paper of a.jsonl:1, though of one id; this one is {second}",
        f"a.jsonl:4: not the paper of a.jsonl:3, though of one id; this one is {fourth}",
    )


def test_a_longer_abstract_of_something_else_is_not_taken(tmp_path: Path) -> None:
    other = "Bats fly by night, and hear what they do not see; we recorded them for a year."
    found = merged(
        tmp_path,
        {"title": "Whales", "abstract": "Whales sing low.", "doi": "10.1000/1"},
        {"title": "Whales", "abstract": other, "doi": "10.1000/1"},
    )
    assert [one.abstract for one in found.papers] == ["Whales sing low."]


SICI = "10.1175/1520-0469(1979)036<0367:{}>2.0.CO;2"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.csv", 'title,abstract,doi\n"{title}","{abstract}","{doi}"\n'),
        ("a.ris", "TY  - JOUR\nTI  - {title}\nAB  - {abstract}\nDO  - {doi}\nER  - \n"),
        ("a.bib", "@article{{a, title={{{title}}}, abstract={{{abstract}}}, doi={{{doi}}}}}\n"),
        ("a.bib", "@article{{a, title={{{title}}}, abstract={{{abstract}}}, doi={{{latex}}}}}\n"),
        ("a.nbib", "PMID- 1\nTI  - {title}\nAB  - {abstract}\nAID - {doi} [doi]\n"),
        ("a.enw", "%0 Journal Article\n%T {title}\n%X {abstract}\n%R https://doi.org/{doi}\n"),
        ("a.json", '[{{"type": "article-journal", "title": "{title}", "abstract": "{abstract}", "DOI": "{html}"}}]'),
        ("a.jsonl", '{{"title": "{title}", "abstract": "{abstract}", "doi": "{doi}"}}\n'),
    ],
)  # fmt: skip
def test_a_doi_is_taken_whole(tmp_path: Path, name: str, form: str) -> None:
    papers = []
    for place, (title, code) in enumerate((("Whales sing", "WS"), ("Bats fly", "BF"))):
        doi = SICI.format(code)
        html = doi.replace("<", "&lt;").replace(">", "&gt;")
        latex = doi.replace("<", "$<$").replace(">", "$>$")
        folder = tmp_path / str(place)
        folder.mkdir()
        text = form.format(title=title, abstract=f"{title}!", doi=doi, html=html, latex=latex)
        (folder / name).write_text(text)
        papers.append(folder / name)
    found = read(papers).papers
    assert [one.facts.doi for one in found] == [SICI.format("WS"), SICI.format("BF")]


def test_a_pmid_in_a_note_about_another_paper_is_not_the_paper_s(tmp_path: Path) -> None:
    forms = {
        "a.ris": "TY  - JOUR\nTI  - A\nAB  - Bats.\nN1  - {note}\nER  - \n",
        "a.bib": "@article{{a, title={{A}}, abstract={{Bats.}}, note={{{note}}}}}\n",
        "a.json": '[{{"type": "article", "title": "A", "abstract": "Bats.", "DOI": "", "note": "{note}"}}]',
    }  # fmt: skip
    for name, form in forms.items():
        for note, pmid in (("Comment on PMID: 12345", ""), ("PMID: 12345", "12345")):
            (tmp_path / name).write_text(form.format(note=note))
            (paper,) = read([tmp_path / name]).papers
            assert paper.facts.pmid == pmid, (name, note)


def test_of_many_merged_records_the_first_are_told(tmp_path: Path) -> None:
    records: list[dict[str, object]] = [
        {"title": f"Title {n}", "abstract": "Short.", "doi": f"10.1000/{n}"} for n in range(50)
    ]
    longer = [{**record, "abstract": "A short and a longer one."} for record in records]
    found = read([write_records(tmp_path / "all.jsonl", [*records, *longer])])
    assert (len(found.papers), found.repeated) == (50, 50)
    assert len(found.notes) == MOST_TOLD + 1
    assert found.notes[-1] == "… and 30 more records were merged"
    assert {paper.abstract for paper in found.papers} == {"A short and a longer one."}


def test_merged_records_are_counted_apart_and_told_by_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records: list[dict[str, object]] = [
        {"title": "Whales", "abstract": "They sing.", "doi": "10.1000/1"},
        {"title": "Whales", "abstract": "They sing.", "doi": "10.1000/1"},
        {"title": "Whales", "abstract": "They sing.", "doi": "10.1000/1", "year": 2020},
    ]
    path = write_records(tmp_path / "a.jsonl", records)
    found = read([path])
    assert (found.repeated, found.merged) == (2, 1)
    assert found.notes == (
        "a.jsonl:3: the paper of a.jsonl:1 by its DOI; year from line 3, the rest from line 1",
    )
    report = IngestReport(repeated=2, merged=1)
    show_report(report)
    told = "; 1 merged with a record of the same paper; 1 record repeats a paper ("
    assert told in capsys.readouterr().out
    page = describe_report(report, "own")
    assert "- 1 merged with a record of the same paper\n- 1 left out: the same paper again" in page


def test_prune_is_refused_where_something_cannot_be_read(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    folder.mkdir()
    write_records(folder / "a.jsonl", [{"title": "First", "abstract": "Bats fly."}])
    write_records(folder / "b.jsonl", [{"title": "Second", "abstract": "Whales sing."}])
    read([folder]).check_whole()
    (folder / "c.jsonl").write_text('{"title": "Third", "abstract": "Owls see."}\n{"title": 7}\n')
    with pytest.raises(SourceError, match=r"cannot be read, 1 record; .*: c.jsonl:2: "):
        read([folder]).check_whole()
    (folder / "c.jsonl").unlink()
    (folder / "b.bib").write_text("@article{b, title={B}\n")
    refused = run("ingest", str(folder), "--corpus", "own", "--prune")
    assert refused.returncode == 2
    assert (
        "would drop the papers of what cannot be read, 1 record and 1 file; mend that"
        in refused.stderr
    )
    assert refused.stderr.count("\n") == 1


def first_of(path: Path, text: str) -> Paper:
    path.write_text(text, "utf-8")
    return read([path]).papers[0]


@pytest.mark.parametrize(
    ("comments", "abstract", "retracted"),
    [
        ("", "Retracted papers continue to be cited.", False),
        ("", "We study why this paper has been withdrawn so often.", False),
        ("", "The article was retracted in 2010; we ask who cites it.", False),
        ("", "This submission has been withdrawn by arXiv administrators.", True),
        ("Withdrawn by the author", "Bats fly.", True),
        ("12 pages. This paper has been withdrawn due to an error", "Bats fly.", True),
        ("Withdrawn money, 12 pages", "Bats fly.", False),
    ],
)
def test_withdrawn_is_what_says_so_of_itself(
    tmp_path: Path, comments: str, abstract: str, retracted: bool
) -> None:
    record = {"id": "2001.00001", "title": "A", "abstract": abstract, "comments": comments}
    paper = first_of(tmp_path / "a.json", json.dumps({**record, "versions": []}))
    assert paper.facts.retracted == retracted


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", '{"title": "RETRACTED: Bats", "abstract": "They fly."}'),
        ("a.jsonl", '{"_id": "1", "title": "Retracted article: Bats", "text": "They fly."}'),
        ("a.csv", "title,abstract\n[Retracted] Bats,They fly.\n"),
        ("a.csv", "title,abstract,Document Type\nBats,They fly.,Retracted\n"),
    ],
)
def test_a_title_tells_of_a_retraction_in_every_format(
    tmp_path: Path, name: str, text: str
) -> None:
    assert first_of(tmp_path / name, text).facts.retracted


@pytest.mark.parametrize("parts", ["[[]]", "[]", "null", "[[null]]", "[null]"])
def test_an_empty_date_is_none(tmp_path: Path, parts: str) -> None:
    form = '[{"type": "book", "title": "A", "abstract": "Bats.", "issued": {"date-parts": PARTS}}]'
    assert first_of(tmp_path / "a.json", form.replace("PARTS", parts)).year is None


def test_one_odd_record_costs_no_other(tmp_path: Path) -> None:
    good = {"id": "2001.00001", "title": "A", "abstract": "Bats.", "versions": [{}]}
    odd = [{**good, "versions": {"v1": 1}}, {**good, "authors_parsed": 7}]
    (tmp_path / "a.json").write_text("\n".join(map(json.dumps, [good, *odd])))
    found = read([tmp_path / "a.json"])
    assert (len(found.papers), found.refused) == (1, 2)


def test_signs_of_comparison_are_no_tags(tmp_path: Path) -> None:
    text = "title,abstract\nA,if a<b then c>d and i <u or x> 2; <b>bold</b> <a href='x'>too</a>\n"
    paper = first_of(tmp_path / "a.csv", text)
    assert paper.abstract == "if a<b then c>d and i <u or x> 2; bold too"


@pytest.mark.parametrize("piece", ["<![CDATA[", "<h1>", "<a x=", "$a ", "\\\\href{", "&lt;"])
def test_markup_without_an_end_costs_no_time(piece: str) -> None:
    begun = time.perf_counter()
    for size in (20_000, 400_000):
        from_markup(from_latex(piece * size))
    assert time.perf_counter() - begun < 10


def test_a_workbook_that_would_explode_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = workbook(tmp_path / "bomb.xlsx", {"S": [["title", "abstract"], ["A", "Bats."]]})
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/more.xml", b" " * 5_000_000)
    with pytest.raises(SourceError, match=r"^bomb.xlsx: unpacks to too much \(over 200 MB"):
        read([bomb])
    path = workbook(tmp_path / "good.xlsx", {"S": [["title", "abstract"], ["A", "Bats."]]})
    assert len(read([path]).papers) == 1
    monkeypatch.setattr("ingest.formats.table._LARGEST", 1_000)
    with pytest.raises(SourceError, match=r"^good.xlsx: unpacks to too much"):
        read([path])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "title,abstract,url\nA,Bats.,{}\n"),
        ("a.ris", "TY  - JOUR\nTI  - A\nAB  - Bats.\nUR  - {}\nER  - \n"),
        ("a.bib", "@article{{a, title={{A}}, abstract={{Bats.}}, url={{{}}}}}\n"),
        ("a.enw", "%0 Journal Article\n%T A\n%X Bats.\n%U {}\n"),
        ("a.json", '[{{"type": "book", "title": "A", "abstract": "Bats.", "issued": {{}}, "URL": "{}"}}]'),
    ],
)  # fmt: skip
def test_only_the_resolver_s_address_has_a_doi(tmp_path: Path, name: str, text: str) -> None:
    for tail in ("/full", ".pdf", "/abstract?x=1"):
        address = f"https://publisher.example/doi/10.1000/x{tail}"
        assert first_of(tmp_path / name, text.format(address)).facts.doi == ""
    assert first_of(tmp_path / name, text.format("https://doi.org/10.1000/x")).facts.doi


@pytest.mark.parametrize(
    ("authors", "names"),
    [
        ("Lee A.; de Yu B.-C.", ("A. Lee", "B.-C. de Yu")),
        ("Lee A., Yu B.", ("A. Lee", "B. Yu")),
        ("Lee, Ann; Yu, Bo", ("Ann Lee", "Bo Yu")),
        ("Ann Lee, Bo Yu", ("Ann Lee", "Bo Yu")),
    ],
)
def test_scopus_writes_families_first(tmp_path: Path, authors: str, names: tuple[str, ...]) -> None:
    text = f'Title,Abstract,Authors\nA,Bats.,"{authors}"\n'
    assert first_of(tmp_path / "a.csv", text).authors == names


def test_bibtex_s_texts_are_joined(tmp_path: Path) -> None:
    paper = first_of(
        tmp_path / "a.bib",
        '@string{jo = "Journal"}\n@string{jw = jo # { of Whales}}\n'
        '@article{a, title = "Whales {#}1" # { sing}, abstract = {C# is no song.},'
        ' journal = jw # ", Part " # 2, note = {a # {b {c {d {e}}}}}, doi = {10.1000/m_{1}}}\n',
    )
    assert (paper.title, paper.abstract) == ("Whales #1 sing", "C# is no song.")
    assert (paper.venue, paper.facts.doi) == ("Journal of Whales, Part 2", "10.1000/m_1")


@pytest.mark.parametrize(
    ("field", "arxiv"),
    [
        ("howpublished={arXiv:2001.00001}", "2001.00001"),
        (r"howpublished={\url{https://arxiv.org/abs/2001.00001}}", "2001.00001"),
        ("note={arXiv preprint arXiv:2001.00001v2 [cs.CV]}", "2001.00001"),
        ("note={Comment on arXiv:2001.00001}", ""),
    ],
)
def test_bibtex_s_notes_may_be_an_arxiv_id(tmp_path: Path, field: str, arxiv: str) -> None:
    text = f"@misc{{a, title={{A}}, abstract={{Bats.}}, {field}}}\n"
    assert first_of(tmp_path / "a.bib", text).facts.arxiv_id == arxiv


@pytest.mark.parametrize(
    ("update", "retracted"),
    [
        ({}, False),
        ({"updated-by": [{"type": "retraction", "DOI": "10.1000/notice"}]}, True),
        ({"updated-by": [{"type": "correction", "DOI": "10.1000/notice"}]}, False),
        ({"update-to": [{"type": "retraction", "DOI": "10.1000/other"}]}, False),
        ({"update-to": [{"type": "retraction", "DOI": "10.1000/CR"}]}, True),
    ],
)
def test_crossref_s_reply_on_one_work(
    tmp_path: Path, update: dict[str, object], retracted: bool
) -> None:
    work = {"indexed": {"date-parts": [[2020]]}, "DOI": "10.1000/cr", "type": "journal-article",
            "title": ["Bats"], "abstract": "They fly.", "issued": {"date-parts": [[2016]]}}  # fmt: skip
    reply = {"status": "ok", "message-type": "work", "message": {**work, **update}}
    for indent in (None, 1):
        paper = first_of(tmp_path / "cr.json", json.dumps(reply, indent=indent))
        assert (paper.id, paper.year) == ("doi:10.1000/cr", 2016)
        assert paper.facts.retracted == retracted


def test_papers_are_a_sequence_that_can_be_read_again(tmp_path: Path) -> None:
    records: list[dict[str, object]] = [
        {"title": f"Title {n}", "abstract": f"Text {n}."} for n in range(1_200)
    ]
    papers = read([write_records(tmp_path / "many.jsonl", records)]).papers
    assert [one.title for one in papers] == [str(record["title"]) for record in records]
    assert len(list(papers)) == len(papers) == 1_200
    assert papers[-1].title == "Title 1199"
    assert [one.title for one in papers[10:12]] == ["Title 10", "Title 11"]
    with pytest.raises(IndexError):
        papers[1_200]


# Folders, standard input, progress, notes.


def test_a_folder_is_read_and_the_rest_counted(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    for name in ("zotero.json", "library.bib"):
        (inner / name).write_bytes((SAMPLES / name).read_bytes())
    write_records(tmp_path / "a.jsonl", [{"title": "First", "abstract": "Bats fly."}])
    (tmp_path / "notes.txt").write_text("things to do\n")
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7\n")
    (tmp_path / "broken.bib").write_text("@article{a, title={A}\n")
    (tmp_path / ".hidden.bib").write_text("@article{a, title={A}\n")
    if sys.platform != "win32":
        (inner / "circle").symlink_to(tmp_path)
    found = read([tmp_path])
    assert [one.title for one in found.papers][0] == "First"
    assert len(found.papers) == 1 + 4 + 2
    folder = tmp_path.name
    assert f"{folder}: 2 files of no known format passed over (notes.txt, paper.pdf)" in found.notes
    assert any(
        note.startswith("broken.bib:1: ") and "file is left out" in note for note in found.notes
    )
    with pytest.raises(SourceError, match=r"^broken.bib:1: "):
        read([tmp_path], strict=True)


def test_a_folder_of_nothing_known(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("things to do\n")
    with pytest.raises(
        SourceError, match=r"this is a folder with no file of a known format .*1 others"
    ):
        read([tmp_path])


@pytest.mark.slow
def test_standard_input_and_columns_on_the_command_line(run: Run, tmp_path: Path) -> None:
    text = (SAMPLES / "asreview.csv").read_text("utf-8")
    done = run("ingest", "-", "--corpus", "own", "--column", "title=first_authors", stdin=text)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 papers: 2 added")
    assert (
        "  standard input: title from “first_authors”, abstract from “notes_abstract”"
        in done.stdout
    )
    shown = run("papers", "--corpus", "own", "--json").stdout
    assert [json.loads(line)["title"] for line in shown.splitlines()] == ["Lee, Ann", "Yu, Bo"]
    for arguments, says in (
        (("--column", "title=A"), "--column goes with a table"),
        (("-", "--column", "titel=A"), "give it as FIELD=NAME, the field one of title, abstract"),
    ):
        refused = run("ingest", *arguments)
        assert (refused.returncode, says in refused.stderr) == (2, True), refused.stderr


def test_progress_is_told_in_records_and_bytes(tmp_path: Path) -> None:
    records: list[dict[str, object]] = [
        {"title": f"Title {n}", "abstract": f"Text {n}. " * 40} for n in range(2_000)
    ]
    path = write_records(tmp_path / "many.jsonl", records)
    packed = tmp_path / "more.jsonl.gz"
    packed.write_bytes(gzip.compress((SAMPLES / "s2_papers.jsonl").read_bytes()))
    calls: list[tuple[int, int]] = []
    read([path, packed], watch=lambda *more: calls.append(more))
    assert sum(one for one, _ in calls) == 2_001
    assert sum(size for _, size in calls) == size_of([path, packed])
    assert size_of([tmp_path]) == size_of([path, packed])
    begun = next(place for place, (one, _) in enumerate(calls) if one)
    assert sum(size for _, size in calls[:begun]) < path.stat().st_size


def test_notes_are_bounded(tmp_path: Path) -> None:
    lines = ["no json"] * (MOST_NOTES + 500) + ['{"title": "A", "abstract": "Bats fly."}']
    (tmp_path / "bad.jsonl").write_text("\n".join(lines))
    found = read([tmp_path / "bad.jsonl"])
    assert found.refused == MOST_NOTES + 500
    assert len(found.notes) == MOST_NOTES + 1
    assert found.notes[-1] == "500 more such records"


def test_records_without_abstracts_alone_are_no_papers(tmp_path: Path) -> None:
    (tmp_path / "a.bib").write_text("@book{a, title={A}, author={B}}\n@book{b, title={B}}\n")
    with pytest.raises(SourceError, match="none of the 2 records has an abstract"):
        read([tmp_path / "a.bib"])


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.pdf", b"%PDF-1.7\n%\xe2\xe3", "a PDF has no records; export its reference"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "Excel file of before 2007"),
        ("a.zip", b"PK\x03\x04" + bytes(26) + b"papers.bib", "an archive; unpack it"),
        ("a.html", b"<!DOCTYPE html>\n<html>", "this is a web page"),
        ("a.xml", b"<rdf:RDF xmlns:rdf='x'/>", "this XML is not among them; export as RIS or BibTeX"),
        ("a.sqlite", b"SQLite format 3\0" + bytes(80), "a database; export the library"),
        ("a.odd", b"\0\1\2", "a.odd: this is a binary file"),
        ("a.odd", b"words\n", r"a.odd: unknown format; understood are .*BibTeX.*nor does '.odd' name one"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_papers_is_told_what_helps(
    tmp_path: Path, name: str, data: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError, match=says):
        read([tmp_path / name])


# Hostile and damaged files.

BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{}]>
<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>&z;</PMID></MedlineCitation></PubmedArticle></PubmedArticleSet>"""


def test_xml_that_would_explode_is_refused(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY {chr(97 + n)} "{f"&{chr(96 + n)};" * 10}">' for n in range(1, 26))
    (tmp_path / "bomb.xml").write_text(BOMB.format(entities))
    with pytest.raises(SourceError, match="bomb.xml: XML that defines entities of its own"):
        read([tmp_path / "bomb.xml"])
    secret = tmp_path / "secret"
    secret.write_text("a secret")
    outside = f'<!ENTITY z SYSTEM "{secret.as_uri()}">'
    (tmp_path / "outside.xml").write_text(BOMB.format(outside))
    with pytest.raises(SourceError, match="outside.xml: XML that defines entities of its own"):
        read([tmp_path / "outside.xml"])


def test_xml_that_is_cut_off_is_named(tmp_path: Path) -> None:
    text = (SAMPLES / "pubmed.xml").read_text("utf-8")
    (tmp_path / "cut.xml").write_text(text[: text.index("<PubmedBookArticle>")])
    with pytest.raises(SourceError, match=r"cut.xml:22: no well-formed XML"):
        read([tmp_path / "cut.xml"])


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_a_packed_file_that_is_cut_off_is_named(tmp_path: Path, suffix: str) -> None:
    pack = gzip.compress if suffix == "gz" else zstandard.ZstdCompressor().compress
    lines = "".join(f'{{"title": "T {n}", "abstract": "{n * 7919}"}}\n' for n in range(9_000))
    path = tmp_path / f"papers.jsonl.{suffix}"
    whole = pack(lines.encode())
    damaged = bytearray(whole)
    damaged[len(whole) // 2 : len(whole) // 2 + 50] = b"\xff" * 50
    for data in (whole[: len(whole) // 2], bytes(damaged), whole[:4] + b"nonsense"):
        path.write_bytes(data)
        with pytest.raises(SourceError, match=rf"papers.jsonl.{suffix}: .*(damaged|empty)"):
            read([path])


def test_a_quotation_mark_left_open_costs_one_row(tmp_path: Path) -> None:
    rows = "".join(f"Title {n},Whale {n} sings out loud.\n" for n in range(9_000))
    path = tmp_path / "open.csv"
    path.write_text(f'title,abstract\nBefore,Bats fly.\nBad,"never closed\n{rows}')
    found = read([path])
    assert found.refused == 1
    assert any(note.startswith("open.csv:3: a row that cannot be read") for note in found.notes)
    assert found.papers[0].title == "Before"
    assert found.papers[-1].title == "Title 8999"
    path.write_text(f"title,abstract\nA,{'x' * 1_000_000}\nAfter,Bats fly.\n")
    found = read([path])
    assert ([one.title for one in found.papers], found.refused) == (["After"], 1)


def test_braces_that_do_not_close_cost_one_entry(tmp_path: Path) -> None:
    entries = [
        f"@article{{k{n},\n title = {{T {n}}},\n abstract = {{Whale {n}.}}\n}}\n" for n in range(6)
    ]
    entries[1] = "@article{k1, title = {{{{T}, abstract = {Lost.}\n"
    entries[3] = "@article{k3, title = {T}}, year = 2000,\n abstract = {Lost.}\n}\n"
    entries[5] += "@article{k6, title = " + "{" * 5_000
    (tmp_path / "odd.bib").write_text("".join(entries))
    found = read([tmp_path / "odd.bib"])
    assert [one.title for one in found.papers] == ["T 0", "T 2", "T 4", "T 5"]
    problems = [note for note in found.notes if "brace too many or too few" in note]
    assert [re.findall(r":(\d+):", note)[0] for note in problems] == ["5", "11", "21"]


def test_lines_and_objects_without_an_end_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("source", "formats.json_objects"):
        monkeypatch.setattr(f"ingest.{module}.LONGEST_LINE", 300_000)
    (tmp_path / "line.jsonl").write_text('{"title": "' + "x" * 900_000)
    with pytest.raises(SourceError, match=r"line.jsonl:1: a line of more than"):
        read([tmp_path / "line.jsonl"])
    (tmp_path / "array.json").write_text('[\n{"title": ' + '[{"a": 1}, ' * 90_000)
    with pytest.raises(SourceError, match=r"array.json:2: an object of more than"):
        read([tmp_path / "array.json"])
    assert LONGEST_LINE > 300_000


def test_an_array_that_ends_early_keeps_what_stands_before(tmp_path: Path) -> None:
    records = [{"title": f"Title {n}", "abstract": 'x } ] " \\ {' * 300} for n in range(200)]
    text = json.dumps(records, indent=1)
    assert len(text) > 5 * HEAD_SIZE
    (tmp_path / "whole.json").write_text(text)
    assert len(read([tmp_path / "whole.json"]).papers) == 200
    (tmp_path / "cut.json").write_text(text[:-50])
    found = read([tmp_path / "cut.json"])
    assert (len(found.papers), found.refused) == (199, 1)
    line = text[: text.index('"Title 199"')].count("\n")
    assert found.notes[0].startswith(f"cut.json:{line}: no JSON")


# Memory.

STREAMED = """
import re, sys
from pathlib import Path
from ingest.read import read
found = read([Path(sys.argv[1])])
first = sum(1 for _ in found.papers)
# Not ru_maxrss, which begins with what the process had before it became this program.
most = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(first, len(found.papers), int(most[1]) // 1024)
"""


def snapshot(path: Path, megabytes: int) -> int:
    """Write an arXiv snapshot that unpacks to so many megabytes; return the number of its papers."""
    size = number = 0
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        while size < megabytes << 20:
            record = {
                "id": f"{1000 + number // 90_000}.{10_000 + number % 90_000}",
                "title": f"A title of paper {number}",
                "abstract": f"Paper {number} says $\\alpha$ and more. "
                + "Words are many here. " * 70,
                "categories": "cs.CV",
                "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}],
                "update_date": "2008-11-26",
                "authors_parsed": [["Lee", "Ann", ""], ["Yu", f"Bo {number}", ""]],
            }
            line = json.dumps(record) + "\n"
            file.write(line)
            size, number = size + len(line), number + 1
    return number


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory as Linux counts it")
def test_a_large_file_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json.gz"
    count = snapshot(path, 100)
    arguments = [sys.executable, "-c", textwrap.dedent(STREAMED), str(path)]
    first, again, megabytes = map(int, subprocess.check_output(arguments, text=True).split())
    assert (first, again) == (count, count)
    assert megabytes < 150  # and it does not grow with the file
