"""Facts and summaries: abstracts into a prompt; the reply streamed, checked and put right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from langchain_core.prompt_values import PromptValue

from assistant.checking.claims import plain
from assistant.composing.extractive.citing import Composer
from assistant.composing.written import prompt_context
from assistant.composing.written.acceptance import Unacceptable, require_acceptable, show_source
from assistant.composing.written.llm_call import Stopped, StopReason
from assistant.composing.written.llm_errors import CallError
from assistant.composing.written.postprocess import GOOD, CheckedText, check_text
from assistant.composing.written.prompt_context import Given
from assistant.composing.written.replies import locate_words
from assistant.composing.written.task import Reply, Task, WrittenAnswer
from assistant.composing.written.verification import make_second_opinion
from assistant.errors import ModelError
from assistant.text import citation_markers
from assistant.text.citation_markers import MARKER
from assistant.text.markdown import escape
from assistant.text.prompt_injection import NOTICE
from assistant.types import PLAIN, Check, Draft, Paper, Span
from prompts import fill, fragment

NOTHING = "The abstracts do not say."
# A small model that is done goes on with the prompt.
_ECHO = re.compile(r"(?m)^\s*(?:Question|Abstracts(?:, best match first)?):")
_FOUND_NONE = "The model found no answer in the abstracts; these quotations may hold one."
_ONLY_NEAR = "I am not sure that an abstract is about this; the model wrote from those nearest."
_NO_SENTENCE = "Stopped before a sentence was whole; these are quotations instead."
_LENGTHS = {"short": "shorter", "long": "longer, more detailed"}
_NEAREST = re.compile(r"(?im)^\W*nearest\W*:")
_MOST_PAPERS, _BEST = 24, 2
# How often the room for abstracts is halved for a model whose context proves smaller.
_ATTEMPTS = 3
_NAMED = 3
_ENDINGS = {
    "repetition": "The model began to repeat itself and was stopped there.",
    "length": "The answer reached the length limit (PAPER_ASSISTANT_OUTPUT_TOKENS) and ends there.",
    "cut": "The connection to the model broke off, so the answer ends there; ask again for all.",
    "late": "The model fell silent, so the answer ends there; ask again, or raise "
    "PAPER_ASSISTANT_TIMEOUT.",
    "filter": "The model's server withheld the rest of the answer (its content filter).",
}
_NOTHING_LEFT = {
    "repetition": "the model only repeated itself; choose another model",
    "length": "the answer reached its length limit too early; raise PAPER_ASSISTANT_OUTPUT_TOKENS",
    "cut": "the connection to the model broke off too early; try again",
    "late": "the model fell silent too early; try again or raise PAPER_ASSISTANT_TIMEOUT",
    "filter": "the model's server withheld the answer (its content filter); put the question "
    "differently",
}


@dataclass(slots=True)
class _StreamRenderer:
    """One text while it is written: ids of abstracts become numbers, in the `order` of citing."""

    task: Task
    given: Given
    order: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    ending: StopReason = field(default_factory=StopReason)

    @property
    def papers(self) -> dict[int, Paper]:
        """Return what the numbers in the text stand for."""
        return {number: self.given.papers[key] for number, key in enumerate(self.order, 1)}

    def stream(self, reply: Reply) -> Iterator[str]:
        """Yield the text as it comes."""
        yield reply.tell(f"reading {len(self.given.papers)} abstracts")
        pieces = self.task.client.stream(_prompt(self.task, self.given), self.ending)
        for text in citation_markers.numbered(pieces, self.given.papers, self.order):
            reply.status = "writing; not checked yet"
            reply.cited = self.papers
            self.shown.append(text)
            yield text

    def number(self, text: str) -> str:
        """Return `text` with numbers for ids."""
        return "".join(citation_markers.numbered([text], self.given.papers, self.order))

    def text(self, stopped: bool) -> str:
        """Return what was shown, without endless repetition and a sentence that was cut off."""
        repeated = self.ending.reason == "repetition"
        text = self.number(self.ending.kept) if repeated else "".join(self.shown)
        text = _ECHO.split(text.replace(NOTICE, ""))[0].strip()
        return _without_cut_sentence(text) if stopped or self.ending.reason in _ENDINGS else text


def write(task: Task, reply: Reply) -> Iterator[str]:
    """Yield the text of a fact or a summary; CallError, or ModelError when it is not acceptable."""
    for attempt in range(_ATTEMPTS):
        most = _MOST_PAPERS if task.client.strong or task.kind != "fact" else _BEST
        renderer = _StreamRenderer(task, _fit_abstracts(task, task.prompt_tokens >> attempt, most))
        try:
            yield from renderer.stream(reply)
        except CallError as error:
            if error.overflow and not renderer.shown and attempt + 1 < _ATTEMPTS:
                continue
            raise
        except Stopped:
            reply.written = _finish_stopped(renderer)
            return
        yield reply.tell("checking every sentence")
        written = _finish(renderer)
        again = task.quotes.certainty == PLAIN and len(renderer.given.papers) > _BEST
        if written is None and again:
            yield reply.tell("reading the best abstracts again")
            written = _read_again(task)
        reply.written = written or _say_nothing(renderer, twice=again)
        return


def _read_again(task: Task) -> WrittenAnswer | None:
    """Return what the model writes when it is given nothing but the best abstracts, None when it
    finds nothing there either or that fails.
    """
    try:
        renderer = _StreamRenderer(task, _fit_abstracts(task, task.prompt_tokens, _BEST))
        reply = task.client.complete(_prompt(task, renderer.given))
        renderer.shown.append(renderer.number(reply))
        return _finish(renderer)
    except (ModelError, Stopped):
        return None


def _fit_abstracts(task: Task, room: int, most: int) -> Given:
    empty = task.client.count(_prompt(task, Given({}, "")))
    papers = task.papers_to_read()[:most]
    given = prompt_context.fit(papers, room - empty, task.client.count)
    if not given.papers:
        raise prompt_context.no_room()
    return given


def _prompt(task: Task, given: Given) -> PromptValue:
    rules = fragment("rules")
    if length := _LENGTHS.get(task.evidence.parsed.length):
        rules += "\n" + fragment("length", length=length)
    asked = {"example": given.example, "passages": given.text, "question": task.question}
    if task.kind == "summary":
        return fill("summary", {"rules": rules, **asked})
    silence = fragment("silence") if task.client.strong else ""
    return fill("fact", {"rules": rules, "silence": silence, **asked})


def _finish(renderer: _StreamRenderer) -> WrittenAnswer | None:
    """Return the whole text, checked, None when it says that the abstracts do not; ModelError when
    it is not acceptable.
    """
    text, reason = renderer.text(stopped=False), renderer.ending.reason
    given = tuple(renderer.given.papers.values())
    said = _NEAREST.split(text)[0]
    if _bare(NOTHING) in _bare(said) and not _is_supported(_check(renderer, said, None)):
        return None
    repair = None if reason in ("cut", "late") else _Repairer(renderer)
    checked = _check(renderer, text, repair)
    try:
        require_acceptable(renderer.task, checked)
    except ModelError as error:
        written = MARKER.sub("", checked.text)  # its numbers are none of the quotations'
        raise Unacceptable(_NOTHING_LEFT.get(reason, str(error)), written) from error
    checked = show_source(renderer.task, checked)
    draft = _draft(renderer, checked)
    told = (_ENDINGS.get(reason), _ONLY_NEAR if draft.hedged else None)
    notes = tuple(note for note in told if note)
    return WrittenAnswer(draft, checked.checks, given=given, notes=notes)


def _finish_stopped(renderer: _StreamRenderer) -> WrittenAnswer:
    """Return what was written when the reader stopped it, checked; no call is made for that."""
    text, given = renderer.text(stopped=True), tuple(renderer.given.papers.values())
    checked = _check(renderer, text, None)
    if text and not checked.checks:
        quotes = renderer.task.quotes
        return WrittenAnswer(quotes, given=given, notes=(_NO_SENTENCE,), stopped=True)
    return WrittenAnswer(_draft(renderer, checked), checked.checks, given=given, stopped=True)


def _check(renderer: _StreamRenderer, text: str, repair: _Repairer | None) -> CheckedText:
    # From here on every paper has its number, so that a corrected sentence may cite another one.
    renderer.order += [key for key in renderer.given.papers if key not in renderer.order]
    second = make_second_opinion(renderer.task) if repair else None
    return check_text(text, renderer.papers, renderer.task.checker, repair, second)


def _is_supported(checked: CheckedText) -> bool:
    return any(check.verdict in GOOD for check in checked.checks)


def _draft(renderer: _StreamRenderer, checked: CheckedText) -> Draft:
    """Return what was written; a summary is in doubt where its quotations are, unless the model is
    one that says itself when nothing answers.
    """
    task = renderer.task
    near = task.kind == "summary" and task.quotes.hedged and not task.client.strong
    return Draft(task.kind, checked.text, checked.citations, hedged=near)


def _without_cut_sentence(text: str) -> str:
    """Return the text without the sentence that its end cut off, unless that is all there is."""
    ends = [match.end() for match in re.finditer(r"[.!?](?:\s*\[\d+\])*(?=\s|$)|\n", text)]
    return text[: ends[-1]].rstrip() if ends else text


def _bare(text: str) -> str:
    """Return the words of a text in lower case, without markers."""
    return " ".join(re.sub(r"\[\d+\]|[^\w ]", " ", text).lower().split())


def _say_nothing(renderer: _StreamRenderer, twice: bool) -> WrittenAnswer:
    """Return that the abstracts do not say, with the words that come nearest or the papers that
    were read; the quotations where they answer plainly, or say themselves that nothing answers.
    """
    quotes, given = renderer.task.quotes, tuple(renderer.given.papers.values())
    if quotes.certainty == PLAIN:  # in doubt where the model looked for it twice
        doubtful = replace(quotes, hedged=twice)
        return WrittenAnswer(doubtful, given=given, notes=(_FOUND_NONE,))
    if quotes.abstained:
        return WrittenAnswer(quotes, given=given)
    if nearest := _nearest_words(renderer):
        composer = Composer()
        text = f"{NOTHING} Nearest is: {composer.quote(*nearest)}"
        draft = Draft(renderer.task.kind, text, composer.citations, hedged=True)
        start = text.index("“")
        check = Check(start, len(text), "quoted", "", 1, nearest[1])
        return WrittenAnswer(draft, (check,), given=given)
    # Whatever else the model says beside this rests on no abstract.
    titles = ", ".join(f"*{escape(paper.title)}*" for paper in given[:_NAMED])
    more = f" and {len(given) - _NAMED} more" if len(given) > _NAMED else ""
    text = f"{NOTHING} I read {titles}{more}."
    return WrittenAnswer(Draft("none", text, nearest=given[:_NAMED]), given=given)


def _nearest_words(renderer: _StreamRenderer) -> tuple[Paper, Span] | None:
    """Return the words that the model copied as the nearest, None where no abstract has them."""
    _, *after = _NEAREST.split(renderer.text(stopped=False))
    words = re.sub(r"\[\d+\]", "", after[0]) if after else ""
    found = (
        (paper, span)
        for paper in renderer.given.papers.values()
        if (span := locate_words(plain(words), paper))
    )
    return next(found, None)


@dataclass(frozen=True, slots=True)
class _Repairer:
    """Asks the model once to correct what is not supported."""

    renderer: _StreamRenderer

    def __call__(
        self, bad: Sequence[tuple[str, Check]], papers: Mapping[int, Paper]
    ) -> dict[int, str]:
        """Return corrected sentences by index, "" for one to drop; {} when the model fails."""
        client, known = self.renderer.task.client, self.renderer.given.papers
        ids = dict(enumerate(self.renderer.order, 1))
        numbers = (int(n) for sentence, _ in bad for n in MARKER.findall(sentence))
        cited = [ids[number] for number in numbers if number in ids] or list(known)
        given = prompt_context.fit(
            [known[key] for key in dict.fromkeys(cited)],
            self.renderer.task.prompt_tokens // 2,
            client.count,
        )
        if not given.papers:
            return {}
        sentences = "\n".join(
            f"{n}. {citation_markers.with_ids(text, ids)} ({check.reason})"
            for n, (text, check) in enumerate(bad, 1)
        )
        prompt = fill("repair", {"sentences": sentences, "passages": given.text})
        try:
            return self._read(client.complete(prompt), len(bad))
        except (ModelError, Stopped):
            return {}

    def _read(self, answer: str, count: int) -> dict[int, str]:
        corrected: dict[int, str] = {}
        for match in re.finditer(r"(?m)^\s*(\d{1,3})[.):]\s*(\S.*)$", answer):
            index, line = int(match[1]) - 1, match[2].strip()
            if index < count and index not in corrected:
                dropped = line.strip(" .*").upper() == "DROP"
                corrected[index] = "" if dropped else self.renderer.number(line).strip()
        return corrected
