"""Which paper a follow-up means, by what the papers say."""

from __future__ import annotations

from dataclasses import replace

from assistant.judging.calibration import Place, meant
from assistant.judging.cross_encoder.network import CrossEncoder, Judgement
from assistant.reading.parsed_question import ParsedQuestion
from assistant.reading.references import put_names
from assistant.retrieval.filters import matches_filters
from assistant.retrieval.hybrid import Retrieval
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.types import Filters

# Papers found that a follow-up may mean instead of those spoken of, and of what it is about.
_RIVALS, _SUBJECTS = 6, 8


def resolve(
    parsed: ParsedQuestion, found: Retrieval, corpus: IndexSnapshot, network: CrossEncoder
) -> tuple[ParsedQuestion, Retrieval]:
    """Return a follow-up about what it most likely means, by what the papers say: what it is taken
    to be about, another paper spoken of, or none of them; and what was found for that.
    """
    asked = parsed.unresolved
    if not asked:
        return parsed, found
    own = corpus.retriever.search(asked, parsed.filters)
    if not own.query.concepts:
        return parsed, found
    places = follow_up_places(parsed, own)
    ranks = {one.paper.id: own.z_score(one.score) for one in own.candidates}
    papers = [
        paper
        for paper in corpus.papers(list(places))
        if places[paper.id] == "subject" or matches_filters(paper, parsed.filters)
    ]
    judged = network.judge("question", asked, papers)

    def value(judged: Judgement) -> float:
        paper = judged.paper.id
        return meant(judged.states, ranks.get(paper, -1.0), places[paper], parsed.alone)

    best = max(judged, key=value, default=None)
    if best is None or places[best.paper.id] == "subject":
        return parsed, found
    plain = replace(parsed, scope=Filters(), unresolved="", spoken=())
    if places[best.paper.id] == "new":
        alone = replace(plain, about=(), standalone=asked, question=asked, topic=asked)
        return replace(alone, follow_up=False), own
    standalone = put_names(asked, [best.paper], corpus.names)
    about = replace(plain, about=(best.paper.id,), standalone=standalone, question=standalone)
    return replace(about, form="fact", follow_up=True, described=()), own


def follow_up_places(parsed: ParsedQuestion, own: Retrieval) -> dict[str, Place]:
    """Return the ids of the papers that a follow-up may mean, each with where it stands; `own` was
    found by the follow-up's own words.
    """
    order = {one.paper.id: place for place, one in enumerate(own.candidates)}
    subject = sorted(parsed.about or parsed.scope.only, key=lambda key: order.get(key, len(order)))
    places: dict[str, Place] = dict.fromkeys(order, "new")
    places = {key: places[key] for key in list(places)[:_RIVALS]}
    places |= dict.fromkeys(parsed.spoken, "spoken")
    return places | dict.fromkeys(subject[:_SUBJECTS], "subject")
