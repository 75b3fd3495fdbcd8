"""The page as its components: history, conversation and composer, the sources beside them."""

import itertools
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr
from gradio.blocks import Block

from assistant.text.markdown import unturned
from assistant.web.components.columns import ChatColumn, HistoryColumn, SourcesColumn
from assistant.web.components.composer import Composer

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""How events are wired: no spinner over what is being read, nothing in a public API."""

Update = Any
"""What Gradio takes for a component: a value, or gr.update(…), a dict."""
Changes = dict[Block, Update]
"""What an event changes; the other components among its outputs stay as they are."""
_SERIALS = itertools.count(1)


class SessionState:
    """What a browser session holds on the server; `map` tells which map its page shows."""

    def __init__(self, model: str, corpus: str) -> None:
        self.model, self.corpus = gr.State(model), gr.State(corpus)
        self.conversation, self.only, self.map = gr.State(""), gr.State(()), gr.State("")


@dataclass(frozen=True, slots=True)
class PageComponents:
    """All components that events read and change; `told` is what the script is told."""

    head: gr.HTML
    side: HistoryColumn
    chat: ChatColumn
    composer: Composer
    beside: SourcesColumn
    state: SessionState
    told: gr.JSON

    @property
    def pictures(self) -> list[Block]:
        """Return what `ask.draw` changes."""
        beside = self.beside
        return [beside.map, self.state.map, beside.opened, beside.lights, beside.charts]

    @property
    def talk(self) -> list[Block]:
        """Return what an answer under way changes."""
        chat, state = self.chat, self.state
        shown = [chat.chatbot, chat.followups, self.beside.sources, self.composer.question]
        return [*shown, state.conversation, self.side.listed, self.told]

    @property
    def conversation(self) -> list[Block]:
        """Return what changes when another conversation is opened or begun."""
        state, composer = self.state, self.composer
        bounds = [*composer.filters.fields, composer.filters.chip, composer.tray, state.only]
        corpus = [composer.corpus.corpus, composer.corpus.target, composer.corpus.chip]
        held = [state.corpus, self.head, self.chat.welcome]
        return [*self.talk, *bounds, *corpus, *held, *self.pictures]


def tell(*messages: dict[str, Any]) -> Update:
    """Return what hands messages to the script, which does what each one's "do" says."""
    # The number makes each of two like messages a change.
    return {"number": next(_SERIALS), "messages": list(messages)}


def show_warning(title: str, problem: object) -> None:
    """Show for a moment what went wrong; the words may be anybody's.

    Gradio shows nothing of an event with `queue=False`.
    """
    # In the message: of several that are shown at a time, Gradio replaces the titles by its own.
    gr.Warning(escape(unturned(f"{title}: {problem}")), title=title, duration=8)
