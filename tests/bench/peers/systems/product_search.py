"""The product through its own door: `Assistant.search`, as the page and LangChain's retriever use
it, which reads a question (filters in plain words, what is asked) before it searches.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from assistant import Assistant
from tests.bench.peers import DEPTH
from tests.bench.peers.systems.product import bare, settings_for


def opened(folder: Path) -> Callable[[str], list[str]]:
    """Return the assistant's search."""
    assistant = Assistant.open(settings_for(folder))
    return lambda text: [
        bare(one.paper.id) for one in assistant.search(text, limit=DEPTH).retrieved
    ]
