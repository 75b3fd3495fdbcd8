"""How an extra is installed, as the messages say it, wherever the package came from."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from assistant import extras
from assistant.extras import how_to_install

CLONE = Path(__file__).parent.parent


def test_in_a_clone_it_is_the_readme_s_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CLONE)
    monkeypatch.setattr(sys, "executable", str(CLONE / ".venv" / "bin" / "python"))
    told = how_to_install("cite")
    assert told == ".venv/bin/python -m pip install --editable '.[cite]'"
    assert told.replace("cite", "cite,mcp") in (CLONE / "README.md").read_text("utf-8")


def test_elsewhere_a_clone_is_named_by_its_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", "/opt/my python/bin/python")
    told = how_to_install("local")
    assert told == f"'/opt/my python/bin/python' -m pip install --editable '{CLONE}[local]'"


@pytest.mark.parametrize(
    ("origin", "target"),
    [
        (None, "paper-assistant[cite]"),
        ({"url": "file:///a/p.whl", "archive_info": {}}, "paper-assistant[cite] @ file:///a/p.whl"),
        (
            {"url": "https://x.org/p.git", "vcs_info": {"vcs": "git", "requested_revision": "v1"}},
            "paper-assistant[cite] @ git+https://x.org/p.git@v1",
        ),
    ],
)
def test_without_a_clone_it_comes_from_where_the_package_came_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, origin: object, target: str
) -> None:
    about = tmp_path / "paper_assistant-0.1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: paper-assistant\nVersion: 0.1.0\n")
    if origin:
        (about / "direct_url.json").write_text(json.dumps(origin))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(extras, "_ROOT", tmp_path)
    assert Requirement(target).extras == {"cite"}
    assert how_to_install("cite") == f"{sys.executable} -m pip install '{target}'"
