"""What the chat page shows of an answer: Markdown with citation chips, badges of doubt, and what is known of it. Pure.

A piece of HTML stands on one line between blank ones, so that Markdown leaves it alone; all text of others in it is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape

from assistant import about
from assistant.checking.claims import MARK, MARKER
from assistant.types import Answer, Judgement, Paper
from assistant.web.panel import anchor, link

_CLOSING = re.compile(r"\n*\*([^*\n]*\d+ more (?:was|were) considered)\.\*\s*$")
_MARK_PARTS = re.compile(r" \*\(([a-z ]+): (.*)\)\*", re.DOTALL)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_TITLE_LENGTH = 300


def message(answer: Answer, turn: int) -> str:
    """Return an answer as the chatbot's Markdown: markers become chips that lead to their source cards, marks become badges.

    `turn` counts from 1. Below it stands how it was checked, and folded what was considered and read.
    """
    text, considered = _with_considered(answer)
    parts = [
        *(f'<p class="note">{_line(note[:1].upper() + note[1:])}</p>' for note in answer.notes),
        _linked(text, answer, turn),
        considered,
    ]
    parts += [_checked(answer), _read(answer), f'<p class="about">{_line(about.footer(answer))}</p>']
    return "\n\n".join(part for part in parts if part)


def unfinished(text: str, status: str) -> str:
    """Return an answer under way as the chatbot's Markdown: the text so far, and what is being done.

    >>> unfinished("SimDA tunes", "writing; not checked yet")
    'SimDA tunes\\n\\n<p class="status">writing; not checked yet …</p>'
    """
    return "\n\n".join(part for part in (text, f'<p class="status">{_line(status)} …</p>' if status else "") if part)


def _linked(text: str, answer: Answer, turn: int) -> str:
    """Return the text with chips and badges; a mark's own words, which may hold "[1]", get no chips."""
    quotes = {citation.number: citation.quotes[0].text for citation in answer.citations}
    pieces: list[str] = []
    place = 0
    for mark in MARK.finditer(text):
        pieces += [_with_chips(text[place : mark.start()], quotes, turn), _badge(mark[0])]
        place = mark.end()
    return "".join([*pieces, _with_chips(text[place:], quotes, turn)])


def _with_chips(text: str, quotes: Mapping[int, str], turn: int) -> str:
    def chip(match: re.Match[str]) -> str:
        number = int(match[1])
        if number not in quotes:
            return match[0]
        return f'<a class="cite" href="#{anchor(turn, number)}" title="{_title(quotes[number])}">[{number}]</a>'

    return MARKER.sub(chip, text)


def _badge(mark: str) -> str:
    """Return a mark as a badge whose reason shows on hover; below the answer it stands in full.

    >>> _badge(" *(only in part: the abstract says 24M)*")
    ' <span class="doubt partly" title="the abstract says 24M">only in part</span>'
    """
    parts = _MARK_PARTS.fullmatch(mark)
    label, reason = (parts[1], _ESCAPED.sub(r"\1", parts[2])) if parts else ("not supported", "")
    degree = "partly" if label == "only in part" else "not"
    return f' <span class="doubt {degree}" title="{_title(reason)}">{label}</span>'


def _checked(answer: Answer) -> str:
    line = about.checked(answer)
    found = about.doubtful(answer)
    if not found:
        return f'<p class="checked">{line}</p>' if line else ""
    return _folded("doubts", line, (f"“{_line(sentence)}” — <em>{_line(reason)}</em>" for sentence, reason in found))


def _read(answer: Answer) -> str:
    return _folded("given", about.read(answer), map(_paper, answer.given)) if answer.given else ""


def _with_considered(answer: Answer) -> tuple[str, str]:
    """Return the text without its closing line, where that goes on to a folded list of what was left out, and that list."""
    match = _CLOSING.search(answer.text)
    cited = {one.paper.id for one in answer.citations}
    left_out = [one for one in answer.judged if one.paper.id not in cited]
    entries = [*map(_judgement, left_out)] or [*map(_paper, answer.considered)]
    if not entries:
        return answer.text, ""
    if match is None:
        return answer.text, _folded("considered", f"{len(left_out)} judged candidates", entries) if left_out else ""
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
