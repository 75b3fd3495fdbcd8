"""Events of the conversations that are kept: opened, begun, searched, and what their menu has."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.history.conversations import Conversation
from assistant.history.export.csl_style import STYLES, Style
from assistant.history.export.files import export_conversation, export_papers
from assistant.types import Paper, Turn
from assistant.web.components.composer import target_for
from assistant.web.components.layout import QUIET, Changes, PageComponents, show_warning, tell
from assistant.web.events import ask, filters, model
from assistant.web.events.feedback import read_thumbs
from assistant.web.rendering import sources_panel, welcome
from assistant.web.rendering.export import FOOTNOTES, LAST_ANSWER, offer_export, save_file
from assistant.web.rendering.history_rows import list_kept
from assistant.web.sessions.chat_service import ChatService, render_turns
from assistant.web.sessions.live_conversations import is_unanswered
from assistant.web.sessions.visitors import owner, session

_ADDRESS = """(...values) => {
  const random = () => [...crypto.getRandomValues(new Uint8Array(16))].join("-");
  const v = sessionStorage.getItem("window") || random();
  sessionStorage.setItem("window", v);
  return [{c: new URLSearchParams(location.search).get("c") || "", v}, ...values.slice(1)];
}"""
"""What the page sends first when it is opened: the conversation of its address, and what tells the
browser's window from all others, also after a reload."""


def wire(service: ChatService, page: PageComponents, blocks: gr.Blocks) -> None:
    """Wire the history, and the page's loading: at the conversation of its address."""
    handlers, state, side = _Handlers(service, page), page.state, page.side
    context = [*ask.read_context(page), side.search, state.map]
    outputs = [*page.conversation, *model.model_outputs(page)]
    for event in (
        side.opens.select(handlers.open, context, outputs, **ask.OFTEN),
        blocks.load(handlers.load, [page.told, *context], outputs, js=_ADDRESS, **ask.OFTEN),
    ):
        ask.follow(service, page, event)
    side.new.click(handlers.begin, context, page.conversation, **QUIET)
    corpus, outputs = page.composer.corpus, page.conversation
    corpus.corpus.input(handlers.change, [corpus.corpus, *context], outputs, **QUIET)
    corpus.use.click(handlers.change, [corpus.target, *context], outputs, **QUIET)
    # Not `input`, which comes with typing alone and not with what is pasted.
    inputs = [side.search, state.conversation]
    side.search.change(handlers.search, inputs, side.listed, trigger_mode="always_last", **QUIET)
    inputs = [state.conversation, side.search, state.corpus, state.only]
    side.acts.select(
        handlers.act, inputs, [side.listed, page.told], trigger_mode="multiple", **QUIET
    )


def describe_corpus(service: ChatService, page: PageComponents, corpus: str) -> Changes:
    """Return what shows everywhere which corpus is asked about."""
    assistant = service.corpora.assistant(corpus)
    papers = {paper.id: paper for paper in assistant.papers()}
    panel, names = page.composer.corpus, service.corpora.names()
    return {
        page.state.corpus: corpus,
        panel.corpus: gr.update(choices=names, value=corpus),
        panel.target: target_for(corpus),
        panel.chip: welcome.name_corpus(corpus, len(papers)),
        page.head: welcome.render_head(corpus, len(papers)),
        page.chat.welcome: welcome.render_welcome(
            corpus, papers, assistant.atlas, assistant.snapshot.names
        ),
    }


