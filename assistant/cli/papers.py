"""`paper-assistant papers` and `doctor`: what is there, and whether it works."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.common import ANSWERING, Json, open_corpus, print_json, with_options
from assistant.cli.help import argument
from assistant.errors import QuestionError

if TYPE_CHECKING:
    from assistant.settings import Settings
    from assistant.types import Filters, Paper


@with_options("data_dir", "store", "corpus")
def papers(
    settings: Settings,
    filters: Annotated[
        list[str] | None,
        argument(
            "FILTER",
            "Filters: year>=2023 author:… venue:… title:… text:… word:… tag:… category:… type:… "
            "cited>=50 retracted:no; an order: sort:cited, sort:newest, sort:oldest, sort:title.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List what is in the corpus."""
    from assistant.retrieval.bibliography import sort_as_written
    from assistant.retrieval.filters import parse_sort

    rest, wanted = read_filters(filters or [])
    rest, order = parse_sort(rest)
    if rest:
        raise QuestionError(
            f"{rest!r} is not a filter; write for example year>=2023, author:shan or text:video"
        )
    listed = find_papers(settings, wanted)
    listed = sort_as_written(listed, order) if order else listed
    if as_json:
        from assistant.api.records import paper_record
        from assistant.index.corpora import folder_of
        from ingest.source_records import fields_by_source

        sources = fields_by_source(folder_of(settings), listed)
        for paper in listed:
            merged = {"sources": sources[paper.id]} if paper.id in sources else {}
            print_json({**paper_record(paper), **merged})
        return
    from assistant.cli import terminal

    terminal.show_papers(listed)


def read_filters(words: Sequence[str]) -> tuple[str, Filters]:
    """Return what is no filter in the words of a command line, and the filters."""
    from assistant.retrieval.filters import parse_filters

    return parse_filters(" ".join(map(_quoted, words)))


def find_papers(settings: Settings, wanted: Filters) -> list[Paper]:
    """Return the papers of the corpus that satisfy filters; the bundled ones are indexed first
    where there is no index."""
    from assistant.index import corpora

    if corpora.state(settings) is None:
        open_corpus(settings).close()
    return list(corpora.papers(settings, wanted).values())


@with_options(*ANSWERING)
def doctor(settings: Settings) -> None:
    """Try the model, embedder, reranker and index; name the fixes."""
    from assistant.cli.doctor import examine, exit_code, show

    findings = examine(settings)
    show(findings)
    raise typer.Exit(exit_code(findings))


def _quoted(text: str) -> str:
    """Return a shell word as a filter again, with the quotation marks that the shell took."""
    name, colon, value = text.partition(":")
    return f'{name}:"{value}"' if colon and " " in value and not value.startswith('"') else text
