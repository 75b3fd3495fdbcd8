"""Events of the conversations that are kept: opened, searched, renamed, deleted, shared, exported."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import gradio as gr

from assistant.errors import AssistantError
from assistant.keeping import export, references
from assistant.keeping.bibtex import bibtex
from assistant.keeping.kept import title_of
from assistant.markdown import escape
from assistant.settings import DEFAULT_CORPUS
from assistant.types import Turn
from assistant.web import layout, panel
from assistant.web.exchange import Service, messages
from assistant.web.layout import QUIET, UNTICK, Parts, Update, tell
from assistant.web.visitors import owner, session

Drawn = Callable[[Service, str, Sequence[Turn]], list[Update]]
_MOST_SHOWN = 100
_SAVE = """(file) => { if (file) document.dispatchEvent(new CustomEvent("save-file", {detail: file})); }"""


def kept(service: Service, name: str, corpus: str, identifier: str, turns: Sequence[Turn]) -> str:
    """Keep a conversation as it is now and return its id; one without turns is begun only by its first question."""
    if not turns and not identifier:
        return ""
    try:
        if not identifier:
            identifier = service.kept.begin(name, corpus, title_of(turns[0].user))
        service.kept.save(name, identifier, turns)
    except AssistantError as error:
        # Deleted meanwhile in another window, or a full disk: the conversation goes on, and its reader knows.
        tell("This conversation is not kept", error)
    return identifier


def listing(service: Service, name: str, identifier: str, search: str) -> list[Update]:
    """Return what shows the list of conversations, and the title of the one with `identifier`."""
    try:
        found = service.kept.listed(name, search or "", limit=_MOST_SHOWN)
    except AssistantError as error:
        tell("No list of conversations", error)
        found = []
    there = {one.id: one for one in found}
    choices = [(one.title, one.id) for one in found]
    title = gr.skip() if identifier and identifier not in there else there[identifier].title if identifier else ""
    return [gr.update(choices=choices, value=identifier if identifier in there else None), title]


def head(service: Service, corpus: str) -> str:
    """Return the head of the page: what can be asked about."""
    number = len(service.shelf.assistant(corpus).papers())
    papers = f"{number:,} paper{'s' if number != 1 else ''}"
    which = "this corpus" if corpus == DEFAULT_CORPUS else f"the corpus {escape(corpus)}"
    return f"# Paper Assistant\nAsk about the {papers} of {which}; every sentence links to the words it rests on."


def wire(service: Service, parts: Parts, drawn: Drawn) -> None:
    """Wire the list, the title, deletion and export; `drawn` makes the pictures of an opened conversation."""
    _wire_opening(service, parts, drawn)
    _wire_changes(service, parts)
    _wire_links(service, parts)
    _wire_export(service, parts)


def file_of(form: str, title: str, turns: Sequence[Turn]) -> dict[str, str]:
    """Return the name, the type and the text of an export; empty where there is nothing to put into it.

    >>> file_of("table", "t", [])
    {}
    """
    table = next((turn.answer.table for turn in reversed(turns) if turn.answer.table), None)
    sources = export.cited(turns)
    papers = [one.paper for one in sources]
    made: dict[str, Callable[[], tuple[str, str, str]]] = {
        "markdown": lambda: ("conversation.md", "text/markdown", export.markdown(title, turns) if turns else ""),
        "bibtex": lambda: ("papers.bib", "application/x-bibtex", bibtex(papers) if papers else ""),
        "ris": lambda: ("papers.ris", "application/x-research-info-systems", references.ris(papers) if papers else ""),
        "csv": lambda: ("papers.csv", "text/csv", references.csv_of(sources) if papers else ""),
        "table": lambda: ("comparison.csv", "text/csv", export.table_csv(table) if table else ""),
    }
    if form not in made:
        return {}
    name, kind, text = made[form]()
    return {"name": name, "type": kind, "text": text} if text else {}


def _wire_opening(service: Service, parts: Parts, drawn: Drawn) -> None:
    own, talk, side = parts.own, parts.talk, parts.side.kept

    def opened(request: gr.Request, identifier: str | None, now: str) -> list[Update]:
        if not identifier or identifier == now:
            return [gr.skip()] * len(outputs)
        service.under_way.leave(session(request))
        try:
            found = service.kept.load(owner(request), identifier)
            pictures = drawn(service, found.corpus, found.turns)
        except AssistantError as error:
            tell("Not opened", error)
            return [gr.skip()] * len(outputs)
        turns, corpus = list(found.turns), found.corpus
        question = gr.update(value="", submit_btn="Ask", stop_btn=False)
        shown = [messages(turns), panel.sources(turns), turns, identifier, (), corpus, corpus, found.title, question]
        return [*shown, *layout.buttons(()), *pictures, _link(request, found.token), head(service, corpus)]

    outputs = [
        talk.chatbot, parts.beside.sources, own.turns, own.conversation, own.only, own.corpus, parts.side.bring.corpus,
        side.title, talk.question, *talk.followups, *layout.pictures(parts), side.shared,
        parts.head,
    ]  # fmt: skip
    shown = side.listed.input(opened, [side.listed, own.conversation], outputs, **QUIET)
    shown.then(None, js=UNTICK, **QUIET)

    def searched(request: gr.Request, words: str, now: str) -> Update:
        return listing(service, owner(request), now, words)[0]

    side.search.input(searched, [side.search, own.conversation], side.listed, trigger_mode="always_last", queue=False, **QUIET)


def _wire_changes(service: Service, parts: Parts) -> None:
    own, side = parts.own, parts.side.kept

    def renamed(request: gr.Request, title: str, identifier: str, search: str) -> list[Update]:
        try:
            if not identifier:
                raise AssistantError("there is no conversation yet: ask something first")
            service.kept.rename(owner(request), identifier, title)
        except AssistantError as error:
            tell("Not renamed", error)
        return listing(service, owner(request), identifier, search)

    side.title.submit(renamed, [side.title, own.conversation, side.search], [side.listed, side.title], **QUIET)
    side.delete.click(lambda one: gr.update(visible=bool(one)), own.conversation, side.sure, queue=False, **QUIET)

    def deleted(request: gr.Request, identifier: str) -> Update:
        try:
            service.kept.delete(owner(request), identifier)
        except AssistantError as error:
            tell("Not deleted", error)
        return gr.update(visible=False)

    gone = side.sure.click(deleted, own.conversation, side.sure, **QUIET)
    # The page goes on with a new conversation, by the button that begins one.
    gone.then(None, js="() => document.querySelector('#clear').click()", **QUIET)


def _wire_links(service: Service, parts: Parts) -> None:
    own, side = parts.own, parts.side.kept

    def shared(request: gr.Request, identifier: str) -> Update:
        try:
            if not identifier:
                raise AssistantError("there is nothing to share yet: ask something first")
            return _link(request, service.kept.share(owner(request), identifier))
        except AssistantError as error:
            tell("Not shared", error)
            return gr.skip()

    def ended(request: gr.Request, identifier: str) -> Update:
        try:
            service.kept.unshare(owner(request), identifier)
        except AssistantError as error:
            tell("The link was not ended", error)
            return gr.skip()
        return _link(request, None)

    side.share.click(shared, own.conversation, side.shared, **QUIET)
    side.unshare.click(ended, own.conversation, side.shared, **QUIET)
    side.shared.change(lambda text: gr.update(visible=bool(text)), side.shared, side.unshare, queue=False, **QUIET)


def _wire_export(service: Service, parts: Parts) -> None:
    def made(form: str, title: str, turns: list[Turn]) -> dict[str, str]:
        found = file_of(form, title or "Conversation", turns)
        if not found:
            tell("Nothing to export", "there is no comparison yet" if form == "table" else "ask something first")
        return found

    side = parts.side.kept
    side.export.click(made, [side.formats, side.title, parts.own.turns], side.file, **QUIET).then(
        None, side.file, js=_SAVE, **QUIET
    )


def _link(request: gr.Request, token: str | None) -> Update:
    """Return what shows the link of a shared conversation, as the reader's browser reaches this page."""
    if token is None:
        return gr.update(value="", visible=False)
    root = str(request.headers.get("origin") or "").rstrip("/")
    where = f"{root}/shared/{token}"
    return gr.update(value=f"Anyone who can open this page can read it: [{where}]({where})", visible=True)
