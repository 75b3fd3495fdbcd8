"""Events by which a conversation leaves the page: a read-only link to it, files of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import gradio as gr

from assistant.errors import AssistantError
from assistant.history.export import markdown
from assistant.history.export.bibtex import bibtex
from assistant.history.export.csv import csv_of, table_csv
from assistant.history.export.references import ris
from assistant.types import Turn
from assistant.web.components.layout import QUIET, PageComponents, Update, show_warning
from assistant.web.sessions.chat_service import ChatService
from assistant.web.sessions.visitors import owner

_EXCEL = "\ufeff"  # without it Excel takes UTF-8 for something else
_SAVE = (
    "(file) => { if (file) document.dispatchEvent(new CustomEvent('save-file', {detail: file})); }"
)
_FILES = {
    "markdown": ("conversation.md", "text/markdown"),
    "bibtex": ("papers.bib", "application/x-bibtex"),
    "ris": ("papers.ris", "application/x-research-info-systems"),
    "csv": ("papers.csv", "text/csv"),
    "table": ("comparison.csv", "text/csv"),
}


def export_file(form: str, title: str, turns: Sequence[Turn]) -> dict[str, str]:
    """Return the name, the type and the text of an export; empty where there is nothing to put into
    it.

    >>> export_file("table", "t", [])
    {}
    """
    sources = markdown.cited(turns)
    papers = [source.paper for source in sources]
    tables = [turn.answer.table for turn in turns if turn.answer.table]
    writers: dict[str, tuple[object, Callable[[], str]]] = {
        "markdown": (turns, lambda: markdown.markdown(title, turns)),
        "bibtex": (papers, lambda: bibtex(papers)),
        "ris": (papers, lambda: ris(papers)),
        "csv": (papers, lambda: _EXCEL + csv_of(sources)),
        "table": (tables, lambda: _EXCEL + table_csv(tables[-1])),
    }
    needed, write = writers.get(form, ((), str))
    if not needed:
        return {}
    name, kind = _FILES[form]
    return {"name": name, "type": kind, "text": write()}


def show_link(request: gr.Request, token: str | None) -> Update:
    """Return what shows the link of a shared conversation, as the reader's browser reaches this
    page."""
    if token is None:
        return gr.update(value="", visible=False)
    root = str(request.headers.get("origin") or "").rstrip("/")
    url = escape(f"{root}/shared/{token}", quote=True)
    html = (
        "<p>Anyone who can open this page can read it there:</p>"
        f'<p><a href="{url}" target="_blank" rel="noopener noreferrer">{url}</a></p>'
        f'<button type="button" class="copy" id="copy-link" data-copy="{url}">'
        "Copy the link</button>"
    )
    return gr.update(value=html, visible=True)


def wire(service: ChatService, page: PageComponents) -> None:
    """Wire the link and the exports."""
    handlers, state, side = _Handlers(service), page.state, page.side.conversations
    side.share.click(handlers.share, state.conversation, side.shared, **QUIET)
    side.unshare.click(handlers.unshare, state.conversation, side.shared, **QUIET)
    side.shared.change(handlers.offer_end, side.shared, side.unshare, queue=False, **QUIET)
    inputs = [side.formats, side.title, state.turns]
    exported = side.export.click(handlers.export, inputs, side.file, **QUIET)
    exported.then(None, side.file, js=_SAVE, **QUIET)


@dataclass(frozen=True, slots=True)
class _Handlers:
    service: ChatService

    def share(self, request: gr.Request, identifier: str) -> Update:
        try:
            if not identifier:
                raise AssistantError("there is nothing to share yet: ask something first")
            return show_link(request, self.service.conversations.share(owner(request), identifier))
        except AssistantError as error:
            show_warning("Not shared", error)
            return gr.skip()

    def unshare(self, request: gr.Request, identifier: str) -> Update:
        try:
            self.service.conversations.unshare(owner(request), identifier)
        except AssistantError as error:
            show_warning("The link was not ended", error)
            return gr.skip()
        return show_link(request, None)

    def offer_end(self, shared: str) -> Update:
        return gr.update(visible=bool(shared))

    def export(self, form: str, title: str, turns: list[Turn]) -> dict[str, str]:
        file = export_file(form, title or "Conversation", turns)
        if not file:
            missing = "there is no comparison yet" if form == "table" else "ask something first"
            show_warning("Nothing to export", missing)
        return file
