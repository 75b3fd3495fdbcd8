"""Events that steer the next question: filters, ticked papers, the corpus, the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import gradio as gr

from assistant.errors import AssistantError, QuestionError
from assistant.models.credentials import Server
from assistant.retrieval.filters import describe_filters
from assistant.text.markdown import escape, unturned
from assistant.types import QUOTES, Paper, Turn
from assistant.web.components.layout import QUIET, UNTICK, Parts, Update, tell
from assistant.web.rendering import sources_panel
from assistant.web.sessions import model_menu
from assistant.web.sessions.chat_service import Service
from assistant.web.sessions.visitors import filters, session

_MOST_TICKED = 500


def wire(service: Service, parts: Parts) -> None:
    """Wire what bounds a question."""
    _wire_filters(parts)
    _wire_ticks(service, parts)
    _wire_model(service, parts)
    _wire_own_server(service, parts)


def scope(fields: Sequence[object], only: Sequence[str]) -> tuple[Update, Update]:
    """Return what says, above the question, which papers will be asked about, and the button that lifts it."""
    try:
        found = filters(fields, ())
    except QuestionError as error:
        return gr.update(
            value=unturned(f"**Filters:** {escape(str(error))}."), visible=True
        ), gr.update(visible=True)
    says = [describe_filters(found)] if found else []
    says += [f"the {len(only)} ticked paper{'s' if len(only) != 1 else ''}"] if only else []
    text = unturned(f"**Asking only about:** {'; '.join(says)}") if says else ""
    return gr.update(value=text, visible=bool(text)), gr.update(visible=bool(text))


def venues(papers: Sequence[Paper]) -> list[str]:
    """Return the venues that papers appeared at, most frequent first, without their years.

    >>> venues([Paper("a", "A", "", venue="CVPR 2023"), Paper("b", "B", "", venue="ACL"), Paper("c", "C", "", venue="CVPR 2021")])
    ['CVPR', 'ACL']
    """
    from assistant.composing.paper_counts import count_groups

    return [name for name, _ in count_groups(papers, "venue")]


def _wire_filters(parts: Parts) -> None:
    one = parts.talk.filtering
    said = [one.scope, one.everything]

    def changed(only: Sequence[str], *fields: object) -> tuple[Update, Update]:
        return scope(fields, only)

    gr.on(
        [*(field.change for field in (one.year_from, one.year_to, one.author, one.venue, one.text)), parts.own.only.change],
        changed, [parts.own.only, *one.fields], said, trigger_mode="always_last", queue=False, **QUIET,
    )  # fmt: skip

    def emptied(turns: list[Turn]) -> list[Update]:
        return [
            "",
            "",
            "",
            None,
            "",
            (),
            sources_panel.sources(turns),
            *scope(("", "", "", None, ""), ()),
        ]

    outputs = [*one.fields, parts.own.only, parts.beside.sources, *said]
    cleared = gr.on(
        [one.clear.click, one.everything.click],
        emptied,
        parts.own.turns,
        outputs,
        queue=False,
        **QUIET,
    )
    cleared.then(None, js=UNTICK, **QUIET)


def _wire_ticks(service: Service, parts: Parts) -> None:
    """Papers are ticked in the sources and on the map; page.js tells which are."""
    one = parts.talk.filtering

    def ticked(
        event: gr.EventData, corpus: str, turns: list[Turn], *fields: object
    ) -> list[Update]:
        given = event._data if isinstance(event._data, list) else []
        known = {paper.id for paper in service.shelf.assistant(corpus).papers()}
        only = tuple(dict.fromkeys(key for key in given if isinstance(key, str) and key in known))[
            :_MOST_TICKED
        ]
        return [only, *scope(fields, only)]

    inputs = [parts.own.corpus, parts.own.turns, *one.fields]
    # The last: Gradio would drop a tick that comes while the one before it is under way.
    outputs = [parts.own.only, one.scope, one.everything]
    one.ticks.select(ticked, inputs, outputs, trigger_mode="multiple", queue=False, **QUIET)


def _wire_model(service: Service, parts: Parts) -> None:
    writer, own = parts.side.writer, parts.own
    outputs = [writer.written_by, own.chosen, writer.notice]

    def choose(
        text: str | None, before: str, request: gr.Request
    ) -> Iterator[tuple[Update, Update, Update]]:
        name = model_menu.chosen(text) or before
        if (
            name == before
        ):  # as the menu tells again when it loses the focus: what the page last said stays
            yield before, gr.skip(), gr.skip()
            return
        yield gr.skip(), gr.skip(), f"Getting **{escape(name)}** ready …"
        try:
            service.menu.chat(name, session(request))
        except AssistantError as error:
            yield before, before, unturned(f"**Not changed:** {escape(str(error))}.")
            return
        yield name, name, model_menu.notice(name)

    writer.written_by.input(choose, [writer.written_by, own.chosen], outputs, **QUIET)


def look_around(service: Service, chosen: str) -> tuple[Update, Update]:
    """Return the models to choose from, and what runs on this machine and could be used."""
    found = model_menu.noticed() if chosen == QUOTES and service.menu.local else ""
    # This takes a moment, in which the visitor may have chosen: what was said of that stays.
    return gr.update(
        choices=service.menu.choices()
    ), f"{model_menu.notice(chosen)}\n\n{found}" if found else gr.skip()


def _wire_own_server(service: Service, parts: Parts) -> None:
    writer, own = parts.side.writer, parts.own

    def use(request: gr.Request, base_url: str, key: str, model: str) -> list[Update]:
        try:
            name = service.menu.use(
                session(request), Server((base_url or "").strip(), (key or "").strip()), model or ""
            )
        except AssistantError as error:
            tell("Not changed", error)
            return [gr.skip()] * 4
        choices = [*service.menu.choices(), (name, name)]
        return [
            gr.update(choices=choices, value=name),
            name,
            model_menu.notice(name),
            gr.update(value=""),
        ]

    outputs = [writer.written_by, own.chosen, writer.notice, writer.key]
    # Through the queue: what is told of an event outside of it never reaches the page.
    writer.use.click(use, [writer.base_url, writer.key, writer.model], outputs, **QUIET)
