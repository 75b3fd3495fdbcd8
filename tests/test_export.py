"""References that other programs read back as they were meant."""

from __future__ import annotations

import csv
import io
import random
import re
from dataclasses import replace

import bibtexparser
import pytest
import rispy
from bibtexparser.middlewares import LatexDecodingMiddleware
from bibtexparser.model import Entry
from pylatexenc.latex2text import LatexNodes2Text

from assistant.history.export.bibtex import bibtex
from assistant.history.export.csv import csv_of
from assistant.history.export.references import line, own_url, published, reference, ris
from assistant.types import Citation, Paper, Span

PAPER = Paper(
    "arxiv:2308.09710", "SimDA: Simple Adapters", "We tune 24M.", ("Zhen Xing", "Ludwig van Dyke"), 2023, "CVPR 2024",
    "https://arxiv.org/abs/2308.09710",
)  # fmt: skip
NASTY = (
    "100% of R&D_x #1 costs $5", "{", "}", "a}b{c", "\\", "\\input{/etc/passwd}", "~ ^", "$x_1$ and $", "@article{a,", '"quoted"',
    "a\r\nTY  - JOUR\nER  - ", "\0\x1b[31m", "\ud800", "é ü ß Ł α → 王 😀", "%", "a , b", "and", "", "<b> | `c`", "ends\\",
)  # fmt: skip


def parsed(text: str) -> list[Entry]:
    decoder = LatexNodes2Text(math_mode="text")
    library = bibtexparser.parse_string(
        text, append_middleware=[LatexDecodingMiddleware(decoder=decoder)]
    )
    assert not library.failed_blocks
    assert not library.comments
    return library.entries


def nasty_papers(seed: int) -> list[Paper]:
    chance = random.Random(seed)

    def text() -> str:
        return " ".join(chance.choice([*NASTY, "word", "Name"]) for _ in range(chance.randrange(4)))

    urls = (
        "",
        "https://a.org/b_c%20d;e{f}#g\\",
        "javascript:alert(1)",
        "https://doi.org/10.1234/a_b%3C1%3E",
    )
    return [
        Paper(f"id {number}", text(), text(), (text(), text()), chance.choice([None, 1999]), chance.choice([None, text()]), chance.choice(urls))
        for number in range(5)
    ]  # fmt: skip


def test_bibtex_of_the_bundled_papers_is_read_back(corpus: list[Paper]) -> None:
    entries = parsed(bibtex(corpus))
    assert len({entry.key for entry in entries}) == len(entries) == len(corpus)
    for paper, entry in zip(corpus, entries, strict=True):
        fields = {name: field.value for name, field in entry.fields_dict.items()}
        # TeX makes a dash of two hyphens.
        assert fields["title"] == line(paper.title).replace("--", "–")
        assert fields.get("author", "") == " and ".join(
            "others" if name == "et al." else name for name in paper.authors
        )
        assert fields.get("url", "") == own_url(paper)
        assert fields.get("year", "") == str(paper.year or "")
        assert fields.get("eprint", "") == (
            paper.id.removeprefix("arxiv:") if paper.id.startswith("arxiv:") else ""
        )
        assert re.fullmatch(r"[a-z][a-z0-9]*(-\d+)?", entry.key)
    assert {entry.entry_type for entry in entries} == {"misc", "inproceedings", "article"}
    assert bibtex(corpus) == bibtex(corpus)


def test_bibtex_entry() -> None:
    assert bibtex([PAPER, PAPER]).split("\n\t") == [
        "@inproceedings{xing2023simda,",
        "author = {Zhen Xing and Ludwig van Dyke},",
        "title = {{SimDA}: Simple Adapters},",
        "year = {2023},",
        "booktitle = {CVPR 2024},",
        "eprint = {2308.09710},",
        "archivePrefix = {arXiv},",
        "url = {https://arxiv.org/abs/2308.09710}\n}\n",
    ]
    entries = parsed(
        bibtex(
            [PAPER, replace(PAPER, id="b", venue=None), replace(PAPER, id="c", venue="Nature 5(2)")]
        )
    )
    assert [entry.key for entry in entries] == [
        "xing2023simda",
        "xing2023simda-2",
        "xing2023simda-3",
    ]
    assert [entry.entry_type for entry in entries] == ["inproceedings", "misc", "article"]


@pytest.mark.parametrize("seed", range(60))
def test_no_characters_break_bibtex(seed: int) -> None:
    papers = nasty_papers(seed)
    text = bibtex(papers)
    entries = parsed(text)
    assert len(entries) == len(papers)
    for entry in bibtexparser.parse_string(text).entries:
        for field in entry.fields:
            value = str(field.value)
            # BibTeX itself counts braces without minding backslashes.
            depths = [
                value[:end].count("{") - value[:end].count("}") for end in range(len(value) + 1)
            ]
            assert min(depths) == depths[-1] == 0
            assert not re.search(r"[\0-\x1f\x7f]", value)
            if field.key not in ("url", "doi"):
                bare = re.sub(r"\\(?:[%&#$_]|[a-zA-Z]+|['`^\"~=.])", "", value)
                assert not re.search(r"[%&#$_~^\\]", bare), value
    for paper, entry in zip(papers, entries, strict=True):
        if "\\" not in paper.title and '"' not in paper.title:
            squeezed = (
                re.sub(r"\s+", " ", str(entry.fields_dict["title"].value))
                if "title" in entry.fields_dict
                else ""
            )
            assert squeezed == line(paper.title).replace("^", "ˆ")


