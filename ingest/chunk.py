"""Paper → chunks: the whole abstract, overlapping windows of whole sentences, and single sentences.
Pure.

What an abstract or title tells an assistant to do (see `assistant.text.prompt_injection`) is in
none of them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from assistant.text import prompt_injection
from assistant.types import Chunk, Paper, Span

# A change here, in the sentence splitter or in what counts as an instruction also needs a new
# `assistant.index.records.LAYOUT`.
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

    A window holds as many whole sentences as fit into `window_tokens` beside the title, and repeats
    the last sentence of the window before it where that leaves room for the next one. Only a
    sentence that alone is too long is cut, at a space. An abstract of nothing but instructions is
    found by its title, and has one empty sentence.
    """
    found = prompt_injection.research(paper.abstract)
    searched = prompt_injection.cleaned(paper)
    if not found:
        return _title_alone(
            paper.id, searched.title or prompt_injection.NOTICE, len(paper.abstract)
        )
    head = f"{searched.title}. " if searched.title else ""
    if count(head) > window_tokens // 2:
        # a title that would crowd out the abstract is no title; the abstract is found without it
        head = ""
    room = window_tokens - count(head)
    runs = [
        [piece for span in run for piece in _fit(span, count, room)]
        for run in _unbroken(paper.abstract, found)
    ]
    spans = [span for run in runs for span in _windows(paper.abstract, run, count, room)]
    return Chunks(
        abstract=Chunk(paper.id, 0, head + searched.abstract, 0, len(paper.abstract)),
        windows=tuple(
            Chunk(paper.id, n, head + span.text, span.start, span.end)
            for n, span in enumerate(spans)
        ),
        sentences=tuple(
            Chunk(paper.id, n, span.text, span.start, span.end) for n, span in enumerate(found)
        ),
    )


def _title_alone(identifier: str, title: str, length: int) -> Chunks:
    part = (Chunk(identifier, 0, title, 0, 0),)
    return Chunks(Chunk(identifier, 0, title, 0, length), part, part)


def _unbroken(abstract: str, found: Sequence[Span]) -> list[list[Span]]:
    """Return runs of sentences: no window may reach across an instruction."""
    runs: list[list[Span]] = []
    for span in found:
        if runs and not abstract[runs[-1][-1].end : span.start].strip():
            runs[-1].append(span)
        else:
            runs.append([span])
    return runs


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
            yield Span(
                text.strip(),
                span.start + start + lead,
                span.start + start + lead + len(text.strip()),
            )
        start = end
