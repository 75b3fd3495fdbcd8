"""Reading: saved pages, JSON Lines, and what is wrong with them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.errors import SourceError
from assistant.types import Paper
from ingest.formats.huggingface_page import read_page
from ingest.identify import title_key
from ingest.read import read_papers
from ingest.repair import repair

BANNER = "Get trending papers in your email inbox once a day!\nGet trending papers in your email inbox!\n"
PAGE = (
    BANNER
    + "SubscribeFirst: A Title\nThe first abstract is here.\nSecond Title\nThe second abstract is here."
)


def test_bundled_corpus_is_whole(corpus: list[Paper]) -> None:
    assert len(corpus) == 219
    assert len({paper.id for paper in corpus}) == 219
    assert corpus[0].title == "DeiT III: Revenge of the ViT"
    assert corpus[1].id == "arxiv:2212.11565"
    assert corpus[1].url == "https://arxiv.org/abs/2212.11565"
    assert corpus[1].year == 2022
    assert corpus[1].authors[0] == "Jay Zhangjie Wu"
    assert corpus[-1].abstract.endswith("https://github.com/OpenGVLab/VideoMAEv2.")
    assert "https://github.com/OpenGVLab/VideoMAEv2" in corpus[-1].links


def test_paper_without_an_address_gets_a_search_marked_as_one(corpus: list[Paper]) -> None:
    (unknown,) = [paper for paper in corpus if paper.url_is_search]
    assert unknown.url.startswith("https://arxiv.org/search/?query=Jointly+Predicting")
    assert re.fullmatch(r"jointly-predicting-[a-z-]+-[0-9a-f]{6}", unknown.id)


def test_only_scrape_damage_is_repaired(corpus: list[Paper]) -> None:
    text = "\n".join(paper.abstract for paper in corpus)
    assert "problem—One-Shot" in text
    assert "x2014" not in text
    assert "https;" not in text
    assert "2.8times faster" in text
    assert repair("F_{1} of 512x2014 pixels, 2.8times faster, a {\\textbf P}") == (
        "F_{1} of 512x2014 pixels, 2.8times faster, a {\\textbf P}"
    )


@pytest.mark.parametrize(
    "text",
    [
        PAGE,
        PAGE.replace("\n", "\r\n"),
        PAGE.replace("\n", "\n\n"),
        "\ufeff" + PAGE,
        PAGE.replace("Subscribe", "Subscribe\n"),
        PAGE + "\n\n",
    ],
)
def test_page_is_read_through_harmless_differences(text: str) -> None:
    assert read_page(text, "page.txt") == [
        ("First: A Title", "The first abstract is here."),
        ("Second Title", "The second abstract is here."),
    ]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (PAGE.rsplit("\n", 1)[0], 5, "no abstract after it"),
        (BANNER + "SubscribeOnly a title", 3, "no abstract after it"),
        ("Something else\n" + PAGE, 1, "not a saved Hugging Face papers page"),
        (PAGE.replace("Subscribe", ""), 3, "not a saved Hugging Face papers page"),
        (PAGE.replace("First: A Title", "word " * 100), 3, "a title was expected"),
        (BANNER, 1, "not a saved Hugging Face papers page"),
        (
            f"{BANNER}SubscribeA\n{'a b ' * 100}\nB\nC\n{'c d ' * 100}\nD\n{'e f ' * 100}",
            7,
            "a title was expected",
        ),
    ],
)
def test_page_errors_name_the_line(text: str, line: int, says: str) -> None:
    with pytest.raises(SourceError, match=says) as caught:
        read_page(text, "page.txt")
    if line > 1 or text.startswith("Something"):
        assert f"page.txt:{line}:" in str(caught.value)


def test_bibliography_beside_a_page_is_joined_by_title(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(PAGE, "utf-8")
    (tmp_path / "bibliography.jsonl").write_text(
        '{"title": "second title", "arxiv_id": "2401.00001", "year": 2024}\n'
    )
    first, second = read_papers([page])
    assert (first.year, first.url_is_search) == (None, True)
    assert (second.id, second.year, second.url) == (
        "arxiv:2401.00001",
        2024,
        "https://arxiv.org/abs/2401.00001",
    )


def test_json_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_text(
        '{"title": "A", "abstract": "B is here.", "doi": "10.1145/3292500", "authors": "Ann Lee; Bo Yu", "venue": "X"}\n'
        '{"_id": "7", "title": "C", "text": "D is here, see https://a.b/c."}\n',
        "utf-8",
    )
    first, second = read_papers([path])
    assert (first.id, first.url) == ("doi:10.1145/3292500", "https://doi.org/10.1145/3292500")
    assert first.authors == ("Ann Lee", "Bo Yu")
    assert second.links == ("https://a.b/c",)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("empty.txt", b"", "the file is empty"),
        ("binary.txt", b"\x00\x01\x02" * 50, "binary file"),
        ("latin.txt", "Unterschätzt".encode("latin-1"), "not UTF-8"),
        ("bad.jsonl", b'{"title": "A"\n', "bad.jsonl:1: not a JSON object"),
        ("list.jsonl", b"[1, 2]\n", "list.jsonl:1: expected a JSON object"),
        ("title.jsonl", b'{"title": "A"}\n', "title.jsonl:1: the record has no abstract"),
        (
            "year.jsonl",
            b'{"title": "A", "abstract": "B.", "year": "soon"}\n',
            "year.jsonl:1: 'soon' is not a year",
        ),
        ("id.jsonl", b'{"title": "A", "abstract": "B.", "arxiv_id": "x"}\n', "is not an arXiv id"),
        ("bom.jsonl", b"\xef\xbb\xbf\n", "the file is empty"),
        ("inf.jsonl", b'{"title": "A", "abstract": "B.", "year": 1e999}\n', "is not a year"),
        ("digits.jsonl", b'{"year": ' + b"9" * 5000 + b"}", "not a JSON object"),
        (
            "nothing.jsonl",
            b'{"title": "A", "abstract": "\\u200b"}\n',
            "has no words in its abstract",
        ),
        ("note.txt", b"just a line of text\n", "note.txt:1: this is not a saved"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(SourceError, match=says):
        read_papers([path])


def test_invisible_damage_is_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_text(
        '{"title": "A\\u001b]0;x\\u0007 title \\ud800", "abstract": "B\\u001b[2J is here."}\n'
    )
    (found,) = read_papers([path])
    assert (found.title, found.abstract) == ("A ]0;x title ?", "B [2J is here.")


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        read_papers([tmp_path / "nowhere.txt"])
    with pytest.raises(SourceError, match="this is a folder"):
        read_papers([tmp_path])


def test_titles_are_joined_through_spelling() -> None:
    assert title_key("BEiT: BERT Pre-Training—of “Images”") == title_key(
        "beit bert pretraining of images"
    )