def test_names_that_bibtex_would_take_apart() -> None:
    paper = replace(PAPER, authors=("Smith and Sons", "others", "a, b, c, d", "Jégou, Hervé", " "))
    assert (
        "author = {{Smith and Sons} and {others} and {a, b, c, d} and J{\\'e}gou, Herv{\\'e}}"
        in bibtex([paper])
    )


def test_ris_is_read_back(corpus: list[Paper]) -> None:
    text = ris(corpus)
    assert not re.search(r"^\d+\.$", text, re.MULTILINE)
    entries = rispy.loads(text)
    assert len(entries) == len(corpus)
    for paper, entry in zip(corpus, entries, strict=True):
        assert entry["title"] == line(paper.title)
        assert entry["abstract"] == line(paper.abstract)
        assert entry.get("year", "") == str(paper.year or "")
        assert entry.get("urls", []) == ([own_url(paper)] if own_url(paper) else [])
        assert len(entry.get("authors", [])) == len(paper.authors)
        venue = "journal_name" if published(paper) == "journal" else "secondary_title"
        assert entry.get(venue, "") == (paper.venue or "")


def test_ris_entry() -> None:
    [entry] = rispy.loads(ris([replace(PAPER, id="doi:10.1000/x", url="https://a.org/b;c")]))
    assert entry["type_of_reference"] == "CONF"
    assert entry["authors"] == ["Xing, Zhen", "van Dyke, Ludwig"]
    assert (entry["doi"], entry["urls"]) == ("10.1000/x", ["https://a.org/b%3Bc"])


@pytest.mark.parametrize("seed", range(30))
def test_no_characters_break_ris(seed: int) -> None:
    papers = nasty_papers(seed)
    entries = rispy.loads(ris(papers))
    assert [entry.get("title", "") for entry in entries] == [line(paper.title) for paper in papers]
    assert [entry.get("abstract", "") for entry in entries] == [
        line(paper.abstract) for paper in papers
    ]


def test_reference_as_text() -> None:
    assert (
        reference(PAPER) == "Zhen Xing, Ludwig van Dyke (2023). SimDA: Simple Adapters. CVPR 2024."
        " https://arxiv.org/abs/2308.09710"
    )
    assert (
        reference(replace(PAPER, authors=(), venue=None))
        == "SimDA: Simple Adapters (2023). https://arxiv.org/abs/2308.09710"
    )
    assert (
        reference(replace(PAPER, year=None, url_is_search=True))
        == "Zhen Xing, Ludwig van Dyke. SimDA: Simple Adapters. CVPR 2024."
    )
    assert reference(replace(PAPER, authors=("A B",) * 9, url="javascript:x")).startswith(
        "A B, A B, A B, A B, A B, A B, A B, A B et al. (2023). SimDA"
    )
    assert reference(Paper("a", "", "")) == "Untitled."


def test_a_search_is_no_address_of_a_paper() -> None:
    paper = replace(
        PAPER, id="slug", url="https://arxiv.org/search/?query=SimDA", url_is_search=True
    )
    assert "http" not in bibtex([paper]) + ris([paper]) + csv_of(
        [Citation(1, paper, ())]
    ) + reference(paper)


def test_csv_is_read_back() -> None:
    quotes = (Span('a "b", c', 0, 8), Span("-d", 9, 11))
    text = csv_of(
        [
            Citation(1, PAPER, quotes),
            Citation(2, replace(PAPER, title="=1+1", authors=(), year=None, venue="\t@x"), ()),
        ]
    )
    assert text.count("\r\n") == 3
    head, first, second = csv.reader(io.StringIO(text))
    assert (
        head
        == "number title authors year venue url id quotes "
        "doi arxiv_id pmid openalex_id s2_id type keywords categories cited_by note abstract".split()
    )
    assert first == [
        "1", "SimDA: Simple Adapters", "Zhen Xing; Ludwig van Dyke", "2023", "CVPR 2024", PAPER.url, PAPER.id, 'a "b", c | -d',
        "", "2308.09710", "", "", "", "", "", "", "", "", "We tune 24M.",
    ]  # fmt: skip
    assert second[:5] == ["2", "'=1+1", "", "", "'@x"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "＝"])
def test_no_cell_is_a_formula(start: str) -> None:
    paper = Paper(f"{start}1", f"{start}1", "", (f"{start}1",), None, f"{start}1")
    [_, row] = csv.reader(io.StringIO(csv_of([Citation(1, paper, (Span(f"{start}1", 0, 2),))])))
    assert all(not cell or cell.startswith("'") for cell in (*row[1:5], *row[6:]))
