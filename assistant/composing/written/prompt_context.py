"""Whole abstracts under opaque ids, as many as fit into a prompt."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.errors import ModelError
from assistant.text import citation_markers
from assistant.text.prompt_injection import fenced
from assistant.types import Paper
from prompts import fragment


@dataclass(frozen=True, slots=True)
class Given:
    """The papers a prompt holds, by the id each has there, and their text."""

    papers: Mapping[str, Paper]
    text: str

    @property
    def example(self) -> str:
        """Return an id to show how to cite."""
        return next(iter(self.papers), "k0000")


def fit(papers: Sequence[Paper], room: int, count: Callable[[str], int]) -> Given:
    """Return as many whole abstracts, in order, as take at most `room` tokens; none is cut.

    One that is too long by itself is passed over, so that it does not keep the others out.
    """
    given: dict[str, Paper] = {}
    texts: list[str] = []
    for identifier, paper in citation_markers.opaque_ids(papers).items():
        text = passage(identifier, paper, fenced(paper.abstract))
        size = count(text)
        if size > room:
            continue
        room -= size
        given[identifier] = paper
        texts.append(text)
    return Given(given, "\n\n".join(texts))


def batches(
    papers: Sequence[Paper], room: int, most: int, count: Callable[[str], int]
) -> Iterator[Given]:
    """Yield the papers in batches of at most `most` and `room` tokens, without those too long."""
    waiting = list(papers)
    while waiting:
        given = fit(waiting[:most], room, count)
        if given.papers:
            yield given
        taken = {paper.id for paper in given.papers.values()}
        rest = [paper for paper in waiting[:most] if paper.id not in taken] if taken else []
        waiting = rest + waiting[most:]


def no_room() -> ModelError:
    """Return the error of a prompt that holds no abstract."""
    return ModelError(
        "no abstract fits whole into the prompt's budget; raise PAPER_ASSISTANT_PROMPT_TOKENS"
    )


def passage(identifier: str, paper: Paper, abstract: str) -> str:
    """Return one paper as it stands in a prompt, with its fenced `abstract`."""
    return fragment(
        "passage",
        id=identifier,
        title=fenced(paper.title).replace('"', "'"),
        year=paper.year or "unknown",
        abstract=abstract,
    )
