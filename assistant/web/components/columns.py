"""The columns of the page: the conversations that are kept, the one that is open, its sources."""

import gradio as gr

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


def listener(elem_id: str, event: str) -> gr.HTML:
    """Return an unseen component whose `select` is what the script tells under the name `event`."""
    pass_on = f"document.addEventListener('{event}', (told) => trigger('select', told.detail));"
    return gr.HTML(elem_id=elem_id, js_on_load=pass_on, visible="hidden", apply_default_css=False)


class HistoryColumn:
    """At the left: the conversations that are kept, each a row with its address and a menu."""

    def __init__(self) -> None:
        self.new = gr.Button("New conversation", size="sm", variant="primary", elem_id="new")
        self.search = gr.Textbox(
            show_label=False, label="Search conversations", placeholder="Search conversations",
            elem_id="search", max_lines=1, container=False,
        )  # fmt: skip
        self.listed = gr.HTML(elem_id="conversations", apply_default_css=False)
        self.opens = listener("opens", "conversation-chosen")
        self.acts = listener("acts", "conversation-acted")


class ChatColumn:
    """In the middle, and the one thing there that scrolls: the first screen, the conversation, what
    may be asked next."""

    def __init__(self, welcome: str) -> None:
        self.welcome = gr.HTML(welcome, elem_id="welcome", apply_default_css=False)
        self.chatbot = gr.Chatbot(
            elem_id="chat", show_label=False, label="Conversation", height=None,
            latex_delimiters=[], layout="panel", autoscroll=False, line_breaks=False,
            buttons=["copy"], feedback_options=("Like", "Dislike"), editable="user",
        )  # fmt: skip
        self.followups = gr.HTML(elem_id="followups", apply_default_css=False)
        self.asks = listener("asks", "question-chosen")


class SentenceBox:
    """How one sentence was checked, and a complaint about it."""

    def __init__(self) -> None:
        self.picks = listener("picks", "sentence-picked")
        with gr.Column(visible=False, elem_id="check") as self.box:
            self.text = gr.Markdown(elem_id="check-text", latex_delimiters=[])
            label = "What is wrong with it (optional)"
            self.comment = gr.Textbox(label=label, elem_id="check-comment", max_lines=3)
            with gr.Row():
                self.wrong = gr.Button(
                    "Report: wrong citation", size="sm", variant="stop", elem_id="check-wrong",
                    min_width=120,
                )  # fmt: skip
                self.close = gr.Button("Close", size="sm", elem_id="check-close", min_width=80)


class SourcesColumn:
    """Beside the conversation: the check of a sentence, the sources, the map, years and venues.

    `lights` is what the script shows on the map, `opened` the paper of it that is shown below.
    """

    def __init__(self) -> None:
        gr.HTML(_CLOSE, elem_id="beside-close", apply_default_css=False)
        self.sentence = SentenceBox()
        with gr.Tabs(elem_id="beside-tabs"):
            with gr.Tab("Sources", elem_id="tab-sources"):
                nothing = sources_panel.NOTHING
                self.sources = gr.HTML(nothing, elem_id="sources", apply_default_css=False)
            with gr.Tab("Map", elem_id="tab-map", render_children=True):
                gr.Markdown(_ABOUT_MAP, elem_classes="hint")
                self.map = gr.HTML(elem_id="map", apply_default_css=False)
                gr.HTML(_MAP_TOOLS, elem_id="map-tools", apply_default_css=False)
                self.opened = gr.HTML(elem_id="map-paper", apply_default_css=False)
                self.opens = listener("map-opens", "paper-opened")
                self.lights = gr.HTML(elem_id="lights", visible="hidden", apply_default_css=False)
            with gr.Tab("Years & venues", elem_id="tab-counts"):
                self.charts = gr.HTML(elem_id="charts", apply_default_css=False)
