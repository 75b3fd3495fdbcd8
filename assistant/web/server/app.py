"""The chat page: laid out, wired, served."""

from __future__ import annotations

import os
from dataclasses import dataclass

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# Else Gradio keeps what every event was given in the browser, a typed API key too, and serves a page of it.
os.environ["GRADIO_RUN_HISTORY"] = "False"

import gradio as gr

from assistant.assistant import Assistant
from assistant.errors import AssistantError
from assistant.history import feedback
from assistant.history.conversations import FILE, Conversations
from assistant.history.feedback import FeedbackStore
from assistant.settings import Settings
from assistant.web.components import layout, sidebar, sources_column
from assistant.web.components.layout import Parts, Update
from assistant.web.events import (
    after_answer,
    ask,
    conversations,
    filters_and_model,
    share_and_export,
    upload,
)
from assistant.web.events.feedback import wire
from assistant.web.server import serve
from assistant.web.sessions.chat_service import Service
from assistant.web.sessions.model_menu import LOOPBACK, Menu
from assistant.web.sessions.open_corpora import Shelf
from assistant.web.sessions.running_answers import UnderWay
from assistant.web.sessions.visitors import owner, session


@dataclass(frozen=True, slots=True)
class Page:
    """The page being served at `url`."""

    url: str
    service: Service
    served: serve.Served

    def wait(self) -> None:
        """Serve until Ctrl-C."""
        try:
            while self.served.thread.is_alive():
                self.served.thread.join(1)
        except KeyboardInterrupt:
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Stop all answers and the server, and release the files."""
        self.service.under_way.leave_all()
        self.served.close()
        self.service.shelf.close()
        self.service.kept.close()
        self.service.said.close()


def service_of(assistant: Assistant, settings: Settings) -> Service:
    """Return what all visitors of the page share."""
    folder = settings.data_folder
    return Service(
        Shelf(assistant, settings),
        Menu(assistant, settings),
        UnderWay(),
        Conversations(folder / FILE),
        FeedbackStore(folder / feedback.FILE),
    )


def build(service: Service) -> gr.Blocks:
    """Return the page; each browser session has its own conversation, its own choice of a model and of a corpus."""
    corpus, model = service.shelf.first, service.menu.first
    with gr.Blocks(title="Paper Assistant", fill_width=True, delete_cache=(3600, 86_400)) as blocks:
        side = sidebar.side(model, service.shelf.names(), corpus)
        head = gr.Markdown(conversations.head(service, corpus), elem_id="head", latex_delimiters=[])
        own = layout.own(model, corpus)
        with gr.Row(elem_id="page"):
            with gr.Column(scale=3, min_width=320, elem_id="main"):
                talk = layout.talk(model, conversations.examples(service, corpus))
            with gr.Column(scale=2, min_width=300, elem_id="beside"):
                shown = sources_column.beside()
        parts = Parts(head, talk, shown, side, own)
        running = ask.wire(service, parts)
        after_answer.wire_new(service, parts, running)
        conversations.wire(service, parts, after_answer.drawn, running)
        share_and_export.wire(service, parts)
        filters_and_model.wire(service, parts)
        upload.wire(service, parts)
        wire(service, parts)
        _wire_page(service, parts, blocks)
    blocks.queue(default_concurrency_limit=16, max_size=64)
    return blocks  # type: ignore[no-any-return]


def launch(assistant: Assistant, settings: Settings) -> Page:
    """Serve the page at the settings' host, and their port or the next free one; AssistantError says what stands against it."""
    door = serve.listening(settings.host, settings.port)
    if settings.host not in LOOPBACK and settings.password is None:
        door.close()
        raise AssistantError(
            f"the address {settings.host} can be reached from other machines; set PAPER_ASSISTANT_PASSWORD, which visitors then give"
        )
    service = service_of(assistant, settings)
    served = serve.serve(build(service), service.kept, settings, door)
    port = door.getsockname()[1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return Page(f"http://{host}:{port}/", service, served)


def _wire_page(service: Service, parts: Parts, blocks: gr.Blocks) -> None:
    """Wire what happens when the page opens and when it is left."""
    own, side = parts.own, parts.side

    def opened(request: gr.Request, corpus: str) -> list[Update]:
        listed = conversations.listing(service, owner(request), "", "")
        venues = filters_and_model.venues(service.shelf.assistant(corpus).papers())
        corpora = gr.update(choices=service.shelf.names())
        return [
            *listed,
            gr.update(choices=venues),
            corpora,
            *after_answer.drawn(service, corpus, [], ""),
        ]

    outputs = [
        side.kept.listed,
        side.kept.title,
        parts.talk.filtering.venue,
        side.bring.corpus,
        *layout.pictures(parts),
    ]
    blocks.load(opened, own.corpus, outputs, **layout.QUIET)
    writer = side.writer
    blocks.load(
        lambda chosen: filters_and_model.look_around(service, chosen),
        own.chosen,
        [writer.written_by, writer.notice],
        **layout.QUIET,
    )

    def left(request: gr.Request) -> None:
        service.under_way.leave(session(request))
        service.menu.forget(session(request))

    blocks.unload(left)
