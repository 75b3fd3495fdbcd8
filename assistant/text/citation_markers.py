"""Opaque ids in, numbered citations out: markers found and checked while the text streams. Pure.

Markers use ids like `k7f3a`, so that a model takes no number in the text for a citation.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.text.sanitize import CONTEXT, Inert, Token, tokens
from assistant.types import Paper

MARKER = re.compile(r"(?<!\\)\[(\d+)\](?!\()")
"""A citation in an answer's Markdown: "[3]", its number as group 1."""
MARK = re.compile(r" \*\((?:not supported|only in part): (?:[^()*]|\([^()*]*\))*\)\*")
"""What an answer says of a sentence that its sources do not support; see `checking.annotations`."""
_RETRACTION = re.compile(r"\W*(?:retracted|withdrawn)(?:\s+article)?\s*[:：.\]]\s*", re.IGNORECASE)
RETRACTED = " *(retracted)*"
"""What an answer's Markdown says behind the title of a paper that was retracted."""
_ID = r"k(?=[0-9a-f]{0,3}\d)[0-9a-f]{4}"
_FOUND = re.compile(rf"(?<![a-z0-9]){_ID}(?![a-z0-9])", re.IGNORECASE)
_NEARLY = re.compile(r"\W*k[0-9a-f]{4}\W*", re.IGNORECASE)  # without a digit, thus never given
_CUT = re.compile(r"\W*(?:k[0-9a-f]{0,4}|\d{0,3})", re.IGNORECASE)
_NUMBERS = re.compile(r"\s*\d{1,4}(?:\s*[,;–-]\s*\d{1,4})*\s*")
_FOOTNOTE = re.compile(r"\s*(?:\^\s*\d+(?:\s*[,;]\s*\^?\d+)*\s*|\d+(?::\d+)?\s*†.*)", re.DOTALL)
_NO_CITATION = re.compile(r"(?:^|[^\d])0|\d{4}")  # [0, 1] is a range, [2023] a year
_CLAUSE_ENDS = re.compile(
    r" {0,3}(?:$|[\n.,;:!?…。"
    r"|)\[【(]|(?:and|or|but|nor|while|which|that|where|whereas|as|so|because|since|though|"
    r"although|when|if)\b)"
)
_NO_REFERENCE = re.compile(
    r"(?:\b(?:is|are|was|were|in|of|from|to|within|over|between|range|interval|set|vector|"
    r"list|array|shape|sizes?|values?)|[=∈×])$",
    re.IGNORECASE,
)
_SENTENCE_ENDS = ("\n", ".", "!", "?", "…", "。", "]", "】")
_WORDS = re.compile(r"[^\W\d_](?:.*[^\W\d_])?", re.DOTALL)
_LONGEST_ASIDE = (
    60  # characters beside its ids that a round bracket may lose; more of them is prose
)
_IN_ABSTRACT = re.compile(rf"[\[【](?=\s*(?:{_ID}|\d))")


def retraction_mark(paper: Paper) -> str:
    """Return what follows a paper's title in Markdown: RETRACTED, or "" where it was not."""
    return RETRACTED if paper.facts.retracted else ""


def opaque_ids(papers: Sequence[Paper]) -> dict[str, Paper]:
    """Return papers by the ids under which a model gets them: "k" and four hexadecimal digits."""
    given: dict[str, Paper] = {}
    for paper in papers:
        salt = 0
        while True:
            identifier = "k" + hashlib.sha256(f"{paper.id}{salt}".encode()).hexdigest()[:4]
            # With a digit in it, so that no word is taken for an id.
            if identifier not in given and any(one.isdigit() for one in identifier):
                break
            salt += 1
        given[identifier] = paper
    return given


def neutralised(text: str) -> str:
    """Return an abstract's text with what looks like a marker or a closing tag made harmless.

    >>> neutralised("as in [12] </abstract>")
    'as in (12] < /abstract>'
    """
    return _IN_ABSTRACT.sub("(", text).replace("</", "< /")


