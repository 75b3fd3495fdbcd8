"""What stands where on the chat page: the conversation in the middle, the sources beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from assistant.markdown import unturned
from assistant.suggest import MOST
from assistant.types import QUOTES
from assistant.web import panel
from assistant.web.sidebar import Side

EXAMPLES = (
    "which papers adapt T2I models to video?",
    "summarise what is known about noisy web captions in vision-language pre-training",
    "compare SimDA with Tune-A-Video",
    "how many parameters does SimDA tune?",
    "how many papers about speech are there per year?",
)
# gr.HTML's own JavaScript: what page.js tells of a reader's pick becomes the component's event.
_PASS_ON = "document.addEventListener('{name}', (event) => trigger('select', event.detail));"
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
class Filtering:
    """The components that bound which papers are asked about."""

    year_from: gr.Number
    year_to: gr.Number
    author: gr.Textbox
    venue: gr.Dropdown
    text: gr.Textbox
    clear: gr.Button
    scope: gr.Markdown
    everything: gr.Button
    ticks: gr.HTML

    @property
    def fields(self) -> list[gr.components.Component]:
        """Return the components whose values make the filters."""
        return [self.year_from, self.year_to, self.author, self.venue, self.text]


@dataclass(frozen=True, slots=True)
class TableTools:
    """The components that edit the comparison under discussion."""

    row: gr.Row
    sort: gr.Dropdown
    swap: gr.Button
    more: gr.Textbox


@dataclass(frozen=True, slots=True)
class Talk:
    """The components of the conversation."""

    chatbot: gr.Chatbot
    question: gr.Textbox
    followups: tuple[gr.Button, ...]
    tools: TableTools
    filtering: Filtering


@dataclass(frozen=True, slots=True)
class Checking:
    """The components that show how one sentence was checked, and take a complaint about it."""

    picks: gr.HTML
    box: gr.Column
    shown: gr.Markdown
    comment: gr.Textbox
    wrong: gr.Button
    close: gr.Button


@dataclass(frozen=True, slots=True)
class Beside:
    """The components beside the conversation."""

    sources: gr.HTML
    checking: Checking
    map: gr.HTML
    years: gr.BarPlot
    venues: gr.BarPlot
    counted: gr.Markdown


@dataclass(frozen=True, slots=True)
class Own:
    """What a browser session holds: its turns, who writes, which corpus, the conversation's id, the papers ticked."""

    turns: gr.State
    chosen: gr.State
    corpus: gr.State
    conversation: gr.State
    only: gr.State


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
    return Own(gr.State([]), gr.State(model), gr.State(corpus), gr.State(""), gr.State(()))


def talk(model: str) -> Talk:
    """Lay out the conversation; `model` is the one that writes at first."""
    chatbot = gr.Chatbot(
        elem_id="chat", show_label=False, label="Conversation", height="60vh", latex_delimiters=[], layout="panel", autoscroll=False,
        line_breaks=False, buttons=["copy"], feedback_options=("Like", "Dislike"), editable="user",
        placeholder=OFFER if model == QUOTES else "Ask a question, or try one of these:",
        examples=[{"text": example} for example in EXAMPLES],
    )  # fmt: skip
    tools = _table_tools()
    with gr.Row(elem_id="followups"):
        followups = tuple(gr.Button(visible=False, size="sm", min_width=120, elem_id=f"followup-{n}") for n in range(MOST))
    filtering_scope = _scope()
    question = gr.Textbox(
        elem_id="question", show_label=False, label="Question", autofocus=True, submit_btn="Ask",
        max_lines=4, placeholder="Which papers …? Summarise … Compare A with B …", html_attributes=gr.InputHTMLAttributes(
            enterkeyhint="send", spellcheck=True, autocorrect="off"
        ),
    )  # fmt: skip
    return Talk(chatbot, question, followups, tools, _filtering(*filtering_scope))


