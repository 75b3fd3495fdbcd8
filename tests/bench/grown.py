"""An index of as many papers as wished, to measure how searching grows: `python -m
tests.bench.grown DATA_DIR CORPUS PAPERS…` makes the corpora CORPUS-PAPERS beside CORPUS.

Each paper has the first half of the sentences of one paper of CORPUS and the second half of
another's, with their words' vectors, and between the vectors of both; so the words, the lengths and
how near papers are to each other are those of abstracts, and nothing has to be embedded.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.assistant import Assistant
from assistant.index.bm25 import KeywordIndex
from assistant.index.late_interaction import LateIndex, PaperTokens
from assistant.index.layout import Folder, State
from assistant.index.paper_store import Store
from assistant.index.papers import PaperRecords
from assistant.index.query_vectors import QueryVectors
from assistant.index.records import EmbeddedPaper, built_with
from assistant.models.minilm import MiniLM
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.settings import load_settings
from assistant.types import Paper
from ingest.embed import embed_queries

_AT_ONCE = 2000
_NOISE = 0.5  # of the length of what it is added to


def main(data_dir: Path, corpus: str, sizes: list[int]) -> None:
    """Make an index of each size."""
    with closing(Assistant.open(load_settings(data_dir=data_dir, corpus=corpus))) as source:
        for size in sizes:
            settings = load_settings(data_dir=data_dir, corpus=f"{corpus}-{size}")
            write(Folder(settings.corpus_dir), source.snapshot, size)
            print(f"{settings.corpus_dir.name}: {size} papers", flush=True)


def write(folder: Folder, source: IndexSnapshot, size: int) -> None:
    """Write an index of `size` papers made from those of `source`."""
    state = State("index-1", 0)
    minilm = MiniLM()
    mark = built_with(minilm)
    with folder.writing():
        folder.begin_index(state)
        with (
            closing(PaperRecords(folder.papers(state), mark, create=True)) as records,
            closing(Store(folder.vectors(state), mark, create=True)) as store,
            closing(LateIndex(folder.tokens(state))) as late,
            closing(QueryVectors(folder.queries(state))) as queries,
        ):
            made = grown(source, size)
            number = 0
            while some := list(islice(made, _AT_ONCE)):
                papers = [one.paper for one, _ in some]
                store.put([one for one, _ in some], number)
                hashes = {paper.id: paper.content_hash for paper in papers}
                late.put({one.paper.id: tokens for one, tokens in some}, hashes)
                records.put(papers, number)
                number += len(some)
            everything = records.complete()
            numbers = records.numbers()
            KeywordIndex.rebuilt(folder.keywords(state), everything, numbers).close()
            late.complete(everything)
            queries.complete(everything, embed_queries)
        folder.publish(State(state.index, 1))


def grown(source: IndexSnapshot, size: int) -> Iterator[tuple[EmbeddedPaper, PaperTokens]]:
    """Return so many papers, each made of two of `source`."""
    retriever = source.retriever
    ids = [key for key, paper in retriever.papers.items() if len(paper.abstract) > 200]
    vectors = retriever.store.vectors(ids)
    tokens = retriever.late.tokens(ids)
    chance = np.random.default_rng(0)
    for n in range(size):
        first, second = chance.choice(len(ids), 2, replace=False)
        one, other = retriever.papers[ids[first]], retriever.papers[ids[second]]
        between = 0.7 * vectors[one.id] + 0.3 * vectors[other.id]
        noise = chance.normal(size=len(between))
        vector = between + _NOISE * noise / np.linalg.norm(noise) * np.linalg.norm(between)
        paper, words = _joined(one, tokens[one.id], other, tokens[other.id], n)
        yield EmbeddedPaper(paper, (vector / np.linalg.norm(vector)).astype(np.float32)), words


def _joined(
    one: Paper, words: PaperTokens, other: Paper, others: PaperTokens, number: int
) -> tuple[Paper, PaperTokens]:
    """Return the first half of a paper with the second of another."""
    middle = len(words.parts) // 2 + 1
    head, codes = words.parts[:middle], words.codes[: words.parts[:middle, 2].sum()]
    text = one.abstract[: int(head[:, 1].max())]
    skipped = len(others.parts) // 2 + 1
    tail = others.parts[skipped:].copy()
    rest: NDArray[np.uint8] = others.codes[others.parts[:skipped, 2].sum() :]
    if len(tail):
        begin = int(tail[0, 0])
        tail[:, :2] += len(text) + 1 - begin
        text = f"{text} {other.abstract[begin:]}"
    paper = replace(one, id=f"grown:{number}", title=f"{one.title} ({number})", abstract=text)
    return paper, PaperTokens(np.concatenate([head, tail]), np.concatenate([codes, rest]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], [int(size) for size in sys.argv[3:]])
