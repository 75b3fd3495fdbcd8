"""Events that bound the next question: filters, and the papers that are selected."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

import gradio as gr

from assistant.composing.paper_counts import count_groups, groups_of
from assistant.errors import AssistantError, QuestionError
from assistant.retrieval.filters import describe_filters
from assistant.text.markdown import escape, unescaped, unturned
from assistant.types import By, Paper
from assistant.web.components.layout import QUIET, Changes, PageComponents, Update, tell
from assistant.web.rendering.sources_panel import render_paper, render_tray
from assistant.web.sessions.chat_service import ChatService
from assistant.web.sessions.visitors import owner, read_filters

NO_FILTERS = ("", "", "", None, "")
_MOST_SELECTED = 500
_LONGEST_CHIP = 40


def list_venues(papers: Sequence[Paper]) -> list[str]:
    """Return the venues that papers appeared at, most frequent first, without their years.

    >>> venues = ("CVPR 2023", "ACL", "CVPR 2021")
    >>> list_venues([Paper(venue, "A", "", venue=venue) for venue in venues])
    ['CVPR', 'ACL']
    """
    return [name for name, _ in count_groups(papers, "venue")]


def describe_chip(fields: Sequence[object]) -> tuple[str, str]:
    """Return what the filters' chip says, and what is wrong with the filters, "" for nothing.

    >>> describe_chip(("2023", "", "", None, "")), describe_chip(("abcd", "", "", None, ""))[0]
    (('from 2023 on', ''), 'Filters: look')
    """
    try:
        filters = read_filters(fields, ())
    except QuestionError as error:
        return "Filters: look", str(error)
    text = unturned(unescaped(describe_filters(filters))) if filters else "Filters"
    return text if len(text) <= _LONGEST_CHIP else f"{text[: _LONGEST_CHIP - 1]}…", ""


def show_filters(
    page: PageComponents, fields: Sequence[object], papers: Sequence[Paper] | None = None
) -> Changes:
    """Return what shows these values of the filters' fields, and the venues of `papers`."""
    filters = page.composer.filters
    values = [gr.update(value=field) for field in fields]
    changes: Changes = dict(zip(filters.fields, values, strict=True))
    if papers is not None:
        changes[filters.venue]["choices"] = list_venues(papers)
    return {**changes, filters.chip: describe_chip(fields)[0]}


def show_selected(
    service: ChatService, page: PageComponents, corpus: str, only: Sequence[str]
) -> Changes:
    """Return what shows which papers of a corpus are selected."""
    try:
        chosen = find_papers(service, corpus, only) if only else []
    except AssistantError:  # a corpus that is gone; what was asked of it can be read all the same
        chosen = []
    ids = tuple(paper.id for paper in chosen)
    return {page.state.only: ids, page.composer.tray: render_tray(chosen)}


def find_papers(service: ChatService, corpus: str, ids: Sequence[str]) -> list[Paper]:
    """Return the papers with these ids, in the order of the ids; unknown ids are left out."""
    return list(service.corpora.assistant(corpus).snapshot.papers(dict.fromkeys(ids)))


def wire(service: ChatService, page: PageComponents) -> None:
    """Wire what bounds a question."""
    handlers, state, filters = _Handlers(service, page), page.state, page.composer.filters
    changes = [field.change for field in filters.fields]
    outputs = [filters.chip, filters.problem]
    gr.on(
        changes, handlers.describe, [state.conversation, *filters.fields], outputs,
        trigger_mode="always_last", queue=False, **QUIET,
    )  # fmt: skip
    cleared = [*filters.fields, *outputs]
    filters.clear.click(handlers.clear, None, cleared, queue=False, **QUIET)
    # Not "once": Gradio would drop a tick that comes while the one before it is under way.
    each: dict[str, Any] = {"trigger_mode": "multiple", "queue": False, **QUIET}
    selected = [state.only, page.composer.tray, page.told]
    bounds = [state.corpus, state.conversation, state.only]
    filters.ticks.select(handlers.select, bounds, selected, **each)
    page.beside.opens.select(handlers.open_paper, state.corpus, page.beside.opened, **each)


@dataclass(frozen=True, slots=True)
class _Handlers:
    service: ChatService
    page: PageComponents

    def describe(self, request: gr.Request, conversation: str, *fields: object) -> Changes:
        self.service.live.remember(owner(request), conversation, fields=list(fields))
        return self._describe(*fields)

    def _describe(self, *fields: object) -> Changes:
        filters, (chip, problem) = self.page.composer.filters, describe_chip(fields)
        told = unturned(f"{escape(problem[:1].upper() + problem[1:])}.") if problem else ""
        return {filters.chip: chip, filters.problem: gr.update(value=told, visible=bool(told))}

    def clear(self) -> Changes:
        return {**show_filters(self.page, NO_FILTERS), **self._describe(*NO_FILTERS)}

    def select(
        self, request: gr.Request, event: gr.EventData, corpus: str, conversation: str,
        only: Sequence[str],
    ) -> Changes:  # fmt: skip
        """Select papers: the script tells which are, or which bar of a chart was chosen."""
        given, messages = event._data, []
        if isinstance(given, dict):
            turns, turn = self.service.live.turns(owner(request), conversation), given.get("turn")
            at = turn if isinstance(turn, int) and 1 <= turn <= len(turns) else None
            counted = turns[at - 1].answer.counted if at else ()
            ids = self._toggle(corpus, only, given.get("by"), given.get("group"), counted)
            messages.append({"do": "ticked", "ids": ids[:_MOST_SELECTED]})
        else:
            found = given if isinstance(given, list) else []
            ids = [key for key in found if isinstance(key, str)]
        if len(ids) > _MOST_SELECTED:
            text = f"{_MOST_SELECTED} of the {len(ids):,} papers are selected; a filter takes all."
            messages.append({"do": "toast", "text": text})
        changes = show_selected(self.service, self.page, corpus, ids[:_MOST_SELECTED])
        chosen = list(changes[self.page.state.only])
        self.service.live.remember(owner(request), conversation, only=chosen)
        if not isinstance(given, dict):  # the script tells what was ticked meanwhile only then
            messages.append({"do": "taken", "ids": chosen})
        return {**changes, self.page.told: tell(*messages)}

    def open_paper(self, event: gr.EventData, corpus: str) -> Update:
        found = find_papers(self.service, corpus, [str(event._data)])
        return render_paper(found[0]) if found else gr.skip()

    def _toggle(
        self, corpus: str, only: Sequence[str], by: object, group: object, counted: Sequence[Paper]
    ) -> list[str]:
        """Return what is selected with the papers of a bar, of those `counted` or of all; without
        them where all of them are selected."""
        kind = next((one for one in get_args(By) if one == by), None)
        if kind is None:
            return list(only)
        papers = counted or self.service.corpora.assistant(corpus).papers()
        among = {paper.id: None for paper in papers if group in groups_of(paper, kind)}
        if among.keys() <= set(only):
            return [key for key in only if key not in among]
        return list(dict.fromkeys([*only, *among]))
