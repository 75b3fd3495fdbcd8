"""Events of the conversation: a question asked, edited, asked again, taken back, stopped;
suggestions; the table's tools."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.composing.suggestions import MOST
from assistant.errors import QuestionError
from assistant.text.markdown import unescaped
from assistant.types import Turn
from assistant.web.components.chat_column import SORTS
from assistant.web.components.layout import QUIET, Changes, PageComponents, Update, show_warning
from assistant.web.rendering.sources_panel import render_sources
from assistant.web.sessions.chat_service import ChatService, render_turns
from assistant.web.sessions.visitors import Visitor, read_filters, session

_STATE = 4  # turns, model, corpus, ticked papers; the filters' fields follow


def wire(service: ChatService, page: PageComponents, follow: Callable[[Any], Any]) -> list[Any]:
    """Wire the conversation's events and return them; each streams the answer, then `follow`, then
    the suggestions."""
    handlers, chat, state = _Handlers(service, page), page.chat, page.state
    tools, bot = chat.tools, chat.chatbot
    asking = [chat.question.submit, bot.example_select, *(one.click for one in chat.followups)]
    editing = [tools.sort.select, tools.swap.click, tools.more.submit]
    texts = [chat.question, *chat.followups, tools.sort, tools.more]
    context = [state.turns, state.model, state.corpus, state.only, *chat.filters.fields]
    running = [
        gr.on([*asking, *editing], handlers.ask, [*texts, *context], page.talk, **QUIET),
        bot.retry(handlers.ask_again, context, page.talk, **QUIET),
        bot.edit(handlers.ask_edited, context, page.talk, **QUIET),
    ]
    inputs = [state.turns, state.only]
    undone = bot.undo(handlers.take_back, inputs, page.talk, queue=False, **QUIET)
    followed = [follow(event) for event in (*running, undone)]
    outputs = list(chat.followups)
    suggested = [event.then(handlers.suggest, context, outputs, **QUIET) for event in followed]
    chat.question.stop(handlers.stop, queue=False, **QUIET)
    return [*running, *followed, *suggested]


def ready_question(text: str | None = None) -> Update:
    """Return the question box waiting for a question; without `text`, what is being typed there
    stays."""
    update: Update = gr.update(submit_btn="Ask", stop_btn=False)
    return update if text is None else {**update, "value": text}


def show_followups(page: PageComponents, questions: Sequence[str]) -> Changes:
    """Return what shows these questions on the buttons, and hides the others."""
    texts = [*questions, *[""] * MOST]
    return {
        button: gr.update(value=text, visible=bool(text))
        for button, text in zip(page.chat.followups, texts, strict=False)
    }


@dataclass(frozen=True, slots=True)
class _Handlers:
    service: ChatService
    page: PageComponents

    def ask(self, request: gr.Request, event: gr.EventData, *values: Any) -> Iterator[Changes]:
        texts = 3 + len(self.page.chat.followups)
        yield from self._answer(request, self._question(event, values[:texts]), values[texts:])

    def ask_again(
        self, request: gr.Request, event: gr.RetryData, *values: Any
    ) -> Iterator[Changes]:
        turns, place = values[0], _turn_of(event.index)
        question = turns[place].user if place < len(turns) else ""
        yield from self._answer(request, question, [turns[:place], *values[1:]])

    def ask_edited(
        self, request: gr.Request, event: gr.EditData, *values: Any
    ) -> Iterator[Changes]:
        turns = values[0][: _turn_of(event.index)]
        # The box to edit it in holds the question as it is shown.
        question = unescaped(str(event.value or "")).strip()
        yield from self._answer(request, question, [turns, *values[1:]])

    def take_back(
        self, request: gr.Request, event: gr.UndoData, turns: list[Turn], only: Sequence[str]
    ) -> Changes:
        self.service.running.leave(session(request))
        page, place = self.page, _turn_of(event.index)
        return {
            page.chat.chatbot: render_turns(turns[:place]),
            page.beside.sources: render_sources(turns[:place], only),
            page.state.turns: turns[:place],
            page.chat.question: ready_question(turns[place].user if place < len(turns) else ""),
            **show_followups(page, ()),
        }

    def suggest(self, request: gr.Request, *values: Any) -> Changes:
        try:
            questions = self.service.next_questions(_read_visitor(request, values))
        except QuestionError:
            questions = ()
        if questions is None:
            return {self.page.chat.followups[0]: gr.skip()}
        return show_followups(self.page, questions)

    def stop(self, request: gr.Request) -> None:
        self.service.running.stop(session(request))

    def _question(self, event: gr.EventData, values: Sequence[Any]) -> str:
        """Return what an event asks: an example's, a suggestion's, a tool's question, or the typed
        one, first in `values`."""
        chat = self.page.chat
        # By name: a component that was changed is another object in each session.
        source = event.target.elem_id if event.target else ""
        if source == chat.chatbot.elem_id:
            return str(event.value["text"])
        typed, *suggested, sort, more = (str(value or "").strip() for value in values)
        asked = {
            chat.tools.sort.elem_id: f"sort by {sort}" if sort in SORTS else "",
            chat.tools.swap.elem_id: "swap rows and columns",
            chat.tools.more.elem_id: f"add {more}" if more else "",
            **{
                button.elem_id: text for button, text in zip(chat.followups, suggested, strict=True)
            },
        }
        return asked.get(source, typed)

    def _answer(
        self, request: gr.Request, question: str, context: Sequence[Any]
    ) -> Iterator[Changes]:
        """Yield what the page shows of an answer under way."""
        page = self.page
        if not question:
            # Of a generator that yields nothing Gradio empties all outputs, the conversation too.
            yield {page.chat.chatbot: gr.skip()}
            return
        try:
            visitor = _read_visitor(request, context)
        except QuestionError as error:
            show_warning("Not asked", error)
            yield {page.chat.question: question}
            return
        busy = gr.update(value="", submit_btn=False, stop_btn="Stop")
        yield {page.chat.question: busy, **show_followups(page, ())}
        only, cited = visitor.filters.only, None
        for shown in self.service.answer(question, visitor):
            changes: Changes = {page.chat.chatbot: shown.messages}
            if shown.turns is not None:
                changes[page.beside.sources] = render_sources(shown.turns, only)
                changes |= {page.state.turns: shown.turns, page.chat.question: ready_question()}
            elif shown.cited != (cited or {}):
                cited = shown.cited
                changes[page.beside.sources] = render_sources(visitor.turns, only, cited)
            yield changes


def _read_visitor(request: gr.Request, context: Sequence[Any]) -> Visitor:
    turns, model, corpus, only = context[:_STATE]
    filters = read_filters(context[_STATE:], only)
    return Visitor(session(request), str(model), str(corpus), list(turns), filters)


def _turn_of(index: Any) -> int:
    """Return which turn a message belongs to: there are two to each."""
    return int(index[0] if isinstance(index, list | tuple) else index) // 2
