"""The `authors` of a record, in the forms that are in use → names as they are spoken."""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

_AND = re.compile(r"\s+(?:and|&)\s+|^(?:and|&)\s+")
_SEPARATORS = str.maketrans({"；": ";", "，": ",", "、": ","})
# "Smith, Jr., John", "John Smith, PhD": the comma separates no names.
_SUFFIX = re.compile(r",\s+((?:Jr|Sr|Inc|Ltd|LLC|PhD|Ph\.D|MD|M\.D)\b\.?|I{2,3}\b|IV\b)")
_INITIALS = re.compile(r"(?:[^\W\d_]\.?[ -]?){1,4}")
_OTHERS = re.compile(r"(?:\s+(?:and|&))?\s+(?:et al\.?|others)$")
LONGEST_NAME = 200
_NO_NAME = frozenset(
    {"nan", "none", "null", "n/a", "unknown", "unknown author", "anonymous", "anonymous authors"}
)
_LETTER = re.compile(r"[^\W\d_]")
# What a list or object that could not be read begins with.
_OPENING = re.compile(r"[\[{][\s\[{]*['\"]")
# numpy writes no commas between texts, which Python would read as one.
_NO_COMMA = re.compile(r"(?<=['\"])\s+(?=['\"])")
_LINE_GOES_ON = re.compile(r"(?:[,;&]|\band)\n|\n(?:and\b|[,;&])")
# Affiliations: "Ann Lee1, Bo Yu2,*", "Ann Lee†", "Ann Lee$^{1,2}$".
_RAISED = re.compile(r"\$?\^(?:\{[^{}]{0,20}\}|\w)\$?|[*∗†‡§¶¹²³⁰⁴-⁹]")
_NEXT_END = r"(?=\s*(?:[,;&*†‡§¶]|\band\b|$))"
_NUMBERS = re.compile(rf"(?<=[^\W\d_])\d{{1,2}}(?:\s*,\s*\d{{1,2}})*{_NEXT_END}")
# Fields of an object: a whole name, or in this order the parts of one.
_WHOLE = ("name", "display_name", "full_name", "literal")
_PARTS = (
    *("given", "given_name", "first", "firstName", "first_name", "middle", "middle_name"),
    *("family", "family_name", "last", "lastName", "last_name", "surname"),
)


def names_of(value: Any) -> tuple[list[str], list[Any]]:
    """Return the names in `value`, and what in it is none.

    A list may hold texts and objects; a text may have semicolons, commas and "and" between names,
    and names with the family first.

    >>> people = [{"authorId": "1", "name": "Ann Lee"}, {"given": "Bo", "family": "Yu"}, None]
    >>> names_of([*people, "Zhou, Cy"])
    (['Ann Lee', 'Bo Yu', 'Cy Zhou'], [None])
    >>> lists = ["Ann Lee, Bo Yu, and Cy Zhou", "Lee, Ann; Yu, Bo", "Lee, A., Yu, B., & Zhou, C."]
    >>> for text in (*lists, "van Dam, Ann and Yu, Bo"):
    ...     print(names_of(text)[0])
    ['Ann Lee', 'Bo Yu', 'Cy Zhou']
    ['Ann Lee', 'Bo Yu']
    ['A. Lee', 'B. Yu', 'C. Zhou']
    ['Ann van Dam', 'Bo Yu']
    """
    value = parsed(value)
    split = _names_in_text if isinstance(value, str) else _names_in_item
    names: list[str] = []
    odd: list[Any] = []
    for item in value if isinstance(value, list) else [value]:
        some = list(split(item))
        names += filter(_is_name, some)
        odd += [name for name in some if not _is_name(name)]
        odd += [] if some or item == "" else [item]
    return names, odd


def parsed(value: Any) -> Any:
    """Return the list or object that a text writes as JSON or Python do, else the value."""
    if not isinstance(value, str) or not value.lstrip().startswith(("[", "{", "(")):
        return value
    text = value.strip()
    try:
        written = json.loads(text)
    except (ValueError, RecursionError):
        try:
            written = ast.literal_eval(_NO_COMMA.sub(", ", text))
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            inner = text[1:-1] if text[0] == "[" and text[-1] == "]" else text
            return value if _OPENING.match(text) else inner
    return list(written) if isinstance(written, list | tuple) else written


def _is_name(text: str) -> bool:
    return (
        text.lower() not in _NO_NAME
        and len(text) <= LONGEST_NAME
        and not _OPENING.match(text)
        and bool(_LETTER.search(text))
    )


def _lines(text: str) -> Iterator[str]:
    """Yield what stands between "|" and ends of lines, without marks of affiliation."""
    lines = (" ".join(line.split()) for line in text.translate(_SEPARATORS).splitlines())
    text = "\n".join(filter(None, lines))
    text = text.replace("\n", " " if _LINE_GOES_ON.search(text) else "|")
    for line in text.split("|"):
        yield _RAISED.sub("", _NUMBERS.sub("", line)) if re.search(r"[\s,;]", line) else line


def _names_in_item(item: Any) -> list[str]:
    item = parsed(item)
    item = item["author"] if isinstance(item, dict) and item.get("author") else item
    if not isinstance(item, dict):
        lines = _lines(item) if isinstance(item, str) else ()
        return [name for line in lines for name in _names_of_part(_prepared(line))]
    for field in _WHOLE:
        if isinstance(item.get(field), str):
            return [n for line in _lines(item[field]) for n in _names_of_part(_prepared(line))]
    parts = (item.get(field) for field in _PARTS)
    texts = (text for part in parts for text in (part if isinstance(part, list) else [part]))
    name = " ".join(text for text in texts if isinstance(text, str)).strip()
    return [name] if name else []


def _prepared(text: str) -> str:
    text = _SUFFIX.sub(r" \1", text)
    return _OTHERS.sub("", " ".join(text.split())).strip(" ,;")


def _names_in_text(text: str) -> list[str]:
    return [name for line in _lines(text) for name in _names_in_line(line)]


def _names_in_line(text: str) -> list[str]:
    text = _prepared(text)
    parts = [_prepared(part) for run in text.split(";") for part in _AND.split(run)]
    pieces = [piece.strip() for part in parts for piece in part.split(",") if piece.strip()]
    if len(pieces) > 2 and len(pieces) % 2 == 0 and all(map(_INITIALS.fullmatch, pieces[1::2])):
        return [f"{first} {last}" for last, first in zip(pieces[::2], pieces[1::2], strict=True)]
    turned = all(part.count(",") == 1 for part in parts) and any(map(_is_family_first, parts))
    certain = ";" in text or turned
    return [name for part in parts for name in _names_of_part(part, certain)]


def _names_of_part(part: str, family_first: bool = False) -> list[str]:
    """Return the names between commas; a lone comma of a `family_first` name parts none."""
    last, comma, first = part.partition(",")
    # Where letters have no case, no space parts the words of a name.
    cased = last[:1].lower() != last[:1].upper()
    turned = comma and "," not in first and first.strip().lower() not in _NO_NAME
    if turned and cased and (family_first or _is_family_first(part)):
        return [f"{first.strip()} {last.strip()}"]
    return [name for piece in part.split(",") if (name := piece.strip())]


def _is_family_first(part: str) -> bool:
    """Tell whether a text is "Lee, Ann" or "van Dam, Ann Jo", not "Ann Lee, Bo Yu"."""
    last, _, first = part.partition(",")
    return " " not in last.strip() or " " not in first.strip() or last[:1].islower()
