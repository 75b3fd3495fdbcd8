"""Which paper a follow-up means, by what the papers say."""

from __future__ import annotations

from dataclasses import dataclass, replace

from assistant.judging.calibration import UNFOUND, Place, meant
from assistant.judging.cross_encoder.network import CrossEncoder, Judgement
from assistant.reading.parsed_question import ParsedQuestion
from assistant.reading.references import put_names
from assistant.retrieval.filters import matches_filters
from assistant.retrieval.hybrid import Retrieval
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.types import Filters

# Papers found that a follow-up may mean instead of those spoken of, and of what it is about.
_RIVALS, _SUBJECTS = 6, 8
_LIKELY = 0.5


@dataclass(frozen=True, slots=True)
class Rival:
    """A paper that a follow-up may mean: how it is judged and how far it stands out by the
    follow-up's own words, and where it stands in the conversation.
    """

    judged: Judgement
    z_score: float
    place: Place


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
    rivals = weigh_rivals(parsed, own, corpus, network)

    def value(rival: Rival) -> float:
        return meant(rival.judged.states, rival.z_score, rival.place, parsed.alone)

    best = max(rivals, key=value, default=None)
    if best is None or best.place == "subject":
        return parsed, found
    plain = replace(parsed, scope=Filters(), unresolved="", spoken=(), absent=())
    if best.place == "new":
        alone = replace(plain, about=(), standalone=asked, question=asked, topic=asked)
        return replace(alone, follow_up=False, set_aside=parsed.alone < _LIKELY), own
    paper = best.judged.paper
    standalone = put_names(asked, [paper], corpus.names)
    about = replace(plain, about=(paper.id,), standalone=standalone, question=standalone)
    return replace(about, form="fact", follow_up=True, described=()), own


def weigh_rivals(
    parsed: ParsedQuestion, own: Retrieval, corpus: IndexSnapshot, network: CrossEncoder
) -> list[Rival]:
    """Return the papers that a follow-up may mean; `own` was found by the follow-up's own words."""
    ranks = own.z_scores  # best first
    subject = [key for key in ranks if key in (parsed.about or parsed.scope.only)]
    subject += [key for key in parsed.about or parsed.scope.only if key not in ranks]
    places: dict[str, Place] = dict.fromkeys(list(ranks)[:_RIVALS], "new")
    places |= dict.fromkeys(parsed.spoken, "spoken")
    places |= dict.fromkeys(subject[:_SUBJECTS], "subject")
    papers = [
        paper
        for paper in corpus.papers(places)
        if places[paper.id] == "subject" or matches_filters(paper, parsed.filters)
    ]
    return [
        Rival(judged, ranks.get(judged.paper.id, UNFOUND), places[judged.paper.id])
        for judged in network.judge("question", parsed.unresolved, papers)
    ]
