"""Runs docs/examples/own_papers.ipynb and keeps what its cells print: `python -m tests.notebook`.

The cells are plain Python that prints, so no kernel is needed, whose packages are thirty.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).parent.parent / "docs" / "examples" / "own_papers.ipynb"
Cell = dict[str, Any]


def code_cells(notebook: dict[str, Any]) -> list[Cell]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def run_cells(cells: list[Cell]) -> list[str]:
    """Return what each cell prints, run in their order as one program in the notebook's folder."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    printed = []
    with contextlib.chdir(NOTEBOOK.parent):
        for number, cell in enumerate(cells, 1):
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile("".join(cell["source"]), f"cell {number}", "exec"), namespace)
            printed.append(out.getvalue())
    return printed


def kept_output(cell: Cell) -> str:
    """Return what a cell's stored output says it printed."""
    return "".join("".join(output["text"]) for output in cell["outputs"])


def main() -> None:
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    cells = code_cells(notebook)
    with tempfile.TemporaryDirectory() as data:
        os.environ["PAPER_ASSISTANT_DATA_DIR"] = data
        printed = run_cells(cells)
    for number, (cell, text) in enumerate(zip(cells, printed, strict=True), 1):
        lines = text.splitlines(keepends=True)
        stream = {"name": "stdout", "output_type": "stream", "text": lines}
        cell |= {"execution_count": number, "outputs": [stream] if lines else []}
    NOTEBOOK.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