def _table_tools() -> TableTools:
    with gr.Row(visible=False, elem_id="table-tools") as row:
        sort = gr.Dropdown([], label="Sort the table by", elem_id="table-sort", min_width=140, scale=1)
        more = gr.Textbox(
            label="Add to the table", placeholder="an aspect (“code”) or a paper", elem_id="table-more", submit_btn="Add",
            min_width=180, scale=2, max_lines=1,
        )  # fmt: skip
        swap = gr.Button("Swap rows and columns", size="sm", elem_id="table-swap", min_width=120, scale=1)
    return TableTools(row, sort, swap, more)


def _scope() -> tuple[gr.Markdown, gr.Button]:
    with gr.Row(elem_id="scope-row"):
        scope = gr.Markdown(elem_id="scope", visible=False)
        everything = gr.Button("Ask about all papers again", size="sm", elem_id="everything", visible=False, min_width=120)
    return scope, everything


def _filtering(scope: gr.Markdown, everything: gr.Button) -> Filtering:
    with gr.Accordion("Filters: year, author, venue, words", open=False, elem_id="filters"):
        with gr.Row():
            year_from = gr.Number(label="From year", value=None, precision=0, minimum=0, elem_id="year-from", min_width=90)
            year_to = gr.Number(label="To year", value=None, precision=0, minimum=0, elem_id="year-to", min_width=90)
            author = gr.Textbox(label="Author", elem_id="author", min_width=120, max_lines=1)
            venue = gr.Dropdown([], label="Venue", value=None, allow_custom_value=True, elem_id="venue", min_width=120)
            text = gr.Textbox(label="Words in title or abstract", elem_id="words", min_width=160, max_lines=1)
        clear = gr.Button("Clear filters", size="sm", elem_id="clear-filters")
    ticks = gr.HTML(elem_id="ticks", js_on_load=_PASS_ON.format(name="papers-ticked"), visible="hidden")
    return Filtering(year_from, year_to, author, venue, text, clear, scope, everything, ticks)


def beside() -> Beside:
    """Lay out what stands beside the conversation."""
    checking = _checking()
    with gr.Tabs(elem_id="beside-tabs"):
        with gr.Tab("Sources", elem_id="tab-sources"):
            sources = gr.HTML(panel.NOTHING, elem_id="sources")
        with gr.Tab("Map", elem_id="tab-map", render_children=True):
            gr.Markdown(
                "Each point is a paper; near ones are alike. Click points, or draw around some, to ask only about them.",
                elem_classes="hint",
            )
            chart = gr.HTML(elem_id="map")
        with gr.Tab("Years & venues", elem_id="tab-counts"):
            counted = gr.Markdown(elem_id="counted", elem_classes="hint")
            years = gr.BarPlot(
                x="year", y="papers", color="which", height=240, title="Papers per year", elem_id="years", buttons=[]
            )
            venues = gr.BarPlot(
                x="venue",
                y="papers",
                color="which",
                height=260,
                title="Papers per venue",
                elem_id="venues",
                buttons=[],
                x_label_angle=-50,
            )
    return Beside(sources, checking, chart, years, venues, counted)


def _checking() -> Checking:
    picks = gr.HTML(elem_id="picks", js_on_load=_PASS_ON.format(name="sentence-picked"), visible="hidden")
    with gr.Column(visible=False, elem_id="check") as box:
        shown = gr.Markdown(elem_id="check-text")
        comment = gr.Textbox(label="What is wrong with it (optional)", elem_id="check-comment", max_lines=3)
        with gr.Row():
            wrong = gr.Button("Report: wrong citation", size="sm", variant="stop", elem_id="check-wrong", min_width=120)
            close = gr.Button("Close", size="sm", elem_id="check-close", min_width=80)
    return Checking(picks, box, shown, comment, wrong, close)


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
    return [parts.beside.map, parts.beside.years, parts.beside.venues, parts.beside.counted, tools.row, tools.sort, tools.more]


def tell(title: str, problem: object) -> None:
    """Show for a moment what went wrong; the words may be anybody's. Only from events that are queued: from others it is lost."""
    gr.Warning(escape(unturned(str(problem))), title=title, duration=8)
