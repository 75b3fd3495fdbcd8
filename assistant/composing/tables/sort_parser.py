"""How people ask for another order of a table: sorted, reversed, turned. Rules over the wording only."""

from __future__ import annotations

import re

from assistant.composing.tables.operations import Edit
from assistant.text.markdown import escape

_TABLE = r"(?:it|this|that|them|the (?:table|comparison|papers?|columns?|rows?|two|three)|papers|columns|rows|everything)"
_TURN = re.compile(
    r"(?:swap|switch|exchange|flip|invert|reverse) (?:the )?(?:rows? (?:and|with|for) (?:the )?columns?|columns? (?:and|with|for) (?:the )?rows?)|"
    rf"(?:transpose|flip|pivot|rotate)(?: {_TABLE})?(?: around)?|turn (?:the table|it)(?: (?:a?round|sideways))?|"
    r"(?:(?:put|show|make|have|use|with) )?(?:the |each )?(?P<what>paper|aspect)s?(?: (?:as|in|into|the|are|be))* (?P<axis>row|column)s?",
    re.IGNORECASE,
)
_REVERSE = re.compile(
    rf"(?:reverse|invert|flip)(?: (?:the|their) (?:order|sorting)(?: of {_TABLE})?| {_TABLE})?|(?:in )?(?:the )?reverse order|"
    r"(?:in )?the other way (?:a)?round",
    re.IGNORECASE,
)
_BY = r"(?:by|on|according to) (?:the |their )?(?:publication |paper )?"
_FIRST = (
    r"(?:the )?(?:{0})(?: (?:ones?|papers?))?(?: first| at the top| to (?:oldest|newest|latest))"
)
_NEW, _OLD = "newest|latest|most recent", "oldest|earliest"
_DOWN, _UP = (
    r"[, (]+(?:in )?(?:descending|decreasing|reverse)(?: order)?\)?",
    r"[, (]+(?:in )?(?:ascending|increasing)(?: order)?\)?",
)
_SORTS = {
    "newest": rf"{_FIRST.format(_NEW)}|{_BY}(?:year|date)(?:{_DOWN}|[, (]+{_FIRST.format(_NEW)}\)?)|{_BY}recency|reverse chronological(?:ly)?(?: order)?",
    "oldest": rf"{_FIRST.format(_OLD)}|{_BY}(?:year|date|age)(?: of publication)?(?:{_UP}|[, (]+{_FIRST.format(_OLD)}\)?)?|chronological(?:ly)?(?: order)?",
    "title": rf"{_BY}(?:title|name)s?(?:[, (]+alphabetical(?:ly)?\)?)?|alphabetical(?:ly)?(?: order)?(?: {_BY}(?:title|name)s?)?|a to z",
}
_SORT_VERB = (
    rf"(?:(?:sort|order|re-?order|arrange|rank|list|show|put)(?:ed)?(?: {_TABLE})?,? ?(?:in )?)?"
)
_SORT = {
    key: re.compile(_SORT_VERB + f"(?:{pattern})", re.IGNORECASE) for key, pattern in _SORTS.items()
}
_SORT_OTHER = re.compile(
    rf"(?:sort|re-?order|order|arrange)(?: {_TABLE})? by (?:the )?((?:[\w-]+ ?){{1,3}})",
    re.IGNORECASE,
)


def order_of(clause: str) -> list[Edit]:
    """Return the edit that asks for another order or direction, nothing when `clause` asks for none.

    >>> order_of("sort by year, newest first"), order_of("swap rows and columns")
    ([Edit(operation='sort', what=('newest',))], [Edit(operation='turn', what=())])
    """
    return _turn(clause) or _sort(clause)


def _turn(clause: str) -> list[Edit]:
    if match := _TURN.fullmatch(clause):
        if match["what"] is None:
            return [Edit("turn")]
        same = (match["what"].lower() == "paper") == (match["axis"].lower() == "row")
        return [Edit("turn", ("rows" if same else "columns",))]
    return [Edit("reverse")] if _REVERSE.fullmatch(clause) else []


def _sort(clause: str) -> list[Edit]:
    for key, pattern in _SORT.items():
        if pattern.fullmatch(clause):
            return [Edit("sort", (key,))]
    if match := _SORT_OTHER.fullmatch(clause):
        return [
            Edit(
                "refuse",
                (f"I can sort the papers by year or by title, not by “{escape(match[1])}”.",),
            )
        ]
    return []
