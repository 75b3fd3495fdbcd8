"""What several commands take on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None, typer.Option(help="Where the index is kept (PAPER_ASSISTANT_DATA_DIR).")
]
Corpus = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="Which corpus; see paper-assistant corpora (PAPER_ASSISTANT_CORPUS)."
    ),
]
Embedder = Annotated[
    str | None,
    typer.Option(help="minilm, openai:NAME or PROVIDER:NAME (PAPER_ASSISTANT_EMBEDDER)."),
]
Reranker = Annotated[
    str | None,
    typer.Option(
        help="Who reorders what is found: cross-encoder:NAME_OR_FOLDER or PROVIDER:NAME (PAPER_ASSISTANT_RERANKER)."
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        help="Who writes answers: openai:NAME, gguf:FILE or PROVIDER:NAME; without it they are quotations (PAPER_ASSISTANT_MODEL)."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
