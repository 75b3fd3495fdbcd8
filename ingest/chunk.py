"""Paper → chunks: the whole abstract, overlapping windows of whole sentences, and single sentences. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assistant.sentences import sentences
from assistant.types import Chunk, Paper, Span

# A change here or in the sentence splitter also needs a new `assistant.store.LAYOUT`.
WINDOW_TOKENS = 192
OVERLAP_SENTENCES = 1

Count = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Chunks:
    """The three ways in which one paper is embedded."""

    abstract: Chunk
    windows: tuple[Chunk, ...]
    sentences: tuple[Chunk, ...]


def split(paper: Paper, count: Count, window_tokens: int = WINDOW_TOKENS) -> Chunks:
    """Return the chunks of `paper`; `count` gives a text's length in the embedder's own tokens.

    A window holds as many whole sentences as fit into `window_tokens` beside the title, and repeats the last
    sentence of the window before it where that leaves room for the next one. Only a sentence that alone is too long is cut, at a space.
    """
    found = sentences(paper.abstract)
    head = f"{paper.title}. "
    if count(head) > window_tokens // 2:
        head = ""  # a title that would crowd out the abstract is no title; the abstract is found without it
    room = window_tokens - count(head)
    spans = list(_windows(paper.abstract, [piece for span in found for piece in _fit(span, count, room)], count, room))
    return Chunks(
        abstract=Chunk(paper.id, 0, head + paper.abstract, 0, len(paper.abstract)),
        windows=tuple(Chunk(paper.id, n, head + span.text, span.start, span.end) for n, span in enumerate(spans)),
        sentences=tuple(Chunk(paper.id, n, span.text, span.start, span.end) for n, span in enumerate(found)),
    )


def _windows(abstract: str, pieces: list[Span], count: Count, room: int) -> Iterator[Span]:
    lengths = [count(piece.text) for piece in pieces]
    first = 0
    while first < len(pieces):
        last, used = first, lengths[first]
        while last + 1 < len(pieces) and used + lengths[last + 1] <= room:
            last += 1
            used += lengths[last]
        start, end = pieces[first].start, pieces[last].end
        yield Span(abstract[start:end], start, end)
        if last + 1 == len(pieces):
            return
        # Step back by the overlap where that leaves room for something new.
        overlap = last + 1 - OVERLAP_SENTENCES
        fits = overlap > first and sum(lengths[overlap : last + 2]) <= room
        first = overlap if fits else last + 1


def _fit(span: Span, count: Count, room: int) -> Iterator[Span]:
    """Yield `span`, in pieces when it is longer than `room` tokens."""
    if count(span.text) <= room:
        yield span
        return
    # A token has at least one character, so a piece of `room` characters always fits.
    start = 0
    while start < len(span.text):
        end = min(start + room, len(span.text))
        if end < len(span.text) and (space := span.text.rfind(" ", start + 1, end)) > 0:
            end = space
        text = span.text[start:end]
        lead = len(text) - len(text.lstrip())
        if text.strip():
            yield Span(text.strip(), span.start + start + lead, span.start + start + lead + len(text.strip()))
        start = end
