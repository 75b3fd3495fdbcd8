"""Opaque ids in, numbered citations out: markers found, checked and linked while the text streams. Pure.

Markers use ids like `k7f3`, not numbers, so that a model cannot take a number in the text for a citation.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from assistant.sentences import sentences
from assistant.terms import index_terms
from assistant.types import Paper, Span

_ID = r"k(?=[0-9a-f]{0,3}\d)[0-9a-f]{4}"
_MARKER = re.compile(
    rf"( ?)[\[【(]\s*(?:\^|@|ids?[:=]?\s*|source:?\s*)?({_ID}(?:(?:\s*[,;&]\s*|\s+and\s+)\s*(?:\^|@)?{_ID})*)\s*[\]】)](?:\([^()\s]*\))?",
    re.IGNORECASE,
)
# What a reader must not see: an id outside a marker of ours, or a number in brackets that would pass for one.
_FOREIGN = re.compile(r" ?[\[【]\s*\^?\d+(?:\s*[,;–-]\s*\^?\d+)*\s*[\]】](?:\([^()]*\))?")
_STRAY = re.compile(
    rf" ?[\[【]\s*k[0-9a-f]{{4}}\s*[\]】]| ?[\[【(`]*[^\[\]【】()`]*\b{_ID}\b[^\[\]【】()`]*[\]】)`]+|\b{_ID}\b", re.IGNORECASE
)
# A model's own links and pictures: only the papers' addresses are ours to give.
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_LONGEST_MARKER = 300
_IN_ABSTRACT = re.compile(rf"[\[【](?=\s*(?:{_ID}|\d))")


def opaque_ids(papers: Sequence[Paper]) -> dict[str, Paper]:
    """Return the ids under which some papers are given to a model, each another: "k" and four hexadecimal digits."""
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
    """Yield the text with markers as numbers; `order` receives the cited ids, the first being number 1.

    A marker cut by the stream is held back until it is whole, so that no part of one is shown; an id that was never
    given, and a bare number in brackets, never reach the reader.
    """
    held = ""
    for piece in pieces:
        held += piece
        cut = _safe_length(held)
        if cut:
            yield _replace(held[:cut], papers, order)
            held = held[cut:]
    if held:
        yield _replace(held, papers, order)


def nearest_sentence(text: str, paper: Paper, among: Sequence[Span] = ()) -> Span:
    """Return the sentence of the abstract, or of some of its sentences, that shares most of its words with `text`."""
    wanted = set(index_terms(text))
    found = tuple(among) or sentences(paper.abstract) or (Span(paper.abstract, 0, len(paper.abstract)),)
    return max(found, key=lambda one: len(wanted & set(index_terms(one.text))) / (8 + len(set(index_terms(one.text)))))


def _safe_length(text: str) -> int:
    """Return how much of `text` may be shown: up to its last word, or to the bracket or link that is still open."""
    cut = max(text.rfind(" "), text.rfind("\n"))
    open_bracket = re.search(r"!?[\[【(`][^\[\]【】()`\n]*$|!?\[[^\[\]\n]*\](?:\([^()\n]*)?$", text)
    if open_bracket and len(text) - open_bracket.start() <= _LONGEST_MARKER:
        cut = min(cut, open_bracket.start() - 1)
    return max(len(text[: cut + 1].rstrip(" ")), 0) if cut >= 0 else 0


def _replace(text: str, papers: Mapping[str, Paper], order: list[str]) -> str:
    def number(match: re.Match[str]) -> str:
        shown = []
        for identifier in re.findall(_ID, match[2].lower()):
            if identifier in papers:
                if identifier not in order:
                    order.append(identifier)
                shown.append(f"⟦{order.index(identifier) + 1}⟧")
        return match[1] + "".join(dict.fromkeys(shown)) if shown else ""

    # Numbers of ours stand in other brackets until every foreign one is gone.
    text = _MARKER.sub(number, text.replace("⟦", "(").replace("⟧", ")"))
    text = _FOREIGN.sub("", _LINK.sub(r"\1", _FOREIGN.sub("", text)))
    text = _STRAY.sub("", text)
    text = re.sub(r"<(?=[A-Za-z/!?])", r"\\<", text)
    return re.sub(r"\b(https?)://", r"\1\\://", text).replace("⟦", "[").replace("⟧", "]")
