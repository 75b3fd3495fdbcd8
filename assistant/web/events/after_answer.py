"""What follows from an answer: it is kept, the list of conversations shows it, the map, the charts and the tools fit it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.types import Paper, Turn
from assistant.web.components import layout
from assistant.web.components.layout import QUIET, SORTS, Parts, Update
from assistant.web.events import conversations, feedback
from assistant.web.rendering import charts, sources_panel
from assistant.web.rendering.citation_numbers import numbers
from assistant.web.sessions.chat_service import Service
from assistant.web.sessions.visitors import owner, session


def drawn(service: Service, corpus: str, turns: Sequence[Turn]) -> list[Update]:
    """Return the map with the newest answer's papers lit, the charts of them, and the tools where there is a table."""
    assistant = service.shelf.assistant(corpus)
    papers = {paper.id: paper for paper in assistant.papers()}
    lit = _lit(turns)
    labels = {paper.id: f"[{number}]" for paper, number in lit}
    counted = charts.charts(list(papers.values()), [paper for paper, _ in lit])
    table = bool(turns) and turns[-1].answer.table is not None
    return [
        charts.map_of(assistant.atlas, papers, labels),
        *counted,
        gr.update(visible=table),
        gr.update(choices=SORTS, value=None),
        gr.update(value=""),
    ]


def follow(service: Service, parts: Parts, event: Any) -> Any:
    """Add to an event that changes the turns what follows from it, and return that event."""

    def kept(
        request: gr.Request, turns: list[Turn], corpus: str, identifier: str, search: str
    ) -> list[Update]:
        listed = conversations.kept(service, owner(request), corpus, identifier, turns)
        shown = conversations.listing(service, owner(request), listed, search)
        thumbs = gr.update(feedback_value=feedback.thumbs(service, owner(request), turns))
        # Also where the answer ended in an error of ours, which leaves the box with its stop button.
        box = gr.skip() if service.under_way.answering(session(request)) else layout.ready()
        return [listed, *shown, thumbs, box, *drawn(service, corpus, turns)]

    own, side = parts.own, parts.side.kept
    inputs = [own.turns, own.corpus, own.conversation, side.search]
    outputs = [
        own.conversation,
        side.listed,
        side.title,
        parts.talk.chatbot,
        parts.talk.question,
        *layout.pictures(parts),
    ]
    return event.then(kept, inputs, outputs, **QUIET)


def wire_new(service: Service, parts: Parts, running: list[Any]) -> None:
    """Wire the beginning of a new conversation, also by choosing another corpus; it ends whatever runs."""
    own, talk, side = parts.own, parts.talk, parts.side.kept

    def begin(request: gr.Request, wanted: str | None, corpus: str, search: str) -> list[Update]:
        service.under_way.leave(session(request))
        wanted = wanted or corpus
        try:
            pictures = drawn(service, wanted, [])
        except AssistantError as error:
            layout.tell(f"The corpus {wanted} cannot be opened", error)
            wanted, pictures = corpus, drawn(service, corpus, [])
        shown = conversations.listing(service, owner(request), "", search)
        question = gr.update(value="", submit_btn="Ask", stop_btn=False)
        chat = {
            **feedback.shown(service, owner(request), []),
            "examples": layout.offered(conversations.examples(service, wanted)),
        }
        begun = [chat, sources_panel.sources([]), [], "", (), question, *layout.buttons(())]
        hidden = [gr.update(value="", visible=False), gr.update(visible=False)]
        return [*begun, *shown, *hidden, *pictures, *conversations.about_corpus(service, wanted)]

    outputs = [
        talk.chatbot,
        parts.beside.sources,
        own.turns,
        own.conversation,
        own.only,
        talk.question,
        *talk.followups,
    ]
    outputs += [
        side.listed,
        side.title,
        side.shared,
        side.sure,
        *layout.pictures(parts),
        *layout.about_corpus(parts),
    ]
    triggers = [side.new.click, talk.chatbot.clear, parts.side.bring.corpus.input]
    inputs = [parts.side.bring.corpus, own.corpus, side.search]
    begun = gr.on(triggers, begin, inputs, outputs, cancels=running, **QUIET)
    begun.then(None, js=layout.UNTICK, **QUIET)


def _lit(turns: Sequence[Turn]) -> list[tuple[Paper, int]]:
    """Return the papers of the newest answer with their numbers."""
    if not turns:
        return []
    known = numbers(turns)
    return [(one.paper, known[one.paper.id]) for one in turns[-1].answer.citations]
