"""A model's Markdown as it streams, without links, pictures and tags."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

CONTEXT = 40
"""How many characters before a place may decide how it is read."""
_AHEAD = 20
_IN = r"[^\[\]【】()\n]"
_NESTED = r"(?:[^()\n]|\([^()\n]{0,200}\)){0,300}"
# Every repetition is bounded, and nothing can be matched in two ways, so that reading is linear.
_TOKEN = re.compile(
    rf"""
    \\?(?:\[\[(?P<double>{_IN}{{1,200}}?)\\?\]\\?\]
        |(?P<opening>[\[【(])(?P<inner>{_IN}{{0,200}}?)\\?(?P<closing>[\]】)])(?P<target>(?<=[\]】])\({_NESTED}\))?)
    |(?P<tick>`?)\\?(?<![A-Za-z0-9])(?P<word>[Kk][0-9A-Fa-f]{{4}})(?![A-Za-z0-9])(?P=tick)
    |(?P<plain>[A-Za-z0-9]{{1,60}}|\\[!-/:-@\[-`{{-~]|[ ]{{1,60}}|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_CUT = re.compile(rf"\\?(?P<opening>[\[【(])(?P<inner>{_IN}{{0,200}})\Z")
_OPEN = re.compile(
    rf"\\?(?:\[?[\[【(]{_IN}{{0,200}}|\[\[{_IN}{{1,200}}\]\\?)\Z|(?:`\\?|\\)[A-Za-z0-9]{{0,5}}\Z"
)
_OPEN_TARGET = re.compile(rf"\({_NESTED}(?:\([^()\n]{{0,200}})?\Z")
_OPEN_WORD = re.compile(r" {0,3}[A-Za-z]{0,12}\Z")
_SCHEMES = ("http", "https", "ftp", "mailto", "xmpp")


@dataclass(frozen=True, slots=True)
class Token:
    """A word like an id, something plain, or a "group": brackets around `inner`, maybe with a
    link's `target`.

    A "cut" is a group that the text's end cut off; `before` and `after` are some of the text around
    a token, which ends at `end`.
    """

    kind: Literal["plain", "word", "group", "cut"]
    text: str
    end: int
    before: str
    after: str
    inner: str = ""
    opening: str = ""
    closing: str = ""
    target: str = ""


def tokens(text: str, start: int, whole: bool = False) -> Iterator[Token]:
    """Yield tokens of `text` from `start`, up to where more text could change them."""
    while start < len(text):
        cut = _CUT.match(text, start) if whole else None
        match = cut or _TOKEN.match(text, start)
        if match is None or (not whole and _undecided(text, match)):
            return
        start = match.end()
        yield _token(text, match, cut is not None)


def _undecided(text: str, match: re.Match[str]) -> bool:
    if match.end() == len(text) or _OPEN.match(text, match.start()):
        return True
    if match["closing"] in ("]", "】"):
        number = match["inner"].lstrip(" ^")[:1].isdigit()
        return bool(not match["target"] and _OPEN_TARGET.match(text, match.end())) or bool(
            number and _OPEN_WORD.match(text, match.end())
        )
    return match["double"] is not None and _OPEN_WORD.match(text, match.end()) is not None


def _token(text: str, match: re.Match[str], cut: bool) -> Token:
    place = (
        match[0],
        match.end(),
        text[max(match.start() - CONTEXT, 0) : match.start()],
        text[match.end() :][:_AHEAD],
    )
    if cut:
        return Token("cut", *place, match["inner"], match["opening"])
    if match["double"] is not None:
        return Token("group", *place, match["double"], "[[", "]]")
    if match["opening"] is not None:
        return Token(
            "group",
            *place,
            match["inner"],
            match["opening"],
            match["closing"],
            match["target"] or "",
        )
    return Token("word", *place, match["word"]) if match["word"] else Token("plain", *place)


@dataclass(slots=True)
class Inert:
    """Writes a text in small parts, no two of which make a link, a picture or a tag."""

    _done: list[str] = field(default_factory=list)
    _tail: str = ""
    _waiting: str = ""  # spaces and exclamation marks, which what follows may do away with
    _indent: bool = False

    def add(self, text: str, after: str = "") -> None:
        """Add some of the model's own text; `after` is what follows it there."""
        if text.isspace() and "\n" not in text:
            self._waiting += "" if self._indent else text
        elif text == "`":
            # a fence would swallow what stands after it, and in code a marker is shown as its
            # source
            return
        elif text == "!":
            self._waiting += text
        else:
            self._write(_escape(text, self._tail + self._waiting, after))

    def mark(self, marker: str) -> None:
        """Add a marker of ours, which stays as it is."""
        # A backslash before it, though itself escaped, would have it taken for no marker.
        self._write(" " + marker if (self._tail + self._waiting).endswith("\\") else marker)

    def drop(self, after: str) -> None:
        """Leave something out, with the space before it where `after` needs none."""
        joined = after[:1].isalnum()
        if self._tail.endswith("<"):
            self._waiting = self._waiting or " "
        elif self._waiting.endswith(" ") and not joined:
            self._waiting = self._waiting[:-1]
        elif not self._waiting and joined and self._tail[-1:].isalnum():
            self._waiting = " "
        self._indent = not self._waiting and self._tail[-1:] in ("", "\n")

    def drop_picture(self) -> None:
        """Leave out the exclamation mark that would make a link a picture."""
        self._waiting = self._waiting.removesuffix("!")

    def taken(self, whole: bool = False) -> str:
        """Return what can be shown since the last time, at the end the `whole` of it."""
        if whole:
            self._write("")
        shown = "".join(self._done)
        self._done.clear()
        return shown

    def _write(self, text: str) -> None:
        if text.startswith("[") and self._waiting.endswith("!"):
            self._waiting = self._waiting[:-1] + "\\!"
        written = self._waiting + text
        self._done.append(written)
        self._tail = (self._tail + written)[-CONTEXT:]
        self._waiting, self._indent = "", False


def _escape(text: str, before: str, after: str) -> str:
    first = text[:1]
    if first == "~" and not before.rpartition("\n")[2].strip(" >"):
        return "\\" + text
    if first in ("(", ":", "[") and before.endswith("]"):
        return "\\" + text
    if first == ":" and before.lower().endswith(_SCHEMES):
        return "\\" + text
    if first == "." and before.lower().endswith("www"):
        return "\\" + text
    if first == "@" and (before[-1:].isalnum() or before.endswith((".", "+", "-", "_"))):
        return "\\" + text
    if text == "<" and not (after[:1].isspace() or after[:1].isdigit() or after[:1] == "="):
        return "\\" + text
    # One that escapes nothing would, were what stands between it and the next sign left out.
    return "\\\\" if text == "\\" and not (after[:1].isascii() and after[:1].isalnum()) else text
