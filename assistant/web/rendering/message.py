"""What the chat page shows of an answer: Markdown with citation chips, badges of doubt, and what is known of it. Pure.

A piece of HTML stands on one line between blank ones, so that Markdown leaves it alone; all text of others in it is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape

from assistant.checking.claims import MARK, MARKER
from assistant.composing import provenance
from assistant.text.markdown import unturned
from assistant.types import Answer, Judgement, Paper, Verdict
from assistant.web.rendering.citation_chips import Chip, Sentence, chips, sentences
from assistant.web.rendering.sources_panel import anchor, link, plain_anchor

LOOK = ": look at it, or report a wrong citation"
"""What follows in the title of a sentence's mark, where that opens something."""
_CLOSING = re.compile(r"\n*\*([^*\n]*\d+ more (?:was|were) considered)\.\*\s*$")
_MARK_PARTS = re.compile(r" \*\(([a-z ]+): (.*)\)\*", re.DOTALL)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_NOT_INLINE = re.compile(r"\n|(?<!\\)\|")
_TITLE_LENGTH = 300
_SHAPES: dict[Verdict, tuple[str, str]] = {
    "quoted": ("❝", "quoted word for word"),
    "supported": ("✓", "supported by the words cited"),
}


def message(answer: Answer, turn: int) -> str:
    """Return an answer as the chatbot's Markdown: markers become chips that lead to their source cards, marks become badges.

    `turn` counts from 1. Below it stands how it was checked, and folded what was considered and read.
    """
    text, considered = _with_considered(answer)
    parts = [
        *(f'<p class="note">{_line(note[:1].upper() + note[1:])}</p>' for note in answer.notes),
        _linked(answer, turn, text),
        considered,
    ]
    parts += [
        _legend(answer),
        _checked(answer),
        _read(answer),
        f'<p class="about">{_line(provenance.describe_origin(answer))}</p>',
    ]
    return unturned("\n\n".join(part for part in parts if part))


def unfinished(text: str, status: str, numbers: Mapping[int, int] | None = None) -> str:
    """Return an answer under way as the chatbot's Markdown: the text so far, and what is being done.

    `numbers` says which number each of the text's markers has in the conversation: those become chips.

    >>> unfinished("SimDA tunes", "writing; not checked yet")
    'SimDA tunes\\n\\n<p class="status">writing; not checked yet …</p>'
    """
    known = numbers or {}

    def chip(match: re.Match[str]) -> str:
        number = known.get(int(match[1]))
        return (
            f'<a class="cite" href="#{plain_anchor(number)}">[{number}]</a>' if number else match[0]
        )

    shown = MARKER.sub(chip, text)
    return unturned(
        "\n\n".join(
            part
            for part in (shown, f'<p class="status">{_line(status)} …</p>' if status else "")
            if part
        )
    )


def _linked(answer: Answer, turn: int, text: str) -> str:
    """Return `text`, the beginning of the answer's, with its sentences, chips and badges as HTML.

    A mark's own words, which may hold "[1]", get no chips.
    """
    found = [one for one in sentences(answer) if one.end <= len(text)]
    edits = [
        (one.start, one.end, 3, _chip(one, turn)) for one in chips(answer) if one.end <= len(text)
    ]
    for one in found:
        edits += _around(one, turn, whole=_whole(text[one.start : one.end]))
    ended = {one.end: one.place for one in found}
    edits += [
        (mark.start(), mark.end(), 1, _badge(mark[0], turn, ended.get(mark.start())))
        for mark in MARK.finditer(text)
    ]
    pieces: list[str] = []
    place = 0
    for start, end, _, html in sorted(edits):
        pieces += [text[place:start], html]
        place = end
    return "".join([*pieces, text[place:]])


def _around(sentence: Sentence, turn: int, whole: bool) -> Iterator[tuple[int, int, int, str]]:
    """Yield what stands around a sentence, and its mark, which stays on one line with the chip before it."""
    start, end = sentence.start, sentence.end
    last = next((chip for chip in sentence.chips if chip.end == end), None)
    if sentence.verdict in _SHAPES:
        yield end, end, 0, _support(sentence, turn)
        if last:
            yield last.start, last.start, 2, '<span class="together">'
            yield end, end, 1, "</span>"
    if whole:
        yield start, start, 2, f'<span class="claim" id="claim-{turn}-{sentence.place}">'
        yield end, end, 2, "</span>"


