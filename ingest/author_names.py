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
# Fields of an object: a whole name, or in this order the parts of one.
_WHOLE = ("name", "display_name", "full_name")
_PARTS = ("given", "first", "firstName", "middle", "family", "last", "lastName")


def names_of(value: Any) -> tuple[list[str], list[Any]]:
    """Return the names in `value`, and what in it is none.

    A list may hold texts and objects; a text may have semicolons, commas and "and" between names,
    and names with the family first.

    >>> names_of([{"authorId": "1", "name": "Ann Lee"}, {"given": "Bo", "family": "Yu"}, None, "Zhou, Cy"])
    (['Ann Lee', 'Bo Yu', 'Cy Zhou'], [None])
    >>> for text in ("Ann Lee, Bo Yu, and Cy Zhou", "Lee, Ann; Yu, Bo", "Lee, A., Yu, B., & Zhou, C.", "van Dam, Ann and Yu, Bo"):
    ...     print(names_of(text)[0])
    ['Ann Lee', 'Bo Yu', 'Cy Zhou']
    ['Ann Lee', 'Bo Yu']
    ['A. Lee', 'B. Yu', 'C. Zhou']
    ['Ann van Dam', 'Bo Yu']
    """
    split = _names_in_text if isinstance(value, str) else _names_in_item
    items = value if isinstance(value, list) else [value]
    parsed = [(item, [one for one in split(item) if one.lower() not in _NO_NAME]) for item in items]
    names = [name for _, some in parsed for name in some]
    return names, [item for item, some in parsed if not some and item != ""]


def _names_in_item(item: Any) -> list[str]:
    item = item["author"] if isinstance(item, dict) and item.get("author") else item
    if not isinstance(item, dict):
        return _names_of_part(_prepared(item)) if isinstance(item, str) else []
    for field in _WHOLE:
        if isinstance(item.get(field), str):
            return _names_of_part(_prepared(item[field]))
    parts = (item.get(field) for field in _PARTS)
    texts = (text for part in parts for text in (part if isinstance(part, list) else [part]))
    name = " ".join(text for text in texts if isinstance(text, str)).strip()
    return [name] if name else []


def _prepared(text: str) -> str:
    text = _SUFFIX.sub(r" \1", text.translate(_SEPARATORS))
    return _OTHERS.sub("", " ".join(text.split())).strip(" ,;")


def _names_in_text(text: str) -> list[str]:
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
    if comma and "," not in first and cased and (family_first or _is_family_first(part)):
        return [f"{first.strip()} {last.strip()}"]
    return [name for piece in part.split(",") if (name := piece.strip())]


def _is_family_first(part: str) -> bool:
    """Tell whether a text is "Lee, Ann" or "van Dam, Ann Jo", not "Ann Lee, Bo Yu"."""
    last, _, first = part.partition(",")
    return " " not in last.strip() or " " not in first.strip() or last[:1].islower()
