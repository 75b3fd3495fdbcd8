"""Facts and summaries: abstracts into a prompt, the reply streamed, checked, and its unsupported sentences put right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.composing.extractive.draft import Draft
from assistant.composing.written import prompt_context
from assistant.composing.written.acceptance import beside_its_words, stand
from assistant.composing.written.llm_client import Ending, Stopped
from assistant.composing.written.llm_errors import CallError
from assistant.composing.written.postprocess import GOOD, finish
from assistant.composing.written.prompt_context import Given
from assistant.composing.written.task import Reply, Task, Written, to_read
from assistant.errors import ModelError
from assistant.text import citation_markers
from assistant.text.markdown import escape
from assistant.text.prompt_injection import NOTICE
from assistant.types import Check, Paper
from prompts import load

NOTHING = "The abstracts do not say."
# A small model that is done goes on with the prompt.
_ECHO = re.compile(r"(?m)^\s*(?:Question|Abstracts(?:, best match first)?):")
_NO_SENTENCE = "Stopped before a sentence was whole; these are quotations instead."
_MOST_PAPERS = 24
_LEAST_SHARE = (
    3  # how often the room for abstracts is halved for a model whose context proves smaller
)
_NAMED = 3
_ENDINGS = {
    "repetition": "The model began to repeat itself and was stopped there.",
    "length": "The answer reached the length limit (PAPER_ASSISTANT_OUTPUT_TOKENS) and ends there.",
    "cut": "The connection to the model broke off, so the answer ends there; ask again for the whole.",
    "late": "The model fell silent, so the answer ends there; ask again, or raise PAPER_ASSISTANT_TIMEOUT.",
    "filter": "The model's server withheld the rest of the answer (its content filter).",
}
_NOTHING_STANDS = {
    "repetition": "the model only repeated itself; choose another model",
    "length": "the answer reached its length limit too early; raise PAPER_ASSISTANT_OUTPUT_TOKENS",
    "cut": "the connection to the model broke off too early; try again",
    "late": "the model fell silent too early; try again or raise PAPER_ASSISTANT_TIMEOUT",
    "filter": "the model's server withheld the answer (its content filter); put the question differently",
}


@dataclass(slots=True)
class _Pen:
    """The state of one text while it is written."""

    task: Task
    given: Given
    order: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    ending: Ending = field(default_factory=Ending)

    @property
    def papers(self) -> dict[int, Paper]:
        """Return what the numbers in the text stand for."""
        return {
            number: self.given.papers[identifier] for number, identifier in enumerate(self.order, 1)
        }


def write(task: Task, reply: Reply) -> Iterator[str]:
    """Yield the text of a fact or a summary; CallError, or ModelError when nothing of it can stand."""
    room = task.caller.chat.limits.prompt_tokens
    for attempt in range(_LEAST_SHARE):
        pen = _Pen(task, _given(task, room >> attempt))
        try:
            yield from _stream(pen, reply)
        except CallError as error:
            if error.overflow and not pen.shown and attempt + 1 < _LEAST_SHARE:
                continue
            raise
        except Stopped:
            reply.written = _written(pen, stopped=True)
            return
        reply.status = "checking every sentence"
        yield ""
        reply.written = _written(pen)
        return


def _given(task: Task, room: int) -> Given:
    empty = _prompt(task, Given({}, ""))
    given = prompt_context.fit(
        to_read(task)[:_MOST_PAPERS], room - task.caller.count(empty), task.caller.count
    )
    if not given.papers:
        raise ModelError(
            "no abstract fits whole into the prompt's budget; raise PAPER_ASSISTANT_PROMPT_TOKENS"
        )
    return given


def _prompt(task: Task, given: Given) -> str:
    rules = load("rules").substitute(example=given.example)
    form = "summary" if task.quotes.kind == "summary" else "fact"
    return load(form).substitute(rules=rules, passages=given.text, question=task.question)


def _stream(pen: _Pen, reply: Reply) -> Iterator[str]:
    reply.status = f"reading {len(pen.given.papers)} abstracts"
    yield ""
    pieces = pen.task.caller.stream(_prompt(pen.task, pen.given), pen.ending)
    for text in citation_markers.numbered(pieces, pen.given.papers, pen.order):
        reply.status = "writing; not checked yet"
        reply.cited = pen.papers
        pen.shown.append(text)
        yield text


def _written(pen: _Pen, stopped: bool = False) -> Written:
    text = _whole(
        _ECHO.split(_text(pen).replace(NOTICE, ""))[0].strip(), pen.ending.reason, stopped
    )
    given = tuple(pen.given.papers.values())
    if not stopped and _bare(text) == _bare(NOTHING):
        return Written(_nothing(given), given=given)
    # From here on every paper has its number, so that a corrected sentence may cite another one.
    pen.order += [identifier for identifier in pen.given.papers if identifier not in pen.order]
    repair = None if stopped or pen.ending.reason in ("cut", "late") else _Repairer(pen)
    finished = finish(text, pen.papers, pen.task.rules, repair)
    if stopped and text and not finished.checks:
        return Written(pen.task.quotes, given=given, notes=(_NO_SENTENCE,), stopped=True)
    if not stopped:
        if _bare(NOTHING) in _bare(text) and not any(
            one.verdict in GOOD for one in finished.checks
        ):
            return Written(_nothing(given), given=given)
        try:
            stand(pen.task, finished)
        except ModelError as error:
            raise ModelError(_NOTHING_STANDS.get(pen.ending.reason, str(error))) from error
        finished = beside_its_words(pen.task, finished)
    draft = Draft(pen.task.quotes.kind, finished.text, finished.citations)
    notes = (_ENDINGS[pen.ending.reason],) if pen.ending.reason in _ENDINGS else ()
    return Written(draft, finished.checks, given=given, notes=notes, stopped=stopped)


def _text(pen: _Pen) -> str:
    """Return what was shown, of a text that repeats itself the first round."""
    if pen.ending.reason == "repetition":
        return "".join(citation_markers.numbered([pen.ending.kept], pen.given.papers, pen.order))
    return "".join(pen.shown)


def _whole(text: str, ending: str, stopped: bool) -> str:
    """Return the text without the sentence that its end cut off, unless that is all there is."""
    if not stopped and ending not in _ENDINGS:
        return text
    last = max(
        (match.end() for match in re.finditer(r"[.!?](?:\s*\[\d+\])*(?=\s|$)|\n", text)), default=0
    )
    return text[:last].rstrip() if last else text


def _bare(text: str) -> str:
    """Return the words of a text in lower case, without markers."""
    return " ".join(re.sub(r"\[\d+\]|[^\w ]", " ", text).lower().split())


def _nothing(given: Sequence[Paper]) -> Draft:
    """Return the answer that the abstracts do not give what is asked, with the papers that were read."""
    # Whatever else the model says beside this rests on no abstract.
    titles = ", ".join(f"*{escape(paper.title)}*" for paper in given[:_NAMED])
    more = f" and {len(given) - _NAMED} more" if len(given) > _NAMED else ""
    return Draft("none", f"{NOTHING} I read {titles}{more}.", nearest=tuple(given[:_NAMED]))


@dataclass(frozen=True, slots=True)
class _Repairer:
    """Asks the model once to correct what is not supported."""

    pen: _Pen

    def __call__(
        self, bad: Sequence[tuple[str, Check]], papers: Mapping[int, Paper]
    ) -> dict[int, str]:
        """Return corrected sentences by their place in `bad`, "" for one to drop; nothing when the model cannot be asked."""
        ids = dict(enumerate(self.pen.order, 1))
        cited = [ids[n] for sentence, _ in bad for n in _numbers(sentence) if n in ids] or list(
            self.pen.given.papers
        )
        given = prompt_context.fit(
            [self.pen.given.papers[one] for one in dict.fromkeys(cited)],
            self._room(),
            self.pen.task.caller.count,
        )
        if not given.papers:
            return {}
        sentences = "\n".join(
            f"{n}. {self._shown(text, ids)} ({one.reason})" for n, (text, one) in enumerate(bad, 1)
        )
        prompt = load("repair").substitute(
            sentences=sentences, passages=given.text, example=given.example
        )
        try:
            answer = self.pen.task.caller.complete(prompt)
        except (ModelError, Stopped):
            return {}
        return self._corrected(answer, len(bad))

    def _corrected(self, answer: str, count: int) -> dict[int, str]:
        found: dict[int, str] = {}
        for match in re.finditer(r"(?m)^\s*(\d{1,3})[.):]\s*(\S.*)$", answer):
            place = int(match[1]) - 1
            if place < count and place not in found:
                found[place] = (
                    "" if match[2].strip(" .*").upper() == "DROP" else self._numbered(match[2])
                )
        return found

    def _numbered(self, line: str) -> str:
        return "".join(
            citation_markers.numbered([line.strip()], self.pen.given.papers, self.pen.order)
        ).strip()

    def _room(self) -> int:
        return self.pen.task.caller.chat.limits.prompt_tokens // 2

    @staticmethod
    def _shown(text: str, ids: Mapping[int, str]) -> str:
        return re.sub(r"\[(\d+)\]", lambda match: f"[{ids.get(int(match[1]), '?')}]", text)


def _numbers(text: str) -> list[int]:
    return [int(n) for n in re.findall(r"\[(\d+)\]", text)]
