"""What follows from an answer: it is listed, its thumbs, the map and the charts fit it."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import gradio as gr

from assistant.corpus_map import svg
from assistant.errors import AssistantError
from assistant.history.citations import number_papers
from assistant.types import Turn
from assistant.web.components.layout import QUIET, Changes, PageComponents
from assistant.web.events import ask, feedback
from assistant.web.rendering import charts
from assistant.web.rendering.history_rows import list_kept
from assistant.web.sessions.chat_service import ChatService
from assistant.web.sessions.visitors import owner


def draw(
    service: ChatService, page: PageComponents, corpus: str, turns: Sequence[Turn], on_page: str
) -> Changes:
    """Return the newest answer's papers as lights on the map and in charts, and the map itself
    where another is `on_page`."""
    assistant = service.corpora.assistant(corpus)
    papers = {paper.id: paper for paper in assistant.papers()}
    cited = [citation.paper for citation in turns[-1].answer.citations] if turns else []
    counted = turns[-1].answer.counted if turns else ()
    numbers = number_papers(turns)
    atlas, labels = assistant.atlas, {paper.id: f"[{numbers[paper.id]}]" for paper in cited}
    beside = page.beside
    changes: Changes = {
        beside.lights: charts.render_lights(atlas, labels),
        beside.charts: charts.render_charts(list(papers.values()), counted or cited),
    }
    state = f"{corpus} {hash(atlas)}"
    if state != on_page:
        picture = svg.svg(atlas, papers)
        changes |= {beside.map: picture, page.state.map: state, beside.opened: ""}
    return changes


def follow(service: ChatService, page: PageComponents, event: Any) -> None:
    """Add to an event that changes the turns what follows from it, at last the suggestions."""

    def keep(
        request: gr.Request, corpus: str, conversation: str, search: str, map_: str
    ) -> Changes:
        name = owner(request)
        turns = service.live.turns(name, conversation)
        thumbs = feedback.read_thumbs(service, name, turns)
        changes: Changes = {
            page.chat.chatbot: gr.update(feedback_value=thumbs),
            page.side.listed: list_kept(service.live.kept, name, conversation, search or ""),
        }
        with suppress(AssistantError):  # of a corpus that is gone nothing is drawn
            changes |= draw(service, page, corpus, turns, map_)
        return changes

    state, side = page.state, page.side
    inputs = [state.corpus, state.conversation, side.search, state.map]
    changed = [side.listed, page.chat.chatbot, *page.pictures]
    ask.add_suggestions(service, page, event.then(keep, inputs, changed, **QUIET))
