"""The Python in the documents runs, over the bundled papers and with a model that a test server
stands for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.openai_server import Server

DOCS = Path(__file__).parent.parent / "docs"
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def python_blocks(document: str) -> list[str]:
    """Return the fenced blocks of Python, each after as many empty lines as stand before it."""
    found = _BLOCK.finditer(document)
    return ["\n" * document[: match.start(1)].count("\n") + match[1] for match in found]


def test_blocks_keep_their_line_numbers() -> None:
    document = "A\n```python\nx = 1\n```\n```sh\nls\n```\n```python\n1 / 0\n```\n"
    first, second = python_blocks(document)
    assert (first, second) == ("\n\nx = 1\n", "\n" * 8 + "1 / 0\n")


@pytest.mark.parametrize("name", ["api.md", "programs.md"])
def test_the_python_of_the_documentation_runs(
    name: str, server: Server, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run the blocks in their order, as one program: a later one may use what an earlier one
    made."""
    monkeypatch.setenv("PAPER_ASSISTANT_DATA_DIR", str(data_dir))
    monkeypatch.chdir(tmp_path)
    document = DOCS / name
    blocks = python_blocks(document.read_text("utf-8"))
    assert blocks
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in blocks:
        exec(compile(block, str(document), "exec"), namespace)
