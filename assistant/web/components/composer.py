"""The composer at the foot of the conversation: the question, what it is asked of and who answers
it, as chips that open small panels."""

from dataclasses import dataclass

import gradio as gr

from assistant.settings import DEFAULT_CORPUS
from assistant.types import QUOTES
from assistant.web.components.listener import listener
from assistant.web.sessions import model_menu
from ingest.formats import SUFFIXES


@dataclass(frozen=True, slots=True)
class FilterPanel:
    """The components that bound which papers are asked about."""

    chip: gr.Button
    fields: tuple[gr.components.Component, ...]
    """From year, to year, author, venue, words."""
    problem: gr.Markdown
    clear: gr.Button
    ticks: gr.HTML

    @property
    def venue(self) -> gr.components.Component:
        """Return the menu of venues."""
        return self.fields[3]


@dataclass(frozen=True, slots=True)
class CorpusPanel:
    """The components that choose a corpus and add papers to one."""

    chip: gr.Button
    corpus: gr.Dropdown
    files: gr.File
    pasted: gr.Textbox
    target: gr.Textbox
    add: gr.Button
    report: gr.Markdown
    use: gr.Button


@dataclass(frozen=True, slots=True)
class ModelPanel:
    """The components that choose who writes."""

    chip: gr.Button
    written_by: gr.Dropdown
    notice: gr.Markdown
    base_url: gr.Dropdown
    key: gr.Textbox
    model: gr.Dropdown
    find: gr.Button
    use: gr.Button


@dataclass(frozen=True, slots=True)
class Composer:
    """The components of the composer; `tray` shows the papers that are selected."""

    tray: gr.HTML
    question: gr.Textbox
    corpus: CorpusPanel
    writer: ModelPanel
    filters: FilterPanel


def composer(model: str, corpora: list[str], corpus: str, label: str) -> Composer:
    """Lay out the composer; `model` and `corpus` are what is chosen at first, the corpus under its
    `label`."""
    tray = gr.HTML(elem_id="tray", apply_default_css=False)
    question = gr.Textbox(
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
        corpus_panel = _corpus(corpus_chip, corpora, corpus)
    with gr.Column(elem_id="model-part"):
        model_panel = _model(model_chip, model)
    with gr.Column(elem_id="filters"):
        filter_panel = _filters(filter_chip)
    return Composer(tray, question, corpus_panel, model_panel, filter_panel)


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


def _corpus(chip: gr.Button, corpora: list[str], corpus: str) -> CorpusPanel:
    gr.HTML("<h2>Corpus</h2>", apply_default_css=False)
    chosen = gr.Dropdown(corpora, value=corpus, label="Ask about the corpus", elem_id="corpus")
    gr.Markdown(
        "**Add papers**: BibTeX, RIS, CSV, Excel, PubMed, OpenAlex, arXiv, JSON Lines and more.",
        elem_classes="hint",
    )
    files = gr.File(
        file_count="multiple", file_types=list(SUFFIXES), label="Files", elem_id="files",
        height=130, type="filepath",
    )  # fmt: skip
    pasted = gr.Textbox(
        label="Or paste records", elem_id="pasted", lines=1, max_lines=4,
        placeholder="BibTeX, RIS, CSV, JSON Lines …",
    )  # fmt: skip
    target = gr.Textbox(
        label="Into the corpus", value=target_for(corpus), elem_id="target", max_lines=1,
        info="A new name makes a new corpus.",
    )  # fmt: skip
    add = _button("Add the papers", "add", "primary")
    report = gr.Markdown(elem_id="report", latex_delimiters=[])
    use = gr.Button(size="sm", variant="primary", elem_id="use-corpus", visible=False)
    return CorpusPanel(chip, chosen, files, pasted, target, add, report, use)


def _model(chip: gr.Button, model: str) -> ModelPanel:
    gr.HTML("<h2>Who writes the answers</h2>", apply_default_css=False)
    written_by = gr.Dropdown(
        [(model_menu.NO_MODEL, QUOTES), *([model] if model != QUOTES else [])],
        value=model, label="Written by", allow_custom_value=True, elem_id="written-by",
    )  # fmt: skip
    notice = gr.Markdown(model_menu.notice(model), elem_id="notice", latex_delimiters=[])
    with gr.Accordion("A server of your own", open=False, elem_id="own-server"):
        base_url = gr.Dropdown(
            [], value=None, label="Address, such as https://api.openai.com/v1",
            allow_custom_value=True, elem_id="base-url",
        )  # fmt: skip
        label = "Key, if it asks for one"
        key = gr.Textbox(label=label, type="password", elem_id="api-key", max_lines=1)
        name = gr.Dropdown(
            [], value=None, label="Model", allow_custom_value=True, elem_id="model-name"
        )
        with gr.Row():
            find = _button("List its models", "find-models")
            use = _button("Test and use it", "use", "primary")
    return ModelPanel(chip, written_by, notice, base_url, key, name, find, use)


def _year(label: str, elem_id: str) -> gr.Textbox:
    return gr.Textbox(label=label, elem_id=elem_id, min_width=90, max_lines=1, max_length=4)


def _filters(chip: gr.Button) -> FilterPanel:
    gr.HTML("<h2>Ask only about papers</h2>", apply_default_css=False)
    with gr.Row():
        # No gr.Number: an empty one in a hidden part of the page comes to hold 0.
        years = _year("From year", "year-from"), _year("To year", "year-to")
    author = _line("By the author", "author")
    venue = gr.Dropdown(
        [], label="At the venue", value=None, allow_custom_value=True, elem_id="venue"
    )
    words = _line("With the words", "words", "in title or abstract")
    problem = gr.Markdown(elem_id="filter-problem", visible=False, latex_delimiters=[])
    clear = _button("Clear filters", "clear-filters")
    fields = (*years, author, venue, words)
    return FilterPanel(chip, fields, problem, clear, listener("ticks", "papers-ticked"))
