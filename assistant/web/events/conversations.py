"""Events of the conversations that are kept: opened, searched, renamed, deleted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.history.conversations import title_of
from assistant.settings import DEFAULT_CORPUS
from assistant.text.markdown import escape
from assistant.types import Turn
from assistant.web.components.layout import (
    QUIET,
    UNTICK,
    Changes,
    PageComponents,
    Update,
    show_warning,
)
from assistant.web.events.ask import ready_question, show_followups
from assistant.web.events.feedback import read_thumbs
from assistant.web.events.filters_and_model import list_venues
from assistant.web.events.share_and_export import show_link
from assistant.web.rendering import example_questions, sources_panel
from assistant.web.sessions.chat_service import ChatService, render_turns
from assistant.web.sessions.visitors import owner, session

# (corpus, turns, which map the page shows) → changes
Draw = Callable[[str, Sequence[Turn], str], Changes]
_MOST_SHOWN = 100
_NOT_YET = "there is no conversation yet: ask something first"


def keep(
    service: ChatService, name: str, corpus: str, identifier: str, turns: Sequence[Turn]
) -> str:
    """Keep a conversation as it is now and return its id; one without turns is begun only by its
    first question."""
    if not turns and not identifier:
        return ""
    try:
        if not identifier:
            identifier = service.conversations.begin(name, corpus, title_of(turns[0].user))
        service.conversations.save(name, identifier, turns)
    except AssistantError as error:
        # Deleted meanwhile in another window, or a full disk: the conversation goes on, and its
        # reader knows.
        show_warning("This conversation is not kept", error)
    return identifier


def list_kept(
    service: ChatService, page: PageComponents, name: str, identifier: str, search: str
) -> Changes:
    """Return what shows the list of conversations, and the title of the one with `identifier`."""
    try:
        entries = service.conversations.listed(name, search or "", limit=_MOST_SHOWN)
    except AssistantError as error:
        show_warning("No list of conversations", error)
        entries = []
    titles = {entry.id: entry.title for entry in entries}
    side, choices = page.side.conversations, [(entry.title, entry.id) for entry in entries]
    value = identifier if identifier in titles else None
    changes: Changes = {side.listed: gr.update(choices=choices, value=value)}
    if not identifier or identifier in titles:
        changes[side.title] = titles.get(identifier, "")
    return changes


def head(service: ChatService, corpus: str) -> str:
    """Return the head of the page: what can be asked about."""
    count = len(service.corpora.assistant(corpus).papers())
    papers = f"{count:,} paper{'s' if count != 1 else ''}"
    which = "this corpus" if corpus == DEFAULT_CORPUS else f"the corpus {escape(corpus)}"
    ask = f"Ask about the {papers} of {which}; every sentence links to the words it rests on."
    return f"# Paper Assistant\n{ask}"


def describe_corpus(service: ChatService, page: PageComponents, corpus: str) -> Changes:
    """Return what shows everywhere which corpus is asked about."""
    venues = list_venues(service.corpora.assistant(corpus).papers())
    names = service.corpora.names()
    return {
        page.state.corpus: corpus,
        page.side.corpus.corpus: gr.update(choices=names, value=corpus),
        page.side.corpus.target: corpus,
        page.head: head(service, corpus),
        page.chat.filters.venue: gr.update(choices=venues, value=None),
    }


def examples(service: ChatService, corpus: str) -> list[str]:
    """Return the questions that are offered of a corpus."""
    assistant = service.corpora.assistant(corpus)
    papers = {paper.id: paper for paper in assistant.papers()}
    return example_questions.examples(papers, assistant.atlas)


def wire(service: ChatService, page: PageComponents, draw: Draw, running: list[Any]) -> None:
    """Wire the list, the title and deletion; opening a conversation ends what is `running` and
    draws its pictures."""
    handlers, state, side = _Handlers(service, page, draw), page.state, page.side.conversations
    inputs = [side.listed, state.conversation, side.search, state.map]
    # Whatever still keeps the conversation before must not write its id beside the turns of this
    # one.
    opened = side.listed.input(handlers.open, inputs, page.conversation, cancels=running, **QUIET)
    opened.then(None, js=UNTICK, **QUIET)
    # Not `input`, which comes with typing alone and not with what is pasted.
    inputs, outputs = [side.search, state.conversation], [side.listed, side.title]
    side.search.change(handlers.search, inputs, outputs, trigger_mode="always_last", **QUIET)
    inputs = [side.title, state.conversation, side.search]
    side.title.submit(handlers.rename, inputs, outputs, **QUIET)
    side.delete.click(handlers.ask_deletion, state.conversation, side.sure, **QUIET)
    gone = side.sure.click(handlers.delete, state.conversation, side.sure, **QUIET)
    # The page goes on with a new conversation, by the button that begins one.
    gone.success(None, js="() => document.querySelector('#clear').click()", **QUIET)


@dataclass(frozen=True, slots=True)
class _Handlers:
    service: ChatService
    page: PageComponents
    draw: Draw

    def open(
        self, request: gr.Request, identifier: str | None, now: str, search: str, on_page: str
    ) -> Changes:
        service, page, name = self.service, self.page, owner(request)
        if not identifier or identifier == now:
            return {page.chat.chatbot: gr.skip()}
        try:
            kept = service.conversations.load(name, identifier)
        except AssistantError as error:
            show_warning("Not opened", error)
            # The list may be old, and shows as open what is not.
            return list_kept(service, page, name, now, search)
        service.running.leave(session(request))
        turns, side = list(kept.turns), page.side.conversations
        thumbs = read_thumbs(service, name, turns)
        return {
            page.chat.chatbot: gr.update(value=render_turns(turns), feedback_value=thumbs),
            page.chat.question: ready_question(""),
            page.beside.sources: sources_panel.render_sources(turns),
            page.state.turns: turns,
            page.state.conversation: identifier,
            page.state.only: (),
            side.title: kept.title,
            side.shared: show_link(request, kept.token),
            side.sure: gr.update(visible=False),
            **show_followups(page, ()),
            **self._open_corpus(kept.corpus, turns, on_page),
        }

    def _open_corpus(self, corpus: str, turns: Sequence[Turn], on_page: str) -> Changes:
        try:
            about = describe_corpus(self.service, self.page, corpus)
            return {**about, **self.draw(corpus, turns, on_page)}
        except AssistantError as error:  # read and deleted it can be all the same
            show_warning(f"The corpus {corpus} cannot be asked", error)
            return {self.page.state.corpus: corpus}

    def search(self, request: gr.Request, words: str, now: str) -> Changes:
        changes = list_kept(self.service, self.page, owner(request), now, words)
        listed = self.page.side.conversations.listed
        return {listed: changes[listed]}

    def rename(self, request: gr.Request, title: str, identifier: str, search: str) -> Changes:
        try:
            if not identifier:
                raise AssistantError(_NOT_YET)
            self.service.conversations.rename(owner(request), identifier, title)
        except AssistantError as error:
            show_warning("Not renamed", error)
        return list_kept(self.service, self.page, owner(request), identifier, search)

    def ask_deletion(self, identifier: str) -> Update:
        if not identifier:
            show_warning("Not deleted", _NOT_YET)
        return gr.update(visible=bool(identifier))

    def delete(self, request: gr.Request, identifier: str) -> Update:
        try:
            self.service.conversations.delete(owner(request), identifier)
        except AssistantError as error:
            show_warning("Not deleted", error)
        return gr.update(visible=False)
