"""What stands where on the chat page: the conversation in the middle, the sources beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from assistant.composing.suggestions import MOST
from assistant.text.markdown import unturned
from assistant.types import QUOTES
from assistant.web.components import below_chat
from assistant.web.components.below_chat import Filtering, TableTools
from assistant.web.components.sidebar import Side
from assistant.web.components.sources_column import Beside

OFFER = (
    "Answers are quotations from the abstracts; to have them written and cited, choose a model in the menu ☰.\n\n"
    "Ask a question, or try one of these:"
)

# Tells page.js that no paper is ticked any more.
UNTICK = "() => document.dispatchEvent(new CustomEvent('ticks-cleared'))"
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""How events are wired: no spinner over what is being read, nothing in a public API."""
SORTS = ["year", "year, newest first", "title"]

Update = Any
"""What Gradio takes for a component: a value, or gr.update(…), a dict."""


@dataclass(frozen=True, slots=True)
class Talk:
    """The components of the conversation."""

    chatbot: gr.Chatbot
    question: gr.Textbox
    followups: tuple[gr.Button, ...]
    tools: TableTools
    filtering: Filtering


@dataclass(frozen=True, slots=True)
class Own:
    """What a browser session holds: its turns, who writes, which corpus, the conversation's id, the papers ticked."""

    turns: gr.State
    chosen: gr.State
    corpus: gr.State
    conversation: gr.State
    only: gr.State
    map: gr.State


@dataclass(frozen=True, slots=True)
class Parts:
    """All components that events read and change."""

    head: gr.Markdown
    talk: Talk
    beside: Beside
    side: Side
    own: Own


def own(model: str, corpus: str) -> Own:
    """Return the session's values, as they are at first."""
    return Own(
        gr.State([]), gr.State(model), gr.State(corpus), gr.State(""), gr.State(()), gr.State("")
    )


def talk(model: str, examples: Sequence[str]) -> Talk:
    """Lay out the conversation; `model` is the one that writes at first, `examples` are offered to ask."""
    chatbot = gr.Chatbot(
        elem_id="chat", show_label=False, label="Conversation", height="60vh", latex_delimiters=[], layout="panel", autoscroll=False,
        line_breaks=False, buttons=["copy"], feedback_options=("Like", "Dislike"), editable="user",
        placeholder=OFFER if model == QUOTES else "Ask a question, or try one of these:",
        examples=offered(examples),
    )  # fmt: skip
    tools = below_chat.table_tools()
    with gr.Row(elem_id="followups"):
        followups = tuple(
            gr.Button(visible=False, size="sm", min_width=120, elem_id=f"followup-{n}")
            for n in range(MOST)
        )
    scope = below_chat.scope()
    question = gr.Textbox(
        elem_id="question", show_label=False, label="Question", autofocus=True, submit_btn="Ask",
        max_lines=4, placeholder="Which papers …? Summarise … Compare A with B …", html_attributes=gr.InputHTMLAttributes(
            enterkeyhint="send", spellcheck=True, autocorrect="off"
        ),
    )  # fmt: skip
    return Talk(chatbot, question, followups, tools, below_chat.filtering(*scope))


def offered(examples: Sequence[str]) -> Any:
    """Return questions as the chatbot takes its examples."""
    return [{"text": example} for example in examples]


def buttons(questions: Sequence[str]) -> list[Update]:
    """Return what shows these questions on the buttons, and hides the others."""
    shown: list[Update] = [gr.update(value=text, visible=True) for text in questions[:MOST]]
    return shown + [gr.update(value="", visible=False)] * (MOST - len(shown))


def ready() -> Update:
    """Return the question box waiting for a question; what is being typed there stays."""
    return gr.update(submit_btn="Ask", stop_btn=False)


def busy() -> Update:
    """Return the question box while an answer is written."""
    return gr.update(value="", submit_btn=False, stop_btn="Stop")


def pictures(parts: Parts) -> list[Any]:
    """Return the components that `after.drawn` makes updates for."""
    tools = parts.talk.tools
    return [
        parts.beside.map,
        parts.own.map,
        parts.beside.lights,
        parts.beside.years,
        parts.beside.venues,
        parts.beside.counted,
        tools.row,
        tools.sort,
        tools.more,
    ]


def about_corpus(parts: Parts) -> list[Any]:
    """Return the components that `conversations.about_corpus` makes updates for."""
    return [
        parts.own.corpus,
        parts.side.bring.corpus,
        parts.side.bring.target,
        parts.head,
        parts.talk.filtering.venue,
    ]


def tell(title: str, problem: object) -> None:
    """Show for a moment what went wrong; the words may be anybody's. Gradio shows nothing from an event with `queue=False`."""
    # In the message: of several that are shown at a time, Gradio replaces the titles by its own.
    gr.Warning(escape(unturned(f"{title}: {problem}")), title=title, duration=8)
