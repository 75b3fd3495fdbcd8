"""The menu at the side of the page: conversations, what to do with the open one, the corpus, the model."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from assistant.types import QUOTES
from assistant.web.sessions import model_menu

FILE_TYPES = (".txt", ".jsonl", ".ndjson", ".json")
FORMATS = {
    "Markdown": "markdown", "BibTeX": "bibtex", "RIS": "ris", "CSV of cited papers": "csv", "CSV of the comparison": "table",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """The components for conversations that are kept."""

    new: gr.Button
    search: gr.Textbox
    listed: gr.Radio
    title: gr.Textbox
    delete: gr.Button
    sure: gr.Button
    share: gr.Button
    unshare: gr.Button
    shared: gr.HTML
    formats: gr.Dropdown
    export: gr.Button
    file: gr.JSON


@dataclass(frozen=True, slots=True)
class Bring:
    """The components that choose a corpus and add papers to one."""

    corpus: gr.Dropdown
    files: gr.File
    target: gr.Textbox
    add: gr.Button
    report: gr.Markdown


@dataclass(frozen=True, slots=True)
class Writer:
    """The components that choose who writes."""

    written_by: gr.Dropdown
    notice: gr.Markdown
    base_url: gr.Textbox
    key: gr.Textbox
    model: gr.Textbox
    use: gr.Button


@dataclass(frozen=True, slots=True)
class Side:
    """The components of the menu."""

    kept: Kept
    bring: Bring
    writer: Writer


def side(model: str, corpora: list[str], corpus: str) -> Side:
    """Lay out the menu; `model` and `corpus` are what is chosen at first."""
    with gr.Sidebar(open=False, width=330, elem_id="side"):
        gr.Markdown("## Menu", elem_id="side-head")
        kept = _kept()
        with gr.Accordion("Corpus", open=False, elem_id="corpus-part"):
            bring = _bring(corpora, corpus)
        with gr.Accordion("Model", open=False, elem_id="model-part"):
            writer = _writer(model)
    return Side(kept, bring, writer)


def _kept() -> Kept:
    new = gr.Button("New conversation", size="sm", variant="primary", elem_id="clear")
    search = gr.Textbox(
        label="Search conversations",
        elem_id="search",
        max_lines=1,
        placeholder="titles, questions, answers",
    )
    listed = gr.Radio([], label="Conversations", elem_id="conversations")
    with gr.Accordion("This conversation", open=False, elem_id="this-part"):
        title = gr.Textbox(label="Title", elem_id="title", submit_btn="Rename", max_lines=1)
        formats = gr.Dropdown(
            list(FORMATS.items()), value="markdown", label="Export as", elem_id="format"
        )
        export = gr.Button("Download", size="sm", elem_id="export")
        share = gr.Button("Make a read-only link", size="sm", elem_id="share")
        shared = gr.HTML(elem_id="shared", visible=False)
        unshare = gr.Button("End the link", size="sm", elem_id="unshare", visible=False)
        delete = gr.Button("Delete this conversation", size="sm", variant="stop", elem_id="delete")
        sure = gr.Button(
            "Really delete it, for good",
            size="sm",
            variant="stop",
            elem_id="delete-sure",
            visible=False,
        )
    file = gr.JSON(visible="hidden", elem_id="file")
    return Kept(
        new, search, listed, title, delete, sure, share, unshare, shared, formats, export, file
    )


def _bring(corpora: list[str], corpus: str) -> Bring:
    chosen = gr.Dropdown(corpora, value=corpus, label="Ask about the corpus", elem_id="corpus")
    gr.Markdown(
        "**Add papers** — saved Hugging Face papers pages, JSON Lines or BEIR files.",
        elem_classes="hint",
    )
    files = gr.File(
        file_count="multiple",
        file_types=list(FILE_TYPES),
        label="Files",
        elem_id="files",
        height=120,
        type="filepath",
    )
    target = gr.Textbox(
        label="Into the corpus",
        value=corpus,
        elem_id="target",
        max_lines=1,
        info="A new name makes a new corpus.",
    )
    add = gr.Button("Add the papers", size="sm", elem_id="add")
    report = gr.Markdown(elem_id="report", latex_delimiters=[])
    return Bring(chosen, files, target, add, report)


def _writer(model: str) -> Writer:
    written_by = gr.Dropdown(
        [(model_menu.NO_MODEL, QUOTES), *([model] if model != QUOTES else [])],
        value=model, label="Written by", allow_custom_value=True, elem_id="written-by",
    )  # fmt: skip
    notice = gr.Markdown(model_menu.notice(model), elem_id="notice", latex_delimiters=[])
    with gr.Accordion("Use a server of your own", open=False, elem_id="own-server"):
        base_url = gr.Textbox(
            label="Base URL", placeholder="https://…/v1", elem_id="base-url", max_lines=1
        )
        key = gr.Textbox(label="API key", type="password", elem_id="api-key", max_lines=1)
        model_name = gr.Textbox(label="Model", elem_id="own-model", max_lines=1)
        use = gr.Button("Use it in this session", size="sm", elem_id="use-own")
        gr.Markdown(
            "Both stay in this browser session's memory on the server; nothing is stored or logged.",
            elem_classes="hint",
        )
    return Writer(written_by, notice, base_url, key, model_name, use)
