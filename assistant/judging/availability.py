"""Lists by what papers say is to be had of them: their code, models, data or licence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.judging.cross_encoder.network import Statement, readable_sentences
from assistant.judging.evidence import Evidence, Silence
from assistant.judging.membership import MOST_LISTED, in_order, weigh_list
from assistant.judging.silences import kind_of, silent
from assistant.reading.table_edits import asks_availability, role_named
from assistant.text.rhetorical_roles import strength
from assistant.text.words import is_negated, words
from assistant.types import Paper

LICENCE = frozenset("licence licences licensed license licenses".split())
"""Words for what it is to be had under."""
# Words for what is to be had; a sentence that says where has one of the kind that is asked for.
_KINDS = (
    frozenset("code codes codebase source github implementation repository toolkit".split()),
    frozenset("model models weight weights checkpoint checkpoints".split()),
    frozenset("data dataset datasets corpus corpora benchmark".split()),
    LICENCE,
)
_LINKS = frozenset("link links url urls address http https www".split())
_MOST_READ = 5000  # papers that are read for a list of no matter; of more, those found


def weigh_available(evidence: Evidence) -> Evidence | None:
    """Return the papers that say where their code, models or data are to be had, of those on the
    matter that is asked about ("speech papers with code"), each with the sentence that does, by its
    cues; that none of those under discussion does; None where that is not asked, or none does.
    """
    parsed = evidence.parsed
    rest = tuple(topic for topic in parsed.topics if not asks_availability(topic))
    plain = role_named(parsed.criterion) == "Availability" or asks_availability(parsed.criterion)
    if parsed.lacks or parsed.excluded or is_negated(parsed.question):
        return None
    if not plain and (parsed.scoped or not 0 < len(rest) < len(parsed.topics)):
        return None
    of_matter = evidence if plain else _on(evidence, " ".join(rest))
    papers: Sequence[Paper] = of_matter.members or evidence.candidates
    if plain and not parsed.scoped:
        papers = _every(evidence)
    kinds = kinds_asked(parsed.question)
    said = (says_where(evidence, one, kinds) for one in papers if one.id not in parsed.besides)
    shared = [one for one in said if one]
    counted = parsed.form == "count"
    most = parsed.wanted or (None if counted else MOST_LISTED)
    members = in_order(evidence, _likeliest_first(evidence, shared))[:most]
    if not members:
        unsaid = Silence("said by none of these", tuple(papers))
        return silent(evidence, unsaid) if plain and parsed.scoped and papers else None
    return replace(
        evidence,
        form="count" if counted else "list",
        members=members,
        doubtful=tuple(one for one in of_matter.doubtful if one in members),
        answers=tuple(shared),
    )


def kinds_asked(text: str) -> frozenset[str]:
    """Return the words for the kinds of what is to be had that a text asks for, () for any; where a
    licence, or a link, is asked for, what it is for is not.

    >>> kinds_asked("which state a licence for the weights?") == LICENCE
    True
    >>> kinds_asked("licensed, or with weights to download?") == LICENCE
    False
    """
    asked = words(text)
    kinds = [kind for kind in _KINDS if kind & {*asked}]
    if _LINKS & {*asked}:
        return _LINKS
    if LICENCE in kinds and not {"and", "or"} & {*asked}:
        return LICENCE
    return frozenset().union(*kinds)


def _every(evidence: Evidence) -> Sequence[Paper]:
    """Return the papers that are read where no matter is asked about: all within the bounds."""
    bounds = evidence.parsed.bounds
    if evidence.corpus_size <= _MOST_READ:
        return evidence.retriever.bibliography.select(bounds)
    found = evidence.retriever.search(evidence.parsed.topic, bounds, None)
    return [one.paper for one in found.candidates]


def says_where(evidence: Evidence, paper: Paper, kinds: frozenset[str]) -> Statement | None:
    """Return the sentence of a paper that most plainly says where its own is to be had, of these
    kinds; None where none does.
    """
    spans = readable_sentences(paper)
    played = {}
    for n, span in enumerate(spans):
        cues = strength("availability", span.text, n, len(spans))
        if cues and _speaks_of(kinds, span.text, paper, evidence):
            played[n] = cues
    place = max(played, key=lambda n: played[n], default=None)
    return None if place is None else Statement(paper, spans[place], place, 0.0)


def _speaks_of(kinds: frozenset[str], text: str, paper: Paper, evidence: Evidence) -> bool:
    """Tell whether a sentence of a paper speaks of any of these kinds, of a model also by the name
    that the paper gives it.
    """
    if not kinds or kinds & {*words(text)}:
        return True
    named = evidence.names.find(text) if "model" in kinds else ()
    return any(one.paper_id == paper.id for one in named)


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
