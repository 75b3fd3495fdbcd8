"""`paper-assistant export`: conversations that are kept, and papers by filters."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bibtexparser
import docx
import pytest
import rispy

from assistant.cli.app import main
from assistant.history.conversations import FILE, Conversations
from assistant.types import Paper, Turn
from tests.bundled_index import copy_index
from tests.test_export_styles import ANSWER, TURNS

Export = Callable[..., tuple[int, str, str]]


@pytest.fixture
def export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Export:
    """Run the command on the test's folder: exit code, standard output, standard error."""
    monkeypatch.setenv("PAPER_ASSISTANT_DATA_DIR", str(tmp_path))

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["paper-assistant", "export", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


@pytest.fixture
def kept(tmp_path: Path) -> dict[str, str]:
    """Three conversations, the last another owner's: their ids by title."""
    store = Conversations(tmp_path / FILE)
    ids = {}
    for owner, title in (("local", "Video"), ("local", "What does SimDA tune?"), ("ada", "Hers")):
        ids[title] = store.begin(owner, "default", title)
        store.save(owner, ids[title], [*TURNS, Turn("and again?", replace(ANSWER, text="So [2]."))])
    store.close()
    return ids


def test_conversations_are_listed_a_line_each(export: Export, kept: dict[str, str]) -> None:
    code, out, _ = export()
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == [
        kept["What does SimDA tune?"],
        kept["Video"],
    ]
    assert re.fullmatch(r"\S{22}  \d{4}-\d\d-\d\d \d\d:\d\d  default  Video", out.splitlines()[1])
    _, out, _ = export("--json", "--user", "ada")
    assert json.loads(out)["id"] == kept["Hers"]


@pytest.mark.parametrize(
    "named", [("video",), ("Video",), ("--last",), ("what does", "simda tune?")]
)
def test_a_conversation_by_its_words_or_the_last(
    export: Export, kept: dict[str, str], named: tuple[str, ...]
) -> None:
    code, out, _ = export(*named)
    title = "Video" if named[0].lower() == "video" else "What does SimDA tune?"
    assert code == 0
    assert out.startswith(f"# {title}\n\n## what does SimDA tune?\n\nSimDA tunes 24M [2] [1].")
    assert "## and again?\n\nSo [2]." in out
    assert export("--", kept[title]) == (0, out, "")


def test_the_last_answer_in_a_style(export: Export, kept: dict[str, str]) -> None:
    code, out, _ = export("--answer", "--style", "apa")
    assert code == 0
    assert "what does SimDA tune?\n" not in out.partition("\n")[2]
    assert "So (Xing et al., 2023)." in out
    _, out, _ = export("--last", "--footnotes")
    assert "So[^3]." in out


def test_files_by_their_endings_are_not_overwritten(
    export: Export, kept: dict[str, str], tmp_path: Path
) -> None:
    target = tmp_path / "out" / "it.docx"
    code, _, err = export("--last", "-o", target)
    assert code == 2
    assert "does not exist; make it first" in err
    target.parent.mkdir()
    code, out, err = export("--last", "-o", target, "--style", "ieee")
    assert (code, out) == (0, "")
    assert "[1]" in " ".join(one.text for one in docx.Document(str(target)).paragraphs)
    before = target.read_bytes()
    code, _, err = export("--last", "-o", target)
    assert code == 2
    assert err == f"paper-assistant: {target} exists already; --force overwrites it\n"
    assert target.read_bytes() == before
    assert export("--last", "-o", target, "--force")[0] == 0
    assert target.read_bytes() != before
    assert [path.name for path in target.parent.iterdir()] == ["it.docx"]
    for name, start in (("a.html", "<!doctype html>"), ("a.json", "["), ("a.bib", "@"), ("a", "#")):
        export("--last", "-o", tmp_path / name)
        assert (tmp_path / name).read_text().startswith(start)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nothing like it",), "no conversation is called 'nothing like it'"),
        (("e",), "names 2 conversations; give an id: "),
        (("--last", "--to", "pdf"), "there is no export to 'pdf'; choose one of md, html, docx"),
        (("--last", "--to", "docx"), "a Word file is not for the terminal; add --output FILE.docx"),
        (("--last", "--to", "ris", "--style", "apa"), "ris has no style of citing"),
        (("--last", "--style", "apax"), "there is no style 'apax'; did you mean apa"),
        (("--last", "--style", "no.csl"), "the style no.csl cannot be read: there is no such file"),
        (("--last", "year>=2023"), "one of them"),
        (("video", "--last"), "one of them"),
        (("year>=abc",), "year"),
        (("--last", "--user", "bob"), "no conversation is kept under this name; see --user"),
    ],
)
def test_mistakes_are_told_in_a_line(
    export: Export, kept: dict[str, str], arguments: tuple[str, ...], told: str
) -> None:
    code, out, err = export(*arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1


def test_nothing_kept_makes_no_file(export: Export, tmp_path: Path) -> None:
    assert export()[1] == (
        "no conversation is kept yet; name filters to export papers, as year>=2023\n"
    )
    assert export("--last")[0] == 2
    assert not (tmp_path / FILE).exists()


def test_papers_by_filters(
    export: Export, tmp_path: Path, corpus: list[Paper], pytestconfig: pytest.Config
) -> None:
    copy_index(
        pytestconfig.rootpath / ".pytest_cache" / "d" / "bundled-index", tmp_path / "default"
    )
    wanted = {paper.title for paper in corpus if (paper.year or 0) >= 2025}
    _, out, _ = export("year>=2025", "--to", "bib")
    assert len(bibtexparser.parse_string(out).entries) == len(wanted)
    _, out, _ = export("year>=2025", "--to", "ris")
    assert {one["title"] for one in rispy.loads(out)} == wanted
    _, out, _ = export("year>=2025", "--to", "csl-json")
    assert {one["title"] for one in json.loads(out)} == wanted
    _, out, _ = export("year>=2025", "--to", "csv")
    assert {row["title"] for row in csv.DictReader(io.StringIO(out))} == wanted
    _, out, _ = export("year>=2025", "--style", "ieee")
    assert len(re.findall(r"^\\\[\d+\\\] ", out, re.MULTILINE)) == len(wanted)
    _, out, _ = export("--all", "--to", "csl-json")
    assert len(json.loads(out)) == len(corpus)
    code, _, err = export("author:nobody-at-all", "--to", "bib")
    assert code == 2
    assert "nothing to export" in err
