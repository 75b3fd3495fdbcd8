"""The middle of the page: the conversation, the question, a comparison's tools, the filters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.composing.suggestions import MOST
from assistant.types import QUOTES

SORTS = ["year", "year, newest first", "title"]
_INVITATION = "Ask a question, or try one of these:"
_ABOUT_QUOTES = (
    "Answers are quotations from the abstracts; to have them written and cited, "
    "choose a model in the menu at the side."
)


@dataclass(frozen=True, slots=True)
class TableTools:
    """The components that edit the comparison under discussion."""

    row: gr.Row
    sort: gr.Dropdown
    more: gr.Textbox
    swap: gr.Button


@dataclass(frozen=True, slots=True)
class FilterComponents:
    """The components that bound which papers are asked about."""

    scope: gr.Markdown
    everything: gr.Button
    fields: tuple[gr.components.Component, ...]
    """From year, to year, author, venue, words."""
    clear: gr.Button
    ticks: gr.HTML

    @property
    def venue(self) -> gr.components.Component:
        """Return the menu of venues."""
        return self.fields[3]


@dataclass(frozen=True, slots=True)
class ChatComponents:
    """The components of the conversation."""

    chatbot: gr.Chatbot
    question: gr.Textbox
    followups: tuple[gr.Button, ...]
    tools: TableTools
    filters: FilterComponents


def chat_column(model: str, examples: Sequence[str]) -> ChatComponents:
    """Lay out the conversation; `model` writes at first, `examples` are offered to ask."""
    about = f"{_ABOUT_QUOTES}\n\n" if model == QUOTES else ""
    chatbot = gr.Chatbot(
        elem_id="chat", show_label=False, label="Conversation", height="60vh",
        latex_delimiters=[], layout="panel", autoscroll=False, line_breaks=False,
        buttons=["copy"], feedback_options=("Like", "Dislike"), editable="user",
        placeholder=about + _INVITATION, examples=as_examples(examples),
    )  # fmt: skip
    tools = _table_tools()
    with gr.Row(elem_id="followups"):
        followups = tuple(
            gr.Button(visible=False, size="sm", min_width=120, elem_id=f"followup-{number}")
            for number in range(MOST)
        )
    with gr.Row(elem_id="scope-row"):
        scope = gr.Markdown(elem_id="scope", visible=False, latex_delimiters=[])
        label = "Ask about all papers again"
        everything = gr.Button(label, size="sm", elem_id="everything", visible=False, min_width=120)
    question = gr.Textbox(
        elem_id="question", show_label=False, label="Question", autofocus=True,
        submit_btn="Ask", max_lines=4, placeholder="Which papers …? Summarise … Compare A with B …",
        html_attributes=gr.InputHTMLAttributes(
            enterkeyhint="send", spellcheck=True, autocorrect="off"
        ),
    )  # fmt: skip
    return ChatComponents(chatbot, question, followups, tools, _filters(scope, everything))


def as_examples(questions: Sequence[str]) -> Any:
    """Return questions as the chatbot takes its examples."""
    return [{"text": question} for question in questions]


def listener(elem_id: str, event: str) -> gr.HTML:
    """Return an unseen component whose `select` is what page.js tells under the name `event`."""
    pass_on = f"document.addEventListener('{event}', (told) => trigger('select', told.detail));"
    return gr.HTML(elem_id=elem_id, js_on_load=pass_on, visible="hidden")


def _table_tools() -> TableTools:
    with gr.Row(visible=False, elem_id="table-tools") as row:
        sort = gr.Dropdown([], label="Sort by", elem_id="table-sort", min_width=140, scale=1)
        more = gr.Textbox(
            label="Add to the table", placeholder="an aspect (“speed”) or a paper",
            elem_id="table-more", submit_btn="Add", min_width=180, scale=2, max_lines=1,
        )  # fmt: skip
        label = "Swap rows and columns"
        swap = gr.Button(label, size="sm", elem_id="table-swap", min_width=120, scale=1)
    return TableTools(row, sort, more, swap)


def _year(label: str, elem_id: str) -> gr.Textbox:
    return gr.Textbox(label=label, elem_id=elem_id, min_width=90, max_lines=1, max_length=4)


def _filters(scope: gr.Markdown, everything: gr.Button) -> FilterComponents:
    with gr.Accordion("Filters: year, author, venue, words", open=False, elem_id="filters"):
        with gr.Row():
            fields = (
                # No gr.Number: an empty one in a folded part of the page comes to hold 0.
                _year("From year", "year-from"), _year("To year", "year-to"),
                gr.Textbox(label="Author", elem_id="author", min_width=120, max_lines=1),
                gr.Dropdown(
                    [], label="Venue", value=None, allow_custom_value=True, elem_id="venue",
                    min_width=120,
                ),
                gr.Textbox(
                    label="Words", placeholder="in title or abstract", elem_id="words",
                    min_width=160, max_lines=1,
                ),
            )  # fmt: skip
        clear = gr.Button("Clear filters", size="sm", elem_id="clear-filters")
    return FilterComponents(scope, everything, fields, clear, listener("ticks", "papers-ticked"))
