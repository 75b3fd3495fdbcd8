"""Reading: saved pages, JSON Lines, and what is wrong with them."""

from __future__ import annotations

import json
import logging
import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.composing.extractive.citing import title_link
from assistant.errors import SourceError
from assistant.index.layout import Folder
from assistant.models.minilm import MiniLM
from assistant.text.sentences import LONGEST_SENTENCE, sentences
from assistant.types import Paper
from ingest.author_names import LONGEST_NAME
from ingest.index import Plan, index
from ingest.read import ReadResult, read
from ingest.record_fields import (
    LONGEST_ABSTRACT,
    LONGEST_URL,
    MOST_AUTHORS,
    MOST_SENTENCES,
    repair,
    slug_id,
    title_key,
)
from tests.conftest import Run, read_papers, write_records

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


def test_paper_without_an_address_gets_none(corpus: list[Paper]) -> None:
    (unknown,) = [paper for paper in corpus if not paper.page]
    assert (unknown.url, unknown.url_is_search) == ("", False)
    assert re.fullmatch(r"jointly-predicting-[a-z-]+-[0-9a-f]{6}", unknown.id)


def read_page(text: str, folder: Path) -> Sequence[Paper]:
    (folder / "page.txt").write_bytes(text.encode())
    return read([folder / "page.txt"]).papers


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
def test_page_is_read_through_harmless_differences(text: str, tmp_path: Path) -> None:
    assert [(one.title, one.abstract) for one in read_page(text, tmp_path)] == [
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
def test_page_errors_name_the_line(text: str, line: int, says: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=says) as caught:
        read_page(text, tmp_path)
    if line > 1 or text.startswith("Something"):
        assert f"page.txt:{line}:" in str(caught.value)


def test_bibliography_beside_a_page_is_joined_by_title(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(PAGE, "utf-8")
    (tmp_path / "bibliography.jsonl").write_text(
        '{"title": "second title", "arxiv_id": "2401.00001", "year": 2024}\n'
    )
    first, second = read_papers([page])
    assert (first.year, first.page) == (None, "")
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
        ("cyrillic.txt", "Наука".encode("cp1251"), "not UTF-8"),
        ("bad.jsonl", b'{"title": "A"\n', "bad.jsonl:1: not a JSON object"),
        ("list.jsonl", b"[1, 2]\n", "list.jsonl:1: expected a JSON object"),
        ("title.jsonl", b'{"title": "A"}\n', "title.jsonl:1: the record has no abstract"),
        ("id.jsonl", b'{"title": "A", "abstract": "B.", "arxiv_id": "x"}\n', "is not an arXiv id"),
        ("bom.jsonl", b"\xef\xbb\xbf\n", "the file is empty"),
        ("digits.jsonl", b'{"year": ' + b"9" * 5000 + b"}", "not a JSON object"),
        (
            "nothing.jsonl",
            b'{"title": "A", "abstract": "\\u200b"}\n',
            "has no words in its abstract",
        ),
        ("note.txt", b"just a line of text\n", "note.txt:1: this is not a saved"),
        ("papers.csv", b"title,abstract\n", "papers.csv: no record in it"),
        ("papers.odd", b"title only\n", "papers.odd: unknown format; understood are saved"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(SourceError, match=says):
        read_papers([path])


def test_a_record_that_cannot_be_used_is_named_and_the_rest_goes_in(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_text(
        '{"title": "A", "abstract": "Zebras run."}\n'
        "no json\n"
        '{"title": "", "abstract": "Lions sleep."}\n'
        '{"title": "B", "abstract": "Bats fly.", "arxiv_id": "x"}\n'
        '{"title": "C", "abstract": "Owls see."}\n'
    )
    found = read([path])
    assert [paper.title for paper in found.papers] == ["A", "C"]
    assert (found.refused, found.skipped) == (3, 0)
    for line, says in ((2, "not a JSON object"), (3, "has no title"), (4, "not an arXiv id")):
        assert any(
            note.startswith(f"mixed.jsonl:{line}: ") and says in note for note in found.notes
        )
    with pytest.raises(SourceError, match=r"mixed.jsonl:2: not a JSON object"):
        read([path], strict=True)
    path.write_text("no json\nnor this\n")
    with pytest.raises(SourceError, match=r"mixed.jsonl:1: .*; 1 more records cannot be used"):
        read([path])


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


def read_record(folder: Path, **fields: Any) -> tuple[Paper, list[str]]:
    """Return the paper of one record and what was told of it, without the place."""
    record = {"title": "A Title", "abstract": "A text.", **fields}
    found = read([write_records(folder / "papers.jsonl", [record])])
    return found.papers[0], [note.removeprefix("papers.jsonl:1: ") for note in found.notes]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ([{"authorId": "1", "name": "Ann Lee"}, {"authorId": None, "name": "Bo Yu"}], "Ann Lee|Bo Yu"),
        ([{"given": "Ann", "family": "Lee"}, {"first": "Bo", "middle": ["C."], "last": "Yu"}], "Ann Lee|Bo C. Yu"),
        ([{"author": {"display_name": "Ann Lee"}}], "Ann Lee"),
        ({"name": "Ann Lee"}, "Ann Lee"),
        ("Ann Lee", "Ann Lee"),
        ("Ann Lee, Bo Yu", "Ann Lee|Bo Yu"),
        ("Ann Lee, Bo Yu and Cy Zhou", "Ann Lee|Bo Yu|Cy Zhou"),
        ("Ann Lee, Bo Yu, and Cy Zhou", "Ann Lee|Bo Yu|Cy Zhou"),
        ("Lee, Ann; Yu, Bo", "Ann Lee|Bo Yu"),
        ("García Márquez, Gabriel; van Dam, Ann Jo", "Gabriel García Márquez|Ann Jo van Dam"),
        ("Lee, Ann and Yu, Bo and others", "Ann Lee|Bo Yu"),
        ("Lee, A., Yu, B., & Zhou, C.", "A. Lee|B. Yu|C. Zhou"),
        ("Smith, Jr., John; Yu, Bo", "John Smith Jr.|Bo Yu"),
        ("John Smith, Jr., Bo Yu", "John Smith Jr.|Bo Yu"),
        ("Ann Lee et al.", "Ann Lee"),
        ("王伟，李娜、张三", "王伟|李娜|张三"),
        (["Lee, Ann", "Bo Yu"], "Ann Lee|Bo Yu"),
        ('[{"name": "Cy Zhou"}, {"name": "Di Wu"}]', "Cy Zhou|Di Wu"),
        ("['Cy Zhou', \"Pat O'Hara\"]", "Cy Zhou|Pat O'Hara"),
        ("['Cy Zhou' 'Di Wu']", "Cy Zhou|Di Wu"),
        ("('Cy Zhou',)", "Cy Zhou"),
        (["{'name': 'Cy Zhou'}"], "Cy Zhou"),
        ("[Cy Zhou, Di Wu]", "Cy Zhou|Di Wu"),
        ("Cy Zhou | Di Wu|Ed Xu", "Cy Zhou|Di Wu|Ed Xu"),
        ("Cy Zhou\nDi Wu\r\n\nEd Xu\n", "Cy Zhou|Di Wu|Ed Xu"),
        ("Zhou, Cy\nWu, Di", "Cy Zhou|Di Wu"),
        ("Cy Zhou, Di Wu,\nEd Xu and\nFay Hu", "Cy Zhou|Di Wu|Ed Xu|Fay Hu"),
        ("Cy Zhou1,3, Di Wu2,* and Ed Xu†", "Cy Zhou|Di Wu|Ed Xu"),
        ("Cy Zhou$^{1,2}$, Di Wu³", "Cy Zhou|Di Wu"),
        ("王伟1，李娜2", "王伟|李娜"),
        (["Cy Zhou12", "Lab126"], "Cy Zhou|Lab126"),
        ([{"first_name": "Cy", "last_name": "Zhou"}, {"given": "Di", "surname": "Wu"}], "Cy Zhou|Di Wu"),
        ([{"literal": "The ATLAS Collaboration"}], "The ATLAS Collaboration"),
        ("", ""),
        ([], ""),
        (None, ""),
    ],
)  # fmt: skip
def test_authors_in_every_usual_form(tmp_path: Path, given: object, names: str) -> None:
    paper, notes = read_record(tmp_path, authors=given)
    assert ("|".join(paper.authors), notes) == (names, [])


@pytest.mark.parametrize(
    ("fields", "kept", "told"),
    [
        (
            {"authors": ["Ann Lee", None, {"b": 1}]},
            {"authors": ("Ann Lee",)},
            "None, {'b': 1} left",
        ),
        ({"authors": {"b": 1}}, {"authors": ()}, "{'b': 1} left out of the authors"),
        ({"authors": 7}, {"authors": ()}, "7 left out of the authors"),
        ({"authors": True}, {"authors": ()}, "True left out of the authors"),
        ({"authors": ["nan", "Ann Lee"]}, {"authors": ("Ann Lee",)}, "'nan' left out"),
        ({"authors": float("nan")}, {"authors": ()}, "the authors nan left out"),
        (
            {"authors": ["Ed Xu", "-", "?", "Unknown"]},
            {"authors": ("Ed Xu",)},
            "'-', '?', 'Unknown' left out of the authors",
        ),
        ({"authors": "Ed Xu, Anonymous"}, {"authors": ("Ed Xu",)}, "'Anonymous' left out"),
        ({"authors": '[{"name": "Ed Xu"'}, {"authors": ()}, "left out of the authors"),
        ({"authors": "Ed " + "X" * LONGEST_NAME}, {"authors": ()}, "left out of the authors"),
        (
            {"authors": "Xu, Ed, " * 50_000},
            {"authors": ("Ed Xu",) * MOST_AUTHORS},
            "50,000 authors are given; the first 5,000 are kept",
        ),
        (
            {"url": "https://a.b/" + "c" * LONGEST_URL},
            {"url": ""},
            "the url of 2,012 characters left out",
        ),
        ({"year": "'19"}, {"year": None}, 'the year "\'19" left out, being no year'),
        ({"year": [2019]}, {"year": None}, "the year [2019] left out"),
        ({"year": {}}, {"year": None}, "the year {} left out"),
        ({"year": True}, {"year": None}, "the year True left out"),
        ({"year": 0}, {"year": None}, "the year 0 left out"),
        ({"year": float("inf")}, {"year": None}, "the year inf left out"),
        ({"year": "forthcoming"}, {"year": None}, "the year 'forthcoming' left out"),
        ({"year": "2018-2019"}, {"year": None}, "the year '2018-2019' left out"),
        ({"venue": {}}, {"venue": None}, "the venue {} left out"),
        ({"venue": ["a", None]}, {"venue": None}, "the venue ['a', None] left out"),
        ({"venue": float("nan")}, {"venue": None}, "the venue nan left out"),
        ({"venue": "v" * 2_000_000}, {}, "the venue has 2,000,000 characters; its first 300"),
        ({"year": float("nan")}, {"year": None}, "the year nan left out"),
        ({"year": "2021-05-03"}, {"year": 2021}, "the year 2021 is taken from '2021-05-03'"),
        ({"year": "12 May 2016"}, {"year": 2016}, "the year 2016 is taken"),
        ({"url": {"a": 1}}, {"url": ""}, "the url {'a': 1} left out"),
        ({"title": "A title " * 200_000}, {}, "the title has 1,599,999 characters; its first 500"),
    ],
)
def test_odd_values_are_cleaned_and_told(
    tmp_path: Path, fields: dict[str, Any], kept: dict[str, Any], told: str
) -> None:
    paper, notes = read_record(tmp_path, **fields)
    assert {name: getattr(paper, name) for name in kept} == kept
    assert len(notes) == 1
    assert told in notes[0]


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"venue": {"name": "ICCV"}}, {"venue": "ICCV"}),
        ({"venue": ["ICCV"]}, {"venue": "ICCV"}),
        ({"year": 2021.0}, {"year": 2021}),
        ({"year": " 2021 "}, {"year": 2021}),
        ({"author": "Ed Xu and Fay Hu"}, {"authors": ("Ed Xu", "Fay Hu")}),
        ({"author": [{"name": "Ed Xu"}]}, {"authors": ("Ed Xu",)}),
    ],
)
def test_other_forms_of_a_value_are_nothing_odd(
    tmp_path: Path, fields: dict[str, Any], kept: dict[str, Any]
) -> None:
    paper, notes = read_record(tmp_path, **fields)
    assert {name: getattr(paper, name) for name in kept} == kept
    assert notes == []


