"""Beside the conversation: the check of a sentence, the sources, the map, years and venues."""

from dataclasses import dataclass

import gradio as gr

from assistant.web.components.chat_column import listener
from assistant.web.rendering import sources_panel

_ABOUT_MAP = (
    "Each point is a paper; near ones are alike. "
    "Click points, or draw around some, to ask only about them."
)


@dataclass(frozen=True, slots=True)
class SentenceBox:
    """The components that show how one sentence was checked, and take a complaint about it."""

    picks: gr.HTML
    box: gr.Column
    text: gr.Markdown
    comment: gr.Textbox
    wrong: gr.Button
    close: gr.Button


@dataclass(frozen=True, slots=True)
class SourcesColumn:
    """The components beside the conversation; `lights` is what page.js shows on the map."""

    sentence: SentenceBox
    sources: gr.HTML
    map: gr.HTML
    lights: gr.HTML
    counted: gr.Markdown
    years: gr.BarPlot
    venues: gr.BarPlot


def sources_column() -> SourcesColumn:
    """Lay out what stands beside the conversation."""
    sentence = _sentence_box()
    with gr.Tabs(elem_id="beside-tabs"):
        with gr.Tab("Sources", elem_id="tab-sources"):
            sources = gr.HTML(sources_panel.NOTHING, elem_id="sources")
        with gr.Tab("Map", elem_id="tab-map", render_children=True):
            gr.Markdown(_ABOUT_MAP, elem_classes="hint")
            chart = gr.HTML(elem_id="map")
            lights = gr.HTML(elem_id="lights", visible="hidden")
        with gr.Tab("Years & venues", elem_id="tab-counts"):
            counted = gr.Markdown(elem_id="counted", elem_classes="hint")
            years, venues = _bars("year", "years", -40), _bars("venue", "venues", -50)
    return SourcesColumn(sentence, sources, chart, lights, counted, years, venues)


def _sentence_box() -> SentenceBox:
    picks = listener("picks", "sentence-picked")
    with gr.Column(visible=False, elem_id="check") as box:
        text = gr.Markdown(elem_id="check-text", latex_delimiters=[])
        label = "What is wrong with it (optional)"
        comment = gr.Textbox(label=label, elem_id="check-comment", max_lines=3)
        with gr.Row():
            wrong = gr.Button(
                "Report: wrong citation", size="sm", variant="stop", elem_id="check-wrong",
                min_width=120,
            )  # fmt: skip
            close = gr.Button("Close", size="sm", elem_id="check-close", min_width=80)
    return SentenceBox(picks, box, text, comment, wrong, close)


def _bars(by: str, elem_id: str, angle: int) -> gr.BarPlot:
    return gr.BarPlot(
        x=by, y="papers", color="which", color_title="Papers", height=250, elem_id=elem_id,
        title=f"Papers per {by}", x_label_angle=angle, buttons=[],
    )  # fmt: skip
