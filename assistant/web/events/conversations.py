"""Events of the conversations that are kept: opened, begun, searched, renamed, shared, exported,
deleted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.history.conversations import Conversation
from assistant.history.export.csl_style import STYLES, Style
from assistant.history.export.files import export_conversation, export_papers
from assistant.types import Paper, Turn
from assistant.web.components.composer import target_for
from assistant.web.components.layout import (
    QUIET,
    Changes,
    PageComponents,
    Update,
    show_warning,
    tell,
)
from assistant.web.events import ask, filters, model
from assistant.web.events.feedback import read_thumbs
from assistant.web.rendering import sources_panel, welcome
from assistant.web.rendering.export import FOOTNOTES, LAST_ANSWER, offer_export, save_file
from assistant.web.rendering.history_rows import list_kept
from assistant.web.sessions.chat_service import ChatService, render_turns
from assistant.web.sessions.live_conversations import MOST_RUNNING, is_unanswered
from assistant.web.sessions.visitors import owner, session

# (corpus, turns, which map the page shows) → changes
Draw = Callable[[str, Sequence[Turn], str], Changes]
ADDRESS = """(...values) => {
  const random = () => [...crypto.getRandomValues(new Uint8Array(16))].join("-");
  const v = sessionStorage.getItem("window") || random();
  sessionStorage.setItem("window", v);
  return [{c: new URLSearchParams(location.search).get("c") || "", v}, ...values.slice(1)];
}"""
"""What the page sends when it is opened: first the conversation of its address, and what tells the
browser's window from all others, also after a reload."""


def wire(
    service: ChatService, page: PageComponents, draw: Draw, follow: Callable[[Any], Any]
) -> None:
    """Wire the history; opening a conversation draws its pictures, and watches what is being
    answered in it."""
    handlers, state, side = _Handlers(service, page, draw), page.state, page.side
    context = [*ask.read_context(page), side.search, state.map]
    outputs = [*page.conversation, *model.model_outputs(page)]
    often: dict[str, Any] = {"trigger_mode": "multiple", "concurrency_limit": MOST_RUNNING + 8}
    opened = side.opens.select(handlers.open, context, outputs, **often, **QUIET)
    follow(opened)
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
        page.chat.welcome: welcome.render_welcome(corpus, papers, assistant.atlas),
    }


def load_page(
    service: ChatService, page: PageComponents, draw: Draw
) -> Callable[..., Iterator[Changes]]:
    """Return the handler of a page that is opened: at the conversation of its address, or a new
    one."""
    handlers = _Handlers(service, page, draw)

    def load(request: gr.Request, at: Mapping[str, str] | None, *context: Any) -> Iterator[Changes]:
        wanted, window = (str((at or {}).get(name, ""))[:100] for name in "cv")
        if window:
            service.models.recognise(session(request), f"{owner(request)}\n{window}")
        # A question may have been asked before this comes about.
        begun = session(request) in service.watching
        yield handlers.complete(request, context)
        if wanted and not begun:
            yield from handlers.show(request, wanted, context, typed=None)

    return load


