"""The `authors` of a record, in the forms that are in use → names as they are spoken."""

from __future__ import annotations

import re
from typing import Any

_AND = re.compile(r"\s+(?:and|&)\s+|^(?:and|&)\s+")
_SEPARATORS = str.maketrans({"；": ";", "，": ",", "、": ","})
# "Smith, Jr., John", "John Smith, PhD": the comma separates no names.
_SUFFIX = re.compile(r",\s+((?:Jr|Sr|Inc|Ltd|LLC|PhD|Ph\.D|MD|M\.D)\b\.?|I{2,3}\b|IV\b)")
_INITIALS = re.compile(r"(?:[^\W\d_]\.?[ -]?){1,4}")
_OTHERS = re.compile(r"(?:\s+(?:and|&))?\s+(?:et al\.?|others)$")
_NO_NAME = frozenset({"nan", "none", "null", "n/a"})
_WHOLE = ("name", "display_name", "full_name", "fullname")
_PARTS = (("given", "family"), ("first", "middle", "last"), ("firstName", "lastName"))


def names_of(value: Any) -> tuple[list[str], list[Any]]:
    """Return the names in `value`, and what in it is none.

    A list may hold texts and objects; a text may have semicolons, commas and "and" between names, and names with the
    family first.

    >>> names_of([{"authorId": "1", "name": "Ann Lee"}, {"given": "Bo", "family": "Yu"}, None, "Zhou, Cy"])
    (['Ann Lee', 'Bo Yu', 'Cy Zhou'], [None])
    >>> for text in ("Ann Lee, Bo Yu, and Cy Zhou", "Lee, Ann; Yu, Bo", "Lee, A., Yu, B., & Zhou, C.", "van Dam, Ann and Yu, Bo"):
    ...     print(names_of(text)[0])
    ['Ann Lee', 'Bo Yu', 'Cy Zhou']
    ['Ann Lee', 'Bo Yu']
    ['A. Lee', 'B. Yu', 'C. Zhou']
    ['Ann van Dam', 'Bo Yu']
    """
    if isinstance(value, str):
        names, odd = _names_in_text(value), []
    else:
        items = value if isinstance(value, list) else [value]
        parsed = [(item, _names_in_item(item)) for item in items]
        names = [name for _, some in parsed for name in some]
        odd = [item for item, some in parsed if not some and item != ""]
    return [name for name in names if name.lower() not in _NO_NAME], [
        *odd,
        *(name for name in names if name.lower() in _NO_NAME),
    ]


def _names_in_item(item: Any) -> list[str]:
    if isinstance(item, str):
        return _names_of_part(_prepared(item))
    if not isinstance(item, dict):
        return []
    if isinstance(item.get("author"), dict):
        return _names_in_item(item["author"])
    for field in _WHOLE:
        if isinstance(item.get(field), str):
            return _names_of_part(_prepared(item[field]))
    for fields in _PARTS:
        parts = " ".join(_words(item.get(field)) for field in fields).split()
        if parts:
            return [" ".join(parts)]
    return []


def _words(value: Any) -> str:
    texts = value if isinstance(value, list) else [value]
    return " ".join(text for text in texts if isinstance(text, str))


def _prepared(text: str) -> str:
    text = _SUFFIX.sub(r" \1", text.translate(_SEPARATORS))
    return _OTHERS.sub("", " ".join(text.split())).strip(" ,;")


def _names_in_text(text: str) -> list[str]:
    text = _prepared(text)
    parts = [_prepared(part) for run in text.split(";") for part in _AND.split(run)]
    parts = [part for part in parts if part]
    pieces = [piece.strip() for part in parts for piece in part.split(",") if piece.strip()]
    if len(pieces) > 2 and len(pieces) % 2 == 0 and all(map(_INITIALS.fullmatch, pieces[1::2])):
        return [f"{first} {last}" for last, first in zip(pieces[::2], pieces[1::2], strict=True)]
    turned = all(part.count(",") == 1 for part in parts) and any(map(_is_family_first, parts))
    if ";" in text or turned:
        return [name for part in parts for name in _turned_or_split(part)]
    return [name for part in parts for name in _names_of_part(part)]


def _names_of_part(part: str) -> list[str]:
    """Return the one name, or those with commas between them, in a text without other separators."""
    if _is_family_first(part):
        return [_turned(part)]
    return [name for piece in part.split(",") if (name := piece.strip())]


def _turned_or_split(part: str) -> list[str]:
    """Return a name whose comma, if it has one, parts family and given names; see `_names_of_part`."""
    return [_turned(part)] if part.count(",") == 1 and _is_cased(part) else _names_of_part(part)


def _is_family_first(part: str) -> bool:
    """Tell whether a text is "Lee, Ann" or "van Dam, Ann Jo", and not "Ann Lee, Bo Yu"."""
    last, _, first = part.partition(",")
    short = " " not in last.strip() or " " not in first.strip() or last[:1].islower()
    return part.count(",") == 1 and _is_cased(part) and short


def _is_cased(text: str) -> bool:
    """Tell whether a name is of a script with capitals; in the others no space parts its words."""
    return text[:1].lower() != text[:1].upper()


def _turned(part: str) -> str:
    """Return "Lee, Ann" as "Ann Lee"."""
    last, _, first = part.partition(",")
    return f"{first} {last}".strip()
