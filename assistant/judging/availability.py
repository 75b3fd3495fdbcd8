"""Lists by what papers say is to be had of them: their code, models, data or licence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.judging.cross_encoder.network import Statement
from assistant.judging.evidence import Evidence
from assistant.judging.membership import MOST_LISTED, in_order, weigh_list
from assistant.judging.silences import kind_of
from assistant.reading.table_edits import asks_availability, role_named
from assistant.text.words import words
from assistant.types import Paper

# Words for what is to be had; a sentence that says where has one of the kind that is asked for.
_KINDS = (
    frozenset("code codes codebase source github implementation repository toolkit".split()),
    frozenset("model models weight weights checkpoint checkpoints".split()),
    frozenset("data dataset datasets corpus corpora benchmark".split()),
    frozenset("licence licences licensed license licenses".split()),
)
_MOST_READ = 1000  # papers that are read for a list of no matter; of more, those found


def weigh_available(evidence: Evidence) -> Evidence | None:
    """Return the papers that say where their code, models or data are to be had, of those on the
    matter that is asked about ("speech papers with code"), each with the sentence that does, by its
    cues; None where none does, or that is not asked.
    """
    parsed = evidence.parsed
    rest = tuple(topic for topic in parsed.topics if not asks_availability(topic))
    plain = role_named(parsed.criterion) == "Availability" or asks_availability(parsed.criterion)
    if parsed.lacks or parsed.excluded or not (plain or (len(rest) < len(parsed.topics) and rest)):
        return None
    if parsed.scoped and not plain:
        return None
    of_matter = evidence if plain else _on(evidence, " ".join(rest))
    papers = of_matter.members or evidence.candidates
    if plain and not parsed.scoped and evidence.corpus_size <= _MOST_READ:
        papers = evidence.retriever.bibliography.select(parsed.bounds)
    asked = set(words(parsed.question))
    wanted = frozenset().union(*(kind for kind in _KINDS if kind & asked))
    shared = [
        one
        for one in evidence.playing("availability", papers)
        if one.paper.id not in parsed.besides and (not wanted or wanted & {*words(one.span.text)})
    ]
    counted = parsed.form == "count"
    most = parsed.wanted or (None if counted else MOST_LISTED)
    members = in_order(evidence, _likeliest_first(evidence, shared))[:most]
    if not members:
        return None
    return replace(
        evidence,
        form="count" if counted else "list",
        members=members,
        doubtful=tuple(one for one in of_matter.doubtful if one in members),
        answers=tuple(shared),
    )


def _on(evidence: Evidence, matter: str) -> Evidence:
    """Return the list of the papers on a matter."""
    asked = replace(evidence.parsed, form="list", question=matter, topic=matter, content=matter)
    found = evidence.retriever.search(matter, asked.bounds)
    return weigh_list(replace(evidence, parsed=asked, found=found, kind=kind_of("list")))


def _likeliest_first(evidence: Evidence, shared: Sequence[Statement]) -> list[Paper]:
    """Return the papers of some sentences, in the order in which they were found."""
    place = {paper.id: n for n, paper in enumerate(evidence.candidates)}
    papers = [one.paper for one in shared]
    return sorted(papers, key=lambda paper: place.get(paper.id, len(place)))
