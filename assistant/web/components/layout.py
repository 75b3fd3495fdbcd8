"""The page as its components: the menu, the conversation in the middle, the sources beside it."""

from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr
from gradio.blocks import Block

from assistant.text.markdown import unturned
from assistant.web.components.chat_column import ChatComponents
from assistant.web.components.sidebar import Sidebar
from assistant.web.components.sources_column import SourcesColumn

UNTICK = "() => document.dispatchEvent(new CustomEvent('ticks-cleared'))"
"""Tells page.js that no paper is ticked any more."""
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""How events are wired: no spinner over what is being read, nothing in a public API."""

Update = Any
"""What Gradio takes for a component: a value, or gr.update(…), a dict."""
Changes = dict[Block, Update]
"""What an event changes; the other components among its outputs stay as they are."""


@dataclass(frozen=True, slots=True)
class SessionState:
    """What a browser session holds on the server; `map` tells which map its page shows."""

    turns: gr.State
    model: gr.State
    corpus: gr.State
    conversation: gr.State
    only: gr.State
    map: gr.State


@dataclass(frozen=True, slots=True)
class PageComponents:
    """All components that events read and change."""

    head: gr.Markdown
    side: Sidebar
    chat: ChatComponents
    beside: SourcesColumn
    state: SessionState

    @property
    def pictures(self) -> list[Block]:
        """Return what `after_answer.draw` changes."""
        beside, tools = self.beside, self.chat.tools
        charts = [beside.map, self.state.map, beside.lights, beside.years, beside.venues]
        return [*charts, beside.counted, tools.row, tools.sort, tools.more]

    @property
    def talk(self) -> list[Block]:
        """Return what an answer under way changes."""
        chat = self.chat
        return [chat.chatbot, self.beside.sources, self.state.turns, chat.question, *chat.followups]

    @property
    def conversation(self) -> list[Block]:
        """Return what changes when another conversation is opened or begun."""
        state, side, corpus = self.state, self.side.conversations, self.side.corpus
        menu = [side.listed, side.title, side.shared, side.sure, corpus.corpus, corpus.target]
        held = [state.conversation, state.only, state.corpus, self.head, self.chat.filters.venue]
        return [*self.talk, *menu, *held, *self.pictures]


def session_state(model: str, corpus: str) -> SessionState:
    """Return the session's values, as they are at first."""
    return SessionState(
        gr.State([]), gr.State(model), gr.State(corpus), gr.State(""), gr.State(()), gr.State("")
    )


def show_warning(title: str, problem: object) -> None:
    """Show for a moment what went wrong; the words may be anybody's.

    Gradio shows nothing of an event with `queue=False`.
    """
    # In the message: of several that are shown at a time, Gradio replaces the titles by its own.
    gr.Warning(escape(unturned(f"{title}: {problem}")), title=title, duration=8)
