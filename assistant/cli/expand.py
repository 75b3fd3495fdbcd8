"""`paper-assistant expand`: a model's queries that the papers of a corpus answer → the corpus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

from assistant.cli.common import check_models, with_options
from assistant.cli.enrich import take_over
from assistant.cli.fetch import told_when_stopped
from assistant.cli.help import flag, option
from assistant.errors import ModelError

if TYPE_CHECKING:
    from assistant.models.budget import Account
    from assistant.models.chat import ChatModel
    from assistant.settings import Settings
    from assistant.types import Paper

_AT_ONCE = 2_000  # papers, after which what was written is brought into the corpus


@with_options("data_dir", "store", "corpus", "embedder", "model", "cache", "timeout")
def expand(
    settings: Settings,
    limit: Annotated[int | None, option("NUMBER", "At most so many papers.", min=1)] = None,
    dry_run: Annotated[
        bool, flag("Ask nothing, and show how much would be asked.", "--dry-run")
    ] = False,
    drop: Annotated[bool, flag("Drop what models wrote, and ask nothing.", "--drop")] = False,
) -> None:
    """Have the model write queries that the papers answer.

    By these the papers are found, too; they are never shown. Those that have some are left."""
    check_models(settings)
    from assistant.index import corpora

    corpora.existing(settings)
    papers = [*corpora.papers(settings).values()]
    if drop:
        _drop(settings, papers)
        return
    from assistant.models.chat import make_chat

    if (chat := make_chat(settings)) is None:
        raise ModelError("no model is configured to write queries; give --model openai:NAME")
    lacking = [paper for paper in papers if not paper.facts.queries][:limit]
    if dry_run or not lacking:
        _tell(chat, lacking, len(papers))
        return
    account = chat.account_of_many()
    for first in range(0, len(lacking), _AT_ONCE):
        with told_when_stopped("written"):
            _ask(settings, chat, account, lacking[first : first + _AT_ONCE])


def _ask(settings: Settings, chat: ChatModel, account: Account, papers: Sequence[Paper]) -> None:
    """Have queries written for some papers; bring those that came into the corpus, also where the
    model fails or the user stops it, and print what it was.
    """
    from assistant.cli import terminal
    from assistant.composing.written.query_writing import write_queries
    from assistant.models.budget import describe

    written: dict[str, Sequence[str]] = {}
    try:
        with terminal.progress("papers", len(papers)) as advance:
            for paper, queries in write_queries(chat, account, papers):
                written[paper.id] = queries
                advance(1)
    finally:
        some = [paper for paper in papers if written.get(paper.id)]
        without = len(written) - len(some)
        more = (
            f"; {without:,} without: refused, too long, or no query in the reply" if without else ""
        )
        number = sum(map(len, written.values()))
        print(f"{number:,} queries for {len(some):,} papers{more} ({describe(account.usage)})")
        _bring_in(settings, chat.name, some, written)


def _bring_in(
    settings: Settings, model: str, asked: Sequence[Paper], written: Mapping[str, Sequence[str]]
) -> None:
    """Bring queries into the corpus, whose papers may have changed since they were asked about."""
    from assistant.index import corpora
    from ingest.enrich import with_queries

    now = corpora.papers(settings)
    there = [now[one.id] for one in asked if one.id in now and now[one.id].abstract == one.abstract]
    made = [with_queries(one, written[one.id], model) for one in there if not one.facts.queries]
    if made:
        take_over(settings, made)


def _drop(settings: Settings, papers: Sequence[Paper]) -> None:
    from ingest.enrich import with_queries

    made = [(one, with_queries(one, (), "")) for one in papers]
    changed = [after for before, after in made if after != before]
    if changed:
        take_over(settings, changed)
    else:
        print(f"{len(papers):,} papers, none with queries that a model wrote; nothing to drop")


def _tell(chat: ChatModel, lacking: Sequence[Paper], total: int) -> None:
    """Print how much would be asked."""
    from assistant.composing.written.query_writing import estimate
    from assistant.models.budget import describe

    if not lacking:
        print(f"{total:,} papers, all with queries; nothing to ask")
        return
    told = describe(estimate(chat, lacking))
    print(f"{total:,} papers; {chat.name} would be asked about {len(lacking):,}: about {told}")
