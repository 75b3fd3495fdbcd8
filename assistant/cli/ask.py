"""`paper-assistant ask`, `search` and `batch`: questions in, answers out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.common import load, opened, print_json
from assistant.cli.options import Corpus, DataDir, Embedder, Json, Model, Reranker
from assistant.errors import SourceError


def ask(
    question: Annotated[
        str, typer.Argument(help="A question; filters such as year>=2023 may stand in it.")
    ],
    data_dir: DataDir = None,
    corpus: Corpus = None,
    embedder: Embedder = None,
    model: Model = None,
    reranker: Reranker = None,
    as_json: Json = False,
) -> None:
    """Answer one question in the terminal, sources below."""
    answer = opened(
        load(data_dir=data_dir, corpus=corpus, embedder=embedder, model=model, reranker=reranker)
    ).ask(question)
    if as_json:
        from assistant.cli.batch import to_record

        print_json(to_record(answer))
        return
    from assistant.cli import terminal

    terminal.show_answer(answer)


def search(
    question: Annotated[
        str, typer.Argument(help="What to look for; filters such as author:shan may stand in it.")
    ],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many papers.")] = 20,
    data_dir: DataDir = None,
    corpus: Corpus = None,
    embedder: Embedder = None,
    reranker: Reranker = None,
    as_json: Json = False,
) -> None:
    """Rank papers for a question, without an answer."""
    answer = opened(
        load(data_dir=data_dir, corpus=corpus, embedder=embedder, reranker=reranker)
    ).search(question, limit=limit)
    if as_json:
        from assistant.cli.batch import to_record

        print_json(to_record(answer)["retrieved"])
        return
    from assistant.cli import terminal

    terminal.show_ranking(answer.retrieved)


def batch(
    questions: Annotated[
        Path,
        typer.Argument(
            help='JSON Lines of {"id", "query"} or {"id", "turns"}; - reads standard input.'
        ),
    ],
    data_dir: DataDir = None,
    corpus: Corpus = None,
    embedder: Embedder = None,
    model: Model = None,
    reranker: Reranker = None,
) -> None:
    """Answer a file of questions as JSON Lines on standard output."""
    from assistant.cli.batch import run

    lines = _lines(questions)
    bad = 0
    for result in run(
        lines,
        opened(
            load(
                data_dir=data_dir, corpus=corpus, embedder=embedder, model=model, reranker=reranker
            )
        ),
    ):
        if isinstance(result, str):
            bad += 1
            print(f"paper-assistant: {questions}: {result}", file=sys.stderr)
        else:
            print_json(result)
    if bad:
        raise typer.Exit(2)


def _lines(path: Path) -> list[str]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not UTF-8 text; give JSON Lines") from error
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}; check the path") from error
    if not text.strip():
        raise SourceError(f'{path}: the file is empty; give lines of {{"id": "…", "query": "…"}}')
    return text.split("\n")
