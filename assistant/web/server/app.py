"""The chat page: laid out, wired, served."""

import logging
import os
from dataclasses import dataclass

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# Else Gradio keeps what every event was given in the browser, a typed API key too, and serves a
# page of it.
os.environ["GRADIO_RUN_HISTORY"] = "False"

import gradio as gr

from assistant.assistant import Assistant
from assistant.errors import AssistantError
from assistant.history import feedback as kept_feedback
from assistant.history.conversations import FILE, Conversations
from assistant.history.feedback import FeedbackStore
from assistant.settings import Settings
from assistant.web.components.chat_column import chat_column
from assistant.web.components.layout import QUIET, Changes, PageComponents, session_state
from assistant.web.components.sidebar import sidebar
from assistant.web.components.sources_column import sources_column
from assistant.web.events import (
    after_answer,
    ask,
    conversations,
    feedback,
    filters_and_model,
    share_and_export,
    upload,
)
from assistant.web.server import serve
from assistant.web.sessions.chat_service import ChatService
from assistant.web.sessions.model_menu import LOOPBACK, ModelMenu
from assistant.web.sessions.open_corpora import OpenCorpora
from assistant.web.sessions.running_answers import RunningAnswers
from assistant.web.sessions.visitors import owner, session

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """The page being served at `url`."""

    url: str
    service: ChatService
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
        self.service.running.leave_all()
        self.served.close()
        self.service.corpora.close()
        self.service.conversations.close()
        self.service.feedback.close()


def launch(assistant: Assistant, settings: Settings) -> Page:
    """Serve the page at the settings' host, and their port or the next free one; AssistantError
    says what stands against it."""
    listening = serve.listen(settings.host, settings.port)
    if settings.host not in LOOPBACK and settings.password is None:
        listening.close()
        raise AssistantError(
            f"the address {settings.host} can be reached from other machines; "
            "set PAPER_ASSISTANT_PASSWORD, which visitors then give"
        )
    service = make_service(assistant, settings)
    served = serve.serve(build(service), service.conversations, settings, listening)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{listening.getsockname()[1]}/"
    papers, corpus = len(assistant.papers()), assistant.corpus
    _log.info("serving %d papers of the corpus %s at %s, %s", papers, corpus, url, assistant.model)
    return Page(url, service, served)


def make_service(assistant: Assistant, settings: Settings) -> ChatService:
    """Return what all visitors of the page share."""
    folder = settings.data_folder
    return ChatService(
        OpenCorpora(assistant, settings),
        ModelMenu(assistant, settings),
        RunningAnswers(),
        Conversations(folder / FILE),
        FeedbackStore(folder / kept_feedback.FILE),
    )


def build(service: ChatService) -> gr.Blocks:
    """Return the page; each browser session has its own conversation, its own choice of a model and
    of a corpus."""
    corpus, model = service.corpora.first, service.models.first
    with gr.Blocks(title="Paper Assistant", fill_width=True, delete_cache=(3600, 86_400)) as blocks:
        side = sidebar(model, service.corpora.names(), corpus)
        head = gr.Markdown(conversations.head(service, corpus), elem_id="head", latex_delimiters=[])
        state = session_state(model, corpus)
        with gr.Row(elem_id="page"):
            with gr.Column(scale=3, min_width=320, elem_id="main"):
                chat = chat_column(model, conversations.examples(service, corpus))
            with gr.Column(scale=2, min_width=300, elem_id="beside"):
                beside = sources_column()
        _wire(service, PageComponents(head, side, chat, beside, state), blocks)
    blocks.queue(default_concurrency_limit=16, max_size=64)
    return blocks  # type: ignore[no-any-return]


def _wire(service: ChatService, page: PageComponents, blocks: gr.Blocks) -> None:
    running = ask.wire(service, page, lambda event: after_answer.follow(service, page, event))
    after_answer.wire_new(service, page, running)
    conversations.wire(
        service, page, lambda *what: after_answer.draw(service, page, *what), running
    )
    share_and_export.wire(service, page)
    filters_and_model.wire(service, page)
    upload.wire(service, page)
    feedback.wire(service, page)
    state, side, writer = page.state, page.side.conversations, page.side.writer
    opened = [side.listed, side.title, page.chat.filters.venue, page.side.corpus.corpus]

    def open_page(request: gr.Request, corpus: str) -> Changes:
        venues = filters_and_model.list_venues(service.corpora.assistant(corpus).papers())
        return {
            page.chat.filters.venue: gr.update(choices=venues),
            page.side.corpus.corpus: gr.update(choices=service.corpora.names()),
            **conversations.list_kept(service, page, owner(request), "", ""),
            **after_answer.draw(service, page, corpus, [], ""),
        }

    def leave_page(request: gr.Request) -> None:
        service.running.leave(session(request))
        service.models.forget(session(request))

    blocks.load(open_page, state.corpus, [*opened, *page.pictures], **QUIET)
    blocks.load(
        lambda model: filters_and_model.find_models(service, model),
        state.model,
        [writer.written_by, writer.notice],
        **QUIET,
    )
    blocks.unload(leave_page)
