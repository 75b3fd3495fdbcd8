"""Paper → chunks of its abstract that the embedder reads whole, without orders to assistants."""

from collections.abc import Callable, Iterator, Sequence

from assistant.text import prompt_injection
from assistant.types import Chunk, Paper, Span

# A change here, in the sentence splitter or in what counts as an instruction also needs a new
# `assistant.index.records.LAYOUT`.
Count = Callable[[str], int]


def split(paper: Paper, count: Count, most_tokens: int) -> tuple[Chunk, ...]:
    """Return a paper's chunks of at most `most_tokens`; `count` gives a text's length in tokens.

    As many whole sentences as fit beside the title; none reaches across an instruction. Only a
    sentence that alone is too long is cut. An abstract of nothing else is found by its title.
    """
    found = prompt_injection.research(paper.abstract)
    title = prompt_injection.without(paper.title)
    if not found:
        return (Chunk(paper.id, 0, title or prompt_injection.NOTICE, 0, 0),)
    head = f"{title}. " if title else ""
    if count(head) > most_tokens // 2:
        # a title that would crowd out the abstract is no title; the abstract is found without it
        head = ""
    spans = [
        span
        for run in _unbroken(paper.abstract, found)
        for span in _fitted(paper.abstract, run, count, most_tokens - count(head))
    ]
    return tuple(
        Chunk(paper.id, n, head + span.text, span.start, span.end) for n, span in enumerate(spans)
    )


def _unbroken(abstract: str, found: Sequence[Span]) -> list[list[Span]]:
    """Return runs of sentences: no chunk may reach across an instruction."""
    runs: list[list[Span]] = []
    for span in found:
        if runs and not abstract[runs[-1][-1].end : span.start].strip():
            runs[-1].append(span)
        else:
            runs.append([span])
    return runs


def _fitted(abstract: str, run: list[Span], count: Count, room: int) -> Iterator[Span]:
    """Yield a run of sentences in pieces of at most `room` tokens, as long as can be."""
    whole = abstract[run[0].start : run[-1].end]
    if count(whole) <= room:
        yield Span(whole, run[0].start, run[-1].end)
        return
    pieces = [piece for span in run for piece in _parted(span, count, room)]
    first, used = 0, 0
    for n, length in enumerate(count(piece.text) for piece in pieces):
        if used and used + length > room:
            yield _joined(abstract, pieces[first:n])
            first, used = n, 0
        used += length
    yield _joined(abstract, pieces[first:])


def _joined(abstract: str, pieces: Sequence[Span]) -> Span:
    start, end = pieces[0].start, pieces[-1].end
    return Span(abstract[start:end], start, end)


def _parted(span: Span, count: Count, room: int) -> Iterator[Span]:
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
        if text.strip():
            yield Span(text, span.start + start, span.start + end).stripped()
        start = end
