"""The judge: one network says of each paper found whether it answers, and which sentence does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.checking.numbers import figures
from assistant.judging.calibration import (
    UNFOUND,
    chance_of,
    compared,
    expected_best,
    fits,
    listed,
    membership,
    stated,
    usual,
)
from assistant.judging.cross_encoder.network import CrossEncoder, Kind, Statement
from assistant.judging.evidence import COVERED, AnswerForm, Evidence, Silence, unused_words
from assistant.judging.follow_ups import resolve
from assistant.judging.sides import MOST_COMPARED, described_papers
from assistant.reading.parsed_question import ParsedQuestion
from assistant.reading.question import asks_number
from assistant.reading.references import count_described
from assistant.reading.table_edits import role_named
from assistant.retrieval.bibliography import sort_papers
from assistant.retrieval.filters import describe_filters, lift_filters, matches_filters
from assistant.retrieval.hybrid import Retrieval
from assistant.retrieval.sentence_scores import concepts_in
from assistant.retrieval.snapshot import IndexSnapshot
from assistant.text.paper_names import is_name
from assistant.text.prompt_injection import without
from assistant.text.rhetorical_roles import ROLES, Role, strength
from assistant.types import Candidate, Paper

KINDS: dict[str, Kind] = {"list": "criterion", "count": "criterion", "summary": "summary"}
MOST_LISTED = 50
_SIDES = (1, 2)  # papers that a question needs inside its filter: a comparison two
_MOST_SUMMARISED, _FEWEST_SUMMARISED = 9, 3
_CENTRAL = 0.35  # how likely what is not said to be less certain is to belong to a summary
_SURE, _LIKELY, _UNLIKELY, _TOPIC_CONCEPTS = 0.5, 0.2, 0.08, 3
# From which a paper is said to match: of 91 lists .83 of those do, of the others .38 (.75 from .5).
_MATCHES = 0.6
_RECALL_WEIGHS = 2.0  # a summary that leaves out a central paper is worse than one too many
_JUDGED = 20  # candidates that the network reads for a list
_FEW = 60  # in so few papers nothing can stand out: there the network decides
# Log-odds that something in the corpus answers: below the first nothing does (none of the questions
# with an answer that were calibrated on lies there), below the second what is found comes near.
_ANSWERABLE, _PLAINLY = -1.5, 0.8
# Log-odds that any paper belongs to a list: below the first none is shown, below the second what is
# found comes near.
_UNLISTED, _LISTED = -3.2, -1.0
# What the reader takes for another matter than papers needs more.
_NOT_OF_PAPERS, _SURELY = 0.5, 3.0
# Log-odds that a named paper states what is asked: below the first it does not, below the second it
# only comes near.
_UNSTATED, _SAYS_SO = -0.55, 0.8
# The network's log-odds on paper and sentence together: from which a follow-up may be answered, and
# the best of several papers answers.
_MAY_SAY, _COMES_NEAR = -2.0, 0.0
# The same and by how far the paper stands out above the others together, from which it is taken for
# the one (logistic regression over 161 facts that name none, 38 without an answer: .60 of the wrong
# papers, .45 of what nothing answers and .06 of the right ones lie below; by the former alone .35,
# .39 and .06).
_STANDS_OUT = 4.5
_MAY_COMPARE = 0.25  # how likely two papers are to be compared rather than one asked about
_MAY_FIT = 0.3  # how likely one of the papers under discussion may fit
_FACT_PAPERS, _PAPER_WEIGHT = 4, 0.9
# How many more sentences of the answering paper, and of others, and how near they have to come:
# what the first does not say another of its paper does (of 124 facts 108 → 114 are answered).
_MORE, _MARGIN, _OTHERS, _OTHERS_MARGIN = 2, 6.0, 2, 4.0
# Of what is read as a comparison and has no two sides ("is it better to … or to …?"), how many
# papers are read, how many others told, and how near they have to come.
_SIDES_READ, _SIDES_TOLD = 8, (3, 8.0)
_ANSWERS_CLAUSE = 0.0  # what a sentence's value must be above to answer one clause of a question
# What a sentence says by being that part of its abstract; of data and code it comes near.
_WHOLE: tuple[Role, ...] = ("problem", "approach", "results")
_OFFERED, _OFFERED_OUTSIDE = 2, 3
_RECORDED, _ORDERED = 3, 5


@dataclass(frozen=True, slots=True)
class Match:
    """A paper found, with the probability that it belongs to the answer."""

    paper: Paper
    chance: float


class CrossEncoderJudge:
    """Weighs by a small network that reads question and abstract together; see CARD.md."""

    def __init__(self, network: CrossEncoder) -> None:
        """Judge with `network`."""
        self._network = network

    def weigh(self, parsed: ParsedQuestion, found: Retrieval, corpus: IndexSnapshot) -> Evidence:
        """Return the evidence for the form that can be answered, or a silence that says why."""
        evidence = gather(parsed, found, corpus, self._network)
        if parsed.form in ("greeting", "table edit", "collection"):
            return replace(evidence, form=parsed.form)
        if parsed.form == "count" and parsed.count and not parsed.count.topic:
            return replace(evidence, form="count")
        if parsed.form == "bibliography":
            return _weigh_bibliography(evidence)
        if _asks_for_all(evidence):
            form: AnswerForm = "summary" if parsed.form == "summary" and parsed.scoped else "all"
            return replace(evidence, form=form, members=tuple(evidence.candidates))
        left_out = evidence.outside and len(evidence.focus) < (_SIDES[parsed.form == "comparison"])
        if not evidence.candidates or left_out:
            return _silent(evidence, _nothing_found(evidence))
        if nothing_answers(evidence):
            return _silent(evidence, _nothing_near(evidence))
        return _weigh_form(evidence)


def gather(
    parsed: ParsedQuestion, found: Retrieval, corpus: IndexSnapshot, network: CrossEncoder
) -> Evidence:
    """Return what was found, without what the question rules out, and the papers it is about."""
    retriever = corpus.retriever
    parsed, found = resolve(parsed, found, corpus, network)
    named = corpus.papers(parsed.about)
    candidates = _without_excluded(parsed, found, corpus, network)
    return Evidence(
        parsed=parsed,
        found=replace(found, candidates=candidates),
        corpus=corpus,
        corpus_size=retriever.bibliography.count(replace(parsed.bounds, without=())),
        network=network,
        kind=_kind_of(parsed.form),
        focus=tuple(paper for paper in named if matches_filters(paper, parsed.filters)),
        outside=tuple(paper for paper in named if not matches_filters(paper, parsed.filters)),
    )


def _without_excluded(
    parsed: ParsedQuestion, found: Retrieval, corpus: IndexSnapshot, network: CrossEncoder
) -> tuple[Candidate, ...]:
    """Return the candidates that a list of what is ruled out would not have."""
    kept = found.candidates
    for text in parsed.excluded:
        asked = replace(parsed, form="list", question=text, topic=text, content=text)
        there = corpus.retriever.search(text, parsed.bounds)
        evidence = Evidence(asked, there, corpus, len(kept), network, _kind_of("list"))
        likely = {
            one.paper.id: 1.0 if _in_title(evidence, one.paper) else one.chance
            for one in matched(evidence)
        }
        chances = [likely.get(one.paper.id, 0.0) for one in kept]
        bound = _SURE
        if parsed.scoped and chances:  # "not the German one": one of these, and not all of them
            bound = min(bound, max(chances))
            bound = max(bound, sum(chances) / len(chances)) if min(chances) >= bound else bound
        pairs = zip(kept, chances, strict=True)
        kept = tuple(one for one, chance in pairs if chance < bound or not chance)
    return tuple(kept)


def _weigh_form(evidence: Evidence) -> Evidence:
    """Return the evidence for the form asked for, or for the one that suits what was found."""
    form = evidence.parsed.form
    if form == "comparison" and _answered_by_one(evidence):
        if evidence.parsed.otherwise == "list":
            parsed = replace(evidence.parsed, form="list")
            return _weigh_list(replace(evidence, parsed=parsed, kind=_kind_of("list")))
        form = "fact"
    elif form == "comparison":
        papers, missing = described_papers(evidence)
        unfound = tuple(dict.fromkeys((*evidence.parsed.absent, *missing)))
        if len(papers) > 1 or (papers and unfound):
            members = tuple(papers[:MOST_COMPARED])
            return replace(evidence, form="comparison", members=members, unfound=unfound)
        if len(unfound) > 1 or (unfound and unfound == evidence.parsed.described):
            offered = tuple(evidence.candidates[:_OFFERED])
            return _silent(evidence, Silence("unknown sides", offered, unfound))
        form = "fact"  # "is X better than Y?" is answered by a sentence that says so
    if form == "summary":
        return _weigh_summary(evidence)
    if form == "fact":
        return _weigh_fact(evidence)
    if form == "recommendation":
        members = tuple(match.paper for match in matched(evidence))
        return replace(evidence, form=form, members=members)
    if form == "list" and evidence.parsed.scoped:
        return _weigh_scoped(evidence)
    return _weigh_list(evidence)


def _answered_by_one(evidence: Evidence) -> bool:
    """Tell whether what is read as a comparison is likelier to be answered by one paper."""
    parsed = evidence.parsed
    names = [text for text in parsed.described if any(map(is_name, text.split()))]
    several = len(parsed.about) + len(names) >= _SIDES[True]
    if parsed.follow_up or several or count_described(parsed.question) > 1:
        return False
    sides = len(parsed.about) + len(parsed.described) + len(parsed.absent)
    stand_out = sorted(evidence.found.z_scores.values(), reverse=True)
    return compared(sides, stand_out[1] if len(stand_out) > 1 else UNFOUND) < _MAY_COMPARE


def _weigh_fact(evidence: Evidence) -> Evidence:
    """Return the sentences that answer, best first, or that no abstract asked about has one."""
    states = [judged.states for judged in evidence.judged(evidence.focus)]
    if not states:
        answers = _answers(evidence)
        near = _may_be_another(evidence, answers[0].paper) or evidence.odds < _PLAINLY
        near = near or _names_unheard(evidence) or _lacks_number(evidence, answers)
        return replace(evidence, form="fact", answers=answers, hedged=near)
    absent, share = _absent_words(evidence)
    # Where the abstract has all the words asked about, it is taken to speak of it.
    odds = stated(max(states), share) if absent else _SAYS_SO
    role = _role_asked(evidence)
    if odds < _SAYS_SO and role and (parts := _parts(evidence, role)):
        return replace(evidence, form="fact", answers=parts, hedged=role not in _WHOLE)
    # What goes on with a subject is on topic already, if a word of it is there or it may be said.
    goes_on = evidence.parsed.follow_up and (share < 1.0 or max(states) > _MAY_SAY)
    if odds < _UNSTATED and not goes_on:
        content = evidence.parsed.content
        said = [word for word in absent if word in content or is_name(word)]
        if role or share < 1.0:  # it has others of them: "exactly" is not what it lacks
            said = list(filter(is_name, said))
        return _silent(evidence, Silence("not in the abstract", evidence.focus, tuple(said)))
    answers = _answers(evidence)
    near = odds < _SAYS_SO or _lacks_number(evidence, answers)
    return replace(evidence, form="fact", answers=answers, hedged=near)


def _may_be_another(evidence: Evidence, best: Paper) -> bool:
    """Tell whether the paper that answers best is not plainly the one: the network is not sure of
    it, or another stands out as far.
    """
    (judged,) = evidence.judged([best])
    if evidence.parsed.form == "comparison":  # several may be right
        return judged.states < _COMES_NEAR
    ranks = evidence.found.z_scores
    others = (ranks[one.id] for one in evidence.candidates[:_FACT_PAPERS] if one != best)
    return judged.states + ranks[best.id] - max(others, default=0.0) < _STANDS_OUT


def _lacks_number(evidence: Evidence, answers: Sequence[Statement]) -> bool:
    """Tell whether a number is asked for and the sentence that answers best has none: of 53 such
    facts with an answer one has none, of 26 without one six.
    """
    numbers = figures(answers[0].span.text)
    return asks_number(evidence.parsed.question) and not any(one.counted for one in numbers)


def _role_asked(evidence: Evidence) -> Role | None:
    """Return what is asked where it is only a part of any abstract: "its results"."""
    named = role_named(" ".join(evidence.parsed.aspects))
    return next((role for role in ROLES if role.capitalize() == named), None)


def _parts(evidence: Evidence, role: Role) -> tuple[Statement, ...]:
    """Return the sentence of each named paper that most plays `role`, none where one has none."""
    parts = []
    for judged in evidence.judged(evidence.focus):
        count = len(judged.sentences)
        played = [strength(role, one.span.text, n, count) for n, one in enumerate(judged.sentences)]
        if max(played) > 0:
            parts.append(judged.sentences[played.index(max(played))])
    return tuple(parts) if len(parts) == len(evidence.focus) else ()


def _absent_words(evidence: Evidence) -> tuple[list[str], float]:
    """Return the words of what is asked that the named papers lack, and their share (0…1)."""
    asked = evidence.names.without(
        evidence.parsed.question, evidence.names.find(evidence.parsed.question)
    )
    concepts = evidence.retriever.keywords.concepts(asked)
    texts = (without(f"{paper.title} {paper.abstract}") for paper in evidence.focus)
    there = frozenset().union(*(concepts_in(text, concepts) for text in texts))
    absent = [concept.surface for n, concept in enumerate(concepts) if n not in there]
    return absent, len(absent) / max(len(concepts), 1)


def _answers(evidence: Evidence) -> tuple[Statement, ...]:
    """Return of several named papers the sentence of each that answers, else the best one, then
    those of its paper, and of another, that come near.
    """
    read = _FACT_PAPERS if evidence.parsed.form == "fact" else _SIDES_READ
    papers = evidence.focus or tuple(evidence.candidates[:read])
    found, own = evidence.found, evidence.value(papers)
    ranks = found.z_scores

    def value(sentence: Statement) -> float:
        rank = 0.0 if evidence.focus else ranks.get(sentence.paper.id, 0.0)
        return own(sentence) + _PAPER_WEIGHT * rank

    judged = evidence.judged(papers)
    ranked = sorted((one for each in judged for one in each.sentences), key=value, reverse=True)
    if len(evidence.focus) > 1:
        return tuple(next(one for one in ranked if one.paper == paper) for paper in evidence.focus)
    first, *rest = ranked
    both = evidence.parsed.form == "comparison"  # "is it better to … or to …?"
    most, margin = _SIDES_TOLD if both else (_OTHERS, _OTHERS_MARGIN)
    best = value(first)
    more = [one for one in rest if one.paper == first.paper][:_MORE]
    others = [one for one in rest if one.paper != first.paper and best - value(one) <= margin]
    if both:  # one of each paper
        seen: dict[str, Statement] = {}
        others = [one for one in others if seen.setdefault(one.paper.id, one) is one]
    near = [one for one in more if best - value(one) <= _MARGIN]
    near += [one for one in _by_clause(evidence, first.paper) if one not in (first, *near)]
    return (first, *near, *others[:most])


def _by_clause(evidence: Evidence, paper: Paper) -> list[Statement]:
    """Return the sentences of a paper that answer what a question asks one after the other."""
    answers = []
    for clause in evidence.parsed.clauses:
        (judged,) = evidence.network.judge("question", clause, [paper])
        value = evidence.value([paper], evidence.retriever.understand(clause))
        best = max(judged.sentences, key=value)
        if value(best) > _ANSWERS_CLAUSE:
            same = next(
                one for one in evidence.judged([paper])[0].sentences if one.span == best.span
            )
            answers.append(same)
    return list(dict.fromkeys(answers))


def _weigh_list(evidence: Evidence) -> Evidence:
    """Return as many papers as have the highest expected F1, the likeliest first."""
    counted = evidence.parsed.form == "count"
    matches = matched(evidence)[: None if counted else MOST_LISTED]
    number = expected_best([match.chance for match in matches])
    titled = {match.paper.id for match in matches if _in_title(evidence, match.paper)}
    kept = [
        match for rank, match in enumerate(matches) if rank < number or match.paper.id in titled
    ]
    odds = math.inf if titled else _odds_of_any(evidence)
    if odds < _UNLISTED:
        return _silent(evidence, _nothing_near(evidence))
    near = odds < _LISTED or evidence.odds < _PLAINLY or _names_unheard(evidence)
    return replace(
        evidence,
        form="count" if counted else "list",
        members=tuple(match.paper for match in kept),
        doubtful=tuple(
            match.paper
            for match in kept
            if (near or match.chance < _MATCHES) and match.paper.id not in titled
        ),
    )


def _names_unheard(evidence: Evidence) -> bool:
    """Tell whether a question says a name ("MoE", "DNA") that no abstract has."""
    return any(is_name(word) for word in unused_words(evidence))


def _odds_of_any(evidence: Evidence) -> float:
    """Return the log-odds that any paper belongs to a list; endless where one has all of its words,
    or among so few that nothing stands out.
    """
    found = evidence.found
    if evidence.has_all_words or len(evidence.retriever.papers) < _FEW:
        return math.inf
    judged = evidence.judged(evidence.candidates[:_JUDGED])
    said = max(one.answers for one in judged)
    return listed(said, found.nearness, len(found.query.concepts))


def _in_title(evidence: Evidence, paper: Paper) -> bool:
    """Tell whether a title has every word of a question that has few: of a broad topic ("papers
    about video") no paper stands far out, and those that have it in their titles are about it.
    """
    concepts = evidence.found.query.concepts
    broad = 0 < len(concepts) <= _TOPIC_CONCEPTS
    return broad and len(concepts_in(paper.title, concepts)) == len(concepts)


def _weigh_scoped(evidence: Evidence) -> Evidence:
    """Return which of the papers under discussion fit what is asked, surely or perhaps, and, where
    none surely does, others that do; silence is no "yes", nor a "no".
    """
    matches = _fitting(evidence, evidence.candidates)[:MOST_LISTED]
    kept = [one for one in matches if one.chance >= _MAY_FIT] or matches[:_OFFERED]
    sure = any(one.chance >= _SURE for one in kept)
    return replace(
        evidence,
        form="list",
        members=tuple(one.paper for one in kept),
        doubtful=tuple(one.paper for one in kept if one.chance < _SURE),
        beyond=() if sure else _beyond(evidence),
    )


def _fitting(evidence: Evidence, papers: Sequence[Paper]) -> list[Match]:
    """Return how likely each of `papers` fits what is asked of those under discussion, likeliest
    first.
    """
    wanted = evidence.parsed.criterion
    ranks = evidence.retriever.search(wanted, evidence.parsed.filters).z_scores
    judged = evidence.network.judge("criterion", wanted, papers)
    matches = [
        Match(one.paper, fits(one.answers, ranks.get(one.paper.id, UNFOUND))) for one in judged
    ]
    return sorted(matches, key=lambda match: -match.chance)


def _beyond(evidence: Evidence) -> tuple[Paper, ...]:
    """Return papers that were found for the question under discussion, were not among its answers,
    and fit what is now asked; none where the reader chose the papers.
    """
    parsed = evidence.parsed
    if not parsed.within or parsed.filters.only:
        return ()
    found = evidence.retriever.search(
        parsed.within, parsed.filters, _JUDGED + len(parsed.scope.only)
    )
    others = [one.paper for one in found.candidates if one.paper.id not in parsed.scope.only]
    fitting = _fitting(evidence, others[:_JUDGED])
    return tuple(one.paper for one in fitting[:_OFFERED_OUTSIDE] if one.chance >= _SURE)


def _weigh_summary(evidence: Evidence) -> Evidence:
    """Return as many papers as have the highest expected F, recall counting more."""
    if evidence.focus and evidence.parsed.described:
        papers, missing = described_papers(evidence)
        evidence = replace(evidence, focus=tuple(papers), unfound=missing)
    if evidence.focus:
        return replace(evidence, form="summary", members=evidence.focus)
    if _odds_of_any(evidence) < _UNLISTED:
        return _silent(evidence, _nothing_near(evidence))
    matches = matched(evidence)
    number = expected_best([match.chance for match in matches], _RECALL_WEIGHS)
    kept = [
        match.paper
        for rank, match in enumerate(matches[:_MOST_SUMMARISED])
        if rank < number or (rank < _FEWEST_SUMMARISED and match.chance >= _UNLIKELY)
    ]
    judged = evidence.judged(evidence.candidates[:_JUDGED])
    mean = usual([one.answers for one in judged])
    ranks = evidence.found.z_scores
    doubtful = [
        one.paper
        for one in judged
        if one.paper in kept[1:] and membership(ranks[one.paper.id], one.answers - mean) < _CENTRAL
    ]
    return replace(evidence, form="summary", members=tuple(kept), doubtful=tuple(doubtful))


def _weigh_bibliography(evidence: Evidence) -> Evidence:
    """Return the papers whose records are asked for: those named, described or under discussion,
    those under the filters, or those that match the topic.
    """
    parsed = evidence.parsed
    unbounded = evidence.candidates and not describe_filters(parsed.bounds)
    if unbounded and evidence.found.query.concepts and nothing_answers(evidence):
        return _silent(evidence, _nothing_near(evidence))
    whole = parsed.scoped or parsed.order  # "the newest paper on …" is none that is described
    papers = list(evidence.focus) if whole else described_papers(evidence)[0]
    if not papers and evidence.outside:
        return _silent(evidence, Silence("outside the filter", evidence.outside))
    papers = papers or _recorded(evidence)
    if not papers:
        return _silent(evidence, _nothing_found(evidence))
    if parsed.order:
        if parsed.by_citations:
            papers = [paper for paper in papers if paper.facts.cited_by is not None]
            if not papers:
                return _silent(evidence, Silence("not counted"))
        papers = sort_papers(papers, parsed.order)
        if not parsed.scoped and not describe_filters(parsed.filters):
            papers = papers[:_ORDERED]
    return replace(evidence, form="bibliography", members=tuple(papers))


def _recorded(evidence: Evidence) -> list[Paper]:
    """Return the papers under the filters, of a topic those that match it."""
    bounds = evidence.parsed.bounds
    if not evidence.found.query.concepts:
        return evidence.retriever.bibliography.select(bounds)
    if nothing_answers(evidence):
        return []
    matches = matched(replace(evidence, kind=_kind_of("list")))
    papers = [match.paper for match in matches if match.chance >= _LIKELY] or [matches[0].paper]
    return papers if describe_filters(bounds) or evidence.parsed.order else papers[:_RECORDED]


def matched(evidence: Evidence) -> list[Match]:
    """Return the papers found with the probability that each belongs, likeliest first."""
    found = evidence.found
    few = len(evidence.retriever.papers) < _FEW
    # Which papers are central to a summary rank says better alone.
    read = found.candidates[:_JUDGED] if few or evidence.kind != "summary" else ()
    judged = {one.paper.id: one for one in evidence.judged([each.paper for each in read])}
    mean = usual([one.answers for one in judged.values()])

    def chance(candidate: Candidate) -> float:
        one = judged.get(candidate.paper.id)
        if few and one:  # among so few nothing can stand out
            return 0.9 if candidate.coverage > COVERED else chance_of(one.states)
        return membership(found.z_score(candidate.score), one.answers - mean if one else None)

    matches = [Match(candidate.paper, chance(candidate)) for candidate in found.candidates]
    return sorted(matches, key=lambda match: -match.chance)


def nothing_answers(evidence: Evidence) -> bool:
    """Tell whether nothing in the corpus comes near the question."""
    other = evidence.parsed.off_topic > _NOT_OF_PAPERS
    return evidence.odds < (_SURELY if other else _ANSWERABLE)


def _asks_for_all(evidence: Evidence) -> bool:
    """Tell whether all papers under the filters, or under discussion, are asked for: "list them",
    "which ones?".
    """
    parsed = evidence.parsed
    bounded = describe_filters(parsed.bounds) or parsed.scoped
    asked = evidence.found.query.concepts or parsed.form not in ("list", "fact", "summary")
    return bool(bounded and evidence.candidates and not asked)


def _nothing_near(evidence: Evidence) -> Silence:
    return Silence(
        "nothing near", tuple(evidence.candidates[:_OFFERED]), tuple(unused_words(evidence))
    )


def _nothing_found(evidence: Evidence) -> Silence:
    """Return that no paper satisfies the filters, with those nearest outside of them."""
    bounds = evidence.parsed.bounds
    if evidence.outside:
        return Silence("outside the filter", evidence.outside)
    if not describe_filters(bounds):
        return Silence("nothing near", (), tuple(unused_words(evidence)))
    found = evidence.retriever.search(evidence.parsed.topic, lift_filters(bounds))
    unfiltered = replace(evidence, found=found)
    if nothing_answers(unfiltered):
        return Silence("no paper under the filter")
    return Silence("no paper under the filter", tuple(unfiltered.candidates[:_OFFERED_OUTSIDE]))


def _kind_of(form: str) -> Kind:
    return KINDS.get(form, "question")


def _silent(evidence: Evidence, silence: Silence) -> Evidence:
    return replace(evidence, form="silence", silence=silence)
