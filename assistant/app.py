"""The chat page: Gradio wiring and nothing else."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from importlib import resources
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr

from assistant import page
from assistant.errors import AssistantError
from assistant.markdown import escape
from assistant.pipeline import LONGEST_QUESTION, Assistant
from assistant.types import QUOTES, Turn

EXAMPLES = (
    "which papers adapt T2I models to video?",
    "summarise what is known about noisy web captions in vision-language pre-training",
    "compare SimDA with Tune-A-Video",
    "how many parameters does SimDA tune?",
    "which papers are about low-resource languages? year>=2022",
)
_FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
_PORTS_TRIED = 50
_HOW_TO_WRITE = (
    "**Answers are quotations** from the abstracts, because no language model is configured. To have answers written and "
    "cited, set `OPENAI_API_KEY` and start with `paper-assistant --model openai:gpt-4o-mini`; any OpenAI-compatible "
    "server works through `OPENAI_BASE_URL`."
)

Messages = list[dict[str, Any]]
Update = tuple[Messages, str, list[Turn], dict[str, Any]]


def build(assistant: Assistant) -> gr.Blocks:
    """Return the page for one assistant; each browser session has its own conversation."""
    papers = len(assistant.papers())
    with gr.Blocks(title="Paper Assistant", fill_width=True) as blocks:
        gr.Markdown(
            f"# Paper Assistant\nAsk about the {papers} papers of this corpus; every sentence links to the words it rests on."
        )
        gr.Markdown(_notice(assistant.model), elem_id="notice")
        turns = gr.State([])
        with gr.Row():
            with gr.Column(scale=3, min_width=320):
                chatbot = gr.Chatbot(
                    elem_id="chat", show_label=False, height="62vh", latex_delimiters=[], layout="panel", autoscroll=False,
                    line_breaks=False, buttons=["copy"], feedback_options=None, placeholder="Ask a question, or try one of these:",
                    examples=[{"text": example} for example in EXAMPLES],
                )  # fmt: skip
                question = gr.Textbox(
                    elem_id="question", show_label=False, label="Question", autofocus=True, submit_btn="Ask",
                    max_lines=4, placeholder="Which papers …? Summarise … Compare A with B. Filters: year>=2023 author:… venue:… title:…",
                )  # fmt: skip
                clear = gr.Button("New conversation", size="sm", variant="secondary")
            with gr.Column(scale=2, min_width=300):
                gr.Markdown("### Sources")
                panel = gr.HTML(page.sources([]), elem_id="sources")
        outputs = [chatbot, panel, turns, question]

        def answer(text: str, messages: Messages, before: list[Turn]) -> Iterator[Update]:
            yield from _answer(assistant, text, messages or [], before)

        def answer_example(before: list[Turn], event: gr.SelectData) -> Iterator[Update]:
            yield from _answer(assistant, event.value["text"], [], before)

        shared: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        asked = question.submit(answer, [question, chatbot, turns], outputs, **shared)
        picked = chatbot.example_select(answer_example, [turns], outputs, **shared)
        question.stop(_ready, None, question, cancels=[asked, picked], api_visibility="private")
        gr.on([clear.click, chatbot.clear], lambda: ([], page.sources([]), [], _ready()), None, outputs, api_visibility="private")
    blocks.queue(default_concurrency_limit=8, max_size=64)
    return blocks  # type: ignore[no-any-return]


def launch(assistant: Assistant, host: str, port: int) -> tuple[str, gr.Blocks]:
    """Serve the page on `host`, at `port` or the next free one; return its address and the running page."""
    blocks = build(assistant)
    files = resources.files("assistant")
    free = free_port(host, port)
    _, url, _ = blocks.launch(
        server_name=host,
        server_port=free,
        theme=gr.themes.Soft(font=_FONT, font_mono=_MONO),
        css=(files / "page.css").read_text("utf-8"),
        js=(files / "page.js").read_text("utf-8"),
        footer_links=[],
        quiet=True,
        inbrowser=False,
        prevent_thread_lock=True,
    )
    return url, blocks


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


def _answer(assistant: Assistant, text: str, messages: Messages, before: list[Turn]) -> Iterator[Update]:
    """Yield the page while an answer is written: messages, sources, turns, question box."""
    text = text.strip()
    if not text:
        yield messages, page.sources(before), before, _ready()
        return
    shown = [*messages, {"role": "user", "content": _verbatim(text)}]
    yield shown, page.sources(before), before, _busy()
    try:
        stream = assistant.stream(text, before)
        written = ""
        for piece in stream:
            written += piece
            yield [*shown, _said(written)], page.sources(before), before, _busy()
    except AssistantError as error:
        yield [*shown, _said(f"I cannot answer this: {escape(str(error))}.")], page.sources(before), before, _ready()
        return
    turns = [*before, Turn(text, stream.answer)]
    yield [*shown, _said(page.message(stream.answer, len(turns)))], page.sources(turns), turns, _ready()


def _ready() -> dict[str, Any]:
    """Return the question box waiting for a question."""
    ready: dict[str, Any] = gr.update(value="", submit_btn="Ask", stop_btn=False)
    return ready


def _busy() -> dict[str, Any]:
    """Return the question box while an answer is written."""
    busy: dict[str, Any] = gr.update(value="", submit_btn=False, stop_btn="Stop")
    return busy


def _said(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def _verbatim(text: str) -> str:
    """Return the user's words so that the chatbot shows them as typed, cut when absurdly long."""
    return escape(text if len(text) <= LONGEST_QUESTION else text[:200] + " …")


def _notice(model: str) -> str:
    return (
        _HOW_TO_WRITE
        if model == QUOTES
        else f"Answers are written by **{model}** from the abstracts; quotations stand in when it fails."
    )
