"""What is taken out of a reply while it streams: thoughts, and endless repetition. Pure."""

import re
from dataclasses import dataclass, field

from langchain_core.messages import AIMessageChunk

_NAMES = r"(?:think|thinking|thought|thoughts|reasoning|analysis)"
# The tags of DeepSeek, Qwen and others, those of Mistral's Magistral, and the channels of OpenAI's
# gpt-oss (harmony).
_BEGINS = rf"<{_NAMES}>|\[THINK\]|<\|channel\|>\s{{0,3}}(?:analysis|commentary)"
_ENDS = re.compile(rf"</{_NAMES}>|\[/THINK\]|<\|end\|>|<\|channel\|>\s{{0,3}}final", re.IGNORECASE)
_SIGN = re.compile(
    rf"(?P<begins>{_BEGINS})|</{_NAMES}>|\[/THINK\]|<\|start\|>(?:assistant|(?=[^a]))|"
    r"<\|channel\|>\s{0,3}final|<\|(?:message|end|return)\|>",
    re.IGNORECASE,
)
# A tag of which the rest may be still to come; after <|channel|> and <|start|> a word is.
_PART = re.compile(
    r"(?:<(?:/?[a-z]{0,10}|\|[a-z]{0,8}\|?|\|(?:channel|start)\|>\s{0,3}[a-z]{0,10})|"
    r"\[/?[a-z]{0,5})\Z",
    re.IGNORECASE,
)
_LONGEST_TAG = 32  # characters

_TIMES = 4
_SHORTEST = 80
_LONGEST_PERIOD = 400
_NUMBER = re.compile(r"(?m)^\s*\d{1,3}(?=[.)])")


@dataclass(slots=True)
class ReasoningFilter:
    """Takes a reply piece by piece, hands back what is no thought; `steps` counts the thoughts."""

    steps: int = 0
    _inside: bool = field(default=False, init=False)
    _held: str = field(default="", init=False)

    def aloud(self, piece: str) -> str:
        """Return the text that is sure to be no thought; a tag cut by the stream is held back.

        >>> spoken = ReasoningFilter()
        >>> [spoken.aloud(piece) for piece in ("<thi", "nk>I cite k1.</th", "ink>It is", " fast.")]
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
        part = _PART.search(text, max(len(text) - _LONGEST_TAG, 0))
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
    kinds = {block.get("type") for block in blocks if isinstance(block, dict)}
    thought = chunk.additional_kwargs.get("reasoning_content")
    return bool(thought or kinds & {"reasoning", "thinking"})


def find_repetition(text: str) -> int | None:
    """Return where endless repetition begins, after its first round, None without one.

    It is a stretch of up to 400 characters four times in a row, over 80 in all, at the end.

    >>> text = "It works. " + "So it is said. " * 8
    >>> text[: find_repetition(text)]
    'It works. So it is said. '
    >>> text = "".join(f"{n}. It extracts knowledge.\\n" for n in range(1, 10))
    >>> text[: find_repetition(text)]
    '1. It extracts knowledge.\\n'
    >>> find_repetition("a | b | c | " + "---|" * 3)
    """
    # Each entry of an endless list has another number.
    text = _NUMBER.sub(lambda match: re.sub(r"\d", "0", match[0]), text)
    tail = text[-_TIMES * _LONGEST_PERIOD :]
    for period in range(1, len(tail) // _TIMES + 1):
        rounds = max(_TIMES, -(-_SHORTEST // period))
        unit = tail[-period:]
        if len(tail) >= rounds * period and tail.endswith(unit * rounds) and re.search(r"\w", unit):
            start = len(text) - rounds * period
            while start >= period and text[start - period : start] == unit:
                start -= period
            return start + period
    return None
