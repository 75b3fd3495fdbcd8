"""The chat page: laid out, wired, served."""

import getpass
import logging
import os
import tempfile
from dataclasses import dataclass

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# Else Gradio keeps what every event was given in the browser, a typed API key too, and serves a
# page of it.
os.environ["GRADIO_RUN_HISTORY"] = "False"
# Uploads lie apart from those of other programs, which would count as ours.
os.environ.setdefault(
    "GRADIO_TEMP_DIR", os.path.join(tempfile.gettempdir(), f"paper-assistant-{getpass.getuser()}")
)

import gradio as gr

from assistant.api.mount import Programs
from assistant.api.open_corpora import OpenCorpora
from assistant.api.service import AnswerService
from assistant.assistant import Assistant
from assistant.history import feedback as kept_feedback
from assistant.history.conversations import FILE, Conversations
from assistant.history.database import place_of
from assistant.history.feedback import FeedbackStore
from assistant.settings import Settings, refuse_open_address
from assistant.web.components.columns import ChatColumn, HistoryColumn, SourcesColumn
from assistant.web.components.composer import Composer
from assistant.web.components.layout import QUIET, PageComponents, SessionState
from assistant.web.events import ask, conversations, feedback, filters, model, upload
from assistant.web.rendering import welcome
from assistant.web.server import serve
from assistant.web.sessions.chat_service import ChatService
from assistant.web.sessions.live_conversations import LiveConversations
from assistant.web.sessions.model_menu import ModelMenu
from assistant.web.sessions.visitors import session

_TELL = "(told) => document.dispatchEvent(new CustomEvent('told', {detail: told}))"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """The page being served at `url`."""

    url: str
    service: ChatService
    programs: AnswerService
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
        self.service.live.stop_all()
        self.programs.close()
        self.served.close()
        self.service.corpora.close()
        self.service.live.close()
        self.service.feedback.close()


def launch(assistant: Assistant, settings: Settings) -> Page:
    """Serve the page at the settings' host, and their port or the next free one."""
    refuse_open_address(settings)
    listening = serve.listen(settings.host, settings.port)
    service = make_service(assistant, settings)
    programs = AnswerService(service.corpora)
    served = serve.serve(build(service), service.live.kept, Programs(programs), settings, listening)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{listening.getsockname()[1]}/"
    papers, corpus = len(assistant.papers()), assistant.corpus
    _log.info("serving %d papers of the corpus %s at %s, %s", papers, corpus, url, assistant.model)
    return Page(url, service, programs, served)


def make_service(assistant: Assistant, settings: Settings) -> ChatService:
    """Return what all visitors of the page share."""
    return ChatService(
        OpenCorpora(assistant, settings),
        ModelMenu(assistant, settings),
        LiveConversations(Conversations(place_of(settings, FILE))),
        FeedbackStore(place_of(settings, kept_feedback.FILE)),
    )


def build(service: ChatService) -> gr.Blocks:
    """Return the page; each browser session has its own conversation, model and corpus."""
    corpus, name = service.corpora.first, service.models.first
    assistant = service.corpora.assistant(corpus)
    papers = {paper.id: paper for paper in assistant.papers()}
    first = welcome.render_welcome(corpus, papers, assistant.atlas, assistant.snapshot.names)
    with gr.Blocks(title="Paper Assistant", fill_width=True, delete_cache=(600, 3600)) as blocks:
        title = welcome.render_head(corpus, len(papers))
        head = gr.HTML(title, elem_id="head", apply_default_css=False)
        with gr.Row(elem_id="columns"):
            with gr.Column(elem_id="side", min_width=0, scale=0):
                side = HistoryColumn()
            with gr.Column(elem_id="main", min_width=0):
                with gr.Column(elem_id="thread"):
                    chat = ChatColumn(first)
                with gr.Column(elem_id="composer"):
                    label = welcome.name_corpus(corpus, len(papers))
                    asking = Composer(name, service.corpora.names(), corpus, label)
            with gr.Column(elem_id="beside", min_width=0, scale=0):
                beside = SourcesColumn()
        told = gr.JSON(visible="hidden", elem_id="told")
        state = SessionState(name, corpus)
        _wire(service, PageComponents(head, side, chat, asking, beside, state, told), blocks)
    blocks.queue(default_concurrency_limit=16, max_size=128)
    return blocks  # type: ignore[no-any-return]


def _wire(service: ChatService, page: PageComponents, blocks: gr.Blocks) -> None:
    ask.wire(service, page)
    filters.wire(service, page)
    upload.wire(service, page)
    feedback.wire(service, page)
    page.told.change(None, page.told, js=_TELL, **QUIET)
    conversations.wire(service, page, blocks)
    model.wire(service, page, blocks)

    def leave_page(request: gr.Request) -> None:
        service.watching.pop(session(request), None)
        service.models.leave(session(request))

    blocks.unload(leave_page)
