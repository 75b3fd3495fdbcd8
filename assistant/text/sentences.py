"""Split an abstract into sentences, each a verbatim span of it."""

import re
from collections.abc import Iterator
from functools import lru_cache

from syntok import segmenter
from syntok.tokenizer import Tokenizer

from assistant.types import Span

# syntok ends a sentence after "etc." before a bracket and at "; and" list items. A piece is
# joined to the one before it unless it starts as a sentence can: with a capital, a digit, a
# bracket or a quotation mark — or when the piece before it did not end like a sentence.
_STARTS = re.compile(r"[\"'“‘`(\[{]*[A-Z0-9\\]|[a-z]*[A-Z0-9]|\(?[ivx]+[.)]")
_ENDS = re.compile(r"[.!?…]['\"”’)\]}]*$|:$")
_NEVER_ENDS = re.compile(
    r"\b(?:et al|e\.g|i\.e|cf|vs|resp|Figs?|Eqs?|Secs?|Tabs?|Refs?|approx)\.$", re.IGNORECASE
)
# Chinese and Japanese set no space after a full stop, which syntok does not split at.
_IDEOGRAPHIC_STOP = re.compile(r"[。！？][。！？”’」』）)】\]]*\s*")
LONGEST_SENTENCE = 1_000  # characters; what is longer is a list, a table or has no full stops


@lru_cache(maxsize=8192)
def sentences(text: str) -> tuple[Span, ...]:
    """Return the sentences of `text` in order, as half-open character spans without outer spaces.

    The splitter is syntok (https://github.com/fnl/syntok), which was the only one of four tried
    on the bundled corpus that neither broke "(i) …, and (ii) …" lists apart nor ran on after "1)".
    What is longer than `LONGEST_SENTENCE` is parted, at a space where there is one.

    >>> text = "It is good, e.g. on T5-v1.1 (see Fig. 2). We gain 68.50%, i.e. much."
    >>> [t.text for t in sentences(text)]
    ['It is good, e.g. on T5-v1.1 (see Fig. 2).', 'We gain 68.50%, i.e. much.']
    """
    merged: list[tuple[int, int]] = []
    for start, end in _pieces(text):
        if merged and not _is_boundary(text[merged[-1][0] : merged[-1][1]], text[start:end]):
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return tuple(part for start, end in merged for part in _parted(text, start, end))


def _parted(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield a sentence, in parts at ideographic full stops and where it is too long."""
    stops = [stop.end() for stop in _IDEOGRAPHIC_STOP.finditer(text, start, end)]
    for last in [*stops, end]:
        while last - start > LONGEST_SENTENCE:
            space = text.rfind(" ", start + LONGEST_SENTENCE // 2, start + LONGEST_SENTENCE)
            cut = space if space > 0 else start + LONGEST_SENTENCE
            yield Span(text[start:cut], start, cut).stripped()
            start = cut
        if text[start:last].strip():
            yield Span(text[start:last], start, last).stripped()
        start = last


def _is_boundary(before: str, after: str) -> bool:
    if _NEVER_ENDS.search(before):
        return before.endswith("et al.") and after[0].isupper()
    return bool(_ENDS.search(before)) and bool(_STARTS.match(after)) and len(after) > 3


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    tokens = Tokenizer(emit_hyphen_or_underscore_sep=True, replace_not_contraction=False).tokenize(
        text
    )
    for sentence in segmenter.split(tokens):
        yield sentence[0].offset, sentence[-1].offset + len(sentence[-1].value)
