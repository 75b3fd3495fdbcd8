"""A follow-up that edits the comparison before it: wording → a `TableEdit` to apply.

Rules over the wording only; the whole of it must read as edits.
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from assistant.text.markdown import escape
from assistant.text.paper_names import INTRODUCED, NameIndex
from assistant.text.words import ORDINALS, index_terms, is_content, words
from assistant.types import Answer, Table, Turn

Axis = Literal["paper", "column", "row"]
Find = Callable[[str], tuple[str, ...]]
"""What finds the papers (ids) that a phrase means."""
_DATA = tomllib.loads((resources.files(__package__) / "table_edits.toml").read_text("utf-8"))
_ROLE_OF = {word: role for role, known in _DATA["aspects"].items() for word in known}
_WORDS = {name: frozenset(known) for name, known in _DATA["words"].items()}
_ORDERS = {name: frozenset(known) for name, known in _DATA["orders"].items()}
_LONGEST, _LONGEST_BARE, _LONGEST_LINE = 240, 6, 14  # characters; words of an aspect


def _compile(pattern: str) -> re.Pattern[str]:
    """Return a pattern in which <name> stands for any of the phrases of that name."""
    for name, known in _DATA["phrases"].items():
        pattern = pattern.replace(
            f"<{name}>", f"(?:{'|'.join(sorted(known, key=len, reverse=True))})"
        )
    return re.compile(pattern, re.IGNORECASE)


_LEAD = _compile(r"^(?:<lead>\b[,.!]*\s+)+")
_POLITE = _compile(r"^(?:<ask>\s+(?:<ask_more> )*)+")
_TAIL = _compile(r"(?:,?\s+<tail>)+$")
_TOO = _compile(r"(?:\s+<too>)+$")
_JOIN = r"\s*(?:[,;.]|\b(?:and|then|but)\b)(?:\s*\b(?:and|then|but)\b)*\s+"
_THEN = _compile(rf"{_JOIN}(?=(?:<add>|<keep>|<drop>|<order>|(?:a|another) (?:column|row))\b)")
_ADD = _compile(r"<add> (.+)|(?:<line> )?((?:an?|another|one) (?:new |extra )?(?:column|row)\b.+)")
_KEEP = _compile(r"<keep> (.+)")
_DROP = _compile(r"<drop> (.+?)(?: (?:from|in) (?:the |this )?(?:table|comparison))?")
_LINE = _compile(
    r"(?:<determiner> )*(column|row)(s?):? (?:<for> )?(.+)|"
    r"(?:<determiner> )*(.+?)(?: as)?(?: an?| another)? (column|row)s?"
)
_NEXT_LINE = _compile(r"\s*(?:,|\band\b)+\s+(?:an?|another|one) (?:column |row |one )?<for> ")
_FRAME = _compile(r"^(?:<article>\s+)+|[\"“”]")
_NO_ASPECT = _compile(r"\?|['’]s\b|\b<no_aspect>\b")
_SORT_BY = _compile(r"\bby (?:the )?((?:[\w-]+ ?){1,3})$")
_THING = r"(?: (?:one|paper|method|model|work|system|study|column|row)s?)?"
_DESCRIBED = _compile(r"(?:the|that) (?:(?!,|\band\b).)+ (?:one|paper|model|study|work|system)")
_POSITION = _compile(
    rf"(?:the |that )?(?:({'|'.join(ORDINALS)}){_THING}|"
    r"(?:paper|number|no\.?|column|row|#) ?#?(\d{1,2}))"
)
_SEVERAL = _compile(rf"(?:the )?(first|last) (two|three|four){_THING}")
_NUMBERS = {"two": 2, "three": 3, "four": 4}
_USES = _compile(
    r"\b(?:how (?:many|much)|use[sd]?|using|compar\w+|need\w*|shared|online|on|train\w*)\b"
)
_OF_PAPER = _compile(
    r"\b(?:download|get|find|read|access|obtain|open|link to) (?:the|this|that|its|a) "
    r"(?:whole |full )?(?:paper|article|study|pdf|full text)\b"
)
_TO_BE_HAD = _compile(
    r"\b(?:available|availability|releas\w+|download\w*|code|codes|github|repositor\w+|licen[cs]\w+|"
    r"weights|checkpoints?|open[- ]sourced?|public|publicly|web(?:site| ?page| address)|"
    r"project page|(?:get|obtain|access) (?:the|their|its|this|that) "
    r"(?:models?|data ?sets?|data|corpus|code))\b"
)
_ANYBODY = frozenset(
    "anyone anybody someone everyone everybody anywhere somewhere get have".split()
)
_MARKER = _compile(r"\[\d{1,2}\]")
_AXIS = _compile(r"\b(column|row)s?\b")
_ITEMS_END = _compile(r"\s*,\s*(?:and\s+)?|\s+(?:and|plus|&|or|as well as)\s+")
_ASPECT_FRAME = _compile(
    r"^(?:the |that )?(?:(?:column|row)s? )?(?:<for> )?(?:the |their |its )?|\s+(?:column|row)s?$"
)


@dataclass(frozen=True, slots=True)
class Target:
    """What `words` mean: a paper (its id), an aspect, or the paper, column or row at a position.

    A position counts from 0, from the end where it is negative, in the table as it is by then.
    """

    words: str
    paper: str = ""
    aspect: str = ""
    position: int | None = None
    axis: Axis = "paper"


@dataclass(frozen=True, slots=True)
class TableChange:
    """One change of a table.

    `how` is of "sort" oldest, newest or title, of "turn" what the papers become, columns or rows
    (nothing is the other), and of "refuse" the sentence that says why not.
    """

    operation: Literal["add", "drop", "keep", "sort", "reverse", "turn", "refuse"]
    targets: tuple[Target, ...] = ()
    how: str = ""


@dataclass(frozen=True, slots=True)
class TableEdit:
    """The changes, in order, that a question makes of the table of `answer`.

    `compared` is the comparison's own question; `question` stands alone and tells the edits too.
    """

    answer: Answer
    changes: tuple[TableChange, ...]
    compared: str
    question: str


def parse_table_edit(
    question: str, history: Sequence[Turn], names: NameIndex, described: Find | None = None
) -> TableEdit | None:
    """Return the edit that `question` makes of the table under discussion, None when none; it names
    the papers, or speaks of one of those `described` ("the gender one").
    """
    answer = table_discussed(history)
    if answer is None or answer.table is None:
        return None
    changes = parse_changes(question, answer.table, names, described)
    return edit_table(answer, changes, history, bare_edit(question)) if changes else None


def table_discussed(history: Sequence[Turn]) -> Answer | None:
    """Return the answer whose table is under discussion, None where none is."""
    tables = [turn.answer for turn in history if turn.answer.table is not None]
    return tables[-1] if tables and _under_discussion(tables[-1], history) else None


def edit_table(
    answer: Answer, changes: Sequence[TableChange], history: Sequence[Turn], said: str
) -> TableEdit:
    """Return the edit that makes some changes, asked for in such words, of the table of `answer`,
    which is under discussion.
    """
    # The questions of edits begin with the comparison's own.
    asked = [
        turn.answer.question
        for turn in history
        if turn.answer.table and answer.question.startswith(f"{turn.answer.question} (")
    ]
    compared = min(asked, key=len, default=answer.question)
    standalone = f"{answer.question[:-1]}; {said})" if asked else f"{compared} ({said})"
    return TableEdit(answer, tuple(changes), compared, standalone)


def change_papers(
    table: Table, added: Sequence[str], dropped: Sequence[str]
) -> tuple[TableChange, ...]:
    """Return the changes of a table that add papers, by id, which it has not, and drop such of it.

    >>> changes = change_papers(Table((), (), {}), ["a", "b"], ["c"])
    >>> [[target.paper for target in one.targets] for one in changes]
    [['a', 'b']]
    """
    own = {paper.id for paper in table.papers}
    new = TableChange("add", tuple(Target(one, paper=one) for one in added if one not in own))
    gone = TableChange("drop", tuple(Target(one, paper=one) for one in dropped if one in own))
    return tuple(change for change in (new, gone) if change.targets)


def parse_changes(
    text: str, table: Table, names: NameIndex, described: Find | None = None
) -> tuple[TableChange, ...]:
    """Return the changes of `table` that `text` asks for; none when it asks for anything else."""
    plain = bare_edit(text)
    asks = text.rstrip().endswith("?") and not _POLITE.match(_LEAD.sub("", " ".join(text.split())))
    if asks or len(plain) > _LONGEST:
        return ()

    @cache
    def find(phrase: str) -> tuple[str, ...]:
        named = _named_papers(phrase, names)
        return named or (described(phrase) if described and _DESCRIBED.fullmatch(phrase) else ())

    changes: list[TableChange] = []
    for clause in _THEN.split(plain):
        # "… and show the results" goes on with what was begun.
        goes_on = bool(changes) and clause.lower().startswith("show ")
        read = _parse_clause(f"also {clause}" if goes_on else clause.strip(" ,;"), table, find)
        if not read:
            return ()
        changes += read
    return tuple(changes)


def bare_edit(text: str) -> str:
    """Return an edit's words without what is only polite.

    >>> bare_edit("Ok, could you please drop the second, thanks?")
    'drop the second'
    """
    plain = _LEAD.sub("", " ".join(text.split()).rstrip("?.! "))
    return _TAIL.sub("", _LEAD.sub("", _POLITE.sub("", plain)))


def role_named(phrase: str) -> str | None:
    """Return the aspect of every comparison that a phrase names, None when it says anything more.

    >>> role_named("the datasets used"), role_named("corpus"), role_named("training data")
    ('Data', 'Data', None)
    """
    content = [word for word in words(phrase) if is_content(word) or word in _ROLE_OF]
    roles = {
        _ROLE_OF.get(word) for word in content if word in _ROLE_OF or word not in _WORDS["filler"]
    }
    return roles.pop() if len(roles) == 1 else None


def asks_availability(phrase: str) -> bool:
    """Tell whether a phrase asks for no more than what is to be had of a work: code, data, weights.

    >>> asks_availability("did they release code or the data?"), asks_availability("open problems")
    (True, False)
    >>> asks_availability("is the code or the model of it anywhere?")
    True
    >>> asks_availability("where can I download the paper?")
    False
    >>> asks_availability("does it use shared weights?"), asks_availability("how much is released?")
    (False, False)
    """
    if _USES.search(phrase) or wants_paper(phrase) or not speaks_of_availability(phrase):
        return False
    ignored = {*_WORDS["filler"], *ORDINALS, *_NUMBERS, *_ANYBODY, "all"}
    content = [word for word in words(phrase) if is_content(word) and word not in ignored]
    roles = {_ROLE_OF.get(word) for word in content}
    return "Availability" in roles and roles <= {"Availability", "Data"}


def wants_paper(text: str) -> bool:
    """Tell whether a text asks where a paper itself is to be had, which its record says.

    >>> wants_paper("where can I download the paper?"), wants_paper("does the paper release code?")
    (True, False)
    """
    return _OF_PAPER.search(text) is not None


def speaks_of_availability(text: str) -> bool:
    """Tell whether a text has any word of what is to be had of a work: code, weights, a licence."""
    return _TO_BE_HAD.search(text) is not None


def _under_discussion(table: Answer, history: Sequence[Turn]) -> bool:
    """Tell whether all that was found since a table are facts and counts about its papers."""
    shown = {paper.id for paper in table.table.papers} if table.table else set()
    for turn in reversed(history):
        answer = turn.answer
        if answer is table:
            return True
        cited = [citation.paper for citation in answer.citations]
        papers = {paper.id for paper in (*answer.counted, *cited, *answer.nearest)}
        # What found nothing changed no subject.
        if answer.kind != "none" and (answer.kind not in ("fact", "count") or not papers <= shown):
            return False
    return False


def _parse_clause(clause: str, table: Table, find: Find) -> list[TableChange]:
    if change := _parse_order(clause):
        return [change]
    if (match := _KEEP.fullmatch(clause)) and (targets := _parse_targets(match[1], table, find)):
        return [TableChange("keep", targets)]
    if (match := _DROP.fullmatch(clause)) and (targets := _parse_targets(match[1], table, find)):
        return [TableChange("drop", targets)]
    return _parse_addition(clause, table, find)


def _parse_order(clause: str) -> TableChange | None:
    """Return the other order or direction that a clause asks for, read off the set of its words."""
    said = {word.lower() for word in words(clause)} - _WORDS["no_order"]
    lines = {word.rstrip("s") for word in said} & {"row", "column"}
    swaps = len(said) == 3 and len(lines) == 2 and bool(said & _WORDS["turn"])
    if said == {"transpose"} or swaps:
        return TableChange("turn")
    if said == {"reverse"}:
        return TableChange("reverse")
    sorts, keys = bool(said & _WORDS["sort"]), said - _WORDS["sort"]
    if not sorts and not clause.lower().endswith(" first"):
        return None
    order = order_named(clause)
    if order and keys <= frozenset().union(*_ORDERS.values()):
        return TableChange("sort", how=order)
    if sorts and (match := _SORT_BY.search(clause)):
        why = f"I can sort the papers by year or by title, not by “{escape(match[1])}”."
        return TableChange("refuse", how=why)
    return None


def order_named(text: str) -> str | None:
    """Return the first order that words name: newest, title, most cited or oldest.

    >>> order_named("sort them by year"), order_named("in another order")
    ('oldest', None)
    """
    said = {word.lower() for word in words(text)}
    return next((order for order, known in _ORDERS.items() if known & said), None)


def _parse_addition(clause: str, table: Table, find: Find) -> list[TableChange]:
    match = _ADD.fullmatch(clause)
    if match is None:
        return []
    text = _TOO.sub("", match[1] or match[2])
    if line := _LINE.fullmatch(text):
        return _parse_line(line, table, find)
    items = [text] if find(text) else _split_items(text)
    targets = _read_additions(items, table, find, _LONGEST_BARE)
    return [TableChange("add", targets)] if targets else []


def _parse_line(line: re.Match[str], table: Table, find: Find) -> list[TableChange]:
    """Return the changes for "a column for …"; what is added becomes one, so papers may turn."""
    axis, many, after, before, behind = line.groups()
    said = after or before
    if before and _NO_ASPECT.search(said):
        return []
    items = [piece for piece in _NEXT_LINE.split(said) if piece]
    if many or all(role_named(part) or find(part) for part in _split_items(said)):
        items = [part for item in items for part in _split_items(item)]
    targets = _read_additions(items, table, find, _LONGEST_LINE)
    if not targets:
        return []
    aspects = any(target.aspect for target in targets)
    turned = aspects == ((axis or behind).lower() == "column")
    return [TableChange("add", targets), TableChange("turn", how="rows" if turned else "columns")]


def _read_additions(
    items: Sequence[str], table: Table, find: Find, longest: int
) -> tuple[Target, ...]:
    """Return what each item adds, papers or an aspect; nothing when one of them is neither."""
    targets: list[Target] = []
    for item in items:
        bare = _TOO.sub("", item)
        plain = _FRAME.sub("", bare).strip(" ,:;'‘’")
        named = find(bare)
        too_long = not plain or len(plain.split()) > longest
        if not named and (too_long or (longest == _LONGEST_BARE and _NO_ASPECT.search(plain))):
            return ()
        targets += [Target(item, paper=paper) for paper in named]
        targets += [] if named else [Target(item, aspect=_name_aspect(plain, table))]
    return tuple(targets)


def _parse_targets(phrase: str, table: Table, find: Find) -> tuple[Target, ...]:
    """Return the parts of a table that a phrase means, none when any of it means no part."""
    axis: Axis = "paper"
    if match := _AXIS.search(phrase):
        axis = "column" if match[1].lower() == "column" else "row"
    if match := _SEVERAL.fullmatch(phrase):
        count = _NUMBERS[match[2].lower()]
        positions = range(count) if match[1].lower() == "first" else range(-count, 0)
        return tuple(Target(phrase, position=position, axis=axis) for position in positions)
    if named := find(phrase):
        return tuple(Target(phrase, paper=paper) for paper in named)
    targets: list[Target] = []
    for part in _split_items(phrase):
        meant = _parse_target(part, axis, table, find)
        if not meant:
            return ()
        targets += meant
    return tuple(targets)


def _parse_target(part: str, axis: Axis, table: Table, find: Find) -> list[Target]:
    if match := _POSITION.fullmatch(part):
        position = ORDINALS[match[1].lower()] if match[1] else int(match[2]) - 1
        return [Target(part, position=position, axis=axis)]
    if _MARKER.fullmatch(part):
        cited = (paper for (paper, _), cell in table.cells.items() if part in cell)
        return [Target(part, paper=next(cited, part))]
    if aspect := _aspect_of(part, table):
        return [Target(part, aspect=aspect)]
    if named := find(part):
        return [Target(part, paper=paper) for paper in named]
    role = role_named(_ASPECT_FRAME.sub("", part))
    return [Target(part, aspect=role)] if role else []


def _aspect_of(phrase: str, table: Table) -> str | None:
    """Return which of the table's aspects a phrase names, in full or by words that only one has."""
    bare = _ASPECT_FRAME.sub("", phrase)
    stems, role = set(index_terms(bare)), role_named(bare)
    for aspect in table.aspects:
        if stems == set(index_terms(aspect)) or aspect == role:
            return aspect
    part = [aspect for aspect in table.aspects if stems and stems <= set(index_terms(aspect))]
    return part[0] if len(part) == 1 else None


def _name_aspect(phrase: str, table: Table) -> str:
    """Return the aspect a phrase names: the table's, one of every comparison's, or a new one."""
    stems = index_terms(phrase)
    same = next((aspect for aspect in table.aspects if index_terms(aspect) == stems), None)
    return same or role_named(phrase) or phrase[0].upper() + phrase[1:]


def _named_papers(phrase: str, names: NameIndex) -> tuple[str, ...]:
    """Return the ids of the papers that a phrase firmly names, none when it says anything else."""
    mentions = names.find(phrase)
    rest = names.without(phrase, mentions)
    if any(is_content(word) and word not in _WORDS["filler"] for word in words(rest)):
        return ()
    return tuple(mention.paper_id for mention in mentions if mention.strength >= INTRODUCED)


def _split_items(phrase: str) -> list[str]:
    return [item.strip() for item in _ITEMS_END.split(phrase) if item.strip()]
