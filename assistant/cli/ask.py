"""`paper-assistant ask` and `search`: one question, its answer or ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.common import (
    ANSWERING,
    Json,
    Options,
    load,
    open_corpus,
    print_json,
    with_options,
)

if TYPE_CHECKING:
    from assistant.settings import Settings


@with_options(*ANSWERING)
def ask(
    options: Options,
    question: Annotated[
        str,
        typer.Argument(help="A question; filters such as year>=2023 or cited>=50 may stand in it."),
    ],
    as_json: Json = False,
) -> None:
    """Answer one question in the terminal, sources below."""
    settings = _checked(question, options)
    answer = open_corpus(settings).ask(question)
    if as_json:
        from assistant.api.records import answer_record

        print_json(answer_record(answer))
        return
    from assistant.cli import terminal

    terminal.show_answer(answer)


@with_options("data_dir", "corpus", "embedder", "reranker")
def search(
    options: Options,
    question: Annotated[
        str, typer.Argument(help="What to look for; filters such as author:shan may stand in it.")
    ],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many papers.")] = 20,
    as_json: Json = False,
) -> None:
    """Rank papers for a question, without an answer."""
    settings = _checked(question, options)
    answer = open_corpus(settings).search(question, limit=limit)
    if as_json:
        from assistant.api.records import retrieved_records

        print_json(retrieved_records(answer))
        return
    from assistant.cli import terminal

    terminal.show_ranking(answer.retrieved)


def _checked(question: str, options: Options) -> Settings:
    """Return the settings; what cannot be asked is refused before the index is opened."""
    from assistant.reading.question import check_question
    from assistant.retrieval.filters import parse_filters, parse_sort

    parse_sort(parse_filters(check_question(question))[0])
    return load(options)
