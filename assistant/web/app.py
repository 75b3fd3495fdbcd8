"""The chat page: Gradio wiring and nothing else."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr

from assistant.errors import AssistantError
from assistant.markdown import escape
from assistant.pipeline import Assistant
from assistant.settings import DEFAULT_CORPUS, Settings
from assistant.suggest import MOST
from assistant.types import QUOTES, Turn
from assistant.web import layout, menu, panel
from assistant.web.exchange import Messages, Service, Visitor
from assistant.web.layout import Parts, Update
from assistant.web.underway import UnderWay

_FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
_PORTS_TRIED = 50
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


@dataclass(frozen=True, slots=True)
class Page:
    """The page being served at `url`."""

    url: str
    blocks: gr.Blocks
    under_way: UnderWay

    def wait(self) -> None:
        """Serve until Ctrl-C."""
        try:
            self.blocks.block_thread()
        finally:
            self.under_way.leave_all()

    def close(self) -> None:
        """Stop all answers and the server."""
        self.under_way.leave_all()
        self.blocks.close()


def build(service: Service) -> gr.Blocks:
    """Return the page for one assistant; each browser session has its own conversation and its own choice of a model."""
    assistant = service.assistant
    which = "this corpus" if assistant.corpus == DEFAULT_CORPUS else f"the corpus {escape(assistant.corpus)}"
    papers = f"{len(assistant.papers())} papers of {which}"
    with gr.Blocks(title="Paper Assistant", fill_width=True) as blocks:
        gr.Markdown(
            f"# Paper Assistant\nAsk about the {papers}; every sentence links to the words it rests on.",
            elem_id="head",
        )
        parts = layout.laid_out(service.menu.first)
        _wire_answers(service, parts)
        _wire_menu(service, parts, blocks)

        def left(request: gr.Request) -> None:
            service.under_way.leave(_session(request))

        blocks.unload(left)
    blocks.queue(default_concurrency_limit=16, max_size=64)
    return blocks  # type: ignore[no-any-return]


def launch(assistant: Assistant, settings: Settings) -> Page:
    """Serve the page at the settings' host, and their port or the next free one."""
    under_way = UnderWay()
    blocks = build(Service(assistant, menu.Menu(assistant, settings), under_way))
    files = resources.files("assistant.web")
    _, url, _ = blocks.launch(
        server_name=settings.host,
        server_port=free_port(settings.host, settings.port),
        theme=gr.themes.Soft(font=_FONT, font_mono=_MONO),
        css=(files / "page.css").read_text("utf-8"),
        js=(files / "page.js").read_text("utf-8"),
        footer_links=[],
        quiet=True,
        inbrowser=False,
        prevent_thread_lock=True,
    )
    return Page(url, blocks, under_way)


def free_port(host: str, first: int) -> int:
    """Return `first` or the next port that nothing listens on; AssistantError after fifty."""
    for port in range(first, min(first + _PORTS_TRIED, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except PermissionError:
                continue
            except (OSError, OverflowError) as error:
                if isinstance(error, socket.gaierror):
                    raise AssistantError(f"{host!r} is not an address of this machine; use --host 127.0.0.1") from error
                continue
            return port
    raise AssistantError(f"no free port from {first} on at {host}; choose another with --port")


def _wire_answers(service: Service, parts: Parts) -> None:
    """A question comes by typing, by an example or by a suggestion: one event for all, so that only one runs at a time."""
    inputs = [parts.chatbot, parts.turns, parts.chosen, parts.question, *parts.followups]
    outputs = [parts.chatbot, parts.panel, parts.turns, parts.question, *parts.followups]

    def answer(
        messages: Messages, turns: list[Turn], chosen: str, request: gr.Request, event: gr.EventData, *texts: str
    ) -> Iterator[list[Update]]:
        question = _asked(event, parts, texts)
        if not question:
            yield [gr.skip()] * len(outputs)
            return
        yield [gr.skip(), gr.skip(), gr.skip(), layout.busy(), *layout.buttons(())]
        for shown in service.answer(question, messages or [], Visitor(_session(request), chosen, turns)):
            ended = [gr.skip()] * 3 if shown.turns is None else [panel.sources(shown.turns), shown.turns, layout.ready()]
            yield [shown.messages, *ended, *[gr.skip()] * MOST]

    def suggest(turns: list[Turn], chosen: str, request: gr.Request) -> list[Update]:
        found = service.next_questions(Visitor(_session(request), chosen, turns))
        return [gr.skip()] * MOST if found is None else layout.buttons(found)

    def begin_anew(request: gr.Request) -> list[Update]:
        service.under_way.leave(_session(request))
        return [[], panel.sources([]), [], gr.update(value="", submit_btn="Ask", stop_btn=False), *layout.buttons(())]

    def stop(request: gr.Request) -> None:
        service.under_way.stop(_session(request))

    triggers = [parts.question.submit, parts.chatbot.example_select, *(button.click for button in parts.followups)]
    asked = gr.on(triggers, answer, inputs, outputs, **_QUIET)
    suggested = asked.then(suggest, [parts.turns, parts.chosen], list(parts.followups), **_QUIET)
    parts.question.stop(stop, queue=False, **_QUIET)
    gr.on([parts.clear.click, parts.chatbot.clear], begin_anew, None, outputs, cancels=[asked, suggested], queue=False, **_QUIET)


def _wire_menu(service: Service, parts: Parts, blocks: gr.Blocks) -> None:
    outputs = [parts.written_by, parts.chosen, parts.notice]

    def choose(text: str | None, before: str) -> Iterator[tuple[Update, Update, Update]]:
        name = menu.chosen(text) or before
        if name == before:  # as the menu tells again when it loses the focus: what the page last said stays
            yield before, gr.skip(), gr.skip()
            return
        yield gr.skip(), gr.skip(), f"Getting **{escape(name)}** ready …"
        try:
            service.menu.chat(name)
        except AssistantError as error:
            yield before, before, f"**Not changed:** {escape(str(error))}."
            return
        yield name, name, menu.notice(name)

    def look_around(chosen: str) -> tuple[Update, Update]:
        found = menu.noticed() if chosen == QUOTES else ""
        # This takes a moment, in which the visitor may have chosen: what was said of that stays.
        return gr.update(choices=service.menu.choices()), f"{menu.notice(chosen)}\n\n{found}" if found else gr.skip()

    parts.written_by.input(choose, [parts.written_by, parts.chosen], outputs, **_QUIET)
    blocks.load(look_around, parts.chosen, [parts.written_by, parts.notice], **_QUIET)


def _asked(event: gr.EventData, parts: Parts, texts: Sequence[str]) -> str:
    """Return the question that an event asks: an example's, a suggestion's, or the one typed, which comes first in `texts`."""
    # By name: a component that was changed is another object in each session.
    source = event.target.elem_id if event.target else ""
    if source == parts.chatbot.elem_id:
        return str(event.value["text"])
    places = [place for place, button in enumerate(parts.followups, 1) if button.elem_id == source]
    return (texts[places[0] if places else 0] or "").strip()


def _session(request: gr.Request) -> str:
    return str(request.session_hash or "")
