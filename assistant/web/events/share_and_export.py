"""Events by which a conversation leaves the page: a read-only link to it, files of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import gradio as gr

from assistant.errors import AssistantError
from assistant.history.export import markdown, references
from assistant.history.export.bibtex import bibtex
from assistant.history.export.csv import csv_of, table_csv
from assistant.types import Turn
from assistant.web.components.layout import QUIET, Parts, Update, tell
from assistant.web.sessions.chat_service import Service
from assistant.web.sessions.visitors import owner

_MARK = "\ufeff"  # without it Excel takes UTF-8 for something else
_SAVE = """(file) => { if (file) document.dispatchEvent(new CustomEvent("save-file", {detail: file})); }"""


def wire(service: Service, parts: Parts) -> None:
    """Wire the link and the exports."""
    _wire_links(service, parts)
    _wire_export(parts)


def file_of(form: str, title: str, turns: Sequence[Turn]) -> dict[str, str]:
    """Return the name, the type and the text of an export; empty where there is nothing to put into it.

    >>> file_of("table", "t", [])
    {}
    """
    table = next((turn.answer.table for turn in reversed(turns) if turn.answer.table), None)
    sources = markdown.cited(turns)
    papers = [one.paper for one in sources]
    made: dict[str, Callable[[], tuple[str, str, str]]] = {
        "markdown": lambda: (
            "conversation.md",
            "text/markdown",
            markdown.markdown(title, turns) if turns else "",
        ),
        "bibtex": lambda: ("papers.bib", "application/x-bibtex", bibtex(papers) if papers else ""),
        "ris": lambda: (
            "papers.ris",
            "application/x-research-info-systems",
            references.ris(papers) if papers else "",
        ),
        "csv": lambda: ("papers.csv", "text/csv", _MARK + csv_of(sources) if papers else ""),
        "table": lambda: ("comparison.csv", "text/csv", _MARK + table_csv(table) if table else ""),
    }
    if form not in made:
        return {}
    name, kind, text = made[form]()
    return {"name": name, "type": kind, "text": text} if text else {}


def link(request: gr.Request, token: str | None) -> Update:
    """Return what shows the link of a shared conversation, as the reader's browser reaches this page."""
    if token is None:
        return gr.update(value="", visible=False)
    root = str(request.headers.get("origin") or "").rstrip("/")
    where = escape(f"{root}/shared/{token}", quote=True)
    anchor = f'<a href="{where}" target="_blank" rel="noopener noreferrer">{where}</a>'
    copy = f'<button type="button" class="copy" id="copy-link" data-copy="{where}">Copy the link</button>'
    return gr.update(
        value=f"<p>Anyone who can open this page can read it there:</p><p>{anchor}</p>{copy}",
        visible=True,
    )


def _wire_links(service: Service, parts: Parts) -> None:
    own, side = parts.own, parts.side.kept

    def shared(request: gr.Request, identifier: str) -> Update:
        try:
            if not identifier:
                raise AssistantError("there is nothing to share yet: ask something first")
            return link(request, service.kept.share(owner(request), identifier))
        except AssistantError as error:
            tell("Not shared", error)
            return gr.skip()

    def ended(request: gr.Request, identifier: str) -> Update:
        try:
            service.kept.unshare(owner(request), identifier)
        except AssistantError as error:
            tell("The link was not ended", error)
            return gr.skip()
        return link(request, None)

    side.share.click(shared, own.conversation, side.shared, **QUIET)
    side.unshare.click(ended, own.conversation, side.shared, **QUIET)
    side.shared.change(
        lambda text: gr.update(visible=bool(text)), side.shared, side.unshare, queue=False, **QUIET
    )


def _wire_export(parts: Parts) -> None:
    def made(form: str, title: str, turns: list[Turn]) -> dict[str, str]:
        found = file_of(form, title or "Conversation", turns)
        if not found:
            tell(
                "Nothing to export",
                "there is no comparison yet" if form == "table" else "ask something first",
            )
        return found

    side = parts.side.kept
    side.export.click(made, [side.formats, side.title, parts.own.turns], side.file, **QUIET).then(
        None, side.file, js=_SAVE, **QUIET
    )
