"""How people ask for an edit of a table. Rules over the wording only; the whole of it must read as edits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.composing.tables.operations import Edit, arranged
from assistant.composing.tables.references import (
    aspect_called,
    meant,
    named_papers,
    parts,
    role_named,
)
from assistant.composing.tables.sort_parser import order_of
from assistant.text.markdown import escape
from assistant.text.paper_names import NameIndex
from assistant.types import Table

_LEAD = re.compile(
    r"^(?:(?:ok|okay|so|now|and|but|then|great|thanks|thank you|cool|alright|well|actually|hmm|good|nice|perfect|yes|right|finally)"
    r"\b[,.!]*\s+)+",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"^(?:please,?\s+|(?:(?:can|could|would|will) (?:you|we|i)|i(?:['’]d| would) like(?: you)?(?: to)?|i want(?: you)?(?: to)?|"
    r"let(?:['’]s| us)|(?:we|i) need|is it possible to|(?:what|how) about|you (?:can|could|should))\s+"
    r"(?:(?:now|just|please|have|get|see|possibly|then) )*)+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:,?\s+(?:please|thanks|thank you|now|instead|for me|if possible))+$", re.IGNORECASE
)
_VERB = (
    r"(?:(?:(?:only|just|also) )?(?:add|include|insert|append|put|bring|restore|show|drop|remove|delete|hide|exclude|omit|leave|take|"
    r"skip|keep|sort|order|re-?order|arrange|swap|switch|flip|turn|limit|restrict|transpose|reverse)|without|only|just|"
    r"newest|latest|most recent|oldest|a column|a row|another column|another row)\b"
)
_THEN = re.compile(
    rf"\s*(?:[,;.]|\band\b|\bthen\b|\bbut\b)(?:\s*\b(?:and|then|but)\b)*\s+(?={_VERB})",
    re.IGNORECASE,
)
_EXCEPT = r"(?:everything|all)(?: else)? (?:except|but|apart from|other than)(?: for)?"
_KEEP = re.compile(
    rf"(?:(?:keep|show|leave|include|list|compare|retain)(?: me)? (?:only|just)|(?:only|just)(?: (?:keep|show|leave|include|compare))?|"
    rf"keep|retain|(?:limit|restrict|narrow|reduce) (?:it|this|them|the table|the comparison)(?: down)? to|"
    rf"(?:drop|remove|delete|hide|leave out) {_EXCEPT}) (.+)|(?:show )?(.+) only",
    re.IGNORECASE,
)
_DROP = re.compile(
    rf"(?:drop|remove|delete|hide|exclude|omit|skip|leave out|take (?:out|away|off)|get rid of|without|minus|(?:(?:keep|show) )?{_EXCEPT}) (.+?)"
    r"(?: (?:from|in) (?:the |this )?(?:table|comparison))?|(?:take|leave) (.+) (?:out|away|off)",
    re.IGNORECASE,
)
_ADD = re.compile(
    r"(?:also,? )?(?:add|include|insert|append|put in|bring (?:back|in)|restore|put back)(?: in| back| also)? (?P<firm>.+)|"
    r"also (?:show|give|list|have|cover)(?: me| us)? (?P<also>.+)|show (?:me |us )?(?P<show>.+)|(?:(?:make|create|give me|have|with) )?(?P<line>.+)",
    re.IGNORECASE,
)
_TOO = re.compile(
    r"(?:\s+(?:too|as well|also|again|back|(?:in|into|to) (?:it|(?:the|this) (?:table|comparison|list|columns|rows))|"
    r"(?:for|of) (?:each|every|all|both|them)(?: of (?:them|these|those))?(?: (?:the )?(?:papers?|ones?|models?|methods?))?))+$",
    re.IGNORECASE,
)
_ONE = r"(?:a|an|one|two|three|some|another|new|more|extra|additional|separate|the|second|third|further) "
_FOR = r"(?:for|about|on|with|of|showing|called|named|titled|to show|listing|giving|that (?:says|shows|gives|tells|lists|states))"
_LINE = re.compile(
    rf"(?P<one>{_ONE})*(?P<axis>column|row|line|aspect|criterion|dimension)(?P<many>s)?:? (?:{_FOR} )?(?P<after>.+)|"
    rf"(?:{_ONE})*(?P<before>.+?)(?: as)?(?: {_ONE.strip()})*(?: )(?P<behind>column|row)s?",
    re.IGNORECASE,
)
_NEXT_LINE = re.compile(
    rf"\s*(?:,|\band\b)+\s+(?:(?:{_ONE})+(?:column |row |one )?|one ){_FOR}\s+", re.IGNORECASE
)
_FIND = re.compile(
    r"(?:the |that |a |an |another )?(?:paper|one|work|study|article) (?:about|on|that|which|with|for|using|from|by) (.{3,})|"
    r"(?:the |that )(.{3,}) paper",
    re.IGNORECASE,
)
_FRAME = re.compile(
    r"^(?:(?:the|a|an|their|its|some|any)\s+|(?:more )?(?:information|info|details?|something)\s+(?:about|on|regarding)\s+)+|[\"“”]",
    re.IGNORECASE,
)
_NO_ASPECT = re.compile(
    r"\?|['’]s\b|\b(?:papers?|stud(?:y|ies)|articles?|works|which|what|who|whose|why|those|these|them|it|that|this|ones?|me|more|others?)\b",
    re.IGNORECASE,
)
_LONGEST, _LONGEST_BARE, _LONGEST_LINE = 240, 6, 14


def parse(text: str, table: Table, names: NameIndex) -> tuple[Edit, ...]:
    """Return the edits of `table` that `text` asks for, in order; none when any of it asks for something else."""
    plain = bare(text)
    asks = text.rstrip().endswith("?") and not _POLITE.match(_LEAD.sub("", " ".join(text.split())))
    if asks or len(plain) > _LONGEST:
        return ()
    found: list[Edit] = []
    for place, clause in enumerate(_THEN.split(plain)):
        # "… and show the results" goes on with what was begun.
        clause = f"also {clause}" if place and clause.lower().startswith("show ") else clause
        edits = _read(clause.strip(" ,;"), table, names)
        if not edits:
            return ()
        for edit in edits:
            table = arranged(table, edit, names, {})
        found += edits
    return tuple(found)


def bare(text: str) -> str:
    """Return an edit's words without what is only polite.

    >>> bare("Ok, could you please drop the second, thanks?")
    'drop the second'
    """
    plain = _LEAD.sub("", " ".join(text.split()).rstrip("?.! "))
    return _TAIL.sub("", _LEAD.sub("", _POLITE.sub("", plain)))


def _read(clause: str, table: Table, names: NameIndex) -> list[Edit]:
    return (
        order_of(clause)
        or _keep(clause, table, names)
        or _drop(clause, table, names)
        or _add(clause, table, names)
    )


def _keep(clause: str, table: Table, names: NameIndex) -> list[Edit]:
    match = _KEEP.fullmatch(clause)
    those = meant(match[1] or match[2], table, names) if match else None
    if those is None:
        return []
    roles = tuple(role for one in those.missing if (role := role_named(one)))
    if len(roles) < len(those.missing):
        return [_nowhere(those.missing)]
    edits = [Edit("add aspects", roles)] if roles else []
    edits += [Edit("keep aspects", those.aspects + roles)] if those.aspects or roles else []
    return edits + ([Edit("keep papers", those.papers)] if those.papers else [])


def _drop(clause: str, table: Table, names: NameIndex) -> list[Edit]:
    match = _DROP.fullmatch(clause)
    those = meant(match[1] or match[2], table, names) if match else None
    if those is None:
        return []
    if those.missing:
        return [_nowhere(those.missing)]
    edits = [Edit("drop papers", those.papers)] if those.papers else []
    return edits + ([Edit("drop aspects", those.aspects)] if those.aspects else [])


def _nowhere(missing: tuple[str, ...]) -> Edit:
    named = " or ".join(f"“{escape(one)}”" for one in missing)
    return Edit("refuse", (f"The table has nothing that is {named}, so I left it as it is.",))


def _add(clause: str, table: Table, names: NameIndex) -> list[Edit]:
    match = _ADD.fullmatch(clause)
    if match is None:
        return []
    firm = match["firm"] or match["also"]
    said = firm or match["show"] or match["line"]
    text = _TOO.sub("", said)
    line = _LINE.fullmatch(text)
    if line and (firm or line["one"] or match["show"]):
        return _add_line(line, table, names)
    role = role_named(text)
    # "show the results" may ask about one paper; "show availability", once that is hidden, asks for it back.
    if not firm and not (match["show"] and (text != said or (role and role not in table.aspects))):
        return []
    items = [text] if named_papers(text, names) or _FIND.fullmatch(text) else parts(text)
    return list(_added(items, table, names, _LONGEST_BARE))


def _add_line(line: re.Match[str], table: Table, names: NameIndex) -> list[Edit]:
    """Return the edits for "a column for …" and the like: what is added becomes a column, so papers may become rows."""
    said = line["after"] or line["before"]
    if line["before"] and _NO_ASPECT.search(said):
        return []
    items = [piece for piece in _NEXT_LINE.split(said) if piece]
    if line["many"] or all(role_named(part) or named_papers(part, names) for part in parts(said)):
        items = [part for item in items for part in parts(item)]
    edits = list(_added(items, table, names, _LONGEST_LINE))
    axis = (line["axis"] or line["behind"]).lower()
    if edits and axis in {"column", "row"}:
        aspects = any(edit.operation == "add aspects" for edit in edits)
        edits.append(Edit("turn", ("rows" if aspects == (axis == "column") else "columns",)))
    return edits


def _added(items: list[str], table: Table, names: NameIndex, longest: int) -> Iterator[Edit]:
    """Yield what adds each item, a paper or an aspect; nothing when one of them is neither."""
    edits: list[Edit] = []
    for item in items:
        plain = _FRAME.sub("", _TOO.sub("", item)).strip(" ,:;'‘’")
        if named := named_papers(item, names):
            edits.append(Edit("add papers", named))
        elif find := _FIND.fullmatch(item):
            edits.append(Edit("find paper", (find[1] or find[2],)))
        elif (
            plain
            and len(plain.split()) <= longest
            and not (longest == _LONGEST_BARE and _NO_ASPECT.search(plain))
        ):
            edits.append(Edit("add aspects", (aspect_called(plain, table),)))
        else:
            return
    yield from edits
