"""An answer's Markdown taken apart into the sentences that claim something, each with the numbers it cites. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.checking.figures import figures
from assistant.checking.mentions import names
from assistant.checking.support import content
from assistant.sentences import sentences

MARKER = re.compile(r"(?<!\\)\[(\d+)\](?!\()")
MARK = re.compile(r" \*\((?:not supported|only in part): (?:[^()*]|\([^()*]*\))*\)\*")
"""What the answer says of a sentence that its sources do not support; see `assistant.checking.marks`."""
_MARKERS = re.compile(r"\s*(?:(?<!\\)\[\d+\](?!\()[\s.,;]*)+")
_BULLET = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_RULE = re.compile(r"\s*\|?[\s:|-]*-[\s:|-]*\|?\s*")
_CELL = re.compile(r"(?<!\\)\|")
_LINK = re.compile(r"!?\[((?:[^\[\]\\]|\\.)*)\]\([^()\s]*\)")
_EMPHASIS = re.compile(r"(?<!\\)(?:\*\*|__|\*|`)|(?<!\w)_|_(?!\w)")
_NOT_STATED = re.compile(r"\bnot stated\b|\bdo(?:es)? not (?:say|state|mention|give)\b", re.IGNORECASE)
# What the product itself says around claims: the source of a quotation, and how many papers were looked at.
_FRAME = re.compile(
    r"[—-] \[(?:[^\[\]\\]|\\.)*\]\([^()\s]*\)(?: \(\d{4}\))?(?: \(link: title search\))?|"
    r"\*(?:From )?\d[\d,]* of (?:the )?\d[\d,]* [^*\n]*\.\*"
)
# A sentence with fewer words of content than this says nothing by itself.
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence, table cell or list entry: `answer[start:end]`, its words without Markdown, and the numbers it cites.

    `line` counts from 0; sentences of one line belong to one paragraph, entry or cell.
    """

    start: int
    end: int
    text: str
    cited: tuple[int, ...]
    line: int

    @property
    def is_connective(self) -> bool:
        """Tell whether it cites nothing and needs to cite nothing: it announces, joins, or says that nothing is said."""
        if self.cited:
            return False
        if _NOT_STATED.search(self.text) and not figures(self.text):
            return True
        if any(one.counted for one in figures(self.text)) or len(names(self.text)) > 1:
            return False
        return len(content(self.text)) < _FEWEST or self.text.rstrip(" *_").endswith(":")


def claims(answer: str) -> tuple[Claim, ...]:
    """Return the sentences of an answer in order; headings, table heads and a table's first column are none,
    nor is what the product itself adds around them: where a quotation is from, how many papers were considered.

    >>> [(one.text, one.cited) for one in claims("# On video\\n- **SimDA** tunes 24M parameters. [1]\\n- It is [fast](x) [1][2].")]
    [('SimDA tunes 24M parameters.', (1,)), ('It is fast.', (1, 2))]
    """
    found: list[Claim] = []
    place = 0
    lines = answer.split("\n")
    for number, line in enumerate(lines):
        head = number + 1 < len(lines) and "|" in line and _RULE.fullmatch(lines[number + 1]) and "-" in lines[number + 1]
        if not head and not line.lstrip().startswith("#") and not _RULE.fullmatch(line):
            found += _of_line(line, place, number)
        place += len(line) + 1
    return tuple(found)


def _of_line(line: str, offset: int, number: int) -> Iterator[Claim]:
    if line.lstrip().startswith("|"):
        place = 0
        for column, cell in enumerate(_CELL.split(line)):
            if column > 1 and re.search(r"\w", cell):
                yield from _sentences(cell, offset + place, number)
            place += len(cell) + 1
        return
    bullet = _BULLET.match(line)
    begin = bullet.end() if bullet else 0
    yield from _sentences(line[begin:], offset + begin, number)


def _sentences(text: str, offset: int, number: int) -> Iterator[Claim]:
    """Yield the sentences of a paragraph; a marker after the full stop belongs to the sentence before it."""
    bare = MARK.sub(lambda match: " " * len(match[0]), text)
    # "When to Pre-Train? …" inside a link ends no sentence; emphasis begins and ends one as quotation marks do.
    split = _LINK.sub(lambda match: re.sub(r"[.!?:]", ",", match[0]), bare).replace("*", "'")
    spans = sentences(split)
    end_before = 0
    for one in spans:
        start = max(one.start, end_before)
        following = _MARKERS.match(bare, one.end)
        end = len(bare[: following.end()].rstrip()) if following else one.end
        if start >= end or not re.search(r"\w{2}", MARKER.sub("", bare[start:end])):
            continue
        end_before = end
        written = bare[start:end]
        if _FRAME.fullmatch(written.strip()):
            continue
        cited = tuple(dict.fromkeys(int(n) for n in MARKER.findall(written)))
        yield Claim(offset + start, offset + end, plain(written), cited, number)


def plain(text: str) -> str:
    """Return the words of a piece of Markdown: no markers, links as their labels, no emphasis, escapes undone.

    >>> plain("**SimDA** tunes \\\\[24M\\\\] parameters [1].")
    'SimDA tunes [24M] parameters.'
    """
    text = _LINK.sub(lambda match: match[1], text)
    text = MARKER.sub("", text)
    text = _EMPHASIS.sub("", text)
    text = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)
    text = re.sub(r"\s+([.,;:!?])", r"\1", text)
    return " ".join(text.split())
