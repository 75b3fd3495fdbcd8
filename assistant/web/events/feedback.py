"""Events of what readers say: thumbs on an answer, a wrong citation in a sentence; each kept with all that reproduces it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from assistant.checking.claims import plain
from assistant.errors import AssistantError
from assistant.history.feedback import Circumstances, Remark, circumstances
from assistant.settings import with_corpus
from assistant.text.markdown import escape, unturned
from assistant.types import Turn
from assistant.web.components.layout import QUIET, Parts, Update, tell
from assistant.web.rendering.citation_chips import Sentence, sentences
from assistant.web.sessions.chat_service import Service, messages
from assistant.web.sessions.visitors import owner

_PICK = re.compile(r"(\d{1,4})-(\d{1,4})")
_VERDICTS = {
    "quoted": "❝ Quoted word for word from the abstract.",
    "supported": "✓ Supported by the words cited.",
    "partly supported": "◐ Supported only in part.",
    "not supported": "✕ Not supported by the words cited.",
}


_CLOSED: list[Update] = [("", ""), gr.update(visible=False), "", ""]
_THUMBS = {"up": "Like", "down": "Dislike"}


@dataclass(frozen=True, slots=True)
class Picked:
    """A sentence of an answer, the turns up to it, and its words without Markdown."""

    turns: tuple[Turn, ...]
    sentence: Sentence
    text: str


def picked(turns: Sequence[Turn], where: str) -> Picked | None:
    """Return the sentence at "TURN-PLACE", both from 1; None when there is none."""
    match = _PICK.fullmatch(where)
    if match is None or not 0 < int(match[1]) <= len(turns):
        return None
    until = tuple(turns[: int(match[1])])
    answer = until[-1].answer
    found = next((one for one in sentences(answer) if one.place == int(match[2])), None)
    if found is None:
        return None
    return Picked(until, found, plain(answer.text[found.start : found.end]))


def wire(service: Service, parts: Parts) -> None:
    """Wire thumbs, and the box that opens at a sentence's mark."""
    box, own = parts.beside.checking, parts.own
    meant = gr.State(("", ""))  # which sentence, and its words

    def show(event: gr.EventData, turns: list[Turn]) -> list[Update]:
        where = event._data if isinstance(event._data, str) else ""
        found = picked(turns, where)
        return (
            [(where, found.text), gr.update(visible=True), _told(found), ""] if found else _CLOSED
        )

    outputs = [meant, box.box, box.shown, box.comment]
    box.picks.select(show, own.turns, outputs, queue=False, **QUIET)
    gr.on(
        [box.close.click, own.conversation.change],
        lambda: _CLOSED,
        None,
        outputs,
        queue=False,
        **QUIET,
    )

    def wrong(
        request: gr.Request, about: tuple[str, str], comment: str, turns: list[Turn], corpus: str
    ) -> list[Update]:
        found = picked(turns, about[0])
        if found is None or found.text != about[1]:
            tell("Not kept", "this sentence is no longer in the conversation")
            return _CLOSED
        chip = found.sentence.chips[0] if found.sentence.chips else None
        number, quote = (chip.number, chip.quote.text) if chip else (None, "")
        remark = Remark("wrong citation", found.text, number, quote, comment or "")
        if not _kept(service, request, remark, found.turns, corpus):
            return [gr.skip()] * 4
        return _CLOSED

    box.wrong.click(wrong, [meant, box.comment, own.turns, own.corpus], outputs, **QUIET)

    def thumb(request: gr.Request, event: gr.LikeData, turns: list[Turn], corpus: str) -> Update:
        index = event.index[0] if isinstance(event.index, list | tuple) else event.index
        until = turns[: int(index) // 2 + 1]
        if not until:
            return gr.skip()
        if event.liked is None or event.liked == "":
            _taken_back(service, request, until)
        else:
            _kept(
                service,
                request,
                Remark("up" if event.liked in (True, "Like") else "down"),
                until,
                corpus,
            )

        # What the page holds of thumbs is what is kept: else one stays on the row for another conversation's answer.
        return gr.update(feedback_value=thumbs(service, owner(request), turns))

    parts.talk.chatbot.like(thumb, [own.turns, own.corpus], parts.talk.chatbot, **QUIET)


def thumbs(service: Service, who: str, turns: Sequence[Turn]) -> list[str | None]:
    """Return the owner's thumb on each answer, as the chatbot calls it."""
    try:
        return [_THUMBS.get(one or "") for one in service.said.thumbs(who, turns)]
    except AssistantError as error:
        tell("Thumbs are not shown", error)
        return []


def shown(service: Service, who: str, turns: Sequence[Turn]) -> Update:
    """Return what shows a conversation's messages and the thumbs on its answers."""
    return gr.update(value=messages(turns), feedback_value=thumbs(service, who, turns))


def _told(found: Picked) -> str:
    """Return how a sentence was checked, as Markdown."""
    one = found.sentence
    quoted = "".join(
        f"\n\n> “{escape(chip.quote.text)}” \\[{chip.number}\\]" for chip in one.chips[:3]
    )
    reason = f" {escape(one.reason)}." if one.reason else ""
    text = (
        "" if one.verdict == "quoted" and quoted else f"\n\n{escape(found.text)}"
    )  # not the same words twice
    return unturned(f"**{_VERDICTS.get(one.verdict, '')}**{reason}{text}{quoted}")


def _kept(
    service: Service, request: gr.Request, remark: Remark, turns: Sequence[Turn], corpus: str
) -> bool:
    try:
        service.said.say(owner(request), remark, turns, _in_use(service, turns, corpus))
    except AssistantError as error:
        tell("Not kept", error)
        return False
    gr.Info("Thank you: kept, with what is needed to look into it.", duration=4)
    return True


def _taken_back(service: Service, request: gr.Request, turns: Sequence[Turn]) -> None:
    try:
        service.said.take_back(owner(request), Remark("up"), turns)
    except AssistantError as error:
        tell("Not taken back", error)


def _in_use(service: Service, turns: Sequence[Turn], corpus: str) -> Circumstances:
    return circumstances(with_corpus(service.shelf.settings, corpus), turns[-1].answer.model)
