"""What several commands do first and last: read the settings, open the corpus, print JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.settings import Settings


def load(**given: object) -> Settings:
    """Return the settings, with what was given on the command line; `assistant.settings` is imported only now."""
    from assistant.settings import load_settings

    return load_settings(**given)


def opened(settings: Settings) -> Assistant:
    """Open the corpus, with a progress bar where the bundled papers have to be indexed first."""
    from assistant.assistant import Assistant
    from assistant.index import corpora

    if corpora.state(settings) is None:
        from assistant.cli import terminal
        from assistant.index.layout import Folder
        from assistant.models.providers import make_embedder
        from ingest.index import Plan, index
        from ingest.read import bundled_papers

        found = bundled_papers()
        with terminal.progress("papers", len(found)) as advance:
            index(
                Plan(found),
                Folder(settings.corpus_dir),
                make_embedder(settings.embedder, settings.threads),
                advance,
            )
    return Assistant.open(settings)


def print_json(record: Any) -> None:
    """Print one line of JSON."""
    print(json.dumps(record, ensure_ascii=False), flush=True)