def _whole(sentence: str) -> bool:
    """Tell whether a sentence can stand in an element of its own: on one line, in one cell, no emphasis reaching out of it."""
    return not _NOT_INLINE.search(sentence) and sentence.count("**") % 2 == 0


def _chip(chip: Chip, turn: int) -> str:
    where = f"#{anchor(chip.number, chip.quote)}"
    return f'<a class="cite" id="cite-{turn}-{chip.place}" href="{where}" title="{_title(chip.quote.text)}">[{chip.number}]</a>'


def _support(sentence: Sentence, turn: int) -> str:
    """Return the mark of a sentence that stands: a shape, its word for those who do not see it, and the way to its check."""
    shape, word = _SHAPES[sentence.verdict]
    return (
        f'<a class="support" href="#check-{turn}-{sentence.place}" title="{word}{LOOK}">'
        f'<span class="shape">{shape}</span><span class="unseen"> {word}</span></a>'
    )


def _badge(mark: str, turn: int, place: int | None) -> str:
    """Return a mark as a badge whose reason shows on hover; below the answer it stands in full.

    >>> _badge(" *(only in part: the abstract says 24M)*", 1, 2)
    ' <a class="doubt partly" href="#check-1-2" title="the abstract says 24M">◐ only in part</a>'
    """
    parts = _MARK_PARTS.fullmatch(mark)
    label, reason = (parts[1], _ESCAPED.sub(r"\1", parts[2])) if parts else ("not supported", "")
    degree, shape = ("partly", "◐") if label == "only in part" else ("not", "✕")
    element, where = ("a", f' href="#check-{turn}-{place}"') if place else ("span", "")
    return f' <{element} class="doubt {degree}"{where} title="{_title(reason)}">{shape} {label}</{element}>'


def _legend(answer: Answer) -> str:
    """Return what the shapes in an answer mean, those that occur."""
    there = {one.verdict for one in sentences(answer)}
    words = [f"{shape} {word}" for verdict, (shape, word) in _SHAPES.items() if verdict in there]
    return f'<p class="legend">{" · ".join(words)}</p>' if words else ""


def _checked(answer: Answer) -> str:
    line = provenance.describe_checks(answer)
    found = provenance.list_doubtful(answer)
    if not found:
        return f'<p class="checked">{line}</p>' if line else ""
    return _folded(
        "doubts",
        line,
        (f"“{_line(sentence)}” — <em>{_line(reason)}</em>" for sentence, reason in found),
    )


def _read(answer: Answer) -> str:
    return (
        _folded("given", provenance.describe_reading(answer), map(_paper, answer.given))
        if answer.given
        else ""
    )


def _with_considered(answer: Answer) -> tuple[str, str]:
    """Return the text without its closing line, where that goes on to a folded list of what was left out, and that list."""
    match = _CLOSING.search(answer.text)
    cited = {one.paper.id for one in answer.citations}
    left_out = [one for one in answer.judged if one.paper.id not in cited]
    entries = [*map(_judgement, left_out)] or [*map(_paper, answer.considered)]
    if not entries:
        return answer.text, ""
    if match is None:
        return answer.text, _folded(
            "considered", f"{len(left_out)} judged candidates", entries
        ) if left_out else ""
    return answer.text[: match.start()], _folded("considered", match[1], entries)


def _judgement(one: Judgement) -> str:
    verdict = {"yes": "matches", "partly": "matches in part", "no": "does not match"}[one.match]
    words = f" <q>{_line(one.snippet.text)}</q>" if one.snippet else ""
    return f"{_paper(one.paper)} — <em>{_line(f'{verdict}: {one.reason}' if one.reason else verdict)}</em>{words}"


def _paper(paper: Paper) -> str:
    return link(paper.url, " ".join(paper.title.split()))


def _folded(name: str, summary: str, entries: Iterable[str]) -> str:
    return f'<details class="{name}"><summary>{_line(summary)}</summary><ul>{"".join(f"<li>{one}</li>" for one in entries)}</ul></details>'


def _line(text: str) -> str:
    """Return text as HTML on one line: a blank line would end the piece of HTML that it stands in."""
    return escape(" ".join(text.split()))


def _title(text: str) -> str:
    """Return text for an attribute inside Markdown, where "|" would end a table's cell."""
    return escape(" ".join(text.split())[:_TITLE_LENGTH], quote=True).replace("|", "&#124;")
