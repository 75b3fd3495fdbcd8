"""Events of what readers say: thumbs on an answer, a wrong citation in a sentence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from assistant.checking.claims import plain
from assistant.errors import AssistantError
from assistant.history.citations import Sentence, find_sentences
from assistant.history.feedback import Remark, circumstances
from assistant.settings import with_corpus
from assistant.text.markdown import escape, unturned
from assistant.types import Turn
from assistant.web.components.layout import QUIET, Changes, PageComponents, Update, show_warning
from assistant.web.sessions.chat_service import ChatService
from assistant.web.sessions.visitors import owner

_PICK = re.compile(r"(?:(cite)-)?(\d{1,4})-(\d{1,4})")
_VERDICTS = {
    "quoted": "❝ Quoted word for word from the abstract.",
    "supported": "✓ Supported by the words cited.",
    "partly supported": "◐ Supported only in part.",
    "not supported": "✕ Not supported by the words cited.",
}
_THUMBS = {"up": "Like", "down": "Dislike"}


@dataclass(frozen=True, slots=True)
class PickedSentence:
    """A sentence of an answer, the turns up to it, and its words without Markdown."""

    turns: tuple[Turn, ...]
    sentence: Sentence
    text: str


def pick_sentence(turns: Sequence[Turn], where: str) -> PickedSentence | None:
    """Return the sentence at "TURN-PLACE", or with the chip "cite-TURN-PLACE", all from 1; None for
    none."""
    match = _PICK.fullmatch(where)
    if match is None or not 0 < int(match[2]) <= len(turns):
        return None
    until = tuple(turns[: int(match[2])])
    answer, place = until[-1].answer, int(match[3])
    for sentence in find_sentences(answer):
        chips = [chip.place for chip in sentence.chips]
        if place in chips if match[1] else sentence.place == place:
            words = plain(answer.text[sentence.start : sentence.end])
            return PickedSentence(until, sentence, words)
    return None


def read_thumbs(service: ChatService, name: str, turns: Sequence[Turn]) -> list[str | None]:
    """Return the owner's thumb on each answer, as the chatbot calls it."""
    try:
        return [_THUMBS.get(thumb or "") for thumb in service.feedback.thumbs(name, turns)]
    except AssistantError as error:
        show_warning("Thumbs are not shown", error)
        return []


def wire(service: ChatService, page: PageComponents) -> None:
    """Wire thumbs, and the box that opens at a sentence's mark."""
    box, state, chatbot = page.beside.sentence, page.state, page.chat.chatbot
    conversation = state.conversation
    meant = gr.State(("", ""))  # which sentence, and its words
    handlers = _Handlers(service, page, meant)
    outputs = [meant, box.box, box.text, box.comment]
    box.picks.select(handlers.show, conversation, outputs, queue=False, **QUIET)
    box.close.click(handlers.close, None, outputs, queue=False, **QUIET)
    # Of the same conversation too, which gets its id only some time after its first answer.
    shown = [meant, conversation]
    conversation.change(handlers.close_stale, shown, outputs, queue=False, **QUIET)
    inputs = [meant, box.comment, conversation, state.corpus]
    box.wrong.click(handlers.report, inputs, outputs, **QUIET)
    chatbot.like(handlers.thumb, [conversation, state.corpus], chatbot, **QUIET)


@dataclass(frozen=True, slots=True)
class _Handlers:
    service: ChatService
    page: PageComponents
    meant: gr.State

    def show(self, request: gr.Request, event: gr.EventData, conversation: str) -> Changes:
        where = event._data if isinstance(event._data, str) else ""
        picked = pick_sentence(self._turns(request, conversation), where)
        if picked is None:
            return self.close()
        return self._box((where, picked.text), _describe(picked))

    def close(self) -> Changes:
        return self._box(("", ""), "")

    def _box(self, meant: tuple[str, str], text: str) -> Changes:
        box = self.page.beside.sentence
        shown = {box.box: gr.update(visible=bool(text)), box.text: text, box.comment: ""}
        return {self.meant: meant, **shown}

    def close_stale(
        self, request: gr.Request, about: tuple[str, str], conversation: str
    ) -> Changes:
        """Close the box, unless its sentence stands in the conversation."""
        picked = pick_sentence(self._turns(request, conversation), about[0])
        return {self.meant: gr.skip()} if picked and picked.text == about[1] else self.close()

    def report(
        self,
        request: gr.Request,
        about: tuple[str, str],
        comment: str,
        conversation: str,
        corpus: str,
    ) -> Changes:
        picked = pick_sentence(self._turns(request, conversation), about[0])
        if picked is None or picked.text != about[1]:
            show_warning("Not kept", "this sentence is no longer in the conversation")
            return self.close()
        chip = picked.sentence.chips[0] if picked.sentence.chips else None
        number, quote = (chip.number, chip.quote.text) if chip else (None, "")
        remark = Remark("wrong citation", picked.text, number, quote, comment or "")
        if self._say(request, remark, picked.turns, corpus):
            return self.close()
        return {self.meant: gr.skip()}

    def thumb(
        self, request: gr.Request, event: gr.LikeData, conversation: str, corpus: str
    ) -> Update:
        turns = self._turns(request, conversation)
        index = event.index[0] if isinstance(event.index, list | tuple) else event.index
        until = turns[: int(index) // 2 + 1]
        if not until:
            return gr.skip()
        if event.liked is None or event.liked == "":
            try:
                self.service.feedback.take_back(owner(request), Remark("up"), until)
            except AssistantError as error:
                show_warning("Not taken back", error)
        else:
            said = Remark("up" if event.liked in (True, "Like") else "down")
            self._say(request, said, until, corpus)
        # Else a thumb stays on the row for another conversation's answer.
        return gr.update(feedback_value=read_thumbs(self.service, owner(request), turns))

    def _turns(self, request: gr.Request, conversation: str) -> tuple[Turn, ...]:
        return self.service.live.turns(owner(request), conversation)

    def _say(self, request: gr.Request, remark: Remark, turns: Sequence[Turn], corpus: str) -> bool:
        settings = with_corpus(self.service.corpora.settings, corpus)
        try:
            in_use = circumstances(settings, turns[-1].answer.model)
            self.service.feedback.say(owner(request), remark, turns, in_use)
        except AssistantError as error:
            show_warning("Not kept", error)
            return False
        gr.Info("Thank you: kept, with what is needed to look into it.", duration=4)
        return True


def _describe(picked: PickedSentence) -> str:
    """Return how a sentence was checked, as Markdown."""
    sentence = picked.sentence
    quoted = "".join(
        f"\n\n> “{escape(chip.quote.text)}” \\[{chip.number}\\]" for chip in sentence.chips[:3]
    )
    reason = f" {escape(sentence.reason)}." if sentence.reason else ""
    same = sentence.verdict == "quoted" and quoted  # the same words are not shown twice
    text = "" if same else f"\n\n{escape(picked.text)}"
    return unturned(f"**{_VERDICTS.get(sentence.verdict, '')}**{reason}{text}{quoted}")
