"""Events of the conversation: questions asked, edited, taken back, stopped; their answers watched,
and what follows from these."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import gradio as gr

from assistant.corpus_map import svg
from assistant.errors import AssistantError, GoneError
from assistant.history.citations import number_papers
from assistant.text.markdown import unescaped
from assistant.types import Turn
from assistant.web.components.layout import QUIET, Changes, PageComponents, show_warning, tell
from assistant.web.events import feedback
from assistant.web.rendering import charts
from assistant.web.rendering.history_rows import list_kept
from assistant.web.rendering.sources_panel import render_sources
from assistant.web.sessions.chat_service import ChatService, render_turns
from assistant.web.sessions.live_conversations import MOST_RUNNING
from assistant.web.sessions.visitors import Visitor, owner, read_filters, session

_STATE = 4  # conversation, model, corpus, selected papers; the filters' fields follow
OFTEN: dict[str, Any] = {
    # Not "once": a question asked while another conversation is still watched would be dropped.
    "trigger_mode": "multiple",
    # One question too many is told so instead of waiting unseen.
    "concurrency_limit": MOST_RUNNING + 8,
    **QUIET,
}
"""How events are wired that watch an answer under way."""


def wire(service: ChatService, page: PageComponents) -> None:
    """Wire the conversation's events."""
    handlers, chat, question = _Handlers(service, page), page.chat, page.composer.question
    bot, context = chat.chatbot, read_context(page)
    asking, context = [question.submit, chat.asks.select], [*context, page.side.search]
    events = [
        gr.on(asking, handlers.ask, [question, *context], page.talk, **OFTEN),
        bot.retry(handlers.ask_again, context, page.talk, **OFTEN),
        bot.edit(handlers.ask_edited, context, page.talk, **OFTEN),
        bot.undo(handlers.take_back, context, page.talk, **QUIET),
    ]
    for event in events:
        follow(service, page, event)
    question.stop(handlers.stop, page.state.conversation, queue=False, **QUIET)


def follow(service: ChatService, page: PageComponents, event: Any) -> None:
    """Add to an event that changes the turns what follows from it, at last the suggestions."""

    def keep(
        request: gr.Request, corpus: str, conversation: str, search: str, map_: str
    ) -> Changes:
        name = owner(request)
        turns = service.live.turns(name, conversation)
        thumbs = feedback.read_thumbs(service, name, turns)
        changes: Changes = {
            page.chat.chatbot: gr.update(feedback_value=thumbs),
            page.side.listed: list_kept(service.live.kept, name, conversation, search or ""),
        }
        with suppress(AssistantError):  # of a corpus that is gone nothing is drawn
            changes |= draw(service, page, corpus, turns, map_)
        return changes

    state, side = page.state, page.side
    inputs = [state.corpus, state.conversation, side.search, state.map]
    changed = [side.listed, page.chat.chatbot, *page.pictures]
    kept = event.then(keep, inputs, changed, **QUIET)
    suggest = _Handlers(service, page).suggest
    kept.then(suggest, read_context(page), page.chat.followups, **QUIET)


def draw(
    service: ChatService, page: PageComponents, corpus: str, turns: Sequence[Turn], on_page: str
) -> Changes:
    """Return the newest answer's papers as lights on the map and in charts, and the map itself
    where another is `on_page`."""
    assistant = service.corpora.assistant(corpus)
    papers = {paper.id: paper for paper in assistant.papers()}
    cited = [citation.paper for citation in turns[-1].answer.citations] if turns else []
    counted = turns[-1].answer.counted if turns else ()
    numbers = number_papers(turns)
    atlas, labels = assistant.atlas, {paper.id: f"[{numbers[paper.id]}]" for paper in cited}
    beside = page.beside
    changes: Changes = {
        beside.lights: charts.render_lights(atlas, labels),
        beside.charts: charts.render_charts(list(papers.values()), counted or cited),
    }
    state = f"{corpus} {hash(atlas)}"
    if state != on_page:
        picture = svg.svg(atlas, papers)
        changes |= {beside.map: picture, page.state.map: state, beside.opened: ""}
    return changes


def read_context(page: PageComponents) -> list[Any]:
    """Return the components whose values `read_visitor` takes."""
    state, filters = page.state, page.composer.filters
    return [state.conversation, state.model, state.corpus, state.only, *filters.fields]


def read_visitor(request: gr.Request, context: Sequence[Any]) -> Visitor:
    """Return who asks, of what; QuestionError where the filters bound nothing sensible."""
    conversation, model, corpus, only = context[:_STATE]
    filters = read_filters(context[_STATE:], only)
    names = (owner(request), session(request), str(model), str(corpus), str(conversation))
    return Visitor(*names, filters)


def show(service: ChatService, page: PageComponents, visitor: Visitor) -> Iterator[Changes]:
    """Yield what the page shows of a visitor's conversation until nothing is answered in it."""
    only, cited, told = visitor.filters.only, None, False
    try:
        for shown in service.watch(visitor):
            changes: Changes = {page.chat.chatbot: shown.messages}
            if not shown.whole and not told:
                # Gradio may lose what it is told while a page on a busy machine is being built.
                changes[page.composer.question], told = busy_question(), True
            if shown.whole:
                changes[page.beside.sources] = render_sources(shown.turns, only)
                changes[page.composer.question] = ready_question()
            elif shown.cited != cited:
                cited = shown.cited
                changes[page.beside.sources] = render_sources(shown.turns, only, cited)
            yield changes
    except Exception:
        yield {page.composer.question: ready_question()}
        raise
    # At a generator's end Gradio sends what it yielded last once more, which by then may belong to
    # another conversation than the page shows.
    yield {page.chat.chatbot: gr.skip()}


