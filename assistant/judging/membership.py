"""Evidence → the papers that belong to a list, a summary or a bibliography."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from statistics import fmean

from assistant.judging.calibration import (
    UNFOUND,
    by_name,
    central,
    chance_of,
    expected_best,
    fits,
    foremost,
    listed,
    membership,
    shown,
    usual,
)
from assistant.judging.cross_encoder.network import CrossEncoder, Judgement
from assistant.judging.evidence import COVERED, Evidence, Silence, unheard_names
from assistant.judging.sides import described_papers
from assistant.judging.silences import (
    OFFERED,
    OFFERED_OUTSIDE,
    kind_of,
    nothing_answers,
    nothing_found,
    nothing_near,
    only_comes_near,
    silent,
)
from assistant.reading.parsed_question import ParsedQuestion
from assistant.reading.tags import SIDES
from assistant.retrieval.bibliography import sort_papers
from assistant.retrieval.filters import describe_filters, merge_filters
from assistant.retrieval.hybrid import Retrieval
from assistant.retrieval.sentence_scores import concepts_in
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.types import Candidate, Filters, Paper

MOST_LISTED = 50
SURE = 0.5
"""How likely a paper is at least to belong that is taken to."""
_MOST_SUMMARISED, _FEWEST_SUMMARISED = 9, 3
# How likely what is in a summary is at least to belong to it (of 63 summaries of four folders .70
# of all papers do, and .86 of those that they must cite are there), and what is not said to be less
# certain.
_PERHAPS, _CENTRAL = 0.06, 0.35
_LIKELY, _UNLIKELY, _TOPIC_CONCEPTS = 0.2, 0.08, 3
# From which a paper of a list is said to match (`shown`: of 2,451 papers of lists and near misses
# .86 of those above belong, and .39 of those below).
_MATCHES = 0.7
# The log-odds that any paper belongs, from which some of a list do (`tests/talk_questions`: of 118
# lists that have papers .18 lie below, of 85 of what is not there, all folders, .79).
_SOME_MATCH = -0.5
_ALONE = 4.5  # by how far one described stands out (12: ten by 5.9 and more, two wrong ones by 3.5)
# A summary that leaves out a central paper is worse than one too many, and so is, less, a list of
# all (at 2 of 102 broad ones half of what they show belongs, of 278 others .45). In other lists one
# that does not belong is worse: people take what is shown for what was found (at .8 for 1.0 of 278
# lists .67 belongs for .63, F1 .63; of the broad ones .71 for .68, F1 .41 for .45).
_RECALL_WEIGHS, _ALL_WEIGHS, _LIST_WEIGHS = 2.0, 1.5, 0.8
_MOST_UNSURE, _MOST_MAYBE = 6, 10  # papers of a list of which none may fit, or none surely does
_JUDGED = 20  # candidates that the network reads at most
# For a list it reads as many first, and the others only where the last of these still fit, by the
# mean of its log-odds (of 499 lists F1 .648, 15 read; .641 where 20 are read of all, .640 of 40:
# how far a paper stands out is told by those beside it).
_FIRST, _LAST, _STILL_FIT = 12, 5, -0.5
_FEW = 60  # in so few papers nothing can stand out: there the network decides
# How many more a list names that it leaves out, or as many as it has, up to a number that people
# still read, and how likely they are to belong (of 278 lists .72 of what belongs is shown and .79
# with these, of 102 broad ones .37, .52; measured without the bound).
_FEWEST_NEXT, _MOST_NEXT, _NEXT = 3, 6, 0.1
_MOST_OTHERS = 10  # papers under the filters of which a list names all that it leaves out
# Log-odds that any paper belongs to a list, below which none is shown; and where some abstract has
# each of its words, and may say it in others ("papers on document search from 2022 on").
_UNLISTED, _FAR_UNLISTED = -2.5, -3.5
# From how likely on to belong the likeliest paper is shown all the same (so "nothing" is said to 3
# of 118 first messages of talks that some paper answers instead of to 5, and to 30 of 75 near
# misses of all folders instead of to 31).
_MAY_STILL = 0.35
# How likely a paper is at least to belong to a list of what is ruled out: one too many is a smaller
# harm than one that was not wanted.
_RULED_OUT = 0.33
_AS_MUCH = 0.75  # of those under discussion, in shares of the likeliest
_MAY_FIT = 0.3  # how likely one of the papers under discussion may fit
_RECORDED, _ORDERED = 3, 5
_NAMED_CONCEPTS = 2  # what may be said beside names where only these are asked for


@dataclass(frozen=True, slots=True)
class Match:
    """A paper found, with the probability that it belongs to the answer, and whether the network
    has `read` it for that.
    """

    paper: Paper
    chance: float
    read: bool = True


def weigh_list(evidence: Evidence) -> Evidence:
    """Return as many papers as have the highest expected F, by how much more one too many weighs,
    or one too few where all are wanted; the likeliest first.
    """
    counted = evidence.parsed.form == "count"
    matches = matched(evidence)[: None if counted else MOST_LISTED]
    weight = _ALL_WEIGHS if evidence.parsed.complete else _LIST_WEIGHS
    chances = [match.chance for match in matches]
    number = expected_best(chances[:MOST_LISTED], weight)
    if number == MOST_LISTED:  # else a count is what a list of it would have
        number = expected_best(chances, weight)
    unheard = bool(unheard_names(evidence))
    papers = [match.paper for match in matches]
    plain = {one.id for one in papers if in_title(evidence, one)}
    plain |= {one.id for one in papers if evidence.is_by_name(one) and not unheard}
    least = SURE if plain and evidence.asks_by_name else 0.0  # of those that lack the name
    kept = [
        match
        for rank, match in enumerate(matches)
        if match.paper.id in plain or (rank < number and match.chance >= least)
    ]
    next_best = [one for one in matches if one not in kept]
    odds = odds_of_any(evidence)
    likeliest = _chance_shown(evidence, matches[0], odds)
    if not plain and likeliest < _MAY_STILL and _is_nothing_there(evidence, odds):
        return silent(evidence, nothing_near(evidence))
    besides = evidence.parsed.besides  # judged with the others: what they have tells what fits
    kept = [one for one in kept if one.paper.id not in besides][: evidence.parsed.wanted or None]
    next_best = [one for one in next_best if one.paper.id not in besides]
    if besides and not kept:
        offered = tuple(one.paper for one in next_best[:OFFERED])
        return silent(evidence, Silence("nothing near", offered))

    def is_doubtful(match: Match) -> bool:
        if match.paper.id in plain:
            return False
        unnamed = evidence.asks_by_name and match.paper.id not in evidence.naming
        return unheard or unnamed or _chance_shown(evidence, match, odds) < _MATCHES

    # Where none surely matches some do, if that is likelier than not.
    unsure = {match.paper.id for match in kept if is_doubtful(match)}
    maybe = len(unsure) == len(kept)
    near = maybe and (unheard or odds < _SOME_MATCH)
    if maybe and not counted and (near or not evidence.parsed.complete):
        most = _MOST_UNSURE if near else _MOST_MAYBE
        kept, next_best = kept[:most], [*kept[most:], *next_best]
    doubtful = in_order(evidence, [match.paper for match in kept if match.paper.id in unsure])
    if counted or evidence.corpus_size > _MOST_OTHERS:
        likely = [one for one in next_best if one.chance >= _NEXT and one.read and not near]
        most = min(max(_FEWEST_NEXT, len(kept)), _MOST_NEXT)
        next_best = likely[: None if counted else most]
    return replace(
        evidence,
        form="count" if counted else "list",
        members=in_order(evidence, [match.paper for match in kept]),
        doubtful=doubtful,
        hedged=near,
        left_out=tuple(one.paper for one in next_best),
    )


def in_order(evidence: Evidence, papers: Sequence[Paper]) -> tuple[Paper, ...]:
    """Return the papers of a list in the order asked for, else as they stand."""
    order = evidence.parsed.order
    return tuple(sort_papers(papers, order) if order else papers)


def as_they_stood(evidence: Evidence, papers: Sequence[Paper]) -> list[Paper]:
    """Return papers under discussion in the order in which they were spoken of."""
    places = {key: place for place, key in enumerate(evidence.parsed.scope.only)}
    return sorted(papers, key=lambda paper: places.get(paper.id, 0))


def odds_of_any(evidence: Evidence) -> float:
    """Return the log-odds that any paper belongs to a list; endless where one has all of its words,
    or among so few that nothing stands out.
    """
    found = evidence.found
    if evidence.has_all_words or evidence.is_named or _are_few(evidence):
        return math.inf
    said = max(one.answers for one in _read(evidence))
    first, second = foremost(found.z_scores)
    things = len(found.query.concepts)
    return listed(said, first - second, things, found.nearness, found.to_query)


def _are_few(evidence: Evidence) -> bool:
    """Tell whether the corpus has so few papers that nothing can stand out."""
    return len(evidence.retriever.papers) < _FEW


def _is_nothing_there(evidence: Evidence, odds: float) -> bool:
    """Tell whether no paper belongs to a list, by its log-odds that one does."""
    used = evidence.found.query.keywords.frequencies
    has_words = len(used) > 0 and all(used)
    return odds < (_FAR_UNLISTED if has_words else _UNLISTED)


def has_all(evidence: Evidence, text: str) -> bool:
    """Tell whether a text has each thing that the question says."""
    concepts = evidence.found.query.concepts
    return bool(concepts) and len(concepts_in(text, concepts)) == len(concepts)


def _chance_shown(evidence: Evidence, match: Match, odds: float) -> float:
    """Return how likely a paper that is shown belongs, by the log-odds that any does."""
    paper = match.paper
    whole = has_all(evidence, f"{paper.title}. {paper.abstract}")
    return shown(match.chance, odds, evidence.odds, whole)


def in_title(evidence: Evidence, paper: Paper) -> bool:
    """Tell whether a title has every word of a question that has few: of a broad topic ("papers
    about video") no paper stands far out, and those that have it in their titles are about it.
    """
    broad = len(evidence.found.query.concepts) <= _TOPIC_CONCEPTS
    return broad and has_all(evidence, paper.title)


def weigh_scoped(evidence: Evidence) -> Evidence:
    """Return which of the papers under discussion fit what is asked, surely or perhaps, and others
    that do where none of these surely does or others may be asked for, too; silence is no "yes",
    nor a "no".
    """
    parsed = evidence.parsed
    there = evidence.retriever.search(parsed.criterion, parsed.filters)
    asked = replace(evidence, found=replace(evidence.found, query=there.query))
    if unnamed := _named_by_none(asked):
        return unnamed
    matches = _fitting(evidence.network, parsed.criterion, evidence.candidates, there.z_scores)
    if named := asked.naming:
        chances = ((one, by_name(one.chance, one.paper.id in named)) for one in matches)
        matches = [replace(one, chance=chance) for one, chance in chances]
        matches.sort(key=lambda match: -match.chance)
    matches = matches[:MOST_LISTED]
    kept = [one for one in matches if one.chance >= _MAY_FIT]
    sure = any(one.chance >= SURE for one in kept)
    beyond = () if sure and not parsed.loose else _beyond(evidence, there.z_scores)
    kept = kept or ([] if beyond and not parsed.loose else matches[:OFFERED])
    kept = kept[: parsed.wanted or None]
    return replace(
        evidence,
        form="list",
        members=in_order(evidence, [one.paper for one in kept]),
        doubtful=in_order(evidence, [one.paper for one in kept if one.chance < SURE]),
        hedged=not sure,
        beyond=beyond,
    )


def _named_by_none(evidence: Evidence) -> Evidence | None:
    """Return that none of the papers under discussion has the name that is asked for, with others
    that do; None where one does, or more is asked.
    """
    names = (*evidence.asked_names, *unheard_names(evidence))
    more = len(evidence.found.query.concepts) > _NAMED_CONCEPTS + len(names)
    bounded = describe_filters(evidence.parsed.filters)
    if not names or more or bounded:
        return None
    if any(paper.id in evidence.naming for paper in evidence.candidates):
        return None
    others = evidence.corpus.papers(sorted(evidence.naming))[:MOST_LISTED]
    return silent(replace(evidence, beyond=others), Silence("named by none of these", (), names))


def weigh_recommendation(evidence: Evidence) -> Evidence:
    """Return the papers, those that best fit what is asked first, `hedged` where not even the first
    is likely to.
    """
    parsed = evidence.parsed
    if parsed.scoped and parsed.content:
        ranks = evidence.retriever.search(parsed.criterion, parsed.filters).z_scores
        matches = _fitting(evidence.network, parsed.criterion, evidence.candidates, ranks)
    else:
        matches = matched(evidence)
    near = bool(parsed.topics) and matches[0].chance < SURE
    members = tuple(match.paper for match in matches)
    return replace(evidence, form="recommendation", members=members, hedged=near)


def choose(parsed: ParsedQuestion, corpus: IndexSnapshot, network: CrossEncoder) -> ParsedQuestion:
    """Return a question of several papers under discussion as one of those that fit what chooses
    them ("the ones on speech"), at least of those that come nearest.
    """
    ids = parsed.about or parsed.scope.only
    ranks = corpus.retriever.search(parsed.choosing, parsed.filters).z_scores
    matches = _fitting(network, parsed.choosing, corpus.papers(ids), ranks)
    fewest = parsed.chosen or (SIDES if parsed.form == "comparison" else 1)
    best = [match.chance for match in matches[:fewest]]
    bound = min(best, default=0.0) if parsed.chosen else min(SURE, *best)
    fitting = {match.paper.id for match in matches if match.chance >= bound}
    kept = tuple(key for key in ids if key in fitting)
    if parsed.about:
        return replace(parsed, about=kept)
    return replace(parsed, scope=replace(parsed.scope, only=kept))


def _fitting(
    network: CrossEncoder, criterion: str, papers: Sequence[Paper], ranks: Mapping[str, float]
) -> list[Match]:
    """Return how likely each of `papers` fits what is asked of those under discussion, likeliest
    first; `ranks` is by id how far papers stand out by it.
    """
    judged = network.judge("criterion", criterion, papers)
    matches = [
        Match(one.paper, fits(one.answers, ranks.get(one.paper.id, UNFOUND))) for one in judged
    ]
    return sorted(matches, key=lambda match: -match.chance)


def _beyond(evidence: Evidence, ranks: Mapping[str, float]) -> tuple[Paper, ...]:
    """Return papers that were not among those under discussion and fit what is asked of these: of
    those found for the question that these answered (by `ranks`, see `_fitting`) or, where others
    may be asked for, all that belong to a list of it; none where papers were chosen or ruled out.
    """
    parsed, asked = evidence.parsed, evidence.parsed.within
    ruled_out = (parsed.excluded and not parsed.loose) or (asked and asked.excluded)
    if parsed.filters.only or ruled_out:
        return ()
    bounds = merge_filters(asked.bounds, parsed.filters) if asked else parsed.filters
    if parsed.loose or not asked:
        topics = [parsed.question, *([f"{asked.question} {parsed.question}"] if asked else [])]
        matches = [one for topic in topics for one in _members_of(evidence, topic, bounds)]
    else:
        found = evidence.retriever.search(asked.topic, bounds, _JUDGED + len(parsed.scope.only))
        others = [one.paper for one in found.candidates if one.paper.id not in parsed.scope.only]
        matches = _fitting(evidence.network, parsed.criterion, others[:_JUDGED], ranks)
    likely = sorted(matches, key=lambda match: -match.chance)
    papers = dict.fromkeys(match.paper for match in likely if match.chance >= SURE)
    return tuple(papers)[:OFFERED_OUTSIDE]


def _members_of(evidence: Evidence, topic: str, bounds: Filters) -> list[Match]:
    """Return the papers found by some words but not under discussion, with the probability that
    each belongs to a list of what is asked.
    """
    parsed = replace(evidence.parsed, scope=Filters())
    found = evidence.retriever.search(topic, bounds)
    kept = without_excluded(parsed, found, evidence.corpus, evidence.network)
    there = replace(evidence, found=replace(found, candidates=kept))
    only = evidence.parsed.scope.only
    return [match for match in matched(there) if match.paper.id not in only]


def weigh_summary(evidence: Evidence) -> Evidence:
    """Return as many papers as have the highest expected F, recall counting more, `hedged` where
    not even something plainly answers.
    """
    described = evidence.parsed.described
    of_one = evidence.focus or evidence.parsed.of_named_papers
    if described and (of_one or _stands_alone(evidence)):
        there = described_papers(evidence)
        told = replace(evidence, unfound=there.missing, unsure=there.unsure)
        evidence = replace(told, focus=there.papers)
    if evidence.focus:
        return replace(evidence, form="summary", members=evidence.focus)
    if _is_nothing_there(evidence, odds_of_any(evidence)):
        return silent(evidence, nothing_near(evidence))
    matches = matched(evidence)
    number = expected_best([match.chance for match in matches], _RECALL_WEIGHS)
    kept = [
        match.paper
        for rank, match in enumerate(matches[:_MOST_SUMMARISED])
        if rank < number or (rank < _FEWEST_SUMMARISED and match.chance >= _UNLIKELY)
    ]
    chances = _judged_chances(evidence, matches)
    first, *others = kept
    others = [paper for paper in others if chances.get(paper.id, 0.0) >= _PERHAPS]
    doubtful = tuple(paper for paper in others if chances[paper.id] < _CENTRAL)
    near = only_comes_near(evidence) and not _are_few(evidence)
    near = near or bool(unheard_names(evidence))
    members = (first, *others)
    return replace(evidence, form="summary", members=members, doubtful=doubtful, hedged=near)


def _judged_chances(evidence: Evidence, matches: Sequence[Match]) -> dict[str, float]:
    """Return by id how likely papers belong to a summary by rank and network, among few as they
    were chosen.
    """
    if _are_few(evidence):
        return {match.paper.id: match.chance for match in matches}
    judged = evidence.judged(evidence.candidates[:_JUDGED])
    mean = usual([one.answers for one in judged])
    ranks = evidence.found.z_scores
    return {one.paper.id: central(ranks[one.paper.id], one.answers - mean) for one in judged}


def _stands_alone(evidence: Evidence) -> bool:
    """Tell whether the paper found first stands so far out that it is the one that is described:
    "the paper that predicts …", not "the work on medical images".
    """
    first, second = foremost(evidence.found.z_scores)
    return not evidence.parsed.topics and first - second >= _ALONE


def weigh_bibliography(evidence: Evidence) -> Evidence:
    """Return the papers whose records are asked for: those named, described or under discussion,
    those under the filters, or those that match the topic.
    """
    parsed = evidence.parsed
    unbounded = evidence.candidates and not describe_filters(parsed.bounds)
    if unbounded and evidence.found.query.concepts and nothing_answers(evidence):
        return silent(evidence, nothing_near(evidence))
    whole = parsed.scoped or parsed.order  # "the newest paper on …" is none that is described
    there = None if whole else described_papers(evidence)
    papers = list(there.sure if there else evidence.focus)
    if not papers and (other := _of_no_record(evidence, there.missing if there else ())):
        return other
    papers = papers or _recorded(evidence)
    if not papers:
        return silent(evidence, nothing_found(evidence))
    if parsed.order:
        if parsed.by_citations:
            papers = [paper for paper in papers if paper.facts.cited_by is not None]
            if not papers:
                return silent(evidence, Silence("not counted"))
        papers = sort_papers(papers, parsed.order)
        if parsed.single:
            papers = papers[:1]
        if not parsed.scoped and not describe_filters(parsed.filters):
            papers = papers[:_ORDERED]
    papers = papers[: parsed.wanted or None]
    return replace(evidence, form="bibliography", members=tuple(papers))


def _of_list(evidence: Evidence) -> Evidence:
    """Return the papers that a list of the topic would have, those that are less certain last; a
    silence where none may fit.
    """
    listed = weigh_list(replace(evidence, kind=kind_of("list")))
    if listed.form == "silence" or listed.hedged:
        return silent(evidence, nothing_near(evidence))
    sure = (one for one in listed.members if one not in listed.doubtful)
    members = (*sure, *listed.doubtful)
    return replace(evidence, form="bibliography", members=members, doubtful=listed.doubtful)


def _of_no_record(evidence: Evidence, missing: Sequence[str]) -> Evidence | None:
    """Return what is said where no paper is named or described whose record is asked for: that none
    has a `missing` name, that the filter leaves it out, or a list of what matches the topic; None
    where all under the filters are asked for.
    """
    parsed = evidence.parsed
    if missing:
        return unknown_paper(evidence, missing)
    if evidence.outside:
        return silent(evidence, Silence("outside the filter", evidence.outside))
    if parsed.topics and not (parsed.order or describe_filters(parsed.bounds)):
        return _of_list(evidence)
    return None


def unknown_paper(evidence: Evidence, names: Sequence[str]) -> Evidence:
    """Return that no paper has the names by which one is asked for, with those that speak of it."""
    ids = dict.fromkeys(key for name in names for key in evidence.speaking_of(name))
    speaking = evidence.corpus.papers(list(ids)[:OFFERED])
    return silent(evidence, Silence("unknown paper", speaking, tuple(names)))


def _recorded(evidence: Evidence) -> list[Paper]:
    """Return the papers under the filters, of a topic those that match it."""
    bounds = evidence.parsed.bounds
    if not evidence.found.query.concepts:
        papers = as_they_stood(evidence, evidence.retriever.bibliography.select(bounds))
        ruled_out = evidence.parsed.scoped and evidence.parsed.excluded
        return [one for one in papers if not ruled_out or one in evidence.candidates]
    if nothing_answers(evidence):
        return []
    # What is broadly on a topic rank says: the newest may say it in other words.
    kind = kind_of("summary" if evidence.parsed.order else "list")
    matches = matched(replace(evidence, kind=kind))
    papers = [match.paper for match in matches if match.chance >= _LIKELY] or [matches[0].paper]
    return papers if describe_filters(bounds) or evidence.parsed.order else papers[:_RECORDED]


def without_excluded(
    parsed: ParsedQuestion, found: Retrieval, corpus: IndexSnapshot, network: CrossEncoder
) -> tuple[Candidate, ...]:
    """Return the candidates that a list of what is ruled out would not have, and that have no name
    which few have and they are to lack.
    """
    whole = Evidence(parsed, found, corpus, 0, network, kind_of("list"))
    lacked = (corpus.retriever.names_in(name).values() for name in whole.lacked_names)
    without = frozenset().union(*chain(*lacked))
    kept = tuple(one for one in found.candidates if one.paper.id not in without)
    for text in parsed.excluded:
        asked = replace(parsed, form="list", question=text, topic=text, content=text)
        there = corpus.retriever.search(text, parsed.bounds)
        evidence = Evidence(asked, there, corpus, len(kept), network, kind_of("list"))
        likely = {
            one.paper.id: 1.0 if in_title(evidence, one.paper) else one.chance
            for one in matched(evidence)
        }
        chances = [likely.get(one.paper.id, 0.0) for one in kept]
        bound = _RULED_OUT
        if parsed.scoped and chances:  # "not the German one": one of these, and not all of them
            bound = max(min(bound, max(chances)), _AS_MUCH * max(chances))
            bound = max(bound, sum(chances) / len(chances)) if min(chances) >= bound else bound
        pairs = zip(kept, chances, strict=True)
        kept = tuple(one for one, chance in pairs if chance < bound or not chance)
    return tuple(kept)


def matched(evidence: Evidence) -> list[Match]:
    """Return the papers found with the probability that each belongs, likeliest first."""
    found = evidence.found
    few = _are_few(evidence)
    # Which papers are central to a summary rank says better alone.
    read = _read(evidence) if few or evidence.kind != "summary" else ()
    judged = {one.paper.id: one for one in read}
    mean = usual([one.answers for one in judged.values()])

    def chance(candidate: Candidate) -> float:
        one = judged.get(candidate.paper.id)
        if few and one:  # among so few nothing can stand out
            return 0.9 if candidate.coverage > COVERED else chance_of(one.states)
        rank = found.z_score(candidate.score)
        if evidence.kind == "summary":
            return central(rank)
        likely = membership(rank, found.lead, one.answers - mean if one else None)
        named = evidence.naming
        return by_name(likely, candidate.paper.id in named) if named else likely

    matches = [Match(one.paper, chance(one), one.paper.id in judged) for one in found.candidates]
    return sorted(matches, key=lambda match: -match.chance)


def _read(evidence: Evidence) -> list[Judgement]:
    """Return what the network says of the papers found that it reads for a list, best first."""
    papers = evidence.candidates[:_JUDGED]
    read = evidence.judged(papers[: _JUDGED if _are_few(evidence) else _FIRST])
    if len(read) < len(papers) and fmean(one.answers for one in read[-_LAST:]) > _STILL_FIT:
        read += evidence.judged(papers[len(read) :])
    return read
