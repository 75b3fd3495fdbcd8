"""Saying so when the papers that a question is about are outside its filter."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.composing.extractive.draft import Draft, Request
from assistant.text.markdown import escape
from assistant.types import Kind, Paper

_WHAT_ABOUT = re.compile(r"\W*(?:(?:and|so|ok|but)\b\W*)*(?:what|how) about\b", re.IGNORECASE)


def nothing_left(request: Request, kind: Kind, of_named: bool) -> bool:
    """Tell whether nothing is left to answer once the papers outside the filter are not spoken of.

    `of_named` tells that a list is asked for of something that those papers have ("which datasets was RAFT tested on?").
    """
    inside = request.focus()
    if kind == "comparison":
        return len(inside) < 2
    if inside:
        return False
    if kind == "list":
        return (
            of_named
            or _WHAT_ABOUT.match(request.question) is not None
            or not request.open_concepts()
        )
    return kind == "fact" or not request.open_concepts()


def write(papers: Sequence[Paper]) -> Draft:
    """Return an abstention for a question about papers that the filter leaves out."""
    return Draft("none", line(papers))


def line(papers: Sequence[Paper]) -> str:
    """Return that the filter leaves out `papers`, in a sentence.

    >>> line([Paper("p", "SimDA", "")])
    '“SimDA” is in the corpus, but outside the filter, so nothing is taken from it.'
    """
    titles = " and ".join(f"“{escape(paper.title)}”" for paper in papers)
    verb, those = ("is", "it") if len(papers) == 1 else ("are", "them")
    return (
        f"{titles} {verb} in the corpus, but outside the filter, so nothing is taken from {those}."
    )