def ready_question(text: str | None = None) -> dict[str, Any]:
    """Return the question box waiting for a question, with `text` or what is being typed there."""
    update: dict[str, Any] = gr.update(submit_btn="Ask", stop_btn=False)
    return update if text is None else {**update, "value": text}


def busy_question() -> dict[str, Any]:
    """Return the question box while an answer is under way."""
    return gr.update(submit_btn=False, stop_btn="Stop")


def render_followups(questions: Sequence[str]) -> str:
    """Return buttons that ask these questions, as HTML."""
    buttons = "".join(
        f'<button type="button" data-ask="{escape(text, quote=True)}">{escape(text)}</button>'
        for text in questions
    )
    return f'<div class="followups">{buttons}</div>' if buttons else ""


@dataclass(frozen=True, slots=True)
class _Handlers:
    service: ChatService
    page: PageComponents

    def ask(self, request: gr.Request, event: gr.EventData, *values: Any) -> Iterator[Changes]:
        # By name: a component that was changed is another object in each session.
        typed = not event.target or event.target.elem_id != self.page.chat.asks.elem_id
        text = values[0] if typed else event._data
        yield from self._answer(request, text, values[1:], typed=typed)

    def ask_again(
        self, request: gr.Request, event: gr.RetryData, *context: Any
    ) -> Iterator[Changes]:
        place, question = _turn_of(event.index), ""
        try:
            turns = self.service.live.load(owner(request), str(context[0])).turns
            question = turns[place].user if place < len(turns) else ""
        except AssistantError as error:
            show_warning("Not asked", error)
        yield from self._answer(request, question, context, place)

    def ask_edited(
        self, request: gr.Request, event: gr.EditData, *context: Any
    ) -> Iterator[Changes]:
        # The box to edit it in holds the question as it is shown.
        question = unescaped(str(event.value or ""))
        yield from self._answer(request, question, context, _turn_of(event.index))

    def take_back(self, request: gr.Request, event: gr.UndoData, *context: Any) -> Changes:
        page, place, live = self.page, _turn_of(event.index), self.service.live
        self.service.turn_to(session(request))
        before = live.turns(owner(request), str(context[0]))
        try:
            turns = live.shorten(owner(request), str(context[0]), place)
        except AssistantError as error:
            show_warning("Not taken back", error)
            return {page.chat.chatbot: render_turns(before) if before else gr.skip()}
        live.remember(owner(request), str(context[0]), suggested=[])
        taken = before[place].user if place < len(before) else ""
        return {
            page.chat.chatbot: render_turns(turns),
            page.beside.sources: render_sources(turns, context[3]),
            page.composer.question: ready_question(taken),
            page.chat.followups: "",
        }

    def suggest(self, request: gr.Request, *context: Any) -> Any:
        serial = self.service.watching.get(session(request))
        if not context[0]:
            return ""
        try:
            visitor = read_visitor(request, context)
            kept = self.service.live.load(visitor.owner, visitor.conversation)
            if suggested := kept.setup.get("suggested"):
                return render_followups(suggested)
            questions = self.service.next_questions(visitor, kept.turns)
        except AssistantError:
            return ""
        if questions is None or self.service.watching.get(session(request)) != serial:
            return gr.skip()
        self.service.live.remember(visitor.owner, visitor.conversation, suggested=questions)
        return render_followups(questions)

    def stop(self, request: gr.Request, conversation: str) -> None:
        self.service.live.stop(owner(request), conversation)

    def _answer(
        self,
        request: gr.Request,
        question: object,
        context: Sequence[Any],
        place: int | None = None,
        typed: bool = False,
    ) -> Iterator[Changes]:
        page, text = self.page, question.strip() if isinstance(question, str) else ""
        context, search = context[:-1], str(context[-1] or "")
        if not text:
            # Of a generator that yields nothing Gradio empties all outputs, the conversation too.
            yield {page.chat.chatbot: gr.skip()}
            return
        yield {page.composer.question: busy_question()}
        try:
            visitor = read_visitor(request, context)
            identifier = self._begin(text, visitor, place)
        except AssistantError as error:
            show_warning("Not asked", error)
            yield {page.composer.question: ready_question(text if typed else None)}
            return
        except Exception:
            yield {page.composer.question: ready_question()}
            raise
        visitor = replace(visitor, conversation=identifier)
        left = {"model": visitor.model, "only": list(visitor.filters.only), "suggested": []}
        fields = list(context[_STATE:])
        self.service.live.remember(visitor.owner, identifier, **left, fields=fields)
        self._tell_problem(visitor)
        yield {
            page.composer.question: {**busy_question(), **({"value": ""} if typed else {})},
            page.chat.followups: "",
            page.state.conversation: identifier,
            page.side.listed: list_kept(self.service.live.kept, visitor.owner, identifier, search),
            page.told: tell({"do": "address", "id": identifier}),
        }
        yield from show(self.service, page, visitor)
        self._tell_problem(visitor)

    def _tell_problem(self, visitor: Visitor) -> None:
        if problem := self.service.live.problem(visitor.owner, visitor.conversation):
            show_warning("This conversation is not kept", problem)

    def _begin(self, question: str, visitor: Visitor, place: int | None) -> str:
        try:
            return self.service.ask(question, visitor, place)
        except GoneError as error:
            show_warning("A new conversation begins", error)
            return self.service.ask(question, replace(visitor, conversation=""))


def _turn_of(index: Any) -> int:
    """Return which turn a message belongs to: there are two to each."""
    return int(index[0] if isinstance(index, list | tuple) else index) // 2
