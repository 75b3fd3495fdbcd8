"""Events of the conversations that are kept: opened, searched, renamed, deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.history.conversations import title_of
from assistant.settings import DEFAULT_CORPUS
from assistant.text.markdown import escape
from assistant.types import Turn
from assistant.web.components import layout
from assistant.web.components.layout import QUIET, UNTICK, Parts, Update, tell
from assistant.web.events import feedback
from assistant.web.events.filters_and_model import venues
from assistant.web.events.share_and_export import link
from assistant.web.rendering import example_questions, sources_panel
from assistant.web.sessions.chat_service import Service
from assistant.web.sessions.visitors import owner, session

Drawn = Callable[[Service, str, Sequence[Turn], str], list[Update]]
_MOST_SHOWN = 100


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
    title = (
        gr.skip()
        if identifier and identifier not in there
        else there[identifier].title
        if identifier
        else ""
    )
    return [gr.update(choices=choices, value=identifier if identifier in there else None), title]


def head(service: Service, corpus: str) -> str:
    """Return the head of the page: what can be asked about."""
    number = len(service.shelf.assistant(corpus).papers())
    papers = f"{number:,} paper{'s' if number != 1 else ''}"
    which = "this corpus" if corpus == DEFAULT_CORPUS else f"the corpus {escape(corpus)}"
    return f"# Paper Assistant\nAsk about the {papers} of {which}; every sentence links to the words it rests on."


def about_corpus(service: Service, corpus: str) -> list[Update]:
    """Return what shows everywhere which corpus is asked about; for `layout.about_corpus`."""
    found = gr.update(choices=venues(service.shelf.assistant(corpus).papers()), value=None)
    choice = gr.update(choices=service.shelf.names(), value=corpus)
    return [corpus, choice, corpus, head(service, corpus), found]


def examples(service: Service, corpus: str) -> list[str]:
    """Return the questions that are offered of a corpus."""
    assistant = service.shelf.assistant(corpus)
    return example_questions.examples(
        {paper.id: paper for paper in assistant.papers()}, assistant.atlas
    )


def wire(service: Service, parts: Parts, drawn: Drawn, running: list[Any]) -> None:
    """Wire the list, the title and deletion; `drawn` makes the pictures of an opened conversation, which ends what is `running`."""
    _wire_opening(service, parts, drawn, running)
    _wire_changes(service, parts)


def _wire_opening(service: Service, parts: Parts, drawn: Drawn, running: list[Any]) -> None:
    own, talk, side = parts.own, parts.talk, parts.side.kept

    def opened(
        request: gr.Request, identifier: str | None, now: str, search: str, on_page: str
    ) -> list[Update]:
        if not identifier or identifier == now:
            return [gr.skip()] * len(outputs)
        try:
            found = service.kept.load(owner(request), identifier)
        except AssistantError as error:
            tell("Not opened", error)
            # The list may be old, and shows as open what is not.
            return [
                listing(service, owner(request), now, search)[0],
                *[gr.skip()] * (len(outputs) - 1),
            ]
        service.under_way.leave(session(request))
        turns = list(found.turns)
        try:
            pictures = [
                *drawn(service, found.corpus, turns, on_page),
                *about_corpus(service, found.corpus),
            ]
        except AssistantError as error:  # read and deleted it can be all the same
            tell(f"The corpus {found.corpus} cannot be asked", error)
            pictures = [*[gr.skip()] * len(layout.pictures(parts)), found.corpus, *[gr.skip()] * 4]
        question = gr.update(value="", submit_btn="Ask", stop_btn=False)
        talked = [
            feedback.shown(service, owner(request), turns),
            sources_panel.sources(turns),
            turns,
            identifier,
            (),
            question,
        ]
        about = [found.title, link(request, found.token), gr.update(visible=False)]
        return [gr.skip(), *talked, *layout.buttons(()), *about, *pictures]

    outputs = [
        side.listed,
        talk.chatbot,
        parts.beside.sources,
        own.turns,
        own.conversation,
        own.only,
        talk.question,
    ]
    outputs += [
        *talk.followups,
        side.title,
        side.shared,
        side.sure,
        *layout.pictures(parts),
        *layout.about_corpus(parts),
    ]
    inputs = [side.listed, own.conversation, side.search, own.map]
    # Whatever still keeps the conversation before must not write its id beside the turns of this one.
    shown = side.listed.input(opened, inputs, outputs, cancels=running, **QUIET)
    shown.then(None, js=UNTICK, **QUIET)

    def searched(request: gr.Request, words: str, now: str) -> Update:
        return listing(service, owner(request), now, words)[0]

    # Not `input`, which comes with typing alone and not with what is pasted.
    side.search.change(
        searched, [side.search, own.conversation], side.listed, trigger_mode="always_last", **QUIET
    )


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

    side.title.submit(
        renamed, [side.title, own.conversation, side.search], [side.listed, side.title], **QUIET
    )

    def asked(identifier: str) -> Update:
        if not identifier:
            tell("Not deleted", "there is no conversation yet: ask something first")
        return gr.update(visible=bool(identifier))

    side.delete.click(asked, own.conversation, side.sure, **QUIET)

    def deleted(request: gr.Request, identifier: str) -> Update:
        try:
            service.kept.delete(owner(request), identifier)
        except AssistantError as error:
            tell("Not deleted", error)
        return gr.update(visible=False)

    gone = side.sure.click(deleted, own.conversation, side.sure, **QUIET)
    # The page goes on with a new conversation, by the button that begins one.
    gone.success(None, js="() => document.querySelector('#clear').click()", **QUIET)
