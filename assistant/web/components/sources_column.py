"""Beside the conversation: the check of a sentence, the sources, the map, years and venues."""

from dataclasses import dataclass

import gradio as gr

from assistant.web.components.listener import listener
from assistant.web.rendering import sources_panel

_ABOUT_MAP = (
    "Each point is a paper; near ones are alike. Click one to read and select it; draw around some"
    " to select them."
)
_CLOSE = (
    '<button type="button" data-pane="beside" aria-controls="beside">'
    '<span aria-hidden="true">×</span><span class="unseen">Close the sources</span></button>'
)
_MAP_TOOLS = (
    '<div class="acts"><button type="button" data-zoom=".67" aria-label="Zoom in">+</button>'
    '<button type="button" data-zoom="1.5" aria-label="Zoom out">−</button></div>'
    '<p id="mapped" role="status"></p>'
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
    """The components beside the conversation; `lights` is what the script shows on the map, `opens`
    tells which of its papers is `opened` below it."""

    sentence: SentenceBox
    sources: gr.HTML
    map: gr.HTML
    lights: gr.HTML
    opens: gr.HTML
    opened: gr.HTML
    charts: gr.HTML


def sources_column() -> SourcesColumn:
    """Lay out what stands beside the conversation."""
    gr.HTML(_CLOSE, elem_id="beside-close", apply_default_css=False)
    sentence = _sentence_box()
    with gr.Tabs(elem_id="beside-tabs"):
        with gr.Tab("Sources", elem_id="tab-sources"):
            sources = gr.HTML(sources_panel.NOTHING, elem_id="sources", apply_default_css=False)
        with gr.Tab("Map", elem_id="tab-map", render_children=True):
            gr.Markdown(_ABOUT_MAP, elem_classes="hint")
            chart = gr.HTML(elem_id="map", apply_default_css=False)
            gr.HTML(_MAP_TOOLS, elem_id="map-tools", apply_default_css=False)
            opened = gr.HTML(elem_id="map-paper", apply_default_css=False)
            opens = listener("map-opens", "paper-opened")
            lights = gr.HTML(elem_id="lights", visible="hidden", apply_default_css=False)
        with gr.Tab("Years & venues", elem_id="tab-counts"):
            charts = gr.HTML(elem_id="charts", apply_default_css=False)
    return SourcesColumn(sentence, sources, chart, lights, opens, opened, charts)


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
