"""`paper-assistant papers`, `corpora` and `doctor`: what is there, and whether it works."""

from __future__ import annotations

from typing import Annotated

import typer

from assistant.cli.common import load, opened, print_json
from assistant.cli.options import Corpus, DataDir, Embedder, Json, Model, Reranker
from assistant.errors import QuestionError


def papers(
    filters: Annotated[
        list[str] | None, typer.Argument(help="Filters: year>=2023 author:… venue:… title:… text:…")
    ] = None,
    data_dir: DataDir = None,
    corpus: Corpus = None,
    as_json: Json = False,
) -> None:
    """List what is in the corpus."""
    from assistant.retrieval.filters import parse_filters

    rest, wanted = parse_filters(" ".join(_quoted(one) for one in filters or []))
    if rest:
        raise QuestionError(
            f"{rest!r} is not a filter; write for example year>=2023, author:shan or text:video"
        )
    found = opened(load(data_dir=data_dir, corpus=corpus)).papers(wanted)
    from assistant.cli import terminal

    if as_json:
        for paper in found:
            print_json(terminal.paper_record(paper))
    else:
        terminal.show_papers(found)


def corpora(data_dir: DataDir = None, as_json: Json = False) -> None:
    """List the corpora that have an index: name, papers, when they last changed, embedder."""
    from assistant.index.corpora import listed

    found = listed(load(data_dir=data_dir).data_dir)
    if as_json:
        print_json([one.record for one in found])
        return
    from assistant.cli import terminal

    terminal.show_corpora(found)


def doctor(
    data_dir: DataDir = None,
    corpus: Corpus = None,
    embedder: Embedder = None,
    model: Model = None,
    reranker: Reranker = None,
) -> None:
    """Say which model, embedder, reranker and index would be used and why, try each, and name the fix for what fails."""
    from assistant.cli.doctor import examine, exit_code, show

    findings = examine(
        load(data_dir=data_dir, corpus=corpus, embedder=embedder, model=model, reranker=reranker)
    )
    show(findings)
    raise typer.Exit(exit_code(findings))


def _quoted(text: str) -> str:
    """Return a shell word as a filter again: the shell took the quotation marks of author:"Ying Shan"."""
    name, colon, value = text.partition(":")
    return f'{name}:"{value}"' if colon and " " in value and not value.startswith('"') else text
