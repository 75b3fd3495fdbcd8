"""An extra of the package → the command that installs it where this runs."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

_PACKAGE = "paper-assistant"
_ROOT = Path(__file__).parent.parent


def how_to_install(extra: str) -> str:
    """Return the command that adds an extra to this installation: from the clone that it runs from,
    else from where it was installed from.
    """
    clone = _ROOT if (_ROOT / "pyproject.toml").is_file() else None
    return _command([sys.executable, "-m", "pip", "install", *_target(extra, clone, _origin())])


def _target(extra: str, clone: Path | None, origin: Mapping[str, Any]) -> list[str]:
    """Return what pip is to install, by the clone or by PEP 610's record of where it came from.

    >>> _target("cite", None, {})
    ['paper-assistant[cite]']
    >>> _target("cite", None, {"url": "https://x.org/p", "vcs_info": {"vcs": "git"}})
    ['paper-assistant[cite] @ git+https://x.org/p']
    """
    if clone:
        return ["--editable", f"{_near(clone)}[{extra}]"]
    if not (url := str(origin.get("url", ""))):
        return [f"{_PACKAGE}[{extra}]"]
    version = origin.get("vcs_info", {})
    kind = f"{version['vcs']}+" if version else ""
    revision = f"@{asked}" if (asked := version.get("requested_revision")) else ""
    return [f"{_PACKAGE}[{extra}] @ {kind}{url}{revision}"]


def _origin() -> Mapping[str, Any]:
    try:
        found: dict[str, Any] = json.loads(
            distribution(_PACKAGE).read_text("direct_url.json") or "{}"
        )
    except (PackageNotFoundError, ValueError):
        return {}
    return found


def _command(parts: list[str]) -> str:
    program, *others = parts
    line = [_near(Path(program)), *others]
    return subprocess.list2cmdline(line) if sys.platform == "win32" else shlex.join(line)


def _near(path: Path) -> str:
    """Return a path as one writes it from the current folder."""
    try:
        return os.fspath(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return os.fspath(path)
