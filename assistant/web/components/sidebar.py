"""The menu at the side: conversations, what to do with the open one, the corpus, the model."""

from dataclasses import dataclass

import gradio as gr

from assistant.types import QUOTES
from assistant.web.sessions import model_menu
from ingest.formats import FORMAT_NAMES, SUFFIXES

FORMATS = {
    "Markdown": "markdown",
    "BibTeX": "bibtex",
    "RIS": "ris",
    "CSV of cited papers": "csv",
    "CSV of the comparison": "table",
}


@dataclass(frozen=True, slots=True)
class ConversationMenu:
    """The components for conversations that are kept."""

    new: gr.Button
    search: gr.Textbox
    listed: gr.Radio
    title: gr.Textbox
    formats: gr.Dropdown
    export: gr.Button
    share: gr.Button
    shared: gr.HTML
    unshare: gr.Button
    delete: gr.Button
    sure: gr.Button
    file: gr.JSON


@dataclass(frozen=True, slots=True)
class CorpusMenu:
    """The components that choose a corpus and add papers to one."""

    corpus: gr.Dropdown
    files: gr.File
    target: gr.Textbox
    add: gr.Button
    report: gr.Markdown


@dataclass(frozen=True, slots=True)
class WriterMenu:
    """The components that choose who writes."""

    written_by: gr.Dropdown
    notice: gr.Markdown
    base_url: gr.Textbox
    key: gr.Textbox
    model: gr.Textbox
    use: gr.Button


@dataclass(frozen=True, slots=True)
class Sidebar:
    """The components of the menu."""

    conversations: ConversationMenu
    corpus: CorpusMenu
    writer: WriterMenu


def sidebar(model: str, corpora: list[str], corpus: str) -> Sidebar:
    """Lay out the menu; `model` and `corpus` are what is chosen at first."""
    with gr.Sidebar(open=False, width=330, elem_id="side"):
        gr.Markdown("## Menu", elem_id="side-head")
        conversations = _conversations()
        with gr.Accordion("Corpus", open=False, elem_id="corpus-part"):
            corpus_menu = _corpus(corpora, corpus)
        with gr.Accordion("Model", open=False, elem_id="model-part"):
            writer = _writer(model)
    return Sidebar(conversations, corpus_menu, writer)


def _button(
    label: str, elem_id: str, variant: str = "secondary", visible: bool = True
) -> gr.Button:
    return gr.Button(label, size="sm", variant=variant, elem_id=elem_id, visible=visible)  # type: ignore[arg-type]


def _line(label: str, elem_id: str, placeholder: str | None = None) -> gr.Textbox:
    return gr.Textbox(label=label, elem_id=elem_id, max_lines=1, placeholder=placeholder)


def _conversations() -> ConversationMenu:
    new = _button("New conversation", "clear", "primary")
    search = _line("Search conversations", "search", "titles, questions, answers")
    listed = gr.Radio([], label="Conversations", elem_id="conversations")
    with gr.Accordion("This conversation", open=False, elem_id="this-part"):
        title = gr.Textbox(label="Title", elem_id="title", submit_btn="Rename", max_lines=1)
        choices = list(FORMATS.items())
        formats = gr.Dropdown(choices, value="markdown", label="Export as", elem_id="format")
        export = _button("Download", "export")
        share = _button("Make a read-only link", "share")
        shared = gr.HTML(elem_id="shared", visible=False)
        unshare = _button("End the link", "unshare", visible=False)
        delete = _button("Delete this conversation", "delete", "stop")
        sure = _button("Really delete it, for good", "delete-sure", "stop", visible=False)
    file = gr.JSON(visible="hidden", elem_id="file")
    this = (title, formats, export, share, shared, unshare, delete, sure)
    return ConversationMenu(new, search, listed, *this, file)


def _corpus(corpora: list[str], corpus: str) -> CorpusMenu:
    chosen = gr.Dropdown(corpora, value=corpus, label="Ask about the corpus", elem_id="corpus")
    about = f"**Add papers** — {FORMAT_NAMES}."
    gr.Markdown(about, elem_classes="hint")
    files = gr.File(
        file_count="multiple", file_types=list(SUFFIXES), label="Files", elem_id="files",
        height=120, type="filepath",
    )  # fmt: skip
    target = gr.Textbox(
        label="Into the corpus", value=corpus, elem_id="target", max_lines=1,
        info="A new name makes a new corpus.",
    )  # fmt: skip
    add = _button("Add the papers", "add")
    return CorpusMenu(
        chosen, files, target, add, gr.Markdown(elem_id="report", latex_delimiters=[])
    )


def _writer(model: str) -> WriterMenu:
    written_by = gr.Dropdown(
        [(model_menu.NO_MODEL, QUOTES), *([model] if model != QUOTES else [])],
        value=model, label="Written by", allow_custom_value=True, elem_id="written-by",
    )  # fmt: skip
    notice = gr.Markdown(model_menu.notice(model), elem_id="notice", latex_delimiters=[])
    with gr.Accordion("Use a server of your own", open=False, elem_id="own-server"):
        base_url = _line("Base URL", "base-url", "https://…/v1")
        key = gr.Textbox(label="API key", type="password", elem_id="api-key", max_lines=1)
        model_name = _line("Model", "own-model")
        use = _button("Use it in this session", "use-own")
        about = (
            "Both stay in this browser session's memory on the server; nothing is stored or logged."
        )
        gr.Markdown(about, elem_classes="hint")
    return WriterMenu(written_by, notice, base_url, key, model_name, use)
