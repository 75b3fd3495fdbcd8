"""The layers in pyproject.toml, which lint-imports enforces, hold every package there is."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_module_at_the_top_has_its_layer() -> None:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = configuration["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["type"] == "layers")
    named = {module.strip() for layer in layers for module in layer.split("|")}
    paths = [path for path in (ROOT / "assistant").iterdir() if not path.name.startswith("__")]
    modules = {path.stem for path in paths if path.is_dir() or path.suffix == ".py"}
    assert named == {f"assistant.{name}" for name in modules} | {"ingest", "prompts"}


def test_what_is_installed_is_typed() -> None:
    assert all((ROOT / name / "py.typed").is_file() for name in ("assistant", "ingest", "prompts"))
