"""`paper-assistant enrich`: what OpenAlex and Semantic Scholar know of a corpus → the corpus."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from assistant.cli.common import check_models, with_options
from assistant.cli.fetch import Email, check_email, told_when_stopped
from assistant.cli.help import flag, option
from assistant.errors import ServiceError, SourceError

if TYPE_CHECKING:
    from assistant.settings import Settings
    from assistant.types import Paper
    from ingest.enrich import Enrichment
    from ingest.services.catalogue import Catalogue

_SERVICES = ("openalex", "semanticscholar")
_MOST_SHOWN = 20


@with_options("data_dir", "store", "corpus", "embedder", "timeout")
def enrich(
    settings: Settings,
    services: Annotated[
        str, option("NAMES", "Whom to ask, the one to trust most first.", "--from")
    ] = ",".join(_SERVICES),
    email: Email = "",
    dry_run: Annotated[bool, flag("Ask, and show what would change.", "--dry-run")] = False,
    days: Annotated[
        float, option("DAYS", "Ask again for older answers.", "--max-age", min=0)
    ] = 7.0,
) -> None:
    """Ask OpenAlex and Semantic Scholar what the papers lack.

    Ids, years, authors, venues, citations, retractions; no other command asks them."""
    names = list(dict.fromkeys(one.strip().lower() for one in services.split(",")))
    if unknown := [name for name in names if name not in _SERVICES]:
        raise SourceError(f"--from {unknown[0]}: give {' or '.join(_SERVICES)}, or both")
    check_email(email)
    check_models(settings)
    from assistant.index import corpora

    corpora.existing(settings)
    catalogues = [_catalogue(name, settings) for name in names]
    answers: dict[str, dict[str, Mapping[str, Any]]] = {name: {} for name in names}
    failed: list[str] = []
    with told_when_stopped():
        for one in catalogues:
            try:
                _look_up(one, settings, email, days, answers[one.name])
            except ServiceError as error:
                failed.append(str(error))
    if not failed or any(answers.values()):
        _apply(settings, answers, dry_run)
    if failed:
        raise ServiceError("; ".join(failed))


def _catalogue(name: str, settings: Settings) -> Catalogue:
    from ingest.services.catalogue import open_alex, semantic_scholar_at

    if name == "openalex":
        return open_alex(settings.openalex, _key("OPENALEX_API_KEY"))
    return semantic_scholar_at(settings.semanticscholar, _key("SEMANTIC_SCHOLAR_API_KEY"))


def _key(variable: str) -> str:
    key = os.environ.get(variable, "").strip()
    if not key.isascii() or not key.isprintable():
        raise ServiceError(f"{variable} holds what can be no key; set it anew")
    return key


def _look_up(
    catalogue: Catalogue,
    settings: Settings,
    email: str,
    days: float,
    found: dict[str, Mapping[str, Any]],
) -> None:
    """Put into `found` what a catalogue knows of the papers of the corpus, by id."""
    from assistant.cli import terminal
    from assistant.index import corpora
    from ingest.services.answers import Answers, look_up
    from ingest.services.client import Client

    papers = list(corpora.papers(settings).values())
    about = (
        f" for the papers of the corpus {settings.corpus}, by their ids, up to {catalogue.most}"
        " at a time"
    )
    place = catalogue.service, settings.cache_dir
    client = Client(*place, settings.timeout, terminal.tell, about, email)
    with (
        closing(Answers(settings.cache_dir / "answers.sqlite3")) as kept,
        closing(client),
        terminal.steps(catalogue.service.name) as progress,
    ):
        for some, odd in look_up(papers, catalogue, client, kept, days, progress):
            found.update(some)
            if odd:
                terminal.tell(odd)


def _apply(
    settings: Settings, answers: Mapping[str, Mapping[str, Mapping[str, Any]]], dry_run: bool
) -> None:
    """Bring what was found into the corpus, which may have changed since, and print what it was."""
    from assistant.index import corpora
    from ingest.enrich import enrich as enriched

    papers: Mapping[str, Paper] = corpora.papers(settings)
    made = enriched(papers.values(), answers)
    _show(made, len(papers), dry_run)
    if made.changed and not dry_run:
        take_over(settings, [after for _, after in made.changed])


def take_over(settings: Settings, papers: Sequence[Paper]) -> None:
    """Bring papers of the corpus into it with what others said of them, and print what changed."""
    from assistant.cli import terminal
    from assistant.index.corpora import folder_of
    from assistant.models.providers import make_embedder
    from ingest.index import Plan, index

    plan = Plan(papers, looked_up=True)
    embedder = make_embedder(settings.embedder, settings.threads)
    with terminal.progress("papers", len(plan.papers)) as advance:
        report = index(plan, folder_of(settings), embedder, advance)
    terminal.show_report(replace(report, absent=0, unchanged=report.unchanged + report.absent))


def _show(made: Enrichment, total: int, dry_run: bool) -> None:
    from ingest.enrich import described

    known = ", ".join(f"{count:,} known to {name}" for name, count in made.known.items())
    fields = ", ".join(f"{name} of {count:,}" for name, count in made.fields.most_common())
    would = "would change" if dry_run else "change"
    print(f"{total:,} papers: {known or 'none is known'}; {len(made.changed):,} {would}", end="")
    print(f": {fields}" if fields else "")
    lines = [*made.notes, *(described(*pair) for pair in made.changed)]
    most = len(lines) if dry_run else _MOST_SHOWN
    for line in lines[:most]:
        print(f"  {line}")
    if lines[most:]:
        print(f"  … and {len(lines) - most:,} more; --dry-run shows all")
