"""What stands where on the chat page, and what its question box and its suggestions look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.suggest import MOST
from assistant.types import QUOTES
from assistant.web import menu, panel

EXAMPLES = (
    "which papers adapt T2I models to video?",
    "summarise what is known about noisy web captions in vision-language pre-training",
    "compare SimDA with Tune-A-Video",
    "how many parameters does SimDA tune?",
    "which papers are about low-resource languages? year>=2022",
)

Update = Any
"""What Gradio takes for a component: a value, or gr.update(…), a dict."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The components that events read and change."""

    chatbot: gr.Chatbot
    question: gr.Textbox
    written_by: gr.Dropdown
    notice: gr.Markdown
    panel: gr.HTML
    followups: tuple[gr.Button, ...]
    clear: gr.Button
    turns: gr.State
    chosen: gr.State


def laid_out(first: str) -> Parts:
    """Lay the page out; `first` is the model chosen at first."""
    turns, chosen = gr.State([]), gr.State(first)
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            with gr.Row(elem_id="menu"):
                written_by = gr.Dropdown(
                    [(menu.NO_MODEL, QUOTES), *([first] if first != QUOTES else [])],
                    value=first, label="Written by", allow_custom_value=True, elem_id="written-by", min_width=260,
                )  # fmt: skip
                notice = gr.Markdown(menu.notice(first), elem_id="notice")
            chatbot = gr.Chatbot(
                elem_id="chat", show_label=False, height="58vh", latex_delimiters=[], layout="panel", autoscroll=False,
                line_breaks=False, buttons=["copy"], feedback_options=None, placeholder="Ask a question, or try one of these:",
                examples=[{"text": example} for example in EXAMPLES],
            )  # fmt: skip
            with gr.Row(elem_id="followups"):
                followups = tuple(
                    gr.Button(visible=False, size="sm", min_width=120, elem_id=f"followup-{n}") for n in range(MOST)
                )
            question = gr.Textbox(
                elem_id="question", show_label=False, label="Question", autofocus=True, submit_btn="Ask",
                max_lines=4, placeholder="Which papers …? Summarise … Compare A with B. Filters: year>=2023 author:… venue:… title:… text:…",
            )  # fmt: skip
            clear = gr.Button("New conversation", size="sm", variant="secondary", elem_id="clear")
        with gr.Column(scale=2, min_width=300):
            gr.Markdown("### Sources")
            sources = gr.HTML(panel.sources([]), elem_id="sources")
    return Parts(chatbot, question, written_by, notice, sources, followups, clear, turns, chosen)


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