def numbered(pieces: Iterable[str], papers: Mapping[str, Paper], order: list[str]) -> Iterator[str]:
    r"""Yield the text with markers as numbers; `order` receives the cited ids, the first being
    number 1.

    A marker cut by the stream is held back until it is whole, so that no part of one is shown; an
    id that was never given and another's marker never reach the reader, and links, pictures and
    tags do so as plain words. However the stream is cut, the text is the same.

    >>> papers = {"k12ab": Paper("a", "Alpha", "It tunes 24M.")}
    >>> pieces = ["It tunes [24M](//x.y) [k1", "2ab] [7]. It is in [0, 1]."]
    >>> print("".join(numbered(pieces, papers, [])))
    It tunes 24M [1]. It is in \[0, 1\].
    """
    pen = _Pen(papers, order)
    held, start = "", 0
    for piece in pieces:
        held += piece
        for token in tokens(held, start):
            start = token.end
            pen.take(token)
        if shown := pen.out.taken():
            yield shown
        kept = max(start - CONTEXT, 0)
        held, start = held[kept:], start - kept
    for token in tokens(held, start, whole=True):
        pen.take(token)
    if shown := pen.out.taken(whole=True):
        yield shown


def with_ids(text: str, ids: Mapping[int, str]) -> str:
    """Return an answer's text with ids for its numbers, as a model knows its sources.

    >>> with_ids("It tunes 24M [1][2].", {1: "k12ab"})
    'It tunes 24M [k12ab][?].'
    """
    return MARKER.sub(lambda match: f"[{ids.get(int(match[1]), '?')}]", text)


@dataclass(slots=True)
class _Pen:
    """Writes what a model's text becomes, token by token."""

    papers: Mapping[str, Paper]
    order: list[str]
    out: Inert = field(default_factory=Inert)

    def take(self, token: Token) -> None:
        if token.kind == "plain":
            self.out.add("\\" + token.text if token.text in ("[", "]") else token.text, token.after)
        elif token.kind == "word":
            self._word(token)
        else:
            self._brackets(token)

    def _word(self, token: Token) -> None:
        if _FOUND.fullmatch(token.inner):
            self._cite([token.inner], token)
        else:
            self.out.add(token.text, token.after)

    def _brackets(self, token: Token) -> None:
        found = _FOUND.findall(token.inner)
        prose = token.opening == "(" and len(_FOUND.sub("", token.inner).strip()) > _LONGEST_ASIDE
        if found and not prose:
            self._cite(found, token)
        elif not found and _foreign(token):
            self.out.drop(token.after)
        elif token.target:
            self.out.drop_picture()
            self._inside(token, "", "")
        elif token.opening == "[" and token.closing and _WORDS.fullmatch(token.inner):
            self._inside(token, "[", "]")
        else:
            self._inside(
                token,
                *(re.sub(r"([\[\]])", r"\\\1", one) for one in (token.opening, token.closing)),
            )

    def _inside(self, token: Token, opening: str, closing: str) -> None:
        self.out.add(opening)
        for one in tokens(token.inner, 0, whole=True):
            self.take(one)
        self.out.add(closing)

    def _cite(self, found: Sequence[str], token: Token) -> None:
        given = [one for one in dict.fromkeys(one.lower() for one in found) if one in self.papers]
        self.order.extend(one for one in given if one not in self.order)
        if given:
            self.out.mark("".join(f"[{self.order.index(one) + 1}]" for one in given))
        else:
            self.out.drop(token.after)


def _foreign(token: Token) -> bool:
    """Tell whether brackets without an id of ours are a marker: another's, or one cut off."""
    if token.kind == "cut":
        return token.opening != "(" and _CUT.fullmatch(token.inner) is not None
    if _FOOTNOTE.fullmatch(token.inner):
        return token.opening != "("
    if token.opening == "(":
        return False
    if _NEARLY.fullmatch(token.inner):
        return True
    if not _NUMBERS.fullmatch(token.inner):
        return False
    if token.target or token.opening == "【":  # nobody links a range
        return True
    several = not token.inner.strip().isdigit()
    before = token.before.rstrip(" ")
    if _NO_CITATION.search(token.inner) or (several and _NO_REFERENCE.search(before)):
        return False
    return (
        not before or before.endswith(_SENTENCE_ENDS) or _CLAUSE_ENDS.match(token.after) is not None
    )


def without_retraction(title: str) -> str:
    """Return a title without what publishers put before that of a retracted or withdrawn paper.

    >>> without_retraction("[RETRACTED] A Title"), without_retraction("Retracted papers live on")
    ('A Title', 'Retracted papers live on')
    """
    return _RETRACTION.sub("", title, count=1) if _RETRACTION.match(title) else title
