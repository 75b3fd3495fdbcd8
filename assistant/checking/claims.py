"""An answer's Markdown → the sentences that claim something, with the numbers they cite. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.checking.coverage import content
from assistant.checking.names import names, strict_names
from assistant.checking.numbers import figures
from assistant.text.citation_markers import MARK, MARKER
from assistant.text.markdown import unescaped
from assistant.text.sentences import sentences
from assistant.types import Span

_MARKERS = re.compile(r"\s*(?:(?<!\\)\[\d+\](?!\()[\s.,;]*)+")
_BULLET = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_RULE = re.compile(r"\s*\|?[\s:|-]*-[\s:|-]*\|?\s*")
_CELL = re.compile(r"(?<!\\)\|")
_LINK = re.compile(r"!?\[((?:[^\[\]\\]|\\.)*)\]\([^()\s]*\)")
_EMPHASIS = re.compile(r"(?<!\\)(?:\*\*|__|\*|`)|(?<!\w)_|_(?!\w)")
_NOT_STATED = re.compile(
    r"(?:it is )?not stated(?: in the abstract)?\.?|(?:none of )?(?:the |this |these |its"
    r" )?(?:abstracts?|papers?|sources?|authors?|it|they)"
    r" (?:do(?:es)?(?: not|n't)|never) (?:say|state|mention|give|report|specify)\b[^,;:]*",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(
    r"\b(?:here|below|following|follows?|summar\w+|overview|known|what|these|nearest|also|in"
    r" part)\b",
    re.IGNORECASE,
)
_HEADING = re.compile(r"\s*#{1,6}\s")
# Where syntok sees no end of a sentence: markers after the full stop, Chinese punctuation.
_END = re.compile(
    r"(?:[.!?]['\"”]*(?:\[\d+\])+['\"]*|\[\d+\][.!?]['\"]+|\[\d+\][;!?])\s+(?=[\"'“(\[]*[A-Z\d])|[。"
    r"！？](?:\s*\[\d+\])*\s*(?=\S)"
)
_TITLE = r"(?:\[(?:[^\[\]\\]|\\.)*\]\([^()\s]*\)|\*(?:[^*\\]|\\.)+\*)(?: \(\d{4}\))?"
# What the product itself says: the source of a quotation, how many papers were looked at; and, a
# whole line, which of them a list leaves out.
_LEFT_OUT = re.compile(
    rf"(?:Left out, though they come near|Others there): {_TITLE}(?: \*\(retracted\)\*)?"
    rf"(?:; {_TITLE}(?: \*\(retracted\)\*)?)*\."
)
_FRAME = re.compile(
    rf"[—-] {_TITLE}|"
    r"\*(?:From )?\d[\d,]* of (?:the )?\d[\d,]* [^*\n]*\.\*|"
    r"\d[\d,]* papers? (?:match(?:es)?, \d[\d,]* more may|may match)\.|"
    r"\*?I am not sure (?:that (?:any fits|an abstract is about this|an abstract says this)|"
    r"which paper this is about); [^.\n]*:\*?|"
    r"\*Its abstract does not mention “[^”\n]+”(?:(?:,| or) “[^”\n]+”)*\.\*|"
    r"\*?The nearest that (?:its abstract comes|these abstracts come) to this:\*?|"
    r"Less certain, by the abstract alone:"
)
# Words of content up to which a sentence says nothing: any, announcing.
_BARE, _ANNOUNCING = 1, 5
# A sentence that joins others speaks of their papers together: "Two papers avoid this altogether."
_COUNT = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_OF_PAPERS = r"(?:papers|works|methods|approaches|systems|studies)"
_GROUP = re.compile(
    rf"\W*(?:[\w ]{{2,30}}, )?(?:only |at least |all |the |these |those |a further )*"
    rf"(?:(?P<count>{_COUNT})\b|both|all|most|many|several|some|few|others|rest|remaining|"
    rf"{_OF_PAPERS}|what (?:differs|they|these|unites|separates))\b",
    re.IGNORECASE,
)
# It neither denies nor ranks: that is to be checked against words.
_CLAIMS = re.compile(
    r"\b(?:no|not|never|none|neither|nor|without|cannot|fail\w*|lack\w*|than|outperform\w*|"
    r"surpass\w*|exceed\w*|beat\w*|better|best|worse|worst|higher|highest|lower|lowest|fewer|"
    r"more|less|most|least|faster|slower|cheaper|stronger|weaker)\b|n't\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"\W*(?:it|they)\b", re.IGNORECASE)
_FEWEST_JOINED = 2
_NEW_IN_A_LINK = 2  # words of content that the sentences it joins do not have


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, cell or entry `answer[start:end]`: its words without Markdown, what it cites.

    `line` counts from 0; sentences of one line belong to one paragraph, entry or cell.
    """

    start: int
    end: int
    text: str
    cited: tuple[int, ...]
    line: int

    @property
    def is_connective(self) -> bool:
        """Tell whether it need cite nothing: it announces, joins, or says that nothing is said."""
        if self.cited or any(figure.counted for figure in figures(self.text)):
            return False
        if _NOT_STATED.fullmatch(self.text):
            return True
        size = len(content(self.text))
        # "It also has adapters." is short, and says something of a paper all the same.
        bare = size == 0 or (size <= _BARE and not _SUBJECT.match(self.text))
        if bare and not _CLAIMS.search(self.text):
            return True
        ends_open = self.text.rstrip(" *_").endswith(":")
        return ends_open and size <= _ANNOUNCING and bool(_ANNOUNCES.search(self.text))


