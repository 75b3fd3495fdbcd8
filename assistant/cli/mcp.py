"""`paper-assistant mcp`: the corpora as tools of a program on this machine."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from assistant.cli.common import ANSWERING, check_models, open_corpus, with_options
from assistant.errors import AssistantError

if TYPE_CHECKING:
    from assistant.api.service import AnswerService
    from assistant.settings import Settings


@with_options(*ANSWERING)
def mcp(settings: Settings) -> None:
    """Serve the corpora over MCP on standard input and output."""
    if find_spec("mcp") is None:
        from assistant.api.mount import tell_missing

        raise AssistantError(tell_missing())
    from assistant.index import corpora

    corpora.state(settings)  # what is unknown is refused before anything is served
    check_models(settings)
    from assistant.api.mcp_server import serve_stdio

    def open_service() -> AnswerService:
        from assistant.api.open_corpora import OpenCorpora
        from assistant.api.service import AnswerService

        return AnswerService(OpenCorpora(open_corpus(settings), settings))

    serve_stdio(settings, open_service)
