"""The examples run over the bundled papers, and the notebook prints what it says it printed."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import pytest

from tests.conftest import read_papers
from tests.notebook import NOTEBOOK, code_cells, kept_output, run_cells

EXAMPLES = NOTEBOOK.parent
TOLD = {
    "ask_and_check": ("characters 363 to 555", "the abstract says 24M, not 30M"),
    "langchain_parts": ("- SimDA: ", "ask_papers: **[DeiT III", "an object: list, 1 source"),
    "openai_client": ("models: default", "[2] Tune-A-Video", "Jay Zhangjie Wu"),
}


def test_every_example_is_run() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(TOLD)
    assert {path.stem for path in EXAMPLES.glob("*.ipynb")} == {NOTEBOOK.stem}


@pytest.mark.parametrize("name", TOLD)
def test_an_example_runs(
    name: str,
    data_dir: Path,
    api_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PAPER_ASSISTANT_DATA_DIR", str(data_dir))
    monkeypatch.setattr(sys, "argv", [name, api_url])
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert [words for words in TOLD[name] if words not in printed] == []


def test_the_notebook_prints_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPER_ASSISTANT_DATA_DIR", str(tmp_path))
    cells = code_cells(json.loads(NOTEBOOK.read_text("utf-8")))
    assert run_cells(cells) == [kept_output(cell) for cell in cells]


def test_the_library_is_of_the_bundled_papers(corpus: list) -> None:
    """Its abstracts are those of real papers, whatever is edited in the file."""
    bundled = {paper.id: paper.abstract for paper in corpus}
    library = read_papers([EXAMPLES / "library.bib"])
    assert [paper.abstract for paper in library] == [bundled[paper.id] for paper in library]
