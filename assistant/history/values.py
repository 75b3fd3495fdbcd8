"""Conversations as values: one in a list, one with all its turns; what they are called and found by. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from assistant.history.serialization import clean
from assistant.text.words import fold
from assistant.types import Turn

_TITLE = 80
_ESCAPES = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation in a list of them, without its turns; `token` is its link's, None when it is not shared."""

    id: str
    title: str
    corpus: str
    created: datetime
    updated: datetime
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with all its turns; `token` is its link's, None when it is not shared."""

    id: str
    title: str
    corpus: str
    created: datetime
    updated: datetime
    turns: tuple[Turn, ...]
    token: str | None = None


def title_of(question: str) -> str:
    """Return what a conversation is called that begins with `question`: one line of at most 80 characters.

    >>> title_of("  which papers\\n adapt T2I models? ")
    'which papers adapt T2I models?'
    """
    return cut(question, _TITLE) or "Conversation"


def words_of(turn: Turn) -> str:
    """Return what a search looks at of a turn, in lower case and without accents."""
    return fold(clean(f"{turn.user}\n{_ESCAPES.sub(lambda match: match[1], turn.answer.text)}"))


def cut(title: str, length: int) -> str:
    """Return `title` on one line of at most `length` characters."""
    squeezed = " ".join(clean(title).split())
    return squeezed if len(squeezed) <= length else squeezed[: length - 1].rstrip() + "…"
