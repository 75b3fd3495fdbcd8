"""Events that choose who writes: a model of the menu, or a server of the visitor's own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.models.credentials import Server
from assistant.settings import LOOPBACK
from assistant.text.markdown import escape, unturned
from assistant.types import QUOTES
from assistant.web.components.layout import QUIET, Changes, PageComponents, show_warning
from assistant.web.sessions import model_menu
from assistant.web.sessions.chat_service import ChatService
from assistant.web.sessions.visitors import owner, session


def wire(service: ChatService, page: PageComponents, blocks: gr.Blocks) -> None:
    """Wire the choice of who writes; what there is to choose is looked for as the page loads."""
    handlers, state, writer = _Handlers(service, page), page.state, page.composer.writer
    outputs = model_outputs(page)
    chosen = [writer.written_by, state.model, state.conversation]
    writer.written_by.input(handlers.choose, chosen, outputs, **QUIET)
    # Through the queue: what is told of an event outside of it never reaches the page.
    server = [writer.base_url, writer.key, writer.model]
    used_in = [*server, state.conversation]
    writer.find.click(handlers.find, server, [writer.model, writer.notice], **QUIET)
    # A server of this machine needs no key: its models are listed at once.
    writer.base_url.input(handlers.pick, server, [writer.model, writer.notice], **QUIET)
    used = [*outputs, writer.key, page.composer.question]
    writer.use.click(handlers.use, used_in, used, **QUIET)
    found = [writer.written_by, writer.notice, writer.base_url]
    blocks.load(handlers.look, state.model, found, **QUIET)


def model_outputs(page: PageComponents) -> list[Any]:
    """Return what changes with the model."""
    writer = page.composer.writer
    return [writer.written_by, page.state.model, writer.notice, writer.chip]


def show_model(page: PageComponents, name: str) -> Changes:
    """Return what shows who writes."""
    writer = page.composer.writer
    return {
        writer.written_by: name,
        page.state.model: name,
        writer.notice: model_menu.notice(name),
        writer.chip: model_menu.short_name(name),
    }


def restore_model(service: ChatService, page: PageComponents, owner: str, name: object) -> Changes:
    """Return what shows the model that a conversation was left with, if the session may use it."""
    known = isinstance(name, str) and service.models.knows(name, owner)
    return show_model(page, str(name)) if known else {}


@dataclass(frozen=True, slots=True)
class _Handlers:
    service: ChatService
    page: PageComponents

    def look(self, model: str) -> Changes:
        """Return the models to choose from, and the servers that run on this machine."""
        models, writer = self.service.models, self.page.composer.writer
        changes: Changes = {writer.written_by: gr.update(choices=models.choices())}
        if servers := model_menu.local_choices() if models.local else []:
            changes[writer.base_url] = gr.update(choices=servers)
            if model == QUOTES:
                found = " and ".join(label.partition(",")[0] for label, _ in servers)
                told = f"**Found:** {found}; choose it as the address."
                changes[writer.notice] = f"{model_menu.notice(model)}\n\n{told}"
        return changes

    def choose(
        self, text: str | None, before: str, conversation: str, request: gr.Request
    ) -> Iterator[Changes]:
        writer = self.page.composer.writer
        name = model_menu.read_choice(text) or before
        if name == before:
            # The menu tells again when it loses the focus: what the page last said stays.
            yield {writer.written_by: before}
            return
        yield {writer.notice: f"Getting **{escape(name)}** ready …"}
        try:
            self.service.models.chat(name, session(request))
        except AssistantError as error:
            problem = unturned(f"**Not changed:** {escape(str(error))}.")
            yield {writer.written_by: before, writer.notice: problem}
            return
        self.service.live.remember(owner(request), conversation, model=name)
        yield show_model(self.page, name)

    def find(self, base_url: str, key: str, model: str | None) -> Iterator[Changes]:
        writer = self.page.composer.writer
        yield {writer.notice: "Asking the server …"}
        try:
            names = self.service.models.list_models(_server(base_url, key))
        except AssistantError as error:
            yield {writer.notice: unturned(f"**Not found:** {escape(str(error))}.")}
            return
        chosen = model if model in names else names[0]
        told = f"The server has {len(names)} model{'s' if len(names) != 1 else ''}."
        yield {writer.model: gr.update(choices=names, value=chosen), writer.notice: told}

    def pick(self, base_url: str, key: str, model: str | None) -> Iterator[Changes]:
        if base_url in [address for _, address in model_menu.local_choices()]:
            yield from self.find(base_url, key, model)
        else:
            yield {self.page.composer.writer.notice: gr.skip()}

    def use(
        self, request: gr.Request, base_url: str, key: str, model: str | None, conversation: str
    ) -> Iterator[Changes]:
        writer, question = self.page.composer.writer, self.page.composer.question
        # A question asked meanwhile would be quoted, not written.
        asking = "Asking the model one small question …"
        yield {writer.notice: asking, question: gr.update(submit_btn=False)}
        try:
            name = self.service.models.use(session(request), _server(base_url, key), model or "")
        except AssistantError as error:
            show_warning("Not changed", error)
            problem = unturned(f"**Not changed:** {escape(str(error))}.")
            yield {writer.notice: problem, question: gr.update(submit_btn="Ask")}
            return
        self.service.live.remember(owner(request), conversation, model=name)
        choices = [*self.service.models.choices(), (name, name)]
        yield {
            **show_model(self.page, name),
            writer.written_by: gr.update(choices=choices, value=name),
            writer.key: "",
            question: gr.update(submit_btn="Ask"),
        }


def _server(base_url: str, key: str) -> Server:
    """Return the server that was typed, its address with the usual scheme and path."""
    address = (base_url or "").strip()
    if "://" not in address and ("." in address or ":" in address):
        here = address.startswith(LOOPBACK)
        address = f"{'http' if here else 'https'}://{address}"
    if re.fullmatch(r"https?://[^/\s]+/?", address):  # as all servers of this kind have it
        address = f"{address.rstrip('/')}/v1"
    return Server(address, (key or "").strip())
