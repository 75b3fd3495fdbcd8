"""Which paper a follow-up means, by what the papers say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.judging.calibration import UNFOUND, Place, meant
from assistant.judging.cross_encoder.network import CrossEncoder, Judgement
from assistant.reading.parsed_question import ParsedQuestion
from assistant.reading.references import asks_of_all, points_at_one, points_at_several, put_names
from assistant.retrieval.filters import matches_filters
from assistant.retrieval.hybrid import Retrieval
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.types import Filters

# Papers found that a follow-up may mean instead of those spoken of, and of what it is about.
_RIVALS, _SUBJECTS = 6, 8
_LIKELY = 0.5
# How unlikely it may be that a follow-up stands alone for a paper that was not spoken of to be what
# it means (of 141 follow-ups so unlikely to, eleven mean such; one of them is lost by this).
_LEANS = 0.03
# From what share of the likeliest one's chance on another paper may be meant as well, and how many
# are then asked (of 563 facts so .19 have several, of which the first is meant .39 of the time, one
# of the others .38).
_AS_LIKELY, _ASKED = 0.4, 3


@dataclass(frozen=True, slots=True)
class Rival:
    """A paper that a follow-up may mean: how it is judged and how far it stands out by the
    follow-up's own words, how far it does after the question before (`in_turn`), and where it
    stands in the conversation.
    """

    judged: Judgement
    z_score: float
    in_turn: float
    place: Place

    def value(self, alone: float) -> float:
        """Return how much speaks for it, by how likely (0…1) the follow-up stands `alone`."""
        return meant(self.judged.states, self.z_score, self.in_turn, self.place, alone)


def resolve(
    parsed: ParsedQuestion, found: Retrieval, corpus: IndexSnapshot, network: CrossEncoder
) -> tuple[ParsedQuestion, Retrieval]:
    """Return a follow-up about what it most likely means, by what the papers say: what it is taken
    to be about, another paper spoken of, or none of them, of a fact also several of these where
    they are as likely; and what was found for that.
    """
    asked = parsed.unresolved
    if not asked:
        return parsed, found
    own = corpus.retriever.search(asked, parsed.filters)
    if not own.query.concepts:
        return parsed, found
    plain = _plain(parsed)
    if parsed.alone >= _LIKELY and not any(own.query.keywords.frequencies):
        return _by_itself(plain, asked), own  # "where do okapis live?", of which no paper speaks
    in_turn = corpus.retriever.search(parsed.in_turn, parsed.filters)
    rivals = weigh_rivals(parsed, own, in_turn, corpus, network)
    best = max(rivals, key=lambda rival: rival.value(parsed.alone), default=None)
    if best is None:
        return parsed, found
    if several := _as_likely(parsed, rivals):
        doubtful = replace(plain, about=several, standalone=asked, question=asked, in_doubt=True)
        return replace(doubtful, follow_up=True, described=()), own
    if best.place == "subject" and not _is_of_one_of_several(parsed):
        return parsed, found
    if best.place == "new":
        goes_on = best.in_turn > best.z_score  # with the question before
        words, found = (parsed.in_turn, in_turn) if goes_on else (asked, own)
        return _by_itself(plain, words), found
    paper = best.judged.paper
    standalone = put_names(asked, [paper], corpus.names)
    about = replace(plain, about=(paper.id,), standalone=standalone, question=standalone, own=asked)
    return replace(about, form="fact", follow_up=True, described=()), own


def _plain(parsed: ParsedQuestion) -> ParsedQuestion:
    """Return a follow-up without what it may lean on."""
    return replace(
        parsed, scope=Filters(), unresolved="", spoken=(), before="", absent=(), own="",
        standalone=parsed.unresolved,
    )  # fmt: skip


def _by_itself(plain: ParsedQuestion, words: str) -> ParsedQuestion:
    """Return a follow-up as a question of no paper spoken of, by `words`."""
    alone = replace(plain, about=(), question=words, topic=words)
    return replace(alone, follow_up=False, set_aside=plain.alone < _LIKELY)


def _as_likely(parsed: ParsedQuestion, rivals: Sequence[Rival]) -> tuple[str, ...]:
    """Return the papers of which a follow-up that asks for a fact may mean any, likeliest first,
    what it is taken to be about as one; none where it plainly means one of them, or none spoken of.
    """
    one_by_one = _is_of_one_of_several(parsed)
    if parsed.form != "fact" or (parsed.scoped and not one_by_one):
        return ()
    values: dict[tuple[str, ...], float] = {}
    places: dict[tuple[str, ...], Place] = {}
    for rival in rivals:
        together = rival.place == "subject" and not one_by_one
        key = parsed.about if together else (rival.judged.paper.id,)
        values[key] = max(rival.value(parsed.alone), values.get(key, -math.inf))
        places[key] = rival.place
    bound = max(values.values()) + math.log(_AS_LIKELY)
    likely = [key for key, value in values.items() if value >= bound]
    likely = sorted(likely, key=lambda key: -values[key])[:_ASKED]
    papers = tuple(one for key in likely for one in key)
    alone = all(places[key] == "new" for key in likely)
    return () if alone or not 1 < len(likely) <= len(papers) <= _ASKED else papers


def _is_of_one_of_several(parsed: ParsedQuestion) -> bool:
    """Tell whether a fact is asked of one of several papers under discussion, as it mostly is ("how
    many clips do they use?": of 74 two mean two papers), not of all.
    """
    chosen = parsed.filters.only or asks_of_all(parsed.text)
    return parsed.form == "fact" and parsed.scoped and not chosen


def weigh_rivals(
    parsed: ParsedQuestion,
    own: Retrieval,
    in_turn: Retrieval,
    corpus: IndexSnapshot,
    network: CrossEncoder,
) -> list[Rival]:
    """Return the papers that a follow-up may mean; `own` was found by the follow-up's own words,
    `in_turn` by these after the question before.
    """
    ranks, after = own.z_scores, in_turn.z_scores  # best first
    subject = [key for key in ranks if key in (parsed.about or parsed.scope.only)]
    subject += [key for key in parsed.about or parsed.scope.only if key not in ranks]
    # "which of them …?", "which of the two …?" ask for no other.
    of_these = len(parsed.about) > 1 and points_at_several(parsed.text)
    within = (parsed.scoped or of_these) and parsed.alone < _LIKELY
    within = within or parsed.alone < _LEANS or points_at_one(parsed.unresolved)
    new = [] if within else [*list(ranks)[:_RIVALS], *list(after)[:_RIVALS]]
    places: dict[str, Place] = dict.fromkeys(new, "new")
    places |= dict.fromkeys(parsed.spoken, "spoken")
    places |= dict.fromkeys(subject[:_SUBJECTS], "subject")
    papers = [
        paper
        for paper in corpus.papers(places)
        if places[paper.id] == "subject" or matches_filters(paper, parsed.filters)
    ]
    judgements = network.judge("question", parsed.unresolved, papers)
    keys = [paper.id for paper in papers]
    return [
        Rival(judged, ranks.get(key, UNFOUND), after.get(key, UNFOUND), places[key])
        for key, judged in zip(keys, judgements, strict=True)
    ]
