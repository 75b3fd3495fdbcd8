"""Whose request it is: the browser session, and the owner of its conversations."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from assistant.errors import QuestionError
from assistant.types import NO_FILTERS, Filters

_LONGEST, _LONGEST_NAME = 200, 100


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: the owner and the browser session, the model and corpus chosen, the id of the
    conversation ("" before its first question), the filters set."""

    owner: str
    session: str
    model: str
    corpus: str
    conversation: str
    filters: Filters = NO_FILTERS


def session(request: gr.Request) -> str:
    """Return what tells a browser session from all others, also of a name that knows its hash."""
    return f"{owner(request)}\n{request.session_hash or ''}"


def owner(request: gr.Request) -> str:
    """Return whose conversations are shown: the name given with the password, else "local"."""
    name, _ = read_credentials(request.headers.get("authorization"))
    return name.strip()[:_LONGEST_NAME] or "local"


def read_credentials(header: str | None) -> tuple[str, str]:
    """Return name and password of a Basic Authorization header, twice "" of any other."""
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name, password


def read_filters(fields: Sequence[object], only: Sequence[str]) -> Filters:
    """Return the bounds of from year, to year, author, venue and words, each one phrase, and of the
    papers that are selected; QuestionError for years that are none.

    >>> read_filters((2021, None, " Shan ", None, ""), ("arxiv:1",)).authors
    ('Shan',)
    """
    first, last = (_year(value) for value in fields[:2])
    if first is not None and last is not None and first > last:
        raise QuestionError(f"the filter from {first} to {last} admits no year; exchange them")
    author, venue, text = (" ".join(str(value or "").split())[:_LONGEST] for value in fields[2:])
    return Filters(
        year_from=first,
        year_to=last,
        authors=(author,) if author else (),
        venues=(venue,) if venue else (),
        texts=(text,) if text else (),
        only=tuple(only),
    )


def _year(value: object) -> int | None:
    text = str(value or "").strip()
    if text and not re.fullmatch(r"[1-9]\d{3}", text, re.ASCII):
        raise QuestionError(f"the year {text!r} is none; write four digits, as in 2023")
    return int(text) if text else None
