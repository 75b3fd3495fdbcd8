"""The composer at the foot of the conversation: the question, what it is asked of and who answers
it, as chips that open small panels."""

import gradio as gr

from assistant.settings import DEFAULT_CORPUS
from assistant.types import QUOTES
from assistant.web.components.columns import listener
from assistant.web.sessions import model_menu
from ingest.formats import SUFFIXES


class Composer:
    """The question, the tray of selected papers above it, the panels and their chips below."""

    def __init__(self, model: str, corpora: list[str], corpus: str, label: str) -> None:
        """Lay it out; `model` and `corpus` are what is chosen at first, the corpus under its
        `label`."""
        self.tray = gr.HTML(elem_id="tray", apply_default_css=False)
        self.question = gr.Textbox(
            elem_id="question", show_label=False, label="Question", autofocus=True, container=False,
            submit_btn="Ask", max_lines=6, placeholder="Ask about the papers …",
            html_attributes=gr.InputHTMLAttributes(
                enterkeyhint="send", spellcheck=True, autocorrect="off"
            ),
        )  # fmt: skip
        with gr.Row(elem_id="chips"):
            corpus_chip = _chip(label, "corpus-part")
            model_chip = _chip(model_menu.short_name(model), "model-part")
            filter_chip = _chip("Filters", "filters")
        with gr.Column(elem_id="corpus-part"):
            self.corpus = CorpusPanel(corpus_chip, corpora, corpus)
        with gr.Column(elem_id="model-part"):
            self.writer = ModelPanel(model_chip, model)
        with gr.Column(elem_id="filters"):
            self.filters = FilterPanel(filter_chip)


class CorpusPanel:
    """What chooses a corpus and adds papers to one."""

    def __init__(self, chip: gr.Button, corpora: list[str], corpus: str) -> None:
        self.chip = chip
        gr.HTML("<h2>Corpus</h2>", apply_default_css=False)
        label = "Ask about the corpus"
        self.corpus = gr.Dropdown(corpora, value=corpus, label=label, elem_id="corpus")
        gr.Markdown(
            "**Add papers**: BibTeX, RIS, CSV, Excel, PubMed, OpenAlex, arXiv, JSON Lines and"
            " more.",
            elem_classes="hint",
        )
        self.files = gr.File(
            file_count="multiple", file_types=list(SUFFIXES), label="Files", elem_id="files",
            height=130, type="filepath",
        )  # fmt: skip
        self.pasted = gr.Textbox(
            label="Or paste records", elem_id="pasted", lines=1, max_lines=4,
            placeholder="BibTeX, RIS, CSV, JSON Lines …",
        )  # fmt: skip
        self.target = gr.Textbox(
            label="Into the corpus", value=target_for(corpus), elem_id="target", max_lines=1,
            info="A new name makes a new corpus.",
        )  # fmt: skip
        self.add = _button("Add the papers", "add", "primary")
        self.report = gr.Markdown(elem_id="report", latex_delimiters=[])
        self.use = gr.Button(size="sm", variant="primary", elem_id="use-corpus", visible=False)


class ModelPanel:
    """What chooses who writes."""

    def __init__(self, chip: gr.Button, model: str) -> None:
        self.chip = chip
        gr.HTML("<h2>Who writes the answers</h2>", apply_default_css=False)
        self.written_by = gr.Dropdown(
            [(model_menu.NO_MODEL, QUOTES), *([model] if model != QUOTES else [])],
            value=model, label="Written by", allow_custom_value=True, elem_id="written-by",
        )  # fmt: skip
        told = model_menu.notice(model)
        self.notice = gr.Markdown(told, elem_id="notice", latex_delimiters=[])
        with gr.Accordion("A server of your own", open=False, elem_id="own-server"):
            address = "Address, such as https://api.openai.com/v1"
            self.base_url = _menu(address, "base-url")
            label = "Key, if it asks for one"
            self.key = gr.Textbox(label=label, type="password", elem_id="api-key", max_lines=1)
            self.model = _menu("Model", "model-name")
            with gr.Row():
                self.find = _button("List its models", "find-models")
                self.use = _button("Test and use it", "use", "primary")


class FilterPanel:
    """What bounds which papers are asked about; the script tells `ticks` which are selected."""

    def __init__(self, chip: gr.Button) -> None:
        self.chip = chip
        gr.HTML("<h2>Ask only about papers</h2>", apply_default_css=False)
        with gr.Row():
            # No gr.Number: an empty one in a hidden part of the page comes to hold 0.
            years = _year("From year", "year-from"), _year("To year", "year-to")
        author = _line("By the author", "author")
        self.venue = _menu("At the venue", "venue")
        words = _line("With the words", "words", "in title or abstract")
        self.problem = gr.Markdown(elem_id="filter-problem", visible=False, latex_delimiters=[])
        self.clear = _button("Clear filters", "clear-filters")
        self.fields = (*years, author, self.venue, words)
        self.ticks = listener("ticks", "papers-ticked")


def target_for(corpus: str) -> str:
    """Return the corpus that papers are added to unless another is named: never unasked the bundled
    one."""
    return "mine" if corpus == DEFAULT_CORPUS else corpus


def _chip(label: str, panel: str) -> gr.Button:
    """Return a button that the script opens the panel by."""
    return gr.Button(label, size="sm", elem_id=f"chip-{panel}", elem_classes="chip")


def _button(label: str, elem_id: str, variant: str = "secondary") -> gr.Button:
    return gr.Button(label, size="sm", variant=variant, elem_id=elem_id)  # type: ignore[arg-type]


def _line(label: str, elem_id: str, placeholder: str | None = None) -> gr.Textbox:
    return gr.Textbox(label=label, elem_id=elem_id, max_lines=1, placeholder=placeholder)


def _year(label: str, elem_id: str) -> gr.Textbox:
    return gr.Textbox(label=label, elem_id=elem_id, min_width=90, max_lines=1, max_length=4)


def _menu(label: str, elem_id: str) -> gr.Dropdown:
    """Return an empty menu that takes what it does not list too."""
    return gr.Dropdown([], value=None, label=label, allow_custom_value=True, elem_id=elem_id)
