"""What follows from an answer: it is kept and listed; the map, the charts and the table's tools fit
it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.corpus_map import svg
from assistant.errors import AssistantError
from assistant.types import Turn
from assistant.web.components.chat_column import SORTS, as_examples
from assistant.web.components.layout import QUIET, UNTICK, Changes, PageComponents, show_warning
from assistant.web.events import conversations, feedback
from assistant.web.events.ask import ready_question, show_followups
from assistant.web.rendering import charts, sources_panel
from assistant.web.rendering.citations import number_papers
from assistant.web.sessions.chat_service import ChatService
from assistant.web.sessions.visitors import owner, session


def draw(
    service: ChatService, page: PageComponents, corpus: str, turns: Sequence[Turn], on_page: str
) -> Changes:
    """Return the newest answer's papers as lights on the map and in charts, and tools where there
    is a table.

    `on_page` tells which map the page shows already: the map itself is sent only where that is
    another.
    """
    assistant = service.corpora.assistant(corpus)
    papers = {paper.id: paper for paper in assistant.papers()}
    cited = [citation.paper for turn in turns[-1:] for citation in turn.answer.citations]
    numbers = number_papers(turns)
    atlas, labels = assistant.atlas, {paper.id: f"[{numbers[paper.id]}]" for paper in cited}
    beside, tools = page.beside, page.chat.tools
    changes: Changes = {
        beside.lights: charts.render_lights(atlas, labels),
        beside.years: charts.draw_bars(list(papers.values()), cited, "year"),
        beside.venues: charts.draw_bars(list(papers.values()), cited, "venue"),
        beside.counted: charts.describe_years(list(papers.values()), cited),
        tools.row: gr.update(visible=bool(turns) and turns[-1].answer.table is not None),
        tools.sort: gr.update(choices=SORTS, value=None),
        tools.more: "",
    }
    state = f"{corpus} {hash(atlas)}"
    if state != on_page:
        changes |= {beside.map: svg.svg(atlas, papers), page.state.map: state}
    return changes


@dataclass(frozen=True, slots=True)
class _Handlers:
    service: ChatService
    page: PageComponents

    def keep(
        self, request: gr.Request, turns: list[Turn], corpus: str, kept: str, search: str, map_: str
    ) -> Changes:
        service, page, name = self.service, self.page, owner(request)
        kept = conversations.keep(service, name, corpus, kept, turns)
        thumbs = feedback.read_thumbs(service, name, turns)
        changes: Changes = {
            page.state.conversation: kept,
            page.chat.chatbot: gr.update(feedback_value=thumbs),
            **conversations.list_kept(service, page, name, kept, search),
            **draw(service, page, corpus, turns, map_),
        }
        # Also where the answer ended in an error of ours, which leaves the box with its stop
        # button.
        if not service.running.answering(session(request)):
            changes[page.chat.question] = ready_question()
        return changes

    def begin(
        self, request: gr.Request, chosen: str | None, corpus: str, search: str, on_page: str
    ) -> Changes:
        service, page = self.service, self.page
        service.running.leave(session(request))
        wanted = chosen or corpus
        try:
            pictures = draw(service, page, wanted, [], on_page)
        except AssistantError as error:
            show_warning(f"The corpus {wanted} cannot be opened", error)
            wanted, pictures = corpus, draw(service, page, corpus, [], on_page)
        examples = as_examples(conversations.examples(service, wanted))
        return {
            page.chat.chatbot: gr.update(value=[], feedback_value=[], examples=examples),
            page.chat.question: ready_question(""),
            page.beside.sources: sources_panel.render_sources([]),
            page.state.turns: [],
            page.state.conversation: "",
            page.state.only: (),
            page.side.conversations.shared: gr.update(value="", visible=False),
            page.side.conversations.sure: gr.update(visible=False),
            **show_followups(page, ()),
            **conversations.list_kept(service, page, owner(request), "", search),
            **conversations.describe_corpus(service, page, wanted),
            **pictures,
        }


def follow(service: ChatService, page: PageComponents, event: Any) -> Any:
    """Add to an event that changes the turns what follows from it, and return that event."""
    state, side = page.state, page.side.conversations
    inputs = [state.turns, state.corpus, state.conversation, side.search, state.map]
    changed = [state.conversation, side.listed, side.title, page.chat.chatbot, page.chat.question]
    handlers = _Handlers(service, page)
    return event.then(handlers.keep, inputs, [*changed, *page.pictures], **QUIET)


def wire_new(service: ChatService, page: PageComponents, running: list[Any]) -> None:
    """Wire the beginning of a new conversation, also by choosing another corpus; it ends what is
    `running`."""
    state, side, corpus = page.state, page.side.conversations, page.side.corpus.corpus
    triggers = [side.new.click, page.chat.chatbot.clear, corpus.input]
    inputs, outputs = [corpus, state.corpus, side.search, state.map], page.conversation
    handlers = _Handlers(service, page)
    begun = gr.on(triggers, handlers.begin, inputs, outputs, cancels=running, **QUIET)
    begun.then(None, js=UNTICK, **QUIET)
