"""What stands beside the conversation: the check of a sentence, the sources, the map, years and venues."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from assistant.web.components.below_chat import listener
from assistant.web.rendering import sources_panel


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
    lights: gr.HTML
    years: gr.BarPlot
    venues: gr.BarPlot
    counted: gr.Markdown


def beside() -> Beside:
    """Lay out what stands beside the conversation."""
    checking = _checking()
    with gr.Tabs(elem_id="beside-tabs"):
        with gr.Tab("Sources", elem_id="tab-sources"):
            sources = gr.HTML(sources_panel.NOTHING, elem_id="sources")
        with gr.Tab("Map", elem_id="tab-map", render_children=True):
            gr.Markdown(
                "Each point is a paper; near ones are alike. Click points, or draw around some, to ask only about them.",
                elem_classes="hint",
            )
            chart = gr.HTML(elem_id="map")
            lights = gr.HTML(elem_id="lights", visible="hidden")
        with gr.Tab("Years & venues", elem_id="tab-counts"):
            counted = gr.Markdown(elem_id="counted", elem_classes="hint")
            years, venues = _bars("year", "years", -40), _bars("venue", "venues", -50)
    return Beside(sources, checking, chart, lights, years, venues, counted)


def _checking() -> Checking:
    picks = listener("picks", "sentence-picked")
    with gr.Column(visible=False, elem_id="check") as box:
        shown = gr.Markdown(elem_id="check-text", latex_delimiters=[])
        comment = gr.Textbox(
            label="What is wrong with it (optional)", elem_id="check-comment", max_lines=3
        )
        with gr.Row():
            wrong = gr.Button(
                "Report: wrong citation",
                size="sm",
                variant="stop",
                elem_id="check-wrong",
                min_width=120,
            )
            close = gr.Button("Close", size="sm", elem_id="check-close", min_width=80)
    return Checking(picks, box, shown, comment, wrong, close)


def _bars(by: str, elem_id: str, angle: int) -> gr.BarPlot:
    return gr.BarPlot(
        x=by, y="papers", color="which", color_title="Papers", height=250, title=f"Papers per {by}", x_label_angle=angle,
        elem_id=elem_id, buttons=[],
    )  # fmt: skip
