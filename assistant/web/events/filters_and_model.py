"""Events that steer the next question: filters, ticked papers, the model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import gradio as gr

from assistant.composing.paper_counts import count_groups
from assistant.errors import AssistantError, QuestionError
from assistant.models.credentials import Server
from assistant.retrieval.filters import describe_filters
from assistant.text.markdown import escape, unturned
from assistant.types import QUOTES, Paper, Turn
from assistant.web.components.layout import (
    QUIET,
    UNTICK,
    Changes,
    PageComponents,
    Update,
    show_warning,
)
from assistant.web.rendering.sources_panel import render_sources
from assistant.web.sessions import model_menu
from assistant.web.sessions.chat_service import ChatService
from assistant.web.sessions.visitors import read_filters, session

_MOST_TICKED = 500
_NO_FILTERS = ("", "", "", None, "")


def list_venues(papers: Sequence[Paper]) -> list[str]:
    """Return the venues that papers appeared at, most frequent first, without their years.

    >>> venues = ("CVPR 2023", "ACL", "CVPR 2021")
    >>> list_venues([Paper(venue, "A", "", venue=venue) for venue in venues])
    ['CVPR', 'ACL']
    """
    return [name for name, _ in count_groups(papers, "venue")]


def describe_scope(fields: Sequence[object], only: Sequence[str]) -> str:
    """Return, as Markdown, which papers will be asked about; "" for all."""
    try:
        filters = read_filters(fields, ())
    except QuestionError as error:
        return unturned(f"**Filters:** {escape(str(error))}.")
    parts = [describe_filters(filters)] if filters else []
    parts += [f"the {len(only)} ticked paper{'s' if len(only) != 1 else ''}"] if only else []
    return unturned(f"**Asking only about:** {'; '.join(parts)}") if parts else ""


def wire(service: ChatService, page: PageComponents) -> None:
    """Wire what bounds a question, and who writes."""
    handlers, state, filters = _Handlers(service, page), page.state, page.chat.filters
    scope, fields = [filters.scope, filters.everything], filters.fields
    changes = [field.change for field in fields]  # type: ignore[attr-defined]
    changing = [*changes, state.only.change]
    inputs = [state.only, *fields]
    gr.on(
        changing,
        handlers.show_scope,
        inputs,
        scope,
        trigger_mode="always_last",
        queue=False,
        **QUIET,
    )
    lifting = [filters.clear.click, filters.everything.click]
    outputs = [*fields, state.only, page.beside.sources, *scope]
    cleared = gr.on(lifting, handlers.clear, state.turns, outputs, queue=False, **QUIET)
    cleared.then(None, js=UNTICK, **QUIET)
    inputs, outputs = [state.corpus, *fields], [state.only, *scope]
    # Not "once": Gradio would drop a tick that comes while the one before it is under way.
    filters.ticks.select(
        handlers.tick, inputs, outputs, trigger_mode="multiple", queue=False, **QUIET
    )
    writer = page.side.writer
    inputs, outputs = (
        [writer.written_by, state.model],
        [writer.written_by, state.model, writer.notice],
    )
    writer.written_by.input(handlers.choose_model, inputs, outputs, **QUIET)
    # Through the queue: what is told of an event outside of it never reaches the page.
    server = [writer.base_url, writer.key, writer.model]
    writer.use.click(handlers.use_server, server, [*outputs, writer.key], **QUIET)


@dataclass(frozen=True, slots=True)
class _Handlers:
    service: ChatService
    page: PageComponents

    def show_scope(self, only: Sequence[str], *fields: object) -> Changes:
        filters, text = self.page.chat.filters, describe_scope(fields, only)
        return {
            filters.scope: gr.update(value=text, visible=bool(text)),
            filters.everything: gr.update(visible=bool(text)),
        }

    def clear(self, turns: list[Turn]) -> Changes:
        page = self.page
        return {
            **dict(zip(page.chat.filters.fields, _NO_FILTERS, strict=True)),
            page.state.only: (),
            page.beside.sources: render_sources(turns),
            **self.show_scope((), *_NO_FILTERS),
        }

    def tick(self, event: gr.EventData, corpus: str, *fields: object) -> Changes:
        """Papers are ticked in the sources and on the map; page.js tells which are."""
        given = event._data if isinstance(event._data, list) else []
        known = {paper.id for paper in self.service.corpora.assistant(corpus).papers()}
        ticked = dict.fromkeys(key for key in given if isinstance(key, str) and key in known)
        only = tuple(ticked)[:_MOST_TICKED]
        return {self.page.state.only: only, **self.show_scope(only, *fields)}

    def choose_model(self, text: str | None, before: str, request: gr.Request) -> Iterator[Changes]:
        state, writer = self.page.state, self.page.side.writer
        name = model_menu.read_choice(text) or before
        if name == before:
            # The menu tells again when it loses the focus: what the page last said stays.
            yield {writer.written_by: before}
            return
        yield {writer.notice: f"Getting **{escape(name)}** ready …"}
        try:
            self.service.models.chat(name, session(request))
        except AssistantError as error:
            problem = unturned(f"**Not changed:** {escape(str(error))}.")
            yield {writer.written_by: before, writer.notice: problem}
            return
        notice = model_menu.notice(name)
        yield {writer.written_by: name, state.model: name, writer.notice: notice}

    def use_server(self, request: gr.Request, base_url: str, key: str, model: str) -> Changes:
        state, writer = self.page.state, self.page.side.writer
        server = Server((base_url or "").strip(), (key or "").strip())
        try:
            name = self.service.models.use(session(request), server, model or "")
        except AssistantError as error:
            show_warning("Not changed", error)
            return {writer.written_by: gr.skip()}
        choices = [*self.service.models.choices(), (name, name)]
        return {
            writer.written_by: gr.update(choices=choices, value=name),
            state.model: name,
            writer.notice: model_menu.notice(name),
            writer.key: "",
        }


def find_models(service: ChatService, model: str) -> tuple[Update, Update]:
    """Return the models to choose from, and what runs on this machine and could be used."""
    servers = model_menu.notice_servers() if model == QUOTES and service.models.local else ""
    # This takes a moment, in which the visitor may have chosen: what was said of that stays.
    notice = f"{model_menu.notice(model)}\n\n{servers}" if servers else gr.skip()
    return gr.update(choices=service.models.choices()), notice