@dataclass(frozen=True, slots=True)
class _Handlers:
    service: ChatService
    page: PageComponents

    def load(
        self, request: gr.Request, at: Mapping[str, str] | None, *context: Any
    ) -> Iterator[Changes]:
        service = self.service
        wanted, window = (str((at or {}).get(name, ""))[:100] for name in "cv")
        if window:
            service.models.recognise(session(request), f"{owner(request)}\n{window}")
        # A question may have been asked before this comes about.
        begun = session(request) in service.watching
        yield self.complete(request, context)
        if wanted and not begun:
            yield from self.show(request, wanted, context, typed=None)

    def open(self, request: gr.Request, event: gr.EventData, *context: Any) -> Iterator[Changes]:
        wanted = event._data if isinstance(event._data, str) else ""
        if not wanted:
            yield self.clear(request, context, str(context[2]))
        elif wanted == context[0]:
            yield {self.page.chat.chatbot: gr.skip()}
        else:
            yield from self.show(request, wanted, context)

    def show(
        self, request: gr.Request, identifier: str, context: Sequence[Any], typed: str | None = ""
    ) -> Iterator[Changes]:
        """Yield what shows a conversation, and what is being answered in it; `typed` comes into
        the question box unless it is None."""
        service, page, name = self.service, self.page, owner(request)
        search = str(context[-2] or "")
        try:
            kept = service.live.load(name, identifier)
        except AssistantError as error:
            show_warning("Not opened", error)
            # The list may be old, and shows what is not there any more.
            now = str(context[0])
            listed = list_kept(service.live.kept, name, now, search)
            # Its address is no step to go back to.
            told = tell({"do": "address", "id": now, "replace": True})
            yield {page.side.listed: listed, page.told: told}
            return
        service.turn_to(session(request))
        running = service.live.running(name, identifier) is not None
        fields = kept.setup.get("fields") or filters.NO_FILTERS
        only = tuple(kept.setup.get("only") or ())
        yield {
            page.chat.chatbot: gr.update(
                value=render_turns(kept.turns),
                feedback_value=read_thumbs(service, name, kept.turns),
            ),
            page.composer.question: ask.busy_question() if running else ask.ready_question(typed),
            page.beside.sources: sources_panel.render_sources(kept.turns, only),
            page.chat.followups: ask.render_followups(kept.setup.get("suggested", ())),
            page.state.conversation: identifier,
            page.side.listed: list_kept(service.live.kept, name, identifier, search),
            **self._open_corpus(kept, str(context[-1] or ""), str(context[2])),
            **filters.show_filters(page, fields, self._papers(kept.corpus)),
            **filters.show_selected(service, page, str(kept.corpus), only),
            **model.restore_model(service, page, session(request), kept.setup.get("model")),
            page.told: tell(
                {"do": "address", "id": identifier}, {"do": "ticked", "ids": list(only)}
            ),
        }
        if running or is_unanswered(kept.turns):
            context = [identifier, "", kept.corpus, only, *filters.NO_FILTERS]
            visitor = ask.read_visitor(request, context)
            yield from ask.show(service, page, visitor)

    def complete(self, request: gr.Request, context: Sequence[Any]) -> Changes:
        """Return what a page that was just opened lacks."""
        service, page, corpus = self.service, self.page, str(context[2])
        papers = service.corpora.assistant(corpus).papers()
        return {
            page.side.listed: list_kept(service.live.kept, owner(request), str(context[0])),
            page.composer.corpus.corpus: gr.update(choices=service.corpora.names()),
            page.composer.corpus.chip: welcome.name_corpus(corpus, len(papers)),
            page.composer.filters.venue: gr.update(choices=filters.list_venues(papers)),
        }

    def begin(self, request: gr.Request, *context: Any) -> Changes:
        return self.clear(request, context, str(context[2]))

    def change(self, request: gr.Request, chosen: str | None, *context: Any) -> Changes:
        if not chosen or chosen == context[2]:  # the menu tells of its focus too
            return {self.page.chat.chatbot: gr.skip()}
        return self.clear(request, context, chosen)

    def clear(self, request: gr.Request, context: Sequence[Any], corpus: str) -> Changes:
        """Return what shows a new conversation."""
        service, page = self.service, self.page
        service.turn_to(session(request))
        search, on_page = str(context[-2] or ""), str(context[-1] or "")
        try:
            about = self._describe(corpus, (), on_page)
        except AssistantError as error:
            show_warning(f"The corpus {corpus} cannot be opened", error)
            about = self._describe(str(context[2]), (), on_page)
        # Another corpus has other venues.
        fields = filters.NO_FILTERS if corpus != context[2] else context[4:9]
        return {
            page.chat.chatbot: gr.update(value=[], feedback_value=[]),
            page.composer.question: ask.ready_question(""),
            page.beside.sources: sources_panel.render_sources([]),
            page.chat.followups: "",
            page.state.conversation: "",
            page.side.listed: list_kept(service.live.kept, owner(request), "", search),
            **about,
            **filters.show_filters(page, fields, self._papers(about[page.state.corpus])),
            **filters.show_selected(service, page, corpus, ()),
            page.told: tell({"do": "address", "id": ""}, {"do": "ticked", "ids": []}),
        }

    def search(self, request: gr.Request, words: str, now: str) -> str:
        return list_kept(self.service.live.kept, owner(request), now, words or "")

    def act(
        self, request: gr.Request, event: gr.EventData, now: str, search: str, corpus: str,
        only: Sequence[str],
    ) -> Changes:  # fmt: skip
        """Do what the menu of a row, or the tray, asks for: {"do", "id", …}."""
        given = event._data if isinstance(event._data, dict) else {}
        asked = {key: value for key, value in given.items() if isinstance(value, str)}
        name, messages = owner(request), []
        try:
            if asked.get("do") == "export-selected":
                messages = [self._export_selected(corpus, only, asked)]
            else:
                messages = self._act(name, asked.get("id") or now, asked)
        except AssistantError as error:
            show_warning("Not done", error)
        listed = list_kept(self.service.live.kept, name, now, search or "")
        return {self.page.side.listed: listed, self.page.told: tell(*messages)}

    def _act(self, name: str, key: str, asked: Mapping[str, str]) -> list[dict[str, Any]]:
        """Do something with a conversation of the owner `name`; return what the script is told."""
        live = self.service.live
        match asked.get("do"):
            case "rename":
                live.kept.rename(name, key, asked.get("title", ""))
            case "share":
                path = f"/shared/{live.kept.share(name, key)}"
                return [{"do": "shared", "id": key, "path": path}]
            case "unshare":
                live.kept.unshare(name, key)
                return [{"do": "toast", "text": "The link is ended."}]
            case "export":
                return [self._export(name, key, asked)]
            case "delete":
                live.discard(name, key)
                text = f"Deleted: {asked.get('title', 'the conversation')}"
                return [{"do": "deleted", "id": key, "text": text}]
            case "restore":
                live.kept.restore(name, key)
                return [{"do": "restored", "id": key}]
        return []

    def _export(self, name: str, key: str, asked: Mapping[str, str]) -> dict[str, Any]:
        if not (form := asked.get("format")):
            return offer_export("export", key)
        kept = self.service.live.load(name, key)
        turns = kept.turns[-1:] if asked.get("part") == LAST_ANSWER else kept.turns
        notes = asked.get("style") == FOOTNOTES
        return save_file(export_conversation(form, kept.title, turns, _read_style(asked), notes))

    def _export_selected(
        self, corpus: str, only: Sequence[str], asked: Mapping[str, str]
    ) -> dict[str, Any]:
        if not (form := asked.get("format")):
            return offer_export("export-selected", "")
        papers = filters.find_papers(self.service, corpus, only)
        return save_file(export_papers(form, papers, "selected", _read_style(asked)))

    def _papers(self, corpus: str) -> list[Paper] | None:
        """Return the papers of a corpus, None where it cannot be opened."""
        try:
            return self.service.corpora.assistant(corpus).papers()
        except AssistantError:
            return None

    def _describe(self, corpus: str, turns: Sequence[Turn], on_page: str) -> Changes:
        about = describe_corpus(self.service, self.page, corpus)
        return {**about, **ask.draw(self.service, self.page, corpus, turns, on_page)}

    def _open_corpus(self, kept: Conversation, on_page: str, now: str) -> Changes:
        corpus = kept.corpus or now
        try:
            return self._describe(corpus, kept.turns, on_page)
        except AssistantError as error:  # read and deleted it can be all the same
            show_warning(f"The corpus {corpus} cannot be asked", error)
            return {self.page.state.corpus: corpus}


def _read_style(asked: Mapping[str, str]) -> Style | None:
    """Return the style that was chosen, None for the fixed references; no file can be named."""
    return Style(asked["style"]) if asked.get("style") in STYLES else None