@dataclass(frozen=True, slots=True)
class _Handlers:
    service: ChatService
    page: PageComponents
    draw: Draw

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
        """Yield what shows a conversation, and what is being answered in it; None for `typed`
        leaves what is in the question box."""
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
        fields, only = _read_setup(kept)
        changes = {
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
        yield changes
        if running or is_unanswered(kept.turns):
            context = [identifier, "", kept.corpus, only, *filters.NO_FILTERS]
            visitor = ask.read_visitor(request, context)
            yield from ask.show(service, page, visitor)

    def complete(self, request: gr.Request, context: Sequence[Any]) -> Changes:
        """Return what a page that was just opened lacks; nothing of its conversation changes."""
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
            about = {**describe_corpus(service, page, corpus), **self.draw(corpus, (), on_page)}
        except AssistantError as error:
            show_warning(f"The corpus {corpus} cannot be opened", error)
            now = str(context[2])
            about = {**describe_corpus(service, page, now), **self.draw(now, (), on_page)}
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

    def search(self, request: gr.Request, words: str, now: str) -> Update:
        return list_kept(self.service.live.kept, owner(request), now, words or "")

    def act(
        self, request: gr.Request, event: gr.EventData, now: str, search: str, corpus: str,
        only: Sequence[str],
    ) -> Changes:  # fmt: skip
        """Do what the menu of a row, or the tray, asks for: {"do", "id", …}."""
        given = event._data if isinstance(event._data, dict) else {}
        asked = {key: value for key, value in given.items() if isinstance(value, str)}
        do, identifier = asked.get("do", ""), asked.get("id") or now
        acts = {
            "rename": self._rename, "share": self._share, "unshare": self._unshare,
            "export": self._export, "delete": self._delete, "restore": self._restore,
        }  # fmt: skip
        messages: list[dict[str, Any]] = []
        try:
            if do == "export-selected" and asked.get("format"):
                papers = filters.find_papers(self.service, corpus, only)
                file = export_papers(asked["format"], papers, "selected", _read_style(asked))
                messages = [save_file(file)]
            elif do == "export-selected":
                messages = [offer_export(do, "")]
            elif do in acts:
                messages = acts[do](request, identifier, asked)
        except AssistantError as error:
            show_warning("Not done", error)
        listed = list_kept(self.service.live.kept, owner(request), now, search or "")
        return {self.page.side.listed: listed, self.page.told: tell(*messages)}

    def _rename(self, request: gr.Request, identifier: str, asked: Mapping[str, str]) -> Any:
        self.service.live.kept.rename(owner(request), identifier, asked.get("title", ""))
        return []

    def _share(self, request: gr.Request, identifier: str, asked: Mapping[str, str]) -> Any:
        token = self.service.live.kept.share(owner(request), identifier)
        return [{"do": "shared", "id": identifier, "path": f"/shared/{token}"}]

    def _unshare(self, request: gr.Request, identifier: str, asked: Mapping[str, str]) -> Any:
        self.service.live.kept.unshare(owner(request), identifier)
        return [{"do": "toast", "text": "The link is ended."}]

    def _export(self, request: gr.Request, identifier: str, asked: Mapping[str, str]) -> Any:
        if not (form := asked.get("format")):
            return [offer_export("export", identifier)]
        kept = self.service.live.load(owner(request), identifier)
        turns = kept.turns[-1:] if asked.get("part") == LAST_ANSWER else kept.turns
        notes = asked.get("style") == FOOTNOTES
        file = export_conversation(form, kept.title, turns, _read_style(asked), notes)
        return [save_file(file)]

    def _delete(self, request: gr.Request, identifier: str, asked: Mapping[str, str]) -> Any:
        self.service.live.discard(owner(request), identifier)
        text = f"Deleted: {asked.get('title', 'the conversation')}"
        return [{"do": "deleted", "id": identifier, "text": text}]

    def _restore(self, request: gr.Request, identifier: str, asked: Mapping[str, str]) -> Any:
        self.service.live.kept.restore(owner(request), identifier)
        return [{"do": "restored", "id": identifier}]

    def _papers(self, corpus: str) -> list[Paper] | None:
        """Return the papers of a corpus, None where it cannot be opened."""
        try:
            return self.service.corpora.assistant(corpus).papers()
        except AssistantError:
            return None

    def _open_corpus(self, kept: Conversation, on_page: str, now: str) -> Changes:
        corpus = kept.corpus or now
        try:
            about = describe_corpus(self.service, self.page, corpus)
            return {**about, **self.draw(corpus, kept.turns, on_page)}
        except AssistantError as error:  # read and deleted it can be all the same
            show_warning(f"The corpus {corpus} cannot be asked", error)
            return {self.page.state.corpus: corpus}


def _read_style(asked: Mapping[str, str]) -> Style | None:
    """Return the style that was chosen, None for the fixed references; no file can be named."""
    return Style(asked["style"]) if asked.get("style") in STYLES else None


def _read_setup(kept: Conversation) -> tuple[Sequence[Any], tuple[str, ...]]:
    """Return the filters' fields and the selected papers that a conversation was left with."""
    fields = kept.setup.get("fields") or filters.NO_FILTERS
    return fields, tuple(kept.setup.get("only") or ())
