"""What the Dockerfile says, as far as it can be run without a container engine."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pathspec
import pytest

from assistant.models.minilm import MiniLM
from assistant.settings import Settings
from tests.chromium import served

ROOT = Path(__file__).parent.parent
# The packages of the folder it runs in, not those of the checkout.
MAIN = """
import os, assistant, ingest, prompts
for package in (assistant, ingest, prompts):
    assert package.__file__.startswith(os.getcwd()), package
from assistant.cli.app import main
main()
"""
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LINES = re.sub(r"^#.*\n|\\\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)


def instructions(keyword: str) -> list[str]:
    return re.findall(rf"^{keyword} +(.+)$", LINES, re.MULTILINE)


def copied() -> dict[str, str]:
    """Return where each file and folder of the checkout goes in the first stage."""
    found = {}
    for line in instructions("COPY"):
        if not line.startswith("--from"):
            *sources, target = line.split()
            folder = target.endswith("/")
            found |= {source: f"{target}{source}" if folder else target for source in sources}
    return found


def test_all_that_the_package_is_built_of_is_copied() -> None:
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    about = PROJECT["project"]
    assert set(copied()) == {
        "pyproject.toml", about["readme"], *about["license-files"], *packages,
    }  # fmt: skip


def test_what_the_wheel_leaves_out_is_there_and_nothing_in_it_imports_it() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    left = [ROOT / one.lstrip("/") for one in wheel["exclude"]]
    assert all(path.exists() for path in left)
    modules = [path for path in left if path.suffix == ".py"]
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in modules}
    for package in wheel["packages"]:
        for path in {*(ROOT / package).rglob("*.py")} - {*modules}:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module:
                    found = {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
                    assert not found & names, path


def test_the_image_has_extras_that_there_are() -> None:
    (argument,) = instructions("ARG")
    extras = set(argument.removeprefix("EXTRAS=").split(","))
    assert extras <= set(PROJECT["project"]["optional-dependencies"])


@pytest.mark.slow
def test_what_is_copied_is_enough_to_index_and_answer(tmp_path: Path) -> None:
    """As Docker does, but for installing: copy what .dockerignore lets through, and run that."""
    build, data = tmp_path / "build", tmp_path / "data"
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    ignored = pathspec.PathSpec.from_lines("gitignore", lines)  # as in Docker, the last counts
    for source, target in copied().items():
        path = ROOT / source
        for file in path.rglob("*") if path.is_dir() else [path]:
            place = build / target / file.relative_to(path)
            if file.is_file() and not ignored.match_file(file.relative_to(ROOT)):
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, place)
    assert not list(build.rglob("__pycache__"))
    indexing = next(line for line in instructions("RUN") if line.endswith(" ingest"))
    for command in (indexing.split()[1:], ["--data-dir", "/data", "ask", "what does SimDA tune?"]):
        given = [str(data) if word == "/data" else word for word in command]
        done = subprocess.run(
            [sys.executable, "-c", MAIN, *given],
            env={**os.environ, "PYTHONPATH": str(build)}, cwd=build, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
    assert "24M" in done.stdout


def test_the_port_is_the_page_s() -> None:
    assert instructions("EXPOSE") == [str(Settings.model_fields["port"].default)]


def test_the_health_check_asks_behind_the_password(data_dir: Path, embedder: MiniLM) -> None:
    (line,) = instructions("HEALTHCHECK")
    _, *command = json.loads(line.partition("CMD ")[2])

    def healthy(port: str, password: str) -> bool:
        given = {"PAPER_ASSISTANT_PORT": port, "PAPER_ASSISTANT_PASSWORD": password}
        done = subprocess.run(
            [sys.executable, *command], env={**os.environ, **given}, stderr=subprocess.DEVNULL
        )
        return done.returncode == 0

    with served(data_dir, embedder, password="öffne dich") as site:
        port = site.url.rstrip("/").rpartition(":")[2]
        assert healthy(port, "öffne dich")
        assert not healthy(port, "")
    # The port that was the site's may be another test's by now.
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        assert not healthy(str(nobody.getsockname()[1]), "öffne dich")
