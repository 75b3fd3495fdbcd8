"""What a reasoning model says to itself, taken out of its reply while that streams. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from langchain_core.messages import AIMessageChunk

_NAMES = r"(?:think|thinking|thought|thoughts|reasoning|analysis)"
# The tags of DeepSeek, Qwen and others, those of Mistral's Magistral, and the channels of OpenAI's gpt-oss (harmony).
_BEGINS = re.compile(
    rf"<{_NAMES}>|\[THINK\]|<\|channel\|>\s{{0,3}}(?:analysis|commentary)", re.IGNORECASE
)
_ENDS = re.compile(rf"</{_NAMES}>|\[/THINK\]|<\|end\|>|<\|channel\|>\s{{0,3}}final", re.IGNORECASE)
_MARKS = re.compile(
    rf"</{_NAMES}>|\[/THINK\]|<\|start\|>(?:assistant|(?=[^a]))|<\|channel\|>\s{{0,3}}final|<\|(?:message|end|return)\|>",
    re.IGNORECASE,
)
_SIGN = re.compile(f"(?P<begins>{_BEGINS.pattern})|{_MARKS.pattern}", re.IGNORECASE)
# A tag of which the rest may be still to come; after <|channel|> and <|start|> a word is.
_PART = re.compile(
    r"(?:<(?:/?[a-z]{0,10}|\|[a-z]{0,8}\|?|\|(?:channel|start)\|>\s{0,3}[a-z]{0,10})|\[/?[a-z]{0,5})\Z",
    re.IGNORECASE,
)
_LONGEST = 32  # characters of a tag


@dataclass(slots=True)
class Thinking:
    """Takes a reply piece by piece and hands back what is said aloud; `steps` counts the pieces that held thoughts."""

    steps: int = 0
    _inside: bool = field(default=False, init=False)
    _held: str = field(default="", init=False)

    def aloud(self, piece: str) -> str:
        """Return the text that is sure to be no thought; a tag cut by the stream is held back.

        >>> thinking = Thinking()
        >>> [thinking.aloud(piece) for piece in ("<thi", "nk>I should cite k12ab.</th", "ink>It is", " fast.")]
        ['', '', 'It is', ' fast.']
        """
        self.steps += self._inside
        text, said = self._held + piece, []
        while (match := (_ENDS if self._inside else _SIGN).search(text)) is not None:
            if not self._inside:
                said.append(text[: match.start()])
            begins = not self._inside and match["begins"] is not None
            self.steps += begins
            self._inside = begins
            text = text[match.end() :]
        part = _PART.search(text, max(len(text) - _LONGEST, 0))
        self._held = part[0] if part else ""
        if not self._inside:
            said.append(text[: len(text) - len(self._held)])
        return "".join(said)

    def rest(self) -> str:
        """Return what was held back when the reply has ended."""
        held, self._held = self._held, ""
        return "" if self._inside else held


def thinks(chunk: AIMessageChunk) -> bool:
    """Tell whether a chunk brings a thought apart from its text, as some servers send them."""
    blocks = chunk.content if isinstance(chunk.content, list) else []
    apart = any(
        isinstance(one, dict) and one.get("type") in ("reasoning", "thinking") for one in blocks
    )
    return apart or bool(chunk.additional_kwargs.get("reasoning_content"))
