"""`paper-assistant ask` and `search`: one question, its answer or ranking; a conversation."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

from assistant.cli.common import ANSWERING, Json, open_corpus, print_json, with_options
from assistant.cli.help import argument, flag, option
from assistant.errors import QuestionError

if TYPE_CHECKING:
    from assistant.cli.conversation import KeptConversation
    from assistant.settings import Settings

_STANDARD_INPUT = "-"


@with_options(*ANSWERING)
def ask(
    settings: Settings,
    question: Annotated[
        str | None,
        argument(
            "QUESTION",
            "A question; filters such as year>=2023 or cited>=50 may stand in it. Without one:"
            " a conversation, or the question that is piped in.",
        ),
    ] = None,
    go_on: Annotated[
        bool, flag("Go on with the last conversation asked here.", "--continue", "-c")
    ] = False,
    as_json: Json = False,
) -> None:
    """Answer a question in the terminal, sources below."""
    talk = question is None and not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    if not talk:
        question = _given(question)
    if question is not None:
        _check(question)
    kept = _last(settings) if go_on else None
    assistant = open_corpus(settings)
    from assistant.cli import terminal
    from assistant.cli.conversation import KeptConversation, converse, follow

    kept = kept or KeptConversation(settings)
    if question is None:
        converse(assistant, kept)
        return
    stream = assistant.stream(question, kept.turns)
    answer = kept.add(question, follow(stream, kept.turns, quiet=as_json))
    if as_json:
        from assistant.api.records import answer_record

        print_json(answer_record(answer))
    else:
        terminal.show_answer(answer)


def _last(settings: Settings) -> KeptConversation:
    from assistant.cli.conversation import KeptConversation
    from assistant.index import corpora

    corpora.state(settings)  # a corpus that is not there is told as such
    return KeptConversation.last(settings)


@with_options("data_dir", "store", "corpus", "embedder", "reranker")
def search(
    settings: Settings,
    question: Annotated[
        str, argument("QUESTION", "What to look for; filters such as author:shan may stand in it.")
    ],
    limit: Annotated[int, option("NUMBER", "How many papers.", min=1, max=1000)] = 20,
    as_json: Json = False,
) -> None:
    """Rank papers for a question, without an answer."""
    _check(question)
    answer = open_corpus(settings).search(question, limit=limit)
    if as_json:
        from assistant.api.records import retrieved_records

        print_json(retrieved_records(answer))
        return
    from assistant.cli import terminal

    terminal.show_ranking(answer.retrieved)


def _given(question: str | None) -> str:
    """Return the question of the command line, or what standard input holds where there is none."""
    if question not in (None, _STANDARD_INPUT):
        return question
    if question is None and sys.stdin.isatty():
        raise QuestionError('give a question: paper-assistant ask "…"')
    try:
        piped = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuestionError("standard input is not UTF-8 text; pipe a question in") from error
    if not piped.strip():
        raise QuestionError(
            'no question was given, and standard input is empty; paper-assistant ask "…"'
        )
    return piped.strip()


def _check(question: str) -> None:
    """Refuse what cannot be asked before the index is opened."""
    from assistant.reading.question import check_question
    from assistant.retrieval.filters import parse_filters, parse_sort

    parse_sort(parse_filters(check_question(question))[0])
