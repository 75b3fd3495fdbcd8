"""Events of the conversation: a question asked, edited, asked again, taken back, stopped; suggestions; the table's tools."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from assistant.composing.suggestions import MOST
from assistant.errors import QuestionError
from assistant.text.markdown import unescaped
from assistant.types import Filters, Turn
from assistant.web.components import layout
from assistant.web.components.layout import QUIET, SORTS, Parts, Update, tell
from assistant.web.events import after_answer
from assistant.web.rendering import sources_panel
from assistant.web.sessions.chat_service import Service, Visitor, messages
from assistant.web.sessions.visitors import filters, session, visitor

_OWN = 4  # turns, model, corpus, ticked papers
_NOTHING: list[Update] = [gr.skip()] * (4 + MOST)
"""Leaves the page as it is: of a generator that yields nothing Gradio empties all outputs, the conversation too."""


def wire(service: Service, parts: Parts) -> list[Any]:
    """Wire the conversation's events and return them; each streams the answer, then comes what follows, then the suggestions."""
    context = [
        parts.own.turns,
        parts.own.chosen,
        parts.own.corpus,
        parts.own.only,
        *parts.talk.filtering.fields,
    ]
    outputs = [
        parts.talk.chatbot,
        parts.beside.sources,
        parts.own.turns,
        parts.talk.question,
        *parts.talk.followups,
    ]
    tools = parts.talk.tools
    asking = [
        parts.talk.question.submit,
        parts.talk.chatbot.example_select,
        *(one.click for one in parts.talk.followups),
    ]
    editing = [tools.sort.select, tools.swap.click, tools.more.submit]
    texts = [parts.talk.question, *parts.talk.followups, tools.sort, tools.more]

    def ask(request: gr.Request, event: gr.EventData, *values: object) -> Iterator[list[Update]]:
        question = _asked(event, parts, values[: len(texts)])
        yield from _answered(service, question, request, values[len(texts) :])

    def again(request: gr.Request, event: gr.RetryData, *values: object) -> Iterator[list[Update]]:
        place = _turn(event.index)
        turns = _turns(values)
        if place >= len(turns):
            yield _NOTHING
            return
        yield from _answered(service, turns[place].user, request, [turns[:place], *values[1:]])

    def edited(request: gr.Request, event: gr.EditData, *values: object) -> Iterator[list[Update]]:
        place = _turn(event.index)
        # The box to edit it in holds the question as it is shown.
        yield from _answered(
            service,
            unescaped(str(event.value or "")).strip(),
            request,
            [_turns(values)[:place], *values[1:]],
        )

    def take_back(
        request: gr.Request, event: gr.UndoData, turns: list[Turn], only: Sequence[str]
    ) -> list[Update]:
        service.under_way.leave(session(request))
        place = _turn(event.index)
        kept, asked = turns[:place], turns[place].user if place < len(turns) else ""
        question = gr.update(value=asked, submit_btn="Ask", stop_btn=False)
        return [
            messages(kept),
            sources_panel.sources(kept, only),
            kept,
            question,
            *layout.buttons(()),
        ]

    def suggest(request: gr.Request, *values: object) -> list[Update]:
        try:
            found = service.next_questions(_visitor(request, values))
        except QuestionError:
            found = ()
        return [gr.skip()] * MOST if found is None else layout.buttons(found)

    def stop(request: gr.Request) -> None:
        service.under_way.stop(session(request))

    running = [
        gr.on([*asking, *editing], ask, [*texts, *context], outputs, **QUIET),
        parts.talk.chatbot.retry(again, context, outputs, **QUIET),
        parts.talk.chatbot.edit(edited, context, outputs, **QUIET),
    ]
    undone = parts.talk.chatbot.undo(
        take_back, [parts.own.turns, parts.own.only], outputs, queue=False, **QUIET
    )
    followed = [after_answer.follow(service, parts, one) for one in [*running, undone]]
    suggested = [
        one.then(suggest, context, list(parts.talk.followups), **QUIET) for one in followed
    ]
    parts.talk.question.stop(stop, queue=False, **QUIET)
    return [*running, *followed, *suggested]


def _answered(
    service: Service, question: str, request: gr.Request, context: Sequence[object]
) -> Iterator[list[Update]]:
    """Yield what the page shows of an answer under way: messages, sources, turns, the question box, no suggestions."""
    if not question:
        yield _NOTHING
        return
    try:
        who = _visitor(request, context)
    except QuestionError as error:
        tell("Not asked", error)
        yield [gr.skip(), gr.skip(), gr.skip(), gr.update(value=question), *[gr.skip()] * MOST]
        return
    only = who.filters.only
    yield [gr.skip(), gr.skip(), gr.skip(), layout.busy(), *layout.buttons(())]
    cited: object = {}
    for shown in service.answer(question, who):
        sources = (
            gr.skip()
            if shown.cited == cited
            else sources_panel.sources(who.turns, only, shown.cited)
        )
        cited = shown.cited
        ended = [sources, gr.skip(), gr.skip()]
        if shown.turns is not None:
            ended = [sources_panel.sources(shown.turns, only), shown.turns, layout.ready()]
        yield [shown.messages, *ended, *[gr.skip()] * MOST]


def _visitor(request: gr.Request, context: Sequence[object]) -> Visitor:
    turns, chosen, corpus, only = context[:_OWN]
    bounds: Filters = filters(context[_OWN:], only)  # type: ignore[arg-type]
    return visitor(request, (turns, chosen, corpus), bounds)


def _turns(values: Sequence[object]) -> list[Turn]:
    return list(values[0])  # type: ignore[call-overload, no-any-return]


def _turn(index: Any) -> int:
    """Return which turn a message belongs to: there are two to each."""
    return int(index[0] if isinstance(index, list | tuple) else index) // 2


def _asked(event: gr.EventData, parts: Parts, values: Sequence[object]) -> str:
    """Return the question that an event asks: an example's, a suggestion's, a tool's, or the one typed, first in `values`."""
    # By name: a component that was changed is another object in each session.
    source = event.target.elem_id if event.target else ""
    if source == parts.talk.chatbot.elem_id:
        return str(event.value["text"])
    texts = [str(one or "").strip() for one in values]
    tools = parts.talk.tools
    asked = {one.elem_id: texts[place] for place, one in enumerate(parts.talk.followups, 1)}
    asked[tools.sort.elem_id] = f"sort by {texts[-2]}" if texts[-2] in SORTS else ""
    asked[tools.swap.elem_id] = "swap rows and columns"
    asked[tools.more.elem_id] = f"add {texts[-1]}" if texts[-1] else ""
    return asked.get(source, texts[0])