@pytest.mark.parametrize("field", ["venue", "authors", "url"])
def test_a_deep_value_is_told_as_any_other(tmp_path: Path, field: str) -> None:
    path = tmp_path / "papers.jsonl"
    deep = '{"author": ' * 800 + "1" + "}" * 800
    path.write_text(f'{{"title": "A", "abstract": "B.", "{field}": {deep}}}')
    (note,) = read([path]).notes
    assert "left out" in note
    assert len(note) < 300


def test_a_key_that_stands_twice_is_told(tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_text(
        '{"title": "A", "title": "B", "abstract": "C."}\n{"title": "D", "abstract": "E."}'
    )
    found = read([path])
    assert [paper.title for paper in found.papers] == ["B", "D"]
    assert found.notes == ("papers.jsonl:1: a key stands twice; the last one counts",)


def test_an_abstract_of_many_sentences_is_cut_and_told(tmp_path: Path) -> None:
    paper, notes = read_record(tmp_path, abstract="We do it. " * 16_000)
    assert len(sentences(paper.abstract)) == MOST_SENTENCES
    assert notes == [
        f"the abstract has 159,999 characters; its first {len(paper.abstract):,} (500 sentences) are kept"
    ]
    shorter, notes = read_record(tmp_path, abstract="We do it. " * 300)
    assert (len(sentences(shorter.abstract)), notes) == (300, [])


def test_a_long_abstract_ends_with_a_whole_sentence(tmp_path: Path) -> None:
    paper, notes = read_record(tmp_path, abstract=("Words " * 60 + "end. ") * 400)
    assert 0.9 * LONGEST_ABSTRACT < len(paper.abstract) <= LONGEST_ABSTRACT
    assert paper.abstract.endswith("end.")
    assert len(notes) == 1
    endless, _ = read_record(tmp_path, abstract="a" * 190_000)
    assert LONGEST_ABSTRACT - LONGEST_SENTENCE <= len(endless.abstract) <= LONGEST_ABSTRACT


def test_a_text_without_latin_full_stops_is_bounded_and_told(tmp_path: Path) -> None:
    paper, notes = read_record(tmp_path, abstract="模型很大！" * 20_000)
    assert len(sentences(paper.abstract)) == MOST_SENTENCES
    assert paper.abstract == "模型很大！" * MOST_SENTENCES
    assert len(notes) == 1


def test_ligatures_are_bounded_by_what_they_unfold_to(tmp_path: Path) -> None:
    paper, notes = read_record(tmp_path, title="ﷺ" * 95_000, abstract="ﷺ" * 95_000)
    assert 0 < 18 * len(paper.abstract) <= LONGEST_ABSTRACT
    assert 18 * len(paper.title) <= 18 * 30
    assert len(notes) == 2


def test_titles_without_latin_letters_have_ids_of_their_own(tmp_path: Path) -> None:
    generator = random.Random(0)
    titles = {
        "".join(chr(generator.randrange(0x4E00, 0x9FA5)) for _ in range(12)) for _ in range(20_000)
    }
    assert len({slug_id(title) for title in titles}) == len(titles)
    assert len(slug_id("深度学习")) == 16
    assert re.fullmatch(r"bert-[0-9a-f]{16}", slug_id("BERT 的深度学习方法"))


def test_ids_of_latin_titles_stay_as_they_were() -> None:
    assert slug_id("Attention Is All You Need") == "attention-is-all-you-need-5563e1"
    assert slug_id("Über Größe: Łódź") == "uber-groe-odz-84d976"
    assert slug_id("Caf\u00e9") == slug_id("Cafe\u0301") == slug_id("Cafe!")


@pytest.mark.parametrize(
    "titles",
    [
        ("Compiling C++", "Compiling C#", "Compiling C"),
        ("की भाषा", "का भाषा", "क भाषा"),
        ("мой дом", "мои дом"),
        ("Learning β-VAE", "Learning γ-VAE", "Learning VAE"),
    ],
)
def test_titles_that_folding_could_confuse_have_long_ids(titles: tuple[str, ...]) -> None:
    ids = [slug_id(title) for title in titles]
    assert len(set(ids)) == len(titles)
    lengths = [len(identifier.rsplit("-", 1)[-1]) for identifier in ids]
    assert lengths == [6 if title.isascii() and title[-1].isalpha() else 16 for title in titles]


def test_papers_of_equal_id_are_told(tmp_path: Path) -> None:
    records: list[dict[str, object]] = [
        {"title": "Same", "abstract": "First."},
        {"title": "Same", "abstract": "First."},
        {"title": "same!", "abstract": "Second."},
    ]
    found: ReadResult = read([write_records(tmp_path / "papers.jsonl", records)])
    assert ([paper.abstract for paper in found.papers], found.repeated) == (["First."], 2)
    (note,) = found.notes
    assert re.fullmatch(
        r"papers.jsonl:3: another record of same-[0-9a-f]{6}; the first one is kept", note
    )


@pytest.mark.slow
def test_what_was_odd_is_printed_with_the_report(run: Run, tmp_path: Path) -> None:
    records: list[dict[str, object]] = [
        {"title": f"Title {n}", "abstract": f"Text {n}.", "venue": {}} for n in range(12)
    ]
    path = write_records(tmp_path / "odd.jsonl", [*records, records[0]])
    done = run("ingest", path, "--corpus", "odd")
    assert done.returncode == 0, done.stderr
    assert "; 1 record repeats a paper" in done.stdout
    lines = done.stdout.splitlines()
    assert lines[1] == "  odd.jsonl:1: the venue {} left out, being no text"
    assert (len(lines), lines[-1]) == (12, "  … and 3 more such records")


def test_an_ingest_logs_one_line(
    tmp_path: Path, embedder: MiniLM, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="ingest"):
        index(Plan([Paper("a", "A Title", "A text.")]), Folder(tmp_path), embedder)
    (record,) = [one for one in caplog.records if one.name.startswith("ingest")]
    assert record.levelname == "INFO"
    assert "added=1" in record.getMessage()


@pytest.mark.parametrize(
    ("fields", "page"),
    [
        ({"doi": "10.1145/3292500"}, "https://doi.org/10.1145/3292500"),
        ({"pmid": "31537801"}, "https://pubmed.ncbi.nlm.nih.gov/31537801/"),
        ({"doi": "10.1145/3292500", "pmid": "31537801"}, "https://doi.org/10.1145/3292500"),
        ({"arxiv_id": "2212.11565", "doi": "10.1/x1"}, "https://arxiv.org/abs/2212.11565"),
        ({"url": "https://a.org/1", "pmid": "31537801"}, "https://a.org/1"),
        ({}, ""),
    ],
)
def test_a_paper_leads_to_its_own_page_or_nowhere(
    tmp_path: Path, fields: dict[str, str], page: str
) -> None:
    file = tmp_path / "papers.jsonl"
    file.write_text(json.dumps({"title": "A Title", "abstract": "Whales sing.", **fields}))
    (paper,) = read_papers([file])
    assert (paper.page, paper.url, title_link(paper)) == (
        page,
        page,
        f"[A Title]({page})" if page else "*A Title*",
    )
