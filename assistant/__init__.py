"""Ask a body of research abstracts questions and get answers you can check.

>>> from assistant import Assistant
>>> answer = Assistant.open().ask("which papers adapt T2I models to video?")  # doctest: +SKIP
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.errors import AssistantError
    from assistant.types import Answer, Citation, Filters, Paper, Span, Turn

# Read when onnxruntime is imported, which only modules below this one do; child processes inherit
# it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

# Silent unless the program that uses the library wants to hear: the command line does.
for _package in (__name__, "ingest"):
    logging.getLogger(_package).addHandler(logging.NullHandler())

__all__ = ["Answer", "Assistant", "AssistantError", "Citation", "Filters", "Paper", "Span", "Turn"]

_HOMES = {
    "Assistant": "assistant.assistant",
    "AssistantError": "assistant.errors",
    **dict.fromkeys(("Answer", "Citation", "Filters", "Paper", "Span", "Turn"), "assistant.types"),
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `--help` must not wait for Chroma."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'assistant' has no attribute {name!r}")