def links(found: Sequence[Claim]) -> frozenset[int]:
    """Return which of the claims of one answer only join others, by where they start.

    Such a sentence cites nothing, has no name and no figure but how many of the papers cited it
    speaks of, opens with them as a group, neither denies nor ranks, and adds at most two words to
    what is said beside it.

    >>> text = "Two papers avoid this altogether. A trains nothing [1]. B tunes a bias [2]."
    >>> [claim.text for claim in claims(text) if claim.start in links(claims(text))]
    ['Two papers avoid this altogether.']
    """
    sources = {number for claim in found for number in claim.cited}
    joining: set[int] = set()
    for n, claim in enumerate(found):
        opening = _GROUP.match(claim.text)
        if claim.cited or not opening or len(sources) < _FEWEST_JOINED:
            continue
        rest = claim.text[opening.end() :]
        if _CLAIMS.search(rest) or names(f"It {claim.text[:1].lower()}{claim.text[1:]}"):
            continue
        said = {figure.start: figure for figure in figures(claim.text)}
        of_papers = said.pop(opening.start("count"), None)
        if of_papers and of_papers.value > len(sources):
            continue
        counted = any(figure.counted for figure in said.values())
        beside = [other.text for other in found[max(n - 2, 0) : n + 3] if other.cited]
        new = content(rest) - content(" ".join(beside))
        if beside and not counted and len(new) <= _NEW_IN_A_LINK:
            joining.add(claim.start)
    return frozenset(joining)


def claims(answer: str, ours: bool = True) -> tuple[Claim, ...]:
    """Return the sentences of an answer in order; headings, table heads and a table's first column
    are none unless they cite or have figures, nor, with `ours`, is what the product itself adds:
    where a quotation is from, how many papers were considered.

    >>> text = "# On video\\n- **SimDA** tunes 24M parameters. [1]\\n- It is [fast](x) [1][2]."
    >>> [(one.text, one.cited) for one in claims(text)]
    [('SimDA tunes 24M parameters.', (1,)), ('It is fast.', (1, 2))]
    """
    sentences: list[Claim] = []
    offset = 0
    lines = answer.split("\n")
    for number, line in enumerate(lines):
        below = lines[number + 1] if number + 1 < len(lines) else ""
        title = _HEADING.match(line) or ("|" in line and "-" in below and _RULE.fullmatch(below))
        framed = _RULE.fullmatch(line) or (ours and _LEFT_OUT.fullmatch(line))
        for claim in _of_line(line, offset, number) if not framed else ():
            written = answer[claim.start : claim.end]
            framing = ours and _FRAME.fullmatch(written.strip())
            if not framing and (not title or _says_something(written)):
                sentences.append(claim)
        offset += len(line) + 1
    return tuple(sentences)


def _says_something(written: str) -> bool:
    """Tell whether a heading or row head cites, has a figure, or sets names side by side."""
    bare = re.sub(r"\(\d{4}\)", "", _LINK.sub("", written))
    return (
        bool(MARKER.search(bare))
        or any(figure.text[0].isdigit() for figure in figures(plain(bare)))
        or len(strict_names(bare)) > 1
    )


def _of_line(line: str, offset: int, number: int) -> Iterator[Claim]:
    if not line.lstrip().startswith("|"):
        lead = _HEADING.match(line) or _BULLET.match(line)
        begin = lead.end() if lead else 0
        yield from _sentences(line[begin:], offset + begin, number)
        return
    for column, cell in enumerate(_CELL.split(line)):
        for claim in _sentences(cell, offset, number) if re.search(r"\w", cell) else ():
            if column > 1 or _says_something(cell):
                yield claim
        offset += len(cell) + 1


def _sentences(text: str, offset: int, number: int) -> Iterator[Claim]:
    """Yield the sentences of a paragraph, each with the markers after its full stop."""
    bare = MARK.sub(lambda match: " " * len(match[0]), text)
    # "When to Pre-Train? …" in a link ends no sentence; emphasis does as quotation marks do.
    split = _LINK.sub(lambda match: re.sub(r"[.!?:]", ",", match[0]), bare).replace("*", "'")
    end_before = 0
    for span in (part for each in sentences(split) for part in _parts(split, each)):
        start = max(span.start, end_before)
        following = _MARKERS.match(bare, span.end)
        end = len(bare[: following.end() if following else span.end].rstrip())
        written = bare[start:end]
        if re.search(r"\w{2}", MARKER.sub("", written)):
            end_before = end
            cited = tuple(dict.fromkeys(map(int, MARKER.findall(written))))
            yield Claim(offset + start, offset + end, plain(written), cited, number)


def _parts(text: str, whole: Span) -> Iterator[Span]:
    """Yield the sentences that one span still holds."""
    start = whole.start
    for match in _END.finditer(text, whole.start, whole.end):
        part = text[start : match.end()].rstrip()
        yield Span(part, start, start + len(part))
        start = match.end()
    if start < whole.end:
        yield Span(text[start : whole.end], start, whole.end)


def plain(text: str) -> str:
    """Return the words of Markdown: no markers or emphasis, links as labels, escapes undone.

    >>> plain("**SimDA** tunes \\\\[24M\\\\] parameters [1].")
    'SimDA tunes [24M] parameters.'
    """
    text = _EMPHASIS.sub("", MARKER.sub("", _LINK.sub(r"\1", text)))
    return " ".join(re.sub(r"\s+([.,;:!?])", r"\1", unescaped(text)).split())
