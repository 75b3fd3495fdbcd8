"""Without the packages of the extra `eval` the rest works, and `paper-assistant eval` says what to
install."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# A package whose entry is None cannot be imported.
WITHOUT = """
import sys
sys.modules[{package!r}] = None
sys.argv[0] = "paper-assistant"
from assistant.cli.app import main
main()
"""


def run_without(package: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT.format(package=package), *arguments]
    root = Path(__file__).parent.parent
    environment = {"PAPER_ASSISTANT_DATA_DIR": str(folder), "PYTHONPATH": str(root)}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment, timeout=60
    )


@pytest.mark.parametrize("package", ["ir_measures", "matplotlib"])
@pytest.mark.parametrize(
    "arguments", [(), pytest.param(("--compare", "a.json", "b.json"), marks=pytest.mark.slow)]
)
def test_eval_names_the_extra_it_needs(
    package: str, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    done = run_without(package, tmp_path, "eval", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    clone = Path(__file__).parent.parent
    assert f"-m pip install --editable '{clone}[eval]'" in done.stderr
    assert done.stderr.strip().count("\n") == 0


def test_feedback_needs_no_extra(tmp_path: Path) -> None:
    done = run_without("ir_measures", tmp_path, "feedback", "--make", "questions")
    assert (done.returncode, done.stderr) == (0, "")
    assert "nobody has said anything" in done.stdout
