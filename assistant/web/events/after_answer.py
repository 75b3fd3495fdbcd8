"""What follows from an answer: it is kept, the list of conversations shows it, the map, the charts and the tools fit it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from assistant.corpus_map import svg
from assistant.errors import AssistantError
from assistant.types import Paper, Turn
from assistant.web.components import layout
from assistant.web.components.layout import QUIET, SORTS, Parts, Update
from assistant.web.events import conversations, feedback
from assistant.web.rendering import charts, sources_panel
from assistant.web.rendering.citation_numbers import numbers
from assistant.web.sessions.chat_service import Service
from assistant.web.sessions.visitors import owner, session


def drawn(service: Service, corpus: str, turns: Sequence[Turn], on_page: str) -> list[Update]:
    """Return the newest answer's papers as lights on the map, the charts of them, and the tools where there is a table.

    `on_page` tells which map the page shows already: the map itself is sent only where that is another.
    """
    assistant = service.shelf.assistant(corpus)
    papers = {paper.id: paper for paper in assistant.papers()}
    lit = _lit(turns)
    labels = {paper.id: f"[{number}]" for paper, number in lit}
    counted = charts.charts(list(papers.values()), [paper for paper, _ in lit])
    table = bool(turns) and turns[-1].answer.table is not None
    atlas = assistant.atlas
    state = f"{corpus} {hash(atlas)}"
    return [
        gr.skip() if state == on_page else svg.svg(atlas, papers),
        state,
        charts.lights(atlas, labels),
        *counted,
        gr.update(visible=table),
        gr.update(choices=SORTS, value=None),
        gr.update(value=""),
    ]


def follow(service: Service, parts: Parts, event: Any) -> Any:
    """Add to an event that changes the turns what follows from it, and return that event."""

    def kept(
        request: gr.Request,
        turns: list[Turn],
        corpus: str,
        identifier: str,
        search: str,
        on_page: str,
    ) -> list[Update]:
        listed = conversations.kept(service, owner(request), corpus, identifier, turns)
        shown = conversations.listing(service, owner(request), listed, search)
        thumbs = gr.update(feedback_value=feedback.thumbs(service, owner(request), turns))
        # Also where the answer ended in an error of ours, which leaves the box with its stop button.
        box = gr.skip() if service.under_way.answering(session(request)) else layout.ready()
        return [listed, *shown, thumbs, box, *drawn(service, corpus, turns, on_page)]

    own, side = parts.own, parts.side.kept
    inputs = [own.turns, own.corpus, own.conversation, side.search, own.map]
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

    def begin(
        request: gr.Request, wanted: str | None, corpus: str, search: str, on_page: str
    ) -> list[Update]:
        service.under_way.leave(session(request))
        wanted = wanted or corpus
        try:
            pictures = drawn(service, wanted, [], on_page)
        except AssistantError as error:
            layout.tell(f"The corpus {wanted} cannot be opened", error)
            wanted, pictures = corpus, drawn(service, corpus, [], on_page)
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
    inputs = [parts.side.bring.corpus, own.corpus, side.search, own.map]
    begun = gr.on(triggers, begin, inputs, outputs, cancels=running, **QUIET)
    begun.then(None, js=layout.UNTICK, **QUIET)


def _lit(turns: Sequence[Turn]) -> list[tuple[Paper, int]]:
    """Return the papers of the newest answer with their numbers."""
    if not turns:
        return []
    known = numbers(turns)
    return [(one.paper, known[one.paper.id]) for one in turns[-1].answer.citations]
